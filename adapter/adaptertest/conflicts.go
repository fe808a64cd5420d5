package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// pair is two changes that two replicas make at the same time, of which both
// must not come true; or, where they may, not in any order.
type pair struct {
	name string
	// prepare furnishes an organisation that olga owns.
	prepare func(*testing.T, *rolekit.Manager, rolekit.OrgID) error
	// either and other are made at once, by different kits.
	either, other func(*testing.T, *rolekit.Kit, rolekit.OrgID) error
	// holds says what must be true after. It is given what the two returned.
	holds func(*testing.T, *rolekit.Kit, rolekit.OrgID, error, error)
}

// rounds is how often each pair is tried.
const rounds = 25

func conflictTests() []storeTest {
	var tests []storeTest
	for _, p := range slices.Concat(lockoutPairs(), treePairs(), lostUpdatePairs(), escalationPairs()) {
		tests = append(tests, storeTest{"at the same time: " + p.name, p.run})
	}
	return tests
}

func (p pair) run(t *testing.T, s rolekit.Store) {
	one, two := newKit(t, s), newKit(t, s)
	system := one.Manager().As(rolekit.System("test"))
	_, err := system.ApplyDefaults(t.Context(), one.Catalog().Defaults())
	ok(t, "ApplyDefaults", err)
	came, succeeded := map[string]int{}, false
	for i := range rounds {
		org := rolekit.OrgID(fmt.Sprint("round", i))
		_, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: org, Creator: "olga"})
		ok(t, "CreateOrg", err)
		ok(t, "prepare", p.prepare(t, system, org))
		ok(t, "Refresh", errors.Join(one.Refresh(t.Context()), two.Refresh(t.Context())))
		errs := [2]error{}
		together(t, 2, func(i int) error {
			if i == 0 {
				errs[0] = p.either(t, one, org)
			} else {
				errs[1] = p.other(t, two, org)
			}
			return nil
		})
		for _, err := range errs {
			if err != nil && rolekit.CodeOf(err) == rolekit.CodeUnavailable {
				t.Errorf("a conflict that was not resolved: %v", err)
			}
		}
		came[fmt.Sprint(errs[0] == nil, errs[1] == nil)]++
		succeeded = succeeded || errs[0] == nil || errs[1] == nil
		third := newKit(t, s)
		p.holds(t, third, org, errs[0], errs[1])
		ok(t, "Refresh", errors.Join(one.Refresh(t.Context()), two.Refresh(t.Context())))
		for _, user := range []rolekit.UserID{"olga", "ada", "bob"} {
			want := permissionsOf(t, third, org, user)
			same(t, "what the first replica says of "+string(user), want, permissionsOf(t, one, org, user))
			same(t, "what the second replica says of "+string(user), want, permissionsOf(t, two, org, user))
		}
		if t.Failed() {
			t.Fatalf("in round %d, where the two returned %v and %v", i, errs[0], errs[1])
		}
	}
	t.Logf("who succeeded: %v", came)
	if !succeeded {
		t.Error("neither ever succeeded, so this proves nothing")
	}
}

func permissionsOf(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, user rolekit.UserID) string {
	t.Helper()
	grants, err := kit.Permissions(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "owner"})
	return fmt.Sprint(grants, err)
}

func as(kit *rolekit.Kit, user rolekit.UserID) *rolekit.Manager { return kit.Manager().As(boss(user)) }

func below(org rolekit.OrgID) rolekit.OrgID { return org + ".part" }

// makePart makes an organisation below one.
func makePart(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
	_, err := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: below(org), Parent: org, Creator: "olga"})
	return err
}

// notBoth fails the test when both came true.
func notBoth(t *testing.T, _ *rolekit.Kit, _ rolekit.OrgID, either, other error) {
	if either == nil && other == nil {
		t.Error("both came true")
	}
}

// managed fails the test unless somebody may manage the organisation.
func managed(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
	for _, p := range []rolekit.Permission{rolekit.RolesWrite, rolekit.MembersWrite} {
		if !slices.ContainsFunc([]rolekit.UserID{"olga", "ada", "bob"}, func(u rolekit.UserID) bool {
			d, err := kit.Can(t.Context(), rolekit.Identity{User: u, Org: org, Profile: "owner"}, p, nil)
			return err == nil && d.Allowed
		}) {
			attacks.Fail(t, "nobody holds "+string(p)+" any more", errors.Join(either, other))
		}
	}
}

func itself(org rolekit.OrgID) rolekit.OrgID { return org }

