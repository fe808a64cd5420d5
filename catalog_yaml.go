package rolekit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// ParseCatalog reads a catalog from YAML. name is the file's, for messages.
//
// The file is read strictly. An unknown key, a grant of a permission that does
// not exist, an implication cycle, a bad id: all are reported in one *[Error]
// of [CodeInvalid], a line each, with file, line and the nearest valid word.
// docs/catalog.md describes the format.
func ParseCatalog(name string, src []byte) (*Catalog, error) {
	p := &catalogParser{baseline: map[ProfileID][]draft[Grant]{}}
	doc, err := document(name, src)
	if err != nil {
		return nil, err
	}
	p.catalog(doc)
	c := p.finish()
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b problem) int { return a.line - b.line })
		lines := make([]string, len(p.problems))
		for i, pr := range p.problems {
			lines[i] = fmt.Sprintf("%s:%d: %s", name, pr.line, pr.text)
		}
		return nil, errorf(CodeInvalid, "%s", strings.Join(lines, "\n"))
	}
	return c, nil
}

// document returns the one document of a file.
func document(name string, src []byte) (*yaml.Node, error) {
	notYAML := func(line int, why string) error {
		return errorf(CodeInvalid, "%s:%d: %s", name, line, why).hint("the file is not YAML")
	}
	if !utf8.Valid(src) {
		valid, _, _ := strings.Cut(strings.ToValidUTF8(string(src), "\x00"), "\x00")
		return nil, notYAML(1+strings.Count(valid, "\n"), "it is not valid UTF-8")
	}
	var doc, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errorf(CodeInvalid, "%s:1: the catalog is empty", name)
	case err != nil:
		line, why := 1, strings.TrimPrefix(err.Error(), "yaml: ")
		if rest, ok := strings.CutPrefix(why, "line "); ok {
			if n, after, ok := strings.Cut(rest, ": "); ok {
				if at, err := strconv.Atoi(n); err == nil {
					line, why = at, after
				}
			}
		}
		return nil, notYAML(line, why)
	case len(doc.Content) == 0 || isNull(doc.Content[0]):
		return nil, errorf(CodeInvalid, "%s:1: the catalog is empty", name)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errorf(CodeInvalid, "%s:%d: a second document begins here; a catalog is one", name, max(second.Line, doc.Line))
	}
	return doc.Content[0], nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

type problem struct {
	line int
	text string
}

// catalogParser turns nodes into drafts that remember their lines; what the
// drafts mean together is checked by finish, in catalog_check.go.
type catalogParser struct {
	problems []problem

	actions     []draft[ActionInfo]
	profiles    []draft[ProfileInfo]
	objects     []draft[ObjectInfo]
	permissions []draft[PermissionInfo]
	accesses    []draft[AccessInfo]
	baseline    map[ProfileID][]draft[Grant]
	roles       []draft[roleDraft]
	creator     draft[RoleID]
	renamed     []formerName
	rules       []holdingRule
}

type draft[T any] struct {
	value T
	line  int
	lines []int // of the entries of a list within, where there is one

	accessLines, opLines []int // of a permission's other lists
}

type roleDraft struct {
	RoleSpec

	grants   []draft[Grant]
	includes []draft[RoleID]
}

func (p *catalogParser) fail(line int, format string, args ...any) {
	p.problems = append(p.problems, problem{line, fmt.Sprintf(format, args...)})
}

// failErr reports an *Error's message and hint at a line.
func (p *catalogParser) failErr(line int, err error) { p.failIn(line, "", err) }

// failIn is failErr within a part of the file that the message begins with.
func (p *catalogParser) failIn(line int, where string, err error) {
	text := err.Error()
	if e, ok := errors.AsType[*Error](err); ok {
		text = e.Message
		if e.Hint != "" {
			text += "; " + e.Hint
		}
	}
	p.fail(line, "%s%s", where, text)
}

func (p *catalogParser) catalog(n *yaml.Node) {
	var creator string
	p.mapping(n, "the catalog", map[string]func(*yaml.Node){
		"actions":     func(n *yaml.Node) { p.entries(n, "actions", p.action) },
		"profiles":    func(n *yaml.Node) { p.entries(n, "profiles", p.profile) },
		"objects":     func(n *yaml.Node) { p.entries(n, "objects", p.object) },
		"permissions": func(n *yaml.Node) { p.entries(n, "permissions", p.permission) },
		"access":      func(n *yaml.Node) { p.entries(n, "access", p.access) },
		"baseline":    func(n *yaml.Node) { p.entries(n, "baseline", p.profileBaseline) },
		"roles":       func(n *yaml.Node) { p.entries(n, "roles", p.role) },
		"creator": func(n *yaml.Node) {
			p.into(&creator, "creator", maxLabel)(n)
			p.creator = draft[RoleID]{value: RoleID(creator), line: n.Line}
		},
	})
}

