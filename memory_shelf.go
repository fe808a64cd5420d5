package rolekit

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
)

// errNotLoaded is why memory calls an organisation not found that may well exist:
// not all are held, and this one is not now.
var errNotLoaded = errors.New("it is not loaded")

// shelf is how memory keeps from growing without end where organisations are
// loaded when they are asked for. Time is counted in layers that came.
type shelf struct {
	limit    int // how many organisations are kept; 0 for all
	now      atomic.Uint64
	readings map[uint64]int // of the store that are under way, by when they began; memory's mu guards this and what follows
	expected map[OrgID]int  // those that readings are to bring, and how many
	looks    uint64         // how often it was asked which organisations are of interest
}

// touch marks the organisation as used now. It writes only once a time.
func (s *shelf) touch(n *node) {
	if s.limit == 0 {
		return
	}
	if now := s.now.Load(); n.used.Load() != now {
		n.used.Store(now)
	}
}

func (s *shelf) tick() uint64 { return s.now.Add(1) }

// absent is the error for an organisation that memory has no place for.
func (m *memory) absent(org OrgID) error {
	e := errorf(CodeOrgNotFound, "there is no organisation %s", quoteShort(string(org)))
	if m.shelf.limit > 0 {
		return e.because(errNotLoaded)
	}
	return e
}

// reading says that the store is being read, until the function that it returns
// is called, and returns when that began. Meanwhile nothing is put away that came
// since: an older state that the reading brings would not be known for old any
// more.
func (m *memory) reading() (began uint64, done func()) {
	if m.shelf.limit == 0 {
		return m.shelf.now.Load(), func() {}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	began = m.shelf.now.Load()
	m.shelf.readings[began]++
	return began, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.shelf.readings[began]--; m.shelf.readings[began] == 0 {
			delete(m.shelf.readings, began)
		}
	}
}

// evict puts away the organisations that were used least recently, where there
// are more than the limit: a sixteenth of them more than it must, so that not
// every load has to sort. The ancestors of one that is kept are kept, because a
// change of theirs concerns it. The caller holds mu.
func (m *memory) evict() {
	p := m.places.Load()
	if m.shelf.limit == 0 || p.used <= m.shelf.limit {
		return
	}
	since := m.shelf.now.Load() + 1
	for began := range m.shelf.readings {
		since = min(since, began)
	}
	used := make(map[OrgID]uint64, p.used) // as it is now: checks go on
	for id, n := range p.nodes() {
		used[id] = n.used.Load()
	}
	ids := slices.SortedFunc(maps.Keys(used), func(a, b OrgID) int { return cmp.Compare(used[b], used[a]) })
	kept := make(map[OrgID]*node, m.shelf.limit)
	for _, id := range ids {
		if p.find(id).came > since {
			m.keep(kept, id)
		}
	}
	for _, id := range ids {
		if line := m.unkept(kept, id); len(kept)+len(line) <= m.shelf.limit-m.shelf.limit/16 {
			m.keep(kept, id)
		}
	}
	rest := newPlaces(len(kept))
	for _, n := range kept {
		rest.put(n)
	}
	m.places.Store(rest)
	for id, n := range p.nodes() {
		if kept[id] == nil {
			m.part(n.layer, false)
			m.keys.move(n.layer, nil)
			n.forget()
		}
	}
}

// keep keeps an organisation and its ancestors.
func (m *memory) keep(kept map[OrgID]*node, id OrgID) {
	for _, id := range m.unkept(kept, id) {
		kept[id] = m.places.Load().find(id)
	}
}

// unkept returns what of an organisation and its ancestors is not kept yet.
func (m *memory) unkept(kept map[OrgID]*node, id OrgID) (ids []OrgID) {
	p := m.places.Load()
	for range MaxOrgDepth + 1 {
		n := p.find(id)
		if n == nil || kept[id] != nil {
			break
		}
		ids = append(ids, id)
		if n.layer == nil {
			break
		}
		id = n.layer.org.Parent
	}
	return ids
}

// loaded returns the ids of the organisations that memory has a place for.
func (m *memory) loaded() []OrgID {
	var ids []OrgID
	for id := range m.places.Load().nodes() {
		ids = append(ids, id)
	}
	return ids
}
