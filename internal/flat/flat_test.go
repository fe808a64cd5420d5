package flat_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/internal/flat"
)

// name is one of 1 to 40 bytes. Some differ only in the middle.
func name(i int) string {
	return fmt.Sprintf("%*d%.*s", 1+i%9, i, i%32, "                              0")
}

// TestMapIsAMap makes drawn changes to a map and to one of Go's, and compares
// every version that there ever was: none changes after it was made.
func TestMapIsAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.Map(rapid.IntRange(0, 400), name)
		first := map[string]uint32{}
		for range rapid.IntRange(0, 300).Draw(rt, "size") {
			first[names.Draw(rt, "name")] = 7
		}
		versions := []flat.Map[string]{flat.Of(len(first), maps.All(first))}
		want := []map[string]uint32{first}
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			changes, m := map[string]flat.Change{}, maps.Clone(want[step])
			for range rapid.IntRange(0, 12).Draw(rt, "changes") {
				name := names.Draw(rt, "name")
				if rapid.Bool().Draw(rt, "gone") {
					changes[name] = flat.Change{Gone: true}
					delete(m, name)
				} else {
					changes[name] = flat.Change{Value: uint32(step)}
					m[name] = uint32(step)
				}
			}
			versions, want = append(versions, versions[step].With(changes)), append(want, m)
		}
		for i, v := range versions {
			if got := maps.Collect(v.All()); !maps.Equal(got, want[i]) || v.Len() != len(want[i]) {
				rt.Fatalf("version %d: %v (%d), want %v", i, got, v.Len(), want[i])
			}
			for n := range 401 {
				name := name(n)
				got, ok := v.Get(name)
				if w, there := want[i][name]; got != w && ok || ok != there {
					rt.Fatalf("version %d: %q is %v, %v", i, name, got, ok)
				}
			}
		}
	})
}

func TestZeroMap(t *testing.T) {
	t.Parallel()
	var m flat.Map[string]
	if _, ok := m.Get("a"); ok || m.Len() != 0 {
		t.Error("it is not empty")
	}
	if m = m.With(map[string]flat.Change{"a": {Value: 1}}); m.Len() != 1 {
		t.Error("it cannot grow")
	}
	if _, ok := m.Get(""); ok {
		t.Error("the empty name is there")
	}
	for range m.Keys() {
		return
	}
	t.Error("nothing is visited")
}

// BenchmarkGet finds names beside Go's own map.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{100, 1 << 20} {
		all := make(map[string]uint32, n)
		names := make([]string, n)
		for i := range n {
			names[i] = fmt.Sprintf("user-%07d", i*7919%n)
			all[strings.Clone(names[i])] = uint32(i)
		}
		m := flat.Of(n, maps.All(all))
		asked := rand.Perm(n)
		b.Run("hash/"+strconv.Itoa(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if flat.Hash(names[asked[i%n]]) == 0 {
					b.Fatal(i)
				}
			}
		})
		b.Run("flat/"+strconv.Itoa(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if at, ok := m.Get(names[asked[i%n]]); !ok || int(at) != asked[i%n] {
					b.Fatal(at)
				}
			}
		})
		b.Run("map/"+strconv.Itoa(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if at, ok := all[names[asked[i%n]]]; !ok || int(at) != asked[i%n] {
					b.Fatal(at)
				}
			}
		})
	}
}

// BenchmarkWith changes one name at a time of a map of many.
func BenchmarkWith(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			large := make(map[string]uint32, n)
			for i := range n {
				large[strconv.Itoa(i)] = 1
			}
			m := flat.Of(n, maps.All(large))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m = m.With(map[string]flat.Change{strconv.Itoa(i % n): {Value: uint32(i)}})
			}
		})
	}
}
