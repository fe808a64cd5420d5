package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const reviewGrantHelp = `Grants a permission to a custom role in which it waits, or for which it was declined.
It is granted with access any where --access says nothing else; rolekit review --org
lists with which it can be. Granting what is granted so changes nothing.

  rolekit review grant bookkeeper reports:export --org tom --access own`

const reviewDeclineHelp = `Says that a custom role is not to grant a permission that waits in it, so that it
waits no longer. Declining twice changes nothing, and what was declined can still be
granted.`

// decisionFlags are the settings of review grant and review decline.
type decisionFlags struct {
	policies policiesFlags
	org      orgFlag
	access   string
	json     bool
}

func (d *decisionFlags) declare(cmd *cobra.Command) {
	d.org.declare(cmd, "`organisation` whose role it is (required)")
	cmd.Flags().BoolVar(&d.json, jsonFlag, false, "print the role as it is then, as JSON")
	d.policies.declare(cmd)
	d.completer().flags(cmd)
	cmd.ValidArgsFunction = d.completeArgument
}

func newReviewGrant() *cobra.Command {
	var d decisionFlags
	cmd := &cobra.Command{
		Use: "grant ROLE PERMISSION", Short: "Grant a new permission to a custom role", Long: reviewGrantHelp,
		Args: arguments("a role and a permission", 2),
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, policies.GrantReview, args) },
	}
	cmd.Flags().StringVar(&d.access, "access", "any", "how far the grant reaches: an `access` that the permission comes with")
	d.declare(cmd)
	_ = cmd.RegisterFlagCompletionFunc("access", d.completeAccess) // it fails only for a flag that is not there
	return cmd
}

func newReviewDecline() *cobra.Command {
	var d decisionFlags
	cmd := &cobra.Command{
		Use: "decline ROLE PERMISSION", Short: "Say that a custom role is not to grant a new permission", Long: reviewDeclineHelp,
		Args: arguments("a role and a permission", 2),
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, policies.DeclineReview, args) },
	}
	d.declare(cmd)
	return cmd
}

// run decides, and says how it is then.
func (d *decisionFlags) run(cmd *cobra.Command, decision string, args []string) error {
	org, err := d.org.need()
	if err != nil {
		return err
	}
	role, permission := rolekit.RoleID(args[0]), rolekit.Permission(args[1])
	if err := role.Validate(); err != nil { // it would be another path of a server
		return err
	}
	if permission == "" {
		return usagef("the permission is empty; rolekit review --org %s lists what waits", org)
	}
	return withPolicies(cmd, &d.policies, func(p policies.Policies) error {
		r, err := p.Decide(cmd.Context(), org, role, permission, policies.ReviewDecision{Decision: decision, Access: rolekit.Access(d.access)})
		if err != nil {
			return nearestOrg(cmd, p, org, err)
		}
		outcome := fmt.Sprintf("%s is granted to %s in %s, with access %s", screen.Safe(args[1]), role, org, screen.Safe(d.access))
		if decision == policies.DeclineReview {
			outcome = fmt.Sprintf("%s is declined for %s in %s", screen.Safe(args[1]), role, org)
		}
		if d.json {
			return untold(outcome, screen.WriteJSON(cmd.OutOrStdout(), r, true))
		}
		return untold(outcome, say(cmd, "%s\n", outcome))
	})
}

// completeArgument completes from what waits: roles, then what waits in the role.
func (d *decisionFlags) completeArgument(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	return d.completer().arguments(false, d.waiting(args, func(r policies.Review) []string { return []string{string(r.Role)} }),
		d.waiting(args, func(r policies.Review) []string { return []string{string(r.Permission)} }))(cmd, args, begun)
}

// completeAccess completes how far what waits can reach.
func (d *decisionFlags) completeAccess(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	return d.completer().complete(d.waiting(args, func(r policies.Review) []string {
		return named(r.Access, func(a rolekit.Access) string { return string(a) })
	}))(cmd, args, begun)
}

func (d *decisionFlags) completer() completer { return completer{&d.policies, &d.org} }

// waiting returns what is named of the reviews that the arguments leave, each once.
func (d *decisionFlags) waiting(args []string, name func(policies.Review) []string) words {
	both := append(slices.Clone(args), "", "")
	q := policies.ReviewQuery{Role: rolekit.RoleID(both[0]), Permission: rolekit.Permission(both[1])}
	return func(ctx context.Context, p policies.Policies) ([]string, error) {
		reviews, err := p.Reviews(ctx, d.completer().id(), q)
		var all []string
		for _, r := range reviews {
			all = append(all, name(r)...)
		}
		slices.Sort(all)
		return slices.Compact(all), err
	}
}
