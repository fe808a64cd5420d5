package rolekit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLabel       = 200  // characters
	maxDescription = 2000 // characters
)

// RolePatch changes what is kept of a role; nil leaves a thing as it is.
type RolePatch struct {
	Label       *string
	Description *string
	Includes    *[]RoleID
}

// RoleQuery selects roles.
type RoleQuery struct {
	Listing

	Origin  Origin    // only the default or only the custom ones; empty means both
	Profile ProfileID // only those for this profile; empty means any
}

// Roles returns roles that can be assigned in the organisation: its own, its
// ancestors' and the default ones. It needs iam.roles:read.
func (m *Manager) Roles(ctx context.Context, org OrgID, q RoleQuery) ([]Role, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	found, err := page(q.among(p.roles()), q.Listing, func(r *Role) Mark { return Mark{string(r.ID), r.Label} })
	if err != nil {
		return nil, err
	}
	roles := []Role{}
	for _, r := range found {
		roles = append(roles, r.clone())
	}
	return roles, nil
}

// among returns the roles that the query asks for, on whatever page.
func (q RoleQuery) among(roles []*Role) []*Role {
	return slices.DeleteFunc(roles, func(r *Role) bool {
		return q.Origin != "" && r.Origin != q.Origin || q.Profile != "" && r.Profile != q.Profile
	})
}

// Role returns one role as the organisation sees it. It needs iam.roles:read.
func (m *Manager) Role(ctx context.Context, org OrgID, id RoleID) (Role, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return Role{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return Role{}, err
	}
	r := p.role(id)
	if r == nil {
		return Role{}, roleNotFound(p, id)
	}
	return r.clone(), nil
}

// CreateRole adds a custom role. It needs iam.roles:write, and every grant of
// the role, included ones too.
func (m *Manager) CreateRole(ctx context.Context, org OrgID, spec RoleSpec) (Role, error) {
	if spec.Profile == "" && len(m.kit.catalog.profiles) == 1 {
		spec.Profile = m.kit.catalog.profiles[0].ID
	}
	spec = spec.normal()
	if err := checkNewRole(spec.ID); err != nil {
		return Role{}, err
	}
	if err := m.kit.checkSpec(spec, nil); err != nil {
		return Role{}, err
	}
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error { return c.newRole(spec, "role.create") })
	if err != nil {
		return Role{}, err
	}
	return after.role(spec.ID).clone(), nil
}

// UpdateRole changes a custom role's label, description or includes. It needs
// iam.roles:write, and every grant that new includes bring.
//
// ifRevision is the revision the caller has seen, or Whatever: if the role has
// changed since, nothing is done and ErrConflict comes back.
func (m *Manager) UpdateRole(ctx context.Context, org OrgID, id RoleID, patch RolePatch, ifRevision Revision) (Role, error) {
	return m.editRole(ctx, org, id, ifRevision, "role.update", func(spec *RoleSpec) {
		if patch.Label != nil {
			spec.Label = *patch.Label
		}
		if patch.Description != nil {
			spec.Description = *patch.Description
		}
		if patch.Includes != nil {
			spec.Includes = *patch.Includes
		}
	})
}

// SetGrants replaces a custom role's own grants. It needs iam.roles:write, and
// every grant that is new to the role. ifRevision is as for UpdateRole.
func (m *Manager) SetGrants(ctx context.Context, org OrgID, id RoleID, grants []Grant, ifRevision Revision) (Role, error) {
	return m.editRole(ctx, org, id, ifRevision, "role.grants", func(spec *RoleSpec) { spec.Grants = grants })
}

func (m *Manager) editRole(ctx context.Context, org OrgID, id RoleID, ifRevision Revision, action string, edit func(*RoleSpec)) (Role, error) {
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		r, err := c.ownRole(id, ifRevision)
		if err != nil {
			return err
		}
		spec := r.RoleSpec
		edit(&spec)
		spec = spec.normal()
		if r.sameAs(spec) {
			return nil
		}
		if err := c.kit.checkSpec(spec, r.Grants); err != nil {
			return err
		}
		if r, err = c.taken(r, spec); err != nil {
			return err
		}
		return c.putRole(r, spec, action)
	})
	if err != nil {
		return Role{}, err
	}
	return after.role(id).clone(), nil
}

// ownRole returns a role of this very organisation, to be changed.
func (c *change) ownRole(id RoleID, ifRevision Revision) (*Role, error) {
	r := c.before.role(id)
	switch {
	case r == nil:
		return nil, roleNotFound(c.before, id)
	case r.Origin == OriginDefault:
		return nil, errorf(CodeReserved, "%q is a default role, which all organisations share", id).
			hint("make a custom role that includes it")
	case r.Org != c.org:
		return nil, errorf(CodeReserved, "%q is a role of organisation %q", id, r.Org).hint("change it there")
	case !ifRevision.holds(r.Revision):
		return nil, differs("role", string(id), ifRevision, r.Revision, r.clone())
	}
	return r, nil
}

