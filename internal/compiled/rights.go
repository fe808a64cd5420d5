// Package compiled holds what someone may do as sets of small numbers, so that a
// check is a bit test. It knows nothing of policies: the root package compiles
// them, and casbinengine says what they mean.
package compiled

import (
	"iter"
	"slices"
)

// Bits is a set of numbers, those of permissions. It is immutable once made, and
// its zero value is empty. The numbers that most catalogs stay below are held
// beside whatever holds the set: each step to another place in memory may cost as
// much as the rest of a check.
type Bits struct {
	low  [2]uint64
	rest *[]uint64 // those from 128 on; nil for none
}

const (
	word    = 64
	lowBits = 2 * word
)

// Has reports whether the number is in the set.
func (b *Bits) Has(i int) bool {
	if uint(i) < lowBits {
		return b.low[uint(i)/word]>>(uint(i)%word)&1 != 0
	}
	return b.hasHigh(i - lowBits)
}

func (b *Bits) hasHigh(i int) bool {
	return b.rest != nil && i/word < len(*b.rest) && (*b.rest)[i/word]>>(i%word)&1 != 0
}

// Add puts a number into the set, while it is being made.
func (b *Bits) Add(i int) {
	if i < lowBits {
		b.low[i/word] |= 1 << (i % word)
		return
	}
	i -= lowBits
	if b.rest == nil {
		b.rest = new([]uint64)
	}
	for i/word >= len(*b.rest) {
		*b.rest = append(*b.rest, 0)
	}
	(*b.rest)[i/word] |= 1 << (i % word)
}

// Or adds all of another set, while this one is being made.
func (b *Bits) Or(other *Bits) {
	for i, bits := range other.low {
		b.low[i] |= bits
	}
	if other.rest == nil {
		return
	}
	if b.rest == nil {
		b.rest = new([]uint64)
	}
	for i, bits := range *other.rest {
		if i == len(*b.rest) {
			*b.rest = append(*b.rest, 0)
		}
		(*b.rest)[i] |= bits
	}
}

// Limited is what may be done as far as one access reaches.
type Limited[A ~string] struct {
	Access A
	Alone  []A // just the access, for whoever needs a list of it
	Bits   Bits
}

// Profile is what may be done as one profile.
type Profile[A ~string] struct {
	Number  int  // of the profile
	Any     Bits // as far as everything of the organisation
	limited *[]Limited[A]
}

// Limited returns what may be done as far as something narrower reaches; sorted as
// [Profile.Sort] left it.
func (p *Profile[A]) Limited() []Limited[A] {
	if p.limited == nil {
		return nil
	}
	return *p.limited
}

// Give adds a permission by an access, where any is true by the widest one.
func (p *Profile[A]) Give(permission int, access A, isAny bool) {
	if isAny {
		p.Any.Add(permission)
		return
	}
	p.asFarAs(access).Add(permission)
}

// asFarAs returns the set of what reaches as far as an access, to be added to.
func (p *Profile[A]) asFarAs(access A) *Bits {
	if p.limited == nil {
		p.limited = new([]Limited[A])
	}
	i := slices.IndexFunc(*p.limited, func(l Limited[A]) bool { return l.Access == access })
	if i < 0 {
		i = len(*p.limited)
		*p.limited = append(*p.limited, Limited[A]{Access: access, Alone: []A{access}})
	}
	return &(*p.limited)[i].Bits
}

// GiveAll adds all that another gives; nothing, where that is nil.
func (p *Profile[A]) GiveAll(other *Profile[A]) {
	if other == nil {
		return
	}
	p.Any.Or(&other.Any)
	for _, l := range other.Limited() {
		p.asFarAs(l.Access).Or(&l.Bits)
	}
}

// Sort sorts what is limited by the access.
func (p *Profile[A]) Sort(compare func(a, b A) int) {
	if p.limited != nil {
		slices.SortFunc(*p.limited, func(a, b Limited[A]) int { return compare(a.Access, b.Access) })
	}
}

// Stretch is a time without the moments at which anything changes: from the one
// Unix second on, until before the other.
type Stretch struct{ From, Until int64 }

// Rights are what one bundle of links gives in one organisation, during a stretch
// of time. They are immutable, and shared by all who have the same. They fit into
// one line of the processor's cache where there is one profile and no time.
type Rights[A ~string] struct {
	first  Profile[A]
	others *[]Profile[A] // nil for none
	during *Stretch      // nil for ever
	has    bool          // there is a first
	member bool
}

// NewRights returns rights as some profiles, each once. Who is no member has none.
// They hold for ever where during is nil.
func NewRights[A ~string](member bool, profiles []Profile[A], during *Stretch) *Rights[A] {
	r := &Rights[A]{member: member, during: during}
	if len(profiles) > 0 {
		r.first, r.has = profiles[0], true
	}
	if len(profiles) > 1 {
		others := slices.Clone(profiles[1:])
		r.others = &others
	}
	return r
}

// Member reports whether they give anything at all, if only to belong there.
func (r *Rights[A]) Member() bool { return r.member }

// Timeless reports whether the rights hold at any moment.
func (r *Rights[A]) Timeless() bool { return r.during == nil }

// HoldAt reports whether the rights hold at a Unix second.
func (r *Rights[A]) HoldAt(second int64) bool {
	return r.during == nil || r.during.From <= second && second < r.during.Until
}

// Profile returns what is given as a profile; nil for nothing.
func (r *Rights[A]) Profile(number int) *Profile[A] {
	if r.has && r.first.Number == number {
		return &r.first
	}
	if r.others != nil {
		for i := range *r.others {
			if (*r.others)[i].Number == number {
				return &(*r.others)[i]
			}
		}
	}
	return nil
}

// First returns what is given as the only profile, where there is just one.
func (r *Rights[A]) First() *Profile[A] { return &r.first }

// Only returns the number of the profile, where there is just one.
func (r *Rights[A]) Only() (number int, ok bool) { return r.first.Number, r.has && r.others == nil }

// Profiles visits the numbers of all profiles.
func (r *Rights[A]) Profiles() iter.Seq[int] {
	return func(yield func(int) bool) {
		if !r.has || !yield(r.first.Number) || r.others == nil {
			return
		}
		for i := range *r.others {
			if !yield((*r.others)[i].Number) {
				return
			}
		}
	}
}
