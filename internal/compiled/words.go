package compiled

import (
	"encoding/binary"
	"math/bits"
)

// Words numbers words, those of permissions, so that a word's number costs a look
// into a small table and one comparison. It is immutable and safe for concurrent
// use. Make one with [NewWords].
//
// The place in the table follows from at most sixteen bytes of the word, its ends,
// which is no more work for a long word than for a short one, and about a quarter
// of what Go's own map takes. The multiplier is chosen so that no two words meet.
type Words struct {
	words  []string
	table  []uint16 // the number of the word that belongs there, plus one
	factor uint64
	shift  int
	others map[string]int // every word, for those whose ends are those of another
}

// NewWords numbers the words in their order. They must differ.
func NewWords[S ~string](words []S) *Words {
	w := &Words{others: make(map[string]int, len(words))}
	for i, word := range words {
		w.words = append(w.words, string(word))
		w.others[string(word)] = i
	}
	const tries = 256
	size := bits.Len(uint(4 * len(words)))
	w.shift, w.table = 64-size, make([]uint16, 1<<size)
	for try := range tries {
		if w.factor = factor(try); w.fill() {
			break
		}
	}
	return w
}

// factor returns the multipliers to try, which are odd and have bits everywhere:
// the steps of the generator splitmix64 (Steele, Lea, Flood, 2014).
func factor(i int) uint64 {
	z := uint64(i+1) * 0x9e3779b97f4a7c15 //nolint:gosec // it is small
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return (z ^ z>>31) | 1
}

// fill puts every word where it belongs, and reports whether none met another.
// Where some did, the first has the place, and others knows the rest.
func (w *Words) fill() bool {
	clear(w.table)
	alone := true
	for i, word := range w.words {
		at := &w.table[w.place(word)]
		if *at != 0 {
			alone = false
			continue
		}
		*at = uint16(i + 1)
	}
	return alone
}

// place returns where a word belongs.
func (w *Words) place(word string) uint64 {
	const eight = 8
	var head, tail uint64
	if n := len(word); n >= eight {
		head, tail = load(word[:eight]), load(word[n-eight:])
	} else {
		for i := range n {
			head = head<<8 | uint64(word[i])
		}
	}
	x := (head ^ uint64(len(word))) * w.factor
	return (bits.ReverseBytes64(x) ^ tail) * w.factor >> w.shift
}

func load(eight string) uint64 { return binary.LittleEndian.Uint64([]byte(eight)) }

// Number returns the number of a word.
func (w *Words) Number(word string) (int, bool) {
	if i := int(w.table[w.place(word)]) - 1; i >= 0 && w.words[i] == word {
		return i, true
	}
	i, ok := w.others[word]
	return i, ok
}
