package plaincasbin

import (
	"errors"
	"strconv"
	"strings"

	"github.com/rolekit/rolekit"
)

// checkGrants refuses p rows of which rolekit could make no grant.
func (p *planner) checkGrants() {
	for _, g := range p.grants {
		p.refuseFor(g.row, p.domainProblem(g.dom), p.subProblem(g.sub), p.permissionProblem(g))
	}
}

// checkLinks refuses g rows of which it could make no assignment or include.
func (p *planner) checkLinks() {
	for _, l := range p.links {
		p.refuseFor(l.row, p.domainProblem(l.dom), p.subProblem(l.from), p.subProblem(l.to))
	}
}

func (p *planner) refuseFor(r Row, problems ...string) {
	for _, why := range problems {
		if why != "" {
			p.refuse(r, "%s", why)
		}
	}
}

// words says what an error of the kit's says, for people.
func words(err error) string {
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		return err.Error()
	}
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

func (p *planner) domainProblem(domain string) string {
	if _, named := p.config.Names.Domains[domain]; !named && strings.Contains(domain, "*") {
		return "its domain is a pattern; what holds everywhere at once is said by the catalog's default roles"
	}
	id := p.org(domain)
	if err := id.Validate(); err != nil {
		return words(err) + "; name it under domains in the file of names"
	}
	if p.orgs[id] {
		return "the organisation " + string(id) + " is there already, with a policy of its own; " +
			"name another under domains in the file of names"
	}
	return ""
}

func (p *planner) subProblem(name string) string {
	_, asRole := p.config.Names.Roles[name]
	_, asUser := p.config.Names.Users[name]
	switch {
	case strings.Contains(name, "*") && !asRole && !asUser:
		return "its sub is a pattern"
	case !p.roles[name] && !p.users[name]:
		return "no g row says whether " + strconv.Quote(name) + " is a role or a user; " +
			"name it under roles or users in the file of names, or say which all such are"
	}
	if p.roles[name] {
		id := p.role(name)
		if err := id.Validate(); err != nil {
			return words(err) + "; name it under roles in the file of names"
		}
		if p.shared[id] {
			return "the catalog has a default role " + string(id) + "; name another under roles in the file of names"
		}
	}
	if p.users[name] {
		if err := p.user(name).Validate(); err != nil {
			return words(err) + "; name another under users in the file of names"
		}
	}
	return ""
}

// ownObjects is how the objects begin by which rolekit guards itself.
const ownObjects = "iam."

func (p *planner) permissionProblem(g grant) string {
	says := p.says(g)
	if p.mapped(g.obj, g.act) {
		if err := p.config.Catalog.CheckGrant(p.config.Profile, says); err != nil {
			return words(err)
		}
		return ""
	}
	const name = "; name it under permissions in the file of names"
	if strings.HasPrefix(g.obj, ownObjects) {
		return string(says.Permission) + " is a permission to manage roles themselves" + name + " if that is meant"
	}
	err := p.config.Catalog.CheckGrant(p.config.Profile, says)
	switch {
	case err == nil:
		return ""
	case looksLikePattern(g.obj) || looksLikePattern(g.act):
		return "its obj or act is a pattern, and rolekit's permissions are words" + name
	}
	// The nearest word may be one by which roles are managed, and that is never meant.
	if e, ok := errors.AsType[*rolekit.Error](err); ok && strings.Contains(e.Hint, `"`+ownObjects) {
		return e.Message + name
	}
	return words(err) + name
}

// checkCycles refuses g rows by which roles would include each other.
func (p *planner) checkCycles() {
	includes := map[[2]string][]string{} // by domain and role
	for _, l := range p.links {
		if p.includes(l) {
			at := [2]string{l.dom, l.from}
			includes[at] = append(includes[at], l.to)
		}
	}
	for _, l := range p.links {
		if p.includes(l) && reaches(includes, l.dom, l.to, l.from) {
			p.refuse(l.row, "the roles %q and %q include each other", l.from, l.to)
		}
	}
}

// includes reports whether a g row says that a role includes another. That it has
// itself says nothing.
func (p *planner) includes(l link) bool {
	return p.roles[l.from] && l.from != l.to && !p.isRefused(l.row)
}

func reaches(includes map[[2]string][]string, domain, from, to string) bool {
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, next := range includes[[2]string{domain, queue[0]}] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}
