package replicatest_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestFaultClockSkew has three kits on one database whose clocks are an hour apart.
// Each decides by its own clock what is limited in time. What one changes the others
// take in, whatever the clocks say: order is a matter of numbers that the database
// gives out.
func TestFaultClockSkew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		clocks := []func() time.Time{
			func() time.Time { return time.Now().Add(-time.Hour) }, time.Now, func() time.Time { return time.Now().Add(time.Hour) },
		}
		kitBy := func(clock func() time.Time) *rolekit.Kit {
			return kitOn(t, db.store(t), rolekit.Config{Clock: clock, PollInterval: 10 * time.Millisecond, MaxStaleness: patience, DenyStale: true})
		}
		kits := make([]*rolekit.Kit, len(clocks))
		for i, clock := range clocks {
			kits[i] = kitBy(clock)
			keepWatching(t, kits[i])
		}
		populate(t, kits[0], "north")
		limited(t, kits)
		inOrder(t, kits)
		atOnce(t, kits)
		for i, clock := range clocks {
			fresh := kitBy(clock)
			revision, err := fresh.Revision(t.Context(), "north")
			good(t, err)
			good(t, kits[i].Await(t.Context(), "north", revision))
			for n := range 100 {
				user := rolekit.UserID(fmt.Sprint("user", n))
				if reads(t, kits[i], user) != reads(t, fresh, user) {
					t.Errorf("kit %d and a fresh one do not agree about %s", i, user)
				}
			}
			for _, user := range []rolekit.UserID{"first", "second", "third", "fourth"} {
				if reads(t, kits[i], user) != reads(t, fresh, user) {
					t.Errorf("kit %d and a fresh one do not agree about %s", i, user)
				}
			}
		}
		sound(t, "in the end", db.store(t), "north")
	})
}

// limited gives roles for a time, through each of the kits. Their clocks are an
// hour behind, right, and an hour ahead.
func limited(t *testing.T, kits []*rolekit.Kit) {
	t.Helper()
	now := time.Now()
	for _, a := range []struct {
		user   rolekit.UserID
		period rolekit.Period
		reads  [3]bool
	}{
		{"first", rolekit.Period{Until: now.Add(30 * time.Minute)}, [3]bool{true, true, false}},
		{"second", rolekit.Period{From: now.Add(-30 * time.Minute)}, [3]bool{false, true, true}},
		{"third", rolekit.Period{From: now.Add(30 * time.Minute), Until: now.Add(90 * time.Minute)}, [3]bool{false, false, true}},
		{"fourth", rolekit.Period{From: now.Add(-90 * time.Minute), Until: now.Add(-30 * time.Minute)}, [3]bool{true, false, false}},
	} {
		for by, kit := range kits {
			system := kit.Manager().As(rolekit.System("test"))
			good(t, system.PutAssignment(t.Context(), "north", rolekit.Assignment{User: a.user, Role: "reader", Period: a.period}))
			revision, err := kit.Revision(t.Context(), "north")
			good(t, err)
			for i, other := range kits {
				good(t, other.Await(t.Context(), "north", revision))
				if got := reads(t, other, a.user); got != a.reads[i] {
					t.Errorf("given through kit %d, %s reads by kit %d: %v", by, a.user, i, got)
				}
			}
			good(t, system.Unassign(t.Context(), "north", a.user, "reader"))
		}
	}
	// One each stays.
	good(t, kits[2].Manager().As(rolekit.System("test")).PutAssignment(t.Context(), "north",
		rolekit.Assignment{User: "first", Role: "reader", Period: rolekit.Period{Until: now.Add(30 * time.Minute)}}))
}

// inOrder makes one change after the other through one kit after the other. Their
// numbers grow, and the others see each.
func inOrder(t *testing.T, kits []*rolekit.Kit) {
	t.Helper()
	var last rolekit.Revision
	for n := range 30 {
		kit, user := kits[(n*2)%len(kits)], rolekit.UserID(fmt.Sprint("user", n))
		good(t, kit.Manager().As(rolekit.System(strconv.Itoa(n))).Assign(t.Context(), "north", user, "reader"))
		revision, err := kit.Revision(t.Context(), "north")
		good(t, err)
		if revision <= last {
			t.Errorf("revision %d comes after %d", revision, last)
		}
		last = revision
		for i, other := range kits {
			until(t, fmt.Sprintf("kit %d sees change %d", i, n), func() bool { return reads(t, other, user) })
		}
	}
	events, err := kits[0].Manager().As(rolekit.System("test")).Audit(t.Context(), "north", rolekit.AuditQuery{Limit: 30})
	good(t, err)
	for i, e := range events {
		if want := fmt.Sprint("system:", 29-i); e.Actor != want || i > 0 && e.ID >= events[i-1].ID {
			t.Errorf("event %d is by %s, want %s", e.ID, e.Actor, want)
		}
	}
}

// atOnce makes changes through all kits at the same time. None is lost.
func atOnce(t *testing.T, kits []*rolekit.Kit) {
	t.Helper()
	var all sync.WaitGroup
	for i, kit := range kits {
		all.Go(func() {
			for n := 30 + i; n < 90; n += len(kits) {
				if err := kit.Manager().As(rolekit.System("test")).Assign(t.Context(), "north", rolekit.UserID(fmt.Sprint("user", n)), "reader"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for i, kit := range kits {
		for n := range 90 {
			until(t, fmt.Sprintf("kit %d sees change %d", i, n), func() bool { return reads(t, kit, rolekit.UserID(fmt.Sprint("user", n))) })
		}
	}
}
