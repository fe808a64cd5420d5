package rolekit

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Assignment gives a role to a user or to a group, for a time or without end.
type Assignment struct {
	Period

	User  UserID  // either a user
	Group GroupID // or a group
	Role  RoleID
}

// Member is a user and what they were given in an organisation itself.
type Member struct {
	User   UserID
	Roles  []AssignedRole // directly, ended ones included; sorted by role
	Groups []GroupID      // directly; sorted
}

// AssignedRole is a role that a member was given, and for when.
type AssignedRole struct {
	Period

	Role RoleID

	Ended bool // its time was over when it was read
}

func (b bond) assigned(now time.Time) AssignedRole {
	during := b.during()
	return AssignedRole{during, RoleID(b.to.id), !during.Until.IsZero() && !now.Before(during.Until)}
}

func (l *layer) member(user UserID, now time.Time) Member {
	m := Member{User: user, Roles: []AssignedRole{}, Groups: []GroupID{}}
	for _, k := range l.bonds(userSubject(user)) {
		switch k.to.kind {
		case kindRole:
			m.Roles = append(m.Roles, k.assigned(now))
		case kindGroup:
			m.Groups = append(m.Groups, GroupID(k.to.id))
		default: // the organisation itself
		}
	}
	return m
}

// AddMember makes a user belong to the organisation without any role. It needs
// iam.members:write and, where the catalog has but one profile, that profile's
// baseline, which everybody has who belongs. Adding who is there already changes
// nothing.
func (m *Manager) AddMember(ctx context.Context, org OrgID, user UserID) error {
	if err := user.Validate(); err != nil {
		return err
	}
	_, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		who, here := userSubject(user), orgSubject(org)
		if slices.Equal(c.between(who, here), []Rule{linkRule(org, who, here, Period{})}) {
			return nil
		}
		// Whoever may do this has the baseline too, but perhaps not for as long.
		if err := c.mayGive(c.before.brings(here), nil); err != nil {
			return err
		}
		return c.connect("member.add", who, here, Period{})
	})
	return err
}

// RemoveMember takes everything from a user that they were given in the
// organisation: roles, groups, membership. It needs iam.members:write. What an
// ancestor gave them stays.
func (m *Manager) RemoveMember(ctx context.Context, org OrgID, user UserID) error {
	if err := user.Validate(); err != nil {
		return err
	}
	_, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		who := userSubject(user)
		before := c.before.layers[0].member(user, c.now)
		gone := c.own.rules(who)
		if len(gone) == 0 {
			return nil
		}
		if err := c.tx.RemoveRules(ctx, gone...); err != nil {
			return err
		}
		if err := c.tx.PutChosen(ctx, ChosenProfile{Org: org, User: user}); err != nil {
			return err
		}
		left := c.own.bonds(who)
		if err := c.audit("member.remove", who.String(), auditMember(before), nil); err != nil {
			return err
		}
		return c.touch(ends(left)...)
	})
	return err
}

// Assign gives a user a role of the organisation, without end. It needs
// iam.members:write, and every grant of the role. Giving what is there already
// changes nothing.
func (m *Manager) Assign(ctx context.Context, org OrgID, user UserID, role RoleID) error {
	return m.PutAssignment(ctx, org, Assignment{User: user, Role: role})
}

// Unassign takes a role from a user. It needs iam.members:write. Taking what is
// not there changes nothing.
func (m *Manager) Unassign(ctx context.Context, org OrgID, user UserID, role RoleID) error {
	return m.RemoveAssignment(ctx, org, Assignment{User: user, Role: role})
}

// PutAssignment gives a role to a user or a group. It takes the place of what
// they were given of that role here, whenever that held. It needs
// iam.members:write, and every grant of the role and of its profile's baseline.
func (m *Manager) PutAssignment(ctx context.Context, org OrgID, a Assignment) error {
	return m.PutAssignments(ctx, org, a)
}