func (p *catalogParser) action(id string, key, n *yaml.Node) {
	a := draft[ActionInfo]{value: ActionInfo{ID: ActionID(id), Label: id}, line: key.Line}
	p.name("action", id, key.Line)
	p.mapping(n, "action "+id, map[string]func(*yaml.Node){
		"label":        p.into(&a.value.Label, "label", maxLabel),
		"renamed_from": p.former("action", id),
		"implies": func(n *yaml.Node) {
			for _, item := range p.list(n, "implies") {
				a.value.Implies = append(a.value.Implies, ActionID(p.text(item, "implies")))
				a.lines = append(a.lines, item.Line)
			}
		},
	})
	p.actions = append(p.actions, a)
}

func (p *catalogParser) profile(id string, key, n *yaml.Node) {
	pr := draft[ProfileInfo]{value: ProfileInfo{ID: ProfileID(id), Label: id}, line: key.Line}
	p.name("profile", id, key.Line)
	p.mapping(n, "profile "+id, map[string]func(*yaml.Node){
		"label":        p.into(&pr.value.Label, "label", maxLabel),
		"renamed_from": p.former("profile", id),
	})
	p.profiles = append(p.profiles, pr)
}

func (p *catalogParser) object(id string, key, n *yaml.Node) {
	o := draft[ObjectInfo]{value: ObjectInfo{ID: ObjectID(id), Label: id}, line: key.Line}
	p.name("object", id, key.Line)
	if strings.HasPrefix(id, reservedObjects) {
		p.fail(key.Line, "object %q: names that begin with %q are the kit's own, which every catalog has", id, reservedObjects)
	}
	p.mapping(n, "object "+id, map[string]func(*yaml.Node){
		"label":        p.into(&o.value.Label, "label", maxLabel),
		"renamed_from": p.former("object", id),
		"actions": func(n *yaml.Node) {
			for _, item := range p.list(n, "actions") {
				o.value.Actions = append(o.value.Actions, ActionID(p.text(item, "actions")))
				o.lines = append(o.lines, item.Line)
			}
		},
	})
	if len(o.value.Actions) == 0 {
		p.fail(key.Line, "object %q has no actions", id)
	}
	p.objects = append(p.objects, o)
}

func (p *catalogParser) permission(id string, key, n *yaml.Node) {
	d := draft[PermissionInfo]{value: PermissionInfo{ID: Permission(id)}, line: key.Line}
	p.mapping(n, "permission "+id, map[string]func(*yaml.Node){
		"label":                  p.into(&d.value.Label, "label", maxLabel),
		"description":            p.into(&d.value.Description, "description", maxDescription),
		"renamed_from":           p.former("permission", id),
		"grant_to_roles_holding": p.holding(Permission(id)),
		"profiles": func(n *yaml.Node) {
			for _, item := range p.some(n, "profiles") {
				d.value.Profiles = append(d.value.Profiles, ProfileID(p.text(item, "profiles")))
				d.lines = append(d.lines, item.Line)
			}
		},
		"access": func(n *yaml.Node) {
			for _, item := range p.some(n, "access") {
				d.value.Access = append(d.value.Access, Access(p.text(item, "access")))
				d.accessLines = append(d.accessLines, item.Line)
			}
		},
		"operations": func(n *yaml.Node) {
			for _, item := range p.list(n, "operations") {
				d.value.Operations = append(d.value.Operations, p.text(item, "operations"))
				d.opLines = append(d.opLines, item.Line)
			}
		},
	})
	p.permissions = append(p.permissions, d)
}

func (p *catalogParser) access(id string, key, n *yaml.Node) {
	a := draft[AccessInfo]{value: AccessInfo{ID: Access(id), Label: id}, line: key.Line}
	p.name("access", id, key.Line)
	if slices.Contains(builtinAccess(), a.value.ID) {
		p.fail(key.Line, "access %q is the kit's own, which every catalog has", id)
	}
	p.mapping(n, "access "+id, map[string]func(*yaml.Node){"label": p.into(&a.value.Label, "label", maxLabel)})
	p.accesses = append(p.accesses, a)
}

func (p *catalogParser) profileBaseline(id string, _, n *yaml.Node) {
	for _, item := range p.list(n, "baseline "+id) {
		p.baseline[ProfileID(id)] = append(p.baseline[ProfileID(id)], p.grant(item))
	}
}

