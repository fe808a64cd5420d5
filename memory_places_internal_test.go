package rolekit

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAPlaceIsOfItsName, and not of another that has the same hash.
func TestAPlaceIsOfItsName(t *testing.T) {
	t.Parallel()
	p := newPlaces(1)
	p.put(&node{id: "tom"})
	if n := p.find("tom"); n == nil || p.find("jack") != nil {
		t.Fatalf("tom is %v", n)
	}
	at := &p.all[p.home(placeHash("jack"))]
	at.node = p.find("tom")
	at.hash.Store(placeHash("jack"))
	if p.find("jack") != nil {
		t.Error("tom is found as jack")
	}
}

// TestPlacesAreFoundWhileOthersCome: whoever is there is found at any moment, and
// whoever is not is not.
func TestPlacesAreFoundWhileOthersCome(t *testing.T) {
	t.Parallel()
	m, _ := raceMemory(t)
	const n = 5000
	name := func(i int) OrgID { return OrgID(fmt.Sprint("org", i)) }
	there := make(chan int, n)
	var looking sync.WaitGroup
	looking.Go(func() {
		last := -1
		for last = range there {
			for _, i := range []int{0, last / 2, last} {
				if found := m.places.Load().find(name(i)); found == nil || found.id != name(i) {
					t.Errorf("of %d, %d is not found", last, i)
				}
			}
			if m.places.Load().find("nobody") != nil {
				t.Error("somebody is found who never came")
			}
		}
		if last != n-1 {
			t.Errorf("the last was %d", last)
		}
	})
	for i := range n {
		m.take([]*layer{emptyLayer(Org{ID: name(i)})})
		there <- i
	}
	close(there)
	looking.Wait()
	seen := map[OrgID]bool{}
	for id := range m.places.Load().nodes() {
		seen[id] = true
	}
	if p := m.places.Load(); len(seen) != n+2 || p.used != n+2 || 2*p.used > len(p.all) {
		t.Errorf("%d are visited, %d counted, of %d places", len(seen), p.used, len(p.all))
	}
}

// TestPlacesAreMadeMoreInTime: half of them stay free, or to look for who is not there
// would take long, and never end where none is.
func TestPlacesAreMadeMoreInTime(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 7, 100} {
		p := newPlaces(n)
		for i := 0; !p.full() && i < len(p.all); i++ {
			p.put(&node{id: OrgID(fmt.Sprint("org", i))})
		}
		if p.used < n || 2*p.used > len(p.all) {
			t.Errorf("made for %d: of %d places %d are used", n, len(p.all), p.used)
		}
	}
}

// TestAPlaceIsWholeWhenItIsSeen by whoever looks at the very moment.
func TestAPlaceIsWholeWhenItIsSeen(t *testing.T) {
	t.Parallel()
	const rounds, each = 50, 100
	all := make([]*places, rounds)
	for i := range all {
		all[i] = newPlaces(each)
	}
	nodes := make([]*node, each)
	for i := range nodes {
		nodes[i] = &node{id: OrgID(fmt.Sprint("org", i))}
	}
	var at atomic.Int64 // how many were looked for
	var looking sync.WaitGroup
	looking.Go(func() {
		for _, p := range all {
			for _, n := range nodes {
				at.Add(1)
				for i := 1; p.find(n.id) != n; i++ {
					if i%1000 == 0 {
						runtime.Gosched()
					}
				}
			}
		}
	})
	next := int64(0)
	for _, p := range all {
		for _, n := range nodes {
			for next++; at.Load() < next; {
				runtime.Gosched()
			}
			p.put(n)
		}
	}
	looking.Wait()
}
