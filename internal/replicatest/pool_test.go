package replicatest_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestFaultPoolExhausted holds every connection of the pool that kits share with
// the application. Changes end by their context, checks go on by what is known, or
// are refused where they must not be that old; and all heals when the connections
// are given back.
func TestFaultPoolExhausted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		const connections = 2
		ctx, shared := t.Context(), db.open(t, connections)
		store := storeOn(t, shared)
		strict := rolekit.Config{PollInterval: 10 * time.Millisecond, MaxStaleness: 200 * time.Millisecond, DenyStale: true}
		kit, careful := kitOn(t, store, rolekit.Config{PollInterval: 10 * time.Millisecond}), kitOn(t, store, strict)
		populate(t, kit, "north")
		system := kit.Manager().As(rolekit.System("test"))
		good(t, system.Assign(ctx, "north", "ada", "reader"))
		keepWatching(t, kit)
		keepWatching(t, careful)
		until(t, "both know ada", func() bool { return reads(t, careful, "ada") && reads(t, kit, "ada") })

		pool, err := shared.DB()
		good(t, err)
		held := make([]*sql.Conn, connections)
		for i := range held {
			held[i], err = pool.Conn(ctx)
			good(t, err)
		}
		for name, change := range map[string]func(context.Context) error{
			"Assign":   func(ctx context.Context) error { return system.Assign(ctx, "north", "bob", "reader") },
			"Unassign": func(ctx context.Context) error { return system.Unassign(ctx, "north", "ada", "reader") },
			"CreateOrg": func(ctx context.Context) error {
				_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: "south", Creator: "sue"})
				return err
			},
			"Audit": func(ctx context.Context) error {
				_, err := system.Audit(ctx, "north", rolekit.AuditQuery{})
				return err
			},
		} {
			brief, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			ended := make(chan error, 1)
			go func() { ended <- change(brief) }()
			select {
			case err := <-ended:
				if !errors.Is(err, rolekit.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v; want it unavailable, because its time is over", name, err)
				}
			case <-time.After(patience):
				t.Fatalf("%s goes on when its time is over", name)
			}
			cancel()
		}
		patient := make(chan error, 1)
		go func() { patient <- system.Assign(ctx, "north", "carol", "reader") }()
		until(t, "what is known is too old to one", func() bool {
			_, err := careful.Can(ctx, rolekit.Identity{User: "ada", Org: "north"}, "invoices:read", nil)
			return errors.Is(err, rolekit.ErrUnavailable) && careful.Health().Stale
		})
		if !reads(t, kit, "ada") || reads(t, kit, "bob") || reads(t, kit, "carol") {
			t.Error("the other does not go on by what is known")
		}
		for _, conn := range held {
			good(t, conn.Close())
		}
		good(t, <-patient)
		until(t, "both know carol", func() bool { return reads(t, careful, "carol") && reads(t, kit, "carol") })
		if !reads(t, kit, "ada") || reads(t, kit, "bob") {
			t.Error("a change that failed came true")
		}
		until(t, "it heals", func() bool { h := careful.Health(); return !h.Stale && h.StoreError == nil }) // one poll may be late
		sound(t, "in the end", store, "north")
	})
}

// keepWatching runs the kit's Watch for the time of the test.
func keepWatching(t testing.TB, kit *rolekit.Kit) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- kit.Watch(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// reads reports whether a user is known to read invoices in north. A kit that
// cannot tell denies.
func reads(t testing.TB, kit *rolekit.Kit, user rolekit.UserID) bool {
	t.Helper()
	d, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: "north"}, "invoices:read", nil)
	if err != nil && d.Allowed {
		t.Errorf("allowed, and %v", err)
	}
	return d.Allowed
}

func good(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
