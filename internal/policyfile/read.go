package policyfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/yamlshape"
)

// Reader reads a document, strictly: a key that it does not know, a value of another
// kind, an id that comes twice are errors that name file and line. It holds one
// organisation at a time.
type Reader struct {
	name  string
	lines lines

	begun bool
	item  *regexp.Regexp // how an organisation's first line begins
	next  []byte         // that line of the next organisation
	over  bool           // there is none
	seen  map[rolekit.OrgID]bool
	line  []rolekit.OrgID // that the last organisation is part of, from the top
}

// NewReader returns a reader of a document. name is the file's, for messages.
func NewReader(name string, r io.Reader) *Reader {
	return &Reader{name: name, lines: lines{r: bufio.NewReaderSize(r, 1<<16)}, seen: map[rolekit.OrgID]bool{}}
}

// Entry is one organisation's part of a file, or, for rolekit.AllOrgs, what all of
// them share.
type Entry struct {
	rolekit.Contents

	where func(path string) string // file:line of a part
}

// Next returns the next part. Its error is io.EOF behind the last.
func (r *Reader) Next() (Entry, error) {
	if !r.begun {
		r.begun = true
		e, ok, err := r.head()
		if err != nil || ok {
			return e, err
		}
	}
	if r.over {
		return Entry{}, io.EOF
	}
	return r.organisation()
}

func (r *Reader) failf(line int, form string, args ...any) error {
	return invalid("%s:%d: %s", r.name, line, fmt.Sprintf(form, args...))
}

func invalid(form string, args ...any) error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: fmt.Sprintf(form, args...)}
}

var (
	orgsKey  = regexp.MustCompile(`^orgs:\s*(#.*)?$`)
	noOrgs   = regexp.MustCompile(`^orgs:\s*\[\s*\]\s*(#.*)?$`)
	nothing  = regexp.MustCompile(`^\s*(#.*)?$`)
	itemLine = regexp.MustCompile(`^( *)-(\s|$)`)
)

// head reads what stands before the organisations, and finds the first of them.
func (r *Reader) head() (Entry, bool, error) {
	part, found, err := r.beforeOrgs()
	if err != nil {
		return Entry{}, false, err
	}
	var h head
	doc, err := r.decode(part, 0, reflect.TypeFor[head](), "the file", &h)
	switch {
	case err != nil:
		return Entry{}, false, err
	case doc == nil:
		return Entry{}, false, r.failf(1, "the file does not begin with rolekit: %d", version)
	case h.Version < 1 || h.Version > version:
		const form = "it must begin with rolekit: %d, the version of the format, or an earlier one; this one says %d"
		return Entry{}, false, r.failf(doc.Line, form, version, h.Version)
	case !found:
		return Entry{}, false, r.failf(r.lines.n, "orgs is missing; write orgs: [] where there are none")
	}
	defaults, was := present(doc, "defaults"), present(doc, "catalog")
	switch {
	case defaults == nil && was != nil:
		return Entry{}, false, r.failf(was.Line, "the catalog comes with what all organisations share; write defaults, or leave it out")
	case defaults == nil:
		return Entry{}, false, nil
	}
	c := h.Defaults.contents()
	if was != nil {
		c.Catalog = &rolekit.CatalogContents{AppliedBy: h.Catalog.AppliedBy, AppliedAt: h.Catalog.AppliedAt.Time, Body: h.Catalog.Body, Later: h.Catalog.Later}
	}
	inHead, inDefaults := r.locate(doc, 0), r.locate(defaults, 0)
	return Entry{c, func(path string) string {
		if path == "catalog" || strings.HasPrefix(path, "catalog/") {
			return inHead(path)
		}
		return inDefaults(path)
	}}, true, nil
}

// present returns the value of a key that says anything.
func present(doc *yaml.Node, key string) *yaml.Node {
	if n := child(doc, key); n != nil && n.ShortTag() != "!!null" {
		return n
	}
	return nil
}

// beforeOrgs reads up to the organisations, and finds the first of them; found says
// whether the file has any word of them.
func (r *Reader) beforeOrgs() (part []byte, found bool, err error) {
	for !r.over {
		text, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			r.over = true
			break
		}
		if err != nil {
			return nil, false, r.failf(r.lines.n, "%s", err)
		}
		switch line := bytes.TrimRight(text, "\r\n"); {
		case noOrgs.Match(line):
			return part, true, r.end(nil)
		case orgsKey.Match(line):
			return part, true, r.findFirst()
		case bytes.HasPrefix(line, []byte("orgs:")):
			return nil, false, r.failf(r.lines.n, "begin each organisation on a line of its own: orgs:, and below it \"- id: …\"")
		}
		if part = append(part, text...); len(part) > maxHead {
			return nil, false, r.failf(r.lines.n, "what stands before orgs has more than %d bytes", maxHead)
		}
	}
	return part, false, nil
}

