package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// median returns the middle one of some figures; 0 for none.
func median[T float64 | time.Duration](of []T) T {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// clocked asks a subject for a while, and tells what a check takes it. It goes on in
// the questions where it stopped, so that no few of them stay in the caches.
type clocked struct {
	subject   subject
	questions []question
	next      int
	piece     int // how many are asked between two looks at the clock
}

// A piece takes about this long: much longer than reading the clock, and so short
// that few are interrupted by whatever else the machine does.
const pieceTime = 100 * time.Microsecond

// fewestInPiece is how many checks a piece must hold to stand for all of them.
const fewestInPiece = 16

// run asks for a while, at least once. Where pieces of the while hold many checks, it
// returns the median piece's, and else the mean.
func (c *clocked) run(d time.Duration) (nanoseconds float64, err error) {
	var pieces []float64
	asked, began := 0, time.Now()
	for now := began; asked == 0 || now.Sub(began) < d; {
		from := c.next % len(c.questions)
		to := min(from+max(c.piece, 1), len(c.questions))
		before := now
		if _, err := c.subject.ask(c.questions[from:to]); err != nil {
			return 0, err
		}
		now, c.next = time.Now(), to
		asked += to - from
		switch took := now.Sub(before); {
		case took < pieceTime/2 && to-from == c.piece || c.piece == 0:
			c.piece = max(1, 2*c.piece)
		case to-from == c.piece:
			pieces = append(pieces, float64(took)/float64(c.piece))
		}
	}
	if c.piece >= fewestInPiece && len(pieces) > 0 {
		return median(pieces), nil
	}
	return float64(time.Since(began)) / float64(asked), nil
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
