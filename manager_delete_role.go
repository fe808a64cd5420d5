package rolekit

import (
	"context"
	"fmt"
	"slices"
)

// Holders counts who holds a role, here and in the organisations below: those who
// were given it, from now on or from later, and not those whose time is over.
type Holders struct {
	Users  int // that were given it, each once an organisation
	Groups int // that were given it
	Roles  int // that include it
	Below  int // how many of all these are in organisations below
}

func (h Holders) count() int { return h.Users + h.Groups + h.Roles }

// text says it in numbers alone: the names of those below are for those to see who
// may list them there.
func (h Holders) text() string {
	return fmt.Sprintf("held by %s and %s, and included by %s", several(h.Users, "user"), several(h.Groups, "group"), several(h.Roles, "role"))
}

// several is a number of things.
func several(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// DeleteRole removes a custom role that nobody holds and no role includes, here or
// in an organisation below; else ErrRoleInUse, whose Holders tell how many do.
// Assignments whose time is over go with it. It needs iam.roles:write. ifRevision
// is as for UpdateRole.
func (m *Manager) DeleteRole(ctx context.Context, org OrgID, id RoleID, ifRevision Revision) error {
	return m.deleteRole(ctx, org, id, "", ifRevision)
}

// ReplaceRole removes a custom role and gives another of the same profile to those
// who hold it, here and in the organisations below, for the same time; roles that
// include it include the other instead. Who has the other already has it for both
// times. All of it happens at once, or nothing.
//
// It needs iam.roles:write; iam.members:write too, where a user or group holds the
// role; and every grant of the successor, for as long as anybody gets it. The
// successor must be there for the organisation, and not include the role:
// ErrCycle. ifRevision is as for UpdateRole.
func (m *Manager) ReplaceRole(ctx context.Context, org OrgID, id, successor RoleID, ifRevision Revision) error {
	if err := successor.Validate(); err != nil {
		return err
	}
	return m.deleteRole(ctx, org, id, successor, ifRevision)
}

// deleteRole is both, the successor being empty where there is none.
func (m *Manager) deleteRole(ctx context.Context, org OrgID, id, successor RoleID, ifRevision Revision) error {
	_, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		r, err := c.ownRole(id, ifRevision)
		if err != nil {
			return err
		}
		if err := c.mayReplace(r, successor); err != nil {
			return err
		}
		left, err := c.leaveRole(m, r, successor)
		if err != nil {
			return err
		}
		if left.count() > 0 {
			return inUse(id, left)
		}
		if err := c.tx.RemoveRules(c.ctx, c.own.rules(roleSubject(id))...); err != nil {
			return err
		}
		if err := c.tx.DeleteRole(c.ctx, org, id); err != nil {
			return err
		}
		var after any
		if successor != "" {
			after = map[string]RoleID{"successor": successor}
		}
		return c.audit("role.delete", roleSubject(id).String(), auditRole(r.RoleSpec), after)
	})
	return err
}

func inUse(id RoleID, h Holders) error {
	e := errorf(CodeRoleInUse, "role %q is %s, %d of these in organisations below", id, h.text(), h.Below).
		hint("take it from them first, or name a role that they get instead")
	e.Holders = &h
	return e
}

// mayReplace refuses a successor that could not stand in for the role.
func (c *change) mayReplace(r *Role, successor RoleID) error {
	if successor == "" {
		return nil
	}
	s := c.before.role(successor)
	switch {
	case successor == r.ID:
		return errorf(CodeInvalid, "role %q cannot succeed itself", r.ID).hint("name another role")
	case s == nil:
		return roleNotFound(c.before, successor)
	case s.Profile != r.Profile:
		return errorf(CodeInvalid, "role %q is of profile %q, not %q", successor, s.Profile, r.Profile).
			hint("name a role of the same profile")
	case slices.Contains(c.before.rolesOf(roleSubject(successor), always), r):
		return errorf(CodeCycle, "role %q includes %q, and so would include itself", successor, r.ID).
			hint("take it out of there first")
	}
	return nil
}

// leaveRole makes those who hold a role, here and below, hold its successor. It
// returns who still holds it: all of them, where there is no successor, and those in
// organisations whose policy cannot be understood.
func (c *change) leaveRole(m *Manager, r *Role, successor RoleID) (left Holders, err error) {
	mayMove := func() error { return m.requireIn(c.before, MembersWrite) }
	if left, err = (departure{c, r.ID, successor}).leave(mayMove); err != nil {
		return left, err
	}
	unread, err := c.eachBelowBut(func(l *layer) error {
		part, err := c.in(l)
		if err != nil {
			return err
		}
		there, err := departure{part, r.ID, successor}.leave(mayMove)
		if err != nil {
			return err
		}
		left = left.with(there)
		return c.took(part)
	})
	if err != nil || len(unread) == 0 {
		return left, err
	}
	for record, err := range c.tx.Layers(c.ctx, unread) {
		if unreadable(err) {
			continue
		}
		if err != nil {
			return left, err
		}
		left = left.with(leadingTo(roleSubject(r.ID), record.Rules))
	}
	return left, nil
}

// with adds the holders in an organisation below.
func (h Holders) with(there Holders) Holders {
	h.Users += there.Users
	h.Groups += there.Groups
	h.Roles += there.Roles
	h.Below += there.count()
	return h
}
