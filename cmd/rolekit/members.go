package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const membersHelp = `Lists who belongs to an organisation itself, with the roles and groups that it gave
them. What they have from organisations above, show user shows.`

func newMembers() *cobra.Command {
	var (
		from                         policiesFlags
		org                          orgFlag
		prefix, role, group, profile string
		asJSON                       bool
	)
	cmd := &cobra.Command{
		Use: "members", Short: "List who belongs to an organisation", Long: membersHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			id, err := org.need()
			if err != nil {
				return err
			}
			q := policies.MemberQuery{Prefix: prefix, Role: rolekit.RoleID(role), Group: rolekit.GroupID(group), Profile: rolekit.ProfileID(profile)}
			return withPolicies(cmd, &from, func(p policies.Policies) error {
				members, err := p.Members(cmd.Context(), id, q)
				if err == nil && len(members) == 0 {
					err = checkMemberQuery(cmd, p, id, q)
				}
				switch {
				case err != nil:
					return nearestOrg(cmd, p, id, err)
				case asJSON:
					return screen.WriteJSON(cmd.OutOrStdout(), map[string]any{"items": members}, true)
				}
				return writeMembers(cmd.OutOrStdout(), members)
			})
		},
	}
	org.declare(cmd, "`organisation` whose members (required)")
	flags := cmd.Flags()
	flags.StringVar(&prefix, "prefix", "", "only users whose `id` begins so")
	flags.StringVar(&role, "role", "", "only those who were given this `role`")
	flags.StringVar(&group, "group", "", "only those in this `group`")
	flags.StringVar(&profile, "profile", "", "only those who can act as this `profile` at the moment")
	flags.BoolVar(&asJSON, jsonFlag, false, "print the list as JSON")
	from.declare(cmd)
	completer{&from, &org}.flags(cmd)
	return cmd
}

// checkMemberQuery refuses filters that nothing can fit.
func checkMemberQuery(cmd *cobra.Command, p policies.Policies, org rolekit.OrgID, q policies.MemberQuery) error {
	if q.Profile != "" {
		if err := checkProfile(cmd, p, string(q.Profile)); err != nil {
			return err
		}
	}
	if q.Role == "" {
		return nil
	}
	m, err := p.Matrix(cmd.Context(), org, policies.MatrixQuery{})
	if errors.Is(err, rolekit.ErrPermissionDenied) { // who sees members need not see roles
		return nil
	}
	if err != nil {
		return err
	}
	var known []string
	for _, r := range m.Roles {
		known = append(known, string(r.ID))
	}
	return mustBeAmong("role", string(q.Role), known)
}

func writeMembers(w io.Writer, members []policies.Member) error {
	if len(members) == 0 {
		_, err := fmt.Fprintln(w, "nobody")
		return err
	}
	rows := make([][]string, len(members))
	for i, m := range members {
		roles := make([]string, len(m.Roles))
		for j, r := range m.Roles {
			roles[j] = describeAssigned(r)
		}
		rows[i] = []string{screen.Safe(string(m.User)), cmp.Or(strings.Join(roles, "; "), "-"), cmp.Or(joined(m.Groups, ", "), "-")}
	}
	return screen.WriteTable(w, []string{"USER", "ROLES", "GROUPS"}, rows)
}
