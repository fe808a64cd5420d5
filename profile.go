package rolekit

import (
	"context"
	"errors"
	"slices"
)

// Profiles returns the profiles that the user has in the organisation, sorted,
// and the one they act as while they ask for none: the last one they switched
// to, or their only one; empty where they must choose.
func (k *Kit) Profiles(ctx context.Context, org OrgID, user UserID) (mine []ProfileID, active ProfileID, err error) {
	p, err := k.policy(ctx, org)
	if err != nil {
		return nil, "", err
	}
	now := k.config.Clock()
	mine = p.profiles(user, now)
	if active, err = p.actAs(user, "", now); err != nil {
		active = "" // several, and none chosen
	}
	return mine, active, nil
}

// Is reports whether who acts as the profile, and has it.
func (k *Kit) Is(ctx context.Context, who Identity, profile ProfileID) (bool, error) {
	p, err := k.policy(ctx, who.Org)
	if err != nil {
		return false, err
	}
	now := k.config.Clock()
	active, err := p.actAs(who.User, who.Profile, now)
	if err != nil {
		return false, err
	}
	return active == profile && slices.Contains(p.profiles(who.User, now), profile), nil
}

// SwitchProfile makes who.User act as the profile in who.Org from now on, where
// a request asks for none. It is remembered. To switch to a profile one does
// not have is refused.
func (k *Kit) SwitchProfile(ctx context.Context, who Identity, profile ProfileID) error {
	return k.Manager().As(who.As()).SwitchProfile(ctx, who.Org, profile)
}

// SwitchProfile is [Kit.SwitchProfile] for the actor, who is a user.
func (m *Manager) SwitchProfile(ctx context.Context, org OrgID, profile ProfileID) error {
	user := m.actor.User
	if err := user.Validate(); err != nil {
		return err
	}
	if err := m.kit.catalog.CheckProfile(profile); err != nil {
		return err
	}
	allowed := func(p *policy) error {
		if mine := p.profiles(user, m.kit.config.Clock()); !slices.Contains(mine, profile) {
			e := errorf(CodePermissionDenied, "%s does not have the profile %q in %q", userSubject(user), profile, org)
			if len(mine) > 0 {
				e = e.hint("switch to one of: %s", listOf(mine))
			}
			return e
		}
		return nil
	}
	if !m.inside() {
		p, err := m.kit.policy(ctx, org)
		if err != nil { // a stranger must not learn whether the organisation exists
			return errorf(CodePermissionDenied, "%s does not have the profile %q in %q", userSubject(user), profile, org)
		}
		if err := allowed(p); err != nil {
			return err
		}
	}
	_, err := m.transact(ctx, org, allowed, func(c *change) error {
		before, _ := c.before.layers[0].chosen.Get(user)
		if before == profile {
			return nil
		}
		if err := c.tx.PutChosen(ctx, ChosenProfile{Org: org, User: user, Profile: profile}); err != nil {
			return err
		}
		return c.audit("profile.switch", userSubject(user).String(), before, profile)
	})
	if m.inside() && errors.Is(err, ErrOrgNotFound) {
		return errorf(CodePermissionDenied, "%s does not have the profile %q in %q", userSubject(user), profile, org)
	}
	return err
}
