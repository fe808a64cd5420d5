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
	Parameters                        []struct{ Name, In, Description string }
	RequestBody                       struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]response
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
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

// What the document says is worth reading: everything has words, every way to
// fail is named, and the format of every error is the one problem document.
func TestTheDocumentIsWhole(t *testing.T) {
	raw := newWorld(t).ask(nobody, "GET /openapi.json", "").body
	var d document
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") || d.Info.Title == "" || d.Info.Version == "" || d.Info.Description == "" {
		t.Errorf("OpenAPI %q, %+v", d.OpenAPI, d.Info)
	}
	public := []string{"healthz", "readyz"}
	for path, methods := range d.Paths {
		for method, o := range methods {
			at := method + " " + path
			if o.OperationID == "" || o.Summary == "" || o.Description == "" || len(o.Tags) != 1 {
				t.Errorf("%s lacks words: %+v", at, o)
			}
			if guarded := len(o.Security) == 1 && o.Security[0]["bearer"] != nil; guarded == slices.Contains(public, o.OperationID) {
				t.Errorf("%s: security %v", at, o.Security)
			}
			for _, name := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(o.Parameters, func(p struct{ Name, In, Description string }) bool {
					return p.Name == name[1] && p.In == "path" && p.Description != ""
				}) {
					t.Errorf("%s does not describe %s", at, name[1])
				}
			}
			needs := []string{"500", "503"}
			if !slices.Contains(public, o.OperationID) {
				needs = append(needs, "401", "422")
			}
			if strings.Contains(path, "{org}") {
				needs = append(needs, "403", "404")
			}
			if o.RequestBody.Content != nil {
				needs = append(needs, "400", "413", "415")
			}
			for _, status := range needs {
				if o.Responses[status].Ref != "#/components/responses/Problem"+status {
					t.Errorf("%s does not say what a %s is", at, status)
				}
			}
			for media, content := range o.RequestBody.Content {
				body := d.Components.Schemas[strings.TrimPrefix(content.Schema.Ref, "#/components/schemas/")]
				if media != "application/json" || len(body.Properties) == 0 || body.AdditionalProperties != false {
					t.Errorf("%s takes %s: %+v", at, media, body)
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
	for _, match := range regexp.MustCompile(`"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(raw, -1) {
		known := slices.Collect(maps.Keys(d.Components.Schemas))
		if match[1] == "responses" {
			known = slices.Collect(maps.Keys(d.Components.Responses))
		}
		if !slices.Contains(known, match[2]) {
			t.Errorf("%s leads nowhere", match[0])
		}
	}
	for _, unwanted := range []string{"ErrorModel", "ErrorDetail", "$schema", "http://", "https://", "Struct"} {
		if strings.Contains(raw, unwanted) {
			t.Errorf("the document holds %s", unwanted)
		}
	}
}

// A name with a capital is refused before its schema is looked at.
func TestFieldsHaveNoCapitals(t *testing.T) {
	var d document
	if err := json.Unmarshal([]byte(newWorld(t).ask(nobody, "GET /openapi.json", "").body), &d); err != nil {
		t.Fatal(err)
	}
	for name, s := range d.Components.Schemas {
		for field := range s.Properties {
			if !regexp.MustCompile(`^[a-z_]+$`).MatchString(field) {
				t.Errorf("%s has %s", name, field)
			}
		}
	}
}

// Nothing is loaded from elsewhere: there are no pages, and answers link to no
// schema.
func TestHumaAddsNothing(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/docs", "/schemas/Role", "/schemas/Role.json", "/openapi.yaml", "/openapi-3.0.json"} {
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
