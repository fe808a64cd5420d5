// Package reference makes a page for people out of an OpenAPI document. It needs
// nothing from elsewhere and no script.
package reference

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for what the page looks like
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit/internal/problem"
)

//go:embed page.html
var layout string

//go:embed page.css
var style string

// Policy returns the Content-Security-Policy of the page: its own style is all
// that a browser does with it.
func Policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// Page returns the page for a document, in HTML. It fails where the document
// refers to what it does not have.
func Page(document *huma.OpenAPI, codes []problem.Kind) ([]byte, error) {
	w := writer{document: document}
	p := page{
		Title: document.Info.Title, Version: document.Info.Version, About: strings.Split(document.Info.Description, "\n\n"),
		Style: template.CSS(style), //nolint:gosec // it is a file of ours
		Codes: codes,
	}
	p.Groups = w.groups()
	for _, name := range slices.Sorted(maps.Keys(document.Components.Responses)) {
		p.Refusals = append(p.Refusals, w.refusal(name))
	}
	for _, name := range slices.Sorted(maps.Keys(document.Components.Schemas.Map())) {
		p.Schemas = append(p.Schemas, w.schema(name))
	}
	t, err := template.New("page").Parse(layout)
	if err != nil {
		return nil, fmt.Errorf("read the page's layout: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), w.err
}

type page struct {
	Title, Version string
	About          []string // paragraphs
	Style          template.CSS
	Groups         []group
	Codes          []problem.Kind
	Refusals       []answer
	Schemas        []schema
}

// group is the operations of one tag.
type group struct {
	Name, Anchor, Description string
	Operations                []operation
}

type operation struct {
	ID, Method, Path, Summary, Description string
	Public                                 bool
	Parameters                             []field
	Body                                   *content
	Answers                                []answer // successes
	Refusals                               []int
}

// field is a parameter, a header, or a field of a schema.
type field struct {
	Name, In, Description, Limits, Example string
	Type                                   typed
	Required                               bool
}

type content struct {
	Type     typed
	Required bool
	Example  string
}

type answer struct {
	Status            int
	Text, Description string
	Headers           []field
	Content           *content
}

type schema struct {
	Name, Description string
	Fields            []field
}

// writer reads the document. It remembers what went wrong.
type writer struct {
	document *huma.OpenAPI
	err      error
}

func (w *writer) groups() []group {
	var groups []group
	for _, tag := range w.document.Tags {
		groups = append(groups, group{Name: tag.Name, Anchor: "tag-" + strings.ToLower(strings.ReplaceAll(tag.Name, " ", "-")), Description: tag.Description})
	}
	for _, path := range slices.Sorted(maps.Keys(w.document.Paths)) {
		item := w.document.Paths[path]
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o == nil {
				continue
			}
			i := slices.IndexFunc(groups, func(g group) bool { return slices.Contains(o.Tags, g.Name) })
			if i < 0 {
				w.err = fmt.Errorf("%s has none of the document's tags", o.OperationID)
				continue
			}
			groups[i].Operations = append(groups[i].Operations, w.operation(o))
		}
	}
	return groups
}

func (w *writer) operation(o *huma.Operation) operation {
	op := operation{
		ID: o.OperationID, Method: o.Method, Path: o.Path, Summary: o.Summary, Description: o.Description, Public: len(o.Security) == 0,
	}
	for _, p := range o.Parameters {
		op.Parameters = append(op.Parameters, w.parameter(p.Name, p))
	}
	if o.RequestBody != nil {
		op.Body = w.content(o.RequestBody.Content)
		op.Body.Required = o.RequestBody.Required
	}
	for _, code := range slices.Sorted(maps.Keys(o.Responses)) {
		status, err := strconv.Atoi(code)
		if err != nil {
			w.err = fmt.Errorf("%s: the status %q: %w", o.OperationID, code, err)
		}
		r := o.Responses[code]
		if r.Ref != "" {
			op.Refusals = append(op.Refusals, status)
			continue
		}
		op.Answers = append(op.Answers, w.answer(status, r))
	}
	return op
}

func (w *writer) parameter(name string, p *huma.Param) field {
	f := w.field(name, p.Schema, p.Required)
	f.In = p.In
	f.Description = first(p.Description, f.Description)
	if f.Example == "" && p.Example != nil {
		f.Example = compact(p.Example)
	}
	return f
}

func (w *writer) answer(status int, r *huma.Response) answer {
	a := answer{Status: status, Text: http.StatusText(status), Description: r.Description, Content: w.content(r.Content)}
	if a.Description == a.Text {
		a.Description = ""
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		a.Headers = append(a.Headers, w.parameter(name, r.Headers[name]))
	}
	return a
}

func (w *writer) refusal(name string) answer {
	status, err := strconv.Atoi(strings.TrimPrefix(name, "Problem"))
	if err != nil {
		w.err = fmt.Errorf("the response %s: %w", name, err)
	}
	return w.answer(status, w.document.Components.Responses[name])
}

func (w *writer) content(of map[string]*huma.MediaType) *content {
	media := slices.Sorted(maps.Keys(of))
	if len(media) == 0 {
		return nil
	}
	m := of[media[0]]
	return &content{Type: w.typeOf(m.Schema), Example: indented(m.Example)}
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
