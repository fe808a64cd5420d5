package listening_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolekit/rolekit/watcher/internal/listening"
)

var errGone = errors.New("gone")

// log is what a listener was told.
type log struct {
	events []string
}

func (l *log) heard(message string) { l.events = append(l.events, "heard "+message) }
func (l *log) lost(err error)       { l.events = append(l.events, "lost "+err.Error()) }

func (l *log) want(t *testing.T, events ...string) {
	t.Helper()
	if !slices.Equal(l.events, events) {
		t.Errorf("told %q, want %q", l.events, events)
	}
}

// An outage of an hour is one line in a log, and no attack on the server.
func TestTryingAgainIsUnhurriedAndQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var l log
		var attempts []time.Time
		err := listening.Run(ctx, l.heard, l.lost, func(context.Context, *listening.News) error {
			attempts = append(attempts, time.Now())
			return fmt.Errorf("attempt %d failed", len(attempts))
		})
		if err != nil {
			t.Error(err)
		}
		l.want(t, "lost attempt 1 failed")
		for i := range attempts[1:] {
			wait := attempts[i+1].Sub(attempts[i])
			longest := min(listening.FirstWait<<min(i, 10), listening.LongestWait)
			if wait < longest/2 || wait > longest {
				t.Fatalf("wait %d is %s, want between %s and %s", i, wait, longest/2, longest)
			}
		}
		if n := len(attempts); n < 720 { // an hour of the longest waits
			t.Errorf("%d attempts in an hour", n)
		}
	})
}

func TestReplicasDoNotComeBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := map[time.Duration]bool{}
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			var first time.Time
			err := listening.Run(ctx, func(string) {}, func(error) {}, func(context.Context, *listening.News) error {
				if first.IsZero() {
					first = time.Now()
				} else {
					waits[time.Since(first)] = true
					cancel()
				}
				return errGone
			})
			if err != nil {
				t.Error(err)
			}
		}
		if len(waits) < 2 {
			t.Errorf("all wait %v", waits)
		}
	})
}

// A server that accepts and hangs up gets a rest as well; after a good while
// the next outage begins with a short one.
func TestWaitsStartAgain(t *testing.T) {
	for _, test := range []struct {
		name     string
		session  time.Duration
		min, max time.Duration // of the wait after five sessions
	}{
		{"short sessions", time.Second, 800 * time.Millisecond, 1600 * time.Millisecond},
		{"long sessions", time.Minute, 50 * time.Millisecond, 100 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var l log
				var wait time.Duration
				ended, sessions := time.Time{}, 0
				err := listening.Run(ctx, l.heard, l.lost, func(_ context.Context, news *listening.News) error {
					if sessions++; sessions > 5 {
						wait = time.Since(ended)
						cancel()
						return errGone
					}
					news.Missed()
					time.Sleep(test.session)
					ended = time.Now()
					return errGone
				})
				if err != nil {
					t.Error(err)
				}
				if wait < test.min || wait > test.max {
					t.Errorf("waited %s, want between %s and %s", wait, test.min, test.max)
				}
				l.want(t, slices.Repeat([]string{"heard ", "lost gone"}, 5)...)
			})
		})
	}
}

func TestWhatCannotHelpIsNotTriedAgain(t *testing.T) {
	sessions := 0
	err := listening.Run(t.Context(), func(string) {}, func(error) {}, func(context.Context, *listening.News) error {
		sessions++
		return listening.Permanent(errGone)
	})
	if err != errGone || sessions != 1 { //nolint:errorlint // as it is, not wrapped
		t.Errorf("%d sessions, and %v", sessions, err)
	}
}

// A listener that is too slow is told to look at everything, and of what is the
// case then.
func TestTooMuchNews(t *testing.T) {
	for _, test := range []struct {
		name string
		more func(*listening.News)
		want []string
	}{
		{"none too many", func(*listening.News) {}, nil},
		{"a message too many", func(news *listening.News) { news.Heard("too many") }, []string{"heard "}},
		{"and others behind it", func(news *listening.News) { news.Heard("too many"); news.Heard("behind") }, []string{"heard ", "heard behind"}},
		{"an outage too many", func(news *listening.News) { news.Lost(errGone) }, []string{"lost gone"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var l log
				slow := func(message string) {
					if message == "" {
						time.Sleep(time.Second)
					}
					l.heard(message)
				}
				ended := make(chan error)
				go func() {
					ended <- listening.Run(ctx, slow, l.lost, func(ctx context.Context, news *listening.News) error {
						news.Missed()
						time.Sleep(time.Millisecond) // so that it is being heard
						for i := range listening.Most {
							news.Heard(strconv.Itoa(i))
						}
						test.more(news)
						<-ctx.Done()
						return ctx.Err()
					})
				}()
				time.Sleep(time.Minute)
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if test.want != nil {
					l.want(t, append([]string{"heard "}, test.want...)...)
				} else if len(l.events) != 1+listening.Most {
					t.Errorf("told %d events, want all %d", len(l.events), 1+listening.Most)
				}
			})
		})
	}
}

func TestNothingIsToldAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var l log
		last := func(message string) { l.heard(message); cancel() }
		err := listening.Run(ctx, last, l.lost, func(ctx context.Context, news *listening.News) error {
			news.Heard("last")
			news.Heard("one too many")
			<-ctx.Done()
			return ctx.Err()
		})
		if err != nil {
			t.Error(err)
		}
		l.want(t, "heard last")
	})
}
