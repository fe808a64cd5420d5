package rolekit

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Contents is all that is said in one organisation itself, and nothing of what is
// above or below it; or, for [AllOrgs], what all organisations share. Two are the
// same where they are equal: all lists are sorted, and nothing in them is said by
// leaving it out.
//
// The audit log, revisions, the times at which things were made, kept replies and
// service keys with what they hold are no part of it.
type Contents struct {
	ID     OrgID
	Label  string // not of AllOrgs
	Parent OrgID  // empty at the root

	Roles    []RoleSpec            // default ones for AllOrgs, else custom ones; by id
	Baseline map[ProfileID][]Grant // of AllOrgs only
	Catalog  *CatalogContents      // of AllOrgs only; nil says nothing of it
	// Waiting is what came after custom roles and nobody decided about. Of a role that is
	// not in it, it says nothing: what waits there stays, and in a new one nothing does.
	Waiting map[RoleID][]Permission

	Groups      []GroupContents      // by id
	Sets        []SetContents        // by id
	Members     []UserID             // who were added without any role
	Assignments []Assignment         // by group or user, role and start
	Acting      map[UserID]ProfileID // the profile that each user acted as last

	RulesOnly    bool // see [Restoration.Next]
	LeaveUnknown bool // likewise

	LeftOut struct{ Keys, Rules int } // service keys, and rules that mean nothing: by Export alone
}

// GroupContents is a group and who is in it.
type GroupContents struct {
	GroupSpec

	Users  []UserID
	Groups []GroupID
}

// SetContents is a resource set and what is in it.
type SetContents struct {
	SetSpec

	Resources []ResourceID
}

// normal returns the contents in the one way in which they are written.
func (c *Contents) normal() Contents {
	n := *c
	if n.Label == "" && n.ID != AllOrgs {
		n.Label = string(n.ID)
	}
	n.Roles = slices.Clone(n.Roles)
	for i, r := range n.Roles {
		n.Roles[i] = r.normal()
		if r.Profile == "" && n.RulesOnly { // it is the one that the role has, if it is there
			n.Roles[i].Profile = ""
		}
	}
	slices.SortStableFunc(n.Roles, func(a, b RoleSpec) int { return cmp.Compare(a.ID, b.ID) })
	n.Waiting = maps.Clone(n.Waiting)
	for id, some := range n.Waiting {
		n.Waiting[id] = sortedOnce(some)
	}
	n.Groups = slices.Clone(n.Groups)
	for i, g := range n.Groups {
		g.Label = cmp.Or(g.Label, string(g.ID))
		g.Users, g.Groups = sortedOnce(g.Users), sortedOnce(g.Groups)
		n.Groups[i] = g
	}
	slices.SortStableFunc(n.Groups, func(a, b GroupContents) int { return cmp.Compare(a.ID, b.ID) })
	n.Sets = slices.Clone(n.Sets)
	for i, s := range n.Sets {
		s.Label = cmp.Or(s.Label, string(s.ID))
		s.Resources = sortedOnce(s.Resources)
		n.Sets[i] = s
	}
	slices.SortStableFunc(n.Sets, func(a, b SetContents) int { return cmp.Compare(a.ID, b.ID) })
	n.Members = sortedOnce(n.Members)
	n.Assignments = slices.Clone(n.Assignments)
	for i, a := range n.Assignments {
		n.Assignments[i].Period = a.normal()
	}
	slices.SortFunc(n.Assignments, compareAssignments)
	n.Assignments = slices.CompactFunc(n.Assignments, func(a, b Assignment) bool { return compareAssignments(a, b) == 0 })
	return n
}

func sortedOnce[T cmp.Ordered](items []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(items)))
}

func compareAssignments(a, b Assignment) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User), cmp.Compare(a.Role, b.Role),
		a.From.Compare(b.From), a.Until.Compare(b.Until))
}

// contentsOf returns what a policy's own layer says. What it says of a role, group or
// set that is not there means nothing, and is counted and left out.
func contentsOf(p *policy) Contents {
	l := p.layers[0]
	c := Contents{ID: l.id(), Label: l.org.Label, Parent: l.org.Parent}
	for _, r := range l.roles {
		c.Roles = append(c.Roles, c.meant(p, r))
	}
	if l.id() == AllOrgs {
		c.Baseline = map[ProfileID][]Grant{}
		for profile, grants := range l.baseline {
			if len(grants) > 0 {
				c.Baseline[profile] = slices.Clone(grants)
			}
		}
	}
	c.LeftOut.Keys, c.LeftOut.Rules = len(l.keys), c.LeftOut.Rules+len(l.stray)
	groups := map[GroupID]*GroupContents{}
	for id, g := range l.groups {
		groups[id] = &GroupContents{GroupSpec: GroupSpec{ID: id, Label: g.Label, Description: g.Description}}
	}
	for from, bonds := range l.linked() {
		if _, isKey := from.key(); !isKey {
			c.addBonds(p, from, bonds, groups)
		}
	}
	for _, g := range groups {
		c.Groups = append(c.Groups, *g)
	}
	for id, s := range l.sets {
		set := SetContents{SetSpec: SetSpec{ID: id, Label: s.Label, Description: s.Description}}
		set.Resources = slices.Collect(l.inSet[id].Keys())
		c.Sets = append(c.Sets, set)
	}
	c.Acting = maps.Collect(l.chosen.All())
	maps.DeleteFunc(c.Acting, func(u UserID, _ ProfileID) bool { _, isKey := u.Key(); return isKey })
	return c.normal()
}

