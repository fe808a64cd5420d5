package yamlinsert

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// writer inserts into a text.
type writer struct {
	text  string
	lines []int // where each line begins
	step  int
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i, c := range []byte(text) {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line returns a line, counted from 1, without its end.
func (w *writer) line(n int) string {
	return w.text[w.lines[n-1]:w.lineEnd(n)]
}

// lineEnd is where a line's text ends.
func (w *writer) lineEnd(n int) int {
	if n == len(w.lines) {
		return len(w.text)
	}
	return w.lines[n-1] + len(strings.TrimRight(w.text[w.lines[n-1]:w.lines[n]], "\r\n"))
}

// offset is where a node begins. Columns count characters.
func (w *writer) offset(n *yaml.Node) int {
	at := w.lines[n.Line-1]
	for range n.Column - 1 {
		for at++; at < len(w.text) && w.text[at]&0xC0 == 0x80; {
			at++
		}
	}
	return at
}

// put inserts a text, with line ends as the file has them.
func (w *writer) put(at int, added string) {
	if strings.Contains(w.text, "\r\n") {
		added = strings.ReplaceAll(added, "\n", "\r\n")
	}
	w.text = w.text[:at] + added + w.text[at:]
}

func (w *writer) insert(at *place, a *addition) error {
	n := at.node
	switch {
	case isNull(n) && n.Value == "" && !at.inFlow && at.key != nil:
		return w.block(at, at.key.Line, at.key.Column-1+w.step, a)
	case n.Kind != a.kind():
		return fmt.Errorf("line %d: nothing can be added to this; it must be a list or a mapping", at.line())
	case a.key != nil && find(n, a.key.Value) >= 0:
		return fmt.Errorf("line %d: %q is there already", at.line(), a.key.Value)
	case n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0:
		return w.flow(n, a)
	}
	if a.key != nil && at.key != nil && a.value.Kind == yaml.MappingNode {
		shape(a.value, blockEntries(n))
	}
	return w.block(at, w.lastLine(n, at.limit), n.Content[0].Column-1-itemMark(n), a)
}

// itemMark is by how much an item's text stands further in than its list.
func itemMark(n *yaml.Node) int {
	if n.Kind == yaml.SequenceNode {
		return n.Content[0].Column - n.Column
	}
	return 0
}

// blockEntries reports whether the last mapping in a mapping has a line for each key.
func blockEntries(n *yaml.Node) bool {
	for i := len(n.Content) - 1; i > 0; i -= 2 {
		if v := n.Content[i]; v.Kind == yaml.MappingNode && len(v.Content) > 0 {
			return v.Style&yaml.FlowStyle == 0
		}
	}
	return false
}

// shape writes an entry in brackets, or with a line for each key; then lists that
// are short stay in brackets.
func shape(n *yaml.Node, lines bool) {
	const short = 3
	n.Style &^= yaml.FlowStyle
	if !lines {
		n.Style |= yaml.FlowStyle
		return
	}
	for i := 1; i < len(n.Content); i += 2 {
		list := n.Content[i]
		if list.Kind != yaml.SequenceNode {
			continue
		}
		list.Style |= yaml.FlowStyle
		if len(list.Content) > short || slices.ContainsFunc(list.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode }) {
			list.Style &^= yaml.FlowStyle
		}
	}
}

// after returns the last line of the section in front of a new one; 0 for the end.
func (w *writer) after(root *yaml.Node, at *place, a *addition, sections []string) int {
	order := slices.Index(sections, keyOf(a))
	if at.node != root || order < 0 {
		return 0
	}
	for _, before := range slices.Backward(sections[:order]) {
		if i := find(root, before); i >= 0 {
			limit := 0
			if i+2 < len(root.Content) {
				limit = root.Content[i+2].Line
			}
			return w.lastLine(root.Content[i+1], limit)
		}
	}
	return 0
}

func keyOf(a *addition) string {
	if a.key == nil {
		return ""
	}
	return a.key.Value
}

// lastLine is the last line of a node's text, where the next thing begins in line
// limit: comments and blank lines between them belong to neither.
func (w *writer) lastLine(n *yaml.Node, limit int) int {
	last := len(w.lines)
	if limit > 0 {
		last = limit - 1
	}
	leaf, key := n, n
	for leaf.Kind != yaml.ScalarNode && len(leaf.Content) > 0 {
		if leaf.Kind == yaml.MappingNode {
			key = leaf.Content[len(leaf.Content)-2]
		}
		leaf = leaf.Content[len(leaf.Content)-1]
	}
	verbatim := leaf.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	for ; last > leaf.Line; last-- {
		line := w.line(last)
		trimmed := strings.TrimLeft(line, " \t")
		isText := verbatim && len(line)-len(trimmed) >= key.Column
		if trimmed != "" && line != "..." && (isText || !strings.HasPrefix(trimmed, "#")) {
			break
		}
	}
	return last
}

// block adds lines behind a line.
func (w *writer) block(at *place, behind, indent int, a *addition) error {
	holder := &yaml.Node{Kind: a.kind()}
	a.to(holder)
	added, err := w.dump(holder)
	if err != nil {
		return err
	}
	gap := "\n"
	if at.key == nil || w.apart(at.node) {
		gap = "\n\n"
	}
	if at.above > 0 {
		behind = at.above
	}
	for behind < len(w.lines) && w.isCommentIn(behind+1, indent) {
		behind++
	}
	margin := strings.Repeat(" ", indent)
	w.put(w.lineEnd(behind), gap+margin+strings.ReplaceAll(added, "\n", "\n"+margin))
	return nil
}

// isCommentIn reports whether a line is a comment that stands further in than what is
// added, and so belongs to what is in front of it.
func (w *writer) isCommentIn(n, indent int) bool {
	line := w.line(n)
	trimmed := strings.TrimLeft(line, " \t")
	return strings.HasPrefix(trimmed, "#") && len(line)-len(trimmed) > indent
}

// apart reports whether a blank line parts the last two entries of a mapping.
func (w *writer) apart(n *yaml.Node) bool {
	const two = 4 // nodes
	if n.Kind != yaml.MappingNode || len(n.Content) < two {
		return false
	}
	last := n.Content[len(n.Content)-2]
	return strings.TrimSpace(w.line(w.lastLine(n.Content[len(n.Content)-3], last.Line)+1)) == ""
}

// flow adds to what stands in brackets.
func (w *writer) flow(n *yaml.Node, a *addition) error {
	holder := &yaml.Node{Kind: a.kind(), Style: yaml.FlowStyle}
	a.to(holder)
	added, err := w.dump(holder)
	if err != nil {
		return err
	}
	added = added[1 : len(added)-1]
	from := w.offset(n)
	if begin := strings.IndexAny(w.text[from:], "[{"); begin >= 0 { // behind an anchor or a tag
		from += begin
	}
	end, closing := brackets(w.text, from)
	if len(n.Content) == 0 {
		w.put(end, added)
		return nil
	}
	comma := w.text[end-1] == ','
	last := n.Content[len(n.Content)-1]
	if a.key != nil {
		last = n.Content[len(n.Content)-2]
	}
	margin := w.text[w.lines[last.Line-1]:w.offset(last)]
	if strings.TrimSpace(margin) == "" { // an item a line
		rest := len(w.text)
		if eol := strings.IndexAny(w.text[end:], "\r\n"); eol >= 0 {
			rest = end + eol
		}
		behind := min(rest, closing)
		if comma {
			added += ","
		}
		w.put(behind, "\n"+margin+added)
		if !comma {
			w.put(end, ",")
		}
		return nil
	}
	if comma {
		w.put(end, " "+added)
		return nil
	}
	w.put(end, ", "+added)
	return nil
}

// brackets returns where what stands between brackets ends, of which the first is at
// from, and where the closing one is.
func brackets(text string, from int) (end, closing int) { //nolint:cyclop // a scanner, a case a kind of text
	depth, begun := 0, false // begun: within a text without quotes, where quotes are none
	end = from + 1
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[' || c == '{':
			depth, begun = depth+1, false
		case c == ']' || c == '}':
			depth, begun = depth-1, false
			if depth == 0 {
				return end, i
			}
		case c == ',' || c == ':' && (i+1 == len(text) || strings.IndexByte(" \t\r\n,[]{}", text[i+1]) >= 0):
			begun = false
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == '#' && strings.IndexByte(" \t\r\n", text[i-1]) >= 0:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
			continue
		case (c == '"' || c == '\'') && !begun:
			i = quoted(text, i)
		default:
			begun = true
		}
		end = i + 1
	}
	return end, end
}

// quoted returns where the text in quotes ends that begins at from.
func quoted(text string, from int) int {
	for i := from + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[from] == '"':
			i++
		case text[i] != text[from]:
		case text[from] == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		default:
			return i
		}
	}
	return len(text) - 1
}

// dump writes a node as the library does.
func (w *writer) dump(n *yaml.Node) (string, error) {
	const narrowest, widest = 2, 9 // that the library takes
	var b bytes.Buffer
	d, err := yaml.NewDumper(&b, yaml.WithIndent(min(max(w.step, narrowest), widest)), yaml.WithLineWidth(-1),
		yaml.WithCompactSeqIndent(false), yaml.WithQuotePreference(yaml.QuoteDouble))
	if err != nil {
		return "", err
	}
	if err := d.Dump(n); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	return strings.TrimRight(b.String(), "\n"), nil
}
