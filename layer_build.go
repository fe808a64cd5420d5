package rolekit

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rolekit/rolekit/internal/overlay"
)

// builder makes a layer: of all that is stored of an organisation, or of another
// layer and what was changed. What the other holds it leaves as it is.
type builder struct {
	layer *layer
	from  *shape // of the other layer; nil where there is none
	met   subjects
	fresh map[RoleID]bool    // roles that are the builder's own to edit
	bonds map[subject][]bond // of the users and groups that differ

	ownSets bool
	inSet   map[SetID]map[ResourceID]overlay.Change[struct{}]
	chosen  map[UserID]overlay.Change[ProfileID]
}

// newBuilder returns one that is to take in about so many rules.
func newBuilder(l *layer, rules int) *builder {
	some := rules / 2 // as most users have more than one; to let maps grow takes long
	return &builder{layer: l, met: make(subjects, some), fresh: map[RoleID]bool{}, bonds: make(map[subject][]bond, some)}
}

// rebuild returns a builder of the layer that is to take this one's place.
func (l *layer) rebuild() *builder {
	next := *l
	b := newBuilder(&next, 0)
	b.from = l.shape
	return b
}

// reshape makes roles and groups the builder's own to edit.
func (b *builder) reshape() {
	if l := b.layer; l.shape == b.from {
		l.shape, l.roles, l.groups, l.nested = new(shape), maps.Clone(l.roles), maps.Clone(l.groups), maps.Clone(l.nested)
	}
}

// reset makes the sets the builder's own to edit.
func (b *builder) reset() {
	if l := b.layer; b.from != nil && !b.ownSets {
		l.sets, l.inSet, b.ownSets = maps.Clone(l.sets), maps.Clone(l.inSet), true
	}
}

// role returns a role that may be edited; nil if there is none.
func (b *builder) role(id RoleID) *Role {
	r := b.layer.roles[id]
	if r == nil || b.fresh[id] {
		return r
	}
	b.reshape()
	c := r.clone()
	b.layer.roles[id], b.fresh[id] = &c, true
	return &c
}

// putRole takes in what is kept of a role beside its rules.
func (b *builder) putRole(rec RoleRecord) {
	b.reshape()
	l := b.layer
	origin := OriginCustom
	if l.id() == AllOrgs {
		origin = OriginDefault
	}
	r := &Role{RoleSpec: RoleSpec{Grants: []Grant{}, Includes: []RoleID{}}}
	old := b.role(rec.ID)
	if old != nil {
		r.Grants, r.Includes = old.Grants, old.Includes
	}
	r.ID, r.Label, r.Description, r.Profile = rec.ID, rec.Label, rec.Description, rec.Profile
	r.Org, r.Origin, r.Revision = l.id(), origin, rec.Revision
	r.Created, r.Reviewed = rec.Created, rec.Reviewed
	other := old != nil && old.Profile != rec.Profile
	if other { // what is granted is granted for a profile
		for _, g := range old.Grants {
			l.stray = append(slices.Clip(l.stray), grantRule(l.id(), roleSubject(rec.ID), old.Profile, g))
		}
		r.Grants = []Grant{}
	}
	l.roles[rec.ID], b.fresh[rec.ID] = r, true
	if old == nil || other {
		b.reconsider()
	}
}

func (b *builder) dropRole(id RoleID) {
	if r := b.role(id); r != nil {
		b.layer.stray = slices.Concat(b.layer.stray, roleRules(b.layer.id(), r.RoleSpec))
		delete(b.layer.roles, id)
	}
}

func (b *builder) putGroup(g Group) {
	b.reshape()
	b.layer.groups[g.ID] = &g
}

func (b *builder) dropGroup(id GroupID) {
	b.reshape()
	delete(b.layer.groups, id)
}

func (b *builder) putSet(s ResourceSet) {
	b.reset()
	l := b.layer
	_, had := l.sets[s.ID]
	if l.sets[s.ID] = &s; !had {
		l.inSet[s.ID] = overlay.Map[ResourceID, struct{}]{}
		b.reconsider()
	}
}

func (b *builder) dropSet(id SetID) {
	l := b.layer
	if l.sets[id] == nil {
		return
	}
	b.reset()
	l.inSet[id] = l.inSet[id].With(b.inSet[id])
	l.stray = slices.Concat(l.stray, l.resources(id))
	delete(l.sets, id)
	delete(l.inSet, id)
	delete(b.inSet, id)
}

// putKey takes in a service key. There are few, so that all are copied.
func (b *builder) putKey(k KeyRecord) {
	keys := make(map[KeyID]*KeyRecord, len(b.layer.keys)+1)
	maps.Copy(keys, b.layer.keys)
	keys[k.ID] = &k
	b.layer.keys = keys
}

func (b *builder) dropKey(id KeyID) {
	keys := maps.Clone(b.layer.keys)
	delete(keys, id)
	b.layer.keys = keys
}

// reconsider takes in what said nothing so far, and may now.
func (b *builder) reconsider() {
	again := b.layer.stray
	b.layer.stray = nil
	for _, rule := range again {
		if b.add(rule) != nil {
			b.layer.stray = append(b.layer.stray, rule)
		}
	}
}

