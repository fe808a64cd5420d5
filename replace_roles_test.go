package rolekit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestReplaceRoles: all roles of a user become others at once, unless they are not what
// the caller has seen.
func TestReplaceRoles(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system, carol := t.Context(), w.system(), w.as("carol")
	w.role("tom", "clerk", nil)
	w.role("tom", "spare", nil)
	w.group("tom", "crew", []rolekit.UserID{"ada"})
	w.assign("tom", "ada", "clerk")
	w.assign("tom", "ada", "owner") // which carol may not give
	until := rolekit.Period{Until: clock.in(time.Hour)}
	later := rolekit.Period{From: clock.in(2 * time.Hour)}

	seen, err := carol.MemberRoles(ctx, "tom", "ada")
	w.ok(err)
	same(t, "what is seen", "clerk owner", names(seen.Roles))
	now, err := carol.ReplaceRoles(ctx, "tom", "ada", []rolekit.AssignedRole{
		{Role: "spare", Period: until}, {Role: "owner"}, {Role: "spare", Period: later},
	}, seen.State)
	w.ok(err)
	same(t, "what is told", "owner spare spare", names(now.Roles)) //nolint:dupword // for two periods
	same(t, "what is held", now.Roles, w.held("tom", "ada"))
	events, err := system.Audit(ctx, "tom", rolekit.AuditQuery{Limit: 2})
	w.ok(err)
	same(t, "the log", `member.unassign {"holds":["role:clerk"]} of user:ada, member.assign of user:ada by user:carol`,
		fmt.Sprintf("%s %s of %s, %s of %s by %s", events[0].Action, events[0].Before, events[0].Target, events[1].Action, events[1].Target, events[1].Actor))
	group, members, err := carol.Group(ctx, "tom", "crew")
	if w.ok(err); fmt.Sprint(members.Users) != "[ada]" {
		t.Errorf("who is in %s: %v", group.ID, members.Users)
	}

	// What is there by now is what counts, and it is told.
	w.unchanged("a state that moved", func() {
		_, err := carol.ReplaceRoles(ctx, "tom", "ada", nil, seen.State)
		isError(t, "a state that moved", err, rolekit.ErrConflict)
		e, _ := errors.AsType[*rolekit.Error](err)
		same(t, "current", now, e.Current)
	})
	for name, state := range map[string]rolekit.RolesState{"nothing seen": "", "another's": stateOf(t, w, "tom", "bob"), "elsewhere": stateOf(t, w, "jack", "ada")} {
		w.refuses(rolekit.ErrConflict, map[string]func() error{name: func() error {
			_, err := carol.ReplaceRoles(ctx, "tom", "ada", now.Roles, state)
			return err
		}})
	}
	w.unchanged("the same again", func() {
		again, err := carol.ReplaceRoles(ctx, "tom", "ada", now.Roles, now.State)
		w.ok(err)
		same(t, "the state of the same", now.State, again.State)
	})

	// The state moves with every way to change the roles, and comes back with them.
	w.ok(system.Assign(ctx, "tom", "ada", "clerk"))
	if s := stateOf(t, w, "tom", "ada"); s == now.State {
		t.Error("the state stays where a role comes")
	}
	w.ok(system.Unassign(ctx, "tom", "ada", "clerk"))
	same(t, "the state of what is as it was", now.State, stateOf(t, w, "tom", "ada"))
	clock.set(clock.in(90 * time.Minute)) // one ended; nobody changed anything
	same(t, "the state when time went by", now.State, stateOf(t, w, "tom", "ada"))
	_, err = carol.ReplaceRoles(ctx, "tom", "ada", nil, now.State)
	w.ok(err)
	same(t, "without any", "", names(w.held("tom", "ada")))
}

