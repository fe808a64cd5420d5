package attacks_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

const hour = time.Hour

// wins is whether a user may do something to a thing of somebody else's in tom.
func wins(user rolekit.UserID, p rolekit.Permission) func(*world) bool {
	return winsIn("tom", user, p, "")
}

func winsIn(org rolekit.OrgID, user rolekit.UserID, p rolekit.Permission, what thing) func(*world) bool {
	return func(w *world) bool { return w.may(user, org, p, what) }
}

// later is whether something is won once some time went by.
func later(d time.Duration, won func(*world) bool) func(*world) bool {
	return func(w *world) bool {
		defer w.at(noon())
		w.at(noon().Add(d))
		return won(w)
	}
}

func assigns(who rolekit.UserID, org rolekit.OrgID, user rolekit.UserID, role rolekit.RoleID) func(*world) error {
	return puts(who, org, rolekit.Assignment{User: user, Role: role})
}

func puts(who rolekit.UserID, org rolekit.OrgID, all ...rolekit.Assignment) func(*world) error {
	return func(w *world) error { return w.as(who).PutAssignments(context.Background(), org, all...) }
}

func creates(who rolekit.UserID, grants []rolekit.Grant, includes ...rolekit.RoleID) func(*world) error {
	return func(w *world) error {
		_, err := w.as(who).CreateRole(context.Background(), "tom", rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: grants, Includes: includes})
		return err
	}
}

func grants(who rolekit.UserID, org rolekit.OrgID, role rolekit.RoleID, all ...rolekit.Grant) func(*world) error {
	return func(w *world) error {
		_, err := w.as(who).SetGrants(context.Background(), org, role, all, 0)
		return err
	}
}

func includes(who rolekit.UserID, org rolekit.OrgID, role rolekit.RoleID, included ...rolekit.RoleID) func(*world) error {
	return func(w *world) error {
		_, err := w.as(who).UpdateRole(context.Background(), org, role, rolekit.RolePatch{Includes: &included}, 0)
		return err
	}
}

func joins(who rolekit.UserID, org rolekit.OrgID, group rolekit.GroupID, users []rolekit.UserID, groups ...rolekit.GroupID) func(*world) error {
	return func(w *world) error { return w.as(who).AddToGroup(context.Background(), org, group, users, groups) }
}

func fills(set rolekit.SetID) func(*world) error {
	return func(w *world) error { return w.as("carol").AddResources(context.Background(), "tom", set, "2") }
}

func moves(org, parent rolekit.OrgID) func(*world) error {
	return func(w *world) error {
		_, err := w.as("carol").MoveOrg(context.Background(), org, parent, 0)
		return err
	}
}

func replaces(who rolekit.UserID, role, successor rolekit.RoleID) func(*world) error {
	return func(w *world) error {
		return w.as(who).ReplaceRole(context.Background(), "tom", role, successor, 0)
	}
}

func inSet(id rolekit.SetID) rolekit.Grant {
	return rolekit.Grant{Permission: "invoices:read", Access: rolekit.InSet(id)}
}

func access(p rolekit.Permission, a rolekit.Access) rolekit.Grant {
	return rolekit.Grant{Permission: p, Access: a}
}

// has makes a role of some grants, and gives it to a user.
func (w *world) has(org rolekit.OrgID, user rolekit.UserID, all ...rolekit.Grant) {
	w.t.Helper()
	role := rolekit.RoleID("of." + user)
	w.role(org, role, all)
	w.assign(org, user, role)
}

// all runs several in their order, up to the first that fails.
func all(steps ...func(*world) error) func(*world) error {
	return func(w *world) error {
		for _, step := range steps {
			if err := step(w); err != nil {
				return err
			}
		}
		return nil
	}
}

func herself() []rolekit.UserID { return []rolekit.UserID{"carol"} }

// TestAttacks are attempts of people who manage something to gain, or to give to
// others, what they do not hold.
func TestAttacks(t *testing.T) {
	t.Parallel()
	try(t, slices.Concat(assigning(), composing(), joining(), filling(), moving(), naming(), acting(), belonging(), keeping(), inBulk(), repeating(), previewing()))
}

