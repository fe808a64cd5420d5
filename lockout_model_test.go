package rolekit_test

import (
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestNeverLockedOutRoundACorner takes the last who can give rights in the ways
// that groups, time and the tree add.
func TestNeverLockedOutRoundACorner(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	// In by.group, Ada runs everything, by a group within a group, and so on.
	w.createOrg("by.group", "", "")
	w.group("by.group", "inner", []rolekit.UserID{"ada"})
	inner := rolekit.GroupID("inner")
	for _, outer := range []rolekit.GroupID{"z", "a", "y", "b", "x", "bosses"} {
		w.group("by.group", outer, nil, inner)
		inner = outer
	}
	w.give("by.group", "bosses", "owner")
	// In by.one, Ada does, by a role; a second holder's time is over next year.
	w.createOrg("by.one", "", "ada")
	until := rolekit.Period{Until: clock.in(365 * 24 * time.Hour)}
	w.ok(system.PutAssignment(ctx, "by.one", rolekit.Assignment{User: "bob", Role: "owner", Period: until}))
	// In by.parent.part, Ada does because she does in by.parent.
	w.createOrg("by.parent", "", "ada")
	w.createOrg("by.parent.part", "by.parent", "")
	w.createOrg("empty", "", "")
	// In above.below, Ada does as one of a group of above, where it has nothing.
	w.createOrg("above", "", "")
	w.createOrg("above.below", "above", "")
	w.group("above", "team", []rolekit.UserID{"ada"})
	w.give("above.below", "team", "owner")
	// In mid.low, Ada does by a role of mid, where nobody has it.
	w.createOrg("mid", "", "")
	w.createOrg("mid.low", "mid", "")
	w.role("mid", "chief", grantsOf("iam.roles:write", "iam.members:write"))
	w.assign("mid.low", "ada", "chief")

	ada := []rolekit.UserID{"ada"}
	put := func(org rolekit.OrgID, a rolekit.Assignment) func() error {
		return func() error { return system.PutAssignment(ctx, org, a) }
	}
	w.refuses(rolekit.ErrLastHolder, map[string]func() error{
		"out of the group": func() error { return system.RemoveFromGroup(ctx, "by.group", "inner", ada, nil) },
		"the group out of the other": func() error {
			return system.RemoveFromGroup(ctx, "by.group", "bosses", nil, []rolekit.GroupID{"x"})
		},
		"the inner group deleted": func() error { return system.DeleteGroup(ctx, "by.group", "inner", 0) },
		"the outer group deleted": func() error { return system.DeleteGroup(ctx, "by.group", "bosses", 0) },
		"the role from the group": func() error {
			return system.RemoveAssignment(ctx, "by.group", rolekit.Assignment{Group: "bosses", Role: "owner"})
		},
		"an end for the group":           put("by.group", rolekit.Assignment{Group: "bosses", Role: "owner", Period: until}),
		"the member of the group":        func() error { return system.RemoveMember(ctx, "by.group", "ada") },
		"an end":                         put("by.one", rolekit.Assignment{User: "ada", Role: "owner", Period: until}),
		"an end that is over":            put("by.one", rolekit.Assignment{User: "ada", Role: "owner", Period: rolekit.Period{Until: clock.in(-time.Hour)}}),
		"a start that is to come":        put("by.one", rolekit.Assignment{User: "ada", Role: "owner", Period: rolekit.Period{From: clock.in(time.Hour)}}),
		"the member":                     func() error { return system.RemoveMember(ctx, "by.one", "ada") },
		"the member leaves":              func() error { return w.as("ada").RemoveMember(ctx, "by.one", "ada") },
		"by bob, while he may":           func() error { return w.as("bob").Unassign(ctx, "by.one", "ada", "owner") },
		"away from the parent":           func() error { return moved(system.MoveOrg(ctx, "by.parent.part", "empty", 0)) },
		"to the root":                    func() error { return moved(system.MoveOrg(ctx, "by.parent.part", "", 0)) },
		"below, out of a group of above": func() error { return system.RemoveFromGroup(ctx, "above", "team", ada, nil) },
		"below, the member of above":     func() error { return system.RemoveMember(ctx, "above", "ada") },
		"below, less in a role of above": func() error { _, err := system.SetGrants(ctx, "mid", "chief", nil, 0); return err },
	})
	w.refuses(rolekit.ErrInUse, map[string]func() error{
		"a group that is used below": func() error { return system.DeleteGroup(ctx, "above", "team", 0) },
	})
	w.refuses(rolekit.ErrRoleInUse, map[string]func() error{
		"a role that is held below": func() error { return system.DeleteRole(ctx, "mid", "chief", 0) },
	})

	// With a second holder without end, all of it goes.
	for _, org := range []rolekit.OrgID{"by.group", "by.one", "by.parent.part", "above.below", "mid.low"} {
		w.assign(org, "olga", "owner")
	}
	w.ok(system.RemoveFromGroup(ctx, "by.group", "bosses", nil, []rolekit.GroupID{"x"}))
	w.ok(system.DeleteGroup(ctx, "by.group", "bosses", 0))
	w.ok(put("by.one", rolekit.Assignment{User: "ada", Role: "owner", Period: until})())
	w.ok(system.RemoveMember(ctx, "by.one", "ada"))
	w.ok(moved(system.MoveOrg(ctx, "by.parent.part", "empty", 0)))
	w.ok(system.RemoveMember(ctx, "above", "ada"))
	_, err := system.SetGrants(ctx, "mid", "chief", nil, 0)
	w.ok(err)
}

// TestTimedHolderNeverCounts: while only those hold a permission whose time
// ends, nothing is kept from going that was not there without end.
func TestTimedHolderNeverCounts(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	w.createOrg("short", "", "")
	w.ok(w.system().PutAssignment(t.Context(), "short", rolekit.Assignment{User: "ada", Role: "owner", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	w.ok(w.as("ada").Unassign(t.Context(), "short", "ada", "owner"))
}
