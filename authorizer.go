package rolekit

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Authorizer decides. [*Kit] implements it; handlers should ask for the
// interface, so that their tests can bring their own.
type Authorizer interface {
	// Can answers whether who may do what want says to the resource. Without a
	// resource (nil) it answers whether they may do it at all, and
	// [Decision.Access] says how far that reaches.
	//
	// A denial is a decision, not an error. An error tells that no decision
	// could be made (an unknown organisation, permission or profile, a broken
	// policy row, a resource that panicked), and the decision beside it denies.
	Can(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error)
	// Ensure is Can for callers that only go on when it is allowed: a denial
	// comes back as an error of CodePermissionDenied.
	Ensure(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error)
}

var _ Authorizer = (*Kit)(nil)

// Can implements [Authorizer]. It is safe for concurrent use and never touches
// the database; with Config.MaxLoaded, but for loading the organisation. Who asks
// several times about one identity should take a [Kit.Caller].
func (k *Kit) Can(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error) {
	if resource == nil && k.fresh() {
		if snap, numbers, has, known := k.quick(who.Org, who.User, who.Profile, want); known {
			return Decision{Allowed: has, numbers: numbers, user: who.User, by: &snap.basis}, nil
		}
		if d, ok := k.direct(who, want); ok {
			return d, nil
		}
	}
	return k.decide(ctx, who, want, resource)
}

// direct answers by the standing of an identity, where that is the common case.
func (k *Kit) direct(who Identity, want Permission) (Decision, bool) {
	var s standing
	number := k.catalog.number(want)
	if number < 0 || k.stand(&who, &s) == nil {
		return Decision{}, false
	}
	return s.answer(who.User, number)
}

// Ensure implements [Authorizer].
func (k *Kit) Ensure(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error) {
	return ensured(k.Can(ctx, who, want, resource))
}

func ensured(d Decision, err error) (Decision, error) {
	if err == nil && !d.Allowed {
		who := d.Identity()
		err = errorf(CodePermissionDenied, "%s may not %s in %q", userSubject(who.User), d.Permission(), who.Org)
	}
	return d, err
}

// undecided returns a decision that denies, as none could be made, and why not.
func undecided(who Identity, want Permission, err error) (Decision, error) {
	return DecisionOf(who, want), unavailable(fmt.Sprintf("%q could not be decided in %s", want, quoteShort(string(who.Org))), err)
}

// guarded turns a panic, which an application's function may cause, into an
// error: it must deny, not take the process along.
func guarded(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return fn()
}

// Permissions returns what who may do in their organisation, sorted, with
// implied actions spelled out: what a front end needs to show or hide things.
func (k *Kit) Permissions(ctx context.Context, who Identity) ([]Grant, error) {
	p, err := k.policy(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	now := k.config.Clock()
	profile, err := p.actAs(who.User, who.Profile, now)
	if err != nil || profile == "" {
		return nil, err
	}
	held := p.held(who.User, profile, now)
	accesses := p.accesses()
	var all []Grant
	for _, info := range k.catalog.permissions {
		for _, access := range accesses {
			if p.coveredExactly(held, Grant{info.ID, access}) {
				all = append(all, Grant{info.ID, access})
				if access == AccessAny {
					break
				}
			}
		}
	}
	slices.SortFunc(all, compareGrants)
	return all, nil
}

// coveredExactly is covered by a grant of just that access.
func (p *policy) coveredExactly(held []Grant, want Grant) bool {
	return slices.ContainsFunc(held, func(g Grant) bool { return g.Access == want.Access && p.catalog.covers(g, want) })
}

// Membership is an organisation that a user belongs to, and as what.
type Membership struct {
	Org      Org
	Profiles []ProfileID
	Roles    []RoleID // held there at the moment, by whatever way, without what they include
}

// Memberships returns the organisations in which the user has any standing,
// given there or in an ancestor, sorted by id. Organisations whose policy cannot
// be read are left out. With Config.MaxLoaded it asks the store where the user is
// known, and loads what is not; it returns ErrUnavailable when it cannot.
func (k *Kit) Memberships(ctx context.Context, user UserID) ([]Membership, error) {
	ids, err := k.standingIn(ctx, user)
	if err != nil {
		return nil, err
	}
	now := k.config.Clock()
	var all []Membership
	for _, id := range ids {
		p, err := k.policy(ctx, id)
		if err != nil && k.lazy() && !unreadable(err) {
			return nil, err
		}
		if err != nil || !p.isMember(user, now) {
			continue
		}
		all = append(all, Membership{
			Org: p.layers[0].org, Profiles: p.profiles(user, now), Roles: p.assigned(user, now),
		})
	}
	return all, nil
}

// standingIn returns the organisations in which the user may have a standing,
// sorted: those that say something of them, and all below; every one, where all
// are in memory.
func (k *Kit) standingIn(ctx context.Context, user UserID) (ids []OrgID, err error) {
	if !k.lazy() {
		return k.memory.orgs(), nil
	}
	err = k.store.View(ctx, func(r Reader) error {
		ids, err = r.OrgsOf(ctx, user)
		for _, top := range slices.Clone(ids) {
			below, err := r.Below(ctx, top)
			if err != nil {
				return err
			}
			for _, o := range below {
				ids = append(ids, o.ID)
			}
		}
		return err
	})
	if err != nil {
		return nil, unavailable("the user's organisations cannot be read", err)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// assigned returns the roles that a user holds directly or through groups,
// without what those include, sorted.
func (p *policy) assigned(user UserID, at time.Time) []RoleID {
	var ids []RoleID
	add := func(s subject) {
		for _, k := range p.links(s) {
			if k.to.kind == kindRole && k.during.Includes(at) {
				ids = append(ids, RoleID(k.to.id))
			}
		}
	}
	add(userSubject(user))
	p.reach(userSubject(user), at, func(s subject) {
		if s.kind == kindGroup {
			add(s)
		}
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Orgs returns the organisations in which the user may do this as the profile,
// however far it reaches, sorted: for one list over several organisations.
// Where profile is empty, each organisation counts as the user acts there.
func (k *Kit) Orgs(ctx context.Context, user UserID, profile ProfileID, want Permission) ([]OrgID, error) {
	if err := k.catalog.CheckPermission(want); err != nil {
		return nil, err
	}
	if profile != "" {
		if err := k.catalog.CheckProfile(profile); err != nil {
			return nil, err
		}
	}
	var ids []OrgID
	memberships, err := k.Memberships(ctx, user)
	if err != nil {
		return nil, err
	}
	for _, m := range memberships {
		d, err := k.Can(ctx, Identity{User: user, Org: m.Org.ID, Profile: profile}, want, nil)
		if err == nil && d.Allowed {
			ids = append(ids, m.Org.ID)
		}
	}
	return ids, nil
}
