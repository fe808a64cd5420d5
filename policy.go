package rolekit

import (
	"maps"
	"slices"
)

// policy is the effective policy of one organisation: its own layer, those of
// its ancestors, and the default roles'. It is immutable and holds no wildcard:
// what an ancestor says is expanded here, explicitly.
type policy struct {
	catalog  *Catalog
	layers   []*layer // the organisation's own, its ancestors' upward, the default roles'
	revision Revision
}

// newPolicy joins layers. The sum of their revisions is the policy's: each of
// them grows with each change, so the sum does too, and no commit to one can
// hide behind a higher number of another.
func newPolicy(c *Catalog, layers []*layer) *policy {
	p := &policy{catalog: c, layers: layers}
	for _, l := range layers {
		p.revision += l.revision
	}
	return p
}

// with returns the policy with another layer in the place of the one of its id.
func (p *policy) with(other *layer) *policy {
	layers := slices.Clone(p.layers)
	for i, l := range layers {
		if l.id() == other.id() {
			layers[i] = other
		}
	}
	return newPolicy(p.catalog, layers)
}

func (p *policy) org() OrgID { return p.layers[0].id() }

// role returns the definition of a role as this organisation sees it.
func (p *policy) role(id RoleID) *Role {
	for _, l := range p.layers {
		if r := l.roles[id]; r != nil {
			return r
		}
	}
	return nil
}

// roles returns every role that can be assigned here, sorted by id.
func (p *policy) roles() []*Role {
	byID := map[RoleID]*Role{}
	for _, l := range p.layers {
		for id, r := range l.roles {
			if byID[id] == nil {
				byID[id] = r
			}
		}
	}
	return slices.SortedFunc(maps.Values(byID), compareRoles)
}

// assigned returns the roles that the user was given here or in an ancestor,
// without what those include.
func (p *policy) assigned(user UserID) []*Role {
	var roles []*Role
	for _, l := range p.layers {
		for _, id := range l.holders[user] {
			if r := p.role(id); r != nil && !slices.Contains(roles, r) {
				roles = append(roles, r)
			}
		}
	}
	return roles
}

// isMember reports whether the user has any standing in the organisation.
func (p *policy) isMember(user UserID) bool {
	for _, l := range p.layers {
		if len(l.holders[user]) > 0 {
			return true
		}
	}
	return false
}

// expand returns the roles and all that they include, each once.
func (p *policy) expand(roles ...*Role) []*Role {
	var all []*Role
	for queue := roles; len(queue) > 0; queue = queue[1:] {
		if slices.Contains(all, queue[0]) {
			continue
		}
		all = append(all, queue[0])
		for _, id := range queue[0].Includes {
			if r := p.role(id); r != nil && r.Profile == queue[0].Profile {
				queue = append(queue, r)
			}
		}
	}
	return all
}

// grants returns what the roles give together, sorted, each once.
func (p *policy) grants(roles ...*Role) []Grant {
	var all []Grant
	for _, r := range p.expand(roles...) {
		all = append(all, p.live(r)...)
	}
	slices.SortFunc(all, compareGrants)
	return slices.Compact(all)
}

// live returns the role's grants of permissions that the catalog has: one that
// is no more grants nothing, nor what its action would imply.
func (p *policy) live(r *Role) []Grant {
	return slices.DeleteFunc(slices.Clone(r.Grants), func(g Grant) bool { return p.catalog.byID[g.Permission] == nil })
}

// held returns what the user may do as a profile; as any of theirs where it
// is empty.
func (p *policy) held(user UserID, profile ProfileID) []Grant {
	roles := p.assigned(user)
	if profile != "" {
		roles = slices.DeleteFunc(roles, func(r *Role) bool { return r.Profile != profile })
	}
	return p.grants(roles...)
}

// covered reports whether holding the grants is holding the wanted one.
func (p *policy) covered(held []Grant, want Grant) bool {
	return slices.ContainsFunc(held, func(g Grant) bool { return p.catalog.covers(g, want) })
}

// profiles returns those of which the user holds a role, sorted.
func (p *policy) profiles(user UserID) []ProfileID {
	var ids []ProfileID
	for _, r := range p.assigned(user) {
		ids = append(ids, r.Profile)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// actAs returns the profile that the user acts as: the one they ask for, or
// their only one. It is empty when they hold no role at all.
func (p *policy) actAs(user UserID, wanted ProfileID) (ProfileID, error) {
	if wanted != "" {
		return wanted, p.catalog.CheckProfile(wanted)
	}
	switch mine := p.profiles(user); len(mine) {
	case 0:
		return "", nil
	case 1:
		return mine[0], nil
	default:
		return "", errorf(CodeInvalid, "%s has several profiles in %q and chose none", userSubject(user), p.org()).
			hint("act as one of: %s", listOf(mine))
	}
}

// rolesGranting returns the roles of a profile that give the permission.
func (p *policy) rolesGranting(profile ProfileID, want Permission) []RoleID {
	var ids []RoleID
	for _, r := range p.roles() {
		if profile != "" && r.Profile != profile {
			continue
		}
		if slices.ContainsFunc(p.grants(r), func(g Grant) bool {
			return p.catalog.covers(Grant{g.Permission, AccessAny}, Grant{want, AccessAny})
		}) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// holders returns everyone who holds the permission for all of the
// organisation, up to most of them.
func (p *policy) holders(want Permission, most int) []UserID {
	giving := map[*Role]bool{}
	for _, id := range p.rolesGranting("", want) {
		r := p.role(id)
		giving[r] = p.covered(p.grants(r), Grant{want, AccessAny})
	}
	var users []UserID
	for _, l := range p.layers {
		for user, ids := range l.holders {
			if slices.ContainsFunc(ids, func(id RoleID) bool { return giving[p.role(id)] }) && !slices.Contains(users, user) {
				users = append(users, user)
				if len(users) == most {
					return users
				}
			}
		}
	}
	return users
}
