package rolekit

import (
	"context"
	"slices"
	"time"

	"github.com/rolekit/rolekit/internal/casbinengine"
)

// ruling is a decision in the making, where that takes more than a look.
type ruling struct {
	who      Identity // with the profile, once that is known
	want     Permission
	number   int // the permission's
	snap     *snapshot
	allowed  bool
	accesses []Access // how far; nil for any
	at       int64    // when it is, in Unix seconds, where time plays a part; else 0
	aside    *aside
}

// decision returns what was ruled.
func (r *ruling) decision(c *Catalog) Decision {
	profile := -1
	if r.who.Profile != "" {
		profile = c.profileNumber(r.who.Profile)
	}
	d := Decision{Allowed: r.allowed, numbers: numbersOf(r.number, profile), user: r.who.User}
	if r.aside != nil {
		d.by = &basis{snap: r.snap, accesses: r.accesses, at: r.at, aside: r.aside}
	} else {
		d.by = r.snap.basisOf(r.accesses, r.at)
	}
	return d
}

// decide answers a question; where that cannot be done, it denies. A panic, which
// the application's functions may cause, must deny, not take the process along.
func (k *Kit) decide(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error) {
	r := ruling{who: who, want: want}
	err := guarded(func() error {
		if err := k.askable(&r); err != nil {
			return err
		}
		snap, err := k.snapshot(ctx, who.Org)
		if err != nil {
			return err
		}
		return k.decideIn(ctx, snap, &r, resource)
	})
	if err != nil {
		return undecided(who, want, err)
	}
	return r.decision(k.catalog), nil
}

// askable finds the number of the permission that is asked for, where anything can
// be decided at all.
func (k *Kit) askable(r *ruling) error {
	if r.who.User == "" {
		return errorf(CodeUnauthenticated, "nobody asks for %q", r.want).hint("identify the caller first")
	}
	if r.number = k.catalog.number(r.want); r.number < 0 {
		return k.catalog.CheckPermission(r.want)
	}
	return k.trust.check(k.config.Clock)
}

// decideIn answers by a state of the organisation's policy. A panic is the
// caller's to catch.
func (k *Kit) decideIn(ctx context.Context, snap *snapshot, d *ruling, resource Resource) error {
	d.snap = snap
	if snap.casbin != nil {
		return k.decideByCasbin(ctx, d, snap.casbin, resource)
	}
	var room [MaxOrgDepth]*rights
	return k.decideBy(ctx, d, snap.rightsOf(d.who.User, k.config.Clock, room[:0]), resource)
}

// rightsOf appends what each layer gives the user now, where it gives anything.
func (s *snapshot) rightsOf(user UserID, now func() time.Time, held []*rights) []*rights {
	for layer := range len(s.policy.layers) - 1 {
		if r := s.of(layer, user, now); r != nil && r.Member() {
			held = append(held, r)
		}
	}
	return held
}

// decideBy decides by the rights that were found to be held.
func (k *Kit) decideBy(ctx context.Context, d *ruling, held []*rights, resource Resource) error {
	for _, r := range held {
		if !r.Timeless() {
			d.at = k.config.Clock().Unix() // so that reasons are those of this moment
		}
	}
	profile, err := k.actAs(&d.who, d.snap, held)
	if err != nil || profile < 0 {
		return err
	}
	var facts Facts
	if resource != nil { // also where they make no difference: what cannot tell them is denied
		facts = resource.AccessFacts()
	}
	narrower := false
	for _, r := range held {
		p := r.Profile(profile)
		if p == nil {
			continue
		}
		if p.Any.Has(d.number) {
			d.allowed = true
			return nil
		}
		narrower = narrower || len(p.Limited()) > 0
	}
	if !narrower {
		return nil
	}
	var few [8]*limited
	switch found := waysTo(d.number, profile, held, few[:0]); {
	case len(found) == 0:
		return nil
	case resource == nil:
		d.allowed, d.accesses = true, accessesOf(found)
		return nil
	default:
		return k.decideByReach(ctx, d, found, resource, facts)
	}
}

// waysTo appends by which accesses the rights give a permission as a profile, each
// once and the widest first.
func waysTo(number, profile int, held []*rights, found []*limited) []*limited {
	for _, r := range held {
		p := r.Profile(profile)
		if p == nil {
			continue
		}
		all := p.Limited()
		for i := range all {
			if all[i].Bits.Has(number) {
				found = append(found, &all[i])
			}
		}
	}
	if len(found) > 1 {
		slices.SortFunc(found, func(a, b *limited) int { return compareAccess(a.Access, b.Access) })
		found = slices.CompactFunc(found, func(a, b *limited) bool { return a.Access == b.Access })
	}
	return found
}

// actAs finds the profile that someone acts as who holds the rights: the one they
// ask for, the one they acted as last, or their only one. It puts it into the
// identity, and returns its number; -1 when they have none.
func (k *Kit) actAs(who *Identity, snap *snapshot, held []*rights) (int, error) {
	if who.Profile != "" {
		number := k.catalog.profileNumber(who.Profile)
		if number < 0 {
			return number, k.catalog.CheckProfile(who.Profile)
		}
		return number, nil
	}
	only := -1
	for _, r := range held {
		if n, ok := r.Only(); ok && (only < 0 || only == n) {
			only = n
			continue
		}
		for n := range r.Profiles() {
			if only >= 0 && only != n { // they must choose
				var err error
				who.Profile, err = snap.policy.actAs(who.User, "", k.config.Clock())
				return k.catalog.profileNumber(who.Profile), err
			}
			only = n
		}
	}
	if only >= 0 {
		who.Profile = k.catalog.profiles[only].ID
	}
	return only, nil
}

