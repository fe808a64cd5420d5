package rolekit

import (
	"slices"
	"testing"
)

// TestWhatIsComingIsOfInterest to whoever looks for changes, as what is there is.
func TestWhatIsComingIsOfInterest(t *testing.T) {
	t.Parallel()
	m := smallMemory(t)
	m.take([]*layer{layerOf("tom", 1)})
	one, other := m.expect("jack"), m.expect("jack")
	one.begin()
	if !one.also([]OrgID{AllOrgs, "jack", "parent"}) {
		t.Error("nobody looked")
	}
	if of := m.ofInterest(); !slices.Equal(of, []OrgID{"jack", "parent", "tom"}) {
		t.Errorf("of interest: %v", of)
	}
	if !one.also([]OrgID{"jack", "parent"}) {
		t.Error("it is late with what was known to whoever looked")
	}
	if one.also([]OrgID{"grandparent"}) {
		t.Error("it is not late with what nobody knew of")
	}
	if one.begin(); !one.also([]OrgID{"another"}) {
		t.Error("it is late although it began anew")
	}
	if orgs := m.behind(news{"jack": 1, "tom": 1, "stranger": 1}); !slices.Equal(orgs, []OrgID{"jack"}) {
		t.Errorf("behind with %v", orgs)
	}
	if one.also([]OrgID{"fourth"}) {
		t.Error("who hears news does not look")
	}
	one.end()
	if of := m.ofInterest(); !slices.Equal(of, []OrgID{"jack", "tom"}) {
		t.Errorf("when one is over: %v", of)
	}
	if other.end(); len(m.shelf.expected) > 0 {
		t.Errorf("when all are over: %v", m.shelf.expected)
	}
}

// TestNothingIsBuiltWhereNobodyForgets: who found a place before it was put away
// gets what is known now, and leaves nothing there.
func TestNothingIsBuiltWhereNobodyForgets(t *testing.T) {
	t.Parallel()
	m := smallMemory(t)
	m.take([]*layer{layerOf("tom", 1)})
	n := m.places.Load().find("tom")
	m.crowd()
	m.take([]*layer{layerOf("tom", 2)})
	if m.places.Load().find("tom") == n {
		t.Fatal("it was not put away")
	}
	if s, err := m.build(n); err != nil || s.revision != 2 {
		t.Errorf("%v, %v", s, err)
	}
	if n.snap.Load() != nil {
		t.Error("a snapshot is left behind, which no change would reach")
	}
}
