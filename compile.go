package rolekit

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rolekit/rolekit/internal/compiled"
)

// The compiled engine. What it answers is what model.conf means: snapshot.casbin
// spells the same policy out as rows, and the tests hold the two against each
// other.
//
// A user's rights are the union of what each layer's bundle of theirs gives. A
// bundle is compiled when it is first asked about, for one organisation; one that
// names default roles alone is compiled once for all of them. So a change costs
// what is asked about after it, and not what is there.

type (
	rights        = compiled.Rights[ProfileID, Access]
	profileRights = compiled.Profile[ProfileID, Access]
	limited       = compiled.Limited[Access]
)

// index is a policy ready to be asked. It is immutable but for what is compiled.
type index struct {
	policy *policy
	slots  []slots // one a layer but the default roles'
	own    bool    // a name of a default role means something else here
}

// slots are the rights of a layer's bundles, as far as they were compiled.
type slots []atomic.Pointer[rights]

func newIndex(p *policy) *index {
	x := &index{policy: p, slots: make([]slots, len(p.layers)-1)}
	defaults := p.layers[len(p.layers)-1]
	for i, l := range p.layers[:len(p.layers)-1] {
		x.slots[i] = make(slots, len(l.bundles))
		for id := range l.roles {
			x.own = x.own || defaults.roles[id] != nil // nobody may make one; other programs can
		}
	}
	return x
}

// of returns the rights that a layer gives the user now; nil for none.
func (x *index) of(layer int, user UserID, now func() time.Time) *rights {
	l := x.policy.layers[layer]
	at, ok := l.users.Get(user)
	if !ok {
		return nil
	}
	slot := &x.slots[layer][at]
	r := slot.Load()
	if r != nil && r.Timeless() {
		return r
	}
	if r == nil || !within(r, now()) {
		r = x.compiled(l.bundles[at], layer, now())
		slot.Store(r)
	}
	return r
}

// within compares whole seconds, which is what periods begin and end at.
func within(r *rights, now time.Time) bool {
	at := now.Unix()
	return r.From <= at && at < r.Until
}

// compiled returns what a layer's bundle gives in the organisation of the policy.
func (x *index) compiled(b *bundle, layer int, now time.Time) *rights {
	p := x.policy
	if x.own || !p.isCommon(b) {
		return p.compile(b, layer, now)
	}
	defaults := p.layers[len(p.layers)-1]
	if known := b.common.Load(); known != nil && known.defaults == defaults {
		return known.rights
	}
	r := p.compile(b, layer, now)
	b.common.Store(&commonRights{defaults, r})
	return r
}

// isCommon reports whether a bundle names default roles alone, without end. What it
// gives is then the same wherever no organisation shadows them.
func (p *policy) isCommon(b *bundle) bool {
	defaults := p.layers[len(p.layers)-1]
	return !slices.ContainsFunc(b.bonds, func(k bond) bool {
		return k.to.kind != kindRole || k.limited != nil || defaults.roles[RoleID(k.to.id)] == nil
	})
}

// compile follows a bundle of a layer at a moment, and finds between which
// moments that leads to the same.
func (p *policy) compile(b *bundle, layer int, now time.Time) *rights {
	r := &rights{From: compiled.Beginning, Until: compiled.End}
	will := func(during Period) bool {
		r.From, r.Until = narrowed(r.From, r.Until, during, now)
		return during.Includes(now)
	}
	var roles []*Role
	visit := func(s subject) {
		r.Member = true
		if s.kind == kindRole {
			roles = append(roles, p.role(RoleID(s.id)))
		}
	}
	seen := map[subject]bool{}
	for _, k := range b.bonds {
		if !p.counts(k.to, layer) || !will(k.during()) || seen[k.to] {
			continue
		}
		seen[k.to] = true
		visit(k.to)
		p.reachOn([]subject{k.to}, seen, will, visit)
	}
	for _, profile := range p.catalog.profiles {
		of := slices.DeleteFunc(slices.Clone(roles), func(role *Role) bool { return role.Profile != profile.ID })
		if len(of) > 0 || r.Member && len(p.catalog.profiles) == 1 {
			r.Profiles = append(r.Profiles, p.compileProfile(profile.ID, of))
		}
	}
	slices.SortFunc(r.Profiles, func(a, b profileRights) int { return cmp.Compare(a.ID, b.ID) })
	return r
}

// compileProfile adds up what roles of a profile grant, and its baseline.
func (p *policy) compileProfile(id ProfileID, roles []*Role) profileRights {
	to := profileRights{ID: id}
	for _, g := range append(p.grants(roles), p.baseline(id)...) {
		for _, permission := range p.catalog.implied(g.Permission) {
			to.Give(permission, len(p.catalog.permissions), g.Access, g.Access == AccessAny)
		}
	}
	slices.SortFunc(to.Limited, func(a, b limited) int { return compareAccess(a.Access, b.Access) })
	return to
}

// narrowed is a stretch of time without the moments at which a period starts or
// ends. It holds now.
func narrowed(from, until int64, during Period, now time.Time) (int64, int64) {
	for _, t := range []time.Time{during.From, during.Until} {
		switch {
		case t.IsZero():
		case t.After(now):
			until = min(until, t.Unix())
		default:
			from = max(from, t.Unix())
		}
	}
	return from, until
}

// implied returns the numbers of the permissions that one brings, itself included.
func (c *Catalog) implied(p Permission) []int {
	var numbers []int
	for i, info := range c.permissions {
		if info.ID.Object() == p.Object() && c.Implies(p.Action(), info.ID.Action()) {
			numbers = append(numbers, i)
		}
	}
	return numbers
}
