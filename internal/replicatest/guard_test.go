package replicatest_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// guard asks a replica all the time, and fails the test by an answer that allows
// what the database cannot have held.
type guard struct {
	replica *replica
	ledger  *ledger
	lag     time.Duration // how late what was taken elsewhere may arrive

	allowed, denied, unanswered atomic.Int64

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// watch guards the replica until the guard is stopped. What was taken through
// others may arrive as late as lag says.
func (r *replica) watch(l *ledger, lag time.Duration) *guard {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	g := &guard{replica: r, ledger: l, lag: lag, cancel: cancel}
	r.t.Cleanup(g.stop)
	g.done.Go(func() {
		for ctx.Err() == nil {
			for _, want := range l.sample() {
				if !g.once(ctx, want) {
					return
				}
			}
			pause(ctx)
		}
	})
	return g
}

// once asks for one right. It reports whether to go on.
func (g *guard) once(ctx context.Context, want right) bool {
	asked := time.Now()
	allowed, err := g.replica.allows(ctx, want, "")
	answered := time.Now()
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, errAway):
		g.unanswered.Add(1)
	case err != nil:
		g.replica.t.Error(err)
		return false
	case !allowed:
		g.denied.Add(1)
	case g.ledger.couldHold(want, g.replica.name, g.lag, asked, answered):
		g.allowed.Add(1)
	default:
		g.replica.t.Errorf("%s says that %v is allowed, which the database did not hold", g.replica.name, want)
		return false
	}
	pause(ctx)
	return true
}

// pause leaves the processor to those who are asked.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Millisecond):
	}
}

// stop ends it, and may be called twice.
func (g *guard) stop() {
	g.cancel()
	g.done.Wait()
}

// report says how much it saw, and fails the test if that proves nothing.
func (g *guard) report() {
	g.replica.t.Helper()
	g.stop()
	g.replica.t.Logf("%s allowed %d times, denied %d times and could not answer %d times", g.replica.name, g.allowed.Load(), g.denied.Load(), g.unanswered.Load())
	if g.allowed.Load() == 0 || g.denied.Load() == 0 {
		g.replica.t.Errorf("%s never allowed, or never denied, so this proves nothing", g.replica.name)
	}
}
