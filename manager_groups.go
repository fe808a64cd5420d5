package rolekit

import (
	"context"
	"slices"
	"strings"
)

// GroupSpec is what an author says of a group.
type GroupSpec struct {
	ID          GroupID
	Label       string // for people; the id where empty
	Description string
}

// Groups returns groups of the organisation and of its ancestors. It needs
// iam.members:read.
func (m *Manager) Groups(ctx context.Context, org OrgID, l Listing) ([]Group, error) {
	if err := m.require(ctx, org, MembersRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	groups := []Group{}
	for i, l := range p.layers {
		for id, g := range l.groups {
			if _, at := p.groupAt(id); at == i {
				groups = append(groups, *g)
			}
		}
	}
	return page(groups, l, func(g Group) Mark { return Mark{string(g.ID), g.Label} })
}

// GroupMembers is who is in a group directly, and the roles it holds in an
// organisation.
type GroupMembers struct {
	Users  []UserID
	Groups []GroupID
	Roles  []AssignedRole
}

// Group returns a group, who is in it, and which roles it was given in the
// organisation itself. It needs iam.members:read.
func (m *Manager) Group(ctx context.Context, org OrgID, id GroupID) (Group, GroupMembers, error) {
	if err := m.require(ctx, org, MembersRead); err != nil {
		return Group{}, GroupMembers{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return Group{}, GroupMembers{}, err
	}
	g, at := p.groupAt(id)
	if g == nil {
		return Group{}, GroupMembers{}, groupNotFound(p, id)
	}
	now := m.kit.config.Clock()
	members := GroupMembers{Users: []UserID{}, Groups: []GroupID{}, Roles: []AssignedRole{}}
	for s, links := range p.layers[at].linked() {
		if !slices.ContainsFunc(links, func(k bond) bool { return k.to == groupSubject(id) }) {
			continue
		}
		if user, ok := s.user(); ok {
			members.Users = append(members.Users, user)
		} else {
			members.Groups = append(members.Groups, GroupID(s.id))
		}
	}
	for _, k := range p.layers[0].nested[id] {
		if k.to.kind == kindRole {
			members.Roles = append(members.Roles, k.assigned(now))
		}
	}
	slices.Sort(members.Users)
	slices.Sort(members.Groups)
	return *g, members, nil
}

// GroupUserQuery selects users of a group, sorted byte for byte.
type GroupUserQuery struct {
	Prefix string // only ids that begin so
	After  UserID // only ids that sort behind it
	Limit  int    // at most this many; 0 means 100, more than 1000 means 1000
}

// GroupUsers returns a group, and users who are in it directly. It needs
// iam.members:read.
func (m *Manager) GroupUsers(ctx context.Context, org OrgID, id GroupID, q GroupUserQuery) (Group, []UserID, error) {
	if err := m.require(ctx, org, MembersRead); err != nil {
		return Group{}, nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return Group{}, nil, err
	}
	g, at := p.groupAt(id)
	if g == nil {
		return Group{}, nil, groupNotFound(p, id)
	}
	users := []UserID{}
	for s, links := range p.layers[at].linked() {
		user, ok := s.user()
		if ok && user > q.After && strings.HasPrefix(string(user), q.Prefix) &&
			slices.ContainsFunc(links, func(k bond) bool { return k.to == groupSubject(id) }) {
			users = append(users, user)
		}
	}
	slices.Sort(users)
	return *g, users[:min(len(users), pageSize(q.Limit))], nil
}

// PutGroup creates a group or changes its label and description. It needs
// iam.members:write. ifRevision is the revision the caller has seen, or Whatever,
// Absent or Present; ErrConflict comes back where the group is not so.
func (m *Manager) PutGroup(ctx context.Context, org OrgID, spec GroupSpec, ifRevision Revision) (Group, error) {
	if spec.Label == "" {
		spec.Label = string(spec.ID)
	}
	if err := spec.validate(); err != nil {
		return Group{}, err
	}
	after, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		old, err := c.ownGroup(spec.ID, ifRevision)
		if err != nil {
			return err
		}
		if old == nil && !ifRevision.holds(0) {
			return deletedSince("group", string(spec.ID))
		}
		if old == nil {
			if err := c.free("group", string(spec.ID), func(l *layer) bool { return l.groups[spec.ID] != nil }); err != nil {
				return err
			}
		} else if old.Label == spec.Label && old.Description == spec.Description {
			return nil
		}
		fresh := Group{Org: org, ID: spec.ID, Label: spec.Label, Description: spec.Description}
		if err := c.audit("group.put", groupSubject(spec.ID).String(), auditGroup(old), auditGroup(&fresh)); err != nil {
			return err
		}
		fresh.Revision = Revision(c.event)
		return c.tx.PutGroup(ctx, fresh)
	})
	if err != nil {
		return Group{}, err
	}
	g, _ := after.groupAt(spec.ID)
	return *g, nil
}

