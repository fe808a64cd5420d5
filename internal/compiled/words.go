package compiled

import (
	"encoding/binary"
	"math/bits"
)

// Words numbers words, those of permissions, so that a word's number costs a look
// into a small table. It is immutable and safe for concurrent use. Make one with
// [NewWords].
//
// The place in the table follows from the word's first and last eight bytes, which
// are all there is of most words: they are compared as numbers, and nothing has to
// be read byte by byte. The multiplier is chosen so that no two words meet.
type Words struct {
	table  []entry
	factor uint64
	shift  int
	all    map[string]int // for words that are short, or meet another in the table
}

// entry is a word of at least eight bytes.
type entry struct {
	head, tail uint64
	word       string // empty where there is none
	number     int
}

const (
	eight   = 8
	sixteen = 16
)

// NewWords numbers the words in their order. They must differ.
func NewWords[S ~string](words []S) *Words {
	w := &Words{all: make(map[string]int, len(words))}
	for i, word := range words {
		w.all[string(word)] = i
	}
	const tries = 256
	size := bits.Len(uint(4 * len(words)))
	w.shift, w.table = 64-size, make([]entry, 1<<size)
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
// Where some did, one has the place.
func (w *Words) fill() bool {
	clear(w.table)
	alone := true
	for word, number := range w.all {
		if len(word) < eight {
			continue
		}
		head, tail := load(word[:eight]), load(word[len(word)-eight:])
		e := &w.table[w.place(head, tail)]
		alone = alone && e.word == ""
		*e = entry{head, tail, word, number}
	}
	return alone
}

// place returns where a word belongs that starts and ends so.
func (w *Words) place(head, tail uint64) uint64 {
	return (bits.ReverseBytes64(head*w.factor) ^ tail) * w.factor >> w.shift
}

func load(eight string) uint64 { return binary.LittleEndian.Uint64([]byte(eight)) }

// Number returns the number of a word.
func (w *Words) Number(word string) (int, bool) {
	n := len(word)
	if n >= eight {
		head, tail := load(word[:eight]), load(word[n-eight:])
		e := &w.table[w.place(head, tail)]
		if e.head == head && e.tail == tail && len(e.word) == n && (n <= sixteen || e.word == word) {
			return e.number, true
		}
	}
	i, ok := w.all[word]
	return i, ok
}
