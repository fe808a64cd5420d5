package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const addPermissionHelp = addHelp + `

A permission is an action on an object that the catalog declares. An action that is
new is declared with it.

  rolekit add permission invoices:void --catalog catalog.yaml \
    --action-label void --implies read --role bookkeeper --role clerk=own`

type addPermission struct {
	addFlags

	id                 string
	label, description string
	profiles           []string
	access             []string
	operations         []string
	roles              []string
	noRoles            bool
	actionLabel        string
	implies            []string
}

func newAddPermission() *cobra.Command {
	var f addPermission
	cmd := &cobra.Command{
		Use:   "permission OBJECT:ACTION",
		Short: "Add an action to an object, and grant it to roles",
		Long:  addPermissionHelp,
		Args:  oneAtMost("one permission, OBJECT:ACTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.id = first(args)
			return f.run(cmd, &f)
		},
	}
	f.declare(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.label, "label", "", "what people read; the object's and the action's `text` where empty")
	flags.StringVar(&f.description, "description", "", "a `text` that says more")
	flags.StringSliceVar(&f.profiles, "profile", nil, "`profiles` that it is for; all where empty")
	flags.StringSliceVar(&f.access, "access", nil, "`accesses` that roles may have it with; any where empty")
	flags.StringSliceVar(&f.operations, "operation", nil, "`routes` or handlers that need it")
	flags.StringSliceVar(&f.roles, "role", nil, "`roles` that get it: ROLE, or ROLE=ACCESS")
	flags.BoolVar(&f.noRoles, "no-roles", false, "no role gets it by name")
	flags.StringVar(&f.actionLabel, "action-label", "", "what people read for an action that is new (`text`)")
	flags.StringSliceVar(&f.implies, "implies", nil, "`actions` that one that is new implies")
	f.completes(cmd, objectNames)
	return cmd
}

func (f *addPermission) check(e *catalogEdit) error {
	if len(f.roles) > 0 && f.noRoles {
		return usagef("both --role and --no-roles are set; choose one")
	}
	if f.id == "" {
		return nil
	}
	object, action, _ := strings.Cut(f.id, ":")
	if object == "" || action == "" {
		return usagef("%q is no permission; write OBJECT:ACTION, such as invoices:read", f.id)
	}
	if _, ok := e.before.Permission(rolekit.Permission(f.id)); ok {
		return usagef("there is a permission %q already", f.id)
	}
	if err := checkObject(e, object); err != nil {
		return err
	}
	if !f.isNew(e) && (f.actionLabel != "" || len(f.implies) > 0) {
		return usagef("there is an action %q already, which --action-label and --implies do not change", action)
	}
	return nil
}

// checkObject refuses objects that no action can be added to.
func checkObject(e *catalogEdit, object string) error {
	objects := named(e.before.Objects(), func(o rolekit.ObjectInfo) string { return string(o.ID) })
	if strings.HasPrefix(object, "iam.") {
		return usagef("object %q: names that begin with iam. are the kit's own, which nothing is added to", object)
	}
	if !slices.Contains(objects, object) {
		return unknown("object", object, objects, "rolekit add object adds one")
	}
	return nil
}

// action is the one that the permission is of.
func (f *addPermission) action() string {
	_, action, _ := strings.Cut(f.id, ":")
	return action
}

// isNew reports whether the action is declared with the permission.
func (f *addPermission) isNew(e *catalogEdit) bool { return !slices.Contains(e.actions(), f.action()) }

func (f *addPermission) lacks(cmd *cobra.Command, e *catalogEdit) error {
	if f.id != "" && f.isNew(e) && f.actionLabel == "" {
		return unknown("action", f.action(), e.actions(), "--action-label declares a new one")
	}
	var m missing
	m.need(f.id != "", "OBJECT:ACTION")
	m.need(len(f.roles) > 0 || f.noRoles, "--role (or --no-roles)")
	return m.err(cmd)
}

func (f *addPermission) apply(e *catalogEdit) error {
	object, action, _ := strings.Cut(f.id, ":")
	if f.isNew(e) {
		if err := (newAction{action, f.actionLabel, f.implies}).declare(e); err != nil {
			return err
		}
	}
	if err := e.file.Append([]string{"objects", object, "actions"}, scalar(action)); err != nil {
		return e.wrong(err)
	}
	more := entry("label", f.label, "description", f.description)
	more = with(with(with(more, "profiles", f.profiles), "access", f.access), "operations", f.operations)
	if len(more.Content) > 0 {
		if err := e.file.Put([]string{"permissions"}, f.id, more); err != nil {
			return e.wrong(err)
		}
	}
	return f.grant(e)
}

// grant gives it to roles that do not have it by a wildcard.
func (f *addPermission) grant(e *catalogEdit) error {
	catalog, err := e.parse()
	if err != nil {
		return err
	}
	roles := catalog.DefaultRoles()
	ids := named(roles, func(r rolekit.RoleSpec) string { return string(r.ID) })
	for _, written := range f.roles {
		role, access := grantOf(written)
		i := slices.Index(ids, role)
		if i < 0 {
			return unknown("role", role, ids, "rolekit add role adds one")
		}
		if slices.Contains(roles[i].Grants, rolekit.Grant{Permission: rolekit.Permission(f.id), Access: access}) {
			continue
		}
		if err := e.file.Append([]string{"roles", role, "grants"}, grantNode(f.id, access)); err != nil {
			return e.wrong(err)
		}
	}
	return nil
}
