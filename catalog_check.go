package rolekit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rolekit/rolekit/internal/compiled"
)

// finish checks what the drafts mean together and builds the catalog. It goes
// on after a problem, so that one run reports them all.
func (p *catalogParser) finish() *Catalog {
	c := &Catalog{
		closure: map[ActionID]map[ActionID]bool{}, baseline: map[ProfileID][]Grant{},
		byID: map[Permission]*PermissionInfo{}, implied: map[Permission][]int{}, byOp: map[string]Permission{},
	}
	p.finishActions(c)
	p.finishProfiles(c)
	p.finishAccess(c)
	p.finishPermissions(c)
	p.finishHolding(c)
	if len(p.problems) > 0 {
		return nil // roles would only repeat what is wrong above
	}
	p.finishRoles(c)
	p.finishBaseline(c)
	p.finishCreator(c)
	p.finishRenames(c)
	return c
}

func (p *catalogParser) finishActions(c *Catalog) {
	direct := map[ActionID][]ActionID{}
	for _, a := range p.actions {
		direct[a.value.ID] = a.value.Implies
		c.actions = append(c.actions, a.value)
	}
	for _, own := range []ActionInfo{
		{ID: actionRead, Label: "read"},
		{ID: actionWrite, Label: "write", Implies: []ActionID{actionRead}},
	} {
		if _, ok := direct[own.ID]; !ok {
			direct[own.ID] = own.Implies
			c.actions = append(c.actions, own)
		}
	}
	known := slices.Collect(maps.Keys(direct))
	for _, a := range p.actions {
		for i, implied := range a.value.Implies {
			if _, ok := direct[implied]; !ok {
				p.fail(a.lines[i], "action %q implies %q, which is not an action; %s", a.value.ID, implied,
					suggestion(string(implied), known, "declare it under actions"))
			}
		}
	}
	for id := range direct {
		c.closure[id] = map[ActionID]bool{}
		follow(id, direct, c.closure[id])
	}
	for _, a := range p.actions {
		for i, implied := range a.value.Implies {
			if c.closure[implied][a.value.ID] {
				p.fail(a.lines[i], "action %q implies %q, which implies %q again: a cycle", a.value.ID, implied, a.value.ID)
			}
		}
	}
}

// follow adds id and everything it leads to.
func follow[T comparable](id T, edges map[T][]T, into map[T]bool) {
	if into[id] {
		return
	}
	into[id] = true
	for _, next := range edges[id] {
		follow(next, edges, into)
	}
}

// What a decision has room for; see numbers.
const (
	maxPermissions = 1 << 16
	maxProfiles    = 1000
)

func (p *catalogParser) finishProfiles(c *Catalog) {
	for _, pr := range p.profiles {
		c.profiles = append(c.profiles, pr.value)
	}
	if len(c.profiles) > maxProfiles {
		p.fail(p.profiles[maxProfiles].line, "there are %d profiles; at most %d are possible", len(c.profiles), maxProfiles)
	}
	if len(c.profiles) == 0 {
		c.profiles = []ProfileInfo{{ID: DefaultProfile, Label: string(DefaultProfile)}}
	}
}

// builtinAccess are the accesses that every catalog has.
func builtinAccess() []Access { return []Access{AccessAny, AccessTeam, AccessOwn, accessSet} }

func (p *catalogParser) finishAccess(c *Catalog) {
	known := builtinAccess()
	for _, a := range p.accesses {
		known = append(known, a.value.ID)
		c.accesses = append(c.accesses, a.value)
	}
	for _, d := range p.permissions {
		for i, a := range d.value.Access {
			if !slices.Contains(known, a) {
				p.fail(d.accessLines[i], "there is no access %q; %s", a, suggestion(string(a), known, "declare it under access"))
			}
		}
	}
}

// finishObjects takes in the objects of the file, and the kit's own behind them.
func (p *catalogParser) finishObjects(c *Catalog) {
	for _, o := range p.objects {
		for i, action := range o.value.Actions {
			if c.closure[action] == nil {
				p.fail(o.lines[i], "object %q has action %q, which is not declared; %s", o.value.ID, action,
					suggestion(string(action), slices.Collect(maps.Keys(c.closure)), "declare it under actions"))
			}
			if slices.Index(o.value.Actions, action) != i {
				p.fail(o.lines[i], "object %q has action %q twice", o.value.ID, action)
			}
		}
		c.objects = append(c.objects, o.value)
	}
	readWrite := []ActionID{actionRead, actionWrite}
	c.objects = append(c.objects,
		ObjectInfo{ObjectOrgs, "Organisations", readWrite}, ObjectInfo{ObjectRoles, "Roles", readWrite},
		ObjectInfo{ObjectMembers, "Members", readWrite}, ObjectInfo{ObjectAudit, "Audit log", readWrite},
		ObjectInfo{ObjectKeys, "Service keys", readWrite})
}

