// Package openapi reads an OpenAPI document as those who test by it need it:
// which operations there are, and whether a reply is one that the document
// describes.
package openapi

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is an OpenAPI 3.1 document. Make one with [Read]; it is safe for
// concurrent use.
type Document struct {
	Operations []Operation // sorted by path and method

	root     map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex // for what follows
	schemas  map[string]*jsonschema.Schema
}

// Operation is one method of a path.
type Operation struct {
	ID, Method, Path     string
	Summary, Description string
	Tags                 []string
	Parameters           []Parameter
	Body                 *Media // nil where it takes none
	BodyRequired         bool
	Responses            map[int]Response
	Public               bool // no identity is needed
}

// Parameter is one of an operation's.
type Parameter struct {
	Name, In, Description string
	Required              bool
	Schema                Media
}

// Response is what an operation may answer with.
type Response struct {
	Description string
	Headers     map[string]Header // by canonical name
	Content     map[string]Media  // by media type
}

// Header is one that a response may have.
type Header struct {
	Description string
	Schema      Media
}

// Media is a schema, by where it is in the document, and the examples beside it.
type Media struct {
	At       string // a JSON pointer
	Schema   map[string]any
	Examples []any
}

const location = "mem:///openapi.json"

// Read reads a document. It fails where the document has no form that this
// package knows; it does not check the document as a whole.
func Read(document []byte) (*Document, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	root, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the document is not an object")
	}
	d := &Document{root: root, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(location, root); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	for path, methods := range object(root["paths"]) {
		for method, operation := range object(methods) {
			o, err := d.operation(path, method, object(operation))
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			d.Operations = append(d.Operations, o)
		}
	}
	slices.SortFunc(d.Operations, func(a, b Operation) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return d, nil
}

func (d *Document) operation(path, method string, o map[string]any) (Operation, error) {
	at := pointer("paths", path, method)
	security, _ := o["security"].([]any)
	op := Operation{
		ID: text(o["operationId"]), Method: strings.ToUpper(method), Path: path, Summary: text(o["summary"]), Description: text(o["description"]),
		Responses: map[int]Response{}, Public: len(security) == 0,
	}
	for _, tag := range array(o["tags"]) {
		op.Tags = append(op.Tags, text(tag))
	}
	for i, value := range array(o["parameters"]) {
		p := object(value)
		required, _ := p["required"].(bool)
		op.Parameters = append(op.Parameters, Parameter{
			text(p["name"]), text(p["in"]), text(p["description"]), required, media(at+pointer("parameters", strconv.Itoa(i)), p),
		})
	}
	if body := object(o["requestBody"]); body != nil {
		const json = "application/json"
		op.BodyRequired, _ = body["required"].(bool)
		m := media(at+pointer("requestBody", "content", json), object(object(body["content"])[json]))
		op.Body = &m
	}
	for code, value := range object(o["responses"]) {
		status, err := strconv.Atoi(code)
		if err != nil {
			return op, fmt.Errorf("the status %q: %w", code, err)
		}
		op.Responses[status] = d.response(at+pointer("responses", code), object(value))
	}
	return op, nil
}

func (d *Document) response(at string, r map[string]any) Response {
	if name, ok := strings.CutPrefix(text(r["$ref"]), "#/components/responses/"); ok {
		at, r = pointer("components", "responses", name), object(object(object(d.root["components"])["responses"])[name])
	}
	response := Response{text(r["description"]), map[string]Header{}, map[string]Media{}}
	for name, value := range object(r["headers"]) {
		h := object(value)
		m := media(at+pointer("headers", name), h)
		response.Headers[http.CanonicalHeaderKey(name)] = Header{cmp.Or(text(h["description"]), text(m.Schema["description"])), m}
	}
	for name, value := range object(r["content"]) {
		response.Content[name] = media(at+pointer("content", name), object(value))
	}
	return response
}

// media reads what has a schema and examples: a parameter, a header, a media type.
func media(at string, value map[string]any) Media {
	m := Media{At: at + "/schema", Schema: object(value["schema"])}
	if example, ok := value["example"]; ok {
		m.Examples = append(m.Examples, example)
	}
	for _, example := range object(value["examples"]) {
		m.Examples = append(m.Examples, object(example)["value"])
	}
	return m
}

// Schemas returns the names of the document's schemas, sorted.
func (d *Document) Schemas() []string {
	var names []string
	for name := range object(object(d.root["components"])["schemas"]) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Schema returns a schema of the document, as it is written there.
func (d *Document) Schema(name string) Media {
	return Media{At: pointer("components", "schemas", name), Schema: object(object(object(d.root["components"])["schemas"])[name])}
}

// Resolved returns a schema, or the one that it refers to.
func (d *Document) Resolved(m Media) Media {
	if name, ok := strings.CutPrefix(text(m.Schema["$ref"]), "#/components/schemas/"); ok {
		return d.Schema(name)
	}
	return m
}

// Find returns the operation that a path, without its query, is for. One whose
// path names it word by word goes before one that has a parameter there. It
// returns nil where there is none.
func (d *Document) Find(method, path string) *Operation {
	var found *Operation
	for i, o := range d.Operations {
		if o.Method == method && fits(o.Path, path) && (found == nil || strings.Count(o.Path, "{") < strings.Count(found.Path, "{")) {
			found = &d.Operations[i]
		}
	}
	return found
}

func fits(template, path string) bool {
	names, values := strings.Split(template, "/"), strings.Split(path, "/")
	if len(names) != len(values) {
		return false
	}
	for i, name := range names {
		if parameter := strings.HasPrefix(name, "{"); !parameter && name != values[i] || parameter && values[i] == "" {
			return false
		}
	}
	return true
}

// pointer makes a JSON pointer (RFC 6901).
func pointer(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	return b.String()
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func array(v any) []any { a, _ := v.([]any); return a }

func text(v any) string { s, _ := v.(string); return s }
