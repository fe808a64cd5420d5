package rolekit

import (
	"cmp"
	"slices"
	"time"
)

// right is something that a user may do as a profile, by one access.
type right struct {
	profile ProfileID
	grant   Grant
}

func compareRights(a, b right) int {
	return cmp.Or(
		cmp.Compare(a.profile, b.profile), cmp.Compare(a.grant.Permission, b.grant.Permission), compareAccess(a.grant.Access, b.grant.Access),
	)
}

// delta is a right that is gained or lost, by whomever, for a time.
type delta struct {
	right

	during Period
	lost   bool
}

func compareDeltas(a, b delta) int {
	kind := func(d delta) int {
		if d.lost {
			return 1
		}
		return 0
	}
	return cmp.Or(compareRights(a.right, b.right), kind(a)-kind(b), a.during.From.Compare(b.during.From))
}

// stretch is a time in which a bundle gives the same: from the end of the one before
// it on, until before its own; without end, where that is zero.
type stretch struct {
	until  time.Time
	rights []right
}

// timeline returns what a bundle of a layer gives in a policy from now on.
func (o *orgComparison) timeline(p *policy, l *layer, b *bundle) []stretch {
	if p == nil || l == nil || b == nil {
		return nil
	}
	at := place{p, l, b}
	all, ok := o.timelines[at]
	if ok {
		return all
	}
	for t := o.now; ; {
		s := p.rightsOf(b, slices.Index(p.layers, l), t)
		if all, t = append(all, s), s.until; t.IsZero() {
			break
		}
	}
	o.timelines[at] = all
	return all
}

// rightsOf follows a bundle of a layer at a moment, and finds until when that leads to
// the same.
func (p *policy) rightsOf(b *bundle, layer int, at time.Time) (s stretch) {
	will := func(during Period) bool {
		for _, t := range []time.Time{during.From, during.Until} {
			if t.After(at) {
				s.until = earlier(s.until, t)
			}
		}
		return during.Includes(at)
	}
	has := map[ProfileID]bool{}
	visit := func(to subject) {
		switch {
		case to.kind == kindRole:
			r := p.role(RoleID(to.id))
			has[r.Profile] = true
			s.rights = p.spell(s.rights, r.Profile, r.Grants)
		case len(p.catalog.profiles) == 1:
			has[p.catalog.profiles[0].ID] = true
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
	for profile := range has {
		s.rights = p.spell(s.rights, profile, p.baseline(profile))
	}
	return s
}

// spell adds what grants bring, as far as the catalog still has them.
func (p *policy) spell(to []right, profile ProfileID, grants []Grant) []right {
	for _, g := range p.live(profile, grants) {
		for _, i := range p.catalog.implied[g.Permission] {
			to = append(to, right{profile, Grant{p.catalog.permissions[i].ID, g.Access}})
		}
	}
	return to
}

// rightsAt adds up timelines at a moment. What reaches less far than something else
// that is held is left out. It is until when that is the same.
func rightsAt(timelines [][]stretch, at time.Time) (s stretch) {
	for _, t := range timelines {
		i := slices.IndexFunc(t, func(s stretch) bool { return s.until.IsZero() || s.until.After(at) })
		if i < 0 {
			continue
		}
		s.rights = append(s.rights, t[i].rights...)
		s.until = earlier(s.until, t[i].until)
	}
	slices.SortFunc(s.rights, compareRights)
	var widest right // the first of each permission, if that is any
	s.rights = slices.DeleteFunc(slices.Compact(s.rights), func(r right) bool {
		if r.grant.Access == AccessAny {
			widest = r
			return false
		}
		return r.profile == widest.profile && r.grant.Permission == widest.grant.Permission
	})
	return s
}

// earlier returns the earlier of two moments; one that is zero never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// beyond returns the rights that others do not hold: neither themselves nor what
// reaches further.
func beyond(these, others []right) []right {
	held := make(map[right]bool, len(others))
	for _, r := range others {
		held[r] = true
	}
	return slices.DeleteFunc(slices.Clone(these), func(r right) bool {
		return held[r] || held[right{r.profile, Grant{r.grant.Permission, AccessAny}}]
	})
}

// differ compares what a row gives before with what it gives after, from now on.
func (o *orgComparison) differ(row []links) []delta {
	var before, after [][]stretch
	for i, c := range o.columns {
		before = append(before, o.timeline(o.before, c.before, row[i].before))
		after = append(after, o.timeline(o.after, c.after, row[i].after))
	}
	type kind struct {
		right

		lost bool
	}
	open := map[kind]time.Time{} // those that go on, by when they began; zero for now
	all := []delta{}
	for at, began := o.now, (time.Time{}); ; began = at {
		had, has := rightsAt(before, at), rightsAt(after, at)
		going := map[kind]bool{}
		for _, r := range beyond(has.rights, had.rights) {
			going[kind{r, false}] = true
		}
		for _, r := range beyond(had.rights, has.rights) {
			going[kind{r, true}] = true
		}
		for k, from := range open {
			if !going[k] {
				delete(open, k)
				all = append(all, delta{k.right, Period{from, began}, k.lost})
			}
		}
		for k := range going {
			if _, ok := open[k]; !ok {
				open[k] = began
			}
		}
		if at = earlier(had.until, has.until); at.IsZero() {
			break
		}
	}
	for k, from := range open {
		all = append(all, delta{k.right, Period{From: from}, k.lost})
	}
	slices.SortFunc(all, compareDeltas)
	return all
}
