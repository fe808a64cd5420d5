package replicatest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
)

// TestReplicasSeeEachEdit runs three replicas on one database, makes each edit
// through one of them at random, and waits until all decide by it. How long that
// takes is a figure to be read; only what has no excuse fails the test.
func TestReplicasSeeEachEdit(t *testing.T) {
	heavy(t)
	// Not in parallel, as it measures.
	t.Run("Postgres and LISTEN", func(t *testing.T) {
		seeEachEdit(t, newPostgres(t), 5*time.Second, "--watch=postgres", neverPoll, anyAge)
	})
	t.Run("Postgres and Redis", func(t *testing.T) {
		seeEachEdit(t, newPostgres(t), 5*time.Second, "--watch="+services.StartRedis(t).DSN, neverPoll, anyAge)
	})
	t.Run("MariaDB and NATS", func(t *testing.T) {
		seeEachEdit(t, newMariaDB(t), 5*time.Second, "--watch="+services.StartNATS(t).DSN, neverPoll, anyAge)
	})
	t.Run("SQLite and polls", func(t *testing.T) {
		const interval = 100 * time.Millisecond
		seeEachEdit(t, newSQLite(t), 20*interval, "--watch=none", "--poll-interval="+interval.String())
	})
}

// neverPoll and anyAge leave replicas to the news that they hear.
const (
	neverPoll = "--poll-interval=24h"
	anyAge    = "--max-staleness=0"
)

func seeEachEdit(t *testing.T, db database, bound time.Duration, args ...string) {
	t.Helper()
	// The first edits may come before a replica that has just started is connected to
	// who brings the news; it looks at everything when it is.
	const warm, edits = 10, 100
	ctx := t.Context()
	populate(t, kitOn(t, db.store(t), rolekit.Config{}), "north")
	replicas := make([]*replica, 3)
	for i := range replicas {
		replicas[i] = serve(t, fmt.Sprint("replica ", i), db, args...)
	}
	var mu sync.Mutex
	var elsewhere, itself, asking []time.Duration
	for n := range warm + edits {
		user := rolekit.UserID(fmt.Sprint("user", n/2))
		e, given := assign("north", user, "reader"), n%2 == 0
		if !given {
			e = unassign("north", user, "reader")
		}
		by := replicas[rand.IntN(len(replicas))]
		a, err := by.ask(ctx, e.method, e.path, "", "")
		made := time.Now()
		if err != nil || a.status != 204 {
			t.Fatalf("%s answers by %d %s, %v", by.name, a.status, a.body, err)
		}
		var all sync.WaitGroup
		for _, r := range replicas {
			all.Go(func() {
				seen := r.sees(ctx, right{"north", user, "invoices:read"}, given, made)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case r == by && seen.wrong > 0:
					t.Errorf("%s made an edit, and decided %d times by what was before", r.name, seen.wrong)
				case n < warm:
				case r == by:
					itself, asking = append(itself, seen.after), append(asking, seen.slowest)
				default:
					elsewhere, asking = append(elsewhere, seen.after), append(asking, seen.slowest)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
	}
	t.Logf("the others saw an edit %s after its reply", figures(elsewhere))
	t.Logf("who made it answered its first check right, after %s", figures(itself))
	t.Logf("the slowest answer while an edit was waited for took %s: what the machine is busy with else", figures(asking))
	if late := percentile(elsewhere, 90); late > bound { // a few may be, on a machine that does something else
		t.Errorf("of a hundred edits, ten were seen after %s or later", late)
	}
}

// seen is how a replica came to decide by an edit.
type seen struct {
	after   time.Duration // the edit's reply, the first right answer came
	wrong   int           // how many answers came before
	slowest time.Duration // how long one answer took
}

// sees asks until the replica's answer is right. The test fails where none comes.
func (r *replica) sees(ctx context.Context, want right, given bool, since time.Time) (s seen) {
	for {
		asked := time.Now()
		allowed, err := r.allows(ctx, want, "")
		s.slowest, s.after = max(s.slowest, time.Since(asked)), time.Since(since)
		switch {
		case err != nil:
			r.t.Error(err)
			return s
		case allowed == given:
			return s
		case s.after > patience:
			r.t.Errorf("%s does not see that %v is %v", r.name, want, given)
			return s
		}
		s.wrong++
		// Without a pause, who asks takes the processors from those who are to hear: on
		// two that others use as well, one news in twenty then waits 100 ms for its turn.
		pause(ctx)
	}
}
