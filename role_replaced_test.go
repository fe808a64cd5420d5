package rolekit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// held returns what a user was given in an organisation itself, as a member.
func (w *world) held(org rolekit.OrgID, user rolekit.UserID) []rolekit.AssignedRole {
	w.t.Helper()
	members, err := w.system().Members(w.t.Context(), org, rolekit.MemberQuery{Limit: 1000})
	w.ok(err)
	for _, m := range members {
		if m.User == user {
			return m.Roles
		}
	}
	return nil
}

// TestDeletedRolesAreNobodys: a role that anybody holds or will hold is not deleted,
// and the answer counts who does. What is over holds nothing up, and goes too.
func TestDeletedRolesAreNobodys(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	past, future := rolekit.Period{Until: clock.in(-time.Hour)}, rolekit.Period{From: clock.in(time.Hour), Until: clock.in(2 * time.Hour)}
	give := func(org rolekit.OrgID, a rolekit.Assignment) { w.t.Helper(); w.ok(system.PutAssignment(ctx, org, a)) }
	holders := func(what string, want rolekit.Holders) {
		t.Helper()
		w.unchanged(what, func() {
			err := w.as("olga").DeleteRole(ctx, "tom", "clerk", 0)
			isError(t, what, err, rolekit.ErrRoleInUse)
			if e, ok := errors.AsType[*rolekit.Error](err); ok {
				same(t, what, &want, e.Holders)
			}
		})
	}
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.group("tom", "crew", []rolekit.UserID{"carol"})
	give("tom", rolekit.Assignment{User: "dora", Role: "clerk", Period: past})
	give("tom.north", rolekit.Assignment{User: "dora", Role: "clerk", Period: past})

	give("tom", rolekit.Assignment{User: "bob", Role: "clerk", Period: future})
	holders("a user, later", rolekit.Holders{Users: 1})
	give("tom.north", rolekit.Assignment{User: "bob", Role: "clerk"})
	holders("the same below", rolekit.Holders{Users: 2, Below: 1})
	give("tom.north", rolekit.Assignment{Group: "crew", Role: "clerk"})
	w.role("tom", "head", nil, "clerk")
	w.role("tom.north", "chief", nil, "clerk")
	holders("a group, and roles", rolekit.Holders{Users: 2, Groups: 1, Roles: 2, Below: 3})

	w.ok(system.Unassign(ctx, "tom", "bob", "clerk"))
	w.ok(system.Unassign(ctx, "tom.north", "bob", "clerk"))
	w.ok(system.RemoveAssignment(ctx, "tom.north", rolekit.Assignment{Group: "crew", Role: "clerk"}))
	holders("roles alone", rolekit.Holders{Roles: 2, Below: 1})
	w.ok(system.DeleteRole(ctx, "tom.north", "chief", 0))
	w.ok(noIncludes(t, system, "tom", "head"))
	same(t, "what is over", 1, len(w.held("tom.north", "dora")))
	w.ok(w.as("olga").DeleteRole(ctx, "tom", "clerk", 0))
	same(t, "what was over", 0, len(w.held("tom", "dora"))+len(w.held("tom.north", "dora")))
}

