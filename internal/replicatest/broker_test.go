package replicatest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
)

// TestFaultBrokerAway takes the broker away for a while. Changes go on as fast, other
// replicas see them by asking the database, and by news again when it is back.
func TestFaultBrokerAway(t *testing.T) {
	heavy(t)
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *services.Server{"Redis": services.StartRedis, "NATS": services.StartNATS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			replicas := withoutBroker(t, newSQLite(t), server.DSN, func(while func(over func() bool)) {
				server.Stop()
				began := time.Now()
				while(func() bool { return time.Since(began) > outage() })
				server.Start()
			})
			for _, r := range replicas {
				if n := strings.Count(r.logged(), "changes are not heard"); n != 1 {
					t.Errorf("%s logs %d times that it hears nothing", r.name, n)
				}
			}
		})
	}
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		db := newPostgres(t)
		own := db.open(t, 1)
		withoutBroker(t, db, "postgres", func(while func(over func() bool)) {
			began := time.Now()
			while(func() bool { cutListeners(t, own); return time.Since(began) > outage() })
		})
	})
}

// outage is how long a broker is away.
func outage() time.Duration {
	if *long {
		return time.Minute
	}
	return 3 * time.Second
}

// cutListeners ends every connection that listens to the test's own database.
func cutListeners(t testing.TB, db *gorm.DB) {
	t.Helper()
	good(t, db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'").Error)
}

func withoutBroker(t *testing.T, db database, watch string, goAway func(while func(over func() bool))) []*replica {
	t.Helper()
	ctx, store, book := t.Context(), db.store(t), newLedger()
	populate(t, kitOn(t, store, rolekit.Config{}), "north")
	author := serve(t, "the author", db, neverPoll, anyAge, "--watch="+watch)
	polling := serve(t, "the one that polls", db, pollOften, "--watch="+watch)
	hearing := serve(t, "the one that only hears", db, neverPoll, anyAge, "--watch="+watch)
	w := &writer{t: t, ledger: book}
	var took []time.Duration
	ada := right{"north", "ada", "invoices:read"}
	toggle := func(n int) (given bool) {
		given = n%2 == 0
		e := unassign("north", "ada", "reader", ada)
		if given {
			e = assign("north", "ada", "reader", ada)
		}
		began := time.Now()
		w.make(ctx, e, func() *replica { return author })
		took = append(took, time.Since(began))
		return given
	}
	sees := func(r *replica, given bool) {
		t.Helper()
		until(t, fmt.Sprintf("%s sees that it is %v", r.name, given), func() bool {
			allowed, err := r.allows(ctx, ada, "")
			return err == nil && allowed == given
		})
	}
	guards := []*guard{author.watch(book, patience), polling.watch(book, patience), hearing.watch(book, patience+outage())}
	n := 0
	both := func(edits int) {
		for range edits {
			given := toggle(n)
			sees(polling, given)
			sees(hearing, given)
			n++
		}
	}
	both(10)
	t.Logf("with the broker, a change takes %s", figures(took))
	took = nil
	goAway(func(over func() bool) {
		for !over() || n%2 == 0 { // at the end it is given, which who only hears has not heard
			sees(polling, toggle(n))
			n++
		}
	})
	t.Logf("without it, a change takes %s", figures(took))
	// Where changes wait for a broker all do, and the kit gives news five seconds to go
	// out. A few may wait for the disk.
	if usual := percentile(took, 50); usual > 2*time.Second {
		t.Errorf("changes took %s while the broker was away", usual)
	}
	began := time.Now()
	sees(hearing, true)
	t.Logf("who only hears knew what it had missed %s after the broker was back", time.Since(began))
	arrives := func() bool {
		given := toggle(n)
		n++
		return within(time.Second, func() bool { allowed, err := hearing.allows(ctx, ada, ""); return err == nil && allowed == given })
	}
	// The author may come back later than who hears. One edit can bring about what
	// who hears knew all along; of two, one is news.
	until(t, "news of the author's arrive again", func() bool {
		first := arrives()
		return first && arrives()
	})
	took = nil
	both(10)
	t.Logf("with the broker again, a change takes %s", figures(took))
	sound(t, "in the end", store, "north")
	converge(t, book, kitOn(t, store, rolekit.Config{}), author, polling, hearing)
	for _, g := range guards {
		g.report()
	}
	return []*replica{author, polling, hearing}
}