func (p *catalogParser) finishPermissions(c *Catalog) {
	p.finishObjects(c)
	everyone := make([]ProfileID, len(c.profiles))
	for i, pr := range c.profiles {
		everyone[i] = pr.ID
	}
	actionLabel := map[ActionID]string{}
	for _, a := range c.actions {
		actionLabel[a.ID] = a.Label
	}
	for _, o := range c.objects {
		for _, action := range o.Actions {
			c.permissions = append(c.permissions, PermissionInfo{
				ID: NewPermission(o.ID, action), Label: o.Label + ": " + actionLabel[action],
				Profiles: everyone, Access: []Access{AccessAny},
			})
		}
	}
	if len(c.permissions) > maxPermissions {
		p.fail(p.objects[0].line, "the objects have %d permissions together; at most %d are possible", len(c.permissions), maxPermissions)
		return
	}
	ids := make([]Permission, len(c.permissions))
	for i := range c.permissions {
		ids[i] = c.permissions[i].ID
		c.byID[ids[i]] = &c.permissions[i]
	}
	c.numbers = compiled.NewWords(ids)
	for _, have := range ids {
		for i, want := range ids {
			if have.Object() == want.Object() && c.Implies(have.Action(), want.Action()) {
				c.implied[have] = append(c.implied[have], i)
			}
		}
	}
	for _, d := range p.permissions {
		p.describe(c, d)
	}
	p.finishImplied(c)
}

// finishImplied refuses a permission for a profile that what it implies is not
// for: whoever holds it would hold the other, against what the catalog says.
func (p *catalogParser) finishImplied(c *Catalog) {
	lines := map[Permission]int{}
	for _, d := range p.permissions {
		lines[d.value.ID] = d.line
	}
	for _, info := range c.permissions {
		for _, other := range c.permissions {
			if info.ID.Object() != other.ID.Object() || !c.Implies(info.ID.Action(), other.ID.Action()) {
				continue
			}
			missing := slices.DeleteFunc(slices.Clone(info.Profiles), func(pr ProfileID) bool { return slices.Contains(other.Profiles, pr) })
			if len(missing) > 0 {
				p.fail(max(lines[other.ID], lines[info.ID]), "permission %q is for %s, and implies %q, which is not; narrow the one or widen the other",
					info.ID, listOf(missing), other.ID)
			}
		}
	}
}

// describe lays what the permissions section says over what objects gave.
func (p *catalogParser) describe(c *Catalog, d draft[PermissionInfo]) {
	info, ok := c.byID[d.value.ID]
	if !ok {
		p.failErr(d.line, c.CheckPermission(d.value.ID))
		return
	}
	for i, pr := range d.value.Profiles {
		if err := c.CheckProfile(pr); err != nil {
			p.failErr(d.lines[i], err)
		}
	}
	if strings.HasPrefix(string(d.value.ID), reservedObjects) && d.value.Access != nil {
		p.fail(d.line, "permission %q always reaches the whole organisation: its access cannot be set", d.value.ID)
	}
	for i, op := range d.value.Operations {
		if other, ok := c.byOp[op]; ok {
			p.fail(d.opLines[i], "operation %q needs %q already; an operation needs one permission", op, other)
		}
		c.byOp[op] = d.value.ID
	}
	info.Operations = d.value.Operations
	if d.value.Label != "" {
		info.Label = d.value.Label
	}
	info.Description = d.value.Description
	if d.value.Profiles != nil {
		info.Profiles = d.value.Profiles
	}
	if d.value.Access != nil {
		info.Access = d.value.Access
	}
}

func (p *catalogParser) finishRoles(c *Catalog) {
	profileOf, includes := map[RoleID]ProfileID{}, map[RoleID][]RoleID{}
	for i := range p.roles {
		r := &p.roles[i].value
		if r.Profile == "" && len(c.profiles) == 1 {
			r.Profile = c.profiles[0].ID
		}
		profileOf[r.ID] = r.Profile
		for _, inc := range r.includes {
			includes[r.ID] = append(includes[r.ID], inc.value)
		}
	}
	for _, d := range p.roles {
		r := d.value
		if err := checkNewRole(r.ID); err != nil {
			p.failErr(d.line, err)
			continue
		}
		if r.Profile == "" {
			p.fail(d.line, "role %q names no profile; the catalog has several: %s", r.ID, listOf(c.profileIDs()))
			continue
		}
		if err := c.CheckProfile(r.Profile); err != nil {
			p.failErr(d.line, err)
			continue
		}
		for _, g := range r.grants {
			r.Grants = append(r.Grants, p.expand(c, fmt.Sprintf("role %q", r.ID), r.Profile, g)...)
		}
		for _, inc := range r.includes {
			p.checkInclude(r.RoleSpec, inc, profileOf, includes)
		}
		r.Includes = includes[r.ID]
		c.roles = append(c.roles, r.normal())
	}
}