// TestSuccessorsGetWhatWasHeld: everyone who holds a role holds its successor, where
// and when they held the role; the log says so under each name.
func TestSuccessorsGetWhatWasHeld(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	hours := func(from, until int) (p rolekit.Period) {
		if from != 0 {
			p.From = clock.in(time.Duration(from) * time.Hour)
		}
		if until != 0 {
			p.Until = clock.in(time.Duration(until) * time.Hour)
		}
		return p
	}
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "keeper", grantsOf("invoices:write"))
	w.role("tom", "head", grantsOf("jobs:read"), "clerk")
	w.role("tom.north", "chief", nil, "clerk", "keeper")
	w.group("tom", "crew", []rolekit.UserID{"carol"})
	put := func(org rolekit.OrgID, a rolekit.Assignment) { w.t.Helper(); w.ok(system.PutAssignment(ctx, org, a)) }
	for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
		put(org, rolekit.Assignment{User: "bob", Role: "clerk"})
		put(org, rolekit.Assignment{User: "dora", Role: "clerk", Period: hours(1, 3)})
		put(org, rolekit.Assignment{User: "erin", Role: "clerk", Period: hours(0, -1)})
	}
	put("tom.north", rolekit.Assignment{Group: "crew", Role: "clerk", Period: hours(0, 5)})
	// Some have the successor already, at other times.
	put("tom", rolekit.Assignment{User: "bob", Role: "keeper", Period: hours(2, 4)})
	put("tom", rolekit.Assignment{User: "dora", Role: "keeper", Period: hours(2, 4)})
	put("tom.north", rolekit.Assignment{User: "dora", Role: "keeper", Period: hours(4, 6)})

	before, err := system.Role(ctx, "tom", "head")
	w.ok(err)
	seen, err := system.Role(ctx, "tom", "clerk")
	w.ok(err)
	w.unchanged("what was not seen", func() {
		isError(t, "ReplaceRole", w.as("olga").ReplaceRole(ctx, "tom", "clerk", "keeper", seen.Revision+1), rolekit.ErrConflict)
	})
	w.ok(w.as("olga").ReplaceRole(ctx, "tom", "clerk", "keeper", seen.Revision))

	keeper := func(ps ...rolekit.Period) (all []rolekit.AssignedRole) {
		for _, p := range ps {
			all = append(all, rolekit.AssignedRole{Period: p, Role: "keeper"})
		}
		return all
	}
	same(t, "bob in tom", keeper(hours(0, 0)), w.held("tom", "bob"))
	same(t, "bob in tom.north", keeper(hours(0, 0)), w.held("tom.north", "bob"))
	same(t, "dora in tom, whose times touch", keeper(hours(1, 4)), w.held("tom", "dora"))
	same(t, "dora in tom.north, whose times do not", keeper(hours(1, 3), hours(4, 6)), w.held("tom.north", "dora"))
	same(t, "erin", 0, len(w.held("tom", "erin"))+len(w.held("tom.north", "erin")))
	_, crew, err := system.Group(ctx, "tom.north", "crew")
	w.ok(err)
	same(t, "the group", keeper(hours(0, 5)), crew.Roles)
	for org, want := range map[rolekit.OrgID][]rolekit.RoleID{"tom": {"keeper"}, "tom.north": {"keeper"}} {
		id := map[rolekit.OrgID]rolekit.RoleID{"tom": "head", "tom.north": "chief"}[org]
		r, err := system.Role(ctx, org, id)
		w.ok(err)
		same(t, string(id), want, r.Includes)
		if r.Revision <= before.Revision {
			t.Errorf("%s is at revision %d still", id, r.Revision)
		}
	}
	_, err = system.Role(ctx, "tom", "clerk")
	isError(t, "the role", err, rolekit.ErrRoleNotFound)
	if !w.can("bob", "tom.north", "invoices:write") || !w.can("carol", "tom.north", "invoices:write") || w.can("dora", "tom", "invoices:write") {
		t.Error("checks go on by what was")
	}

	events, err := system.Audit(ctx, "tom.north", rolekit.AuditQuery{Target: "user:dora", Limit: 1})
	w.ok(err)
	if e := events[0]; e.Actor != "user:olga" || e.Action != "member.assign" ||
		!contains(string(e.Before), "role:clerk from", "role:keeper from") || !contains(string(e.After), "role:keeper from") || contains(string(e.After), "clerk") {
		t.Errorf("%+v: %s, %s", e, e.Before, e.After)
	}
	events, err = system.Audit(ctx, "tom", rolekit.AuditQuery{Target: "role:clerk", Limit: 1})
	w.ok(err)
	same(t, "the role's event", `{"successor":"keeper"}`, string(events[0].After))
}

