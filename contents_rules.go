package rolekit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// ContentsOf understands rules of model.conf as contents, one an organisation, by
// id, with RulesOnly set; those of AllOrgs first. A rule that nobody can have
// written through the kit, or that is of a service key, is an error that has it
// among its Parts, whose At is its index.
//
// A role is said to be there by its grants and includes, a group by who is in it,
// and a set by what is in it; of a role that only includes others, no rule says the
// profile.
func ContentsOf(rules []Rule) ([]Contents, error) {
	u := understanding{met: subjects{}, orgs: map[OrgID]*ruleContents{}}
	var p partCheck
	for i, rule := range rules {
		_ = p.see(asInvalid(u.take(rule)), "%s", strconv.Itoa(i))
	}
	if p.count > 0 {
		first := p.some[0].Err
		e := errorf(CodeInvalid, "%d of %d rules cannot be understood; the rule %s: %s", p.count, len(rules), p.some[0].At, first.Message)
		e.Parts = p.some
		return nil, e
	}
	all := make([]Contents, 0, len(u.orgs))
	for _, id := range slices.Sorted(maps.Keys(u.orgs)) { // * sorts before whatever is an id
		all = append(all, u.orgs[id].contents())
	}
	return all, nil
}

func asInvalid(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return errorf(CodeInvalid, "%s", err)
}

// understanding is what was understood so far.
type understanding struct {
	met  subjects
	orgs map[OrgID]*ruleContents
}

// ruleContents is one organisation's part of it.
type ruleContents struct {
	Contents

	roles  map[RoleID]*RoleSpec
	groups map[GroupID]*GroupContents
	sets   map[SetID]*SetContents
}

func (u *understanding) of(org OrgID) *ruleContents {
	c := u.orgs[org]
	if c == nil {
		c = &ruleContents{
			Contents: Contents{ID: org, RulesOnly: true}, roles: map[RoleID]*RoleSpec{}, groups: map[GroupID]*GroupContents{}, sets: map[SetID]*SetContents{},
		}
		if org == AllOrgs {
			c.Baseline = map[ProfileID][]Grant{}
		}
		u.orgs[org] = c
	}
	return c
}

func (c *ruleContents) role(id RoleID) *RoleSpec {
	if c.roles[id] == nil {
		c.roles[id] = &RoleSpec{ID: id}
	}
	return c.roles[id]
}

func (c *ruleContents) group(id GroupID) *GroupContents {
	if c.groups[id] == nil {
		c.groups[id] = &GroupContents{GroupSpec: GroupSpec{ID: id}}
	}
	return c.groups[id]
}

func (c *ruleContents) set(id SetID) *SetContents {
	if c.sets[id] == nil {
		c.sets[id] = &SetContents{SetSpec: SetSpec{ID: id}}
	}
	return c.sets[id]
}

func (u *understanding) take(rule Rule) error {
	org := rule.Org()
	if org == "" {
		return rule.noOrg()
	}
	if org != AllOrgs {
		if err := org.Validate(); err != nil {
			return err
		}
	}
	if rule.Ptype == ptypeGrant {
		return u.takeGrant(org, rule)
	}
	from, to, during, err := u.met.decodeLink(rule)
	if err != nil {
		return err
	}
	if _, isKey := from.key(); isKey {
		user, _ := from.user()
		return checkPerson(user)
	}
	return u.takeLink(org, from, to, during)
}

func (u *understanding) takeGrant(org OrgID, rule Rule) error {
	to, profile, g, err := u.met.decodeGrant(rule)
	if err != nil {
		return err
	}
	c := u.of(org)
	if to.kind == kindProfile {
		if org != AllOrgs || ProfileID(to.id) != profile {
			return errors.New("a baseline is of all organisations, and of its own profile")
		}
		c.Baseline[profile] = append(c.Baseline[profile], g)
		return nil
	}
	r := c.role(RoleID(to.id))
	if r.Profile != "" && r.Profile != profile {
		return fmt.Errorf("the role %q is of profile %q by another rule", r.ID, r.Profile)
	}
	r.Profile = profile
	r.Grants = append(r.Grants, g)
	return nil
}

func (u *understanding) takeLink(org OrgID, from, to subject, during Period) error {
	user, isUser := from.user()
	c := u.of(org)
	switch {
	case org == AllOrgs && from.kind != kindRole:
		return errors.New("an assignment is of one organisation, never of all")
	case from.kind == kindResource:
		s := c.set(SetID(to.id))
		s.Resources = append(s.Resources, ResourceID(from.id))
	case from.kind == kindRole && to.kind == kindRole:
		r := c.role(RoleID(from.id))
		r.Includes = append(r.Includes, RoleID(to.id))
	case to.kind == kindRole:
		c.Assignments = append(c.Assignments, assignmentOf(from, RoleID(to.id), during))
	case to.kind == kindGroup && isUser:
		c.group(GroupID(to.id)).Users = append(c.group(GroupID(to.id)).Users, user)
	case to.kind == kindGroup && from.kind == kindGroup:
		c.group(GroupID(to.id)).Groups = append(c.group(GroupID(to.id)).Groups, GroupID(from.id))
	case to.kind == kindOrg && isUser && OrgID(to.id) == org:
		c.Members = append(c.Members, user)
	default:
		return fmt.Errorf("%s is not given %s in %q", from, to, org)
	}
	return nil
}

// assignmentOf is what a user or group has of a role.
func assignmentOf(who subject, role RoleID, during Period) Assignment {
	user, isUser := who.user()
	if !isUser {
		return Assignment{Period: during, Role: role, Group: GroupID(who.id)}
	}
	return Assignment{Period: during, Role: role, User: user}
}

func (c *ruleContents) contents() Contents {
	for _, id := range slices.Sorted(maps.Keys(c.roles)) {
		c.Roles = append(c.Roles, *c.roles[id])
	}
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		c.Groups = append(c.Groups, *c.groups[id])
	}
	for _, id := range slices.Sorted(maps.Keys(c.sets)) {
		c.Sets = append(c.Sets, *c.sets[id])
	}
	return c.Contents
}

// Unsaid says in words what of the contents rules cannot say, beside their parent:
// see [Contents.Rules].
func (c *Contents) Unsaid() (all []string) {
	note := func(n int, what string) {
		if n > 0 {
			all = append(all, fmt.Sprintf("%s (%d)", what, n))
		}
	}
	texts, empty := 0, 0
	if c.ID != AllOrgs && c.Label != string(c.ID) {
		texts++
	}
	count := func(id, label, description string, holds int) {
		if label != id || description != "" {
			texts++
		}
		if holds == 0 {
			empty++
		}
	}
	for _, r := range c.Roles {
		count(string(r.ID), r.Label, r.Description, len(r.Grants))
	}
	for _, g := range c.Groups {
		count(string(g.ID), g.Label, g.Description, len(g.Users)+len(g.Groups))
	}
	for _, s := range c.Sets {
		count(string(s.ID), s.Label, s.Description, len(s.Resources))
	}
	note(texts, "labels and descriptions")
	note(empty, "roles, groups and sets that are empty")
	note(len(c.Acting), "profiles that users acted as last")
	waits := 0
	for _, some := range c.Waiting {
		waits += len(some)
	}
	note(waits, "permissions that wait for a review")
	if c.Catalog != nil {
		all = append(all, "which catalog was applied last")
	}
	return all
}
