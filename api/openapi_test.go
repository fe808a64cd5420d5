package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml")

const checkedIn = "../docs/openapi.yaml"

// docs/openapi.yaml is the document that is served.
func TestTheDocumentIsCheckedIn(t *testing.T) {
	served := newWorld(t).ask(nobody, "GET /openapi.json", "")
	if served.status != 200 || served.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s", served.status, served.header.Get("Content-Type"))
	}
	var document any
	if err := json.Unmarshal([]byte(served.body), &document); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("# Generated from package api by: go test ./api -update\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(document); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(checkedIn, b.Bytes(), 0o644); err != nil { //nolint:gosec // it is for everyone to read
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(checkedIn)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("docs/openapi.yaml is stale; run: go test ./api -update\n%s", diff)
	}
}

type document struct {
	OpenAPI string
	Info    struct{ Title, Version, Description string }
	Paths   map[string]map[string]operation
	Tags    []struct{ Name, Description string }

	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
	}
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Security                          []map[string][]string
	Parameters                        []parameter
	RequestBody                       struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]response
}

type parameter struct{ Name, In, Description string }

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     map[string]struct{ Description string }
	Content     map[string]struct {
		Schema  schema
		Example any
	}
}

type schema struct {
	Ref                  string `json:"$ref"`
	Properties           map[string]any
	AdditionalProperties any
}

func readDocument(t *testing.T) (d document, raw string) {
	t.Helper()
	raw = newWorld(t).ask(nobody, "GET /openapi.json", "").body
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		t.Fatal(err)
	}
	return d, raw
}

// What the document says is worth reading: everything has words, every way to
// fail is named, and the format of every error is the one problem document.
func TestTheDocumentIsWhole(t *testing.T) {
	d, raw := readDocument(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1") || d.Info.Title == "" || d.Info.Version == "" || d.Info.Description == "" {
		t.Errorf("OpenAPI %q, %+v", d.OpenAPI, d.Info)
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			at := method + " " + path
			if o.OperationID == "" || o.Summary == "" || o.Description == "" || len(o.Tags) != 1 {
				t.Errorf("%s lacks words: %+v", at, o)
			}
			if guarded := len(o.Security) == 1 && o.Security[0]["bearer"] != nil; guarded != o.isGuarded() {
				t.Errorf("%s: security %v", at, o.Security)
			}
			for _, name := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == name[1] && p.In == "path" && p.Description != "" }) {
					t.Errorf("%s does not describe %s", at, name[1])
				}
			}
			if awaits := slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == atLeast && p.In == "header" }); awaits != o.hasOrg(path) {
				t.Errorf("%s documents %s: %v", at, atLeast, awaits)
			}
			for _, status := range o.refusals(path) {
				if o.Responses[status].Ref != "#/components/responses/Problem"+status {
					t.Errorf("%s does not say what a %s is", at, status)
				}
			}
		}
	}
	for name, r := range d.Components.Responses {
		content := r.Content["application/problem+json"]
		if r.Description == "" || content.Schema.Ref != "#/components/schemas/Problem" || content.Example == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, unwanted := range []string{"ErrorModel", "ErrorDetail", "$schema", "http://", "https://", "Struct"} {
		if strings.Contains(raw, unwanted) {
			t.Errorf("the document holds %s", unwanted)
		}
	}
}

func (o operation) isGuarded() bool { return o.OperationID != "healthz" && o.OperationID != "readyz" }

// hasOrg tells whether an operation is about one organisation.
func (o operation) hasOrg(path string) bool {
	return strings.Contains(path, "{org}") || slices.Contains([]string{"create-org", "get-me", "switch-profile"}, o.OperationID)
}

// refusals are the statuses that an operation must document.
func (o operation) refusals(path string) []string {
	statuses := []string{"500", "503"}
	if o.isGuarded() {
		statuses = append(statuses, "401", "422")
	}
	if strings.Contains(path, "{org}") { // or a revision that is none
		statuses = append(statuses, "400", "403", "404")
	}
	if o.RequestBody.Content != nil {
		statuses = append(statuses, "400", "413", "415")
	}
	return statuses
}

// Bodies are JSON, and take no field but those documented.
func TestBodiesAreDocumented(t *testing.T) {
	d, _ := readDocument(t)
	bodies := 0
	for path, methods := range d.Paths {
		for method, o := range methods {
			for media, content := range o.RequestBody.Content {
				bodies++
				body := d.Components.Schemas[strings.TrimPrefix(content.Schema.Ref, "#/components/schemas/")]
				if media != "application/json" || len(body.Properties) == 0 || body.AdditionalProperties != false {
					t.Errorf("%s %s takes %s: %+v", method, path, media, body)
				}
			}
		}
	}
	if bodies < 16 {
		t.Errorf("%d operations take a body", bodies)
	}
}

func TestReferencesLeadSomewhere(t *testing.T) {
	d, raw := readDocument(t)
	for _, match := range regexp.MustCompile(`"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(raw, -1) {
		known := slices.Collect(maps.Keys(d.Components.Schemas))
		if match[1] == "responses" {
			known = slices.Collect(maps.Keys(d.Components.Responses))
		}
		if !slices.Contains(known, match[2]) {
			t.Errorf("%s leads nowhere", match[0])
		}
	}
}

// A name with a capital is refused before its schema is looked at.
func TestFieldsHaveNoCapitals(t *testing.T) {
	d, _ := readDocument(t)
	for name, s := range d.Components.Schemas {
		for field := range s.Properties {
			if !regexp.MustCompile(`^[a-z_]+$`).MatchString(field) {
				t.Errorf("%s has %s", name, field)
			}
		}
	}
}

// Nothing is loaded from elsewhere: there are no pages of Huma's, and answers link
// to no schema.
func TestHumaAddsNothing(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/schemas/Role", "/schemas/Role.json", "/openapi.yaml", "/openapi-3.0.json"} {
		if a := w.ask(admin, "GET "+path, ""); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/v1/orgs/tom", "/v1/orgs/nothing"} {
		a := w.ask(admin, "GET "+path, "")
		if strings.Contains(a.body, "$schema") || a.header.Get("Link") != "" {
			t.Errorf("%s: Link %q, %s", path, a.header.Get("Link"), a.body)
		}
	}
	for _, accept := range []string{"text/html", "application/cbor", "application/problem+json", "json", "*/*"} {
		a := w.ask(admin, "GET /v1/orgs/tom", "", "Accept", accept)
		if a.status != 200 || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("Accept %s: %d %s", accept, a.status, a.header.Get("Content-Type"))
		}
	}
}