func TestReplaceRolesRefuses(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system, carol := t.Context(), w.system(), w.as("carol")
	w.role("tom", "clerk", nil)
	w.role("jack", "jacks", nil)
	w.assign("tom", "ada", "clerk")
	bad := rolekit.Period{From: clock.in(time.Hour), Until: clock.in(time.Hour)}
	long := make([]rolekit.AssignedRole, rolekit.MaxAssignmentLines+1)
	for i := range long {
		long[i] = rolekit.AssignedRole{Role: "clerk", Period: rolekit.Period{Until: clock.in(time.Duration(i+1) * time.Hour)}}
	}
	for name, c := range map[string]struct {
		roles []rolekit.AssignedRole
		want  error
		parts string
	}{
		"not there":            {[]rolekit.AssignedRole{{Role: "clerk"}, {Role: "nothing"}}, rolekit.ErrRoleNotFound, "roles[1] role_not_found "},
		"of somebody else":     {[]rolekit.AssignedRole{{Role: "jacks"}}, rolekit.ErrRoleNotFound, "roles[0] role_not_found "},
		"not carol's to give":  {[]rolekit.AssignedRole{{Role: "owner"}}, rolekit.ErrEscalation, "roles[0] escalation "},
		"one twice":            {[]rolekit.AssignedRole{{Role: "clerk"}, {Role: "clerk"}}, rolekit.ErrInvalid, "roles[1] invalid "},
		"no time":              {[]rolekit.AssignedRole{{Role: "clerk", Period: bad}}, rolekit.ErrInvalid, "roles[0] invalid "},
		"no id":                {[]rolekit.AssignedRole{{}}, rolekit.ErrInvalid, "roles[0] invalid "},
		"too many":             {long, rolekit.ErrInvalid, ""},
		"several that are bad": {[]rolekit.AssignedRole{{Role: "owner"}, {Role: "clerk"}, {Role: "no"}}, rolekit.ErrEscalation, "roles[0] escalation roles[2] role_not_found "},
	} {
		w.unchanged(name, func() {
			_, err := carol.ReplaceRoles(ctx, "tom", "ada", c.roles, rolekit.AnyRoles)
			isError(t, name, err, c.want)
			var parts strings.Builder
			if e, ok := errors.AsType[*rolekit.Error](err); ok {
				for _, p := range e.Parts {
					parts.WriteString(p.At + " " + string(p.Err.Code) + " ")
				}
			}
			same(t, "the roles of "+name, c.parts, parts.String())
		})
	}
	replaces := func(m *rolekit.Manager, org rolekit.OrgID, user rolekit.UserID) func() error {
		return func() error {
			_, err := m.ReplaceRoles(ctx, org, user, nil, rolekit.AnyRoles)
			return err
		}
	}
	w.refuses(rolekit.ErrPermissionDenied, map[string]func() error{
		"by a stranger": replaces(w.as("eve"), "tom", "ada"), "elsewhere": replaces(carol, "jack", "olga"), "read by a stranger": func() error {
			_, err := w.as("eve").MemberRoles(ctx, "tom", "ada")
			return err
		},
	})
	w.refuses(rolekit.ErrInvalid, map[string]func() error{"of nobody": replaces(carol, "tom", ""), "read of nobody": func() error {
		_, err := carol.MemberRoles(ctx, "tom", "")
		return err
	}})
	w.refuses(rolekit.ErrLastHolder, map[string]func() error{"of the last who manages": replaces(system, "jack", "olga")})
	key, _, err := system.CreateKey(ctx, "tom", rolekit.NewKey{Label: "k", Roles: []rolekit.RoleID{"clerk"}})
	w.ok(err)
	now, err := carol.ReplaceRoles(ctx, "tom", key.User(), []rolekit.AssignedRole{{Role: "clerk"}}, rolekit.AnyRoles)
	if w.ok(err); len(now.Roles) != 1 || !now.Roles[0].Until.Equal(key.Expires) {
		t.Errorf("a key's role, which ends with it: %v", now.Roles)
	}
}

func names(roles []rolekit.AssignedRole) string {
	all := make([]string, len(roles))
	for i, r := range roles {
		all[i] = string(r.Role)
	}
	return strings.Join(all, " ")
}

func stateOf(t *testing.T, w *world, org rolekit.OrgID, user rolekit.UserID) rolekit.RolesState {
	t.Helper()
	m, err := w.system().MemberRoles(t.Context(), org, user)
	w.ok(err)
	return m.State
}
