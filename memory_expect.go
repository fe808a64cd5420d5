package rolekit

import "slices"

// expectation is what one reading of the store is to bring. Whoever looks for
// changes meanwhile must look at that as well: it is not in memory yet, and what is
// read of it may be older than the change that they were told of.
type expectation struct {
	memory *memory
	orgs   map[OrgID]bool
	looks  uint64 // how often others had looked when the view of the store was taken
}

// expect returns an expectation of one organisation. Call its end.
func (m *memory) expect(org OrgID) *expectation {
	e := &expectation{memory: m, orgs: map[OrgID]bool{}}
	m.mu.Lock()
	defer m.mu.Unlock()
	e.add(org)
	return e
}

// begin says that a view of the store is about to be taken.
func (e *expectation) begin() {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	e.looks = m.shelf.looks
}

// also expects more organisations, which the view has told of. It reports whether
// that is in time: whether nobody looked since the view was taken who did not know.
func (e *expectation) also(orgs []OrgID) bool {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	news := false
	for _, org := range orgs {
		if org != AllOrgs && !e.orgs[org] {
			e.add(org)
			news = true
		}
	}
	return !news || e.looks == m.shelf.looks
}

// add expects one more. The caller holds memory's mu.
func (e *expectation) add(org OrgID) {
	e.orgs[org] = true
	e.memory.shelf.expected[org]++
}

func (e *expectation) end() {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	for org := range e.orgs {
		if m.shelf.expected[org]--; m.shelf.expected[org] == 0 {
			delete(m.shelf.expected, org)
		}
	}
}

// ofInterest returns the ids of the organisations that memory has a place for, or is
// going to have one for. Whoever asks looks at the store next.
func (m *memory) ofInterest() []OrgID {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shelf.looks++
	ids := m.loaded()
	for id := range m.shelf.expected {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
