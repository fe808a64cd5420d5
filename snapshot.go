package rolekit

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rolekit/rolekit/internal/casbinengine"
)

// snapshot is an effective policy and the engine that decides by it. A change
// makes a new snapshot, which takes the old one's place whole.
//
// What a check needs comes first, and is one line of the processor's cache, where
// there is one organisation and not all of its ancestors to ask.
type snapshot struct {
	level // the organisation's own; empty where Casbin decides

	above    *[]level // its ancestors', upward; nil for none
	policy   *policy
	revision Revision // the policy's

	shadows bool          // a name of a default role means something else here
	casbin  *casbinPolicy // of the Casbin engine; nil where the compiled one decides
	kit     *Kit          // whose it is; here the second line ends

	basis  basis                    // of what it decides in the common case: time plays no part, and what is allowed is so everywhere
	others atomic.Pointer[[]*basis] // of some of the rest; see basisOf
	_      [8]byte                  // to the end of the third line
}

// newSnapshot makes one for the engine that decides, which takes the place of
// another one, if any.
func (m *memory) newSnapshot(p *policy, old *snapshot) (*snapshot, error) {
	if m.engine != EngineCasbin {
		s := &snapshot{policy: p, revision: p.revision, kit: m.kit}
		s.basis.snap = s
		s.newIndex(old, m.clock())
		return s, nil
	}
	c := &casbinPolicy{policy: p, model: m.model, accesses: p.accesses(), changes: p.changes()}
	_, err := c.at(m.clock())
	s := &snapshot{policy: p, revision: p.revision, kit: m.kit, casbin: c}
	s.basis.snap = s
	return s, err
}

// mostBases is how many a snapshot keeps, so that who looks for one looks briefly.
const mostBases = 16

// basisOf returns what a decision was made by that reaches as far as accesses, and
// that time played a part in where at is not 0. It keeps the latest, as many
// decisions come in the same few kinds, and each would be garbage.
func (s *snapshot) basisOf(accesses []Access, at int64) *basis {
	if accesses == nil && at == 0 {
		return &s.basis
	}
	kept := s.others.Load()
	if kept != nil {
		for _, b := range *kept {
			if b.at == at && slices.Equal(b.accesses, accesses) {
				return b
			}
		}
	}
	made := &basis{snap: s, accesses: accesses, at: at}
	next := make([]*basis, 1, mostBases)
	next[0] = made
	if kept != nil {
		for _, b := range *kept {
			if len(next) < mostBases && (b.at == 0 || b.at >= at) { // what is of an earlier moment will not be asked for
				next = append(next, b)
			}
		}
	}
	s.others.CompareAndSwap(kept, &next) // who is late has its own
	return made
}

// casbinPolicy is a policy that Casbin decides by. It is immutable but for the
// epoch.
type casbinPolicy struct {
	policy   *policy
	model    string
	accesses []Access    // that occur in the policy, widest first
	changes  []time.Time // at which assignments start or end
	moving   sync.Mutex
	epoch    atomic.Pointer[epoch]
}

// epoch is a stretch of time in which no assignment starts or ends, and the
// engine for it.
type epoch struct {
	index  int // how many of the changes lie before it
	engine *casbinengine.Engine
}

