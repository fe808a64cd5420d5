package rolekit

import (
	"context"
	"slices"
)

// Edit says how what is in a group or resource set changes.
type Edit int

// The edits. To add what is there, or remove what is not, changes nothing.
const (
	EditAdd     Edit = iota // what is named comes in
	EditRemove              // what is named goes
	EditReplace             // what is named is all that stays or comes in
)

// EditGroup changes, at once, who is directly in a group. It needs
// iam.members:write and, where anybody comes in, every grant that the group has,
// also by roles that an organisation below gave it. ifRevision is as for PutGroup;
// the group's revision moves with who is in it, so that nobody replaces what they
// have not seen.
func (m *Manager) EditGroup(
	ctx context.Context, org OrgID, id GroupID, how Edit, users []UserID, groups []GroupID, ifRevision Revision,
) (Group, error) {
	named, err := membersOf(users, groups)
	if err != nil {
		return Group{}, err
	}
	after, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		g, err := c.ownGroup(id, ifRevision)
		if err != nil {
			return err
		}
		if g == nil {
			return groupNotFound(c.before, id)
		}
		if err := c.mustSee(named...); err != nil {
			return err
		}
		gone, fresh := c.groupEdit(id, how, named)
		return c.editGroup(g, gone, fresh)
	})
	if err != nil {
		return Group{}, err
	}
	g, _ := after.groupAt(id)
	return *g, nil
}

// membersOf returns users and groups as subjects, each once.
func membersOf(users []UserID, groups []GroupID) ([]subject, error) {
	all := make([]subject, 0, len(users)+len(groups))
	for _, u := range users {
		if err := u.Validate(); err != nil {
			return nil, err
		}
		all = append(all, userSubject(u))
	}
	for _, g := range groups {
		all = append(all, groupSubject(g))
	}
	slices.SortFunc(all, compareSubjects)
	return slices.Compact(all), nil
}

// groupEdit returns who goes out of a group and who comes in.
func (c *change) groupEdit(id GroupID, how Edit, named []subject) (gone, fresh []subject) {
	isIn := func(s subject) bool {
		return slices.ContainsFunc(c.own.bonds(s), func(b bond) bool { return b.to == groupSubject(id) })
	}
	named = slices.Clone(named) // the change may run again
	switch how {
	case EditAdd:
	case EditRemove:
		return slices.DeleteFunc(named, func(s subject) bool { return !isIn(s) }), nil
	case EditReplace:
		stays := map[subject]bool{}
		for _, s := range named {
			stays[s] = true
		}
		for s := range c.own.linked() {
			if !stays[s] && isIn(s) {
				gone = append(gone, s)
			}
		}
		slices.SortFunc(gone, compareSubjects)
	}
	return gone, slices.DeleteFunc(named, isIn)
}

// editGroup takes some out of a group of the organisation and puts others in.
func (c *change) editGroup(g *Group, gone, fresh []subject) error {
	if len(gone) == 0 && len(fresh) == 0 {
		return nil
	}
	group := groupSubject(g.ID)
	if len(fresh) > 0 {
		if err := c.mayJoin(group); err != nil {
			return err
		}
	}
	for _, s := range gone {
		if err := c.disconnect("group.remove", s, group); err != nil {
			return err
		}
	}
	for _, s := range fresh {
		if s.kind == kindGroup {
			if err := c.checkNesting(GroupID(s.id), g.ID); err != nil {
				return err
			}
		}
		if err := c.connect("group.add", s, group, Period{}); err != nil {
			return err
		}
	}
	return c.touch(group)
}

// touch moves the revisions of the groups among the subjects, of which somebody
// came in or went, to the last event.
func (c *change) touch(all ...subject) error {
	touched := map[GroupID]bool{}
	for _, s := range all {
		g := c.own.groups[GroupID(s.id)]
		if s.kind != kindGroup || g == nil || touched[g.ID] {
			continue
		}
		touched[g.ID] = true
		changed := *g
		changed.Revision = Revision(c.event)
		if err := c.tx.PutGroup(c.ctx, changed); err != nil {
			return err
		}
	}
	return nil
}

// ends returns what links lead to.
func ends(bonds []bond) []subject {
	all := make([]subject, len(bonds))
	for i, b := range bonds {
		all[i] = b.to
	}
	return all
}

// EditSet changes, at once, which resources are in a set: nobody ever sees it half
// replaced. It needs iam.roles:write, and for resources that come in every
// permission that a role grants within the set. ifRevision is as for PutSet; the
// set's revision moves with what is in it.
func (m *Manager) EditSet(ctx context.Context, org OrgID, id SetID, how Edit, resources []ResourceID, ifRevision Revision) (ResourceSet, error) {
	named := make([]Rule, 0, len(resources))
	for _, r := range slices.Sorted(slices.Values(resources)) {
		if err := r.Validate(); err != nil {
			return ResourceSet{}, err
		}
		named = append(named, resourceRule(org, r, id))
	}
	named = slices.Compact(named)
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		s, err := c.ownSet(id, ifRevision)
		if err != nil {
			return err
		}
		if s == nil {
			return setNotFound(c.before, id)
		}
		gone, fresh := c.own.split(id, named) // what is in already, and what is not
		switch how {
		case EditAdd:
			gone = nil
		case EditRemove:
			fresh = nil
		case EditReplace:
			gone = without(c.own.resources(id), named)
		}
		return c.editSet(s, gone, fresh)
	})
	if err != nil {
		return ResourceSet{}, err
	}
	return *after.resourceSet(id), nil
}

// editSet takes rules out of a set of the organisation and puts others in.
func (c *change) editSet(s *ResourceSet, gone, fresh []Rule) error {
	if len(gone) == 0 && len(fresh) == 0 {
		return nil
	}
	if len(fresh) > 0 {
		gives, err := c.givenWithin(s.ID)
		if err != nil {
			return err
		}
		if err := c.mayGive(gives, nil); err != nil {
			return err
		}
	}
	if err := c.tx.RemoveRules(c.ctx, gone...); err != nil {
		return err
	}
	if err := c.tx.AddRules(c.ctx, fresh...); err != nil {
		return err
	}
	name := kindSet.String() + string(s.ID)
	if err := c.audit("set.resources", name, auditResources("removed", gone), auditResources("added", fresh)); err != nil {
		return err
	}
	changed := *s
	changed.Revision = Revision(c.event)
	return c.tx.PutSet(c.ctx, changed)
}
