package rolekit

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// memory holds what the process knows of every organisation. Reading takes no
// lock unless a snapshot has to be built; whoever changes something publishes
// layers, and every snapshot they are part of is replaced or forgotten in the
// same step, so that no check after it decides by the old one.
type memory struct {
	kit     *Kit // whose it is
	catalog *Catalog
	clock   func() time.Time
	engine  Engine
	model   string

	mu       sync.RWMutex // guards the nodes' layers, their broken, generation and came, parts, defaults, and what is written to places
	places   atomic.Pointer[places]
	parts    map[OrgID]map[OrgID]bool // the organisations right below each that has any, as their layers say
	defaults *layer
	came     uint64 // when they did, by the shelf's clock
	broken   error  // why the default roles cannot be read now; the last good ones go on
	shelf    shelf
	keys     keyIndex
}

// node is one organisation's place.
type node struct {
	id         OrgID
	layer      *layer // nil while its policy could not be read even once
	broken     error  // why it cannot be read now
	generation uint64 // grows when anything the snapshot is made of changes
	came       uint64 // when the layer came, by the shelf's clock
	used       atomic.Uint64

	build sync.Mutex // so that a snapshot is built once, not by each who waits
	snap  atomic.Pointer[snapshot]
}

func newMemory(c Config) *memory {
	m := &memory{
		catalog: c.Catalog, clock: c.Clock, engine: c.Engine, model: c.Model, defaults: emptyLayer(Org{ID: AllOrgs}),
		shelf: shelf{limit: c.MaxLoaded, readings: map[uint64]int{}, expected: map[OrgID]int{}}, parts: map[OrgID]map[OrgID]bool{},
	}
	m.places.Store(newPlaces(0))
	return m
}

// snapshot returns the organisation's current snapshot.
func (m *memory) snapshot(org OrgID) (*snapshot, error) {
	n, s := m.ready(org)
	if n == nil {
		return nil, m.absent(org)
	}
	if s != nil {
		return s, nil
	}
	return m.build(n)
}

// build makes the snapshot of a place. It is kept where nothing changed meanwhile,
// and where the place was not put away: nobody would come to forget it there.
func (m *memory) build(n *node) (*snapshot, error) {
	n.build.Lock()
	defer n.build.Unlock()
	if s := n.snap.Load(); s != nil {
		return s, nil
	}
	m.mu.RLock()
	p, err := m.compose(n.id, nil)
	generation := n.generation
	m.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	s, err := m.newSnapshot(p, nil)
	if err != nil {
		return nil, err
	}
	m.mu.RLock() // keeps publish out, so that the comparison stays true
	defer m.mu.RUnlock()
	if n.generation == generation && m.places.Load().find(n.id) == n {
		n.snap.Store(s)
	}
	return s, nil
}

// ready returns the organisation's place and its current snapshot, where that is
// built. It neither locks nor allocates.
func (m *memory) ready(org OrgID) (*node, *snapshot) {
	n := m.places.Load().find(org)
	if n == nil {
		return nil, nil
	}
	m.shelf.touch(n)
	return n, n.snap.Load()
}

