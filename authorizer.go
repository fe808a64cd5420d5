package rolekit

import (
	"context"
	"fmt"
	"slices"
)

// Authorizer decides. [*Kit] implements it; handlers should ask for the
// interface, so that their tests can bring their own.
type Authorizer interface {
	// Can answers whether who may do what want says to the resource. Without a
	// resource (nil) it answers whether they may do it at all, and
	// Decision.Access says how far that reaches.
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
// the database.
func (k *Kit) Can(ctx context.Context, who Identity, want Permission, resource Resource) (d Decision, err error) {
	defer func() {
		if r := recover(); r != nil {
			d = Decision{Identity: who, Permission: want}
			err = errorf(CodeUnavailable, "%q could not be decided in %q", want, who.Org).because(fmt.Errorf("panic: %v", r))
		}
	}()
	d = Decision{Identity: who, Permission: want}
	if who.User == "" {
		return d, errorf(CodeUnauthenticated, "nobody asks for %q", want).hint("identify the caller first")
	}
	if err := k.catalog.CheckPermission(want); err != nil {
		return d, err
	}
	snap, err := k.memory.snapshot(who.Org)
	if err != nil {
		return d, err
	}
	d.policy, d.Revision = snap.policy, snap.policy.revision
	if d.Identity.Profile, err = snap.policy.actAs(who.User, who.Profile); err != nil {
		return d, err
	}
	if d.Identity.Profile == "" {
		return d, nil
	}
	reaches, err := k.reaches(ctx, d.Identity, resource)
	if err != nil {
		return d, err
	}
	reasons, err := snap.decide(d.Identity, want, reaches, resource == nil)
	if err != nil {
		return d, err
	}
	d.Allowed, d.reasons = len(reasons) > 0, reasons
	for _, r := range reasons {
		d.Access = append(d.Access, r.Grant.Access)
	}
	return d, nil
}

// Ensure implements [Authorizer].
func (k *Kit) Ensure(ctx context.Context, who Identity, want Permission, resource Resource) (Decision, error) {
	d, err := k.Can(ctx, who, want, resource)
	if err == nil && !d.Allowed {
		err = errorf(CodePermissionDenied, "%s may not %s in %q", userSubject(who.User), want, who.Org)
	}
	return d, err
}

// reaches says which accesses reach the resource; every one, where there is
// none.
func (k *Kit) reaches(ctx context.Context, who Identity, resource Resource) (func(Access) bool, error) {
	if resource == nil {
		return func(Access) bool { return true }, nil
	}
	facts := resource.AccessFacts()
	var teams []TeamID
	if facts.Team != "" && k.config.Teams != nil {
		var err error
		if teams, err = k.config.Teams(ctx, who); err != nil {
			return nil, errorf(CodeUnavailable, "the teams of %s are not known", userSubject(who.User)).because(err)
		}
	}
	return func(a Access) bool {
		switch a {
		case AccessAny:
			return true
		case AccessOwn:
			return facts.Owner != "" && facts.Owner == who.User
		case AccessTeam:
			return facts.Team != "" && slices.Contains(teams, facts.Team)
		}
		return false
	}, nil
}

// Permissions returns what who may do in their organisation, sorted, with
// implied actions spelled out: what a front end needs to show or hide things.
func (k *Kit) Permissions(_ context.Context, who Identity) ([]Grant, error) {
	snap, err := k.memory.snapshot(who.Org)
	if err != nil {
		return nil, err
	}
	profile, err := snap.policy.actAs(who.User, who.Profile)
	if err != nil || profile == "" {
		return nil, err
	}
	held := snap.policy.held(who.User, profile)
	var all []Grant
	for _, info := range k.catalog.permissions {
		for _, access := range accessOrder() {
			if snap.policy.covered(held, Grant{info.ID, access}) {
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

// Membership is an organisation that a user belongs to, and as what.
type Membership struct {
	Org      Org
	Profiles []ProfileID
	Roles    []RoleID // given there or in an ancestor, without what they include
}

// Memberships returns the organisations in which the user has any role, sorted
// by id. Organisations whose policy cannot be read are left out.
func (k *Kit) Memberships(_ context.Context, user UserID) []Membership {
	var all []Membership
	for _, id := range k.memory.orgs() {
		p, err := k.memory.policy(id)
		if err != nil || !p.isMember(user) {
			continue
		}
		m := Membership{Org: p.layers[0].org, Profiles: p.profiles(user)}
		for _, r := range p.assigned(user) {
			m.Roles = append(m.Roles, r.ID)
		}
		slices.Sort(m.Roles)
		all = append(all, m)
	}
	return all
}