func treePairs() []pair { //nolint:funlen // a table
	create := func(id func(rolekit.OrgID) rolekit.OrgID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			_, err := kit.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: id(org), Creator: "ada"})
			return err
		}
	}
	move := func(what, to func(rolekit.OrgID) rolekit.OrgID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			_, err := kit.Manager().As(rolekit.System("test")).MoveOrg(t.Context(), what(org), to(org), 0)
			return err
		}
	}
	beside := func(org rolekit.OrgID) rolekit.OrgID { return org + ".beside" }
	role := func(at func(rolekit.OrgID) rolekit.OrgID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			_, err := as(kit, "olga").CreateRole(t.Context(), at(org), rolekit.RoleSpec{ID: "clerk", Profile: "owner"})
			return err
		}
	}
	return []pair{
		{
			name: "one id is given to two organisations", prepare: func(*testing.T, *rolekit.Manager, rolekit.OrgID) error { return nil },
			either: create(beside), other: create(beside),
			holds: func(t *testing.T, _ *rolekit.Kit, _ rolekit.OrgID, either, other error) {
				if (either == nil) == (other == nil) {
					t.Errorf("not one of the two came true: %v, %v", either, other)
				}
			},
		},
		{
			name: "each of two organisations moves below the other",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: beside(org), Creator: "olga"})
				return err
			},
			either: move(itself, beside), other: move(beside, itself), holds: notBoth,
		},
		{
			name:    "one is deleted, and one is made below it",
			prepare: func(*testing.T, *rolekit.Manager, rolekit.OrgID) error { return nil },
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").DeleteOrg(t.Context(), org, rolekit.DeleteOptions{})
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return makePart(t, as(kit, "olga"), org)
			},
			holds: notBoth,
		},
		{
			name: "one is deleted, and one moves below it",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: beside(org), Creator: "olga"})
				return err
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").DeleteOrg(t.Context(), org, rolekit.DeleteOptions{})
			},
			other: move(beside, itself), holds: notBoth,
		},
		{
			name:    "a role's id is given above and below",
			prepare: makePart,
			either:  role(itself), other: role(below), holds: notBoth,
		},
		{
			name: "a role's id is given in two organisations, one of which moves below the other",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: beside(org), Creator: "olga"})
				_, role := m.CreateRole(t.Context(), beside(org), rolekit.RoleSpec{ID: "clerk", Profile: "owner"})
				return errors.Join(err, role)
			},
			either: role(itself), other: move(beside, itself), holds: notBoth,
		},
	}
}

func lostUpdatePairs() []pair { //nolint:funlen // a table
	grants := func(p rolekit.Permission) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			r, err := as(kit, "olga").Role(t.Context(), org, "clerk")
			if err != nil {
				return err
			}
			_, err = as(kit, "olga").SetGrants(t.Context(), org, "clerk", []rolekit.Grant{{Permission: p}}, r.Revision)
			return err
		}
	}
	include := func(role, included rolekit.RoleID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			includes := []rolekit.RoleID{included}
			_, err := as(kit, "olga").UpdateRole(t.Context(), org, role, rolekit.RolePatch{Includes: &includes}, 0)
			return err
		}
	}
	nest := func(group, inner rolekit.GroupID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			return as(kit, "olga").AddToGroup(t.Context(), org, group, nil, []rolekit.GroupID{inner})
		}
	}
	return []pair{
		{
			name: "two edits of one role",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "clerk", Profile: "owner"})
				return err
			},
			either: grants("invoices:read"), other: grants("jobs:read"), holds: oneConflicts,
		},
		{
			name: "two replace who is in a group, by what both have seen",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "crew"}, 0)
				return err
			},
			either: replace("ada"), other: replace("bob"), holds: oneConflicts,
		},
		{
			name: "two make one group", prepare: nothing,
			either: makeGroup, other: makeGroup, holds: oneConflicts,
		},
		{
			name: "two rename one organisation, which both have seen", prepare: nothing,
			either: rename("First"), other: rename("Second"), holds: oneConflicts,
		},
		{
			name: "each of two roles includes the other",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, a := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "a", Profile: "owner"})
				_, b := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "b", Profile: "owner"})
				return errors.Join(a, b)
			},
			either: include("a", "b"), other: include("b", "a"), holds: notBoth,
		},
		{
			name: "each of two groups is put into the other",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, a := m.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "a"}, 0)
				_, b := m.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "b"}, 0)
				return errors.Join(a, b)
			},
			either: nest("a", "b"), other: nest("b", "a"), holds: notBoth,
		},
		{
			name: "a role is deleted, and assigned",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "clerk", Profile: "owner"})
				return errors.Join(err, makePart(t, m, org))
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").DeleteRole(t.Context(), org, "clerk", 0)
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").Assign(t.Context(), below(org), "bob", "clerk")
			},
			holds: notBoth,
		},
		{
			name: "a role is replaced, and assigned below",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "clerk", Profile: "owner"})
				return errors.Join(err, makePart(t, m, org))
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").ReplaceRole(t.Context(), org, "clerk", "viewer", 0)
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").Assign(t.Context(), below(org), "bob", "clerk")
			},
			holds: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
				ok(t, "ReplaceRole", either)
				d, err := kit.Can(t.Context(), rolekit.Identity{User: "bob", Org: below(org), Profile: "owner"}, "jobs:read", nil)
				if ok(t, "Can", err); d.Allowed != (other == nil) {
					t.Errorf("bob may: %v, who was given the role: %v", d.Allowed, other)
				}
			},
		},
		{
			name: "a resource set is deleted, and reached by a role",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.PutSet(t.Context(), org, rolekit.SetSpec{ID: "shelf"}, 0)
				return err
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").DeleteSet(t.Context(), org, "shelf", 0)
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				_, err := as(kit, "olga").CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "clerk", Profile: "owner", Grants: []rolekit.Grant{
					{Permission: "jobs:read", Access: "set:shelf"},
				}})
				return err
			},
			holds: notBoth,
		},
	}
}

