package policyfile

import (
	"cmp"
	"errors"
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

// At returns file and line of what a path leads to, or of the nearest around it.
func (e *Entry) At(path string) string { return e.where(path) }

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