// policy returns the organisation's current policy without building an engine.
func (m *memory) policy(org OrgID) (*policy, error) {
	n := m.places.Load().find(org)
	if n == nil {
		return nil, m.absent(org)
	}
	m.shelf.touch(n)
	if s := n.snap.Load(); s != nil {
		return s.policy, nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.compose(org, nil)
}

// compose joins the layers of an organisation and its ancestors; instead
// stands in for layers of the same ids. The caller holds mu.
func (m *memory) compose(org OrgID, instead map[OrgID]*layer) (*policy, error) {
	var layers []*layer
	for id := org; id != ""; {
		l, err := m.layerOf(id, instead)
		if err != nil {
			return nil, err
		}
		if len(layers) == MaxOrgDepth {
			return nil, errorf(CodeBrokenPolicy, "organisation %q is more than %d levels deep", org, MaxOrgDepth)
		}
		layers = append(layers, l)
		id = l.org.Parent
	}
	defaults := m.defaults
	if l := instead[AllOrgs]; l != nil {
		defaults = l
	}
	return newPolicy(m.catalog, append(layers, defaults)), nil
}

func (m *memory) layerOf(id OrgID, instead map[OrgID]*layer) (*layer, error) {
	l := instead[id]
	if l == nil {
		n := m.places.Load().find(id)
		switch {
		case n == nil:
			return nil, m.absent(id)
		case n.broken != nil:
			return nil, n.broken
		}
		l = n.layer
	}
	if l == nil || l.deleted {
		return nil, orgNotFound(id)
	}
	return l, nil
}

func orgNotFound(org OrgID) error {
	return errorf(CodeOrgNotFound, "there is no organisation %s", quoteShort(string(org)))
}

// publish takes in layers that are committed. One that is older than what is
// known already is ignored: commits may be published out of order.
func (m *memory) publish(layers ...*layer) {
	fresh := m.prebuild(layers)
	m.take(layers)
	m.mu.RLock()
	defer m.mu.RUnlock()
	for org, s := range fresh {
		if n := m.places.Load().find(org); n != nil && m.isCurrent(s) {
			n.snap.Store(s)
		}
	}
}

// take is publish for many layers at once, of which few may be asked for:
// snapshots are built when they are.
func (m *memory) take(layers []*layer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grow(layers)
	changed := make([]OrgID, 0, len(layers))
	for _, l := range layers {
		if m.put(l) {
			changed = append(changed, l.id())
		}
	}
	m.forget(changed...)
	m.evict()
}

// prebuild makes the snapshots of the changed organisations before anyone
// waits for them. Where it cannot, the first check builds or reports.
func (m *memory) prebuild(layers []*layer) map[OrgID]*snapshot {
	instead := map[OrgID]*layer{}
	for _, l := range layers {
		instead[l.id()] = l
	}
	fresh := map[OrgID]*snapshot{}
	for _, l := range layers {
		if l.deleted || l.id() == AllOrgs {
			continue
		}
		m.mu.RLock()
		p, err := m.compose(l.id(), instead)
		m.mu.RUnlock()
		if err != nil {
			continue
		}
		var old *snapshot
		if n := m.places.Load().find(l.id()); n != nil {
			old = n.snap.Load()
		}
		if s, err := m.newSnapshot(p, old); err == nil {
			fresh[l.id()] = s
		}
	}
	return fresh
}

// isCurrent reports whether the snapshot is made of the layers known now. The
// caller holds mu.
func (m *memory) isCurrent(s *snapshot) bool {
	p, err := m.compose(s.policy.org(), nil)
	return err == nil && slices.Equal(p.layers, s.policy.layers)
}

// put stores a layer if it is newer. The caller holds mu.
func (m *memory) put(l *layer) bool {
	if l.id() == AllOrgs {
		if !l.replaces(m.defaults, m.came, m.broken) {
			return false
		}
		m.defaults, m.broken, m.came = l, nil, m.shelf.tick()
		return true
	}
	n := m.places.Load().find(l.id())
	if n.layer != nil && !l.replaces(n.layer, n.came, n.broken) {
		return false
	}
	m.part(n.layer, false)
	m.part(l, true)
	m.keys.move(n.layer, l)
	n.layer, n.broken, n.came = l, nil, m.shelf.tick()
	n.used.Store(n.came)
	return true
}

// replaces reports whether the layer is newer than one that came at a time, and is
// broken or not. It is by its revision; and also when the reading that brought it
// began after the other came: then the store has gone back, to a backup or to a
// replica that lacked the last commits, and what it holds now is what counts.
func (l *layer) replaces(had *layer, came uint64, broken error) bool {
	switch {
	case l.revision == had.revision:
		return broken != nil
	case l.revision < had.revision:
		return l.asOf >= came
	default:
		return true
	}
}

// setBroken keeps from deciding by a policy that cannot be read; the default
// roles go on as they were read last. It reports whether that is news. The caller
// does not hold mu.
func (m *memory) setBroken(org OrgID, err error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := &m.broken
	if org != AllOrgs {
		m.grow([]*layer{{org: Org{ID: org}}})
		n := m.places.Load().find(org)
		n.came = m.shelf.tick()
		n.used.Store(n.came)
		at = &n.broken
	}
	news := *at == nil || (*at).Error() != err.Error()
	*at = err
	if org != AllOrgs {
		m.forget(org)
	}
	return news
}

// grow makes a place for each organisation that has none. The caller holds mu.
func (m *memory) grow(layers []*layer) {
	p := m.places.Load()
	for _, l := range layers {
		if l.id() == AllOrgs || p.find(l.id()) != nil {
			continue
		}
		if p.full() {
			larger := newPlaces(2 * p.used)
			for _, n := range p.nodes() {
				larger.put(n)
			}
			p = larger
			m.places.Store(p)
		}
		p.put(&node{id: l.id()})
	}
}

// part notes below which organisation a layer's is, or that it is not any more. The
// caller holds mu.
func (m *memory) part(l *layer, is bool) {
	if l == nil || l.org.Parent == "" {
		return
	}
	parts := m.parts[l.org.Parent]
	switch {
	case is && parts == nil:
		m.parts[l.org.Parent] = map[OrgID]bool{l.id(): true}
	case is:
		parts[l.id()] = true
	default:
		if delete(parts, l.id()); len(parts) == 0 {
			delete(m.parts, l.org.Parent)
		}
	}
}

// forget drops every snapshot that is made of a changed layer. The caller
// holds mu.
func (m *memory) forget(changed ...OrgID) {
	p := m.places.Load()
	if slices.Contains(changed, AllOrgs) {
		for _, n := range p.nodes() {
			n.forget()
		}
		return
	}
	queue, seen := slices.Clone(changed), make(map[OrgID]bool, len(changed)) // a broken tree may go round
	for ; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if seen[id] {
			continue
		}
		seen[id] = true
		if n := p.find(id); n != nil {
			n.forget()
		}
		for part := range m.parts[id] {
			queue = append(queue, part)
		}
	}
}

// forget drops the snapshot. The caller holds memory's mu.
func (n *node) forget() {
	n.generation++
	n.snap.Store(nil)
}
