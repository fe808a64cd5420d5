package compiled_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/internal/compiled"
)

// TestWordsAreNumbered whatever they are: short ones, many, and those that differ
// only where nobody looks.
func TestWordsAreNumbered(t *testing.T) {
	t.Parallel()
	word := rapid.OneOf(
		rapid.StringMatching(`[ab:]{0,9}`),
		rapid.StringMatching(`invoices[a-c]{0,3}:write-all`),
		rapid.String(),
	)
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfDistinct(word, func(s string) string { return s }).Draw(rt, "words")
		w := compiled.NewWords(words)
		for i, s := range words {
			if got, ok := w.Number(s); !ok || got != i {
				rt.Fatalf("%q is %d (%v), want %d", s, got, ok, i)
			}
		}
		s := word.Draw(rt, "other")
		got, ok := w.Number(s)
		if ok != (indexOf(words, s) >= 0) || ok && words[got] != s {
			rt.Fatalf("%q is %d (%v)", s, got, ok)
		}
	})
}

func indexOf(words []string, s string) int {
	for i, w := range words {
		if w == s {
			return i
		}
	}
	return -1
}

// BenchmarkNumber finds permissions beside Go's own map.
func BenchmarkNumber(b *testing.B) {
	var words []string
	numbers := map[string]int{}
	for i := range 64 {
		s := fmt.Sprintf("object%d:action%d", i/4, i%4)
		words, numbers[s] = append(words, s), i
	}
	w := compiled.NewWords(words)
	copies := make([]string, len(words)) // as those of a request are
	for i, s := range words {
		copies[i] = string([]byte(s))
	}
	b.Run("words", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if n, ok := w.Number(copies[i&63]); !ok || n != i&63 {
				b.Fatal(n)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if n, ok := numbers[copies[i&63]]; !ok || n != i&63 {
				b.Fatal(n)
			}
		}
	})
}
