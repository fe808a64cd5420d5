package rolekit_test

import (
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestNeverLockedOut takes the last holder of each permission without which
// nobody could give rights again, in every way there is, and as anyone.
func TestNeverLockedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// In small.co, Ada holds iam.roles:write by a role of its own, and Bob
	// iam.members:write by a role that includes it.
	w.createOrg("small.co", "", "")
	w.role("small.co", "roles", grantsOf("iam.roles:write"))
	w.role("small.co", "members", grantsOf("iam.members:write"))
	w.role("small.co", "both", nil, "members")
	w.assign("small.co", "ada", "roles")
	w.assign("small.co", "bob", "both")
	// big.co has nobody; its role is held below.
	w.createOrg("big.co", "", "")
	w.role("big.co", "boss", grantsOf("iam.roles:write", "iam.members:write"))
	w.role("big.co", "chief", nil, "boss")
	w.createOrg("big.co.north", "big.co", "")
	w.assign("big.co.north", "carol", "chief")

	ctx, system := t.Context(), w.system()
	set := func(m *rolekit.Manager, org rolekit.OrgID, role rolekit.RoleID, grants ...rolekit.Permission) func() error {
		return func() error { _, err := m.SetGrants(ctx, org, role, grantsOf(grants...), 0); return err }
	}
	for name, do := range map[string]func() error{
		"the last owner leaves":          func() error { return w.as("olga").Unassign(ctx, "tom", "olga", "owner") },
		"the system takes it":            func() error { return system.Unassign(ctx, "tom", "olga", "owner") },
		"the last who manages roles":     func() error { return w.as("bob").Unassign(ctx, "small.co", "ada", "roles") },
		"the last who manages members":   func() error { return system.Unassign(ctx, "small.co", "bob", "both") },
		"the role loses the permission":  set(w.as("ada"), "small.co", "roles"),
		"it keeps what is less":          set(w.as("ada"), "small.co", "roles", "iam.roles:read"),
		"the included role loses it":     set(system, "small.co", "members"),
		"the role stops including it":    func() error { return noIncludes(t, system, "small.co", "both") },
		"a role that is held below":      set(system, "big.co", "boss", "iam.members:write"),
		"one that a role below includes": func() error { return noIncludes(t, system, "big.co", "chief") },
		"a default role loses it": func() error {
			_, err := system.ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "owner", Profile: "owner", Grants: grantsOf("*:read")[:0]}}})
			return err
		},
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrLastHolder) })
	}
	w.unchanged("delete", func() {
		isError(t, "the role that is held", w.as("ada").DeleteRole(ctx, "small.co", "roles", 0), rolekit.ErrRoleInUse)
		isError(t, "the role that is included", system.DeleteRole(ctx, "small.co", "members", 0), rolekit.ErrRoleInUse)
		isError(t, "the role that is held below", system.DeleteRole(ctx, "big.co", "chief", 0), rolekit.ErrRoleInUse)
	})

	// With a second holder all of it goes.
	w.assign("tom", "ada", "owner")
	w.ok(w.as("olga").Unassign(ctx, "tom", "olga", "owner"))
	w.assign("small.co", "olga", "owner")
	w.ok(set(system, "small.co", "roles")())
	w.assign("big.co", "olga", "owner")
	w.ok(set(system, "big.co", "boss")())
}

func noIncludes(t *testing.T, m *rolekit.Manager, org rolekit.OrgID, role rolekit.RoleID) error {
	t.Helper()
	_, err := m.UpdateRole(t.Context(), org, role, rolekit.RolePatch{Includes: &[]rolekit.RoleID{}}, 0)
	return err
}

// TestNeverLockedOutByTwoAtOnce lets two owners remove each other at the same
// moment, in one process and in two: one of them stays.
func TestNeverLockedOutByTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.again(rolekit.Config{})
	for round := range 20 {
		w.assign("tom", "ada", "owner")
		w.assign("tom", "olga", "owner")
		second := w
		if round%2 == 1 {
			second = other
		}
		w.ok(other.Refresh(t.Context()))
		errs := together(2, func(i int) error {
			if i == 0 {
				return w.as("olga").Unassign(t.Context(), "tom", "ada", "owner")
			}
			return second.as("ada").Unassign(t.Context(), "tom", "olga", "owner")
		})
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case errors.Is(err, rolekit.ErrLastHolder), errors.Is(err, rolekit.ErrPermissionDenied):
			default:
				t.Fatal(err)
			}
		}
		w.ok(w.Refresh(t.Context()))
		left := 0
		for _, user := range []rolekit.UserID{"olga", "ada"} {
			if w.can(user, "tom", rolekit.RolesWrite) {
				left++
			}
		}
		if won != 1 || left != 1 {
			t.Fatalf("%d of two removals came through, %d owners are left: %v", won, left, errs)
		}
	}
}
