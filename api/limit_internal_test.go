package api

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// Time is what the test says it is.
func TestALimiterRecovers(t *testing.T) {
	l, err := newLimiter(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	for i, step := range []struct {
		after time.Duration
		user  rolekit.UserID
		want  time.Duration // to wait
	}{
		{0, "ada", 0},
		{0, "ada", 0},
		{0, "ada", 0},
		{0, "ada", 500 * time.Millisecond},
		{0, "ada", 500 * time.Millisecond}, // what is refused does not count
		{0, "bob", 0},
		{400 * time.Millisecond, "ada", 100 * time.Millisecond},
		{100 * time.Millisecond, "ada", 0},
		{0, "ada", 500 * time.Millisecond},
		{time.Hour, "ada", 0},
		{0, "ada", 0},
		{0, "ada", 0},
		{0, "ada", 500 * time.Millisecond}, // an hour is worth no more than the burst
	} {
		now = now.Add(step.after)
		if got := l.take(step.user, now).Round(time.Microsecond); got != step.want {
			t.Errorf("step %d: %s has to wait %s, want %s", i, step.user, got, step.want)
		}
	}
}

func TestALimiterForgetsTheQuietest(t *testing.T) {
	l, err := newLimiter(0.001, 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	l.take("ada", now)
	for i := range 2 * maxLimited {
		l.take(rolekit.UserID(fmt.Sprint("user", i)), now)
		if l.take("ada", now) == 0 { // she is not quiet
			t.Fatalf("after %d others, ada is not known any more", i)
		}
	}
	if n := l.users.Len(); n != maxLimited {
		t.Errorf("%d users are remembered", n)
	}
}

func TestLimitsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		rate  float64
		burst int
	}{{-1, 0}, {math.NaN(), 1}, {math.Inf(1), 1}, {0, 1}, {1, -1}} {
		if _, err := newLimiter(c.rate, c.burst); err == nil {
			t.Errorf("%v with a burst of %d is accepted", c.rate, c.burst)
		}
	}
	if l, err := newLimiter(0, 0); l != nil || err != nil {
		t.Errorf("no limit: %v, %v", l, err)
	}
	if l, err := newLimiter(0.5, 0); err != nil || l.burst != 5 {
		t.Errorf("ten seconds' worth: %+v, %v", l, err)
	}
}
