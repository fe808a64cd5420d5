package rolekit

import (
	"cmp"
	"context"
)

// RoleCopy says what a role that begins as a copy of another is called.
type RoleCopy struct {
	ID          RoleID
	Label       string  // the other's where empty
	Description *string // the other's where nil
}

// CopyRole adds a custom role with the profile, grants and includes of another,
// which may be a default role or an ancestor's; from then on the two have nothing
// to do with each other. Grants that the catalog does not have any more are left
// out. Like CreateRole it needs iam.roles:write, and every grant of the role,
// included ones too.
func (m *Manager) CopyRole(ctx context.Context, org OrgID, from RoleID, to RoleCopy) (Role, error) {
	if err := checkNewRole(to.ID); err != nil {
		return Role{}, err
	}
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		source := c.before.role(from)
		if source == nil {
			return roleNotFound(c.before, from)
		}
		spec := source.RoleSpec
		spec.ID, spec.Label = to.ID, cmp.Or(to.Label, source.Label)
		if to.Description != nil {
			spec.Description = *to.Description
		}
		spec.Grants = c.before.live(source.Profile, source.Grants)
		spec = spec.normal()
		if err := c.kit.checkSpec(spec, nil); err != nil {
			return err
		}
		return c.newRole(spec, "role.copy")
	})
	if err != nil {
		return Role{}, err
	}
	return after.role(to.ID).clone(), nil
}

// newRole writes a role whose id must not be in use.
func (c *change) newRole(spec RoleSpec, action string) error {
	if taken := c.before.role(spec.ID); taken != nil {
		return errorf(CodeExists, "there is a %s role %q already", taken.Origin, spec.ID).hint("choose another id")
	}
	if err := c.free("role", string(spec.ID), func(l *layer) bool { return l.roles[spec.ID] != nil }); err != nil {
		return err
	}
	return c.putRole(nil, spec, action)
}

// matrixRole is an id that no role gets: beside the roles, a list of all of them
// goes by that name.
const matrixRole RoleID = "matrix"

// checkNewRole checks the id of a role that is to be made.
func checkNewRole(id RoleID) error {
	if id == matrixRole {
		return errorf(CodeReserved, "%q is not an id for a role: it names the table of all of them", id).hint("choose another id")
	}
	return id.Validate()
}