// findFirst finds the first organisation's line.
func (r *Reader) findFirst() error {
	for {
		text, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			return r.failf(r.lines.n, "orgs has nothing below it; write orgs: [] where there are none")
		}
		if err != nil {
			return r.failf(r.lines.n, "%s", err)
		}
		if nothing.Match(bytes.TrimRight(text, "\r\n")) {
			continue
		}
		m := itemLine.FindSubmatch(text)
		if m == nil {
			return r.failf(r.lines.n, "orgs must be a list; begin each organisation with \"- id: …\"")
		}
		r.item = regexp.MustCompile(`^` + string(m[1]) + `-(\s|$)`)
		r.next = bytes.Clone(text)
		return nil
	}
}

// organisation reads the next one.
func (r *Reader) organisation() (Entry, error) {
	part, first := bytes.NewBuffer(r.next), r.lines.n
	r.next = nil
	indent := len(r.item.String()) - len(`^-(\s|$)`)
	for {
		text, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			r.over = true
			break
		}
		if err != nil {
			return Entry{}, r.failf(r.lines.n, "%s", err)
		}
		if r.item.Match(text) {
			r.next = bytes.Clone(text)
			break
		}
		line := bytes.TrimRight(text, "\r\n")
		if !nothing.Match(line) && len(line)-len(bytes.TrimLeft(line, " ")) <= indent {
			if err := r.end(line); err != nil {
				return Entry{}, err
			}
			break
		}
		if part.Write(text); part.Len() > MaxPart {
			return Entry{}, r.failf(first, "the organisation has more than %d bytes", MaxPart)
		}
	}
	return r.understand(part.Bytes(), first-1)
}

// end reads what may follow the last organisation: nothing.
func (r *Reader) end(line []byte) error {
	r.over = true
	for {
		if !nothing.Match(line) && string(line) != "..." {
			return r.failf(r.lines.n, "nothing follows orgs, and this line is none of an organisation's; defaults stand before them")
		}
		text, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.failf(r.lines.n, "%s", err)
		}
		line = bytes.TrimRight(text, "\r\n")
	}
}

// understand reads an organisation, and checks its place in the tree.
func (r *Reader) understand(part []byte, before int) (Entry, error) {
	var some []org
	doc, err := r.decode(part, before, reflect.TypeFor[[]org](), "orgs", &some)
	if err != nil {
		return Entry{}, err
	}
	if len(some) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return Entry{}, r.failf(before+1, "an organisation must be a mapping (id: …)")
	}
	o, n := some[0], doc.Content[0]
	e := Entry{o.contents(), r.locate(n, before)}
	switch {
	case o.ID == "":
		return Entry{}, r.failf(before+1, "the organisation has no id")
	case r.seen[o.ID]:
		return Entry{}, r.failf(before+1, "the organisation %q comes twice", o.ID)
	case len(r.seen) == MaxOrgs:
		return Entry{}, r.failf(before+1, "the file has more than %d organisations", MaxOrgs)
	}
	r.seen[o.ID] = true
	for len(r.line) > 0 && r.line[len(r.line)-1] != o.Parent {
		r.line = r.line[:len(r.line)-1]
	}
	if len(r.line) == 0 && r.seen[o.Parent] {
		return Entry{}, invalid("%s: put organisation %q directly behind %q, or behind others that are below that", e.where("parent"), o.ID, o.Parent)
	}
	r.line = append(r.line, o.ID)
	return e, nil
}

// decode reads a part of the file. It returns its node; nil where there is nothing.
func (r *Reader) decode(part []byte, before int, t reflect.Type, where string, into any) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(part))
	var doc yaml.Node
	err := decoder.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return nil, nil //nolint:nilnil // nothing is an answer
	case err != nil:
		return nil, r.notYAML(before, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, r.failf(before+1, "a second document begins here; a file is one")
	}
	s := &yamlshape.Checker{File: r.name, Lines: before, NoAliases: true}
	s.Check(doc.Content[0], t, where)
	if len(s.Problems) > 0 {
		const most = 20
		if more := len(s.Problems) - most; more > 0 {
			s.Problems = append(s.Problems[:most], fmt.Sprintf("%s: and %d more", r.name, more))
		}
		return nil, invalid("%s", strings.Join(s.Problems, "\n"))
	}
	if err := doc.Decode(into); err != nil {
		return nil, r.notYAML(before, err)
	}
	return doc.Content[0], nil
}

func (r *Reader) notYAML(before int, err error) error {
	line := 1
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		line = max(e.Mark.Line, 1)
	}
	return r.failf(before+line, "the file is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
}

// locate returns what finds a part of an organisation in the file.
func (r *Reader) locate(n *yaml.Node, before int) func(path string) string {
	return func(path string) string { return fmt.Sprintf("%s:%d", r.name, before+find(n, path)) }
}

// lines reads lines, and counts them.
type lines struct {
	r *bufio.Reader
	n int // how many were read
}

// next returns a line with its end. It is good until the next call.
func (l *lines) next() ([]byte, error) {
	var long []byte
	for {
		text, err := l.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, text...); len(long) > MaxPart {
				l.n++
				return nil, fmt.Errorf("the line has more than %d bytes", MaxPart)
			}
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if long != nil {
			text = append(long, text...)
		}
		if len(text) == 0 {
			return nil, io.EOF
		}
		l.n++
		if !utf8.Valid(text) {
			return nil, errors.New("it is not valid UTF-8")
		}
		return text, nil
	}
}
