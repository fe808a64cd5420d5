package rolekit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// limited returns a world whose organisations hold little.
func limited(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	return w.again(rolekit.Config{Limits: rolekit.Limits{Assignments: 2, Groups: 2, Keys: 2, Members: 3, Resources: 2, Roles: 2, Sets: 2}})
}

// TestLimits: each thing there is up to its limit and no further, in each way that
// leads there, and again once there is one less.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := limited(t)
	ctx, olga := t.Context(), w.as("olga")
	role := func(id rolekit.RoleID) error {
		_, err := olga.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: id, Profile: "owner"})
		return err
	}
	group := func(id rolekit.GroupID) error {
		_, err := olga.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: id}, 0)
		return err
	}
	set := func(id rolekit.SetID) error {
		_, err := olga.PutSet(ctx, "tom", rolekit.SetSpec{ID: id}, 0)
		return err
	}
	for i := range 2 {
		w.ok(role(rolekit.RoleID(fmt.Sprint("r", i))))
		w.ok(group(rolekit.GroupID(fmt.Sprint("g", i))))
		w.ok(set(rolekit.SetID(fmt.Sprint("s", i))))
	}
	for _, label := range []string{"first", "second"} {
		_, _, err := olga.CreateKey(ctx, "tom", rolekit.NewKey{Label: label})
		w.ok(err)
	}
	w.ok(olga.AddMember(ctx, "tom", "ada"))
	w.ok(olga.AddMember(ctx, "tom", "bob"))
	w.ok(olga.AddResources(ctx, "tom", "s0", "1", "2"))
	w.ok(olga.Assign(ctx, "tom", "ada", "viewer"))
	w.ok(olga.Assign(ctx, "tom", "ada", "r0"))
	users := func(ids ...rolekit.UserID) []rolekit.UserID { return ids }
	for want, ways := range map[*rolekit.Error]map[string]func() error{
		rolekit.ErrTooManyRoles: {
			"a role": func() error { return role("r2") },
			"a copy": func() error { _, err := olga.CopyRole(ctx, "tom", "viewer", rolekit.RoleCopy{ID: "r2"}); return err },
		},
		rolekit.ErrTooManyGroups: {"a group": func() error { return group("g2") }},
		rolekit.ErrTooManySets:   {"a set": func() error { return set("s2") }},
		rolekit.ErrTooManyKeys: {"a key": func() error {
			_, _, err := olga.CreateKey(ctx, "tom", rolekit.NewKey{Label: "third"})
			return err
		}},
		rolekit.ErrTooManyMembers: {
			"a member":         func() error { return olga.AddMember(ctx, "tom", "carol") },
			"who gets a role":  func() error { return olga.Assign(ctx, "tom", "carol", "r1") },
			"one in a group":   func() error { return olga.AddToGroup(ctx, "tom", "g0", users("bob", "carol"), nil) },
			"many of whom one": func() error { return olga.PutAssignments(ctx, "tom", rolekit.Assignment{User: "carol", Role: "r1"}) },
		},
		rolekit.ErrTooManyResources: {
			"a resource": func() error { return olga.AddResources(ctx, "tom", "s0", "3") },
			"all":        func() error { return olga.ReplaceResources(ctx, "tom", "s1", []rolekit.ResourceID{"1", "2", "3"}, 0) },
		},
		rolekit.ErrTooManyAssignments: {
			"a role":  func() error { return olga.Assign(ctx, "tom", "ada", "r1") },
			"a group": func() error { return olga.AddToGroup(ctx, "tom", "g0", users("ada"), nil) },
			"at times": func() error {
				return olga.PutAssignment(ctx, "tom", rolekit.Assignment{User: "ada", Role: "r1", Period: rolekit.Period{Until: time.Now().Add(time.Hour)}})
			},
			"of a group": func() error {
				return olga.PutAssignments(ctx, "tom", rolekit.Assignment{Group: "g0", Role: "r0"}, rolekit.Assignment{Group: "g0", Role: "r1"}, rolekit.Assignment{Group: "g0", Role: "viewer"})
			},
		},
	} {
		w.refuses(want, ways)
	}
	w.ok(olga.DeleteRole(ctx, "tom", "r1", 0))
	w.ok(role("r2"))
	w.ok(olga.DeleteGroup(ctx, "tom", "g1", 0))
	w.ok(group("g2"))
	w.ok(olga.RemoveMember(ctx, "tom", "bob"))
	w.ok(olga.AddMember(ctx, "tom", "carol"))
	w.ok(olga.RemoveResources(ctx, "tom", "s0", "1"))
	w.ok(olga.AddResources(ctx, "tom", "s0", "3"))
	w.ok(olga.Unassign(ctx, "tom", "ada", "viewer"))
	w.ok(olga.Assign(ctx, "tom", "ada", "r2"))
	// Another organisation has limits of its own, and the system none.
	_, err := olga.PutGroup(ctx, "jack", rolekit.GroupSpec{ID: "g0"}, 0)
	w.ok(err)
	w.role("tom", "r3", nil)
	w.role("tom", "r4", nil)
	// What is there beyond a limit may be edited, and go.
	_, err = olga.SetGrants(ctx, "tom", "r3", grantsOf("invoices:read"), 0)
	w.ok(err)
	w.ok(olga.DeleteRole(ctx, "tom", "r4", 0))
	isError(t, "beyond it still", role("r5"), rolekit.ErrTooManyRoles)
}

// TestNoLimits: less than 0 is none, and 0 the default.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	var all []rolekit.Assignment
	for i := range 201 {
		id := rolekit.RoleID(fmt.Sprint("r", i))
		w.role("tom", id, nil)
		all = append(all, rolekit.Assignment{User: "bob", Role: id})
	}
	w.refuses(rolekit.ErrTooManyAssignments, map[string]func() error{
		"the default": func() error { return w.as("olga").PutAssignments(t.Context(), "tom", all...) },
	})
	w.ok(w.as("olga").PutAssignments(t.Context(), "tom", all[1:]...))
	other := w.again(rolekit.Config{Limits: rolekit.Limits{Assignments: -1}})
	w.ok(other.as("olga").PutAssignments(t.Context(), "tom", all...))
	w.ok(w.Refresh(t.Context()))
}

// TestLimitsAtOnce: of several at once, one is the last.
func TestLimitsAtOnce(t *testing.T) {
	t.Parallel()
	w := limited(t)
	other := w.again(rolekit.Config{Limits: rolekit.Limits{Roles: 2}})
	errs := together(6, func(i int) error {
		by := []*world{w, other}[i%2]
		_, err := by.as("olga").CreateRole(t.Context(), "tom", rolekit.RoleSpec{ID: rolekit.RoleID(fmt.Sprint("r", i)), Profile: "owner"})
		return err
	})
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else {
			isError(t, "one more", err, rolekit.ErrTooManyRoles)
		}
	}
	w.ok(errors.Join(w.Refresh(t.Context()), other.Refresh(t.Context())))
	if made != 2 {
		t.Errorf("%d roles were made: %v", made, errs)
	}
}
