package policyfile

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

// Locate says where in the file the parts are that an error of a restoration is
// about, a line each. Another error gets the place of the whole.
func (e *Entry) Locate(err error) error {
	known, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		return err
	}
	located := *known
	if len(known.Parts) == 0 {
		located.Message = e.where("id") + ": " + known.Message
		return &located
	}
	lines := make([]string, len(known.Parts))
	for i, p := range known.Parts {
		lines[i] = e.where(p.At) + ": " + p.Err.Message
		if p.Err.Hint != "" {
			lines[i] += "; " + p.Err.Hint
		}
	}
	located.Message, located.Hint = strings.Join(lines, "\n"), ""
	return &located
}

// find returns the line of what a path leads to, or of the nearest around it.
func find(n *yaml.Node, path string) int {
	line := n.Line
	for path != "" {
		at, inner, rest := step(n, path)
		if at == nil {
			break
		}
		line = at.Line
		n, path = inner, rest
	}
	return line
}

// step goes one step along a path: into a mapping by its key, or to an item of a list
// by its text. Ids may hold slashes, so the longest key counts.
func step(n *yaml.Node, path string) (at, inner *yaml.Node, rest string) {
	switch n.Kind {
	case yaml.MappingNode:
		best := -1
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if (path == key || strings.HasPrefix(path, key+"/")) && len(key) > best {
				best = len(key)
				at, inner, rest = n.Content[i], n.Content[i+1], strings.TrimPrefix(strings.TrimPrefix(path, key), "/")
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if text := textOf(item); path == text || path == text+" "+string(rolekit.AccessAny) || path == strconv.Itoa(i) {
				return item, item, ""
			}
		}
	default: // there is nothing inside
	}
	return at, inner, rest
}

// textOf is how paths name an item of a list.
func textOf(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode {
		return strings.Join(strings.Fields(n.Value), " ")
	}
	value := func(key string) string {
		if v := child(n, key); v != nil {
			return v.Value
		}
		return ""
	}
	who := value("user")
	if group := value("group"); group != "" {
		who = cmp.Or(who, "group:"+group)
	}
	return who + " " + value("role")
}

// child returns the value of a mapping's key; nil where it has none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// LeaveUnknown takes out grants and profiles that the catalog does not have, and
// returns what they were, with their places.
func (e *Entry) LeaveUnknown(catalog *rolekit.Catalog) (left []string) {
	note := func(path, what string) { left = append(left, e.where(path)+": "+what) }
	keep := func(path string, profile rolekit.ProfileID, grants []rolekit.Grant) (kept []rolekit.Grant) {
		for _, g := range grants {
			err := catalog.CheckGrant(profile, g)
			if err == nil || catalog.CheckProfile(profile) != nil { // of no profile there is no grant to judge
				kept = append(kept, g)
				continue
			}
			note(path+"/"+string(g.Permission)+" "+string(g.Access), grant(g).String())
		}
		return kept
	}
	for i, r := range e.Roles {
		profile := r.Profile
		if all := catalog.Profiles(); profile == "" && len(all) == 1 {
			profile = all[0].ID
		}
		e.Roles[i].Grants = keep("roles/"+string(r.ID)+"/grants", profile, r.Grants)
	}
	for _, profile := range slices.Sorted(maps.Keys(e.Baseline)) {
		e.Baseline[profile] = keep("baseline/"+string(profile), profile, e.Baseline[profile])
	}
	for _, user := range slices.Sorted(maps.Keys(e.Acting)) {
		if profile := e.Acting[user]; catalog.CheckProfile(profile) != nil {
			note("acting/"+string(user), string(user)+" acts as "+string(profile))
			delete(e.Acting, user)
		}
	}
	return left
}
