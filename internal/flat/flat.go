// Package flat has an immutable map from names to small numbers that lies flat in
// memory: to look something up touches two lines of the processor's cache, where
// one of Go's maps leads through several headers to a string somewhere else. The
// collector of garbage has nothing to follow in it.
package flat

import (
	"iter"
	"maps"
	"math"
)

// Map is an immutable map from names, none of which is empty, to numbers. Its zero
// value is empty. It is safe for concurrent use.
//
// A large part never changes, and a small one, which is looked at first, holds
// what differs from it. A change makes the small part anew; when that has more than
// the square root of the large one, both become a new large one. So n changes of a
// map of m write about n·√m entries, and never m at each.
type Map[K ~string] struct {
	large table
	small *table // nil for none
}

// Change is how a name comes to differ.
type Change struct {
	Value uint32
	Gone  bool // it has no number any more
}

// gone is the number, in a small part, of what is in the large one and should not be.
const gone = math.MaxUint32

// Of returns a map of so many names at most. all is run twice, and has each once.
func Of[K ~string](n int, all iter.Seq2[K, uint32]) Map[K] { return Map[K]{large: tableOf(n, all)} }

// Get returns the number of a name, and whether it has one.
func (m *Map[K]) Get(name K) (uint32, bool) { return m.Find(Hash(string(name)), name) }

// Find is Get for who knows the name's hash.
func (m *Map[K]) Find(hash uint64, name K) (uint32, bool) {
	if m.small != nil {
		if value, ok := m.small.find(hash, string(name)); ok {
			return value, value != gone
		}
	}
	return m.large.find(hash, string(name))
}

// Len returns how many names there are. It looks at the small part.
func (m *Map[K]) Len() int {
	n := m.large.used
	if m.small == nil {
		return n
	}
	for name, value := range m.small.all() {
		had := m.large.has(name)
		switch {
		case had && value == gone:
			n--
		case !had && value != gone:
			n++
		}
	}
	return n
}

// All visits every name with its number, in any order.
func (m *Map[K]) All() iter.Seq2[K, uint32] {
	return func(yield func(K, uint32) bool) {
		if m.small != nil {
			for name, value := range m.small.all() {
				if value != gone && !yield(K(name), value) {
					return
				}
			}
		}
		for name, value := range m.large.all() {
			if m.small != nil && m.small.has(name) {
				continue
			}
			if !yield(K(name), value) {
				return
			}
		}
	}
}

// Keys visits every name, in any order.
func (m *Map[K]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for name := range m.All() {
			if !yield(name) {
				return
			}
		}
	}
}

// With returns the map with changes made to it.
func (m *Map[K]) With(changes map[K]Change) Map[K] {
	if len(changes) == 0 {
		return *m
	}
	differs := make(map[K]uint32, len(changes))
	if m.small != nil {
		for name, value := range m.small.all() {
			differs[K(name)] = value
		}
	}
	for name, c := range changes {
		if differs[name] = c.Value; c.Gone {
			differs[name] = gone
		}
	}
	if m.large.used == 0 { // there is nothing to be hidden
		maps.DeleteFunc(differs, func(_ K, value uint32) bool { return value == gone })
		return Of(len(differs), maps.All(differs))
	}
	small := tableOf(len(differs), maps.All(differs))
	next := Map[K]{large: m.large, small: &small}
	if small.used > most(m.large.used) {
		return Of(m.large.used+small.used, next.All())
	}
	return next
}

// most is how many entries the small part may have beside a large one.
func most(large int) int { return max(8, int(math.Sqrt(float64(large)))) }
