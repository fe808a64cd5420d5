package rolekit

import (
	"context"
	"maps"
	"slices"
)

// Member is a user and the roles they were given in an organisation itself.
type Member struct {
	User  UserID
	Roles []RoleID // sorted
}

// MemberQuery selects members, sorted by user, byte for byte.
type MemberQuery struct {
	After UserID // only users that sort behind it
	Limit int    // at most this many; 0 means 100, more than 1000 means 1000
}

// Members returns who was given a role in the organisation itself. It needs
// iam.members:read.
func (m *Manager) Members(_ context.Context, org OrgID, q MemberQuery) ([]Member, error) {
	if err := m.require(org, MembersRead); err != nil {
		return nil, err
	}
	p, err := m.kit.memory.policy(org)
	if err != nil {
		return nil, err
	}
	own := p.layers[0]
	users := slices.Sorted(maps.Keys(own.holders))
	from, found := slices.BinarySearch(users, q.After)
	if found {
		from++
	}
	members := []Member{}
	for _, user := range users[from:min(len(users), from+pageSize(q.Limit))] {
		members = append(members, Member{user, slices.Clone(own.holders[user])})
	}
	return members, nil
}

// pageSize is how many a list returns: 100 unless asked, 1000 at most.
func pageSize(limit int) int {
	if limit <= 0 {
		return 100
	}
	return min(limit, 1000)
}

// Assign gives a user a role of the organisation. It needs iam.members:write,
// and every grant of the role. Giving what is there already changes nothing.
func (m *Manager) Assign(ctx context.Context, org OrgID, user UserID, role RoleID) error {
	return m.setAssignment(ctx, org, user, role, true)
}

// Unassign takes a role from a user. It needs iam.members:write. Taking what is
// not there changes nothing.
func (m *Manager) Unassign(ctx context.Context, org OrgID, user UserID, role RoleID) error {
	return m.setAssignment(ctx, org, user, role, false)
}

func (m *Manager) setAssignment(ctx context.Context, org OrgID, user UserID, role RoleID, want bool) error {
	if err := user.Validate(); err != nil {
		return err
	}
	_, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		r := c.before.role(role)
		if r == nil {
			return roleNotFound(c.before, role)
		}
		if slices.Contains(c.before.layers[0].holders[user], role) == want {
			return nil
		}
		if want {
			return c.assign(user, r)
		}
		return c.unassign(user, r)
	})
	return err
}

func (c *change) assign(user UserID, r *Role) error {
	if err := c.mayGive(c.before.grants(r)); err != nil {
		return err
	}
	if err := c.tx.AddRules(c.ctx, assignmentRule(c.org, user, r.ID)); err != nil {
		return err
	}
	return c.audit("member.assign", userSubject(user), nil, map[string]RoleID{"role": r.ID})
}

func (c *change) unassign(user UserID, r *Role) error {
	if err := c.tx.RemoveRules(c.ctx, assignmentRule(c.org, user, r.ID)); err != nil {
		return err
	}
	return c.audit("member.unassign", userSubject(user), map[string]RoleID{"role": r.ID}, nil)
}
