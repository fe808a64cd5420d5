package rolekit

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// renames are what the catalog says that things were called before: by kind, from
// the old name to the new one. They are instructions to apply the catalog, and no
// part of what it declares.
type renames struct {
	actions     map[ActionID]ActionID
	objects     map[ObjectID]ObjectID
	profiles    map[ProfileID]ProfileID
	permissions map[Permission]Permission
	roles       map[RoleID]RoleID
}

func newRenames() renames {
	return renames{map[ActionID]ActionID{}, map[ObjectID]ObjectID{}, map[ProfileID]ProfileID{}, map[Permission]Permission{}, map[RoleID]RoleID{}}
}

// renamed returns what a name is now.
func renamed[T comparable](by map[T]T, name T) T {
	if now, ok := by[name]; ok {
		return now
	}
	return name
}

// permission returns what a permission is called now: by itself, or by its object
// and action.
func (r *renames) permission(p Permission) Permission {
	if now, ok := r.permissions[p]; ok {
		return now
	}
	object, action := renamed(r.objects, p.Object()), renamed(r.actions, p.Action())
	if object == p.Object() && action == p.Action() {
		return p
	}
	return NewPermission(object, action)
}

// grants returns what grants are now, sorted and without doubles.
func (r *renames) grants(all []Grant) []Grant {
	now := make([]Grant, len(all))
	for i, g := range all {
		now[i] = Grant{r.permission(g.Permission), g.Access}
	}
	slices.SortFunc(now, compareGrants)
	return slices.Compact(now)
}

// formerName is one entry of a renamed_from.
type formerName struct {
	kind     string // action, object, profile, permission or role
	from, to string
	line     int
}

// former reads renamed_from: a name, or a list of them.
func (p *catalogParser) former(kind, to string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		for _, one := range p.oneOrMore(n, "renamed_from") {
			p.renamed = append(p.renamed, formerName{kind, one.value, to, one.line})
		}
	}
}

// oneOrMore reads a text, or a list of texts.
func (p *catalogParser) oneOrMore(n *yaml.Node, where string) []draft[string] {
	items := []*yaml.Node{n}
	if n.Kind != yaml.ScalarNode {
		items = p.some(n, where)
	}
	all := make([]draft[string], 0, len(items))
	for _, item := range items {
		all = append(all, draft[string]{value: p.text(item, where), line: item.Line})
	}
	return all
}

// finishRenames checks what things were called before: nothing that is still there,
// and nothing that two say they were.
func (p *catalogParser) finishRenames(c *Catalog) {
	c.renames = newRenames()
	seen := map[[2]string]string{}
	for _, f := range p.renamed {
		switch other, twice := seen[[2]string{f.kind, f.from}]; {
		case !f.isName():
			p.fail(f.line, "%s %q was renamed from %s, which is no name of one", f.kind, f.to, quoteShort(f.from))
		case c.declares(f.kind, f.from):
			p.fail(f.line, "%s %q was renamed from %q, which is still declared; delete the one or the other", f.kind, f.to, f.from)
		case f.kind == "permission" && strings.HasPrefix(f.to, reservedObjects):
			p.fail(f.line, "permission %q is the kit's own: no other became it", f.to)
		case twice:
			p.fail(f.line, "both %s %q and %q were renamed from %q; what holds it can only become one", f.kind, other, f.to, f.from)
		default:
			seen[[2]string{f.kind, f.from}] = f.to
			c.renames.add(f)
		}
	}
}

func (f formerName) isName() bool {
	if f.kind != "permission" {
		return isName(f.from)
	}
	p := Permission(f.from)
	return isName(string(p.Object())) && isName(string(p.Action()))
}

func (r *renames) add(f formerName) {
	switch f.kind {
	case "action":
		r.actions[ActionID(f.from)] = ActionID(f.to)
	case "object":
		r.objects[ObjectID(f.from)] = ObjectID(f.to)
	case "profile":
		r.profiles[ProfileID(f.from)] = ProfileID(f.to)
	case "permission":
		r.permissions[Permission(f.from)] = Permission(f.to)
	case "role":
		r.roles[RoleID(f.from)] = RoleID(f.to)
	}
}

// declares reports whether the catalog has a thing of the kind and name.
func (c *Catalog) declares(kind, name string) bool {
	switch kind {
	case "action":
		return c.closure[ActionID(name)] != nil
	case "object":
		return slices.ContainsFunc(c.objects, func(o ObjectInfo) bool { return string(o.ID) == name })
	case "profile":
		return c.HasProfile(ProfileID(name))
	case "permission":
		return c.byID[Permission(name)] != nil
	default:
		return slices.ContainsFunc(c.roles, func(r RoleSpec) bool { return string(r.ID) == name })
	}
}

// Renamed is that something in the catalog was called otherwise before.
type Renamed struct {
	Kind string `json:"kind"` // action, object, permission, profile or role
	From string `json:"from"`
	To   string `json:"to"`
}

// Renames returns what the catalog says of earlier names, sorted.
func (c *Catalog) Renames() []Renamed {
	var all []Renamed
	all = appendRenamed(all, "action", c.renames.actions)
	all = appendRenamed(all, "object", c.renames.objects)
	all = appendRenamed(all, "permission", c.renames.permissions)
	all = appendRenamed(all, "profile", c.renames.profiles)
	return appendRenamed(all, "role", c.renames.roles)
}

func appendRenamed[T ~string](all []Renamed, kind string, names map[T]T) []Renamed {
	for _, from := range slices.Sorted(maps.Keys(names)) {
		all = append(all, Renamed{kind, string(from), string(names[from])})
	}
	return all
}

// holdingRule is one entry of a grant_to_roles_holding.
type holdingRule struct {
	give, holding Permission
	line          int
}

func (p *catalogParser) holding(give Permission) func(*yaml.Node) {
	return func(n *yaml.Node) {
		for _, one := range p.oneOrMore(n, "grant_to_roles_holding") {
			p.rules = append(p.rules, holdingRule{give, Permission(one.value), one.line})
		}
	}
}

// finishHolding checks which roles are to get permissions that are new to them.
func (p *catalogParser) finishHolding(c *Catalog) {
	for _, r := range p.rules {
		if c.byID[r.give] == nil {
			continue // describe says so
		}
		if err := c.CheckPermission(r.holding); err != nil {
			p.failIn(r.line, "permission \""+string(r.give)+"\", grant_to_roles_holding: ", err)
			continue
		}
		if r.give == r.holding {
			p.fail(r.line, "permission %q cannot be granted to roles because they hold it", r.give)
			continue
		}
		c.byID[r.give].GrantToRolesHolding = append(c.byID[r.give].GrantToRolesHolding, r.holding)
	}
}
