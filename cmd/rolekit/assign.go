package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const assignHelp = `Gives a user a role in an organisation, and with --group a group. It holds from now
on and without end, or for the time that --from and --until say, in place of what
was said before. Giving what is there changes nothing.

Times are 2026-12-31T18:00:00Z, 2026-12-31 (as that day begins in UTC), or +8h, +30m
and such from now.

  rolekit assign casey bookkeeper --org tom --until 2026-12-31`

const unassignHelp = `Takes a role from a user in an organisation, and with --group from a group. Taking
what is not there changes nothing. What organisations above gave stays, and is told.`

// policyChange is a change of one assignment.
type policyChange func(policies.Policies, context.Context, rolekit.OrgID, policies.Assignment) error

// outcome is more about what was changed.
type outcome func(context.Context, policies.Policies, rolekit.OrgID, policies.Assignment) string

// assignmentFlags are the settings of assign and unassign.
type assignmentFlags struct {
	policies    policiesFlags
	org         orgFlag
	group       bool
	from, until string
}

func (a *assignmentFlags) declare(cmd *cobra.Command) {
	a.org.declare(cmd, "`organisation` in which (required)")
	cmd.Flags().BoolVar(&a.group, "group", false, "it is a group, and no user")
	a.policies.declare(cmd)
	c := completer{&a.policies, &a.org}
	c.flags(cmd)
	holders := func(ctx context.Context, p policies.Policies) ([]string, error) {
		if a.group {
			return c.groups(ctx, p)
		}
		return c.users(ctx, p)
	}
	cmd.ValidArgsFunction = c.arguments(false, holders, c.roles)
}

func newAssign() *cobra.Command {
	var a assignmentFlags
	cmd := &cobra.Command{
		Use: "assign USER ROLE", Short: "Give a user or a group a role", Long: assignHelp,
		Args: arguments("a user and a role", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd, args, "is "+screen.Safe(args[1]), policies.Policies.Give, nil)
		},
	}
	a.declare(cmd)
	cmd.Flags().StringVar(&a.from, "from", "", "`time` from which it counts")
	cmd.Flags().StringVar(&a.until, "until", "", "`time` until which it counts")
	return cmd
}

func newUnassign() *cobra.Command {
	var a assignmentFlags
	cmd := &cobra.Command{
		Use: "unassign USER ROLE", Short: "Take a role from a user or a group", Long: unassignHelp,
		Args: arguments("a user and a role", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd, args, "is not given "+screen.Safe(args[1]), policies.Policies.Take, stays)
		},
	}
	a.declare(cmd)
	return cmd
}

// run makes the change, and says how it is then; what then adds to that, where it is
// not nil.
func (a *assignmentFlags) run(cmd *cobra.Command, args []string, done string, change policyChange, then outcome) error {
	org, err := a.org.need()
	if err != nil {
		return err
	}
	given := policies.Assignment{User: rolekit.UserID(args[0]), Role: rolekit.RoleID(args[1])}
	if a.group {
		given.User, given.Group = "", rolekit.GroupID(args[0])
	}
	if err := checkAssignment(given); err != nil {
		return err
	}
	now := time.Now()
	if given.From, err = parseTime("from", a.from, now); err != nil {
		return err
	}
	if given.Until, err = parseTime("until", a.until, now); err != nil {
		return err
	}
	if given.Until != nil && !given.Until.After(now) {
		return usagef("--until is %s, which is over: nothing would be given; use a time to come, or unassign", given.Until.UTC().Format(time.RFC3339))
	}
	return withPolicies(cmd, &a.policies, func(p policies.Policies) error {
		if err := change(p, cmd.Context(), org, given); err != nil {
			return nearestOrg(cmd, p, org, err)
		}
		rest := during(given.From, given.Until)
		if then != nil {
			rest += then(cmd.Context(), p, org, given)
		}
		outcome := fmt.Sprintf("%s %s in %s", screen.Safe(args[0]), done, org)
		return untold(outcome, say(cmd, "%s%s\n", outcome, rest))
	})
}

// stays tells by what a user or a group has a role that this organisation does not give
// them: an organisation above does, a group that they are in, or a role that includes
// it. It is silent to those who may not ask, and of groups in which nobody is.
func stays(ctx context.Context, p policies.Policies, org rolekit.OrgID, a policies.Assignment) string {
	user, from := a.User, ""
	if a.Group != "" {
		var err error
		if user, err = p.OneIn(ctx, org, a.Group); err != nil { // of no user, what follows fails too
			return ""
		}
		from = "group:" + string(a.Group)
	}
	effective, err := p.Effective(ctx, org, user, "")
	if err != nil {
		return ""
	}
	for _, g := range effective.Items {
		for _, s := range g.Sources {
			if way := wayTo("role:"+string(a.Role), from, s.Steps); len(way) > 0 {
				return ", and still has it by " + screen.Safe(rolekit.Path{Steps: way}.String())
			}
		}
	}
	return ""
}

// wayTo returns the steps of a way as far as something, behind where they come from if
// that is said; none where the way does not lead there.
func wayTo(to, from string, way []rolekit.Step) []rolekit.Step {
	if from != "" {
		at := slices.IndexFunc(way, func(s rolekit.Step) bool { return s.To == from })
		if at < 0 {
			return nil
		}
		way = way[at+1:]
	}
	return way[:slices.IndexFunc(way, func(s rolekit.Step) bool { return s.To == to })+1]
}

// checkAssignment refuses what would be another path of a server.
func checkAssignment(a policies.Assignment) error {
	if err := a.Role.Validate(); err != nil {
		return err
	}
	if a.Group != "" {
		return a.Group.Validate()
	}
	return a.User.Validate()
}

// parseTime reads a time that somebody typed; nil for none.
func parseTime(flag, text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no time is a time that a period may have
	}
	if after, ok := strings.CutPrefix(text, "+"); ok {
		if d, err := time.ParseDuration(after); err == nil && d > 0 {
			at := now.Add(d).UTC().Truncate(time.Second)
			return &at, nil
		}
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return &at, nil
		}
	}
	return nil, usagef("--%s is %q; use 2026-12-31T18:00:00Z, 2026-12-31, or +8h from now", flag, text)
}
