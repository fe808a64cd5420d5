package rolekit_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestNoStaleGrant revokes in every way there is, while others keep asking, and
// asks at once: the next check denies, and after giving back the next allows.
func TestNoStaleGrant(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	defaults := func(w *world, grants ...rolekit.Permission) {
		_, err := w.system().ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "viewer", Profile: "owner", Grants: grantsOf(grants...)}}})
		w.ok(err)
	}
	setGrants := func(w *world, org rolekit.OrgID, grants ...rolekit.Permission) {
		_, err := w.as("olga").SetGrants(ctx, org, "clerk", grantsOf(grants...), 0)
		w.ok(err)
	}
	include := func(w *world, includes ...rolekit.RoleID) {
		_, err := w.as("olga").UpdateRole(ctx, "tom", "chief", rolekit.RolePatch{Includes: &includes}, 0)
		w.ok(err)
	}
	for name, c := range map[string]struct {
		prepare, give, take func(*world)
	}{
		"an assignment": {
			func(w *world) { w.role("tom.north", "clerk", grantsOf("invoices:read")) },
			func(w *world) { w.ok(w.as("olga").Assign(ctx, "tom.north", "ada", "clerk")) },
			func(w *world) { w.ok(w.as("olga").Unassign(ctx, "tom.north", "ada", "clerk")) },
		},
		"an assignment above": {
			func(w *world) { w.role("tom", "clerk", grantsOf("invoices:read")) },
			func(w *world) { w.ok(w.as("olga").Assign(ctx, "tom", "ada", "clerk")) },
			func(w *world) { w.ok(w.as("olga").Unassign(ctx, "tom", "ada", "clerk")) },
		},
		"a grant of the role": {
			func(w *world) { w.role("tom.north", "clerk", nil); w.assign("tom.north", "ada", "clerk") },
			func(w *world) { setGrants(w, "tom.north", "invoices:approve") },
			func(w *world) { setGrants(w, "tom.north", "jobs:read") },
		},
		"a grant of a role above": {
			func(w *world) { w.role("tom", "clerk", nil); w.assign("tom.north", "ada", "clerk") },
			func(w *world) { setGrants(w, "tom", "invoices:read") },
			func(w *world) { setGrants(w, "tom") },
		},
		"an include": {
			func(w *world) {
				w.role("tom", "clerk", grantsOf("invoices:read"))
				w.role("tom", "chief", nil)
				w.assign("tom.north", "ada", "chief")
			},
			func(w *world) { include(w, "clerk") },
			func(w *world) { include(w) },
		},
		"a default role’s grant": {
			func(w *world) { w.assign("tom", "ada", "viewer") },
			func(w *world) { defaults(w, "invoices:write") },
			func(w *world) { defaults(w, "jobs:write") },
		},
		"a default role’s grant, by way of a custom role": {
			func(w *world) { w.role("tom", "chief", nil, "viewer"); w.assign("tom.north", "ada", "chief") },
			func(w *world) { defaults(w, "invoices:write") },
			func(w *world) { defaults(w, "jobs:write") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.createOrg("tom.north", "tom", "")
			c.prepare(w)
			stop := w.keepAsking(rolekit.Identity{User: "ada", Org: "tom.north", Profile: "owner"}, "invoices:read")
			defer stop()
			for range 10 {
				c.take(w)
				if w.can("ada", "tom.north", "invoices:read") {
					t.Fatal("allowed after it was taken")
				}
				c.give(w)
				if !w.can("ada", "tom.north", "invoices:read") {
					t.Fatal("denied after it was given")
				}
			}
		})
	}
}

// keepAsking has others ask the same, so that snapshots are built at every
// moment, until stop is called.
func (w *world) keepAsking(who rolekit.Identity, p rolekit.Permission) (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if _, err := w.Can(w.t.Context(), who, p, nil); err != nil {
						w.t.Error(err)
						return
					}
					runtime.Gosched() // or the editor waits for all of us at each of its steps
				}
			}
		})
	}
	return func() { close(done); all.Wait() }
}

// TestNoStaleGrantOfADeletedOrganisation, nor of the one made in its place.
func TestNoStaleGrantOfADeletedOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 10 {
		w.createOrg("new", "", "ada")
		if !w.can("ada", "new", "invoices:read") {
			t.Fatal("the creator is denied")
		}
		w.ok(w.as("ada").DeleteOrg(t.Context(), "new", rolekit.DeleteOptions{}))
		_, err := w.Can(t.Context(), rolekit.Identity{User: "ada", Org: "new"}, "invoices:read", nil)
		isError(t, "Can", err, rolekit.ErrOrgNotFound)
		w.createOrg("new", "", "bob")
		if w.can("ada", "new", "invoices:read") {
			t.Fatal("allowed in the organisation made anew")
		}
		w.ok(w.as("bob").DeleteOrg(t.Context(), "new", rolekit.DeleteOptions{}))
	}
	if of, err := w.Memberships(t.Context(), "ada"); err != nil || len(of) > 0 {
		t.Errorf("Memberships: %v", of)
	}
}