// TestSuccessorsAreGuarded: what a successor gives is given away, and what keeps it
// from standing in for the role is refused.
func TestSuccessorsAreGuarded(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "keeper", grantsOf("invoices:write"))
	w.role("tom", "outer", nil, "keeper")
	w.role("tom", "around", nil, "clerk")
	w.role("tom", "further", nil, "around")
	w.role("tom.north", "low", nil)
	_, err := system.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "hand", Profile: "worker"})
	w.ok(err)
	// In tom, ron edits roles; max edits roles and gives them, and holds for an hour what keeper gives.
	w.role("tom", "roles", grantsOf("iam.roles:write", "invoices:write"))
	w.role("tom", "both", grantsOf("iam.roles:write", "iam.members:write"))
	w.assign("tom", "ron", "roles")
	w.assign("tom", "max", "both")
	w.ok(system.PutAssignment(ctx, "tom", rolekit.Assignment{User: "max", Role: "keeper", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	w.assign("tom.north", "bob", "clerk")
	w.createOrg("solo", "", "")
	w.role("solo", "boss", grantsOf("iam.roles:write", "iam.members:write"))
	w.role("solo", "less", grantsOf("iam.roles:write"))
	w.assign("solo", "ada", "boss")
	w.createOrg("solo.part", "solo", "")

	replace := func(by *rolekit.Manager, org rolekit.OrgID, id, successor rolekit.RoleID) func() error {
		return func() error { return by.ReplaceRole(ctx, org, id, successor, 0) }
	}
	for want, cases := range map[*rolekit.Error]map[string]func() error{
		rolekit.ErrInvalid: {
			"by itself":                    replace(system, "tom", "clerk", "clerk"),
			"by one of another profile":    replace(system, "tom", "clerk", "hand"),
			"by what is no id":             replace(system, "tom", "clerk", "Clerk!"),
			"by nothing, which is no id":   replace(system, "tom", "clerk", ""),
			"by one of another profile, 2": replace(system, "tom", "clerk", "mower"),
		},
		rolekit.ErrRoleNotFound: {
			"by one that is not there":             replace(system, "tom", "clerk", "nothing"),
			"by one that is there only for a part": replace(system, "tom", "clerk", "low"),
			"one that is not there":                replace(system, "tom", "nothing", "keeper"),
		},
		rolekit.ErrCycle: {
			"by one that includes it":           replace(system, "tom", "clerk", "around"),
			"by one that includes it, far away": replace(system, "tom", "clerk", "further"),
		},
		rolekit.ErrReserved: {
			"a default role":        replace(system, "tom", "viewer", "keeper"),
			"a role of the parent":  replace(system, "tom.north", "clerk", "low"),
			"by whom it belongs to": replace(system, "tom.north", "keeper", "clerk"),
		},
		rolekit.ErrPermissionDenied: {
			"by a stranger":                           replace(w.as("eve"), "tom", "clerk", "keeper"),
			"by whom may not give roles":              replace(w.as("ron"), "tom", "clerk", "keeper"),
			"by the admin of another":                 replace(w.as("ada"), "tom", "clerk", "keeper"),
			"by nobody that may edit roles":           replace(w.as("bob"), "tom.north", "low", "clerk"),
			"by whom may not give roles, below alone": replace(w.as("ron"), "tom", "clerk", "outer"),
		},
		rolekit.ErrEscalation: {
			"by whom does not hold it for as long":     replace(w.as("max"), "tom", "clerk", "keeper"),
			"by whom does not hold it":                 replace(w.as("max"), "tom", "clerk", "owner"),
			"by whom does not hold what that includes": replace(w.as("max"), "tom", "clerk", "outer"),
		},
		rolekit.ErrLastHolder: {
			"of the last who gives roles": replace(system, "solo", "boss", "less"),
		},
	} {
		w.refuses(want, cases)
	}
	// An end that the actor outlasts is no escalation; an include, which has none, is.
	w.ok(noIncludes(t, system, "tom", "around"))
	w.ok(system.PutAssignment(ctx, "tom.north", rolekit.Assignment{User: "bob", Role: "clerk", Period: rolekit.Period{Until: clock.in(30 * time.Minute)}}))
	w.role("tom", "last", nil, "clerk")
	w.refuses(rolekit.ErrEscalation, map[string]func() error{"an include": replace(w.as("max"), "tom", "clerk", "keeper")})
	w.ok(noIncludes(t, system, "tom", "last"))
	w.ok(replace(w.as("max"), "tom", "clerk", "keeper")())
	// Who only edits roles may replace what only roles include.
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "top", nil, "clerk")
	w.ok(replace(w.as("ron"), "tom", "clerk", "keeper")())
}

// TestSuccessorsKeepHoldersBelow: also in an organisation below, whose holder has a
// role of the one above, somebody must be left to manage.
func TestSuccessorsKeepHoldersBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, system := t.Context(), w.system()
	w.createOrg("mid", "", "")
	w.createOrg("mid.low", "mid", "")
	w.createOrg("mid.low.er", "mid.low", "")
	w.role("mid", "chief", grantsOf("iam.roles:write", "iam.members:write"))
	w.role("mid", "less", grantsOf("iam.members:write"))
	w.role("mid", "more", grantsOf("iam.roles:write", "iam.members:write", "jobs:read"))
	w.assign("mid.low", "ada", "chief")
	w.refuses(rolekit.ErrLastHolder, map[string]func() error{
		"by less": func() error { return system.ReplaceRole(ctx, "mid", "chief", "less", 0) },
	})
	w.ok(system.ReplaceRole(ctx, "mid", "chief", "more", 0))
	if !w.can("ada", "mid.low.er", "iam.roles:write") {
		t.Error("ada manages no more")
	}
}

