package rolekit

import "slices"

// What memory tells of itself.

// orgs returns the ids of the organisations that exist, sorted.
func (m *memory) orgs() []OrgID {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var ids []OrgID
	for id, n := range m.places.Load().nodes() {
		if n.broken != nil || (n.layer != nil && !n.layer.deleted) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// knownOrgs returns the organisations, sorted by id, and whether they are all there
// are: one that is broken is not among them.
func (m *memory) knownOrgs() (orgs []Org, whole bool) {
	whole = true
	for _, id := range m.orgs() {
		if l := m.known(id); l != nil {
			orgs = append(orgs, l.org)
		} else {
			whole = false
		}
	}
	return orgs, whole
}

// progress is how far memory has come with an organisation.
type progress struct {
	revision Revision // of the layer last understood; 0 where there was none
	broken   bool     // it has to be read again whatever its revision
}

// standings returns the default roles' standing, and that of every organisation
// that exists.
func (m *memory) standings() map[OrgID]progress {
	m.mu.RLock()
	defer m.mu.RUnlock()
	known := map[OrgID]progress{AllOrgs: {revision: m.defaults.revision, broken: m.broken != nil}}
	for id, n := range m.places.Load().nodes() {
		s := progress{broken: n.broken != nil}
		if n.layer != nil {
			s.revision = n.layer.revision
		}
		if s.broken || (n.layer != nil && !n.layer.deleted) {
			known[id] = s
		}
	}
	return known
}

// brokenOrgs returns why organisations cannot be decided in, by id.
func (m *memory) brokenOrgs() map[OrgID]error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := map[OrgID]error{}
	if m.broken != nil {
		all[AllOrgs] = m.broken
	}
	for id, n := range m.places.Load().nodes() {
		if n.broken != nil {
			all[id] = n.broken
		}
	}
	return all
}

// known returns the layer that memory holds of an organisation, nil if none.
func (m *memory) known(org OrgID) *layer {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if org == AllOrgs {
		return m.defaults
	}
	l, err := m.layerOf(org, nil)
	if err != nil {
		return nil
	}
	return l
}
