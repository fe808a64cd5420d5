package rolekit

import (
	"context"
	"slices"
	"time"

	"github.com/rolekit/rolekit/internal/casbinengine"
)

// decide answers the question of d, and completes it; where that cannot be done,
// it denies. A panic, which the application's functions may cause, must deny, not
// take the process along.
func (k *Kit) decide(ctx context.Context, d *Decision, resource Resource) error {
	d.kit = k
	err := guarded(func() error {
		number, err := k.askable(d)
		if err != nil {
			return err
		}
		snap, err := k.snapshot(ctx, d.Identity.Org)
		if err != nil {
			return err
		}
		return k.decideIn(ctx, snap, number, d, resource)
	})
	if err != nil {
		return undecided(d, err)
	}
	return nil
}

// askable returns the number of the permission that d is about, where anything
// can be decided at all.
func (k *Kit) askable(d *Decision) (number int, err error) {
	if d.Identity.User == "" {
		return 0, errorf(CodeUnauthenticated, "nobody asks for %q", d.Permission).hint("identify the caller first")
	}
	if number = k.catalog.number(d.Permission); number < 0 {
		return 0, k.catalog.CheckPermission(d.Permission)
	}
	return number, k.trust.check(k.config.Clock)
}

// decideIn answers by a state of the organisation's policy. A panic is the
// caller's to catch.
func (k *Kit) decideIn(ctx context.Context, snap *snapshot, number int, d *Decision, resource Resource) error {
	d.kit, d.policy, d.Revision = k, snap.policy, snap.revision
	if snap.casbin != nil {
		return k.decideByCasbin(ctx, d, snap.casbin, resource)
	}
	var room [MaxOrgDepth]*rights
	return k.decideBy(ctx, d, snap, snap.rightsOf(d.Identity.User, k.config.Clock, room[:0]), number, resource)
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
func (k *Kit) decideBy(ctx context.Context, d *Decision, snap *snapshot, held []*rights, number int, resource Resource) error {
	for _, r := range held {
		if !r.Timeless() {
			d.timed, d.at = true, k.config.Clock().Unix() // so that reasons are those of this moment
		}
	}
	profile, err := k.actAs(&d.Identity, snap, held)
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
		if p.Any.Has(number) {
			d.Allowed, d.Access = true, anyAccess
			return nil
		}
		narrower = narrower || len(p.Limited()) > 0
	}
	if !narrower {
		return nil
	}
	var few [8]*limited
	switch found := waysTo(number, profile, held, few[:0]); {
	case len(found) == 0:
		return nil
	case resource == nil:
		d.Allowed, d.Access = true, accessesOf(found)
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

// anyAccess is the access of most decisions, for all of them.
var anyAccess = []Access{AccessAny} //nolint:gochecknoglobals // a constant, which Go cannot write as one

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
func (k *Kit) decideByReach(ctx context.Context, d *Decision, found []*limited, resource Resource, facts Facts) (failed error) {
	for _, l := range found {
		set, isSet := l.Access.Set()
		var (
			yes bool
			err error
		)
		if isSet {
			yes = d.policy.inSet(set, facts.ID)
		} else {
			yes, err = k.reaches(ctx, d.Identity, resource, facts, l.Access)
		}
		if yes {
			d.Allowed, d.Access = true, l.Alone
			return nil
		}
		if err != nil {
			failed = err
		}
	}
	return failed
}

// decideByCasbin decides by Casbin's word.
func (k *Kit) decideByCasbin(ctx context.Context, d *Decision, c *casbinPolicy, resource Resource) (err error) {
	now := k.config.Clock()
	d.timed, d.at = true, now.Unix()
	if d.Identity.Profile, err = c.policy.actAs(d.Identity.User, d.Identity.Profile, now); err != nil || d.Identity.Profile == "" {
		return err
	}
	engine, err := c.at(now)
	if err != nil {
		return err
	}
	r := &reach{kit: k, who: d.Identity, resource: resource}
	q := r.question(ctx, d.Permission)
	for _, access := range c.accesses {
		r.only = access
		row, allowed, err := engine.Enforce(q)
		if err != nil {
			return err
		}
		if !allowed {
			continue
		}
		d.Allowed = true
		d.Access = append(d.Access, access)
		if d.reasons == nil {
			d.reasons = new([]Reason)
		}
		*d.reasons = append(*d.reasons, c.policy.reason(row))
		if access == AccessAny || resource != nil {
			break
		}
	}
	if !d.Allowed {
		return r.failed
	}
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
