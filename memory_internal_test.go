package rolekit

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// raceMemory is a memory with an organisation parent, and one below it, child,
// whose snapshot takes long enough to build that others come in between.
func raceMemory(t *testing.T) (m *memory, layerAt func(OrgID, Revision) *layer) {
	t.Helper()
	c, err := ParseCatalog("catalog.yaml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	m = newMemory(Config{Catalog: c, Clock: time.Now})
	many := map[RoleID]*Role{}
	for i := range 500 {
		id := RoleID(fmt.Sprint("role", i))
		many[id] = &Role{RoleSpec: RoleSpec{ID: id, Profile: DefaultProfile, Grants: []Grant{{RolesRead, AccessAny}, {RolesWrite, AccessAny}}}}
	}
	layerAt = func(org OrgID, rev Revision) *layer {
		if org == "parent" {
			return &layer{org: Org{ID: org}, revision: rev}
		}
		return &layer{org: Org{ID: org, Parent: "parent"}, revision: rev, roles: many}
	}
	m.take([]*layer{layerAt("parent", 1), layerAt("child", 1)})
	return m, layerAt
}

// childRevision is the one that decisions in child are made by.
func (m *memory) childRevision(t *testing.T) Revision {
	t.Helper()
	s, err := m.snapshot("child")
	if err != nil {
		t.Fatal(err)
	}
	return s.policy.revision
}

// TestSnapshotBuiltWhileItsLayerChangesIsNotKept: the one who asked may get it,
// whoever asks later may not.
func TestSnapshotBuiltWhileItsLayerChangesIsNotKept(t *testing.T) {
	t.Parallel()
	m, layerAt := raceMemory(t)
	for rev := Revision(2); rev < 60; rev++ {
		n := m.places.Load().find("child")
		var building sync.WaitGroup
		building.Go(func() { m.childRevision(t) })
		for n.snap.Load() == nil && n.build.TryLock() { // until it builds
			n.build.Unlock()
			runtime.Gosched()
		}
		m.take([]*layer{layerAt("child", rev)})
		building.Wait()
		if got := m.childRevision(t); got != rev+1 {
			t.Fatalf("at revision %d of the child and 1 of its parent, decisions are made by %d", rev, got)
		}
		m.take([]*layer{layerAt("parent", 1)}) // is known already, and so changes nothing
		m.mu.Lock()
		m.forget("child")
		m.mu.Unlock()
	}
}

// TestSnapshotPublishedWhileAnAncestorChangesIsNotKept: two commits, in a
// parent and below it, are published at once.
func TestSnapshotPublishedWhileAnAncestorChangesIsNotKept(t *testing.T) {
	t.Parallel()
	m, layerAt := raceMemory(t)
	for rev := Revision(2); rev < 60; rev++ {
		var both sync.WaitGroup
		both.Go(func() { m.publish(layerAt("child", rev)) })
		both.Go(func() { m.publish(layerAt("parent", rev)) })
		both.Wait()
		if got := m.childRevision(t); got != 2*rev {
			t.Fatalf("at revision %d of both, decisions are made by %d", rev, got)
		}
	}
}

// TestLateNewsIsOldNews: commits may be published in another order than they
// were made in; what is older, a deletion or not, changes nothing.
func TestLateNewsIsOldNews(t *testing.T) {
	t.Parallel()
	m, layerAt := raceMemory(t)
	m.publish(layerAt("child", 9))
	m.publish(layerAt("child", 8))
	m.take([]*layer{layerAt("child", 7), {org: Org{ID: "child"}, revision: 8, deleted: true}})
	if got := m.childRevision(t); got != 10 {
		t.Errorf("decisions are made by %d, want 9 and the parent's 1", got)
	}
	m.publish(&layer{org: Org{ID: "child"}, revision: 20, deleted: true})
	m.publish(layerAt("child", 19))
	if _, err := m.snapshot("child"); CodeOf(err) != CodeOrgNotFound {
		t.Errorf("after its deletion: %v, want that it is not there", err)
	}
	m.publish(layerAt("child", 21))
	if got := m.childRevision(t); got != 22 {
		t.Errorf("made again, decisions are made by %d", got)
	}
	m.publish(&layer{org: Org{ID: AllOrgs}, revision: 5})
	m.publish(&layer{org: Org{ID: AllOrgs}, revision: 4})
	if got := m.childRevision(t); got != 27 {
		t.Errorf("with default roles at 5, decisions are made by %d", got)
	}
}
