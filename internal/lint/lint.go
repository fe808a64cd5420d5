// Package lint finds what a catalog says that is allowed and can hardly be meant:
// roles that grant nothing, permissions that nobody can get, grants that say
// nothing new.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

// Finding is one thing that can hardly be meant, and where it stands.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// String is the finding as compilers write theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, f.Rule, f.Message)
}

// The rules.
const (
	RuleEmptyRole     = "empty-role"
	RuleUnreachable   = "unreachable-permission"
	RuleDuplicate     = "duplicate-grant"
	RuleImplied       = "implied-grant"
	RuleIncluded      = "included-grant"
	RuleBaseline      = "baseline-grant"
	RuleSameRole      = "same-role"
	RuleSubset        = "subset-role"
	RuleBadException  = "bad-exception"
	RuleIdleException = "idle-exception"
)

// Catalog checks a catalog. The error is the catalog's own, where it cannot be read.
// Findings come in the order of the file.
func Catalog(name string, src []byte) ([]Finding, error) {
	c, err := rolekit.ParseCatalog(name, src)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		return nil, err
	}
	l := &linter{file: name, catalog: c, root: doc.Content[0]}
	l.readRoles()
	for _, r := range l.roles {
		l.checkRole(r)
	}
	l.checkBaselines()
	l.checkSubsets()
	l.checkReach()
	l.except(src)
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return l.found, nil
}

type linter struct {
	file    string
	catalog *rolekit.Catalog
	root    *yaml.Node
	roles   []*role
	found   []Finding
}

// role is a default role, its grants as they are written, and what it gives.
type role struct {
	spec     rolekit.RoleSpec
	key      *yaml.Node
	written  []written
	included []rolekit.Grant // what the roles that it includes give
	gives    []rolekit.Grant // that, and its own
}

// written is a grant as it stands in the file, and what it stands for.
type written struct {
	at     *yaml.Node
	text   string
	grants []rolekit.Grant
}

func (l *linter) report(at *yaml.Node, rule, form string, args ...any) {
	l.found = append(l.found, Finding{l.file, at.Line, at.Column, rule, fmt.Sprintf(form, args...)})
}

