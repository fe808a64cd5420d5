package plaincasbin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// build makes the organisations of the rows that were not refused.
func (p *planner) build() []Org {
	sites := map[string]*site{}
	at := func(domain string) *site {
		if sites[domain] == nil {
			sites[domain] = &site{planner: p, roles: map[string]*Role{}, own: map[string]*Role{}, holds: map[Holding]bool{}}
		}
		return sites[domain]
	}
	for _, g := range p.grants {
		if !p.isRefused(g.row) {
			to := at(g.dom).holder(g.sub)
			to.Grants = append(to.Grants, p.says(g))
		}
	}
	for _, l := range p.links {
		if !p.isRefused(l.row) {
			at(l.dom).link(l)
		}
	}
	orgs := make([]Org, 0, len(sites))
	for domain, s := range sites {
		orgs = append(orgs, Org{ID: p.org(domain), Domain: domain, Creator: p.config.Creator, Roles: s.sorted(), Holds: s.holdings()})
	}
	slices.SortFunc(orgs, func(a, b Org) int { return cmp.Compare(a.ID, b.ID) })
	return orgs
}

// site is an organisation in the making. Roles are by what they were called, own
// roles by whose they are.
type site struct {
	*planner

	roles, own map[string]*Role
	holds      map[Holding]bool
}

// asRole returns the role of that name, and lets the user of that name, if there is
// one too, hold it.
func (s *site) asRole(name string) *Role {
	if s.roles[name] == nil {
		id := s.role(name)
		s.roles[name] = &Role{RoleSpec: rolekit.RoleSpec{ID: id, Label: label(name, string(id)), Profile: s.config.Profile}, Name: name}
		if s.users[name] {
			s.holds[Holding{s.user(name), id}] = true
		}
	}
	return s.roles[name]
}

// holder returns the role that what a p row grants goes to: for a user, one of
// their own.
func (s *site) holder(name string) *Role {
	if s.planner.roles[name] {
		return s.asRole(name)
	}
	if s.own[name] == nil {
		user := s.user(name)
		s.own[name] = &Role{RoleSpec: rolekit.RoleSpec{
			Label: label("Own of "+string(user), ""), Profile: s.config.Profile, Description: "What was granted to one user directly.",
		}, Name: name, Of: user}
	}
	return s.own[name]
}

func (s *site) link(l link) {
	to := s.asRole(l.to)
	switch {
	case l.from == l.to:
	case s.planner.roles[l.from]:
		from := s.asRole(l.from)
		from.Includes = append(from.Includes, to.ID)
	default:
		s.holds[Holding{s.user(l.from), to.ID}] = true
	}
}

// sorted returns the roles so that each stands behind those it includes, and own
// ones, which now get their ids, last.
func (s *site) sorted() []Role {
	var all []Role
	byID, done := map[rolekit.RoleID]*Role{}, map[rolekit.RoleID]bool{}
	for _, r := range s.roles {
		byID[r.ID] = r
	}
	var add func(r *Role)
	add = func(r *Role) {
		if done[r.ID] {
			return
		}
		done[r.ID] = true // cycles were refused
		for _, id := range unique(&r.Includes) {
			add(byID[id])
		}
		all = append(all, *r)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		add(byID[id])
	}
	maps.Copy(done, s.shared)
	for _, name := range slices.Sorted(maps.Keys(s.own)) {
		r := s.own[name]
		r.ID = ownID(r.Of, done)
		done[r.ID] = true
		s.holds[Holding{r.Of, r.ID}] = true
		all = append(all, *r)
	}
	for i := range all {
		slices.SortFunc(all[i].Grants, func(a, b rolekit.Grant) int { return cmp.Compare(a.Permission, b.Permission) })
		all[i].Grants = slices.Compact(all[i].Grants)
	}
	return all
}

func unique(ids *[]rolekit.RoleID) []rolekit.RoleID {
	slices.Sort(*ids)
	*ids = slices.Compact(*ids)
	return *ids
}

// maxRole is how many characters a role's id has at most.
const maxRole = 63

// ownID makes an id of a user's: what cannot stand in a role's becomes a hyphen,
// and what is taken gets a number.
func ownID(user rolekit.UserID, taken map[rolekit.RoleID]bool) rolekit.RoleID {
	slug := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, strings.ToLower(string(user)))
	base := "own." + slug
	for n := 1; ; n++ {
		end := ""
		if n > 1 {
			end = fmt.Sprintf(".%d", n)
		}
		id := rolekit.RoleID(base[:min(len(base), maxRole-len(end))] + end)
		if !taken[id] {
			return id
		}
	}
}

func (s *site) holdings() []Holding {
	return slices.SortedFunc(maps.Keys(s.holds), func(a, b Holding) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Role, b.Role))
	})
}
