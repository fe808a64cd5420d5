// Package compiled holds what someone may do as sets of small numbers, so that a
// check is a bit test. It knows nothing of policies: the root package compiles
// them, and casbinengine says what they mean.
package compiled

import (
	"math"
	"slices"
)

// Bits is a set of numbers, those of permissions. It is immutable once made.
type Bits []uint64

// NewBits returns a set that has room for the numbers below n.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Has reports whether the number is in the set.
func (b Bits) Has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

// Add puts a number into the set, while it is being made.
func (b Bits) Add(i int) { b[i>>6] |= 1 << (i & 63) }

// Limited is what may be done as far as one access reaches.
type Limited[A ~string] struct {
	Access A
	Alone  []A // just the access, for whoever needs a list of it
	Bits   Bits
}

// Profile is what may be done as one profile.
type Profile[P, A ~string] struct {
	ID      P
	Any     Bits // as far as everything of the organisation
	Limited []Limited[A]
}

// Rights are what one bundle of links gives in one organisation, during a stretch
// of time. They are immutable, and shared by all who have the same.
type Rights[P, A ~string] struct {
	Member   bool            // anything at all; nothing is given otherwise
	Profiles []Profile[P, A] // those that it gives, sorted by id
	From     int64           // in Unix seconds, as periods are: from this moment on
	Until    int64           // until before this one
}

// Forever is the stretch of rights that no time changes.
const (
	Beginning = math.MinInt64
	End       = math.MaxInt64
)

// Timeless reports whether the rights hold at any moment.
func (r *Rights[P, A]) Timeless() bool { return r.From == Beginning && r.Until == End }

// Profile returns what is given as a profile; nil for nothing.
func (r *Rights[P, A]) Profile(id P) *Profile[P, A] {
	for i := range r.Profiles {
		if r.Profiles[i].ID == id {
			return &r.Profiles[i]
		}
	}
	return nil
}

// Give adds a permission by an access, where any is true by the widest one.
func (p *Profile[P, A]) Give(permission, of int, access A, isAny bool) {
	if isAny {
		if p.Any == nil {
			p.Any = NewBits(of)
		}
		p.Any.Add(permission)
		return
	}
	i := slices.IndexFunc(p.Limited, func(l Limited[A]) bool { return l.Access == access })
	if i < 0 {
		i = len(p.Limited)
		p.Limited = append(p.Limited, Limited[A]{Access: access, Alone: []A{access}, Bits: NewBits(of)})
	}
	p.Limited[i].Bits.Add(permission)
}
