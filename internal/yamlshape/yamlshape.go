// Package yamlshape compares a YAML file with the Go types that it is read into, so
// that whatever is wrong with it is said with file, line and the word that was meant.
package yamlshape

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v4"
)

// Checker compares a file's nodes with the types that they are read into, and finds
// every key that is unknown or comes twice, and every value of another kind or
// form. What it lets pass can be decoded. The decoder would not say where, or would
// name Go's types.
type Checker struct {
	File  string
	Lines int // before the part of the file that the nodes were read from
	// Problems are what was found, a line each.
	Problems []string
	// NoAliases refuses aliases, of which a short file can make a long one.
	NoAliases bool
}

// Fail notes that something is wrong at a node.
func (s *Checker) Fail(n *yaml.Node, form string, args ...any) {
	s.Problems = append(s.Problems, fmt.Sprintf("%s:%d:%d: %s", s.File, s.Lines+n.Line, n.Column, fmt.Sprintf(form, args...)))
}

// Check compares a node with a type. where is the key that it stands under.
func (s *Checker) Check(n *yaml.Node, t reflect.Type, where string) {
	if s.NoAliases && n.Kind == yaml.AliasNode {
		s.Fail(n, "%s is an alias (*%s), and aliases are not read; write it out", where, n.Value)
		return
	}
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
		s.scalar(n, where, checkTime)
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
		s.entries(n, where, func(_, value *yaml.Node, key string) { s.Check(value, t.Elem(), key) })
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			s.Fail(n, "%s must be a list ([a, b] or lines that begin with -)", where)
			return
		}
		for _, item := range n.Content {
			s.Check(item, t.Elem(), where)
		}
	default:
		s.scalar(n, where, func(string) error { return nil })
	}
}

func checkTime(text string) error {
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("%q: write a time such as 2026-03-02T12:00:00Z", text)
	}
	return nil
}

func (s *Checker) scalar(n *yaml.Node, where string, read func(text string) error) {
	if n.Kind != yaml.ScalarNode {
		s.Fail(n, "%s must be text", where)
		return
	}
	if err := read(n.Value); err != nil {
		s.Fail(n, "%s", err)
	}
}

// fields checks a mapping whose keys are those of a struct.
func (s *Checker) fields(n *yaml.Node, t reflect.Type, where string) {
	types, known := map[string]reflect.Type{}, []string{}
	for field := range t.Fields() {
		if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key != "" && key != "-" {
			types[key], known = field.Type, append(known, key)
		}
	}
	s.entries(n, where, func(key, value *yaml.Node, name string) {
		if _, ok := types[name]; !ok {
			s.Fail(key, "unknown key %q in %s; %s", name, where, Nearest(name, known))
			return
		}
		s.Check(value, types[name], name)
	})
}

// entries calls read for each entry of a mapping.
func (s *Checker) entries(n *yaml.Node, where string, read func(key, value *yaml.Node, name string)) {
	if n.Kind != yaml.MappingNode {
		s.Fail(n, "%s must be a mapping (key: value)", where)
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			s.Fail(key, "key %q comes twice in %s", key.Value, where)
			continue
		}
		seen[key.Value] = true
		read(key, n.Content[i+1], key.Value)
	}
}

// Nearest names the known word that was meant, or all.
func Nearest(written string, known []string) string {
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
