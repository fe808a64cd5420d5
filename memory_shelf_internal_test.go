package rolekit

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// smallMemory is one that keeps few organisations.
func smallMemory(t *testing.T) *memory {
	t.Helper()
	c, err := ParseCatalog("catalog.yaml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return newMemory(Config{Catalog: c, Clock: time.Now, MaxLoaded: MaxOrgDepth + 1})
}

func layerOf(org OrgID, at Revision) *layer {
	l := emptyLayer(Org{ID: org})
	l.revision = at
	return l
}

// crowd pushes out everything that may be.
func (m *memory) crowd() {
	for i := range 4 * MaxOrgDepth {
		m.take([]*layer{layerOf(OrgID(fmt.Sprint("crowd", i)), 1)})
	}
}

// TestAReadingBringsNothingBack: while the store is being read, what came
// meanwhile stays, so that older state is known for what it is.
func TestAReadingBringsNothingBack(t *testing.T) {
	t.Parallel()
	m := smallMemory(t)
	m.take([]*layer{layerOf("tom", 1), layerOf("jack", 1)})
	_, done := m.reading()
	m.take([]*layer{layerOf("tom", 2), tombstone("jack", 2, 0)})
	m.crowd()
	m.take([]*layer{layerOf("tom", 1), layerOf("jack", 1)}) // what the reading brings
	if p, err := m.policy("tom"); err != nil || p.revision != 2 {
		t.Errorf("tom: %v, %v", p, err)
	}
	if _, err := m.policy("jack"); !errors.Is(err, ErrOrgNotFound) || errors.Is(err, errNotLoaded) {
		t.Errorf("jack, who was deleted: %v", err)
	}
	done()
	m.crowd()
	if _, err := m.policy("tom"); !errors.Is(err, errNotLoaded) {
		t.Errorf("when it is over, tom is kept: %v", err)
	}
}

// TestWhatIsPushedOutIsNotUsed by a check that had found its place before.
func TestWhatIsPushedOutIsNotUsed(t *testing.T) {
	t.Parallel()
	m := smallMemory(t)
	m.take([]*layer{layerOf("tom", 1)})
	if _, err := m.snapshot("tom"); err != nil {
		t.Fatal(err)
	}
	n := m.places.Load().find("tom")
	m.crowd()
	if n.snap.Load() != nil {
		t.Error("its snapshot can still be found")
	}
}

// TestTheLeastRecentlyUsedGoes, and what is used stays, with its ancestors.
func TestTheLeastRecentlyUsedGoes(t *testing.T) {
	t.Parallel()
	m := smallMemory(t)
	child := layerOf("child", 1)
	child.org.Parent = "parent"
	m.take([]*layer{layerOf("idle", 1), layerOf("parent", 1), child})
	for i := range 4 * MaxOrgDepth {
		if _, err := m.snapshot("child"); err != nil {
			t.Fatal(err)
		}
		m.take([]*layer{layerOf(OrgID(fmt.Sprint("crowd", i)), 1)})
	}
	p := m.places.Load()
	if p.find("child") == nil || p.find("parent") == nil || p.find("idle") != nil {
		t.Errorf("kept: %v", m.loaded())
	}
}