func (p *catalogParser) checkInclude(r RoleSpec, inc draft[RoleID], profileOf map[RoleID]ProfileID, includes map[RoleID][]RoleID) {
	other, ok := profileOf[inc.value]
	if !ok {
		p.fail(inc.line, "role %q includes %q, which is not a role here; %s", r.ID, inc.value,
			suggestion(string(inc.value), slices.Collect(maps.Keys(profileOf)), "declare it under roles"))
		return
	}
	if other != r.Profile {
		p.fail(inc.line, "role %q (profile %s) includes %q of profile %s; roles include roles of their own profile",
			r.ID, r.Profile, inc.value, other)
	}
	reached := map[RoleID]bool{}
	follow(inc.value, includes, reached)
	if reached[r.ID] {
		p.fail(inc.line, "role %q includes %q, which includes %q again: a cycle", r.ID, inc.value, r.ID)
	}
}

func (p *catalogParser) finishBaseline(c *Catalog) {
	for profile, grants := range p.baseline {
		if err := c.CheckProfile(profile); err != nil {
			p.failErr(grants[0].line, err)
			continue
		}
		for _, g := range grants {
			expanded := p.expand(c, fmt.Sprintf("baseline %q", profile), profile, g)
			if err := checkBaseline(expanded); err != nil {
				p.failErr(g.line, err)
			}
			c.baseline[profile] = append(c.baseline[profile], expanded...)
		}
		c.baseline[profile] = RoleSpec{Grants: c.baseline[profile]}.normal().Grants
	}
}

// checkBaseline refuses to let everyone manage: nobody could be the last who can.
func checkBaseline(grants []Grant) error {
	for _, g := range grants {
		if slices.Contains(protectedPermissions(), g.Permission) {
			return errorf(CodeInvalid, "a baseline cannot grant %s", g.Permission).hint("grant it by a role, and name in a baseline what all may do")
		}
	}
	return nil
}

// expand turns "invoices:*", "*:read" or "*:*" into the permissions it stands
// for: those of the profile that come with the access. A plain grant is checked
// and returned.
func (p *catalogParser) expand(c *Catalog, where string, profile ProfileID, g draft[Grant]) []Grant {
	object, action := g.value.Permission.Object(), g.value.Permission.Action()
	if object != "*" && action != "*" {
		if err := c.CheckGrant(profile, g.value); err != nil {
			p.failIn(g.line, where+": ", err)
		}
		return []Grant{g.value}
	}
	var found []Grant
	for _, info := range c.permissions {
		one := Grant{info.ID, g.value.Access}
		if (object == "*" || object == info.ID.Object()) && (action == "*" || action == info.ID.Action()) &&
			c.CheckGrant(profile, one) == nil {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		p.fail(g.line, "%s: grant %q with access %s stands for no permission of profile %s", where, g.value.Permission, g.value.Access, profile)
	}
	return found
}

func (c *Catalog) profileIDs() []ProfileID {
	ids := make([]ProfileID, len(c.profiles))
	for i, p := range c.profiles {
		ids[i] = p.ID
	}
	return ids
}

// finishCreator sees to it that whoever creates an organisation can run it:
// one who could not manage roles and members would be locked out at birth.
func (p *catalogParser) finishCreator(c *Catalog) {
	id := p.creator.value
	if id == "" {
		return
	}
	byID := map[RoleID]RoleSpec{}
	for _, r := range c.roles {
		byID[r.ID] = r
	}
	if _, ok := byID[id]; !ok {
		p.fail(p.creator.line, "creator %q is not a role here; %s", id,
			suggestion(string(id), slices.Collect(maps.Keys(byID)), "declare it under roles"))
		return
	}
	includes, reached := map[RoleID][]RoleID{}, map[RoleID]bool{}
	for _, r := range c.roles {
		includes[r.ID] = r.Includes
	}
	follow(id, includes, reached)
	var missing []string
	for _, need := range protectedPermissions() {
		held := false
		for role := range reached {
			held = held || slices.ContainsFunc(byID[role].Grants, func(g Grant) bool {
				return c.covers(g, Grant{need, AccessAny})
			})
		}
		if !held {
			missing = append(missing, string(need))
		}
	}
	if len(missing) > 0 {
		p.fail(p.creator.line, "creator %q lacks %s: a new organisation would have nobody to manage it", id, strings.Join(missing, " and "))
		return
	}
	c.creator = id
}
