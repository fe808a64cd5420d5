package rolekit

import (
	"maps"
	"slices"
	"time"
)

// policy is the effective policy of one organisation: its own layer, those of
// its ancestors, and the default roles'. It is immutable and holds no wildcard:
// what an ancestor says is expanded here, explicitly.
type policy struct {
	catalog  *Catalog
	layers   []*layer // the organisation's own, its ancestors' upward, the default roles'
	revision Revision
}

// newPolicy joins layers. The sum of their weights is the policy's revision: each
// of them grows with each change, so the sum does too, and no commit to one can
// hide behind a higher number of another.
func newPolicy(c *Catalog, layers []*layer) *policy {
	p := &policy{catalog: c, layers: layers}
	for _, l := range layers {
		p.revision += l.weight()
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

// role returns the definition of a role as this organisation sees it, and in
// which layer that stands.
func (p *policy) roleAt(id RoleID) (*Role, int) {
	for i, l := range p.layers {
		if r := l.roles[id]; r != nil {
			return r, i
		}
	}
	return nil, -1
}

func (p *policy) role(id RoleID) *Role {
	r, _ := p.roleAt(id)
	return r
}

// groupAt returns the definition of a group as this organisation sees it.
func (p *policy) groupAt(id GroupID) (*Group, int) {
	for i, l := range p.layers {
		if g := l.groups[id]; g != nil {
			return g, i
		}
	}
	return nil, -1
}

// resourceSet returns the definition of a set as this organisation sees it.
func (p *policy) resourceSet(id SetID) *ResourceSet {
	for _, l := range p.layers {
		if s := l.sets[id]; s != nil {
			return s
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

// links returns where a subject leads, one step on: from a user to groups and
// roles, from a group to groups and roles, from a role to those it includes.
// What an organisation says of a role or group counts only if that is defined
// there or above: a name reused further down is another thing.
func (p *policy) links(from subject) []link {
	if from.kind == kindRole {
		return p.included(RoleID(from.id))
	}
	var all []link
	defined := len(p.layers)
	if from.kind == kindGroup {
		if _, defined = p.groupAt(GroupID(from.id)); defined < 0 {
			return nil
		}
	}
	for i, l := range p.layers[:min(defined+1, len(p.layers))] {
		for _, k := range l.bonds(from) {
			if p.counts(k.to, i) {
				all = append(all, link{k.to, l.id(), k.during()})
			}
		}
	}
	return all
}

// counts reports whether a link to a subject, said in layer i, leads to something.
func (p *policy) counts(to subject, i int) bool {
	switch to.kind {
	case kindRole:
		_, at := p.roleAt(RoleID(to.id))
		return at >= i
	case kindGroup: // a group's members are kept where it is defined
		_, at := p.groupAt(GroupID(to.id))
		return at == i
	default:
		return true
	}
}

func (p *policy) included(id RoleID) []link {
	r, at := p.roleAt(id)
	if r == nil {
		return nil
	}
	var all []link
	for _, inc := range r.Includes {
		if other, where := p.roleAt(inc); other != nil && other.Profile == r.Profile && where >= at {
			all = append(all, link{to: roleSubject(inc), org: r.Org})
		}
	}
	return all
}

// always is a moment at which every period counts, for questions that are not
// about a moment: what could a role or group ever give?
//
//nolint:gochecknoglobals // a constant, which Go cannot write as one
var always = time.Time{}

// reach visits every group and role that a subject leads to at a time, each
// once.
func (p *policy) reach(from subject, at time.Time, visit func(subject)) {
	p.reachBy(from, func(during Period) bool { return at.Equal(always) || during.Includes(at) }, visit)
}

// reachBy visits what a subject leads to along the links whose periods will do.
func (p *policy) reachBy(from subject, will func(Period) bool, visit func(subject)) {
	p.reachOn([]subject{from}, map[subject]bool{from: true}, will, visit)
}

// reachOn is reachBy from subjects on, but for those that were seen.
func (p *policy) reachOn(queue []subject, seen map[subject]bool, will func(Period) bool, visit func(subject)) {
	for ; len(queue) > 0; queue = queue[1:] {
		for _, k := range p.links(queue[0]) {
			if seen[k.to] || !will(k.during) {
				continue
			}
			seen[k.to] = true
			visit(k.to)
			queue = append(queue, k.to)
		}
	}
}

// rolesOf returns the roles that a subject has at a time, by whatever way.
func (p *policy) rolesOf(from subject, at time.Time) []*Role {
	var roles []*Role
	if from.kind == kindRole {
		if r := p.role(RoleID(from.id)); r != nil {
			roles = append(roles, r)
		}
	}
	p.reach(from, at, func(s subject) {
		if s.kind == kindRole {
			roles = append(roles, p.role(RoleID(s.id)))
		}
	})
	return roles
}

// isMember reports whether the user has any standing in the organisation at a
// time.
func (p *policy) isMember(user UserID, at time.Time) bool {
	return slices.ContainsFunc(p.links(userSubject(user)), func(k link) bool { return at.Equal(always) || k.during.Includes(at) })
}

// profiles returns those that the user can act as at a time, sorted: those of
// their roles, as far as the catalog still has them. Where there is but one
// profile, every member has it.
func (p *policy) profiles(user UserID, at time.Time) []ProfileID {
	var ids []ProfileID
	for _, r := range p.rolesOf(userSubject(user), at) {
		ids = append(ids, r.Profile)
	}
	if len(p.catalog.profiles) == 1 && p.isMember(user, at) {
		ids = append(ids, p.catalog.profiles[0].ID)
	}
	ids = slices.DeleteFunc(ids, func(id ProfileID) bool { return !p.catalog.HasProfile(id) })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// actAs returns the profile that the user acts as: the one they ask for, the
// one they acted as last, or their only one. It is empty when they have none.
func (p *policy) actAs(user UserID, wanted ProfileID, at time.Time) (ProfileID, error) {
	if wanted != "" {
		return wanted, p.catalog.CheckProfile(wanted)
	}
	mine := p.profiles(user, at)
	if last, ok := p.layers[0].chosen.Get(user); ok && slices.Contains(mine, last) {
		return last, nil
	}
	switch len(mine) {
	case 0:
		return "", nil
	case 1:
		return mine[0], nil
	default:
		return "", errorf(CodeInvalid, "%s has several profiles in %q and chose none", userSubject(user), p.org()).
			hint("act as one of: %s", listOf(mine))
	}
}

// live returns the grants that the catalog still has for the profile. One whose
// permission is no more, or not for this profile or with this access any more,
// grants nothing, nor what its action would imply.
func (p *policy) live(profile ProfileID, grants []Grant) []Grant {
	return slices.DeleteFunc(slices.Clone(grants), func(g Grant) bool { return !p.catalog.allows(profile, g) })
}

// baseline returns what everyone who has the profile is granted.
func (p *policy) baseline(profile ProfileID) []Grant {
	return p.live(profile, p.layers[len(p.layers)-1].baseline[profile])
}

// grants returns what the roles give by themselves, sorted, each once.
func (p *policy) grants(roles []*Role) []Grant {
	var all []Grant
	for _, r := range roles {
		all = append(all, p.live(r.Profile, r.Grants)...)
	}
	slices.SortFunc(all, compareGrants)
	return slices.Compact(all)
}

// gives returns what a role or group could ever give, whatever it includes.
func (p *policy) gives(s subject) []Grant { return p.grants(p.rolesOf(s, always)) }

// brings returns what a link to a role, to a group or to the organisation itself
// could ever get a user: what it gives, and the baseline of every profile that it
// makes them have. Where there is but one profile, any link does.
func (p *policy) brings(s subject) []Grant {
	roles := p.rolesOf(s, always)
	all := p.grants(roles)
	for _, pr := range p.catalog.profiles {
		if len(p.catalog.profiles) == 1 || slices.ContainsFunc(roles, func(r *Role) bool { return r.Profile == pr.ID }) {
			all = append(all, p.baseline(pr.ID)...)
		}
	}
	return all
}

// held returns what the user may do as a profile at a time.
func (p *policy) held(user UserID, profile ProfileID, at time.Time) []Grant {
	if !slices.Contains(p.profiles(user, at), profile) {
		return nil
	}
	roles := slices.DeleteFunc(p.rolesOf(userSubject(user), at), func(r *Role) bool { return r.Profile != profile })
	all := append(p.grants(roles), p.baseline(profile)...)
	slices.SortFunc(all, compareGrants)
	return slices.Compact(all)
}

// heldUntil returns what the user may do as any of their profiles, from now until
// a time; without end, where that is zero. Nobody gives for longer than they hold.
func (p *policy) heldUntil(user UserID, now, until time.Time) []Grant {
	will := func(during Period) bool {
		return during.Includes(now) && (during.Until.IsZero() || !until.IsZero() && !during.Until.Before(until))
	}
	var (
		roles  []*Role
		member bool
	)
	p.reachBy(userSubject(user), will, func(s subject) {
		member = true
		if s.kind == kindRole {
			roles = append(roles, p.role(RoleID(s.id)))
		}
	})
	all := p.grants(roles)
	for _, pr := range p.catalog.profiles {
		single := member && len(p.catalog.profiles) == 1
		if single || slices.ContainsFunc(roles, func(r *Role) bool { return r.Profile == pr.ID }) {
			all = append(all, p.baseline(pr.ID)...)
		}
	}
	return all
}

// covered reports whether holding the grants is holding the wanted one.
func (p *policy) covered(held []Grant, want Grant) bool {
	return slices.ContainsFunc(held, func(g Grant) bool { return p.catalog.covers(g, want) })
}

// rolesGranting returns the roles of a profile (any, where it is empty) that
// give the permission, however far it reaches.
func (p *policy) rolesGranting(profile ProfileID, want Permission) []RoleID {
	var ids []RoleID
	for _, r := range p.roles() {
		if profile != "" && r.Profile != profile {
			continue
		}
		if slices.ContainsFunc(p.gives(roleSubject(r.ID)), func(g Grant) bool {
			return p.catalog.covers(Grant{g.Permission, AccessAny}, Grant{want, AccessAny})
		}) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// users returns everyone whom any layer speaks of, sorted.
func (p *policy) users() []subject {
	seen := map[subject]bool{}
	for _, l := range p.layers {
		for user := range l.users.Keys() {
			seen[userSubject(user)] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), compareSubjects)
}

// hasHolder reports whether someone holds the permission for the whole
// organisation, from now on and without end.
func (p *policy) hasHolder(want Permission, now time.Time) bool {
	giving := map[subject]bool{}
	for _, id := range p.rolesGranting("", want) {
		if s := roleSubject(id); p.covered(p.gives(s), Grant{want, AccessAny}) {
			giving[s] = true
		}
	}
	leads := func(layer int, bonds []bond) bool {
		return slices.ContainsFunc(bonds, func(k bond) bool {
			during := k.during()
			return giving[k.to] && p.counts(k.to, layer) && during.Until.IsZero() && during.Includes(now)
		})
	}
	for grew := true; grew; { // until no further group leads there
		grew = false
		for i, l := range p.layers {
			for id, bonds := range l.nested {
				// What is said below where a group is defined is of another group.
				if _, defined := p.groupAt(id); i > defined || giving[groupSubject(id)] || !leads(i, bonds) {
					continue
				}
				giving[groupSubject(id)], grew = true, true
			}
		}
	}
	for i, l := range p.layers {
		if l.anyHeld(func(b *bundle) bool { return leads(i, b.bonds) }) {
			return true
		}
	}
	return false
}

// changes returns the moments at which some assignment starts or ends, sorted:
// between two of them the policy means the same.
func (p *policy) changes() []time.Time {
	var all []time.Time
	for _, l := range p.layers {
		for _, bonds := range l.linked() {
			for _, k := range bonds {
				if k.limited == nil {
					continue
				}
				for _, at := range []time.Time{k.limited.From, k.limited.Until} {
					if !at.IsZero() {
						all = append(all, at)
					}
				}
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}
