package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const showUserHelp = `Shows where a user belongs, and for each organisation which roles and groups it gave
them, and what they may do there by whatever was given, with where that comes from.

Organisations that who asks may not ask about are counted at the end. To ask a server about
somebody else, each organisation that the token's holder sees is asked; --org asks
one.`

// showUserFlags are the settings of show user.
type showUserFlags struct {
	policies policiesFlags
	org      orgFlag
	profile  string
	json     bool
}

func newShowUser() *cobra.Command {
	var s showUserFlags
	cmd := &cobra.Command{
		Use: "user USER", Short: "Show where a user belongs and what they may do", Long: showUserHelp,
		Args: arguments("a user", 1),
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd, rolekit.UserID(args[0])) },
	}
	s.org.declare(cmd, "only in this `organisation`")
	cmd.Flags().StringVar(&s.profile, "profile", "", "only what they may as this `profile`")
	cmd.Flags().BoolVar(&s.json, jsonFlag, false, "print it as JSON")
	s.policies.declare(cmd)
	c := completer{&s.policies, &s.org}
	c.flags(cmd)
	cmd.ValidArgsFunction = c.arguments(false, c.users)
	return cmd
}

// shownUser is what show user prints.
type shownUser struct {
	User rolekit.UserID `json:"user"`
	Orgs []standing     `json:"orgs"`
}

// standing is what a user has in an organisation.
type standing struct {
	Org         rolekit.OrgID             `json:"org"`
	Label       string                    `json:"label"`
	Profiles    []rolekit.ProfileID       `json:"profiles"`
	Roles       []policies.AssignedRole   `json:"roles"`
	Groups      []rolekit.GroupID         `json:"groups"`
	Permissions []policies.EffectiveGrant `json:"permissions"`
}

func (s standing) empty() bool { return len(s.Roles)+len(s.Groups)+len(s.Permissions) == 0 }

// foundUser is what was found of a user, and what was not.
type foundUser struct {
	shown  shownUser
	broken []error // why organisations cannot be read
	denied int     // organisations that who asks may not ask about
}

func (s *showUserFlags) run(cmd *cobra.Command, user rolekit.UserID) error {
	if err := user.Validate(); err != nil {
		return err
	}
	if s.org != "" {
		if _, err := s.org.need(); err != nil {
			return err
		}
	}
	return withPolicies(cmd, &s.policies, func(p policies.Policies) error {
		found, err := s.look(cmd, p, user)
		switch {
		case err != nil:
			return err
		case s.json:
			err = screen.WriteJSON(cmd.OutOrStdout(), found.shown, true)
		default:
			err = writeUser(cmd.OutOrStdout(), found)
		}
		return errors.Join(append([]error{err}, found.broken...)...)
	})
}

// look asks each organisation. One that cannot be read hides none of the others.
func (s *showUserFlags) look(cmd *cobra.Command, p policies.Policies, user rolekit.UserID) (found foundUser, err error) {
	ctx := cmd.Context()
	found.shown = shownUser{user, []standing{}}
	orgs, err := p.OrgsOf(ctx, user)
	if s.org != "" && err == nil {
		orgs, err = onlyOrg(ctx, p, orgs, rolekit.OrgID(s.org))
	}
	if errors.Is(err, rolekit.ErrOrgNotFound) { // or it cannot be read, for which a server leaves it out
		if _, asked := p.Effective(ctx, rolekit.OrgID(s.org), user, ""); errors.Is(asked, rolekit.ErrBrokenPolicy) {
			return found, asked
		}
	}
	if err != nil {
		return found, nearestOrg(cmd, p, rolekit.OrgID(s.org), err)
	}
	bar := newProgress(cmd.ErrOrStderr(), "organisations", len(orgs))
	defer bar.finish()
	for _, org := range orgs {
		one, err := s.standing(ctx, p, org, user)
		bar.step()
		switch {
		case s.org == "" && errors.Is(err, rolekit.ErrPermissionDenied):
			found.denied++
		case s.org == "" && errors.Is(err, rolekit.ErrBrokenPolicy):
			found.broken = append(found.broken, fmt.Errorf("%s: %w", org.ID, err))
		case err != nil:
			return found, err
		case !one.empty() || s.org != "":
			found.shown.Orgs = append(found.shown.Orgs, one)
		}
	}
	return found, nil
}

