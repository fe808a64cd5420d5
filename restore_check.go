package rolekit

import (
	"fmt"
	"maps"
	"slices"
)

// withProfiles fills in the profile of roles that say none, where there is but one.
func (k *Kit) withProfiles(c Contents) Contents {
	c.Roles = slices.Clone(c.Roles)
	for i, r := range c.Roles {
		if r.Profile == "" && len(k.catalog.profiles) == 1 {
			c.Roles[i].Profile = k.catalog.profiles[0].ID
		}
	}
	return c
}

// partCheck collects what is wrong with parts of contents.
type partCheck struct {
	wrongParts

	of int // how many parts were looked at
}

// see notes what is wrong with a part. What is not about the part ends everything.
func (p *partCheck) see(err error, at string, args ...any) error {
	p.of++
	return p.note(fmt.Sprintf(at, args...), err)
}

// done is the error of the whole.
func (p *partCheck) done(org OrgID) error {
	if p.count == 0 {
		return nil
	}
	first := p.some[0].Err
	what := fmt.Sprintf("organisation %q", org)
	if org == AllOrgs {
		what = "what all organisations share"
	}
	e := errorf(first.Code, "%s cannot be restored: %d wrong; %s: %s", what, p.count, p.some[0].At, first.Message).hint("%s", first.Hint)
	e.Parts = p.some
	return e
}

// check checks what can be said without the catalog and what is stored.
func (c *Contents) check() error {
	var p partCheck
	if c.ID != AllOrgs {
		_ = p.see(c.ID.Validate(), "id")
		_ = p.see(validText("label", c.Label, maxLabel), "label")
		if c.Parent != "" {
			_ = p.see(c.Parent.Validate(), "parent")
		}
	}
	for i, r := range c.Roles {
		_ = p.see(r.ID.Validate(), "roles/%s", r.ID)
		if i > 0 && c.Roles[i-1].ID == r.ID {
			_ = p.see(twice("role", string(r.ID)), "roles/%s", r.ID)
		}
	}
	for profile, grants := range c.Baseline {
		if c.ID != AllOrgs {
			_ = p.see(errorf(CodeInvalid, "an organisation has no baseline of its own").hint("it is what all share"), "baseline")
			break
		}
		_ = p.see(profile.Validate(), "baseline/%s", profile)
		_ = p.see(checkBaseline(grants), "baseline/%s", profile)
	}
	if c.ID == AllOrgs {
		c.checkShared(&p)
	} else if c.Catalog != nil {
		_ = p.see(errorf(CodeInvalid, "an organisation has no catalog of its own").hint("it is what all share"), "catalog")
	}
	c.checkGroups(&p)
	c.checkSets(&p)
	c.checkUsers(&p)
	slices.SortFunc(p.some, func(a, b Part) int { return comparePaths(a.At, b.At) }) // maps have no order
	return p.done(c.ID)
}

// checkShared refuses what is only of organisations.
func (c *Contents) checkShared(p *partCheck) {
	for _, r := range c.Roles {
		_ = p.see(checkNewRole(r.ID), "roles/%s", r.ID)
	}
	for id := range c.Waiting {
		_ = p.see(errorf(CodeInvalid, "nothing waits for a review in a default role").hint("take it out"), "roles/%s/waiting", id)
	}
	if c.Catalog != nil {
		c.Catalog.check(p)
	}
	if len(c.Groups)+len(c.Sets)+len(c.Members)+len(c.Assignments)+len(c.Acting) > 0 {
		_ = p.see(errorf(CodeInvalid, "all organisations share roles and baselines, and nothing else"), "roles")
	}
}

func (c *Contents) checkGroups(p *partCheck) {
	inner := map[GroupID][]GroupID{}
	for i, g := range c.Groups {
		inner[g.ID] = g.Groups
		_ = p.see(g.validate(), "groups/%s", g.ID)
		if i > 0 && c.Groups[i-1].ID == g.ID {
			_ = p.see(twice("group", string(g.ID)), "groups/%s", g.ID)
		}
		for _, u := range g.Users {
			_ = p.see(checkPerson(u), "groups/%s/users/%s", g.ID, u)
		}
	}
	for _, g := range c.Groups {
		if contains(inner, g.ID, g.ID, map[GroupID]bool{}) {
			_ = p.see(errorf(CodeCycle, "group %q is in itself, however far around", g.ID), "groups/%s", g.ID)
		}
	}
}

// contains reports whether a group is in another, however deep.
func contains(inner map[GroupID][]GroupID, in, wanted GroupID, seen map[GroupID]bool) bool {
	for _, g := range inner[in] {
		if g == wanted {
			return true
		}
		if !seen[g] {
			seen[g] = true
			if contains(inner, g, wanted, seen) {
				return true
			}
		}
	}
	return false
}

