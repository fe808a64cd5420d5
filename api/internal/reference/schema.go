package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// typed is a type in words, which may end with a schema of the document.
type typed struct{ Text, Schema string }

const schemas = "#/components/schemas/"

func (w *writer) typeOf(s *huma.Schema) typed {
	switch {
	case s == nil:
		return typed{Text: "anything"}
	case s.Ref != "":
		return typed{Schema: strings.TrimPrefix(s.Ref, schemas)}
	case s.Type == huma.TypeArray:
		item := w.typeOf(s.Items)
		return typed{"list of " + item.Text, item.Schema}
	case s.Format == "date-time":
		return typed{Text: "time (RFC 3339)"}
	case s.Type == "":
		return typed{Text: "anything"}
	}
	return typed{Text: s.Type}
}

func (w *writer) schema(name string) schema {
	of := w.document.Components.Schemas.Map()[name]
	s := schema{Name: name, Description: of.Description}
	for _, field := range slices.Sorted(maps.Keys(of.Properties)) {
		s.Fields = append(s.Fields, w.field(field, of.Properties[field], slices.Contains(of.Required, field)))
	}
	return s
}

func (w *writer) field(name string, s *huma.Schema, required bool) field {
	f := field{Name: name, Type: w.typeOf(s), Required: required, Description: s.Description, Limits: limits(s)}
	if len(s.Examples) > 0 {
		f.Example = compact(s.Examples[0])
	}
	return f
}

// limits says what a value may be, and what it is where it is left out.
func limits(s *huma.Schema) string {
	var all []string
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		all = append(all, "one of "+strings.Join(values, ", "))
	}
	if s.Minimum != nil {
		all = append(all, "at least "+number(*s.Minimum))
	}
	if s.Maximum != nil {
		all = append(all, "at most "+number(*s.Maximum))
	}
	if s.MaxLength != nil {
		all = append(all, "at most "+strconv.Itoa(*s.MaxLength)+" characters")
	}
	if s.MaxItems != nil {
		all = append(all, "at most "+strconv.Itoa(*s.MaxItems)+" items")
	}
	if s.Default != nil {
		all = append(all, "default "+compact(s.Default))
	}
	return strings.Join(all, "; ")
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func compact(v any) string { return strings.TrimSpace(encoded(v, "")) }

func indented(v any) string { return strings.TrimSpace(encoded(v, "  ")) }

func encoded(v any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the template does that
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil { // it came out of a document in JSON
		return err.Error()
	}
	return b.String()
}
