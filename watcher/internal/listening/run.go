// Package listening is what all watchers have in common: reconnecting without
// hurry, and handing on what was heard without holding up the connection.
package listening

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// How long to wait before another attempt, at first and at most.
const (
	FirstWait   = 100 * time.Millisecond
	LongestWait = 5 * time.Second
)

// Session connects, tells news what it hears, and returns why it ended. It
// returns soon after its context has ended.
type Session func(ctx context.Context, news *News) error

// Run implements [rolekit.Watcher]'s Listen: it begins one session after the
// other until the context ends, or one fails for good. It calls heard and lost
// one at a time.
func Run(ctx context.Context, heard func(message string), lost func(error), session Session) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	news := newNews()
	ended := make(chan error, 1)
	go func() { ended <- keep(ctx, news, session) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-news.ready:
			for _, e := range news.take() {
				switch {
				case ctx.Err() != nil: // nobody wants to know any more
				case e.lost != nil:
					lost(e.lost)
				default:
					heard(e.message)
				}
			}
		}
	}
}

func keep(ctx context.Context, news *News, session Session) error {
	var wait time.Duration
	for {
		began := time.Now()
		err := session(ctx, news)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // a session fails when its context ends
		}
		if p, ok := errors.AsType[*permanentError](err); ok {
			return p.error
		}
		news.Lost(err)
		// A server that accepts and hangs up is as much in need of a rest as
		// one that does not answer.
		if time.Since(began) > LongestWait {
			wait = 0
		}
		wait = min(max(2*wait, FirstWait), LongestWait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(jitter(wait)):
		}
	}
}

// jitter takes up to half off, so that not all replicas come back at once.
func jitter(d time.Duration) time.Duration {
	return d - rand.N(d/2) //nolint:gosec // it spreads attempts and guards nothing
}

// Permanent marks an error after which trying again cannot help.
func Permanent(err error) error { return &permanentError{err} }

type permanentError struct{ error }
