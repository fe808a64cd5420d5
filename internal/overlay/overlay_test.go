package overlay_test

import (
	"maps"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/internal/overlay"
)

// TestMapIsAMap makes drawn changes to a map and to one of Go's, and compares
// every version that there ever was: none changes after it was made.
func TestMapIsAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		keys := rapid.IntRange(0, 400)
		first := map[int]int{}
		for range rapid.IntRange(0, 300).Draw(rt, "size") {
			first[keys.Draw(rt, "key")] = -1
		}
		versions := []overlay.Map[int, int]{overlay.Of(maps.Clone(first))}
		want := []map[int]int{first}
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			changes, m := map[int]overlay.Change[int]{}, maps.Clone(want[step])
			for range rapid.IntRange(0, 12).Draw(rt, "changes") {
				key := keys.Draw(rt, "key")
				if rapid.Bool().Draw(rt, "gone") {
					changes[key] = overlay.Change[int]{Gone: true}
					delete(m, key)
				} else {
					changes[key] = overlay.Change[int]{Value: step}
					m[key] = step
				}
			}
			versions, want = append(versions, versions[step].With(changes)), append(want, m)
		}
		for i, v := range versions {
			if got := maps.Collect(v.All()); !maps.Equal(got, want[i]) || v.Len() != len(want[i]) {
				rt.Fatalf("version %d: %v (%d), want %v", i, got, v.Len(), want[i])
			}
			for key := range 401 {
				got, ok := v.Get(key)
				if w, there := want[i][key]; got != w && ok || ok != there {
					rt.Fatalf("version %d: %d is %v, %v", i, key, got, ok)
				}
			}
		}
	})
}

func TestZeroMap(t *testing.T) {
	t.Parallel()
	var m overlay.Map[string, int]
	if _, ok := m.Get("a"); ok || m.Len() != 0 {
		t.Error("it is not empty")
	}
	if m = m.With(map[string]overlay.Change[int]{"a": {Value: 1}}); m.Len() != 1 {
		t.Error("it cannot grow")
	}
	for range m.Keys() {
		return
	}
	t.Error("nothing is visited")
}

// BenchmarkWith changes one key at a time of a map of many.
func BenchmarkWith(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			large := make(map[string]uint32, n)
			for i := range n {
				large[strconv.Itoa(i)] = 1
			}
			m := overlay.Of(large)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m = m.With(map[string]overlay.Change[uint32]{strconv.Itoa(i % n): {Value: uint32(i)}})
			}
		})
	}
}
