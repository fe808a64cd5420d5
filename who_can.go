package rolekit

import (
	"context"
	"slices"
	"strings"
)

// WhoQuery asks who may do something.
type WhoQuery struct {
	Permission Permission
	Profile    ProfileID // only what they may as this one; empty for any
	Resource   Resource  // to this; nil asks who may at all
	After      UserID    // only users that sort behind it
	Limit      int       // at most this many; 0 means 100, more than 1000 means 1000
}

// Holder is a user who may do what was asked, as one or several of their profiles.
type Holder struct {
	User UserID
	As   []Capacity // sorted by profile
}

// Capacity is how far someone may do something as one profile.
type Capacity struct {
	Profile ProfileID
	Reaches []Reach // the widest first
}

// Reach is an access by which someone may do something.
type Reach struct {
	Access Access
	// Conditional says that the application's own functions decide whether it
	// reaches a resource, [Config.Teams] or an [AccessRule]: they were not asked.
	Conditional bool
}

// WhoCan returns who may do something in the organisation, given there or in an
// ancestor, sorted by user, byte for byte, and the revision of the policy that
// says so. It needs iam.members:read.
//
// For a resource, own and sets are looked at, and users whom nothing reaches it
// for are left out. Of those who have no more than conditional reaches, the
// application's functions may say no.
func (m *Manager) WhoCan(ctx context.Context, org OrgID, q WhoQuery) ([]Holder, Revision, error) {
	if err := m.require(ctx, org, MembersRead); err != nil {
		return nil, 0, err
	}
	if err := m.kit.catalog.CheckPermission(q.Permission); err != nil {
		return nil, 0, err
	}
	s, err := m.kit.survey(ctx, org, q.Profile, q.Resource)
	if err != nil {
		return nil, 0, err
	}
	holders := []Holder{}
	for _, user := range s.users(q.After) {
		if err := ctx.Err(); err != nil {
			return nil, 0, unavailable("nobody waits for the answer", err)
		}
		as, err := s.capacities(ctx, user, q.Permission)
		if err != nil {
			return nil, 0, err
		}
		if len(as) == 0 {
			continue
		}
		if holders = append(holders, Holder{user, as}); len(holders) == pageSize(q.Limit) {
			break
		}
	}
	return holders, s.snap.policy.revision, nil
}

// survey asks one state of an organisation's policy about many users or
// permissions.
type survey struct {
	kit      *Kit
	org      OrgID
	snap     *snapshot
	profiles []ProfileID // sorted
	resource bool
	facts    Facts
}

func (k *Kit) survey(ctx context.Context, org OrgID, profile ProfileID, resource Resource) (*survey, error) {
	s := &survey{kit: k, org: org, profiles: []ProfileID{profile}, resource: resource != nil}
	if profile == "" {
		s.profiles = s.profiles[:0]
		for _, p := range k.catalog.profiles {
			s.profiles = append(s.profiles, p.ID)
		}
		slices.Sort(s.profiles)
	} else if err := k.catalog.CheckProfile(profile); err != nil {
		return nil, err
	}
	if s.resource {
		if err := guarded(func() error { s.facts = resource.AccessFacts(); return nil }); err != nil {
			return nil, unavailable("the resource does not tell its facts", err)
		}
	}
	var err error
	s.snap, err = k.snapshot(ctx, org)
	return s, err
}

// users returns everyone behind a user whom the policy speaks of, sorted.
func (s *survey) users(after UserID) []UserID {
	var users []UserID
	for _, of := range s.snap.policy.users() {
		if user, ok := of.user(); ok && user > after {
			users = append(users, user)
		}
	}
	slices.SortFunc(users, func(a, b UserID) int { return strings.Compare(string(a), string(b)) })
	return users
}

// capacities returns as what a user may do something, and how far.
func (s *survey) capacities(ctx context.Context, user UserID, want Permission) ([]Capacity, error) {
	var as []Capacity
	for _, profile := range s.profiles {
		d := ruling{who: Identity{User: user, Org: s.org, Profile: profile}, want: want}
		err := s.kit.askable(&d)
		if err == nil {
			err = guarded(func() error { return s.kit.decideIn(ctx, s.snap, &d, nil) })
		}
		if err != nil {
			return nil, unavailable("it could not be decided who may do this", err)
		}
		if !d.allowed {
			continue
		}
		if reaches := s.reaches(user, d.decision(s.kit.catalog).Access()); len(reaches) > 0 {
			as = append(as, Capacity{profile, reaches})
		}
	}
	return as, nil
}

// reaches returns those of the accesses that reach the resource, or might.
func (s *survey) reaches(user UserID, accesses []Access) []Reach {
	var all []Reach
	for _, access := range accesses {
		set, isSet := access.Set()
		r, never := Reach{Access: access}, false
		switch {
		case access == AccessAny:
		case access == AccessOwn:
			never = s.facts.Owner == "" || s.facts.Owner != user
		case isSet:
			never = !s.snap.policy.inSet(set, s.facts.ID)
		case access == AccessTeam:
			r.Conditional, never = true, s.facts.Team == "" || s.kit.config.Teams == nil
		default:
			r.Conditional = true
		}
		if !s.resource || !never {
			all = append(all, r)
		}
	}
	return all
}
