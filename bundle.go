package rolekit

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// bond is one step from a subject as a layer keeps it, in little memory as there
// are very many: what it leads to and, where that is limited, when it holds.
type bond struct {
	to      subject
	limited *Period
}

func (b bond) during() Period {
	if b.limited == nil {
		return Period{}
	}
	return *b.limited
}

func compareBonds(a, b bond) int {
	had, has := a.during(), b.during()
	return cmp.Or(compareSubjects(a.to, b.to), had.From.Compare(has.From), had.Until.Compare(has.Until))
}

// bundle is all that one layer links a user to. Many users have the same one, in
// many organisations, where roles are the default ones.
type bundle struct {
	bonds []bond // sorted

	// common is what it gives where it means the same in every organisation: it
	// names nothing but default roles.
	common atomic.Pointer[commonRights]
}

// commonRights are rights that follow from the default roles alone.
type commonRights struct {
	defaults *layer
	rights   *rights
}

// bundles makes equal bundles one. It forgets all when they become many: that
// costs memory and nothing else.
type bundles struct {
	mu  sync.Mutex
	all map[string]*bundle
}

const maxBundles = 1 << 16

// of returns the bundle of bonds that are sorted.
func (p *bundles) of(bonds []bond) *bundle {
	key := make([]byte, 0, 64)
	for _, b := range bonds {
		key = append(append(append(key, byte(b.to.kind)), b.to.id...), 0)
		if b.limited != nil {
			for _, t := range []time.Time{b.limited.From, b.limited.Until} {
				key = binary.BigEndian.AppendUint64(append(key, 1), uint64(t.Unix())) //nolint:gosec // only equality matters
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.all[string(key)]; b != nil {
		return b
	}
	if p.all == nil || len(p.all) >= maxBundles {
		p.all = map[string]*bundle{}
	}
	b := &bundle{bonds: slices.Clip(bonds)}
	p.all[string(key)] = b
	return b
}

// bonds returns what the layer links a user or group to.
func (l *layer) bonds(from subject) []bond {
	if user, ok := from.user(); ok {
		if i, ok := l.users.Get(user); ok {
			return l.bundles[i].bonds
		}
		return nil
	}
	if from.kind == kindGroup {
		return l.nested[GroupID(from.id)]
	}
	return nil
}

// linked visits every user and group that the layer links to something.
func (l *layer) linked() iter.Seq2[subject, []bond] {
	return func(yield func(subject, []bond) bool) {
		for user, i := range l.users.All() {
			if !yield(userSubject(user), l.bundles[i].bonds) {
				return
			}
		}
		for group, bonds := range l.nested {
			if !yield(groupSubject(group), bonds) {
				return
			}
		}
	}
}

// held reports whether the bundle of a number is somebody's.
func (l *layer) held(i int) bool { return l.counts == nil || l.counts[i] > 0 }

// anyHeld reports whether there is such a bundle that is somebody's.
func (l *layer) anyHeld(such func(*bundle) bool) bool {
	for i, b := range l.bundles {
		if l.held(i) && such(b) {
			return true
		}
	}
	return false
}
