package rolekit

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// Whole organisations are compared by what their users are linked to, not user by
// user: in each organisation of a line, many users have the same bundle, and what
// comes of the same bundles is the same.

// column is one organisation of a line, before and after; nil where it is no part.
type column struct{ before, after *layer }

// links are what a column links a user to, before and after; nil for nothing.
type links struct{ before, after *bundle }

func (c column) of(user UserID) links {
	var l links
	for _, side := range []struct {
		layer *layer
		has   **bundle
	}{{c.before, &l.before}, {c.after, &l.after}} {
		if side.layer == nil {
			continue
		}
		if i, ok := side.layer.users.Get(user); ok {
			*side.has = side.layer.bundles[i]
		}
	}
	return l
}

// crowd is the users of a column, by what it links them to.
type crowd map[links][]UserID

// comparison is a comparison of two scenes under way.
type comparison struct {
	*scenes

	now     time.Time
	by      *Manager
	crowds  map[column]crowd
	common  map[links][]delta // of those that name default roles alone
	numbers map[*bundle]uint64
	left    int // how many more users are compared
	out     Preview
}

// compare finds what is different after the changes.
func (s *scenes) compare(by *Manager) Preview {
	c := comparison{
		scenes: s, now: s.kit.config.Clock(), by: by, crowds: map[column]crowd{}, common: map[links][]delta{},
		numbers: map[*bundle]uint64{}, left: maxCompared, out: Preview{Effects: []Effect{}, Orgs: []OrgEffects{}},
	}
	for i, org := range s.orgs {
		if c.left <= 0 {
			c.out.OrgsUnseen = len(s.orgs) - i
			break
		}
		c.compareOrg(org)
	}
	c.out.LeftOut = c.out.Gained + c.out.Lost - len(c.out.Effects)
	return c.out
}

// affected are users for whom the same is different.
type affected struct {
	users []UserID
	how   []delta
}

func (c *comparison) compareOrg(org OrgID) {
	o := newOrgComparison(c, org)
	if o.isSame() {
		return
	}
	all := o.affected()
	sum := OrgEffects{Org: org, Hidden: !c.maySee(o)}
	for _, a := range all {
		sum.Users += len(a.users)
		for _, d := range a.how {
			if d.lost {
				sum.Lost += len(a.users)
			} else {
				sum.Gained += len(a.users)
			}
		}
	}
	if sum.Users == 0 {
		return
	}
	c.out.Gained += sum.Gained
	c.out.Lost += sum.Lost
	if c.tell(sum, all); len(c.out.Orgs) == maxEffectOrgs {
		c.out.OrgsLeftOut++
		return
	}
	c.out.Orgs = append(c.out.Orgs, sum)
}

// tell adds the effects in one organisation, as far as there is room and the actor
// may read them.
func (c *comparison) tell(sum OrgEffects, all []affected) {
	room := maxEffects - len(c.out.Effects)
	if room <= 0 {
		return
	}
	type one struct {
		user UserID
		how  []delta
	}
	var told []one
	for _, a := range all {
		for _, user := range a.users {
			if !sum.Hidden || user == c.by.actor.User {
				told = append(told, one{user, a.how})
			}
		}
	}
	slices.SortFunc(told, func(a, b one) int { return cmp.Compare(a.user, b.user) })
	for _, t := range told {
		for _, d := range t.how {
			if room--; room < 0 {
				return
			}
			c.out.Effects = append(c.out.Effects, Effect{
				Grant: d.grant, Period: d.during, Org: sum.Org, User: t.user, Profile: d.profile, Lost: d.lost,
			})
		}
	}
}

// maySee reports whether the actor may read who the members are of whom effects
// tell, by what is stored: in the organisation and, where that would have another
// parent, in that one.
func (c *comparison) maySee(o *orgComparison) bool {
	ask := make([]*policy, 0, 2)
	if o.before != nil {
		ask = append(ask, o.before)
	}
	if o.after != nil {
		parent := o.after.layers[0].org.Parent
		if p := c.policy(parent, c.stored); p != nil && (o.before == nil || o.before.layers[0].org.Parent != parent) {
			ask = append(ask, p)
		}
	}
	return !slices.ContainsFunc(ask, func(p *policy) bool { return c.by.requireIn(p, MembersRead) != nil })
}

// orgComparison compares one organisation.
type orgComparison struct {
	*comparison

	before, after *policy // nil where nothing is decided
	columns       []column
	timelines     map[place][]stretch
	shadowed      bool // a name of a default role means something else here
}

// place is where a bundle stands in a policy.
type place struct {
	policy *policy
	layer  *layer
	bundle *bundle
}

