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

// TestFaultDatabaseRestarted takes the database away under load, in order and by a
// crash, and brings it back after some seconds. Changes are refused meanwhile, and
// checks go on by what is known, or are refused by a replica that must not decide by
// what is old. Nobody restarts a replica.
func TestFaultDatabaseRestarted(t *testing.T) {
	heavy(t)
	t.Parallel()
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		server := services.StartPostgres(t, services.PostgresConfig{})
		restarted(t, server, postgresAt(server.DSN), "--watch=postgres")
	})
	t.Run("MariaDB", func(t *testing.T) {
		t.Parallel()
		server := services.StartMariaDB(t)
		restarted(t, server, mariaAt(server.DSN), "--watch=none")
	})
}

// away is how long the database is gone each time, at least.
const away = 3 * time.Second

func restarted(t *testing.T, server *services.Server, db database, watch string) {
	t.Helper()
	const writers, staleness = 6, time.Second
	orgs, book := []rolekit.OrgID{"north", "south"}, newLedger()
	populate(t, kitOn(t, db.store(t), rolekit.Config{}), orgs...)
	steady := serve(t, "the steady one", db, pollOften, watch)
	strict := serve(t, "the strict one", db, pollOften, watch, "--deny-stale", "--max-staleness="+staleness.String())
	lazy := serve(t, "the lazy one", db, pollOften, watch, fmt.Sprint("--max-loaded=", rolekit.MaxOrgDepth+1))
	replicas := []*replica{steady, strict, lazy}
	w := &writer{t: t, ledger: book}
	ada := right{"north", "ada", "invoices:read"}
	w.make(t.Context(), assign("north", "ada", "reader", ada), func() *replica { return steady })
	for _, r := range replicas {
		until(t, r.name+" knows ada", func() bool { allowed, _ := r.allows(t.Context(), ada, ""); return allowed })
	}
	guards := []*guard{
		steady.watch(book, patience),
		strict.watch(book, staleness), // exactly: what was taken earlier than that, it must know
		lazy.watch(book, patience),
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*patience)
	defer stop()
	enough := make(chan struct{})
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-enough:
					return
				default:
				}
				w.career(ctx, orgs[i%len(orgs)], fmt.Sprintf("w%d-%d", i, n), 5, func() *replica { return replicas[rand.IntN(len(replicas))] })
			}
		})
	}
	for how, end := range map[string]func(){"in order": server.Stop, "by a crash": server.Kill} {
		made, refused := w.acknowledged.Load(), w.refused.Load()
		until(t, "the writers are busy", func() bool { return w.acknowledged.Load() >= made+50 })
		gone := time.Now()
		end()
		until(t, "writers are refused", func() bool { return w.refused.Load() >= refused+writers })
		until(t, "the strict one denies", func() bool { _, err := strict.allows(ctx, ada, ""); return err != nil })
		until(t, "the strict one is not ready", func() bool { return strict.readiness(ctx) == "unavailable" })
		for _, r := range []*replica{steady, lazy} { // which may be as old as half a minute
			until(t, r.name+" says that all is not well", func() bool { return r.readiness(ctx) == "degraded" })
		}
		for time.Since(gone) < away {
			for _, r := range []*replica{steady, lazy} {
				if allowed, err := r.allows(ctx, ada, ""); !allowed || err != nil {
					t.Errorf("%s does not go on by what it knows: %v, %v", r.name, allowed, err)
				}
			}
			pause(ctx)
		}
		server.Start()
		back := time.Now()
		for _, r := range replicas {
			until(t, r.name+" is ready again", func() bool { return r.readiness(ctx) == "ready" })
			w.make(ctx, assign("north", "ada", "reader", ada), func() *replica { return r })
		}
		t.Logf("gone %s for %s; all are ready and take changes %s later", how, back.Sub(gone), time.Since(back))
	}
	close(enough)
	all.Wait()
	t.Logf("%d edits were acknowledged, %d tries were refused, %d had no answer", w.acknowledged.Load(), w.refused.Load(), w.unanswered.Load())
	if n := w.unanswered.Load(); n > 0 {
		t.Errorf("%d requests were not answered, by replicas that were there", n)
	}
	store := db.store(t)
	sound(t, "in the end", store, orgs...)
	converge(t, book, kitOn(t, store, rolekit.Config{}), replicas...)
	for _, g := range guards {
		g.report()
	}
}
