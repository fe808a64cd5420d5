package plaincasbin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rolekit/rolekit"
)

// Gain is something that the plan would allow and the rows did not.
type Gain struct {
	Org        rolekit.OrgID
	Role       rolekit.RoleID // who gains it: those who hold this role,
	User       rolekit.UserID // or a user, by more than one role's doing
	Permission rolekit.Permission
	Why        string
}

// maxLinks is how many links Casbin follows from a user to a role.
const maxLinks = 10

// pair is an obj and an act.
type pair struct{ obj, act string }

// gains compares what the rows allow, as Casbin reads them with the usual matcher,
// with what the organisations will: for every role and user, and whatever can be
// asked for in either.
func (p *planner) gains(orgs []Org) []Gain {
	asked, names := p.asked(), map[rolekit.UserID]string{}
	for name := range p.users {
		names[p.user(name)] = name
	}
	all := map[string]*comparison{}
	for _, o := range orgs {
		all[o.Domain] = &comparison{planner: p, org: o, asked: asked, names: names, links: map[string][]string{}, allows: map[string][]pair{}}
	}
	p.readBefore(all)
	var gains []Gain
	for _, o := range orgs {
		gains = append(gains, all[o.Domain].gains()...)
	}
	return gains
}

// readBefore takes in what rows say of the domains, also those that were refused.
func (p *planner) readBefore(all map[string]*comparison) {
	for _, l := range p.links {
		if c := all[l.dom]; c != nil {
			c.links[l.from] = append(c.links[l.from], l.to)
		}
	}
	for _, g := range p.grants {
		c := all[g.dom]
		switch {
		case g.denies && looksLikePattern(g.dom):
			for _, c := range all {
				c.denials = append(c.denials, g)
			}
		case c != nil && g.denies:
			c.denials = append(c.denials, g)
		case c != nil:
			c.allows[g.sub] = append(c.allows[g.sub], pair{g.obj, g.act})
		}
	}
}

// question is a pair that a program may ask for, and the permission that it is.
type question struct {
	pair

	permission rolekit.Permission
}

// asked returns what can be asked for: each pair that rows know, and each
// permission of the catalog that those are not.
func (p *planner) asked() []question {
	all, known := map[question]bool{}, map[rolekit.Permission]bool{}
	for _, g := range p.grants {
		permission := p.permission(g.obj, g.act)
		if _, ok := p.config.Catalog.Permission(permission); ok {
			all[question{pair{g.obj, g.act}, permission}], known[permission] = true, true
		}
	}
	for _, info := range p.config.Catalog.Permissions() {
		if !known[info.ID] {
			all[question{pair{string(info.ID.Object()), string(info.ID.Action())}, info.ID}] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b question) int {
		return cmp.Or(cmp.Compare(a.permission, b.permission), cmp.Compare(a.obj, b.obj), cmp.Compare(a.act, b.act))
	})
}

// comparison is one of a domain with what it becomes.
type comparison struct {
	*planner

	org   Org
	asked []question
	names map[rolekit.UserID]string

	links   map[string][]string // what rows say
	allows  map[string][]pair
	denials []grant
}

// reach returns who a sub is to Casbin: itself and its roles.
func (c *comparison) reach(sub string) map[string]bool {
	seen := map[string]bool{sub: true}
	level := []string{sub}
	for range maxLinks {
		var next []string
		for _, name := range level {
			for _, to := range c.links[name] {
				if !seen[to] {
					seen[to] = true
					next = append(next, to)
				}
			}
		}
		level = next
	}
	return seen
}

// denied reports whether a row denies the pair to any of them. A pattern may match
// anything.
func (c *comparison) denied(who map[string]bool, what pair) bool {
	matches := func(field, value string) bool { return field == value || looksLikePattern(field) }
	return slices.ContainsFunc(c.denials, func(g grant) bool {
		return (who[g.sub] || looksLikePattern(g.sub)) && matches(g.obj, what.obj) && matches(g.act, what.act)
	})
}