func accessesOf(found []*limited) []Access {
	if len(found) == 1 {
		return found[0].Alone
	}
	all := make([]Access, len(found))
	for i, l := range found {
		all[i] = l.Access
	}
	return all
}

// decideByReach allows by the first access that reaches the resource. What cannot
// be known is no; why comes back, where nothing else allows.
func (k *Kit) decideByReach(ctx context.Context, d *ruling, found []*limited, resource Resource, facts Facts) (failed error) {
	for _, l := range found {
		set, isSet := l.Access.Set()
		var (
			yes bool
			err error
		)
		if isSet {
			yes = d.snap.policy.inSet(set, facts.ID)
		} else {
			yes, err = k.reaches(ctx, d.who, resource, facts, l.Access)
		}
		if yes {
			d.allowed, d.accesses = true, l.Alone
			return nil
		}
		if err != nil {
			failed = err
		}
	}
	return failed
}

// decideByCasbin decides by Casbin's word.
func (k *Kit) decideByCasbin(ctx context.Context, d *ruling, c *casbinPolicy, resource Resource) (err error) {
	now := k.config.Clock()
	d.at = now.Unix()
	if d.who.Profile, err = c.policy.actAs(d.who.User, d.who.Profile, now); err != nil || d.who.Profile == "" {
		return err
	}
	engine, err := c.at(now)
	if err != nil {
		return err
	}
	r := &reach{kit: k, who: d.who, resource: resource}
	q := r.question(ctx, d.want)
	var accesses []Access
	told := &aside{}
	for _, access := range c.accesses {
		r.only = access
		row, allowed, err := engine.Enforce(q)
		if err != nil {
			return err
		}
		if !allowed {
			continue
		}
		d.allowed = true
		accesses, told.reasons = append(accesses, access), append(told.reasons, c.policy.reason(row))
		if access == AccessAny || resource != nil {
			break
		}
	}
	if !d.allowed {
		return r.failed
	}
	d.accesses, d.aside = accesses, told
	return nil
}

// reach answers Casbin how far an access goes. Without a resource, every access
// does.
type reach struct {
	kit      *Kit
	who      Identity
	resource Resource
	facts    Facts
	only     Access // the one that is asked for now
	failed   error  // what kept an access from being decided
}

func (r *reach) question(ctx context.Context, want Permission) *casbinengine.Question {
	q := &casbinengine.Question{
		Subject: userSubject(r.who.User).String(), Domain: string(r.who.Org), Profile: string(r.who.Profile),
		Object: string(want.Object()), Action: string(want.Action()),
		Reaches: func(access string, inSet func(string) bool) bool {
			return Access(access) == r.only && (r.resource == nil || r.includes(ctx, r.only, inSet))
		},
	}
	if r.resource != nil {
		r.facts = r.resource.AccessFacts()
		if r.facts.ID != "" {
			q.Resource = kindResource.String() + string(r.facts.ID)
		}
	}
	return q
}

func (r *reach) includes(ctx context.Context, access Access, inSet func(string) bool) bool {
	if access == AccessAny {
		return true
	}
	if set, ok := access.Set(); ok {
		return inSet(kindSet.String() + string(set))
	}
	yes, err := r.kit.reaches(ctx, r.who, r.resource, r.facts, access)
	if err != nil {
		r.failed = err
	}
	return yes
}

// reaches reports whether access own, team or one of the application's reaches the
// resource.
func (k *Kit) reaches(ctx context.Context, who Identity, resource Resource, facts Facts, access Access) (bool, error) {
	switch access {
	case AccessOwn:
		return facts.Owner != "" && facts.Owner == who.User, nil
	case AccessTeam:
		if facts.Team == "" {
			return false, nil
		}
		teams, err := k.teams(ctx, who)
		return err == nil && slices.Contains(teams, facts.Team), err
	default:
		return k.reachesCustom(ctx, who, resource, access)
	}
}

// reachesCustom asks the application's own function.
func (k *Kit) reachesCustom(ctx context.Context, who Identity, resource Resource, access Access) (yes bool, err error) {
	rule, ok := k.config.Access[access]
	if !ok {
		return false, nil
	}
	err = guarded(func() (err error) { yes, err = rule.Reaches(ctx, who, resource); return err })
	if err != nil {
		return false, errorf(CodeUnavailable, "access %q could not be decided for %s", access, userSubject(who.User)).because(err)
	}
	return yes, nil
}

// inSet reports whether the organisation, or an ancestor, has the resource in the
// set.
func (p *policy) inSet(set SetID, id ResourceID) bool {
	if id == "" {
		return false
	}
	for _, l := range p.layers {
		if _, ok := l.inSet[set].Get(id); ok {
			return true
		}
	}
	return false
}
