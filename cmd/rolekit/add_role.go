package main

import (
	"slices"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

const addRoleHelp = addHelp + `

The role is a default role: every organisation has it once the catalog is applied.

  rolekit add role auditor --catalog catalog.yaml --label Auditor \
    --grant '*:read' --grant jobs:write=own`

type addRole struct {
	addFlags

	id, label, description, profile string
	grants, includes                []string
}

func newAddRole() *cobra.Command {
	var f addRole
	cmd := &cobra.Command{
		Use:   "role ROLE",
		Short: "Add a default role",
		Long:  addRoleHelp,
		Args:  oneAtMost("one role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.id = first(args)
			return f.run(cmd, &f)
		},
	}
	f.declare(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.label, "label", "", "what people read (`text`)")
	flags.StringVar(&f.description, "description", "", "a `text` that says more")
	flags.StringVar(&f.profile, "profile", "", "the `profile` that it is for; needed where there are several")
	flags.StringSliceVar(&f.grants, "grant", nil, "`permissions` that it gives: OBJECT:ACTION, or OBJECT:ACTION=ACCESS")
	flags.StringSliceVar(&f.includes, "include", nil, "`roles` whose permissions it gives too")
	f.completes(cmd, nothing)
	return cmd
}

func (f *addRole) check(e *catalogEdit) error {
	if slices.ContainsFunc(e.before.DefaultRoles(), func(r rolekit.RoleSpec) bool { return string(r.ID) == f.id }) {
		return usagef("there is a role %q already; rolekit add permission adds a grant to it", f.id)
	}
	return nil
}

func (f *addRole) lacks(cmd *cobra.Command, e *catalogEdit) error {
	var m missing
	m.need(f.id != "", "ROLE")
	m.need(f.label != "", "--label")
	m.need(f.profile != "" || len(e.before.Profiles()) == 1, "--profile")
	m.need(len(f.grants)+len(f.includes) > 0, "--grant (or --include)")
	return m.err(cmd)
}

func (f *addRole) apply(e *catalogEdit) error {
	role := entry("label", f.label, "description", f.description, "profile", f.profile)
	role = with(role, "includes", f.includes)
	if len(f.grants) > 0 {
		grants := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, written := range f.grants {
			grants.Content = append(grants.Content, grantNode(grantOf(written)))
		}
		role.Content = append(role.Content, scalar("grants"), grants)
	}
	return e.wrong(e.file.Put([]string{"roles"}, f.id, role))
}