func (p *catalogParser) role(id string, key, n *yaml.Node) {
	r := draft[roleDraft]{line: key.Line}
	r.value.ID, r.value.Label = RoleID(id), id
	p.name("role", id, key.Line)
	var profile string
	p.mapping(n, "role "+id, map[string]func(*yaml.Node){
		"label":        p.into(&r.value.Label, "label", maxLabel),
		"description":  p.into(&r.value.Description, "description", maxDescription),
		"profile":      p.into(&profile, "profile", maxLabel),
		"renamed_from": p.former("role", id),
		"grants": func(n *yaml.Node) {
			for _, item := range p.list(n, "grants") {
				r.value.grants = append(r.value.grants, p.grant(item))
			}
		},
		"includes": func(n *yaml.Node) {
			for _, item := range p.list(n, "includes") {
				r.value.includes = append(r.value.includes, draft[RoleID]{value: RoleID(p.text(item, "includes")), line: item.Line})
			}
		},
	})
	r.value.Profile = ProfileID(profile)
	p.roles = append(p.roles, r)
}

// grant reads "invoices:write" or {permission: invoices:write, access: own}.
func (p *catalogParser) grant(n *yaml.Node) draft[Grant] {
	g := draft[Grant]{value: Grant{Access: AccessAny}, line: n.Line}
	if n.Kind == yaml.ScalarNode {
		g.value.Permission = Permission(p.text(n, "grants"))
		return g
	}
	var permission, access string
	p.mapping(n, "a grant", map[string]func(*yaml.Node){
		"permission": p.into(&permission, "permission", maxLabel),
		"access":     p.into(&access, "access", maxLabel),
	})
	g.value.Permission = Permission(permission)
	if access != "" {
		g.value.Access = Access(access)
	}
	return g
}

// name reports an id that does not have the form of one, or comes twice.
func (p *catalogParser) name(what, id string, line int) {
	if err := validName(what, id); err != nil {
		p.failErr(line, err)
	}
}

// mapping calls the function of each key, and reports keys that have none.
func (p *catalogParser) mapping(n *yaml.Node, where string, keys map[string]func(*yaml.Node)) {
	if isNull(n) {
		return // "read:" alone is an action with nothing to say
	}
	if n.Kind != yaml.MappingNode {
		p.wrong(n, where, "a mapping (key: value)")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := keys[key.Value]
		switch {
		case !ok:
			var known []string
			for k := range keys {
				known = append(known, k)
			}
			slices.Sort(known)
			p.fail(key.Line, "unknown key %q in %s; %s", key.Value, where,
				suggestion(key.Value, known, "it may have: "+strings.Join(known, ", ")))
		case seen[key.Value]:
			p.fail(key.Line, "key %q comes twice in %s", key.Value, where)
		default:
			read(value)
		}
		seen[key.Value] = true
	}
}

// entries calls read for each key of a mapping whose keys are ids.
func (p *catalogParser) entries(n *yaml.Node, where string, read func(id string, key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.wrong(n, where, "a mapping (id: …)")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			p.fail(key.Line, "%q comes twice in %s", key.Value, where)
			continue
		}
		seen[key.Value] = true
		read(key.Value, key, n.Content[i+1])
	}
}

func (p *catalogParser) list(n *yaml.Node, where string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		p.wrong(n, where, "a list ([a, b] or lines that begin with -)")
		return nil
	}
	return n.Content
}

// text returns a scalar's text as it is written, so that an id such as 7 or
// yes stays what the author wrote.
func (p *catalogParser) text(n *yaml.Node, where string) string {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		p.wrong(n, where, "text")
		return ""
	}
	return n.Value
}

// some is a list that says something: left out, it means all, and so it must
// not be mistaken for none.
func (p *catalogParser) some(n *yaml.Node, where string) []*yaml.Node {
	items := p.list(n, where)
	if n.Kind == yaml.SequenceNode && len(items) == 0 {
		p.fail(n.Line, "%s is empty; name some, or leave it out", where)
	}
	return items
}

// wrong reports a node of another kind than what is read there.
func (p *catalogParser) wrong(n *yaml.Node, where, kind string) {
	if n.Kind == yaml.AliasNode {
		p.fail(n.Line, "%s is an alias (*%s), and aliases are not read; write it out", where, n.Value)
		return
	}
	p.fail(n.Line, "%s must be %s", where, kind)
}

// into reads text that says something, in no more than most characters.
func (p *catalogParser) into(target *string, where string, most int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*target = p.text(n, where)
		if *target == "" && n.Kind == yaml.ScalarNode && !isNull(n) {
			p.fail(n.Line, "%s is empty; leave it out", where)
		}
		if err := validText(where, *target, most); err != nil {
			p.failErr(n.Line, err)
		}
	}
}