// at returns the engine for a moment. It builds one when an assignment has
// started or ended since the last question; no sweep is needed.
func (s *casbinPolicy) at(now time.Time) (*casbinengine.Engine, error) {
	index, exact := slices.BinarySearchFunc(s.changes, now, time.Time.Compare)
	if exact {
		index++ // a start is included in its period, an end is not
	}
	if e := s.epoch.Load(); e != nil && e.index == index {
		return e.engine, nil
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	if e := s.epoch.Load(); e != nil && e.index == index {
		return e.engine, nil
	}
	engine, err := casbinengine.New(s.policy.casbin(s.model, now))
	if err != nil {
		return nil, errorf(CodeBrokenPolicy, "the policy of %q cannot be evaluated", s.policy.org()).because(err)
	}
	s.epoch.Store(&epoch{index, engine})
	return engine, nil
}

// accesses returns those that occur in the policy, widest first.
func (p *policy) accesses() []Access {
	used := map[Access]bool{}
	add := func(grants []Grant) {
		for _, g := range grants {
			used[g.Access] = true
		}
	}
	for _, r := range p.roles() {
		add(r.Grants)
	}
	for _, pr := range p.catalog.profiles {
		add(p.baseline(pr.ID))
	}
	all := make([]Access, 0, len(used))
	for a := range used {
		all = append(all, a)
	}
	slices.SortFunc(all, compareAccess)
	return all
}

// casbin returns the policy at a moment as rows that mean the same under a
// model. Every row but a default role's grant is of the organisation
// itself: ancestors, default includes, baselines and time are expanded, so that
// g holds no wildcard.
func (p *policy) casbin(conf string, now time.Time) casbinengine.Policy {
	org := string(p.org())
	rows := casbinengine.Policy{
		Model: conf,
		Implies: func(have, want string) bool {
			return p.catalog.Implies(ActionID(have), ActionID(want))
		},
	}
	grant := func(dom string, to subject, profile ProfileID, grants []Grant) {
		for _, g := range grants {
			rule := grantRule(OrgID(dom), to, profile, g)
			rows.Grants = append(rows.Grants, slices.Clone(rule.V[:]))
		}
	}
	links := map[[2]string]bool{}
	connect := func(from, to subject) {
		if link := [2]string{from.String(), to.String()}; !links[link] {
			links[link] = true
			rows.Links = append(rows.Links, []string{link[0], link[1], org})
		}
	}
	follow := func(from subject) {
		for _, k := range p.links(from) {
			if k.during.Includes(now) {
				connect(from, k.to)
			}
		}
	}
	for _, r := range p.roles() {
		dom := org
		if r.Origin == OriginDefault {
			dom = string(AllOrgs)
		}
		grant(dom, roleSubject(r.ID), r.Profile, p.live(r.Profile, r.Grants))
		follow(roleSubject(r.ID))
	}
	for _, pr := range p.catalog.profiles {
		grant(string(AllOrgs), profileSubject(pr.ID), pr.ID, p.baseline(pr.ID))
	}
	for _, l := range p.layers {
		for id := range l.groups {
			follow(groupSubject(id))
		}
	}
	for _, s := range p.users() {
		follow(s)
		user, _ := s.user()
		for _, profile := range p.profiles(user, now) {
			connect(s, profileSubject(profile))
		}
	}
	rows.Resources = p.resources()
	return rows
}

// resources returns which resources are in which sets, as rows. A set of an
// ancestor holds here too.
func (p *policy) resources() [][]string {
	seen := map[[2]string]bool{}
	var rows [][]string
	for _, l := range p.layers {
		for set, ids := range l.inSet {
			for id := range ids.Keys() {
				row := [2]string{kindResource.String() + string(id), kindSet.String() + string(set)}
				if !seen[row] {
					seen[row] = true
					rows = append(rows, []string{row[0], row[1], string(p.org())})
				}
			}
		}
	}
	return rows
}

// reason turns the row that allowed into words.
func (p *policy) reason(row []string) Reason {
	to, profile, g, err := subjects{}.decodeGrant(Rule{ptypeGrant, [6]string(row)})
	if err != nil {
		return Reason{}
	}
	if to.kind == kindProfile {
		return Reason{Org: AllOrgs, Baseline: profile, Grant: g}
	}
	reason := Reason{Role: RoleID(to.id), Grant: g}
	if r := p.role(reason.Role); r != nil {
		reason.Org = r.Org
	}
	return reason
}

// reasonFor is the grant that gives a user a permission by an access: the first of
// their roles, by id, that has one, or else a baseline.
func (p *policy) reasonFor(who Identity, want Permission, access Access, now time.Time) (Reason, bool) {
	gives := func(grants []Grant) (Grant, bool) {
		i := slices.IndexFunc(p.live(who.Profile, grants), func(g Grant) bool {
			return g.Access == access && p.catalog.covers(Grant{g.Permission, AccessAny}, Grant{want, AccessAny})
		})
		if i < 0 {
			return Grant{}, false
		}
		return p.live(who.Profile, grants)[i], true
	}
	roles := p.rolesOf(userSubject(who.User), now)
	slices.SortFunc(roles, compareRoles)
	for _, r := range roles {
		if g, ok := gives(r.Grants); ok && r.Profile == who.Profile {
			return Reason{Role: r.ID, Org: r.Org, Grant: g}, true
		}
	}
	g, ok := gives(p.baseline(who.Profile))
	return Reason{Org: AllOrgs, Baseline: who.Profile, Grant: g}, ok
}
