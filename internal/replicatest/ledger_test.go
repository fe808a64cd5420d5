package replicatest_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rolekit/rolekit"
)

// right is what somebody may have: to do something in an organisation.
type right struct {
	org  rolekit.OrgID
	user rolekit.UserID
	want rolekit.Permission
}

// ledger is a model of what the database can hold: it knows when each edit was
// begun, and when it was acknowledged. One that was begun may have happened from
// then on, acknowledged or not; one that was acknowledged has. Edits of one right
// follow each other.
type ledger struct {
	mu     sync.Mutex
	events map[right][]event
	edited []right        // in the order in which they were first
	sure   map[right]bool // what the last edit made of it; absent while that is under way
}

// event is a moment from which on a right may be held, or is not any more.
type event struct {
	at   time.Time
	held bool
	by   string // through which replica it was taken
}

func newLedger() *ledger { return &ledger{events: map[right][]event{}, sure: map[right]bool{}} }

// begin writes down an edit before it is asked for.
func (l *ledger) begin(e edit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, r := range e.gives {
		if l.events[r] == nil {
			l.edited = append(l.edited, r)
		}
		l.events[r] = append(l.events[r], event{at: now, held: true})
		delete(l.sure, r)
	}
	for _, r := range e.takes {
		delete(l.sure, r)
	}
}

// done writes down that an edit was acknowledged through a replica.
func (l *ledger) done(e edit, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, r := range e.gives {
		l.sure[r] = true
	}
	for _, r := range e.takes {
		l.events[r] = append(l.events[r], event{at: now, by: by})
		l.sure[r] = false
	}
}

// couldHold reports whether the database can have held a right at some moment of
// those that a replica's answer may go by, which was asked for at one time and
// came at another. What was taken through the replica itself does not count from
// the acknowledgement on; for what was taken elsewhere it may lag behind.
func (l *ledger) couldHold(r right, by string, lag time.Duration, asked, answered time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range slices.Backward(l.events[r]) {
		known := asked
		if e.by != by {
			known = asked.Add(-lag)
		}
		switch {
		case e.held && !e.at.After(answered):
			return true
		case !e.held && !e.at.After(known):
			return false
		}
	}
	return false
}

// rights returns every right that was ever edited, and whether it is held by now;
// which is not known of those whose edit was never acknowledged.
func (l *ledger) rights() (all []right, sure map[right]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sure = map[right]bool{}
	for r := range l.events {
		all = append(all, r)
		if held, ok := l.sure[r]; ok {
			sure[r] = held
		}
	}
	return all, sure
}

// sample returns some of the rights that were edited, the youngest among them.
func (l *ledger) sample() []right {
	const few = 20
	l.mu.Lock()
	defer l.mu.Unlock()
	some := slices.Clone(l.edited[max(0, len(l.edited)-few):])
	for range min(few, len(l.edited)) {
		some = append(some, l.edited[rand.IntN(len(l.edited))])
	}
	return some
}
