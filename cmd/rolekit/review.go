package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const reviewHelp = `Lists the permissions that wait to be reviewed in custom roles: those that a catalog
brought after the role was made, and about which no admin has decided yet. Until
then the role does not grant them.

Without --org it tells in how many roles of how many organisations each waits; with
it, in which roles of that one. Admins decide over the API, and a rule in the file,
grant_to_roles_holding, decides for all.`

func newReview() *cobra.Command {
	var (
		kit    kitFlags
		log    logFlags
		org    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "review",
		Short: "List the new permissions that wait in custom roles",
		Long:  reviewHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := log.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			k, err := kit.openToLook(cmd.Context(), logger)
			if err != nil {
				return err
			}
			defer k.close()
			system := k.Manager().As(rolekit.System("review"))
			if org == "" {
				return writeReviewSums(cmd, system, asJSON)
			}
			return writeReviews(cmd, system, rolekit.OrgID(org), asJSON)
		},
	}
	kit.catalog.declare(cmd)
	kit.database.declare(cmd)
	log.declare(cmd)
	cmd.Flags().StringVar(&org, "org", "", "`organisation` whose roles are listed; all are summed up where it is not said")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of objects")
	return cmd
}

type reviewSumWire struct {
	Permission rolekit.Permission `json:"permission"`
	Roles      int                `json:"roles"`
	Orgs       int                `json:"organisations"`
}

func writeReviewSums(cmd *cobra.Command, system *rolekit.Manager, asJSON bool) error {
	sums, err := system.ReviewSums(cmd.Context())
	if err != nil {
		return err
	}
	if asJSON {
		return screen.WriteJSON(cmd.OutOrStdout(), each(sums, func(s rolekit.ReviewSum) reviewSumWire { return reviewSumWire(s) }), true)
	}
	rows := each(sums, func(s rolekit.ReviewSum) []string {
		return []string{string(s.Permission), strconv.Itoa(s.Roles), strconv.Itoa(s.Orgs)}
	})
	return writeRows(cmd, []string{"PERMISSION", "ROLES", "ORGANISATIONS"}, rows)
}

type reviewWire struct {
	Org        rolekit.OrgID      `json:"org"`
	Role       rolekit.RoleID     `json:"role"`
	Permission rolekit.Permission `json:"permission"`
	Since      rolekit.Revision   `json:"since"`
	Access     []rolekit.Access   `json:"access"`
}

func writeReviews(cmd *cobra.Command, system *rolekit.Manager, org rolekit.OrgID, asJSON bool) error {
	reviews, err := system.Reviews(cmd.Context(), org, rolekit.ReviewQuery{})
	if err != nil {
		return err
	}
	if asJSON {
		return screen.WriteJSON(cmd.OutOrStdout(), each(reviews, func(r rolekit.Review) reviewWire {
			return reviewWire{org, r.Role, r.Permission, r.Since, r.Access}
		}), true)
	}
	rows := each(reviews, func(r rolekit.Review) []string { return []string{string(r.Role), string(r.Permission)} })
	return writeRows(cmd, []string{"ROLE", "PERMISSION"}, rows)
}

// writeRows prints a table, or that nothing waits.
func writeRows(cmd *cobra.Command, headers []string, rows [][]string) error {
	if len(rows) == 0 {
		return say(cmd, "nothing waits to be reviewed\n")
	}
	return say(cmd, "%s", screen.Table(headers, rows))
}