// oneConflicts holds where one of two comes true, and the other is told of it.
func oneConflicts(t *testing.T, _ *rolekit.Kit, _ rolekit.OrgID, either, other error) {
	for _, err := range []error{either, other} {
		if err != nil && !errors.Is(err, rolekit.ErrConflict) {
			t.Errorf("refused by %v", err)
		}
	}
	if (either == nil) == (other == nil) {
		t.Errorf("not one of the two came true: %v, %v", either, other)
	}
}

func nothing(*testing.T, *rolekit.Manager, rolekit.OrgID) error { return nil }

// replace makes a user the only one in the group crew, as long as that is as it
// was made.
func replace(user rolekit.UserID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
	return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
		g, _, err := as(kit, "olga").Group(t.Context(), org, "crew")
		if err != nil {
			return err
		}
		_, err = as(kit, "olga").EditGroup(t.Context(), org, "crew", rolekit.EditReplace, []rolekit.UserID{user}, nil, g.Revision)
		return err
	}
}

// makeGroup makes a group that is not there.
func makeGroup(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
	_, err := as(kit, "olga").PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "fresh"}, rolekit.Absent)
	return err
}

func rename(label string) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
	return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
		o, err := as(kit, "olga").Org(t.Context(), org)
		if err != nil {
			return err
		}
		_, err = as(kit, "olga").UpdateOrg(t.Context(), org, label, o.Revision)
		return err
	}
}

// escalationPairs have ada give what is taken from her at the same time. If both
// come true, she gave it first: so the audit log must say.
func escalationPairs() []pair {
	give := func(at func(rolekit.OrgID) rolekit.OrgID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			return as(kit, "ada").Assign(t.Context(), at(org), "bob", "owner")
		}
	}
	first := func(at func(rolekit.OrgID) rolekit.OrgID) func(*testing.T, *rolekit.Kit, rolekit.OrgID, error, error) {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
			if either != nil || other != nil {
				return
			}
			last := func(org rolekit.OrgID, action, target string) int64 {
				events, err := kit.Manager().As(rolekit.System("test")).Audit(t.Context(), org, rolekit.AuditQuery{Action: action, Target: target, Limit: 1})
				ok(t, "Audit", err)
				if len(events) == 0 {
					t.Fatalf("no event %s of %s in %s", action, target, org)
				}
				return events[0].ID
			}
			if given, taken := last(at(org), "member.assign", "user:bob"), last(org, "member.unassign", "user:ada"); given > taken {
				t.Errorf("ada gave by event %d what was taken from her by event %d", given, taken)
			}
		}
	}
	take := func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
		return as(kit, "olga").Unassign(t.Context(), org, "ada", "owner")
	}
	return []pair{
		{
			name: "ada gives what is taken from her",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return m.Assign(t.Context(), org, "ada", "owner")
			},
			either: give(itself), other: take, holds: first(itself),
		},
		{
			name: "ada gives below what is taken from her above",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return errors.Join(m.Assign(t.Context(), org, "ada", "owner"), makePart(t, m, org))
			},
			either: give(below), other: take, holds: first(below),
		},
	}
}
