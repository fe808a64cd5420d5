package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const reviewHelp = `Lists the permissions that wait to be reviewed in custom roles: those that a catalog
brought after the role was made, and about which no admin has decided yet. Until
then the role does not grant them.

Without --org it tells in how many roles of how many organisations each waits, and
which organisations cannot be read; with it, in which roles of that one. rolekit review grant and review decline decide about
one; a rule in the file, grant_to_roles_holding, decides for all.

  rolekit review --org tom
  rolekit review grant bookkeeper reports:export --org tom --access own`

// reviewFlags are the settings of review.
type reviewFlags struct {
	policies         policiesFlags
	org              orgFlag
	role, permission string
	json             bool
}

func newReview() *cobra.Command {
	var r reviewFlags
	cmd := &cobra.Command{
		Use: "review", Short: "List the new permissions that wait in custom roles, and decide about them", Long: reviewHelp,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.org == "" {
				return r.sum(cmd)
			}
			return r.list(cmd)
		},
	}
	r.org.declare(cmd, "`organisation` whose roles are listed; all are summed up where it is not said")
	cmd.Flags().StringVar(&r.role, "role", "", "with --org: only what waits in this `role`")
	cmd.Flags().StringVar(&r.permission, "permission", "", "with --org: only where this `permission` waits")
	cmd.Flags().BoolVar(&r.json, jsonFlag, false, "print the list as JSON")
	r.policies.declare(cmd)
	c := completer{&r.policies, &r.org}
	c.flags(cmd)
	_ = cmd.RegisterFlagCompletionFunc("permission", c.complete(c.permissions)) // it fails only for a flag that is not there
	cmd.AddCommand(newReviewGrant(), newReviewDecline())
	return cmd
}

func (r *reviewFlags) sum(cmd *cobra.Command) error {
	if r.role != "" || r.permission != "" {
		return usagef("--role and --permission need an --org")
	}
	return withPolicies(cmd, &r.policies, func(p policies.Policies) error {
		bar := &progress{}
		sums, err := p.ReviewSums(cmd.Context(), func(orgs int) func() {
			bar = newProgress(cmd.ErrOrStderr(), "organisations", orgs)
			return bar.step
		})
		bar.finish()
		if err != nil {
			return err
		}
		return errors.Join(r.writeSums(cmd, sums), notCounted(sums.Unread))
	})
}

func (r *reviewFlags) writeSums(cmd *cobra.Command, sums policies.ReviewSums) error {
	if r.json {
		return screen.WriteJSON(cmd.OutOrStdout(), sums, true)
	}
	err := writeReviews(cmd, sums.Items, []string{"PERMISSION", "ROLES", "ORGANISATIONS"}, func(s policies.ReviewSum) []string {
		return []string{screen.Safe(string(s.Permission)), strconv.Itoa(s.Roles), strconv.Itoa(s.Orgs)}
	})
	if err == nil && sums.Denied > 0 {
		err = say(cmd, "\nnot counted: %s that you see and whose roles you may not read\n", count(sums.Denied, "organisation"))
	}
	return err
}

// notCounted is the error of organisations that cannot be read; none where all can.
func notCounted(orgs []rolekit.OrgID) error {
	const most = 20
	var all []error
	for _, org := range orgs[:min(len(orgs), most)] {
		all = append(all, &rolekit.Error{Code: rolekit.CodeBrokenPolicy, Message: fmt.Sprintf("organisation %s cannot be read, and is not counted", org)})
	}
	if more := len(orgs) - most; more > 0 {
		all = append(all, fmt.Errorf("nor are %d more", more))
	}
	return errors.Join(all...)
}

func (r *reviewFlags) list(cmd *cobra.Command) error {
	org, err := r.org.need()
	if err != nil {
		return err
	}
	return withPolicies(cmd, &r.policies, func(p policies.Policies) error {
		q := policies.ReviewQuery{Role: rolekit.RoleID(r.role), Permission: rolekit.Permission(r.permission)}
		reviews, err := p.Reviews(cmd.Context(), org, q)
		if err == nil && len(reviews) == 0 {
			err = checkReviewQuery(cmd, p, org, q)
		}
		switch {
		case err != nil:
			return nearestOrg(cmd, p, org, err)
		case r.json:
			return screen.WriteJSON(cmd.OutOrStdout(), map[string]any{"items": reviews}, true)
		}
		return writeReviews(cmd, reviews, []string{"ROLE", "PERMISSION", "ACCESS"}, func(one policies.Review) []string {
			return []string{screen.Safe(string(one.Role)), screen.Safe(string(one.Permission)), joined(one.Access, " ")}
		})
	})
}

// checkReviewQuery refuses filters that nothing can fit.
func checkReviewQuery(cmd *cobra.Command, p policies.Policies, org rolekit.OrgID, q policies.ReviewQuery) error {
	c := completer{org: (*orgFlag)(&org)}
	for _, f := range []struct {
		what, name string
		list       words
	}{{"role", string(q.Role), c.roles}, {"permission", string(q.Permission), c.permissions}} {
		if f.name == "" {
			continue
		}
		known, err := f.list(cmd.Context(), p)
		if err == nil {
			err = mustBeAmong(f.what, f.name, known)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeReviews writes a list, or that nothing waits.
func writeReviews[T any](cmd *cobra.Command, items []T, headers []string, row func(T) []string) error {
	if len(items) == 0 {
		return say(cmd, "nothing waits to be reviewed\n")
	}
	return screen.WriteTable(cmd.OutOrStdout(), headers, each(items, row))
}