// meant returns a role with those of its includes that lead to something.
func (c *Contents) meant(p *policy, r *Role) RoleSpec {
	spec := r.clone().RoleSpec
	spec.Includes = spec.Includes[:0]
	for _, to := range p.included(r.ID) {
		spec.Includes = append(spec.Includes, RoleID(to.to.id))
	}
	c.LeftOut.Rules += len(r.Includes) - len(spec.Includes)
	return spec
}

// addBonds adds what a user or group was given.
func (c *Contents) addBonds(p *policy, from subject, bonds []bond, groups map[GroupID]*GroupContents) {
	user, isUser := from.user()
	_, defined := p.groupAt(GroupID(from.id))
	for _, k := range bonds {
		in := groups[GroupID(k.to.id)]
		switch {
		case !p.counts(k.to, 0), !isUser && defined < 0, k.to.kind == kindGroup && in == nil, k.to.kind == kindOrg && !isUser:
			c.LeftOut.Rules++
		case k.to.kind == kindOrg:
			c.Members = append(c.Members, user)
		case k.to.kind == kindGroup && isUser:
			in.Users = append(in.Users, user)
		case k.to.kind == kindGroup:
			in.Groups = append(in.Groups, GroupID(from.id))
		case isUser:
			c.Assignments = append(c.Assignments, Assignment{k.during(), user, "", RoleID(k.to.id)})
		default:
			c.Assignments = append(c.Assignments, Assignment{k.during(), "", GroupID(from.id), RoleID(k.to.id)})
		}
	}
}

// links returns the rules that the contents are stored as of users and groups, by
// whom they are about.
func (c *Contents) links() map[subject][]Rule {
	all := map[subject][]Rule{}
	add := func(from, to subject, during Period) { all[from] = append(all[from], linkRule(c.ID, from, to, during)) }
	for _, u := range c.Members {
		add(userSubject(u), orgSubject(c.ID), Period{})
	}
	for _, g := range c.Groups {
		for _, u := range g.Users {
			add(userSubject(u), groupSubject(g.ID), Period{})
		}
		for _, inner := range g.Groups {
			add(groupSubject(inner), groupSubject(g.ID), Period{})
		}
	}
	for _, a := range c.Assignments {
		who, _ := a.subject()
		add(who, roleSubject(a.Role), a.Period)
	}
	for from := range all {
		slices.SortFunc(all[from], compareRules)
	}
	return all
}

// Rules returns the contents as rules of model.conf, in a fixed order: grants, what
// roles include, who is given what, what is in sets, and what holds for a time. What
// is not in them: labels and descriptions, the parent, who acts as what, and
// roles, groups and sets of which nothing is said.
func (c *Contents) Rules() []Rule {
	var all []Rule
	for _, profile := range slices.Sorted(maps.Keys(c.Baseline)) {
		for _, g := range c.Baseline[profile] {
			all = append(all, grantRule(c.ID, profileSubject(profile), profile, g))
		}
	}
	for _, r := range c.Roles {
		all = append(all, roleRules(c.ID, r)...)
	}
	links := c.links()
	for _, from := range slices.SortedFunc(maps.Keys(links), compareSubjects) {
		all = append(all, links[from]...)
	}
	for _, s := range c.Sets {
		all = append(all, c.resources(s)...)
	}
	order := []string{ptypeGrant, ptypeLink, ptypeResource, ptypeTimed}
	slices.SortStableFunc(all, func(a, b Rule) int { return cmp.Compare(slices.Index(order, a.Ptype), slices.Index(order, b.Ptype)) })
	return all
}

func (c *Contents) resources(s SetContents) []Rule {
	rules := make([]Rule, len(s.Resources))
	for i, id := range s.Resources {
		rules[i] = resourceRule(c.ID, id, s.ID)
	}
	return rules
}

func compareRules(a, b Rule) int {
	return cmp.Or(strings.Compare(a.Ptype, b.Ptype), slices.Compare(a.V[:], b.V[:]))
}