func assigning() []attacks.Attempts[attempt] {
	tomorrow := noon().Add(24 * hour)
	bosses := func(p rolekit.Period) func(*world) { // dora is an owner, for a while
		return func(w *world) { w.give("tom", rolekit.Assignment{User: "dora", Role: "owner", Period: p}) }
	}
	return []attacks.Attempts[attempt]{
		{"assign", []attempt{
			{name: "a default role to herself", do: assigns("carol", "tom", "carol", "owner"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve")},
			{
				name: "a default role in the place of all of hers", do: replacesRoles("carol", "carol", rolekit.AssignedRole{Role: "owner"}),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{name: "a default role to a friend", do: assigns("carol", "tom", "mallory", "viewer"), want: rolekit.ErrEscalation, won: wins("mallory", "invoices:read")},
			{name: "to a service of hers", do: assigns("carol", "tom", "service:carol", "owner"), want: rolekit.ErrEscalation, won: wins("service:carol", "invoices:approve")},
			{name: "a custom role", do: assigns("carol", "tom", "carol", "bookkeeper"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write")},
			{
				name: "a role of an ancestor, further down", do: assigns("carol", "tom.north", "carol", "bookkeeper"),
				want: rolekit.ErrEscalation, won: winsIn("tom.north", "carol", "invoices:write", ""),
			},
			{
				name: "to a group that she is in", given: func(w *world) { w.group("tom", "team", herself()) },
				do: puts("carol", "tom", rolekit.Assignment{Group: "team", Role: "owner"}), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "to a group that holds the group that she is in",
				given: func(w *world) {
					w.group("tom", "inner", herself())
					w.group("tom", "outer", nil, "inner")
				},
				do: puts("carol", "tom", rolekit.Assignment{Group: "outer", Role: "owner"}), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "for an hour", do: puts("carol", "tom", rolekit.Assignment{User: "carol", Role: "owner", Period: until(noon().Add(hour))}),
				want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "from tomorrow on", do: puts("carol", "tom", rolekit.Assignment{User: "carol", Role: "owner", Period: from(tomorrow)}),
				want: rolekit.ErrEscalation, won: later(48*hour, wins("carol", "invoices:approve")),
			},
			{
				name: "among others that she may give",
				do: puts("carol", "tom", rolekit.Assignment{User: "bob", Role: "hr"}, rolekit.Assignment{User: "bob", Role: "empty"},
					rolekit.Assignment{User: "carol", Role: "owner"}),
				want: rolekit.ErrEscalation, won: func(w *world) bool {
					return w.may("carol", "tom", "invoices:approve", "") || w.may("bob", "tom", rolekit.MembersWrite, "")
				},
			},
			{
				name: "what reaches another set than hers",
				given: func(w *world) {
					w.set("tom", "hers", "1")
					w.set("tom", "secret", "2")
					w.has("tom", "carol", inSet("hers"))
					w.role("tom", "researcher", []rolekit.Grant{inSet("secret")})
				},
				do: assigns("carol", "tom", "carol", "researcher"), want: rolekit.ErrEscalation, won: winsIn("tom", "carol", "invoices:read", "2"),
			},
			{
				name: "to a service key of hers", given: keyed, do: makesKey(the("kay"), time.Time{}, "owner"),
				want: rolekit.ErrEscalation, won: gained("invoices:approve"),
			},
			{
				name: "to a service key that is there", given: keyed,
				do:   func(w *world) error { return w.as("carol").Assign(context.Background(), "tom", w.key.User(), "owner") },
				want: rolekit.ErrEscalation, won: func(w *world) bool { return w.may(w.key.User(), "tom", "invoices:approve", "") },
			},
			{
				name: "to a key that a key makes",
				given: func(w *world) {
					w.role("tom", "keeper", anyOf("iam.keys:write"))
					w.newKey("keeper")
				},
				do: makesKey(theKey, noon().Add(hour), "owner"), want: rolekit.ErrEscalation, won: gained("invoices:approve"),
			},
			{
				name: "to others, by a key that manages members", given: func(w *world) { w.newKey("recruiter") },
				do: func(w *world) error {
					return w.as(w.key.User()).PutAssignment(context.Background(), "tom", rolekit.Assignment{User: "mallory", Role: "owner", Period: until(noon().Add(hour))})
				},
				want: rolekit.ErrEscalation, won: wins("mallory", "invoices:approve"),
			},
			{
				name:  "in an organisation below, by what she holds in another",
				given: func(w *world) { w.org("tom.south", "tom", "carol") }, // where she is the owner
				do:    assigns("carol", "tom.north", "mallory", "owner"), want: rolekit.ErrEscalation, won: winsIn("tom.north", "mallory", "invoices:read", ""),
			},
		}},
		{"baseline", []attempt{{
			name:  "a role that has nothing but a baseline",
			given: func(w *world) { w.set("tom", "board", "2") },
			do:    assigns("carol", "tom", "carol", "helper"), want: rolekit.ErrEscalation, won: winsIn("tom", "carol", "invoices:read", "2"),
		}}},
		{"included", []attempt{{
			name: "a role that includes more", do: assigns("carol", "tom", "carol", "chief"),
			want: rolekit.ErrEscalation, won: wins("carol", "invoices:write"),
		}}},
		{"assign-for-long", []attempt{
			{
				name: "without end, by one whose time ends", given: bosses(until(noon().Add(hour))),
				do: assigns("dora", "tom", "mallory", "owner"), want: rolekit.ErrEscalation, won: later(2*hour, wins("mallory", "invoices:approve")),
			},
			{
				name: "to oneself, for a second longer", given: bosses(until(noon().Add(hour))),
				do:   puts("dora", "tom", rolekit.Assignment{User: "dora", Role: "owner", Period: until(noon().Add(hour + time.Second))}),
				want: rolekit.ErrEscalation, won: later(hour, wins("dora", "invoices:approve")),
			},
			{
				name: "to a service key, which lasts longer than her time", given: bosses(until(noon().Add(hour))),
				do:   makesKey(the("dora"), noon().Add(2*hour), "owner"),
				want: rolekit.ErrEscalation, won: later(hour+time.Minute, gained("invoices:approve")),
			},
			{
				name: "without end, by a service key, which ends", given: func(w *world) { w.newKey("owner") },
				do: func(w *world) error {
					return w.as(w.key.User()).Assign(context.Background(), "tom", "mallory", "owner")
				},
				want: rolekit.ErrEscalation, won: later(91*24*hour, wins("mallory", "invoices:approve")),
			},
			{
				name: "from then on", given: bosses(until(noon().Add(hour))),
				do:   puts("dora", "tom", rolekit.Assignment{User: "mallory", Role: "owner", Period: from(noon().Add(hour))}),
				want: rolekit.ErrEscalation, won: later(2*hour, wins("mallory", "invoices:approve")),
			},
		}},
		{"held-later", []attempt{{
			name: "today what oneself holds from tomorrow on",
			given: func(w *world) {
				w.give("tom", rolekit.Assignment{User: "hank", Role: "bookkeeper", Period: from(tomorrow)})
			},
			do: assigns("hank", "tom", "mallory", "bookkeeper"), want: rolekit.ErrEscalation, won: wins("mallory", "invoices:write"),
		}}},
		{"assign-unseen", []attempt{
			{
				name: "a role that somebody will make", do: assigns("carol", "tom", "carol", "future"), want: rolekit.ErrRoleNotFound,
				then: func(w *world) { w.role("tom", "future", anyOf("invoices:approve")) }, won: wins("carol", "invoices:approve"),
			},
			{
				name: "a role of an organisation beside, before there is one here", given: func(w *world) { w.role("jack", "jacks", anyOf("jobs:read")) },
				do: assigns("carol", "tom", "carol", "jacks"), want: rolekit.ErrRoleNotFound,
				then: func(w *world) { w.role("tom", "jacks", anyOf("invoices:approve")) }, won: wins("carol", "invoices:approve"),
			},
			{
				name: "to a group that somebody will make", do: puts("carol", "tom", rolekit.Assignment{Group: "future", Role: "hr"}), want: rolekit.ErrGroupNotFound,
				then: func(w *world) { w.group("tom", "future", []rolekit.UserID{"mallory"}) }, won: wins("mallory", rolekit.MembersWrite),
			},
		}},
	}
}

func composing() []attacks.Attempts[attempt] {
	hr := append(anyOf("iam.roles:write", "iam.members:write", "iam.orgs:write"), access("jobs:read", "own"))
	return []attacks.Attempts[attempt]{
		{"role", []attempt{
			{name: "more into her own role", do: grants("carol", "tom", "hr", append(anyOf("invoices:approve"), hr...)...), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve")},
			{name: "a wider access of what she holds", do: grants("carol", "tom", "hr", append(anyOf("jobs:read"), hr[:3]...)...), want: rolekit.ErrEscalation, won: wins("carol", "jobs:read")},
			{
				name: "more into a role that a friend has", given: func(w *world) { w.assign("tom", "mallory", "empty") },
				do: grants("dave", "tom", "empty", anyOf("invoices:write")...), want: rolekit.ErrEscalation, won: wins("mallory", "invoices:write"),
			},
			{
				name: "a new role, to give it afterwards", do: all(creates("carol", anyOf("invoices:approve")), assigns("carol", "tom", "carol", "new")),
				want: rolekit.ErrEscalation, won: func(w *world) bool { return w.roleGives("new", "invoices:approve") },
			},
			{
				name: "a copy of a role",
				do: func(w *world) error {
					_, err := w.as("carol").CopyRole(context.Background(), "tom", "owner", rolekit.RoleCopy{ID: "new"})
					return err
				},
				want: rolekit.ErrEscalation, won: func(w *world) bool { return w.roleGives("new", "invoices:approve") },
			},
			{
				name: "more into a role once its owner gave it out",
				given: func(w *world) {
					w.ok(creates("carol", nil)(w))
					w.ok(assigns("olga", "tom", "mallory", "new")(w)) // she has looked at it, and there was nothing in it
				},
				do: grants("carol", "tom", "new", anyOf("invoices:write")...), want: rolekit.ErrEscalation, won: wins("mallory", "invoices:write"),
			},
			{
				name: "back into a role what was taken out of it",
				given: func(w *world) {
					w.assign("tom", "carol", "empty")
					w.ok(grants("olga", "tom", "empty", anyOf("invoices:write")...)(w))
					w.ok(grants("carol", "tom", "empty")(w))
				},
				do: grants("carol", "tom", "empty", anyOf("invoices:write")...), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write"),
			},
		}},
		{"role-includes", []attempt{
			{name: "into her own role", do: includes("carol", "tom", "hr", "bookkeeper"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write")},
			{name: "two deep into her own role", do: includes("carol", "tom", "hr", "chief"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write")},
			{name: "a default role into her own role", do: includes("carol", "tom", "hr", "owner"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve")},
			{name: "into a role that hers includes", given: func(w *world) { w.ok(includes("olga", "tom", "hr", "empty")(w)) }, do: includes("carol", "tom", "empty", "owner"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve")},
			{name: "into a new role", do: creates("carol", nil, "owner"), want: rolekit.ErrEscalation, won: func(w *world) bool { return w.roleGives("new", "invoices:approve") }},
		}},
		{"wider-access", []attempt{
			{name: "any of what is one's own", do: grants("carol", "tom", "hr", append(anyOf("jobs:read"), hr[:3]...)...), want: rolekit.ErrEscalation, won: wins("carol", "jobs:read")},
			{
				name: "any of what is one's team's", given: func(w *world) { w.has("tom", "carol", access("invoices:read", "team")) },
				do: grants("carol", "tom", "of.carol", anyOf("invoices:read")...), want: rolekit.ErrEscalation, won: wins("carol", "invoices:read"),
			},
			{
				name: "any of what is in a set", given: func(w *world) {
					w.set("tom", "hers", "1")
					w.has("tom", "carol", inSet("hers"))
				},
				do: grants("carol", "tom", "of.carol", anyOf("invoices:read")...), want: rolekit.ErrEscalation, won: winsIn("tom", "carol", "invoices:read", "2"),
			},
			{
				name: "what is in another set",
				given: func(w *world) {
					w.set("tom", "hers", "1")
					w.set("tom", "secret", "2")
					w.has("tom", "carol", inSet("hers"))
				},
				do: grants("carol", "tom", "of.carol", inSet("secret")), want: rolekit.ErrEscalation, won: winsIn("tom", "carol", "invoices:read", "2"),
			},
		}},
		{"implied", []attempt{
			{
				name: "to write what one reads", given: func(w *world) { w.has("tom", "carol", anyOf("invoices:read")...) },
				do: grants("carol", "tom", "of.carol", anyOf("invoices:write")...), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write"),
			},
			{
				name: "to approve what one writes", given: func(w *world) { w.has("tom", "carol", anyOf("invoices:write")...) },
				do: grants("carol", "tom", "of.carol", anyOf("invoices:approve")...), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
		}},
		{"unknown-permission", []attempt{
			{
				name: "that a later version of the program has", do: grants("carol", "tom", "hr", append(anyOf("payroll:read"), hr...)...), want: rolekit.ErrInvalid,
				won: func(w *world) bool {
					kit := w.kit(strings.Replace(catalogYAML, "objects:\n", "objects:\n  payroll: {actions: [read]}\n", 1))
					return mayBy(w.t, kit, "carol", "tom", "payroll:read", "")
				},
			},
			{
				name:  "with an access that a later version of the program offers",
				given: func(w *world) { w.has("tom", "carol", anyOf("invoices:approve")...) },
				do:    grants("carol", "tom", "of.carol", access("invoices:approve", "own")), want: rolekit.ErrInvalid,
				won: func(w *world) bool {
					r, err := w.system().Role(context.Background(), "tom", "of.carol")
					w.ok(err)
					return slices.Contains(r.Grants, access("invoices:approve", "own"))
				},
			},
			{
				name: "a wildcard", do: grants("carol", "tom", "hr", append(anyOf("*:*"), hr...)...), want: rolekit.ErrInvalid,
				won: func(w *world) bool {
					r, err := w.system().Role(context.Background(), "tom", "hr")
					w.ok(err)
					return slices.ContainsFunc(r.Grants, func(g rolekit.Grant) bool { return strings.Contains(string(g.Permission), "*") })
				},
			},
			{
				name: "a wildcard for an action", do: grants("carol", "tom", "hr", append(anyOf("invoices:*"), hr...)...), want: rolekit.ErrInvalid,
				won: func(w *world) bool {
					r, err := w.system().Role(context.Background(), "tom", "hr")
					w.ok(err)
					return slices.ContainsFunc(r.Grants, func(g rolekit.Grant) bool { return strings.Contains(string(g.Permission), "*") })
				},
			},
		}},
		{"successor", []attempt{
			{
				name: "a role that gives more in the place of one that she has", given: func(w *world) { w.assign("tom", "carol", "empty") },
				do: replaces("carol", "empty", "owner"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:approve"),
			},
			{
				name: "a role that gives more in the place of one that hers includes", given: func(w *world) { w.ok(includes("olga", "tom", "hr", "empty")(w)) },
				do: replaces("carol", "empty", "bookkeeper"), want: rolekit.ErrEscalation, won: wins("carol", "invoices:write"),
			},
		}},
		{"successor-members", []attempt{{
			name: "a role to others, by one who may give nothing to anybody", given: func(w *world) { w.assign("tom", "mallory", "empty") },
			do: replaces("dave", "empty", "composer"), want: rolekit.ErrPermissionDenied, won: wins("mallory", rolekit.RolesWrite),
		}}},
		{"in-use", []attempt{{
			name:  "a role that others hold made anew, by one who may give nothing to anybody",
			given: func(w *world) { w.assign("tom", "mallory", "empty") },
			do: all(func(w *world) error { return w.as("dave").DeleteRole(context.Background(), "tom", "empty", 0) }, func(w *world) error {
				_, err := w.as("dave").CreateRole(context.Background(), "tom", rolekit.RoleSpec{ID: "empty", Profile: "owner", Grants: anyOf("iam.roles:write")})
				return err
			}),
			want: rolekit.ErrRoleInUse, won: wins("mallory", rolekit.RolesWrite),
		}}},
	}
}

// roleGives reports whether a role is there that has the grant, by whatever way.
func (w *world) roleGives(id rolekit.RoleID, p rolekit.Permission) bool {
	w.t.Helper()
	if _, err := w.system().Role(w.t.Context(), "tom", id); errors.Is(err, rolekit.ErrRoleNotFound) {
		return false
	}
	w.assign("tom", "guinea.pig", id)
	return w.may("guinea.pig", "tom", p, "")
}
