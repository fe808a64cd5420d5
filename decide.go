package rolekit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rolekit/rolekit/internal/casbinengine"
)

// decide answers the question of d, and completes it. A panic, which the
// application's functions may cause, must deny, not take the process along.
func (k *Kit) decide(ctx context.Context, d *Decision, resource Resource) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	who := d.Identity
	if who.User == "" {
		return errorf(CodeUnauthenticated, "nobody asks for %q", d.Permission).hint("identify the caller first")
	}
	number, ok := k.catalog.numbers[d.Permission]
	if !ok {
		return k.catalog.CheckPermission(d.Permission)
	}
	if err := k.trust.check(k.config.Clock); err != nil {
		return err
	}
	snap, err := k.snapshot(ctx, who.Org)
	if err != nil {
		return err
	}
	d.policy, d.Revision = snap.policy, snap.policy.revision
	if snap.index == nil {
		return k.decideByCasbin(ctx, d, snap.casbin, resource)
	}
	return k.decideByIndex(ctx, d, snap.index, number, resource)
}

// decideByIndex decides by the compiled policy.
func (k *Kit) decideByIndex(ctx context.Context, d *Decision, x *index, number int, resource Resource) error {
	var room [MaxOrgDepth]*rights
	held := x.rightsOf(d.Identity.User, k.config.Clock, room[:0])
	if slices.ContainsFunc(held, func(r *rights) bool { return !r.Timeless() }) {
		d.at = k.config.Clock() // so that reasons are those of this moment
	}
	profile, err := x.actAs(&d.Identity, held, k.config.Clock)
	if err != nil || profile == "" {
		return err
	}
	d.Identity.Profile = profile
	var facts Facts
	if resource != nil { // also where they make no difference: what cannot tell them is denied
		facts = resource.AccessFacts()
	}
	var few [8]*limited
	everything, found, ok := waysTo(number, profile, held, few[:0])
	switch {
	case !ok:
		return k.catalog.CheckProfile(profile)
	case everything:
		d.Allowed, d.Access = true, anyAccess
		return nil
	case len(found) == 0:
		return nil
	case resource == nil:
		d.Allowed, d.Access = true, accessesOf(found)
		return nil
	default:
		return k.decideByReach(ctx, d, found, resource, facts)
	}
}

// rightsOf appends what each layer gives the user now, where it gives anything.
func (x *index) rightsOf(user UserID, now func() time.Time, held []*rights) []*rights {
	for layer := range x.slots {
		if r := x.of(layer, user, now); r != nil && r.Member {
			held = append(held, r)
		}
	}
	return held
}

// waysTo reports whether the rights give a permission to everything, or appends by
// which accesses they do, each once and the widest first. It is not ok when they
// give nothing as the profile at all.
func waysTo(number int, profile ProfileID, held []*rights, found []*limited) (everything bool, by []*limited, ok bool) {
	for _, h := range held {
		p := h.Profile(profile)
		if p == nil {
			continue
		}
		if ok = true; p.Any.Has(number) {
			return true, nil, true
		}
		for i := range p.Limited {
			if p.Limited[i].Bits.Has(number) {
				found = append(found, &p.Limited[i])
			}
		}
	}
	if len(found) > 1 {
		slices.SortFunc(found, func(a, b *limited) int { return compareAccess(a.Access, b.Access) })
		found = slices.CompactFunc(found, func(a, b *limited) bool { return a.Access == b.Access })
	}
	return false, found, ok
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

// actAs returns the profile that someone acts as who holds the rights: the one
// they ask for, the one they acted as last, or their only one; none, when they have
// none.
func (x *index) actAs(who *Identity, held []*rights, now func() time.Time) (ProfileID, error) {
	if who.Profile != "" {
		return who.Profile, nil
	}
	var only ProfileID
	for _, h := range held {
		for i := range h.Profiles {
			id := h.Profiles[i].ID
			if only != "" && only != id {
				return x.policy.actAs(who.User, "", now()) // it must choose
			}
			only = id
		}
	}
	return only, nil
}

// decideByCasbin decides by Casbin's word.
func (k *Kit) decideByCasbin(ctx context.Context, d *Decision, c *casbinPolicy, resource Resource) (err error) {
	d.at = k.config.Clock()
	if d.Identity.Profile, err = c.policy.actAs(d.Identity.User, d.Identity.Profile, d.at); err != nil || d.Identity.Profile == "" {
		return err
	}
	engine, err := c.at(d.at)
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
		d.reasons = append(d.reasons, c.policy.reason(row))
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
