package rolekit

import (
	"maps"
	"slices"

	"github.com/rolekit/rolekit/internal/flat"
)

// bundle puts the links of users and groups that differ into the layer.
func (b *builder) bundle(pool *bundles) {
	l := b.layer
	changes := make(map[UserID]flat.Change, len(b.bonds))
	numbers := numbering{list: slices.Clip(l.bundles)}
	for from, bonds := range b.bonds {
		slices.SortFunc(bonds, compareBonds)
		bonds = slices.Clip(slices.CompactFunc(bonds, func(a, b bond) bool { return compareBonds(a, b) == 0 }))
		user, isUser := from.user()
		switch {
		case isUser && len(bonds) == 0:
			changes[user] = flat.Change{Gone: true}
		case isUser:
			changes[user] = flat.Change{Value: numbers.of(pool.of(bonds), len(b.bonds))}
		default:
			b.reshape()
			if l.nested == nil {
				l.nested = map[GroupID][]bond{}
			}
			if l.nested[GroupID(from.id)] = bonds; len(bonds) == 0 {
				delete(l.nested, GroupID(from.id))
			}
		}
	}
	if b.from == nil { // every bundle is somebody's
		l.users, l.bundles = l.users.With(changes), slices.Clip(numbers.list)
		return
	}
	if len(changes) > 0 {
		l.rebundle(changes, numbers.list)
	}
}

// rebundle gives users other bundles, of a list that has become longer.
func (l *layer) rebundle(changes map[UserID]flat.Change, list []*bundle) {
	counts := make([]uint32, len(list))
	if copy(counts, l.counts); l.counts == nil {
		for _, i := range l.users.All() {
			counts[i]++
		}
	}
	for user, c := range changes {
		if i, had := l.users.Get(user); had {
			counts[i]--
		}
		if !c.Gone {
			counts[c.Value]++
		}
	}
	l.users, l.bundles, l.counts = l.users.With(changes), slices.Clip(list), counts
	unused := 0
	for _, n := range counts {
		if n == 0 {
			unused++
		}
	}
	if unused > len(counts)/2+32 {
		l.pack()
	}
}

// numbering numbers bundles.
type numbering struct {
	list []*bundle
	at   map[*bundle]uint32 // where each is, once many are asked for
}

// of returns the number of a bundle, of which about so many are asked for.
func (n *numbering) of(b *bundle, times int) uint32 {
	const few = 16
	if n.at == nil && times > few {
		n.at = make(map[*bundle]uint32, len(n.list))
		for i, known := range n.list {
			n.at[known] = uint32(i)
		}
	}
	i, ok := n.at[b]
	if n.at == nil {
		at := slices.Index(n.list, b)
		i, ok = uint32(at), at >= 0 //nolint:gosec // no organisation has four billion users
	}
	if ok {
		return i
	}
	i = uint32(len(n.list)) //nolint:gosec // see above
	n.list = append(n.list, b)
	if n.at != nil {
		n.at[b] = i
	}
	return i
}

// pack leaves out the bundles that are no user's any more.
func (l *layer) pack() {
	users, numbers := make(map[UserID]uint32, l.users.Len()), numbering{}
	for user, i := range l.users.All() {
		users[user] = numbers.of(l.bundles[i], l.users.Len())
	}
	l.users, l.bundles, l.counts = flat.Of(len(users), maps.All(users)), slices.Clip(numbers.list), nil
}