// TestSuccessorsAreNotGivenInTheDark: where an organisation below cannot be
// understood, the role that is held there stays.
func TestSuccessorsAreNotGivenInTheDark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.role("tom", "keeper", grantsOf("invoices:read"))
	w.createOrg("tom.north", "tom", "")
	w.assign("tom.north", "bob", "clerk")
	w.assign("tom", "bob", "clerk")
	w.sql(`INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'nobody', 'role:owner', 'tom.north')`)
	w = w.again(rolekit.Config{})
	for what, err := range map[string]error{
		"DeleteRole":  w.system().DeleteRole(t.Context(), "tom", "clerk", 0),
		"ReplaceRole": w.system().ReplaceRole(t.Context(), "tom", "clerk", "keeper", 0),
	} {
		isError(t, what, err, rolekit.ErrRoleInUse)
	}
	same(t, "bob in tom", []rolekit.AssignedRole{{Role: "clerk"}}, w.held("tom", "bob"))
}

// TestReplacedWhileGiven: a role that is replaced while it is given away below
// leaves nobody with what is not there.
func TestReplacedWhileGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.role("tom", "keeper", grantsOf("invoices:write"))
	other := w.again(rolekit.Config{})
	for range 10 {
		w.role("tom", "clerk", grantsOf("invoices:read"))
		w.ok(other.Refresh(t.Context()))
		errs := together(2, func(i int) error {
			if i == 0 {
				return w.system().ReplaceRole(t.Context(), "tom", "clerk", "keeper", 0)
			}
			return other.system().Assign(t.Context(), "tom.north", "bob", "clerk")
		})
		w.ok(errs[0])
		w.ok(w.Refresh(t.Context()))
		w.ok(other.Refresh(t.Context()))
		held := w.held("tom.north", "bob")
		if errs[1] == nil {
			same(t, "given before", []rolekit.AssignedRole{{Role: "keeper"}}, held)
			w.ok(w.system().Unassign(t.Context(), "tom.north", "bob", "keeper"))
		} else {
			isError(t, "given after", errs[1], rolekit.ErrRoleNotFound)
			same(t, "not given", 0, len(held))
		}
	}
}

func contains(text string, all ...string) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(text, s) })
}
