package apitest

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit/api/internal/openapi"
)

// jacksIDs is, by the names of the parameters and fields that hold ids, what
// jack's organisation has to stand there.
func jacksIDs() map[string][]string {
	return map[string][]string{
		"access":    {"set:jacks-ponds"},
		"actor":     {"user:jim"},
		"group":     {"jacks-crew"},
		"groups":    {"jacks-crew"},
		"id":        {"jack", "jacks-own", "jacks-lawn"},
		"includes":  {"jacks-own"},
		"inner":     {"jacks-crew"},
		"key":       {jacksKey},
		"org":       {"jack"},
		"owner":     {"jim"},
		"parent":    {"jack"},
		"resource":  {"jacks-lawn"},
		"resources": {"jacks-lawn"},
		"role":      {"jacks-own"},
		"roles":     {"jacks-own"},
		"set":       {"jacks-ponds"},
		"successor": {"jacks-own"},
		"target":    {"role:jacks-own", "user:jim"},
		"user":      {"jim"},
		"users":     {"jim"},
	}
}

// noIDs are the names of the others.
func noIDs() []string {
	return []string{
		"action", "after", "created_by", "decision", "depth", "descendants", "description", "dry_run", "expires", "from", "grants", "kind", "label", "limit",
		"origin", "permission", "prefix", "profile", "questions", "sort", "team", "tops", "until",
	}
}

// request is one of the table, taken apart.
type request struct {
	operation    *openapi.Operation
	method, rest string // the rest is a header
	path         []string
	query        url.Values
	body         any
}

func (s *suite) parse(t testing.TB, row Scenario) *request {
	t.Helper()
	line, rest, _ := strings.Cut(row.Request, " If-")
	method, address, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(address, "?")
	r := &request{operation: s.document.Find(method, path), method: method, rest: rest, path: strings.Split(path, "/")}
	var err error
	if r.query, err = url.ParseQuery(query); err != nil || r.operation == nil {
		t.Fatalf("%s: %v, for the operation %v", row.Request, err, r.operation)
	}
	if row.Body != "" {
		if err := json.Unmarshal([]byte(row.Body), &r.body); err != nil {
			t.Fatalf("%s: %v", row.Body, err)
		}
	}
	return r
}

// text puts the request together again.
func (r *request) text(t testing.TB) (line, body string) {
	t.Helper()
	line = r.method + " " + strings.Join(r.path, "/")
	if len(r.query) > 0 {
		line += "?" + r.query.Encode()
	}
	if r.rest != "" {
		line += " If-" + r.rest
	}
	if r.body == nil {
		return line, ""
	}
	b, err := json.Marshal(r.body)
	if err != nil {
		t.Fatal(err)
	}
	return line, string(b)
}

// place is where an id stands in a request.
type place struct {
	name string // path.org, query.parent, body.users
	to   []string
	put  func(id string)
}

// places returns all of a request.
func (r *request) places() []place {
	var all []place
	ids := jacksIDs()
	for i, part := range strings.Split(r.operation.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			all = append(all, place{"path." + name, ids[name], func(id string) { r.path[i] = url.PathEscape(id) }})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.query)) {
		all = append(all, place{"query." + name, ids[name], func(id string) { r.query.Set(name, id) }})
	}
	return append(all, placesIn("", r.body, func(v any) { r.body = v })...)
}

// placesIn returns those of a value, which is a field of that name.
func placesIn(name string, value any, put func(any)) []place {
	var all []place
	switch v := value.(type) {
	case string:
		return []place{{"body." + name, jacksIDs()[name], func(id string) { put(id) }}}
	case []any:
		for i, item := range v {
			all = append(all, placesIn(name, item, func(to any) { v[i] = to })...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, placesIn(key, v[key], func(to any) { v[key] = to })...)
		}
	}
	return all
}

// mix is what to put where.
type mix map[int]string

// mixes returns which of jack's ids stand where: each alone, each two, and all
// that can.
func mixes(places []place) []mix {
	var singles, all []mix
	whole := mix{}
	for i, p := range places {
		for _, id := range p.to {
			singles = append(singles, mix{i: id})
			whole[i] = id
		}
	}
	all = append(all, singles...)
	for i, a := range singles {
		for _, b := range singles[i+1:] {
			both := maps.Clone(a)
			maps.Copy(both, b)
			if len(both) > 1 {
				all = append(all, both)
			}
		}
	}
	if len(whole) > 2 { //nolint:mnd // one and two are there already
		all = append(all, whole)
	}
	return all
}

// untried says which of the operations' parameters and fields hold ids and had
// none of jack's, and of which nobody has said whether they do.
func (s *suite) untried(tried map[string]bool) []string {
	var lacking []string
	for _, o := range s.document.Operations {
		var names []string
		for _, p := range o.Parameters {
			if p.In != "header" {
				names = append(names, p.In+"."+p.Name)
			}
		}
		if o.Body != nil {
			names = append(names, s.fields(*o.Body, map[string]bool{})...)
		}
		slices.Sort(names)
		for _, full := range slices.Compact(names) {
			_, name, _ := strings.Cut(full, ".")
			_, holds := jacksIDs()[name]
			switch {
			case !holds && !slices.Contains(noIDs(), name):
				lacking = append(lacking, o.ID+": say in mix.go whether "+full+" holds ids, and which of jack's")
			case holds && !tried[o.ID+" "+full]:
				lacking = append(lacking, o.ID+": no row has an id in "+full)
			}
		}
	}
	return lacking
}

// fields returns the names of the fields of a body that are no objects themselves.
func (s *suite) fields(m openapi.Media, seen map[string]bool) []string {
	if m = s.document.Resolved(m); seen[m.At] {
		return nil
	}
	seen[m.At] = true
	var names []string
	properties, _ := m.Schema["properties"].(map[string]any)
	for name, value := range properties {
		schema, _ := value.(map[string]any)
		inner := openapi.Media{At: m.At + "/properties/" + name, Schema: schema}
		if items, ok := schema["items"].(map[string]any); ok {
			inner = openapi.Media{At: inner.At + "/items", Schema: items}
		}
		if within := s.fields(inner, seen); within != nil || s.isObject(inner) {
			names = append(names, within...)
			continue
		}
		names = append(names, "body."+name)
	}
	return names
}

func (s *suite) isObject(m openapi.Media) bool {
	return s.document.Resolved(m).Schema["type"] == "object"
}
