package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// pace is how long things are measured.
type pace struct {
	rounds int
	round  time.Duration
}

func median[T float64 | time.Duration](of []T) T {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// clocked asks a subject for a while, and returns what a check takes it. It goes on
// in the questions where it stopped, so that no few of them stay in the caches.
type clocked struct {
	subject   subject
	questions []question
	next      int
	chunk     int // how many are asked between two looks at the clock
}

func (c *clocked) run(d time.Duration) (check float64, err error) {
	asked := 0
	began := time.Now()
	for {
		from := c.next % len(c.questions)
		to := min(from+max(c.chunk, 1), len(c.questions))
		before := time.Now()
		if _, err := c.subject.ask(c.questions[from:to]); err != nil {
			return 0, err
		}
		asked += to - from
		c.next = to
		now := time.Now()
		if now.Sub(before) < time.Millisecond && c.chunk < 1<<12 {
			c.chunk = 2 * max(c.chunk, 1)
		}
		if now.Sub(began) >= d {
			return float64(now.Sub(began)) / float64(asked), nil
		}
	}
}

// both runs two at once, and returns what a check takes each of them.
func both(a, b *clocked, d time.Duration) (float64, error) {
	var (
		checks [2]float64
		errs   [2]error
		wait   sync.WaitGroup
	)
	for i, c := range []*clocked{a, b} {
		wait.Go(func() { checks[i], errs[i] = c.run(d) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return (checks[0] + checks[1]) / 2, nil
}

// allocations returns how many a check makes.
func allocations(s subject, questions []question) (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := s.ask(questions)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(len(questions)), err
}
