package rolekit

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// trust is how far what the process knows can be relied upon. Times are kept as
// what passed since the kit was made, by the monotonic clock where the clock has
// one: setting the wall clock makes nothing fresh or stale.
type trust struct {
	made  time.Time
	limit time.Duration // how old policies may be; 0 for any age
	deny  bool          // checks past the limit are refused

	until atomic.Int64 // up to when checks are answered, in nanoseconds since made

	mu       sync.Mutex
	synced   time.Time // when the last reading of the store that succeeded began
	err      error     // why the last one failed; nil when it did not
	doubtful int       // how often the default roles were left unknown
}

func newTrust(now time.Time, limit time.Duration, deny bool) *trust {
	return &trust{made: now, limit: limit, deny: deny}
}

// check refuses to decide at a moment for which the policies are too old.
func (t *trust) check(now func() time.Time) error {
	until := t.until.Load()
	if until == math.MaxInt64 || int64(now().Sub(t.made)) <= until { // to ask the time costs as much as a check
		return nil
	}
	return errorf(CodeUnavailable, "the policies are too old to decide by: the store could not be read for too long").
		hint("try again; if it goes on, look at the log")
}

// heard takes in how a reading of the store went that began at a time, and how
// many doubts there were then.
func (t *trust) heard(began time.Time, doubts int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	if err != nil || began.Before(t.synced) {
		return
	}
	t.synced = began
	switch {
	case doubts != t.doubtful: // it may not have seen what is in doubt
	case t.deny:
		t.until.Store(int64(began.Sub(t.made) + t.limit))
	default:
		t.until.Store(math.MaxInt64)
	}
}

// doubt refuses every check until the store was read anew.
func (t *trust) doubt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubtful++
	t.until.Store(math.MinInt64)
}

func (t *trust) doubts() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doubtful
}

// state returns when the store was read last with success, and why the last
// attempt failed.
func (t *trust) state() (synced time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.synced, t.err
}
