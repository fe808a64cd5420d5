package rolekit

import (
	"iter"
	"math/bits"
	"sync/atomic"

	"github.com/rolekit/rolekit/internal/flat"
)

// places finds the nodes of organisations. Who looks takes no lock; who changes
// anything holds memory's mu. A node is put in where a place is free; where few are,
// or one is to go, the whole is made anew.
type places struct {
	all  []placed
	used int
}

// placed is one entry: of what the place follows from, and then of what is there.
type placed struct {
	hash atomic.Uint64 // of the id; 0 while the place is free, and written last
	node *node
}

func newPlaces(n int) *places { return &places{all: make([]placed, 2*n+16)} }

// find returns the organisation's node; nil where there is none.
func (p *places) find(org OrgID) *node {
	hash := placeHash(org)
	for i := p.home(hash); ; i = p.after(i) {
		at := &p.all[i]
		switch at.hash.Load() {
		case hash:
			if at.node.id == org {
				return at.node
			}
		case 0:
			return nil
		}
	}
}

// put takes in a node that is not there yet. It is for whoever knows that there is
// room.
func (p *places) put(n *node) {
	hash := placeHash(n.id)
	i := p.home(hash)
	for p.all[i].hash.Load() != 0 {
		i = p.after(i)
	}
	p.all[i].node = n
	p.all[i].hash.Store(hash)
	p.used++
}

// full reports whether one more would make it slow.
func (p *places) full() bool { return 2*(p.used+1) > len(p.all) }

// nodes visits all of them.
func (p *places) nodes() iter.Seq2[OrgID, *node] {
	return func(yield func(OrgID, *node) bool) {
		for i := range p.all {
			if at := &p.all[i]; at.hash.Load() != 0 && !yield(at.node.id, at.node) {
				return
			}
		}
	}
}

func placeHash(org OrgID) uint64 { return flat.Hash(string(org)) | 1 }

func (p *places) home(hash uint64) int {
	i, _ := bits.Mul64(hash, uint64(len(p.all)))
	return int(i) //nolint:gosec // it is less than their number
}

func (p *places) after(i int) int {
	if i++; i == len(p.all) {
		return 0
	}
	return i
}
