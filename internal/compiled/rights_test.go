package compiled_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/internal/compiled"
)

// TestBitsAreASet with numbers that are held in either way.
func TestBitsAreASet(t *testing.T) {
	t.Parallel()
	numbers := rapid.SliceOf(rapid.IntRange(0, 700))
	rapid.Check(t, func(rt *rapid.T) {
		var sets [2]compiled.Bits
		var want [2]map[int]bool
		for i := range sets {
			want[i] = map[int]bool{}
			for _, n := range numbers.Draw(rt, "numbers") {
				sets[i].Add(n)
				want[i][n] = true
			}
		}
		sets[0].Or(&sets[1])
		for n := range 800 {
			if got := sets[0].Has(n); got != (want[0][n] || want[1][n]) {
				rt.Fatalf("%d is in the union: %v", n, got)
			}
			if got := sets[1].Has(n); got != want[1][n] {
				rt.Fatalf("%d is in what was added: %v", n, got)
			}
		}
	})
}

func TestRightsAsProfiles(t *testing.T) {
	t.Parallel()
	var owner, worker, client compiled.Profile[string]
	owner.Number, worker.Number, client.Number = 0, 1, 2
	worker.Give(3, "own", false)
	worker.Give(4, "any", true)
	for _, c := range []struct {
		profiles []compiled.Profile[string]
		only     int
		isOnly   bool
	}{
		{nil, 0, false},
		{[]compiled.Profile[string]{worker}, 1, true},
		{[]compiled.Profile[string]{owner, worker, client}, 0, false},
	} {
		r := compiled.NewRights(true, c.profiles, nil)
		if only, ok := r.Only(); ok != c.isOnly || ok && only != c.only {
			t.Errorf("of %d: only %d, %v", len(c.profiles), only, ok)
		}
		i := 0
		for n := range r.Profiles() {
			if n != c.profiles[i].Number || r.Profile(n) == nil {
				t.Errorf("profile %d is %d", i, n)
			}
			i++
		}
		if i != len(c.profiles) || r.Profile(7) != nil {
			t.Errorf("%d profiles of %d", i, len(c.profiles))
		}
		if w := r.Profile(1); len(c.profiles) > 0 && (!w.Any.Has(4) || w.Any.Has(3) || len(w.Limited()) != 1 || !w.Limited()[0].Bits.Has(3)) {
			t.Errorf("the worker may %+v", w)
		}
	}
	r := compiled.NewRights[string](true, nil, &compiled.Stretch{From: 5, Until: 9})
	for second, want := range map[int64]bool{4: false, 5: true, 8: true, 9: false} {
		if r.HoldAt(second) != want {
			t.Errorf("at %d: %v", second, !want)
		}
	}
}