func newOrgComparison(c *comparison, org OrgID) *orgComparison {
	o := &orgComparison{
		comparison: c, before: c.policy(org, c.stored), after: c.policy(org, c.staged), timelines: map[place][]stretch{},
	}
	at := map[OrgID]int{}
	add := func(p *policy, set func(*column, *layer)) {
		if p == nil {
			return
		}
		for _, l := range p.layers[:len(p.layers)-1] {
			i, ok := at[l.id()]
			if !ok {
				i = len(o.columns)
				at[l.id()], o.columns = i, append(o.columns, column{})
			}
			set(&o.columns[i], l)
			for id := range l.roles { // nobody may make one; other programs can
				o.shadowed = o.shadowed || p.layers[len(p.layers)-1].roles[id] != nil
			}
		}
	}
	add(o.before, func(c *column, l *layer) { c.before = l })
	add(o.after, func(c *column, l *layer) { c.after = l })
	return o
}

// isSame reports whether the organisation is made of the same layers.
func (o *orgComparison) isSame() bool {
	if o.before == nil || o.after == nil {
		return o.before == o.after
	}
	return slices.Equal(o.before.layers, o.after.layers)
}

// affected returns for whom something is different. The users of the largest column
// are looked at together, but for those whom another one links to something too.
func (o *orgComparison) affected() []affected {
	largest := 0
	for i, c := range o.columns {
		if c.size() > o.columns[largest].size() {
			largest = i
		}
	}
	some, ones := map[string]*affected{}, map[UserID]bool{}
	for i, c := range o.columns {
		if i == largest {
			continue
		}
		for _, users := range o.crowd(c) {
			for _, user := range users {
				if !ones[user] {
					ones[user] = true
					o.add(some, user)
				}
			}
		}
	}
	o.left -= len(ones)
	all := make([]affected, 0, len(some))
	for _, a := range some {
		all = append(all, *a)
	}
	for has, users := range o.crowd(o.columns[largest]) {
		row := make([]links, len(o.columns))
		row[largest] = has
		how := o.differences(row)
		if len(how) == 0 {
			continue
		}
		if len(ones) > 0 {
			users = slices.DeleteFunc(slices.Clone(users), func(u UserID) bool { return ones[u] })
		}
		all = append(all, affected{users, how})
	}
	return slices.DeleteFunc(all, func(a affected) bool { return len(a.how) == 0 || len(a.users) == 0 })
}

// add looks at one user by all that links them to something.
func (o *orgComparison) add(some map[string]*affected, user UserID) {
	row := make([]links, len(o.columns))
	var key []byte
	for i, c := range o.columns {
		row[i] = c.of(user)
		for _, b := range []*bundle{row[i].before, row[i].after} {
			key = binary.AppendUvarint(key, o.number(b))
		}
	}
	a := some[string(key)]
	if a == nil {
		a = &affected{how: o.differences(row)}
		some[string(key)] = a
	}
	if len(a.how) > 0 {
		a.users = append(a.users, user)
	}
}

// number numbers bundles.
func (c *comparison) number(b *bundle) uint64 {
	n, ok := c.numbers[b]
	if !ok {
		n = uint64(len(c.numbers))
		c.numbers[b] = n
	}
	return n
}

// crowd returns the users of a column by what it links them to.
func (c *comparison) crowd(of column) crowd {
	if all, ok := c.crowds[of]; ok {
		return all
	}
	all := crowd{}
	if of.before != nil {
		for user := range of.before.users.Keys() {
			l := of.of(user)
			all[l] = append(all[l], user)
		}
		c.left -= of.before.users.Len()
	}
	if of.after != nil && of.after != of.before {
		for user := range of.after.users.Keys() {
			if l := of.of(user); l.before == nil {
				all[l] = append(all[l], user)
			}
		}
		c.left -= of.after.users.Len()
	}
	c.crowds[of] = all
	return all
}

func (c column) size() (n int) {
	for _, l := range []*layer{c.before, c.after} {
		if l != nil {
			n = max(n, l.users.Len())
		}
	}
	return n
}

// differences returns what is different for those whom the columns link to a row of
// bundles.
func (o *orgComparison) differences(row []links) []delta {
	shared, ok := o.isCommon(row)
	if !ok {
		return o.differ(row)
	}
	how, known := o.common[shared]
	if !known {
		how = o.differ(row)
		o.common[shared] = how
	}
	return how
}

// isCommon reports whether just one column says anything, and it names default roles
// alone: then the same is different wherever that is so.
func (o *orgComparison) isCommon(row []links) (shared links, ok bool) {
	for _, l := range row {
		if l == (links{}) {
			continue
		}
		if shared != (links{}) {
			return shared, false
		}
		shared = l
	}
	return shared, !o.shadowed && o.before.knows(shared.before) && o.after.knows(shared.after)
}

// knows is isCommon where there may be neither a policy nor a bundle.
func (p *policy) knows(b *bundle) bool { return b == nil || p != nil && p.isCommon(b) }
