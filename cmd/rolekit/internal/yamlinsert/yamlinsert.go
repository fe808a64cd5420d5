// Package yamlinsert adds to YAML files that people write: every byte that was there
// stays, with comments, order and blank lines, and what is added looks like what
// stands beside it.
package yamlinsert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// File is the text of a YAML file with one mapping in it. Sections is the order in
// which new keys of the whole file are put; a key that is in none comes last.
type File struct {
	Text     string
	Sections []string
}

// Put adds a key to the mapping at the path, which is made where it is not there. An
// error leaves the text as it is: the key is there already, something on the way is
// no mapping, or the text is written in a way in which nothing can be inserted.
func (f *File) Put(path []string, key string, value *yaml.Node) error {
	return f.add(path, &addition{key: text(key), value: value})
}

// Append adds an item to the list at the path, which is made where it is not there.
// Errors are those of Put.
func (f *File) Append(path []string, item *yaml.Node) error {
	return f.add(path, &addition{value: item})
}

// addition is what is added: an entry of a mapping, or without a key an item of a list.
type addition struct{ key, value *yaml.Node }

// within is an addition to what is not there yet: the entry that holds it.
func (a *addition) within(key string) *addition {
	holder := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	if a.key != nil {
		holder = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		a.value.Style |= yaml.FlowStyle
	}
	a.to(holder)
	return &addition{key: text(key), value: holder}
}

// to adds to a node.
func (a *addition) to(n *yaml.Node) {
	if a.key != nil {
		n.Content = append(n.Content, a.key)
	}
	n.Content = append(n.Content, a.value)
}

// kind is that of the node that it can be added to.
func (a *addition) kind() yaml.Kind {
	if a.key == nil {
		return yaml.SequenceNode
	}
	return yaml.MappingNode
}

func (f *File) add(path []string, a *addition) error {
	root, err := parse(f.Text)
	if err != nil {
		return err
	}
	at, depth, err := descend(root, path)
	if err != nil {
		return err
	}
	for i := len(path) - 1; i >= depth; i-- {
		a = a.within(path[i])
	}
	w := &writer{text: f.Text, lines: lineStarts(f.Text), step: step(root)}
	at.above = w.after(root, at, a, f.Sections)
	if err := w.insert(at, a); err != nil {
		return err
	}
	if isNull(at.node) {
		*at.node = yaml.Node{Kind: a.kind()}
	}
	added := at.node
	a.to(added)
	// Whatever is wrong with how the text was understood shows here.
	if now, err := parse(w.text); err != nil || !same(root, now) {
		return fmt.Errorf("line %d: nothing can be added to what is written like this; write it in a plainer way, or add it by hand", at.line())
	}
	f.Text = w.text
	return nil
}

// place is a node, and what is known of where its text ends.
type place struct {
	node   *yaml.Node
	key    *yaml.Node // of the entry whose value it is; nil of the whole
	inFlow bool       // the mapping it is an entry of is written in brackets
	limit  int        // the first line behind it; 0 where the file ends
	above  int        // the last line in front of what is added; 0 for the end of the node
}

func (p *place) line() int {
	if p.key != nil {
		return p.key.Line
	}
	return p.node.Line
}

// descend follows a path as far as it is there, and returns how far that is.
func descend(root *yaml.Node, path []string) (*place, int, error) {
	at := &place{node: root}
	for depth, key := range path {
		if isNull(at.node) {
			return at, depth, nil
		}
		if at.node.Kind != yaml.MappingNode {
			return nil, 0, fmt.Errorf("line %d: it is no mapping (key: value)", at.line())
		}
		i := find(at.node, key)
		if i < 0 {
			return at, depth, nil
		}
		next := &place{node: at.node.Content[i+1], key: at.node.Content[i], limit: at.limit, inFlow: at.node.Style&yaml.FlowStyle != 0}
		if i+2 < len(at.node.Content) {
			next.limit = at.node.Content[i+2].Line
		}
		at = next
	}
	return at, len(path), nil
}

// find returns where a key is in a mapping; -1 where it is not.
func find(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func parse(src string) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the file holds no mapping (key: value)")
	}
	return doc.Content[0], nil
}

// same reports whether two trees say the same.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && isNull(a) == isNull(b) && slices.EqualFunc(ordered(a), ordered(b), same)
}

// ordered are a node's children, those of a mapping sorted: a section may have been
// put between others.
func ordered(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n.Content
	}
	var pairs [][2]*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs = append(pairs, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
	}
	slices.SortStableFunc(pairs, func(a, b [2]*yaml.Node) int { return strings.Compare(a[0].Value, b[0].Value) })
	var sorted []*yaml.Node
	for _, p := range pairs {
		sorted = append(sorted, p[0], p[1])
	}
	return sorted
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// text is a node of text.
func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// step is by how many columns the file's entries stand further in than what holds them.
func step(root *yaml.Node) int {
	const usual = 2
	for i := 1; i < len(root.Content); i += 2 {
		n := root.Content[i]
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && n.Column > root.Column {
			return n.Column - root.Column
		}
	}
	return usual
}
