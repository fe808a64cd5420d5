package plaincasbin

import (
	"maps"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// Plan is what becomes of the rows. Nothing has been done yet.
type Plan struct {
	Orgs    []Org     // to be made, sorted by id
	Refused []Refusal // rows that cannot be said in rolekit
	Gains   []Gain    // what would be allowed and was not

	rows []Row // all of them
}

// Rows returns how many rows the plan is about. Where there are none, there is
// nothing to do.
func (p *Plan) Rows() int { return len(p.rows) }

// Org is an organisation that a domain becomes.
type Org struct {
	ID      rolekit.OrgID
	Domain  string
	Creator rolekit.UserID // who gets the catalog's creator role; may be nobody
	Roles   []Role         // included ones before those that include them
	Holds   []Holding      // sorted
}

// Role is a role of an organisation.
type Role struct {
	rolekit.RoleSpec

	Name string         // what it was called
	Of   rolekit.UserID // whose own it is: somebody whom p rows granted something directly
}

// Holding is that a user holds a role.
type Holding struct {
	User rolekit.UserID
	Role rolekit.RoleID
}

// Refusal is a row and all that keeps it from being said.
type Refusal struct {
	Row     Row
	Reasons []string
}

// planner makes a plan.
type planner struct {
	config  Config
	orgs    map[rolekit.OrgID]bool  // those that there are already
	shared  map[rolekit.RoleID]bool // the catalog's default roles
	grants  []grant
	links   []link
	refused map[uint][]string

	roles, users map[string]bool // what a sub is
}

// NewPlan makes a plan of what was found. It fails when the configuration is wrong,
// or names something that is not there; what is wrong with rows is in the plan.
func NewPlan(found Found, config Config) (*Plan, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	p := &planner{config: config, orgs: map[rolekit.OrgID]bool{}, shared: map[rolekit.RoleID]bool{}, refused: map[uint][]string{}}
	for _, id := range found.Orgs {
		p.orgs[id] = true
	}
	for _, r := range config.Catalog.DefaultRoles() {
		p.shared[r.ID] = true
	}
	p.understand(found.Rows)
	p.classify()
	if err := p.checkNames(); err != nil {
		return nil, err
	}
	p.checkGrants()
	p.checkLinks()
	p.checkCycles()
	plan := &Plan{Orgs: p.build(), rows: found.Rows}
	plan.Gains = p.gains(plan.Orgs)
	for _, r := range found.Rows {
		if p.isRefused(r) {
			plan.Refused = append(plan.Refused, Refusal{r, p.refused[r.ID]})
		}
	}
	return plan, nil
}

// classify finds out which names are roles and which are users.
func (p *planner) classify() {
	p.roles, p.users = map[string]bool{}, map[string]bool{}
	for _, l := range p.links {
		p.roles[l.to] = true
	}
	for name := range p.config.Names.Roles {
		p.roles[name] = true
	}
	for name := range p.config.Names.Users {
		p.users[name] = true
	}
	for _, l := range p.links {
		if !p.roles[l.from] {
			p.users[l.from] = true
		}
	}
	for _, g := range p.grants {
		switch {
		case p.roles[g.sub] || p.users[g.sub]:
		case p.config.Lone == KindRole:
			p.roles[g.sub] = true
		case p.config.Lone == KindUser:
			p.users[g.sub] = true
		}
	}
}

// checkNames refuses names for what is not there, and those that would make one
// thing of two.
func (p *planner) checkNames() error {
	domains, subs := map[string]bool{}, map[string]bool{}
	for _, g := range p.grants {
		domains[g.dom], subs[g.sub] = true, true
	}
	for _, l := range p.links {
		domains[l.dom], subs[l.from], subs[l.to] = true, true, true
	}
	n := p.config.Names
	if err := unused("domain", n.Domains, domains); err != nil {
		return err
	}
	if err := unused("role", n.Roles, subs); err != nil {
		return err
	}
	if err := unused("user", n.Users, subs); err != nil {
		return err
	}
	for obj, acts := range n.Permissions {
		for act := range acts {
			if !slices.ContainsFunc(p.grants, func(g grant) bool { return g.obj == obj && g.act == act }) {
				return invalid("take it out of the names", "no row has the obj %q with the act %q", obj, act)
			}
		}
	}
	if err := merged("domains", domains, p.org); err != nil {
		return err
	}
	if err := merged("roles", p.roles, p.role); err != nil {
		return err
	}
	return merged("users", p.users, p.user)
}

func unused[T any](what string, names map[string]T, there map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !there[name] {
			return invalid("take it out of the names", "no row has a %s %q", what, name)
		}
	}
	return nil
}

func merged[T comparable](what string, names map[string]bool, called func(string) T) error {
	taken := map[T]string{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if other, ok := taken[called(name)]; ok {
			return invalid("give one of them another name", "the %s %q and %q would both be called %v", what, other, name, called(name))
		}
		taken[called(name)] = name
	}
	return nil
}

// What things are called in rolekit.

func (p *planner) org(domain string) rolekit.OrgID {
	if id, ok := p.config.Names.Domains[domain]; ok {
		return id
	}
	return rolekit.OrgID(domain)
}

func (p *planner) role(name string) rolekit.RoleID {
	if id, ok := p.config.Names.Roles[name]; ok {
		return id
	}
	return rolekit.RoleID(name)
}

func (p *planner) user(name string) rolekit.UserID {
	if id, ok := p.config.Names.Users[name]; ok {
		return id
	}
	return rolekit.UserID(name)
}

func (p *planner) permission(obj, act string) rolekit.Permission {
	if permission, ok := p.config.Names.Permissions[obj][act]; ok {
		return permission
	}
	return rolekit.NewPermission(rolekit.ObjectID(obj), rolekit.ActionID(act))
}

// mapped reports whether somebody said which permission it is.
func (p *planner) mapped(obj, act string) bool {
	_, ok := p.config.Names.Permissions[obj][act]
	return ok
}

// says returns the grant that a p row becomes.
func (p *planner) says(g grant) rolekit.Grant {
	return rolekit.Grant{Permission: p.permission(g.obj, g.act), Access: rolekit.AccessAny}
}

// label is what was, where that is something else than what is.
func label(was, is string) string {
	if was == is || strings.IndexFunc(was, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return ""
	}
	return was
}
