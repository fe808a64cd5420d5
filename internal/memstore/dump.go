package memstore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Clone returns a store that holds the same. Changes of one are none of the other.
func (s *Store) Clone() *Store {
	c := New()
	c.state.Store(s.state.Load())
	c.events.Store(s.events.Load())
	return c
}

// Dump returns all that the store holds as text, in which no two states are the same.
func (s *Store) Dump() string {
	was := *s.state.Load()
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(was.orgs)) {
		fmt.Fprintf(&b, "%s: %+v\n", id, *was.orgs[id])
	}
	was.orgs = nil // the rest has no pointers
	fmt.Fprintf(&b, "%+v\n", was)
	return b.String()
}