// onlyOrg is the organisation that was named, also where the user has no standing:
// then it is looked for among all.
func onlyOrg(ctx context.Context, p policies.Policies, among []policies.Org, org rolekit.OrgID) ([]policies.Org, error) {
	named := func(o policies.Org) bool { return o.ID == org }
	at := slices.IndexFunc(among, named)
	if at < 0 {
		var err error
		if among, err = p.Orgs(ctx); err != nil {
			return nil, err
		}
		at = slices.IndexFunc(among, named)
	}
	if at < 0 {
		return nil, &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: fmt.Sprintf("there is no organisation %q that you see", org)}
	}
	return among[at : at+1], nil
}

func (s *showUserFlags) standing(ctx context.Context, p policies.Policies, org policies.Org, user rolekit.UserID) (standing, error) {
	effective, err := p.Effective(ctx, org.ID, user, rolekit.ProfileID(s.profile))
	if err != nil {
		return standing{}, err
	}
	member, err := p.Member(ctx, org.ID, user)
	if errors.Is(err, rolekit.ErrPermissionDenied) { // users may ask what they may, and not who was given what
		member, err = policies.Member{Roles: []policies.AssignedRole{}, Groups: []rolekit.GroupID{}}, nil
	}
	one := standing{org.ID, org.Label, []rolekit.ProfileID{}, member.Roles, member.Groups, effective.Items}
	for _, g := range effective.Items {
		if !slices.Contains(one.Profiles, g.Profile) {
			one.Profiles = append(one.Profiles, g.Profile)
		}
	}
	return one, err
}

func writeUser(w io.Writer, found foundUser) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", screen.Safe("user:"+string(found.shown.User)))
	if len(found.shown.Orgs) == 0 {
		b.WriteString("\nin no organisation that you may ask about\n")
	}
	columns := max(screen.Terminal(w)-len(indent), 0)
	for _, one := range found.shown.Orgs {
		fmt.Fprintf(&b, "\n%s\n", orgName(one.Org, one.Label))
		given := make([]string, len(one.Roles))
		for i, r := range one.Roles {
			given[i] = describeAssigned(r)
		}
		fmt.Fprintf(&b, "  profiles: %s\n  roles given here: %s\n  groups here: %s\n",
			cmp.Or(joined(one.Profiles, ", "), "none"), cmp.Or(strings.Join(given, ", "), "none"), cmp.Or(joined(one.Groups, ", "), "none"))
		if len(one.Permissions) == 0 {
			b.WriteString("  may do nothing\n")
			continue
		}
		b.WriteString(indented(screen.Table(columns, []string{"PROFILE", "PERMISSION", "ACCESS", "BY"}, permissionRows(one))))
	}
	if found.denied > 0 {
		fmt.Fprintf(&b, "\nnot shown: %s that you see and may not ask about\n", count(found.denied, "organisation"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// permissionRows are a row for each way to each permission; what a row shares with
// the one above is left out.
func permissionRows(one standing) [][]string {
	var rows [][]string
	for _, g := range one.Permissions {
		head := []string{screen.Safe(string(g.Profile)), screen.Safe(string(g.Permission)), screen.Safe(string(g.Access))}
		for _, s := range g.Sources {
			rows = append(rows, append(head, describeSource(s, g.Permission)))
			head = []string{"", "", ""}
		}
		if g.More {
			rows = append(rows, append(head, "and in further ways"))
		}
	}
	return rows
}

// describeSource shows a way, what is granted at its end where that is another
// permission, and until when.
func describeSource(s policies.Source, want rolekit.Permission) string {
	text := s.String() + during(s.From, s.Until)
	if s.Grant.Permission != want {
		text += ", by " + string(s.Grant.Permission)
	}
	return screen.Safe(text)
}

// describeAssigned shows a role that was given, and when it counts.
func describeAssigned(r policies.AssignedRole) string {
	text := string(r.Role) + during(r.From, r.Until)
	if r.Ended {
		text += ", ended"
	}
	return screen.Safe(text)
}

// during says from when and until when.
func during(from, until *time.Time) (text string) {
	if from != nil {
		text += " from " + from.UTC().Format(time.RFC3339)
	}
	if until != nil {
		text += " until " + until.UTC().Format(time.RFC3339)
	}
	return text
}

const indent = "  "

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(indent + line)
	}
	return b.String()
}
