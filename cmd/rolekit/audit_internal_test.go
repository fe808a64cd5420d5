package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
)

// eventLog is policies with nothing but events, numbered from 1 on, whose pages fail when
// they are told to.
type eventLog struct {
	policies.Policies

	newest int64
	failAt int // the page that fails, from 1 on; 0 for none
	asked  int
}

func (l *eventLog) Audit(_ context.Context, _ rolekit.OrgID, q policies.AuditQuery) ([]policies.Event, error) {
	l.asked++
	if l.asked == l.failAt {
		return nil, rolekit.ErrUnavailable
	}
	var events []policies.Event
	from := l.newest
	if q.Before > 0 {
		from = q.Before - 1
	}
	for id := from; id > 0 && len(events) < q.Limit; id-- {
		events = append(events, policies.Event{ID: id})
	}
	return events, nil
}

// What came meanwhile is more than a page, and a page fails: either all of it is
// returned or nothing is, so that what is asked for again is whole.
func TestNewerIsWhole(t *testing.T) {
	l := &eventLog{newest: 1207, failAt: 2}
	if got, err := newer(t.Context(), l, "tom", policies.AuditQuery{}, 7); err == nil || got != nil {
		t.Errorf("a page failed, and %d events came: %v", len(got), err)
	}
	got, err := newer(t.Context(), l, "tom", policies.AuditQuery{}, 7)
	if err != nil || len(got) != 1200 || got[0].ID != 1207 || got[1199].ID != 8 {
		t.Fatalf("%d events: %v", len(got), err)
	}
	if !slices.IsSortedFunc(got, func(a, b policies.Event) int { return int(b.ID - a.ID) }) {
		t.Error("they are not in order")
	}
	if got, err := newer(t.Context(), l, "tom", policies.AuditQuery{}, 1207); err != nil || len(got) != 0 {
		t.Errorf("nothing is new, and %v came: %v", got, err)
	}
}

// An outage is told once, and leaves off where it began; what waiting does not help
// against ends it.
func TestGoOnWaits(t *testing.T) {
	away, denied := rolekit.ErrUnavailable, rolekit.ErrUnauthenticated
	answers := []error{nil, away, away, nil, away, denied}
	var froms []int64
	var told strings.Builder
	a := auditFlags{interval: time.Nanosecond}
	err := a.goOn(t.Context(), &told, func(last int64) (int64, error) {
		froms = append(froms, last)
		return last + 1, answers[len(froms)-1]
	}, 10)
	if !errors.Is(err, denied) {
		t.Errorf("it ended with %v", err)
	}
	if diff := cmp.Diff([]int64{10, 11, 11, 11, 12, 12}, froms); diff != "" {
		t.Error(diff)
	}
	if got := strings.Count(told.String(), "rolekit: waiting: "); got != 2 {
		t.Errorf("two outages were told of %d times: %s", got, &told)
	}
}

// Who stops it while it asks gets no error of that.
func TestGoOnIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	a := auditFlags{interval: time.Nanosecond}
	var told strings.Builder
	err := a.goOn(ctx, &told, func(int64) (int64, error) {
		stop()
		return 0, errors.New("the request was cancelled")
	}, 0)
	if err != nil || told.Len() > 0 {
		t.Errorf("it ended with %v, and told %q", err, &told)
	}
}

// Columns stay as they are for one long name, and nothing is obeyed by a terminal.
func TestEventsAreWritten(t *testing.T) {
	var b strings.Builder
	w := eventWriter{w: &b}
	long := "user:" + strings.Repeat("x", 60)
	if err := w.write([]policies.Event{
		{Actor: "user:ada", Action: "member.assign", Target: "user:casey", After: json.RawMessage(`"\u009b"`)},
		{Actor: "user:ada", Action: "member.assign", Target: "user:\x1b[2J", After: json.RawMessage(`"` + strings.Repeat("y", 200) + `"`)},
		{Actor: "user:ada", Action: "member.assign", Target: long, Before: json.RawMessage("\"\u202e\"")},
	}); err != nil {
		t.Fatal(err)
	}
	const at = "0001-01-01T00:00:00Z  user:ada  member.assign  "
	want := "AT                    ACTOR     ACTION         TARGET                            CHANGE\n" +
		at + long + "  - \"\\u202e\"\n" +
		at + `"user:\x1b[2J"` + strings.Repeat(" ", 20) + "+ \"" + strings.Repeat("y", 116) + "…\n" +
		at + "user:casey" + strings.Repeat(" ", 24) + `+ "\u009b"` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
