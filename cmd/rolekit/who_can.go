package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const whoCanHelp = `Lists who may do something in an organisation, as which of their profiles and how
far. With --resource, --owner or --team: to a thing of which these are the facts.
A ? marks what only the application's own functions decide.`

func newWhoCan() *cobra.Command {
	var q questionFlags
	cmd := &cobra.Command{
		Use: "who-can PERMISSION", Short: "List who may do something", Long: whoCanHelp,
		Args: arguments("a permission", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			org, err := q.org.need()
			if err != nil {
				return err
			}
			ask := policies.WhoQuery{Permission: rolekit.Permission(args[0]), Profile: rolekit.ProfileID(q.profile), Resource: q.facts()}
			return withPolicies(cmd, &q.policies, func(p policies.Policies) error {
				found, err := p.WhoCan(cmd.Context(), org, ask)
				if err != nil {
					return nearestOrg(cmd, p, org, err)
				}
				if q.json {
					return screen.WriteJSON(cmd.OutOrStdout(), found, true)
				}
				return writeHolders(cmd.OutOrStdout(), found)
			})
		},
	}
	q.declare(cmd)
	c := q.completes(cmd)
	cmd.ValidArgsFunction = c.arguments(false, c.permissions)
	cmd.Flags().Lookup("profile").Usage = "only what they may as this `profile`"
	return cmd
}

func writeHolders(w io.Writer, found policies.WhoCan) error {
	if len(found.Items) == 0 {
		_, err := fmt.Fprintln(w, "nobody")
		return err
	}
	var rows [][]string
	for _, h := range found.Items {
		user := screen.Safe(string(h.User))
		for _, c := range h.As {
			reaches := make([]string, len(c.Access))
			for i, r := range c.Access {
				reaches[i] = string(r.Access)
				if r.Conditional {
					reaches[i] += "?"
				}
			}
			rows, user = append(rows, []string{user, screen.Safe(string(c.Profile)), joined(reaches, " ")}), ""
		}
	}
	return screen.WriteTable(w, []string{"USER", "PROFILE", "ACCESS"}, rows)
}