// gains returns those of each role, but for what included ones have too, and then
// those of each user that no role of theirs has.
func (c *comparison) gains() []Gain {
	var all []Gain
	byRole := map[rolekit.RoleID]map[rolekit.Permission]bool{}
	roles := map[rolekit.RoleID]Role{}
	for _, r := range c.org.Roles { // included ones come first
		roles[r.ID] = r
		byRole[r.ID] = map[rolekit.Permission]bool{}
		known := map[rolekit.Permission]bool{}
		for _, id := range r.Includes {
			maps.Copy(known, byRole[id])
		}
		if r.Of != "" {
			continue
		}
		for _, g := range c.gained(r.Name, gives(roles, r.ID), nil, known) {
			g.Role = r.ID
			byRole[r.ID][g.Permission] = true
			all = append(all, g)
		}
		maps.Copy(byRole[r.ID], known)
	}
	held := map[rolekit.UserID][]rolekit.RoleID{}
	for _, h := range c.org.Holds {
		held[h.User] = append(held[h.User], h.Role)
	}
	baseline := c.config.Catalog.Defaults().Baseline[c.config.Profile]
	for _, user := range slices.Sorted(maps.Keys(held)) {
		known := map[rolekit.Permission]bool{}
		for _, id := range held[user] {
			maps.Copy(known, byRole[id])
		}
		for _, g := range c.gained(c.names[user], gives(roles, held[user]...), baseline, known) {
			g.User = user
			all = append(all, g)
		}
	}
	return all
}

// gives returns what roles grant, with those that they include.
func gives(roles map[rolekit.RoleID]Role, ids ...rolekit.RoleID) []rolekit.Grant {
	var all []rolekit.Grant
	seen := map[rolekit.RoleID]bool{}
	for queue := ids; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		r := roles[queue[0]]
		all = append(all, r.Grants...)
		queue = append(slices.Clip(queue), r.Includes...)
	}
	return all
}

// gained returns what the grants and the baseline allow and the rows do not allow
// the sub, but for what is known.
func (c *comparison) gained(sub string, grants, baseline []rolekit.Grant, known map[rolekit.Permission]bool) []Gain {
	who := c.reach(sub)
	had := map[pair]bool{}
	for name := range who {
		for _, what := range c.allows[name] {
			had[what] = true
		}
	}
	var found []Gain
	for _, q := range c.asked {
		told := len(found) > 0 && found[len(found)-1].Permission == q.permission
		if told || known[q.permission] || had[q.pair] && !c.denied(who, q.pair) {
			continue
		}
		if why := c.why(q, had, grants, baseline); why != "" {
			found = append(found, Gain{Org: c.org.ID, Permission: q.permission, Why: why})
		}
	}
	return found
}

// why says by what a permission is gained; empty where it is not.
func (c *comparison) why(q question, had map[pair]bool, grants, baseline []rolekit.Grant) string {
	by, granted := c.covering(grants, q.permission)
	_, anyway := c.covering(baseline, q.permission)
	switch {
	case had[q.pair] && (granted || anyway):
		return "a row denied it"
	case granted && by != q.permission:
		return fmt.Sprintf("%s implies it", by)
	case granted && c.hadOther(had, q.permission):
		return fmt.Sprintf("obj %q and act %q are this permission too", q.obj, q.act)
	case granted:
		return fmt.Sprintf("Casbin does not follow more than %d links", maxLinks)
	case anyway:
		return fmt.Sprintf("everybody has it, by the baseline of profile %s", c.config.Profile)
	}
	return ""
}

// covering returns a granted permission that is the wanted one, or implies it.
func (c *comparison) covering(grants []rolekit.Grant, want rolekit.Permission) (by rolekit.Permission, ok bool) {
	for _, g := range grants {
		switch {
		case g.Permission == want:
			return want, true
		case g.Access == rolekit.AccessAny && g.Permission.Object() == want.Object() &&
			c.config.Catalog.Implies(g.Permission.Action(), want.Action()):
			by, ok = g.Permission, true
		}
	}
	return by, ok
}

// hadOther reports whether a pair that the sub had is the permission too.
func (c *comparison) hadOther(had map[pair]bool, want rolekit.Permission) bool {
	return slices.ContainsFunc(c.asked, func(q question) bool { return q.permission == want && had[q.pair] })
}
