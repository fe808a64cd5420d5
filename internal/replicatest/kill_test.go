package replicatest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestFaultKilledInTheMiddleOfWrites has eight writers make a thousand edits through
// one replica, which is killed in the middle, three times, and started again. What
// was acknowledged is there, nothing is half there, and the other replicas, which
// nobody restarts, come to see all of it.
func TestFaultKilledInTheMiddleOfWrites(t *testing.T) {
	heavy(t)
	t.Parallel()
	onEach(t, func(t *testing.T, db database) {
		const writers, edits, kills, staleness = 8, 1000, 3, 5 * time.Second
		orgs := []rolekit.OrgID{"north", "south", "east", "west"}
		store, book := db.store(t), newLedger()
		populate(t, kitOn(t, store, rolekit.Config{}), orgs...)
		start := func(name string) *replica {
			return serve(t, name, db, pollOften, "--deny-stale", "--max-staleness="+staleness.String())
		}
		target, others := start("the killed one"), []*replica{start("a second"), start("a third")}
		var guards []*guard
		for _, r := range append(slices.Clone(others), target) {
			guards = append(guards, r.watch(book, staleness))
		}

		ctx, cancel := context.WithTimeout(t.Context(), 5*patience) // a thousand edits take a slow disk minutes
		defer cancel()
		w := &writer{t: t, ledger: book}
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				w.career(ctx, orgs[i%len(orgs)], fmt.Sprintf("w%d", i), edits/writers, func() *replica { return target })
			})
		}
		for n := range kills {
			// A third of the edits lies between one kill and the next.
			at := int64(edits*n/kills + rand.IntN(edits/kills-50) + 25)
			for done := int64(-1); w.acknowledged.Load() < at; done = w.acknowledged.Load() {
				until(t, "the writers come further", func() bool { return w.acknowledged.Load() > done })
			}
			time.Sleep(rand.N(5 * time.Millisecond)) // so that it is not always right after a reply
			target.kill()
			t.Logf("killed after %d edits", w.acknowledged.Load())
			sound(t, "while it is dead", store, orgs...)
			target.start()
		}
		all.Wait()
		if n := w.acknowledged.Load(); n != edits {
			t.Errorf("%d edits were acknowledged, want %d", n, edits)
		}
		t.Logf("%d edits were acknowledged; %d tries had no answer, %d were refused", w.acknowledged.Load(), w.unanswered.Load(), w.refused.Load())
		sound(t, "in the end", store, orgs...)
		converge(t, book, kitOn(t, store, rolekit.Config{}), append(others, target)...)
		for _, g := range guards {
			g.report()
		}
	})
}

// pollOften makes a replica ask every 100 ms, where the default is a second.
const pollOften = "--poll-interval=100ms"

// career makes edits of roles and members that no other writer touches, each of
// which changes several rows.
func (w *writer) career(ctx context.Context, org rolekit.OrgID, name string, edits int, which func() *replica) {
	for n := 0; n < edits; {
		role, user := rolekit.RoleID(fmt.Sprintf("%s-%d", name, n)), rolekit.UserID(fmt.Sprintf("%s-%d", name, n))
		junior, senior := right{org, user, "invoices:read"}, right{org, user, "invoices:send"}
		promote := setGrants(org, role, senior.want, "jobs:write", "jobs:plan")
		promote.takes, promote.gives = []right{junior}, []right{senior}
		steps := []edit{
			createRole(org, role, junior.want, "invoices:write", "jobs:read"), assign(org, user, role, junior), promote,
			unassign(org, user, role, senior), deleteRole(org, role),
		}
		if n%2 == 0 { // some keep what they have
			steps = steps[:3]
		}
		for _, e := range steps {
			if n == edits {
				return
			}
			if !w.make(ctx, e, which) {
				w.t.Errorf("%s %s was not made", e.method, e.path)
				return
			}
			n++
		}
	}
}
