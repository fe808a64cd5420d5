package rolekit

import (
	"context"
	"slices"
	"strings"
	"time"
)

// MemberQuery selects members. Its zero value is the first hundred by id.
type MemberQuery struct {
	Prefix string  // only users whose id begins so
	Role   RoleID  // only those who were given it directly, ended or not
	Group  GroupID // only those who are in it directly
	// Profile leaves those who can act as this one at the moment, whichever way a role
	// for it comes to them: also through groups, and from ancestors.
	Profile ProfileID
	Order   Order  // ByID, which empty means, or ByIDDown; byte for byte
	After   UserID // only users that come behind it
	Limit   int    // at most this many; 0 means 100, more than 1000 means 1000
}

// Members returns who belongs to the organisation itself: who was given a role
// or a group there, or was added without any. It needs iam.members:read.
func (m *Manager) Members(ctx context.Context, org OrgID, q MemberQuery) ([]Member, error) {
	if err := m.require(ctx, org, MembersRead); err != nil {
		return nil, err
	}
	if q.Order.Labels() {
		return nil, errorf(CodeInvalid, "members have no labels to sort by").hint("use one of: %s", listOf([]Order{ByID, ByIDDown}))
	}
	before, err := q.Order.compare()
	if err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	own, now := p.layers[0], m.kit.config.Clock()
	found := memberFilter{MemberQuery: q, policy: p, now: now}
	var users []UserID
	for user, i := range own.users.All() {
		if q.After != "" && before(Mark{ID: string(q.After)}, Mark{ID: string(user)}) >= 0 {
			continue
		}
		if strings.HasPrefix(string(user), q.Prefix) && found.has(own.bundles[i]) && found.actsAs(user) {
			users = append(users, user)
		}
	}
	slices.SortFunc(users, func(a, b UserID) int { return before(Mark{ID: string(a)}, Mark{ID: string(b)}) })
	members := []Member{}
	for _, user := range users[:min(len(users), pageSize(q.Limit))] {
		members = append(members, own.member(user, now))
	}
	return members, nil
}

// memberFilter tells which members a query selects. Very many have the same
// bundles, so that what follows from those is found out once.
type memberFilter struct {
	MemberQuery

	policy *policy
	now    time.Time
	linked map[*bundle]bool
	acting map[[MaxOrgDepth + 1]*bundle]bool
}

// has reports whether the bundle has the role and the group that are asked for.
func (f *memberFilter) has(b *bundle) bool {
	if f.Role == "" && f.Group == "" {
		return true
	}
	has, known := f.linked[b]
	if !known {
		leadsTo := func(to subject) bool { return slices.ContainsFunc(b.bonds, func(k bond) bool { return k.to == to }) }
		has = (f.Role == "" || leadsTo(roleSubject(f.Role))) && (f.Group == "" || leadsTo(groupSubject(f.Group)))
		if f.linked == nil {
			f.linked = map[*bundle]bool{}
		}
		f.linked[b] = has
	}
	return has
}

// actsAs reports whether the user can act as the profile that is asked for. What
// leads a user to it begins with what the layers say of them, and with nothing else.
func (f *memberFilter) actsAs(user UserID) bool {
	if f.Profile == "" {
		return true
	}
	var all [MaxOrgDepth + 1]*bundle
	for i, l := range f.policy.layers {
		if at, ok := l.users.Get(user); ok {
			all[i] = l.bundles[at]
		}
	}
	acts, known := f.acting[all]
	if !known {
		acts = slices.Contains(f.policy.profiles(user, f.now), f.Profile)
		if f.acting == nil {
			f.acting = map[[MaxOrgDepth + 1]*bundle]bool{}
		}
		f.acting[all] = acts
	}
	return acts
}
