package api_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/api/internal/openapi"
	"github.com/rolekit/rolekit/internal/problem"
)

// walk calls with each schema of the document, wherever it stands, and says where.
func walk(d *openapi.Document, visit func(at string, schema map[string]any)) {
	for _, name := range d.Schemas() {
		m := d.Schema(name)
		walkSchema(m.At, m.Schema, visit)
	}
	for _, o := range d.Operations {
		for _, p := range o.Parameters {
			walkSchema(p.Schema.At, p.Schema.Schema, visit)
		}
		for _, r := range o.Responses {
			for _, h := range r.Headers {
				walkSchema(h.Schema.At, h.Schema.Schema, visit)
			}
		}
	}
}

func walkSchema(at string, schema map[string]any, visit func(string, map[string]any)) {
	visit(at, schema)
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if property, ok := properties[name].(map[string]any); ok {
			walkSchema(at+"/properties/"+name, property, visit)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		walkSchema(at+"/items", items, visit)
	}
}

// Each example is one of what it is an example of.
func TestExamplesFitTheirSchemas(t *testing.T) {
	d, err := served()
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	check := func(m openapi.Media, example any) {
		examples++
		if err := d.Validate(m, example); err != nil {
			t.Errorf("%s: %v: %v", m.At, example, err)
		}
	}
	walk(d, func(at string, schema map[string]any) {
		all, _ := schema["examples"].([]any)
		for _, example := range all {
			check(openapi.Media{At: at}, example)
		}
		if value, ok := schema["default"]; ok {
			check(openapi.Media{At: at}, value)
		}
	})
	body := func(where string, m openapi.Media) {
		if len(m.Examples) == 0 {
			t.Errorf("%s has no example", where)
		}
		for _, example := range m.Examples {
			check(m, example)
		}
	}
	for _, o := range d.Operations {
		for _, p := range o.Parameters {
			for _, example := range p.Schema.Examples {
				check(p.Schema, example)
			}
		}
		if o.Body != nil {
			body(o.ID, *o.Body)
		}
		for status, r := range o.Responses {
			for _, m := range r.Content {
				body(o.ID+" "+strconv.Itoa(status), m)
			}
		}
	}
	if examples < 200 {
		t.Errorf("only %d examples", examples)
	}
}

// Everything that has a name in the document is described.
func TestEverythingIsDescribed(t *testing.T) {
	d, err := served()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Operations {
		if o.Summary == "" || o.Description == "" || len(o.Tags) != 1 {
			t.Errorf("%s: %q, %q, %q", o.ID, o.Summary, o.Description, o.Tags)
		}
		for _, p := range o.Parameters {
			if p.Description == "" {
				t.Errorf("%s: nothing is said of the parameter %s", o.ID, p.Name)
			}
		}
		for status, r := range o.Responses {
			if r.Description == "" {
				t.Errorf("%s: nothing is said of %d", o.ID, status)
			}
			for name, h := range r.Headers {
				if h.Description == "" {
					t.Errorf("%s, %d: nothing is said of the header %s", o.ID, status, name)
				}
			}
		}
	}
	for _, name := range d.Schemas() {
		if description, _ := d.Schema(name).Schema["description"].(string); !strings.HasSuffix(description, ".") && !strings.HasSuffix(description, "?") {
			t.Errorf("schemas.go: what is a %s? %q", name, description)
		}
	}
	for name := range wordsOf(t, "schemas.go") {
		if !slices.Contains(d.Schemas(), name) {
			t.Errorf("schemas.go: there is no schema %s any more", name)
		}
	}
}

// wordsOf returns the keys of the maps that are written in a file.
func wordsOf(t *testing.T, file string) map[string]bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if literal, ok := pair.Key.(*ast.BasicLit); ok {
				key, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				keys[key] = true
			}
		}
		return true
	})
	return keys
}

// Every code that the kit or the API can answer with is told to clients, with its
// status, in the one list of them.
func TestCodesAreDocumented(t *testing.T) {
	var declared, told []string
	for _, file := range []string{"../errors.go", "../internal/problem/http.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Code") {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				code, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				declared = append(declared, code)
			}
			return true
		})
	}
	d, err := served()
	if err != nil {
		t.Fatal(err)
	}
	words := show(t, d.Schema("Problem").Schema)
	for _, k := range problem.Kinds() {
		told = append(told, string(k.Code))
		if line := fmt.Sprintf(`\n- %s (%d): %s`, k.Code, k.Status, k.Means); k.Means == "" || !strings.Contains(words, line) {
			t.Errorf("the document lacks %s", line)
		}
		if k.Status != problem.Status(k.Code) || http.StatusText(k.Status) == "" {
			t.Errorf("%s: %d", k.Code, k.Status)
		}
	}
	slices.Sort(declared)
	slices.Sort(told)
	if diff := cmp.Diff(declared, told); diff != "" || len(told) < 25 {
		t.Errorf("declared (-), and told in problem.Kinds (+):\n%s", diff)
	}
}

// codeFits tells whether a problem's code is one of those that clients are told
// of, under the status that they are told.
func codeFits(a answer) error {
	var p struct{ Code string }
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		return err
	}
	for _, k := range problem.Kinds() {
		if string(k.Code) == p.Code {
			if moved := p.Code == "conflict" && a.status == http.StatusPreconditionFailed; k.Status != a.status && !moved {
				return fmt.Errorf("%s comes with %d, and %d is told", p.Code, a.status, k.Status)
			}
			return nil
		}
	}
	return fmt.Errorf("nobody is told of the code %q", p.Code)
}
