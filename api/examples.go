package api

import (
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// exampleTime stands for a time of which there is no example.
const exampleTime = "2026-05-06T07:08:09Z"

// addExamples gives each body of the document, asked and answered, an example, made
// of those of its fields. One that has an example keeps it.
func addExamples(document *huma.OpenAPI) {
	of := examples{document.Components.Schemas.Map()}
	of.wholeOnes()
	for _, path := range document.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Put, path.Post, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			if op.RequestBody != nil {
				of.add(op.RequestBody.Content)
			}
			for _, response := range op.Responses {
				of.add(response.Content)
			}
		}
	}
}

// examples are made of schemas by name.
type examples struct{ schemas map[string]*huma.Schema }

// wholeOnes are of fields whose parts do not make a sensible one, or have none.
func (e examples) wholeOnes() {
	// One line is about a user or about a group.
	e.schemas["Assignments"].Properties["give"].Examples = []any{[]any{map[string]any{"user": "auth0|ada", "role": "bookkeeper"}}}
	e.schemas["Assignments"].Properties["take"].Examples = []any{[]any{map[string]any{"group": "researchers", "role": "auditor"}}}
	e.schemas["ListUserID"].Properties["items"].Examples = []any{[]string{"auth0|ada", "auth0|bob"}}
	e.schemas["ListResourceID"].Properties["items"].Examples = []any{[]string{"invoice-17", "invoice-18"}}
}

func (e examples) add(content map[string]*huma.MediaType) {
	for _, media := range content {
		if media.Example == nil && len(media.Examples) == 0 {
			media.Example, _ = e.of(media.Schema)
		}
	}
}

// of makes a value of a schema. It is told where that means nothing, since nobody
// wrote an example of it.
func (e examples) of(s *huma.Schema) (value any, telling bool) {
	if s.Ref != "" {
		s = e.schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0], true
	case len(s.Enum) > 0:
		return s.Enum[0], true
	case len(s.OneOf) > 0: // what is answered, before what a dry run is
		return e.of(s.OneOf[0])
	}
	switch s.Type {
	case huma.TypeObject:
		return e.fields(s), true
	case huma.TypeArray:
		item, telling := e.item(s)
		if !telling {
			return []any{}, false
		}
		return []any{item}, true
	case huma.TypeInteger, huma.TypeNumber:
		return 1, false
	case huma.TypeBoolean:
		return true, false
	case huma.TypeString:
		if s.Format == "date-time" {
			return exampleTime, false
		}
		return "", false
	}
	return nil, false
}

// item makes one of an array, of a tree without what hangs below it.
func (e examples) item(s *huma.Schema) (value any, telling bool) {
	if of := e.schemas[strings.TrimPrefix(s.Items.Ref, "#/components/schemas/")]; of != nil {
		for _, field := range of.Properties {
			if field == s {
				return nil, false
			}
		}
	}
	return e.of(s.Items)
}

// fields makes an object: all that it must have, and what says something. What may
// be an object or be left out is left out, as one field often stands for another: an
// answer has a decision, or a problem.
func (e examples) fields(s *huma.Schema) map[string]any {
	o := map[string]any{}
	for name, field := range s.Properties {
		required := slices.Contains(s.Required, name)
		if field.Ref != "" && !required {
			continue
		}
		if value, telling := e.of(field); telling || required {
			o[name] = value
		}
	}
	return o
}