// DeleteGroup removes a group with its memberships and roles. It needs
// iam.members:write. ifRevision is as for PutGroup.
func (m *Manager) DeleteGroup(ctx context.Context, org OrgID, id GroupID, ifRevision Revision) error {
	_, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		old, err := c.ownGroup(id, ifRevision)
		if err != nil {
			return err
		}
		if old == nil {
			return groupNotFound(c.before, id)
		}
		if err := c.unusedBelow(groupSubject(id)); err != nil {
			return err
		}
		outer := c.own.bonds(groupSubject(id))
		if err := c.tx.RemoveRules(ctx, append(c.own.rules(groupSubject(id)), c.own.rulesTo(groupSubject(id))...)...); err != nil {
			return err
		}
		if err := c.tx.DeleteGroup(ctx, org, id); err != nil {
			return err
		}
		if err := c.audit("group.delete", groupSubject(id).String(), auditGroup(old), nil); err != nil {
			return err
		}
		return c.touch(ends(outer)...)
	})
	return err
}

// AddToGroup puts users and groups into a group; see EditGroup.
func (m *Manager) AddToGroup(ctx context.Context, org OrgID, id GroupID, users []UserID, groups []GroupID) error {
	_, err := m.EditGroup(ctx, org, id, EditAdd, users, groups, Whatever)
	return err
}

// mayJoin refuses to put anyone into a group that has, here or further down,
// what the actor does not hold there.
func (c *change) mayJoin(group subject) error {
	if err := c.mayGive(c.before.brings(group), nil); err != nil || c.actor.isSystem() {
		return err
	}
	return c.eachPolicyBelow(func(p *policy) error { return c.mayGiveIn(p, p.brings(group), nil) })
}

// RemoveFromGroup takes users and groups out of a group; see EditGroup.
func (m *Manager) RemoveFromGroup(ctx context.Context, org OrgID, id GroupID, users []UserID, groups []GroupID) error {
	_, err := m.EditGroup(ctx, org, id, EditRemove, users, groups, Whatever)
	return err
}

// ownGroup returns a group of this very organisation, nil if there is none of
// that name in sight.
func (c *change) ownGroup(id GroupID, ifRevision Revision) (*Group, error) {
	g, _ := c.before.groupAt(id)
	switch {
	case g == nil:
		return nil, nil //nolint:nilnil // no group is an answer, not a failure
	case g.Org != c.org:
		return nil, errorf(CodeReserved, "%q is a group of organisation %q", id, g.Org).hint("change it there")
	case !ifRevision.holds(g.Revision):
		return nil, differs("group", string(id), ifRevision, g.Revision, *g)
	}
	return g, nil
}

// checkNesting refuses to put a group into itself, however far around.
func (c *change) checkNesting(inner, outer GroupID) error {
	if g, _ := c.before.groupAt(inner); g != nil && g.Org != c.org {
		return errorf(CodeReserved, "%q is a group of organisation %q", inner, g.Org).hint("put it into groups there")
	}
	cycle := inner == outer
	c.before.reach(groupSubject(outer), always, func(s subject) { cycle = cycle || s == groupSubject(inner) })
	if cycle {
		return errorf(CodeCycle, "group %q is in %q already, so %q cannot be in %q", outer, inner, inner, outer)
	}
	return nil
}

// unusedBelow refuses to delete what an organisation further down still uses.
func (c *change) unusedBelow(s subject) error {
	return c.eachRecordBelow(func(rec Layer) error {
		if slices.ContainsFunc(rec.Rules, func(r Rule) bool { return r.V[0] == s.String() || r.V[1] == s.String() }) {
			return errorf(CodeInUse, "%q is used in organisation %q", s, rec.Org.ID).hint("take it out of use there first")
		}
		return nil
	})
}

func (s GroupSpec) validate() error {
	if err := s.ID.Validate(); err != nil {
		return err
	}
	if err := validText("label", s.Label, maxLabel); err != nil {
		return err
	}
	return validText("description", s.Description, maxDescription)
}

func groupNotFound(p *policy, id GroupID) error {
	var known []GroupID
	for _, l := range p.layers {
		for g := range l.groups {
			known = append(known, g)
		}
	}
	return errorf(CodeGroupNotFound, "there is no group %s in %q", quoteShort(string(id)), p.org()).
		hint("%s", suggestion(string(id), known, "list the groups to see what there is"))
}

func auditGroup(g *Group) any {
	if g == nil {
		return nil
	}
	return map[string]string{"label": g.Label, "description": g.Description}
}
