package rolekit

import (
	"math"
	"slices"
	"time"

	"github.com/rolekit/rolekit/internal/compiled"
	"github.com/rolekit/rolekit/internal/flat"
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
	rights        = compiled.Rights[Access]
	profileRights = compiled.Profile[Access]
	limited       = compiled.Limited[Access]
	cell          = compiled.Cell[Access]
)

// level is one organisation of a line, the one that is asked about or an ancestor.
type level struct {
	users flat.Map[UserID] // the layer's
	cells []cell           // of the layer's bundles, as far as they were compiled
}

// newIndex makes an index of the snapshot's policy. It takes over what was compiled
// for an older state of the same organisation, as far as nothing changed that it
// depends on; what else was in use is compiled now.
func (s *snapshot) newIndex(old *snapshot, now time.Time) {
	p := s.policy
	s.level = newLevel(p.layers[0])
	if ancestors := p.layers[1 : len(p.layers)-1]; len(ancestors) > 0 {
		s.above = new([]level)
		for _, l := range ancestors {
			*s.above = append(*s.above, newLevel(l))
		}
	}
	defaults := p.layers[len(p.layers)-1]
	for _, l := range p.layers[:len(p.layers)-1] {
		for id := range l.roles {
			s.shadows = s.shadows || defaults.roles[id] != nil // nobody may make one; other programs can
		}
	}
	if old == nil || old.casbin != nil {
		return
	}
	if !p.leadsAs(old.policy) {
		s.warm(old, now)
		return
	}
	for i, l := range p.layers[:len(p.layers)-1] {
		s.at(i).inherit(old.at(i), l, old.policy.layers[i])
	}
}

// at returns the level of a layer of the policy.
func (s *snapshot) at(layer int) *level {
	if layer == 0 {
		return &s.level
	}
	return &(*s.above)[layer-1]
}

func newLevel(l *layer) level { return level{l.users, make([]cell, len(l.bundles))} }

// leadsAs reports whether from each role and group on the policy leads to the same
// as another one.
func (p *policy) leadsAs(other *policy) bool {
	defaults := len(p.layers) - 1
	return len(other.layers) == len(p.layers) && other.layers[defaults] == p.layers[defaults] &&
		slices.EqualFunc(p.layers, other.layers, func(a, b *layer) bool { return a.id() == b.id() && a.shape == b.shape })
}

// inherit takes over what is compiled of the bundles that are numbered as before.
func (v *level) inherit(old *level, now, was *layer) {
	for i := range min(len(now.bundles), len(was.bundles)) {
		if now.bundles[i] == was.bundles[i] {
			if r := old.cells[i].Rights(); r != nil {
				v.cells[i].Put(r)
			}
		}
	}
}

// mostWarmed bounds what is compiled ahead: half a thousand take some half a
// millisecond.
const mostWarmed = 512

// warm compiles what was compiled for an older state and means something else now:
// it is in use, and whoever makes a change had better wait for it than the checks
// that follow.
func (s *snapshot) warm(old *snapshot, now time.Time) {
	l, left := s.policy.layers[0], mostWarmed
	for i := range min(len(s.cells), len(old.cells)) {
		if old.cells[i].Rights() == nil || !l.held(i) {
			continue
		}
		if left--; left < 0 {
			return
		}
		s.cells[i].Put(s.compiled(l.bundles[i], 0, now))
	}
}

// of returns the rights that a layer gives the user now; nil for none.
func (s *snapshot) of(layer int, user UserID, now func() time.Time) *rights {
	v := s.at(layer)
	i, ok := v.users.Get(user)
	if !ok {
		return nil
	}
	c := &v.cells[i]
	r := c.Rights()
	switch {
	case r != nil && r.Timeless():
		return r
	case r != nil && r.HoldAt(now().Unix()): // whole seconds are what periods begin and end at
		return r
	}
	r = s.compiled(s.policy.layers[layer].bundles[i], layer, now())
	c.Put(r)
	return r
}

// compiled returns what a layer's bundle gives in the organisation of the policy.
func (s *snapshot) compiled(b *bundle, layer int, now time.Time) *rights {
	p := s.policy
	if s.shadows || !p.isCommon(b) {
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
	during := compiled.Stretch{From: math.MinInt64, Until: math.MaxInt64}
	limited := false
	will := func(k Period) bool {
		limited = narrow(&during, k, now) || limited
		return k.Includes(now)
	}
	var (
		roles  []*Role
		member bool
	)
	visit := func(s subject) {
		member = true
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
	var profiles []profileRights
	for number, profile := range p.catalog.profiles {
		of := slices.DeleteFunc(slices.Clone(roles), func(role *Role) bool { return role.Profile != profile.ID })
		if len(of) > 0 || member && len(p.catalog.profiles) == 1 {
			profiles = append(profiles, p.compileProfile(number, of))
		}
	}
	if !limited {
		return compiled.NewRights(member, profiles, nil)
	}
	return compiled.NewRights(member, profiles, &during)
}

// compileProfile adds up what roles of a profile grant, and its baseline.
func (p *policy) compileProfile(number int, roles []*Role) profileRights {
	to := profileRights{Number: number}
	for _, r := range roles {
		_, at := p.roleAt(r.ID)
		to.GiveAll(p.layers[at].gives(p.catalog, r.ID))
	}
	to.GiveAll(p.layers[len(p.layers)-1].gives(p.catalog, baselineOf(p.catalog.profiles[number].ID)))
	to.Sort(compareAccess)
	return to
}

// baselineOf is what a profile's baseline is kept under among the roles, none of
// which is called so.
func baselineOf(id ProfileID) RoleID { return RoleID(profileSubject(id).String()) }

// gives returns what a role of the layer, or a baseline, gives by itself; nil for
// nothing. The first who asks compiles all of them.
func (l *layer) gives(c *Catalog, id RoleID) *profileRights {
	l.shape.compiling.Do(func() {
		l.shape.gives = make(map[RoleID]*profileRights, len(l.roles)+len(l.baseline))
		for _, r := range l.roles {
			l.shape.gives[r.ID] = c.compile(r.Profile, r.Grants)
		}
		for profile, grants := range l.baseline {
			l.shape.gives[baselineOf(profile)] = c.compile(profile, grants)
		}
	})
	return l.shape.gives[id]
}

// compile turns grants into what they bring, as far as the catalog still has them.
func (c *Catalog) compile(profile ProfileID, grants []Grant) *profileRights {
	to := &profileRights{}
	for _, g := range grants {
		if !c.allows(profile, g) {
			continue
		}
		for _, permission := range c.implied[g.Permission] {
			to.Give(permission, g.Access, g.Access == AccessAny)
		}
	}
	return to
}

// narrow takes the moments out of a stretch of time at which a period starts or
// ends, if there are any. It holds now.
func narrow(stretch *compiled.Stretch, during Period, now time.Time) (limited bool) {
	for _, t := range []time.Time{during.From, during.Until} {
		switch {
		case t.IsZero():
			continue
		case t.After(now):
			stretch.Until = min(stretch.Until, t.Unix())
		default:
			stretch.From = max(stretch.From, t.Unix())
		}
		limited = true
	}
	return limited
}
