package flat

import (
	"encoding/binary"
	"iter"
	"math"
	"math/bits"
	"strings"
)

// table is one part of a map: lines in which the names' numbers are, and the names
// one after the other. Where a name's line is full, it is in the next one that is
// not.
type table struct {
	lines []line
	names string // before each, two bytes tell its length
	used  int
}

// line is one line of the processor's cache.
type line struct {
	// tags are a byte for each entry, 0 where that is free: a part of the name's
	// hash, so that all of them are compared at once. The last byte is not 0 where a
	// name that belongs here is further on.
	tags    uint64
	entries [perLine]entry
}

// entry is one name and its number.
type entry struct {
	at    uint32 // of the name, in names
	value uint32
}

const (
	perLine = 7
	// fill is how many entries a line has on average. With more, names are often not
	// where they belong.
	fill = 5

	ones     = 0x0101010101010101
	highs    = 0x8080808080808080
	sizeSize = 2
)

func tableOf[K ~string](n int, all iter.Seq2[K, uint32]) table {
	size := 0
	for name := range all {
		size += sizeSize + len(name)
	}
	if size > math.MaxUint32 {
		panic("flat: the names have more than four gigabytes")
	}
	var names strings.Builder
	names.Grow(size)
	t := table{lines: make([]line, (n+fill-1)/fill)}
	for name, value := range all {
		t.put(Hash(string(name)), entry{uint32(names.Len()), value}) //nolint:gosec // see above
		names.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(name))))
		names.WriteString(string(name))
	}
	t.names = names.String()
	return t
}

// put takes in an entry, while the table is being made.
func (t *table) put(hash uint64, e entry) {
	for i := t.home(hash); ; i = t.after(i) {
		l := &t.lines[i]
		for at := range perLine {
			if l.tag(at) == 0 {
				l.tags |= tag(hash) << (8 * at)
				l.entries[at] = e
				t.used++
				return
			}
		}
		l.tags |= 1 << (8 * perLine)
	}
}

// home returns the line in which a name of a hash belongs.
func (t *table) home(hash uint64) int {
	i, _ := bits.Mul64(hash, uint64(len(t.lines)))
	return int(i) //nolint:gosec // it is less than their number
}

func (t *table) after(i int) int {
	if i++; i == len(t.lines) {
		return 0
	}
	return i
}

// tag is what a line keeps of a hash: seven bits, and one that says it is not free.
func tag(hash uint64) uint64 { return hash&0xff | 0x80 }

func (l *line) tag(at int) uint64 { return l.tags >> (8 * at) & 0xff }

func (t *table) find(hash uint64, name string) (uint32, bool) {
	if len(t.lines) == 0 {
		return 0, false
	}
	for i := t.home(hash); ; i = t.after(i) {
		l := &t.lines[i]
		differ := l.tags ^ tag(hash)*ones
		// The high bit of each byte of this that is 0, and perhaps of one above it.
		for same := (differ - ones) &^ differ & highs; same != 0; same &= same - 1 {
			if e := &l.entries[bits.TrailingZeros64(same)/8]; equal(t.name(e), name) {
				return e.value, true
			}
		}
		if l.tag(perLine) == 0 {
			return 0, false
		}
	}
}

func (t *table) has(name string) bool {
	_, ok := t.find(Hash(name), name)
	return ok
}

func (t *table) name(e *entry) string {
	at := t.names[e.at:]
	return at[sizeSize:][:int(at[0])|int(at[1])<<8]
}

func (t *table) all() iter.Seq2[string, uint32] {
	return func(yield func(string, uint32) bool) {
		for i := range t.lines {
			l := &t.lines[i]
			for at := range l.entries {
				if e := &l.entries[at]; l.tag(at) != 0 && !yield(t.name(e), e.value) {
					return
				}
			}
		}
	}
}