// value returns what stands under a key of a mapping, and the key; nil where it is not.
func value(n *yaml.Node, name string) (key, found *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func (l *linter) readRoles() {
	_, all := value(l.root, "roles")
	byID := map[rolekit.RoleID]*role{}
	for _, spec := range l.catalog.DefaultRoles() {
		key, body := value(all, string(spec.ID))
		_, grants := value(body, "grants")
		r := &role{spec: spec, key: key, written: l.readGrants(grants, spec.Profile)}
		byID[spec.ID] = r
		l.roles = append(l.roles, r)
	}
	for _, r := range l.roles {
		seen := map[rolekit.RoleID]bool{r.spec.ID: true}
		for queue := slices.Clone(r.spec.Includes); len(queue) > 0; queue = queue[1:] {
			if inner := byID[queue[0]]; !seen[queue[0]] {
				seen[queue[0]] = true
				r.included = append(r.included, inner.spec.Grants...)
				queue = append(queue, inner.spec.Includes...)
			}
		}
		r.gives = append(slices.Clone(r.spec.Grants), r.included...)
	}
}

// readGrants reads a list of grants; none where it is not there.
func (l *linter) readGrants(list *yaml.Node, profile rolekit.ProfileID) []written {
	if list == nil {
		return nil
	}
	all := make([]written, len(list.Content))
	for i, n := range list.Content {
		all[i] = l.readGrant(n, profile)
	}
	return all
}

// readGrant reads a grant, which was found to be one.
func (l *linter) readGrant(n *yaml.Node, profile rolekit.ProfileID) written {
	g := rolekit.Grant{Permission: rolekit.Permission(n.Value), Access: rolekit.AccessAny}
	if n.Kind == yaml.MappingNode {
		if _, p := value(n, "permission"); p != nil {
			g.Permission = rolekit.Permission(p.Value)
		}
		if _, a := value(n, "access"); a != nil {
			g.Access = rolekit.Access(a.Value)
		}
	}
	w := written{at: n, text: string(g.Permission)}
	if g.Access != rolekit.AccessAny {
		w.text += " " + string(g.Access)
	}
	for _, p := range l.catalog.Permissions() {
		one := rolekit.Grant{Permission: p.ID, Access: g.Access}
		if matches(string(g.Permission.Object()), string(p.ID.Object())) && matches(string(g.Permission.Action()), string(p.ID.Action())) &&
			l.catalog.CheckGrant(profile, one) == nil {
			w.grants = append(w.grants, one)
		}
	}
	return w
}

func matches(pattern, word string) bool { return pattern == "*" || pattern == word }

// covers reports whether holding the grants is holding this one too.
func (l *linter) covers(have []rolekit.Grant, want rolekit.Grant) bool {
	return slices.ContainsFunc(have, func(g rolekit.Grant) bool {
		return g.Permission.Object() == want.Permission.Object() && l.catalog.Implies(g.Permission.Action(), want.Permission.Action()) &&
			(g.Access == rolekit.AccessAny || g.Access == want.Access)
	})
}

func (l *linter) coversAll(have, want []rolekit.Grant) bool {
	return !slices.ContainsFunc(want, func(g rolekit.Grant) bool { return !l.covers(have, g) })
}

// checkRole looks at one role alone.
func (l *linter) checkRole(r *role) {
	who := fmt.Sprintf("role %q", r.spec.ID)
	if len(r.gives) == 0 {
		l.report(r.key, RuleEmptyRole, "%s grants nothing; give it grants, or delete it", who)
	}
	for _, w := range l.checkGrants(who, r.written) {
		switch {
		case l.coversAll(r.included, w.grants):
			l.report(w.at, RuleIncluded, "%s has %s by the roles that it includes", who, w.text)
		case l.coversAll(l.catalog.Defaults().Baseline[r.spec.Profile], w.grants):
			l.report(w.at, RuleBaseline, "%s has %s by the baseline of %q", who, w.text, r.spec.Profile)
		}
	}
}

func (l *linter) checkBaselines() {
	_, all := value(l.root, "baseline")
	for _, p := range l.catalog.Profiles() {
		_, grants := value(all, string(p.ID))
		l.checkGrants(fmt.Sprintf("the baseline of %q", p.ID), l.readGrants(grants, p.ID))
	}
}

// checkGrants compares the grants of one list, and returns those that no other makes
// needless. Of two that give the same, it is the later one.
func (l *linter) checkGrants(who string, all []written) (needed []written) {
	for i, w := range all {
		if j := slices.IndexFunc(all[:i], func(o written) bool { return o.text == w.text }); j >= 0 {
			l.report(w.at, RuleDuplicate, "%s grants %s on line %d already", who, w.text, all[j].at.Line)
			continue
		}
		by := -1
		for j, o := range all {
			if o.text != w.text && l.coversAll(o.grants, w.grants) && (j < i || !l.coversAll(w.grants, o.grants)) {
				by = j
				break
			}
		}
		if by >= 0 {
			l.report(w.at, RuleImplied, "%s has %s by its grant %s on line %d", who, w.text, all[by].text, all[by].at.Line)
			continue
		}
		needed = append(needed, w)
	}
	return needed
}

// checkSubsets compares the roles of each profile. One that gives all there is for
// the profile is left out: every other is within it.
func (l *linter) checkSubsets() {
	for i, r := range l.roles {
		if len(r.gives) == 0 {
			continue
		}
		for j, other := range l.roles {
			if i == j || r.spec.Profile != other.spec.Profile || !l.coversAll(other.gives, r.gives) {
				continue
			}
			if l.coversAll(r.gives, other.gives) {
				if j < i {
					l.report(r.key, RuleSameRole, "role %q gives what %q gives, no more and no less; keep one", r.spec.ID, other.spec.ID)
				}
				continue
			}
			if !l.everything(other) && !l.coversAll(other.included, r.gives) {
				l.report(r.key, RuleSubset, "role %q gives nothing that %q does not give; let %[2]q include it, so that it stays so", r.spec.ID, other.spec.ID)
			}
		}
	}
}

func (l *linter) everything(r *role) bool {
	for _, p := range l.catalog.Permissions() {
		all := rolekit.Grant{Permission: p.ID, Access: rolekit.AccessAny}
		if l.catalog.CheckGrant(r.spec.Profile, all) == nil && !l.covers(r.gives, all) {
			return false
		}
	}
	return true
}

// checkReach finds permissions that no default role and no baseline gives. Nobody
// gives what they do not hold, so no custom role will ever have them either.
func (l *linter) checkReach() {
	var given []rolekit.Grant
	for _, r := range l.roles {
		given = append(given, r.gives...)
	}
	for _, grants := range l.catalog.Defaults().Baseline {
		given = append(given, grants...)
	}
	_, objects := value(l.root, "objects")
	for _, p := range l.catalog.Permissions() {
		if slices.ContainsFunc(given, func(g rolekit.Grant) bool {
			return g.Permission.Object() == p.ID.Object() && l.catalog.Implies(g.Permission.Action(), p.ID.Action())
		}) {
			continue
		}
		at := l.root
		if key, body := value(objects, string(p.ID.Object())); key != nil {
			at = key
			if _, actions := value(body, "actions"); actions != nil {
				for _, n := range actions.Content {
					if n.Value == string(p.ID.Action()) {
						at = n
					}
				}
			}
		}
		l.report(at, RuleUnreachable, "no default role and no baseline gives %s, so nobody can get it", p.ID)
	}
}

// except takes out what the file excepts, by a comment on the line or alone on the
// lines above it: # lint:allow RULE, and why.
func (l *linter) except(src []byte) {
	const mark = "# lint:allow"
	lines := strings.Split(string(src), "\n")
	for i, line := range lines {
		before, said, ok := strings.Cut(line, mark)
		if !ok || before != "" && !strings.HasSuffix(before, " ") {
			continue
		}
		here := &yaml.Node{Line: i + 1, Column: len([]rune(before)) + 1}
		rule, why, _ := strings.Cut(strings.TrimSpace(said), " ")
		rule = strings.TrimRight(rule, ",:")
		if strings.TrimSpace(why) == "" {
			l.report(here, RuleBadException, "an exception says which rule and why: %s RULE, because …", mark)
			continue
		}
		at := i + 1
		if strings.TrimSpace(before) == "" { // it stands above what it is for
			at++
			for at <= len(lines) && strings.HasPrefix(strings.TrimSpace(lines[at-1]), "#") {
				at++
			}
		}
		count := len(l.found)
		l.found = slices.DeleteFunc(l.found, func(f Finding) bool { return f.Line == at && f.Rule == rule })
		if len(l.found) == count {
			l.report(here, RuleIdleException, "there is no %s here to except; delete the comment", rule)
		}
	}
}