func (b *builder) choose(user UserID, profile ProfileID) {
	if b.chosen == nil {
		b.chosen = map[UserID]overlay.Change[ProfileID]{}
	}
	b.chosen[user] = overlay.Change[ProfileID]{Value: profile, Gone: profile == ""}
}

// errAbsent is why a rule cannot be taken out of a layer.
var errAbsent = errors.New("it is not there")

// add takes in one rule. What is said of a role or set that is not there says
// nothing; so does a grant of another profile than its role's.
func (b *builder) add(rule Rule) error { return b.apply(rule, false) }

// remove takes a rule out. It returns errAbsent when that is not there.
func (b *builder) remove(rule Rule) error { return b.apply(rule, true) }

func (b *builder) apply(rule Rule, gone bool) error {
	if rule.Ptype == ptypeGrant {
		return b.applyGrant(rule, gone)
	}
	from, to, during, err := b.link(rule)
	if err != nil {
		return err
	}
	switch {
	case rule.Ptype == ptypeResource:
		if _, ok := b.layer.inSet[SetID(to.id)]; ok {
			return b.put(ResourceID(from.id), SetID(to.id), gone)
		}
	case from.kind == kindRole:
		if r := b.role(RoleID(from.id)); r != nil && to.kind == kindRole {
			return edit(&r.Includes, RoleID(to.id), gone, equal)
		}
	default:
		bonds, k := b.bondsOf(from), bond{to: to}
		if !during.Unlimited() {
			k.limited = &during
		}
		err := edit(&bonds, k, gone, func(a, b bond) bool { return compareBonds(a, b) == 0 })
		b.bonds[from] = bonds
		return err
	}
	return edit(&b.layer.stray, rule.clone(), gone, equal)
}

func (b *builder) applyGrant(rule Rule, gone bool) error {
	l := b.layer
	to, profile, g, err := b.met.decodeGrant(rule)
	if err != nil {
		return err
	}
	if to.kind == kindProfile && l.id() == AllOrgs && ProfileID(to.id) == profile {
		list := l.baseline[profile]
		err := edit(&list, g, gone, equal)
		l.baseline[profile] = list
		return err
	}
	if to.kind == kindRole {
		if r := b.role(RoleID(to.id)); r != nil && r.Profile == profile {
			return edit(&r.Grants, g, gone, equal)
		}
	}
	return edit(&l.stray, rule.clone(), gone, equal)
}

func equal[T comparable](a, b T) bool { return a == b }

// edit appends something to a list, which may be shared, or takes it out.
func edit[T any](list *[]T, one T, gone bool, same func(a, b T) bool) error {
	if !gone {
		*list = append(*list, one)
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(*list), func(other T) bool { return same(one, other) })
	if len(rest) == len(*list) {
		return errAbsent
	}
	*list = rest
	return nil
}

// link decodes a rule that is not a grant, and refuses what cannot be meant.
func (b *builder) link(rule Rule) (from, to subject, during Period, err error) {
	if rule.Org() == "" {
		return from, to, during, rule.noOrg()
	}
	from, to, during, err = b.met.decodeLink(rule)
	switch {
	case err != nil, rule.Ptype == ptypeResource, from.kind == kindRole:
		return from, to, during, err
	case b.layer.id() == AllOrgs:
		err = errors.New("an assignment is of one organisation, never of all")
	case to.kind == kindOrg && OrgID(to.id) != b.layer.id():
		err = fmt.Errorf("membership of another organisation: %q", to)
	}
	return from, to, during, err
}

// put notes that a resource comes into a set, or goes.
func (b *builder) put(resource ResourceID, set SetID, gone bool) error {
	b.reset()
	if b.inSet == nil {
		b.inSet = map[SetID]map[ResourceID]overlay.Change[struct{}]{}
	}
	changes := b.inSet[set]
	if changes == nil {
		changes = map[ResourceID]overlay.Change[struct{}]{}
		b.inSet[set] = changes
	}
	if gone {
		c, changed := changes[resource]
		if _, had := b.layer.inSet[set].Get(resource); changed && c.Gone || !changed && !had {
			return errAbsent
		}
	}
	changes[resource] = overlay.Change[struct{}]{Gone: gone}
	return nil
}

// bondsOf returns a user's or group's links, to be edited.
func (b *builder) bondsOf(from subject) []bond {
	if bonds, ok := b.bonds[from]; ok {
		return bonds
	}
	return slices.Clone(b.layer.bonds(from))
}

// done returns the layer.
func (b *builder) done(pool *bundles) *layer {
	l := b.layer
	for id := range b.fresh {
		if r := l.roles[id]; r != nil {
			slices.SortFunc(r.Grants, compareGrants)
			slices.Sort(r.Includes)
			r.Grants, r.Includes = slices.Clip(slices.Compact(r.Grants)), slices.Clip(slices.Compact(r.Includes))
		}
	}
	if b.from == nil { // else it is shared
		for profile, grants := range l.baseline {
			slices.SortFunc(grants, compareGrants)
			l.baseline[profile] = slices.Compact(grants)
		}
	}
	for set, changes := range b.inSet {
		l.inSet[set] = l.inSet[set].With(changes)
	}
	l.chosen = l.chosen.With(b.chosen)
	l.stray = slices.Clip(l.stray)
	b.bundle(pool)
	return l
}
