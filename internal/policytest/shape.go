package policytest

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v4"
)

// shape compares a file's nodes with the types that they are read into, and finds
// every key that is unknown or comes twice, and every value of another kind or
// form. What it lets pass can be decoded. The decoder would not say where, or would
// name Go's types.
type shape struct {
	file     string
	problems []string
}

func (s *shape) fail(n *yaml.Node, form string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf("%s:%d:%d: %s", s.file, n.Line, n.Column, fmt.Sprintf(form, args...)))
}

// check compares a node with a type. where is the key that it stands under.
func (s *shape) check(n *yaml.Node, t reflect.Type, where string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return // a key with nothing behind it
	}
	if t == reflect.TypeFor[time.Time]() {
		s.scalar(n, where, func(text string) error {
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				return fmt.Errorf("%q: write a time such as 2026-03-02T12:00:00Z", text)
			}
			return nil
		})
		return
	}
	if sentence, ok := reflect.TypeAssert[encoding.TextUnmarshaler](reflect.New(t)); ok {
		s.scalar(n, where, func(text string) error { return sentence.UnmarshalText([]byte(text)) })
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		s.fields(n, t, where)
	case reflect.Map:
		s.entries(n, where, func(_, value *yaml.Node, key string) { s.check(value, t.Elem(), key) })
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			s.fail(n, "%s must be a list ([a, b] or lines that begin with -)", where)
			return
		}
		for _, item := range n.Content {
			s.check(item, t.Elem(), where)
		}
	default:
		s.scalar(n, where, func(string) error { return nil })
	}
}

func (s *shape) scalar(n *yaml.Node, where string, read func(text string) error) {
	if n.Kind != yaml.ScalarNode {
		s.fail(n, "%s must be text", where)
		return
	}
	if err := read(n.Value); err != nil {
		s.fail(n, "%s", err)
	}
}

// fields checks a mapping whose keys are those of a struct.
func (s *shape) fields(n *yaml.Node, t reflect.Type, where string) {
	types, known := map[string]reflect.Type{}, []string{}
	for field := range t.Fields() {
		if key := field.Tag.Get("yaml"); key != "" && key != "-" {
			types[key], known = field.Type, append(known, key)
		}
	}
	s.entries(n, where, func(key, value *yaml.Node, name string) {
		if _, ok := types[name]; !ok {
			s.fail(key, "unknown key %q in %s; %s", name, where, nearest(name, known))
			return
		}
		s.check(value, types[name], name)
	})
}

// entries calls read for each entry of a mapping.
func (s *shape) entries(n *yaml.Node, where string, read func(key, value *yaml.Node, name string)) {
	if n.Kind != yaml.MappingNode {
		s.fail(n, "%s must be a mapping (key: value)", where)
		return
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.Contains(seen, key.Value) {
			s.fail(key, "key %q comes twice in %s", key.Value, where)
			continue
		}
		seen = append(seen, key.Value)
		read(key, n.Content[i+1], key.Value)
	}
}

// nearest names the known word that was meant, or all.
func nearest(written string, known []string) string {
	best, distance := "", len(written)/2+1
	for _, word := range known {
		if d := levenshtein.ComputeDistance(written, word); d < distance {
			best, distance = word, d
		}
	}
	if best == "" {
		return "it may have: " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("did you mean %q?", best)
}
