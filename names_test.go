package rolekit_test

import (
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestNamesAreUniqueAlongTheLine: a role, group or set is seen where it is
// defined and below, so no other on the line may have its name; beside, it may.
func TestNamesAreUniqueAlongTheLine(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		name   string
		create func(*world, rolekit.OrgID) error
		there  error // what is refused of one that an ancestor has
	}{
		{"role", func(w *world, org rolekit.OrgID) error {
			_, err := w.system().CreateRole(w.t.Context(), org, rolekit.RoleSpec{ID: "thing", Profile: "owner"})
			return err
		}, rolekit.ErrExists},
		{"group", func(w *world, org rolekit.OrgID) error {
			_, err := w.system().PutGroup(w.t.Context(), org, rolekit.GroupSpec{ID: "thing", Label: string(org)}, 0)
			return err
		}, rolekit.ErrReserved},
		{"set", func(w *world, org rolekit.OrgID) error {
			_, err := w.system().PutSet(w.t.Context(), org, rolekit.SetSpec{ID: "thing", Label: string(org)}, 0)
			return err
		}, rolekit.ErrReserved},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			w, clock := newModelWorld(t)
			w.createOrg("tom.north.east", "tom.north", "")
			w.createOrg("lone", "", "")
			w.ok(kind.create(w, "tom.north"))
			w.ok(kind.create(w, "jack")) // beside
			other := w.again(modelConfig(t, clock))
			w.ok(kind.create(w, "lone"))
			w.refuses(kind.there, map[string]func() error{
				"below": func() error { return kind.create(w, "tom.north.east") },
			})
			w.refuses(rolekit.ErrExists, map[string]func() error{
				"above":                            func() error { return kind.create(w, "tom") },
				"by a move of the upper":           func() error { return moved(w.system().MoveOrg(t.Context(), "tom.north", "jack", 0)) },
				"by a move of one further up":      func() error { return moved(w.system().MoveOrg(t.Context(), "tom", "jack", 0)) },
				"by a move of which memory is old": func() error { return moved(other.system().MoveOrg(t.Context(), "lone", "tom.north", 0)) },
			})
		})
	}
}

// TestNamesAreSeenDownwardOnly: what an organisation defines can be used in it
// and below, and be changed only where it is defined.
func TestNamesAreSeenDownwardOnly(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.createOrg("tom.south", "tom", "")
	w.role("tom.north", "clerk", grantsOf("invoices:read"))
	w.group("tom.north", "crew", nil)
	w.set("tom.north", "desk", "1")
	ctx, system := t.Context(), w.system()
	use := func(org rolekit.OrgID) map[error][]func() error {
		return map[error][]func() error{
			rolekit.ErrRoleNotFound: {
				func() error { return system.Assign(ctx, org, "bob", "clerk") },
				func() error { return system.Unassign(ctx, org, "bob", "clerk") },
				func() error {
					_, err := system.CreateRole(ctx, org, rolekit.RoleSpec{ID: "new", Profile: "owner", Includes: []rolekit.RoleID{"clerk"}})
					return err
				},
			},
			rolekit.ErrGroupNotFound: {
				func() error { return system.PutAssignment(ctx, org, rolekit.Assignment{Group: "crew", Role: "viewer"}) },
				func() error { return system.AddToGroup(ctx, org, "crew", []rolekit.UserID{"bob"}, nil) },
				func() error { return system.RemoveFromGroup(ctx, org, "crew", []rolekit.UserID{"bob"}, nil) },
				func() error { return system.DeleteGroup(ctx, org, "crew", 0) },
			},
			rolekit.ErrSetNotFound: {
				func() error { return system.AddResources(ctx, org, "desk", "2") },
				func() error { return system.DeleteSet(ctx, org, "desk", 0) },
				func() error {
					_, err := system.CreateRole(ctx, org, rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: inSet("desk")})
					return err
				},
			},
		}
	}
	for _, org := range []rolekit.OrgID{"tom", "tom.south", "jack"} {
		for want, all := range use(org) {
			for i, do := range all {
				w.unchanged(fmt.Sprint(org, i), func() { isError(t, fmt.Sprint(org, " ", i), do(), want) })
			}
		}
	}
	w.createOrg("tom.north.east", "tom.north", "")
	w.assign("tom.north.east", "bob", "clerk")
	w.give("tom.north.east", "crew", "viewer")
	w.group("tom.north.east", "own", nil)
	_, err := system.CreateRole(ctx, "tom.north.east", rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: inSet("desk"), Includes: []rolekit.RoleID{"clerk"}})
	w.ok(err)
	w.refuses(rolekit.ErrReserved, map[string]func() error{
		"change the role below":  func() error { _, err := system.SetGrants(ctx, "tom.north.east", "clerk", nil, 0); return err },
		"delete it below":        func() error { return system.DeleteRole(ctx, "tom.north.east", "clerk", 0) },
		"change the group below": func() error { return system.AddToGroup(ctx, "tom.north.east", "crew", []rolekit.UserID{"bob"}, nil) },
		"delete the group below": func() error { return system.DeleteGroup(ctx, "tom.north.east", "crew", 0) },
		"change the set below":   func() error { return system.AddResources(ctx, "tom.north.east", "desk", "2") },
		"delete the set below":   func() error { return system.DeleteSet(ctx, "tom.north.east", "desk", 0) },
		"put the group into another": func() error {
			w.group("tom.north.east", "own", nil)
			return system.AddToGroup(ctx, "tom.north.east", "own", nil, []rolekit.GroupID{"crew"})
		},
	})
	w.refuses(rolekit.ErrRoleInUse, map[string]func() error{
		"delete a role that is used below": func() error { return system.DeleteRole(ctx, "tom.north", "clerk", 0) },
	})
	w.refuses(rolekit.ErrInUse, map[string]func() error{
		"delete a group that is used below": func() error { return system.DeleteGroup(ctx, "tom.north", "crew", 0) },
		"delete a set that is used below":   func() error { return system.DeleteSet(ctx, "tom.north", "desk", 0) },
	})
}