func (c *Contents) checkSets(p *partCheck) {
	for i, s := range c.Sets {
		_ = p.see(s.validate(), "sets/%s", s.ID)
		if i > 0 && c.Sets[i-1].ID == s.ID {
			_ = p.see(twice("resource set", string(s.ID)), "sets/%s", s.ID)
		}
		for _, id := range s.Resources {
			_ = p.see(id.Validate(), "sets/%s/resources/%s", s.ID, id)
		}
	}
}

func (c *Contents) checkUsers(p *partCheck) {
	for _, u := range c.Members {
		_ = p.see(checkPerson(u), "members/%s", u)
	}
	for _, a := range c.Assignments {
		at := a.path()
		if _, err := a.subject(); err != nil {
			_ = p.see(err, "%s", at)
			continue
		}
		if a.Group == "" {
			_ = p.see(checkPerson(a.User), "%s", at)
		}
		_ = p.see(a.Role.Validate(), "%s", at)
		_ = p.see(a.validate(), "%s", at)
	}
	for u, profile := range c.Acting {
		_ = p.see(checkPerson(u), "acting/%s", u)
		_ = p.see(profile.Validate(), "acting/%s", u)
	}
}

// path is how errors name an assignment: by who has which role.
func (a Assignment) path() string {
	if a.Group != "" {
		return "assignments/group:" + string(a.Group) + " " + string(a.Role)
	}
	return "assignments/" + string(a.User) + " " + string(a.Role)
}

// checkPerson refuses service keys, which are no part of contents.
func checkPerson(u UserID) error {
	if _, isKey := u.Key(); isKey {
		return errorf(CodeReserved, "%s is a service key, and those are not restored", u).hint("take it out, and make a new key")
	}
	return u.Validate()
}

func twice(what, id string) error {
	return errorf(CodeInvalid, "the %s %q comes twice", what, id).hint("say once what is to be")
}

func comparePaths(a, b string) int {
	order := []string{"id", "label", "parent", "catalog", "baseline", "roles", "groups", "sets", "members", "assignments", "acting"}
	rank := func(path string) int {
		return slices.IndexFunc(order, func(o string) bool { return path == o || len(path) > len(o) && path[:len(o)+1] == o+"/" })
	}
	if x, y := rank(a), rank(b); x != y {
		return x - y
	}
	return slices.Compare([]byte(a), []byte(b))
}

// checkSeen checks what the contents mean together with what is above, and with what
// the organisation has.
func (r *restoring) checkSeen() error {
	var p partCheck
	c, want := r.c, r.want
	fits := fitting{catalog: c.kit.catalog, leave: want.LeaveUnknown, p: &p}
	want.Roles = slices.Clone(want.Roles) // a transaction may run again
	above := newPolicy(c.before.catalog, c.before.layers[1:])
	sees := &change{org: c.org, before: c.before.with(want.asLayer())}
	if want.RulesOnly && want.LeaveUnknown {
		fits.unsaid(want, sees.before)
	}
	for i, spec := range want.Roles {
		old := r.was.roles[spec.ID]
		if err := checkNewRole(spec.ID); old == nil && err != nil {
			_ = p.see(err, "roles/%s", spec.ID)
			continue
		}
		if taken := above.role(spec.ID); taken != nil {
			_ = p.see(errorf(CodeExists, "there is a %s role %q already", taken.Origin, spec.ID).hint("choose another id"), "roles/%s", spec.ID)
		}
		if spec.Profile == "" {
			_ = p.see(errorf(CodeInvalid, "nothing says which profile the role %q is for", spec.ID).hint("give it a grant"), "roles/%s", spec.ID)
			continue
		}
		spec = fits.role(spec, old)
		want.Roles[i] = spec
		_ = p.see(sees.checkIncludes(spec), "roles/%s/includes", spec.ID)
		for _, g := range spec.Grants {
			if set, ok := g.Access.Set(); ok && sees.before.resourceSet(set) == nil {
				_ = p.see(setNotFound(sees.before, set), "roles/%s/grants/%s %s", spec.ID, g.Permission, g.Access)
			}
		}
	}
	want.checkNames(&p, above, sees)
	for _, a := range want.Assignments {
		who, _ := a.subject()
		_ = p.see(sees.mustSee(who, roleSubject(a.Role)), "%s", a.path())
	}
	fits.acting(want.Acting, r.was)
	r.out.Notes = fits.notes
	return p.done(want.ID)
}

// checkNames refuses groups and sets that one above has too.
func (c *Contents) checkNames(p *partCheck, above *policy, sees *change) {
	for _, g := range c.Groups {
		if other, _ := above.groupAt(g.ID); other != nil {
			_ = p.see(errorf(CodeReserved, "%q is a group of organisation %q", g.ID, other.Org).hint("choose another id"), "groups/%s", g.ID)
		}
		for _, inner := range g.Groups {
			_ = p.see(sees.nests(inner), "groups/%s/groups/%s", g.ID, inner)
		}
	}
	for _, s := range c.Sets {
		if other := above.resourceSet(s.ID); other != nil {
			_ = p.see(errorf(CodeReserved, "%q is a resource set of organisation %q", s.ID, other.Org).hint("choose another id"), "sets/%s", s.ID)
		}
	}
}

