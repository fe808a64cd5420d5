package openapi

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check returns what of a reply the document does not describe: its status, its
// headers, its media type and its body. The path is as it was sent, without its
// query and without what the API is mounted under; of one that the document does
// not have, it says nothing. Headers that any reply may have need not be
// described, nor those that are named.
func (d *Document) Check(method, path string, status int, header http.Header, body []byte, undescribed ...string) []string {
	o := d.Find(method, path)
	if o == nil {
		return nil
	}
	r, ok := o.Responses[status]
	if !ok {
		return []string{fmt.Sprintf("%s is not described to answer %d", o.ID, status)}
	}
	var wrong []string
	for _, w := range slices.Concat(d.checkHeaders(r, header, undescribed), d.checkBody(r, header.Get("Content-Type"), body)) {
		wrong = append(wrong, fmt.Sprintf("%s, %d: %s", o.ID, status, w))
	}
	return wrong
}

// general are headers that any reply may have.
func general() []string {
	return []string{"Cache-Control", "Content-Length", "Content-Type", "Date"}
}

func (d *Document) checkHeaders(r Response, header http.Header, undescribed []string) []string {
	var wrong []string
	for name, values := range header {
		described, ok := r.Headers[name]
		switch {
		case ok:
			for _, v := range values {
				if err := d.Validate(described.Schema, typed(described.Schema, v)); err != nil {
					wrong = append(wrong, fmt.Sprintf("the header %s: %v", name, err))
				}
			}
		case !slices.Contains(general(), name) && !slices.Contains(undescribed, name):
			wrong = append(wrong, fmt.Sprintf("the header %s is not described: %q", name, values))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// typed is the text of a header as its schema means it.
func typed(m Media, value string) any {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && m.Schema["type"] == "integer" {
		return n
	}
	return value
}

func (d *Document) checkBody(r Response, contentType string, body []byte) []string {
	if len(r.Content) == 0 {
		if len(body) > 0 {
			return []string{fmt.Sprintf("no body is described: %s", body)}
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	m, ok := r.Content[kind]
	if err != nil || !ok {
		return []string{fmt.Sprintf("the media type %q is not described", contentType)}
	}
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = d.Validate(m, value)
	}
	if err != nil {
		return []string{fmt.Sprintf("the body: %v\n%s", err, body)}
	}
	return nil
}

// Validate tells whether a value, as encoding/json or this package read it, is
// one of the schema's.
func (d *Document) Validate(m Media, value any) error {
	schema, err := d.compiled(m.At)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (d *Document) compiled(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(location + "#" + strings.ReplaceAll(strings.ReplaceAll(at, "{", "%7B"), "}", "%7D"))
	if err != nil {
		return nil, fmt.Errorf("the schema at %s: %w", at, err)
	}
	d.schemas[at] = s
	return s, nil
}
