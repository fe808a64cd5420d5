// Package overlay has an immutable map that is cheap to change a little: what
// comes of a change shares all else with what was.
package overlay

import (
	"iter"
	"maps"
	"math"
)

// Map is an immutable map. Its zero value is empty. It is safe for concurrent use.
//
// A large part never changes, and a small one, which is looked at first, holds
// what differs from it. A change copies the small part; when that has more than
// the square root of the large one, both become a new large one. So n changes of a
// map of m copy about n·√m entries, and never m at each.
type Map[K comparable, V any] struct {
	large map[K]V
	small map[K]entry[V] // nil for none
}

type entry[V any] struct {
	value V
	gone  bool
}

// Of returns a map of what m holds; m must not be edited any more.
func Of[K comparable, V any](m map[K]V) Map[K, V] { return Map[K, V]{large: m} }

// Get returns the value of a key, and whether there is one.
func (m Map[K, V]) Get(key K) (V, bool) {
	if m.small != nil {
		if e, ok := m.small[key]; ok {
			return e.value, !e.gone
		}
	}
	v, ok := m.large[key]
	return v, ok
}

// Len returns how many keys there are. It looks at the small part.
func (m Map[K, V]) Len() int {
	n := len(m.large)
	for key, e := range m.small {
		_, had := m.large[key]
		switch {
		case had && e.gone:
			n--
		case !had && !e.gone:
			n++
		}
	}
	return n
}

// All visits every key with its value, in any order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key, e := range m.small {
			if !e.gone && !yield(key, e.value) {
				return
			}
		}
		for key, v := range m.large {
			if _, ok := m.small[key]; !ok && !yield(key, v) {
				return
			}
		}
	}
}

// Keys visits every key, in any order.
func (m Map[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for key := range m.All() {
			if !yield(key) {
				return
			}
		}
	}
}

// Change is how a key comes to differ.
type Change[V any] struct {
	Value V
	Gone  bool // it has no value any more
}

// With returns the map with changes made to it.
func (m Map[K, V]) With(changes map[K]Change[V]) Map[K, V] {
	if len(changes) == 0 {
		return m
	}
	next := Map[K, V]{large: m.large, small: maps.Clone(m.small)}
	if next.small == nil {
		next.small = make(map[K]entry[V], len(changes))
	}
	for key, c := range changes {
		next.small[key] = entry[V]{c.Value, c.Gone}
	}
	if len(next.small) > most(len(m.large)) {
		return next.folded()
	}
	return next
}

// most is how many entries the small part may have beside a large one.
func most(large int) int { return max(8, int(math.Sqrt(float64(large)))) }

func (m Map[K, V]) folded() Map[K, V] {
	large := maps.Clone(m.large)
	if large == nil {
		large = make(map[K]V, len(m.small))
	}
	for key, e := range m.small {
		if large[key] = e.value; e.gone {
			delete(large, key)
		}
	}
	return Of(large)
}
