package adaptertest

import (
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// LockOut is an attempt of two at once, each with a kit of their own, to leave an
// organisation without anybody who manages it: many rounds of it.
type LockOut struct {
	Name string
	Run  func(*testing.T, rolekit.Store)
}

// LockOuts are the attempts, which [Run] makes as well, one by one.
func LockOuts() []LockOut {
	var all []LockOut
	for _, p := range lockoutPairs() {
		all = append(all, LockOut{p.name, p.run})
	}
	return all
}

func lockoutPairs() []pair { //nolint:funlen // a table
	unassign := func(by, whom rolekit.UserID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			return as(kit, by).Unassign(t.Context(), org, whom, "owner")
		}
	}
	replaceRoles := func(by, whom rolekit.UserID) func(*testing.T, *rolekit.Kit, rolekit.OrgID) error {
		return func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
			_, err := as(kit, by).ReplaceRoles(t.Context(), org, whom, []rolekit.AssignedRole{{Role: "viewer"}}, rolekit.AnyRoles)
			return err
		}
	}
	return []pair{
		{
			name: "two owners depose each other",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return m.Assign(t.Context(), org, "ada", "owner")
			},
			either: unassign("olga", "ada"), other: unassign("ada", "olga"),
			holds: managed,
		},
		{
			name: "two owners replace each other's roles",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return m.Assign(t.Context(), org, "ada", "owner")
			},
			either: replaceRoles("olga", "ada"), other: replaceRoles("ada", "olga"),
			holds: managed,
		},
		{
			name: "the group loses its member, and the member the role",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.PutGroup(t.Context(), org, rolekit.GroupSpec{ID: "chiefs"}, 0)
				return errors.Join(err, m.AddToGroup(t.Context(), org, "chiefs", []rolekit.UserID{"ada"}, nil),
					m.PutAssignment(t.Context(), org, rolekit.Assignment{Group: "chiefs", Role: "owner"}))
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").RemoveFromGroup(t.Context(), org, "chiefs", []rolekit.UserID{"ada"}, nil)
			},
			other: unassign("ada", "olga"),
			holds: managed,
		},
		{
			name: "the default role loses what it grants, and the custom role its holder",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, err := m.ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "manager", Profile: "owner", Grants: managing()}}})
				_, role := m.CreateRole(t.Context(), org, rolekit.RoleSpec{ID: "chief", Profile: "owner", Grants: managing()})
				return errors.Join(err, role, m.Assign(t.Context(), org, "bob", "chief"), m.Assign(t.Context(), org, "ada", "manager"),
					m.Unassign(t.Context(), org, "olga", "owner"))
			},
			either: func(t *testing.T, kit *rolekit.Kit, _ rolekit.OrgID) error {
				empty := rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "manager", Profile: "owner"}}}
				_, err := kit.Manager().As(rolekit.System("test")).ApplyDefaults(t.Context(), empty)
				return err
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "ada").Unassign(t.Context(), org, "bob", "chief")
			},
			holds: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
				managed(t, kit, org, either, other)
				notBoth(t, kit, org, either, other)
				// Else this organisation would keep the default role as it is in later rounds.
				ok(t, "Assign", kit.Manager().As(rolekit.System("test")).Assign(t.Context(), org, "bob", "chief"))
			},
		},
		{
			name: "one of two gets an end, and the other goes",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return m.Assign(t.Context(), org, "ada", "owner")
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "ada").PutAssignment(t.Context(), org, rolekit.Assignment{User: "ada", Role: "owner", Period: rolekit.Period{Until: farOff()}})
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "olga").RemoveMember(t.Context(), org, "olga")
			},
			holds: noneWithoutEnd,
		},
		{
			name: "above, a role loses what one has by it below, and there the other goes",
			// Nobody runs the one above, or they would run the part as well.
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				_, one := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: upper(org)})
				_, two := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: below(upper(org)), Parent: upper(org)})
				_, role := m.CreateRole(t.Context(), upper(org), rolekit.RoleSpec{ID: "chief", Profile: "owner", Grants: managing()})
				return errors.Join(one, two, role, m.Assign(t.Context(), below(upper(org)), "bob", "chief"),
					m.Assign(t.Context(), below(upper(org)), "ada", "owner"))
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				_, err := kit.Manager().As(rolekit.System("test")).SetGrants(t.Context(), upper(org), "chief", nil, 0)
				return err
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "ada").Unassign(t.Context(), below(upper(org)), "ada", "owner")
			},
			holds: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
				managed(t, kit, below(upper(org)), either, other)
			},
		},
		{
			name: "a part moves away from whom it has above, and its own goes",
			prepare: func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
				return errors.Join(makePart(t, m, org), m.Assign(t.Context(), below(org), "ada", "owner"), m.Unassign(t.Context(), below(org), "olga", "owner"))
			},
			either: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				_, err := kit.Manager().As(rolekit.System("test")).MoveOrg(t.Context(), below(org), "", 0)
				return err
			},
			other: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID) error {
				return as(kit, "ada").Unassign(t.Context(), below(org), "ada", "owner")
			},
			holds: func(t *testing.T, kit *rolekit.Kit, org rolekit.OrgID, either, other error) {
				managed(t, kit, below(org), either, other)
			},
		},
	}
}

func upper(org rolekit.OrgID) rolekit.OrgID { return org + ".above" }

func managing() []rolekit.Grant {
	return []rolekit.Grant{{Permission: rolekit.RolesWrite}, {Permission: rolekit.MembersWrite}}
}

// noneWithoutEnd fails the test where both came true, of which each left the other
// as the last who holds the rights without end.
func noneWithoutEnd(t *testing.T, _ *rolekit.Kit, _ rolekit.OrgID, either, other error) {
	if either == nil && other == nil {
		attacks.Fail(t, "nobody holds them without end", nil)
	}
}