// PutAssignments is [Manager.PutAssignment] for many in one change: all of them
// or none. None may come twice.
func (m *Manager) PutAssignments(ctx context.Context, org OrgID, all ...Assignment) error {
	all = slices.Clone(all)
	seen := map[[2]subject]bool{}
	for i := range all {
		who, err := all[i].subject()
		if err != nil {
			return err
		}
		link := [2]subject{who, roleSubject(all[i].Role)}
		if seen[link] {
			return errorf(CodeInvalid, "%s is given %s twice", who, link[1]).hint("say once when it holds")
		}
		seen[link] = true
		all[i].Period = all[i].normal()
		if err := all[i].validate(); err != nil {
			return err
		}
	}
	_, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		links := make([]relinking, len(all))
		for i, a := range all {
			who, err := a.subject()
			if err != nil {
				return err
			}
			if links[i], err = c.giving(who, a.Role, a.Period); err != nil {
				return err
			}
		}
		return c.relink(links)
	})
	return err
}

// RemoveAssignment takes a role from a user or a group, whenever it held. It
// needs iam.members:write. Taking what is not there changes nothing.
func (m *Manager) RemoveAssignment(ctx context.Context, org OrgID, a Assignment) error {
	who, err := a.subject()
	if err != nil {
		return err
	}
	_, err = m.change(ctx, org, MembersWrite, func(c *change) error {
		if err := c.mustSee(who, roleSubject(a.Role)); err != nil {
			return err
		}
		return c.disconnect("member.unassign", who, roleSubject(a.Role))
	})
	return err
}

func (a Assignment) subject() (subject, error) {
	switch {
	case a.User != "" && a.Group != "", a.User == "" && a.Group == "":
		return subject{}, errorf(CodeInvalid, "an assignment is to a user or to a group")
	case a.Group != "":
		return groupSubject(a.Group), a.Group.Validate()
	}
	return userSubject(a.User), a.User.Validate()
}

// mustSee refuses roles and groups that the organisation does not have.
func (c *change) mustSee(all ...subject) error {
	for _, s := range all {
		switch s.kind {
		case kindRole:
			if c.before.role(RoleID(s.id)) == nil {
				return roleNotFound(c.before, RoleID(s.id))
			}
		case kindGroup:
			if g, _ := c.before.groupAt(GroupID(s.id)); g == nil {
				return groupNotFound(c.before, GroupID(s.id))
			}
		default: // nothing else is asked for
		}
	}
	return nil
}

// connect writes a link in place of those between the same two, if that changes
// anything.
func (c *change) connect(action string, from, to subject, during Period) error {
	during, err := c.limitKey(from, to, during)
	if err != nil {
		return err
	}
	had := c.between(from, to)
	want := linkRule(c.org, from, to, during)
	if slices.Equal(had, []Rule{want}) {
		return nil
	}
	if err := c.tx.RemoveRules(c.ctx, had...); err != nil {
		return err
	}
	if err := c.tx.AddRules(c.ctx, want); err != nil {
		return err
	}
	return c.audit(action, from.String(), auditLinks(had), auditLinks([]Rule{want}))
}

// disconnect removes every link between the two, if there is one.
func (c *change) disconnect(action string, from, to subject) error {
	had := c.between(from, to)
	if len(had) == 0 {
		return nil
	}
	if err := c.tx.RemoveRules(c.ctx, had...); err != nil {
		return err
	}
	return c.audit(action, from.String(), auditLinks(had), nil)
}

// between returns the stored links of the organisation itself between the two.
func (c *change) between(from, to subject) []Rule {
	if c.own == nil {
		return nil
	}
	return slices.DeleteFunc(c.own.rules(from), func(r Rule) bool { return r.V[1] != to.String() })
}

// auditLinks is how assignments look in the audit log: what to, and when.
func auditLinks(rules []Rule) any {
	if len(rules) == 0 {
		return nil
	}
	links := make([]string, len(rules))
	for i, r := range rules {
		links[i] = r.V[1]
		if r.Ptype == ptypeTimed {
			links[i] = fmt.Sprintf("%s from %s until %s", r.V[1], r.V[3], r.V[4])
		}
	}
	return map[string][]string{"holds": links}
}

func auditMember(m Member) any {
	roles := make([]RoleID, len(m.Roles))
	for i, r := range m.Roles {
		roles[i] = r.Role
	}
	return map[string]any{"roles": roles, "groups": m.Groups}
}
