package compiled_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/internal/compiled"
)

// TestCellAnswersAsItsRights do, whatever they are, or leaves the answer to them.
func TestCellAnswersAsItsRights(t *testing.T) {
	t.Parallel()
	permissions := rapid.SliceOf(rapid.IntRange(0, 200))
	rapid.Check(t, func(rt *rapid.T) {
		var profiles []compiled.Profile[string]
		for range rapid.IntRange(0, 2).Draw(rt, "profiles") {
			p := compiled.Profile[string]{Number: 3 + len(profiles)}
			for _, n := range permissions.Draw(rt, "any") {
				p.Give(n, "any", true)
			}
			for _, n := range permissions.Draw(rt, "own") {
				p.Give(n, "own", false)
			}
			profiles = append(profiles, p)
		}
		var during *compiled.Stretch
		if rapid.Bool().Draw(rt, "timed") {
			during = &compiled.Stretch{From: 1, Until: 2}
		}
		r := compiled.NewRights(true, profiles, during)
		var c compiled.Cell[string]
		if _, _, known := c.Plain(0); known || c.Rights() != nil {
			rt.Fatal("it knows before it is told")
		}
		if c.Put(r); c.Rights() != r {
			rt.Fatal("it holds something else")
		}
		if number, ok := c.Profile(); ok != (len(profiles) == 1 && during == nil) || ok && number != 3 {
			rt.Fatalf("its profile is %d (%v)", number, ok)
		}
		for n := range 250 {
			profile, has, known := c.Plain(n)
			only, isOnly := r.Only()
			if !known {
				if isOnly && during == nil && len(r.First().Limited()) == 0 {
					rt.Fatalf("%d is not known", n)
				}
				continue
			}
			if !isOnly || during != nil || profile != only || has != r.First().Any.Has(n) || !has && len(r.First().Limited()) > 0 {
				rt.Fatalf("%d is %v as %d", n, has, profile)
			}
		}
	})
}

// TestCellIsWholeWhenItAnswers, to whoever asks at the very moment that it is filled.
func TestCellIsWholeWhenItAnswers(t *testing.T) {
	t.Parallel()
	p := compiled.Profile[string]{Number: 3}
	for _, n := range []int{5, 70, 200} {
		p.Give(n, "any", true)
	}
	r := compiled.NewRights(true, []compiled.Profile[string]{p}, nil)
	cells := make([]compiled.Cell[string], 5000)
	var at atomic.Int64 // which cell is asked now
	var asking sync.WaitGroup
	asking.Go(func() {
		for i := range cells {
			at.Store(int64(i + 1))
			await(func() bool { _, _, known := cells[i].Plain(0); return known })
			for _, n := range []int{70, 5, 200} {
				if profile, has, known := cells[i].Plain(n); profile != 3 || !has || !known {
					t.Errorf("cell %d: %d is %v (%v) as %d", i, n, has, known, profile)
				}
			}
		}
	})
	for i := range cells {
		await(func() bool { return at.Load() > int64(i) })
		cells[i].Put(r)
	}
	asking.Wait()
}

// await looks until it is so, and lets others run now and then.
func await(so func() bool) {
	for i := 1; !so(); i++ {
		if i%1000 == 0 {
			runtime.Gosched()
		}
	}
}