// putRole writes a role's definition in place of the one it had, if any.
func (c *change) putRole(old *Role, spec RoleSpec, action string) error {
	if err := c.checkIncludes(spec); err != nil {
		return err
	}
	for _, g := range spec.Grants {
		if set, ok := g.Access.Set(); ok && c.before.resourceSet(set) == nil {
			return setNotFound(c.before, set)
		}
	}
	var had []Grant
	if old != nil {
		had = c.before.gives(roleSubject(old.ID))
	}
	gives := c.before.live(spec.Profile, spec.Grants)
	for _, id := range spec.Includes {
		gives = append(gives, c.before.gives(roleSubject(id))...)
	}
	if err := c.mayGive(gives, had); err != nil {
		return err
	}
	return c.writeRole(old, spec, action)
}

// writeRole stores a definition that was found right.
func (c *change) writeRole(old *Role, spec RoleSpec, action string) error {
	var before any
	if old != nil {
		before = auditRole(old.RoleSpec)
	}
	if err := c.audit(action, roleSubject(spec.ID).String(), before, auditRole(spec)); err != nil {
		return err
	}
	return c.storeRole(old, spec)
}

// storeRole is writeRole once the event is written down.
func (c *change) storeRole(old *Role, spec RoleSpec) error {
	want := roleRules(c.org, spec)
	had := c.own.rules(roleSubject(spec.ID)) // those that mean nothing any more included
	gone := slices.DeleteFunc(slices.Clone(had), func(r Rule) bool { return slices.Contains(want, r) })
	fresh := slices.DeleteFunc(want, func(r Rule) bool { return slices.Contains(had, r) })
	if err := c.tx.RemoveRules(c.ctx, gone...); err != nil {
		return err
	}
	if err := c.tx.AddRules(c.ctx, fresh...); err != nil {
		return err
	}
	record := RoleRecord{
		Org: c.org, ID: spec.ID, Label: spec.Label, Description: spec.Description, Profile: spec.Profile,
		Revision: Revision(c.event), Created: Revision(c.event),
	}
	if old != nil {
		record.Created, record.Reviewed = old.Created, old.Reviewed
	}
	return c.tx.PutRoles(c.ctx, record)
}

// checkIncludes refuses includes that are not there, of another profile, or
// that lead back to the role.
func (c *change) checkIncludes(spec RoleSpec) error {
	for _, id := range spec.Includes {
		inc := c.before.role(id)
		switch {
		case id == spec.ID:
			return errorf(CodeCycle, "role %q cannot include itself", id)
		case inc == nil:
			return roleNotFound(c.before, id)
		case inc.Profile != spec.Profile:
			return errorf(CodeInvalid, "role %q is of profile %q, not %q", id, inc.Profile, spec.Profile).
				hint("include roles of the role's own profile")
		case slices.Contains(c.before.rolesOf(roleSubject(id), always), c.before.role(spec.ID)) && c.before.role(spec.ID) != nil:
			return errorf(CodeCycle, "role %q includes %q already, so %q cannot include it", id, spec.ID, spec.ID)
		}
	}
	return nil
}

// checkSpec checks what can be said of a role without its organisation. Grants
// that it had already are not looked at: one of a permission that the catalog
// has no more must not keep the role from being renamed.
func (k *Kit) checkSpec(s RoleSpec, had []Grant) error {
	if err := s.checkWords(); err != nil {
		return err
	}
	if err := k.catalog.CheckProfile(s.Profile); err != nil {
		return err
	}
	for _, g := range s.Grants {
		if slices.Contains(had, g) {
			continue
		}
		if err := k.catalog.CheckGrant(s.Profile, g); err != nil {
			return err
		}
	}
	return nil
}

// checkWords checks what the catalog has no say in.
func (s RoleSpec) checkWords() error {
	if err := s.ID.Validate(); err != nil {
		return err
	}
	if err := validText("label", s.Label, maxLabel); err != nil {
		return err
	}
	return validText("description", s.Description, maxDescription)
}

// validText refuses what a page could not show: control characters other than
// line breaks, and more than most characters.
func validText(what, s string, most int) error {
	if !utf8.ValidString(s) {
		return errorf(CodeInvalid, "the %s is not valid UTF-8", what)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return errorf(CodeInvalid, "the %s has %d characters; at most %d are kept", what, n, most)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
		return errorf(CodeInvalid, "the %s holds a control character at byte %d", what, i)
	}
	return nil
}

func roleNotFound(p *policy, id RoleID) error {
	var known []RoleID
	for _, r := range p.roles() {
		known = append(known, r.ID)
	}
	return errorf(CodeRoleNotFound, "there is no role %s in %q", quoteShort(string(id)), p.org()).
		hint("%s", suggestion(string(id), known, "list the roles to see what there is"))
}

// auditRole is how a role looks in the audit log.
func auditRole(s RoleSpec) any {
	grants := make([]string, len(s.Grants))
	for i, g := range s.Grants {
		grants[i] = fmt.Sprintf("%s (%s)", g.Permission, g.Access)
	}
	return struct {
		Label       string    `json:"label"`
		Description string    `json:"description,omitempty"`
		Profile     ProfileID `json:"profile"`
		Grants      []string  `json:"grants"`
		Includes    []RoleID  `json:"includes"`
	}{s.Label, s.Description, s.Profile, grants, s.Includes}
}
