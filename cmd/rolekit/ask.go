package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const canHelp = `Tells whether a user may do something in an organisation, and exits with 0 where
they may, 1 where they may not, and 2 or more where there is no answer: 2 where
the question is wrong, 3 where the database or the server does not answer, 5 where
the question may not be asked or is about an organisation that is not there.

Without --resource, --owner and --team it is whether they may at all, and how far.
What access team and accesses of an application's own reach, only the application can
tell: asked of a database, they reach nothing, and a denial that comes of it says so.

  if rolekit can casey invoices:write --org tom --quiet; then …`

const explainHelp = `Tells why a user may do something in an organisation, by which roles and groups;
or what comes nearest to allowing it. It exits with 0 whatever the answer is.`

// questionFlags are the settings of a question.
type questionFlags struct {
	policies              policiesFlags
	org                   orgFlag
	profile               string
	resource, owner, team string
	json                  bool
}

func (q *questionFlags) declare(cmd *cobra.Command) {
	q.org.declare(cmd, "`organisation` in which (required)")
	flags := cmd.Flags()
	flags.StringVar(&q.profile, "profile", "", "`profile` that they act as; if empty the one they switched to, or their only one")
	q.declareResource(cmd)
	flags.BoolVar(&q.json, jsonFlag, false, "print the answer as JSON")
	q.policies.declare(cmd)
}

// completes sets what completes the flags, and returns what does so for arguments.
func (q *questionFlags) completes(cmd *cobra.Command) completer {
	c := completer{&q.policies, &q.org}
	c.flags(cmd)
	return c
}

func (q *questionFlags) declareResource(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&q.resource, "resource", "", "`id` of what they would do it to, for resource sets")
	flags.StringVar(&q.owner, "owner", "", "`user` whose it is, for access own")
	flags.StringVar(&q.team, "team", "", "`team` whose it is, for access team")
}

func (q *questionFlags) facts() policies.Resource {
	return policies.Resource{ID: rolekit.ResourceID(q.resource), Owner: rolekit.UserID(q.owner), Team: rolekit.TeamID(q.team)}
}

// question reads a user and a permission.
func (q *questionFlags) question(args []string) (org rolekit.OrgID, ask policies.Question, err error) {
	if org, err = q.org.need(); err != nil {
		return "", ask, err
	}
	ask = policies.Question{User: rolekit.UserID(args[0]), Permission: rolekit.Permission(args[1]), Profile: rolekit.ProfileID(q.profile)}
	if facts := q.facts(); facts != (policies.Resource{}) {
		ask.Resource = &facts
	}
	return org, ask, ask.User.Validate()
}

func newCan() *cobra.Command {
	var (
		q     questionFlags
		quiet bool
	)
	cmd := &cobra.Command{
		Use: "can USER PERMISSION", Short: "Tell whether a user may do something", Long: canHelp,
		Args: arguments("a user and a permission", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := q.can(cmd, args, quiet)
			if _, denied := errors.AsType[deniedError](err); err == nil || denied {
				return err
			}
			return unansweredError{err}
		},
	}
	q.declare(cmd)
	c := q.completes(cmd)
	cmd.ValidArgsFunction = c.arguments(false, c.users, c.permissions)
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing: the exit code is the answer")
	return cmd
}

func (q *questionFlags) can(cmd *cobra.Command, args []string, quiet bool) error {
	org, ask, err := q.question(args)
	if err != nil {
		return err
	}
	var (
		d     policies.Decision
		reach []rolekit.Access // of one that is denied, somewhere
	)
	err = withPolicies(cmd, &q.policies, func(p policies.Policies) (err error) {
		d, err = p.Check(cmd.Context(), org, ask)
		if err == nil && !d.Allowed && ask.Resource != nil && q.policies.server == "" { // a server has the application's answer
			reach, err = anywhere(cmd.Context(), p, org, ask)
		}
		return nearestOrg(cmd, p, org, err)
	})
	if err != nil {
		return err
	}
	switch {
	case quiet:
	case q.json:
		err = screen.WriteJSON(cmd.OutOrStdout(), d, true)
	default:
		err = writeDecision(cmd.OutOrStdout(), d)
	}
	if err == nil && !d.Allowed {
		if !quiet {
			writeUntold(cmd.ErrOrStderr(), reach)
		}
		return deniedError{}
	}
	return err
}

// anywhere is how far a user may do something, wherever that is.
func anywhere(ctx context.Context, p policies.Policies, org rolekit.OrgID, ask policies.Question) ([]rolekit.Access, error) {
	ask.Resource = nil
	d, err := p.Check(ctx, org, ask)
	return d.Access, err
}

func writeDecision(w io.Writer, d policies.Decision) error {
	paint := painter(w)
	if !d.Allowed {
		_, err := fmt.Fprintln(w, paint(red, "no"))
		return err
	}
	by := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		by[i] = describeReason(r)
	}
	_, err := fmt.Fprintf(w, "%s, as far as: %s; by %s\n", paint(green, "yes"), joined(d.Access, ", "), strings.Join(by, ", "))
	return err
}

func describeReason(r policies.Reason) string {
	by := "role:" + string(r.Role)
	if r.Role == "" {
		by = "the baseline of " + string(r.Baseline)
	}
	if r.Org != "" {
		by += fmt.Sprintf(" in %q", r.Org)
	}
	return screen.Safe(by)
}

func newExplain() *cobra.Command {
	var q questionFlags
	cmd := &cobra.Command{
		Use: "explain USER PERMISSION", Short: "Tell why a user may do something, or may not", Long: explainHelp,
		Args: arguments("a user and a permission", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			org, ask, err := q.question(args)
			if err != nil {
				return err
			}
			return withPolicies(cmd, &q.policies, func(p policies.Policies) error {
				e, err := p.Explain(cmd.Context(), org, ask)
				if err != nil {
					return nearestOrg(cmd, p, org, err)
				}
				if q.json {
					return screen.WriteJSON(cmd.OutOrStdout(), e, true)
				}
				return say(cmd, "%s", paintExplanation(e, painter(cmd.OutOrStdout())))
			})
		},
	}
	q.declare(cmd)
	c := q.completes(cmd)
	cmd.ValidArgsFunction = c.arguments(false, c.users, c.permissions)
	return cmd
}

// paintExplanation is an explanation with its answer coloured.
func paintExplanation(e rolekit.Explanation, paint func(colour, string) string) string {
	text := screen.SafeLines(e.String())
	answer, hue := " may not ", red
	if e.Allowed {
		answer, hue = " may ", green
	}
	return strings.Replace(text, answer, " "+paint(hue, strings.TrimSpace(answer))+" ", 1)
}

// joined is a list of names that are safe to show.
func joined[T ~string](items []T, between string) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = screen.Safe(string(item))
	}
	return strings.Join(words, between)
}