// TestMoveKeepsWhatNamesStandFor: no assignment, membership, include or grant
// changes its meaning or loses it because an organisation moved.
func TestMoveKeepsWhatNamesStandFor(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*world, rolekit.OrgID){
		"a role that is held":        func(w *world, org rolekit.OrgID) { w.assign(org, "bob", "clerk") },
		"a role that a group holds":  func(w *world, org rolekit.OrgID) { w.group(org, "own", nil); w.give(org, "own", "clerk") },
		"a role that is included":    func(w *world, org rolekit.OrgID) { w.role(org, "own", nil, "clerk") },
		"a group that holds a role":  func(w *world, org rolekit.OrgID) { w.give(org, "crew", "viewer") },
		"a set that a grant reaches": func(w *world, org rolekit.OrgID) { w.role(org, "own", inSet("desk")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newModelWorld(t)
			for _, org := range []rolekit.OrgID{"tom", "jack"} {
				w.role(org, "clerk", grantsOf("invoices:read"))
				w.group(org, "crew", nil)
				w.set(org, "desk", "1")
			}
			w.createOrg("tom.north.east", "tom.north", "")
			use(w, "tom.north.east")
			w.refuses(rolekit.ErrInUse, map[string]func() error{
				"to where there is none":         func() error { return moved(w.system().MoveOrg(t.Context(), "tom.north", "", 0)) },
				"to where it is another":         func() error { return moved(w.system().MoveOrg(t.Context(), "tom.north", "jack", 0)) },
				"itself, to where it is another": func() error { return moved(w.system().MoveOrg(t.Context(), "tom.north.east", "jack", 0)) },
			})
			w.createOrg("tom.west", "tom", "")
			w.ok(moved(w.system().MoveOrg(t.Context(), "tom.north", "tom.west", 0))) // still within tom
			w.unchanged("to where it is", func() { w.ok(moved(w.system().MoveOrg(t.Context(), "tom.north", "tom.west", 0))) })
		})
	}
}

// TestNoCycles of groups, roles and organisations, however long.
func TestNoCycles(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	w.createOrg("tom.north.east", "tom.north", "")
	w.role("tom", "r3", nil)
	w.role("tom", "r2", nil, "r3")
	w.role("tom", "r1", nil, "r2")
	w.group("tom", "g3", nil)
	w.group("tom", "g2", nil, "g3")
	w.group("tom", "g1", nil, "g2")
	include := func(role, included rolekit.RoleID) func() error {
		return func() error {
			_, err := system.UpdateRole(ctx, "tom", role, rolekit.RolePatch{Includes: &[]rolekit.RoleID{included}}, 0)
			return err
		}
	}
	nest := func(inner, outer rolekit.GroupID) func() error {
		return func() error { return system.AddToGroup(ctx, "tom", outer, nil, []rolekit.GroupID{inner}) }
	}
	w.refuses(rolekit.ErrCycle, map[string]func() error{
		"a role in itself":                 include("r1", "r1"),
		"two roles":                        include("r3", "r2"),
		"three roles":                      include("r3", "r1"),
		"a group in itself":                nest("g1", "g1"),
		"two groups":                       nest("g2", "g3"),
		"three groups":                     nest("g1", "g3"),
		"an organisation under itself":     func() error { return moved(system.MoveOrg(ctx, "tom", "tom", 0)) },
		"under its part":                   func() error { return moved(system.MoveOrg(ctx, "tom", "tom.north", 0)) },
		"under its part's part":            func() error { return moved(system.MoveOrg(ctx, "tom", "tom.north.east", 0)) },
		"under a part, in an older memory": func() error { return moved(system.MoveOrg(ctx, "tom.north", "tom.north.east", 0)) },
	})
	w.ok(nest("g3", "g1")()) // twice in the same group, by two ways, is no cycle
	w.ok(include("r1", "r3")())
}

// TestDepth: an organisation is at most 16 deep, itself and the root counted.
func TestDepth(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	chain := func(prefix string, n int) {
		parent := rolekit.OrgID("")
		for i := 1; i <= n; i++ {
			id := rolekit.OrgID(fmt.Sprint(prefix, i))
			w.createOrg(id, parent, "")
			parent = id
		}
	}
	chain("a", rolekit.MaxOrgDepth)
	chain("b", 3)
	w.assign("a1", "ada", "owner")
	if !w.can("ada", "a16", "invoices:read") {
		t.Error("what is said at the root does not hold 16 deep")
	}
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"17 deep": func() error {
			_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: "deeper", Parent: "a16"})
			return err
		},
		"moved to 17 deep":           func() error { return moved(system.MoveOrg(ctx, "b3", "a16", 0)) },
		"its parts moved to 17 deep": func() error { return moved(system.MoveOrg(ctx, "b1", "a14", 0)) },
	})
	w.ok(moved(system.MoveOrg(ctx, "b1", "a13", 0)))
	if !w.can("ada", "b3", "invoices:read") {
		t.Error("what is said at the root does not hold 16 deep after a move")
	}
}