// nests refuses to put a group into one of the organisation that is not its own.
func (c *change) nests(inner GroupID) error {
	if err := c.mustSee(groupSubject(inner)); err != nil {
		return err
	}
	if g, _ := c.before.groupAt(inner); g.Org != c.org {
		return errorf(CodeReserved, "%q is a group of organisation %q", inner, g.Org).hint("put it into groups there")
	}
	return nil
}

// asLayer returns the contents as far as names are looked up in them.
func (c *Contents) asLayer() *layer {
	l := emptyLayer(Org{ID: c.ID, Label: c.Label, Parent: c.Parent})
	for _, r := range c.Roles {
		l.roles[r.ID] = &Role{RoleSpec: r, Org: c.ID, Origin: OriginCustom}
	}
	for _, g := range c.Groups {
		l.groups[g.ID] = &Group{Org: c.ID, ID: g.ID}
	}
	for _, s := range c.Sets {
		l.sets[s.ID] = &ResourceSet{Org: c.ID, ID: s.ID}
	}
	return l
}

// checkOthers refuses what other organisations, or service keys, would feel: names
// that go while they are in use, and new ones that are in use below.
func (r *restoring) checkOthers() error {
	gone, fresh := r.newNames()
	if err := r.checkKeys(gone); err != nil {
		return err
	}
	if r.out.Created || len(gone)+len(fresh) == 0 {
		return nil
	}
	return r.checkBelow(gone, fresh)
}

// newNames returns the names that go, and those that come, as rules spell them.
func (r *restoring) newNames() (gone, fresh map[string]bool) {
	gone, fresh = map[string]bool{}, map[string]bool{}
	note := func(s subject, had, has bool) {
		switch {
		case had && !has:
			gone[s.String()] = true
		case has && !had:
			fresh[s.String()] = true
		}
	}
	has := r.want.asLayer()
	for id := range merge(r.was.roles, has.roles) {
		note(roleSubject(id), r.was.roles[id] != nil, has.roles[id] != nil)
	}
	for id := range merge(r.was.groups, has.groups) {
		note(groupSubject(id), r.was.groups[id] != nil, has.groups[id] != nil)
	}
	for id := range merge(r.was.sets, has.sets) {
		note(subject{kindSet, string(id)}, r.was.sets[id] != nil, has.sets[id] != nil)
	}
	return gone, fresh
}

// checkKeys refuses to take away what a service key holds.
func (r *restoring) checkKeys(gone map[string]bool) error {
	for from, bonds := range r.was.linked() {
		_, isKey := from.key()
		for _, b := range bonds {
			if isKey && gone[b.to.String()] {
				return errorf(CodeInUse, "the service key %s holds %s, which would go", from, b.to).hint("take it from the key first, or revoke that")
			}
		}
	}
	return nil
}

// checkBelow refuses names that go while they are used in organisations below, and
// names that come and are taken there.
func (r *restoring) checkBelow(gone, fresh map[string]bool) error {
	used, has, parents := map[OrgID][]string{}, map[OrgID]map[string]bool{}, map[OrgID]OrgID{}
	err := r.c.eachRecordBelow(func(rec Layer) error {
		id := rec.Org.ID
		parents[id] = rec.Org.Parent
		for _, name := range rec.names() {
			if fresh[name] {
				return errorf(CodeExists, "organisation %q, which is part of %q, has %q already", id, r.want.ID, name).hint("choose another id")
			}
			if gone[name] {
				has[id] = merge(map[string]bool{name: true}, has[id])
			}
		}
		for _, rule := range rec.Rules {
			for _, v := range []string{rule.V[0], rule.V[1], rule.V[5]} {
				if gone[v] {
					used[id] = append(used[id], v)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(used)) {
		for _, name := range used[id] {
			at := id
			for parents[at] != "" && !has[at][name] { // one between may have it by now
				at = parents[at]
			}
			if !has[at][name] {
				return errorf(CodeInUse, "%q, which would go, is used in organisation %q below", name, id).hint("take it out of use there first")
			}
		}
	}
	return nil
}

// names are the roles, groups and sets of a layer, as rules spell them.
func (l Layer) names() []string {
	var all []string
	for _, x := range l.Roles {
		all = append(all, roleSubject(x.ID).String())
	}
	for _, x := range l.Groups {
		all = append(all, groupSubject(x.ID).String())
	}
	for _, x := range l.Sets {
		all = append(all, subject{kindSet, string(x.ID)}.String())
	}
	return all
}

func merge[K comparable, V any](a, b map[K]V) map[K]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
