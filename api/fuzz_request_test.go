package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/api/internal/openapi"
)

// sent is a request that was drawn.
type sent struct {
	operation    *openapi.Operation
	asker        apitest.Asker
	path, query  string
	header       [][2]string
	body         string
	hasBody      bool
	method, kind string // kind is the media type
}

func (s sent) String() string {
	return fmt.Sprintf("%v: %s %s?%s %q %q %.2000q", s.asker, s.method, s.path, s.query, s.kind, s.header, s.body)
}

// request returns it as the server sees it; nil for one that cannot be sent.
func (s sent) request(ctx context.Context) *http.Request {
	target := s.path
	if s.query != "" {
		target += "?" + s.query
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, s.method, "http://kit", strings.NewReader(s.body))
	if err != nil {
		return nil
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
	if !s.hasBody {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	if s.kind != "" {
		r.Header.Set("Content-Type", s.kind)
	}
	for _, h := range s.header {
		r.Header.Add(h[0], h[1])
	}
	if user := s.asker.User(); user != "" {
		r.Header.Set("Test-User", string(user))
	}
	return r
}

// knownIDs are, by the names of parameters and fields, ids that are there, in one
// of the organisations or in both.
func knownIDs() map[string][]string {
	roles, groups, sets := []string{"bookkeeper", "hand", "owner", "jacks-own"}, []string{"crew", "juniors", "jacks-crew"}, []string{"lawns", "ponds", "jacks-ponds"}
	users, resources := []string{"auth0|ada", "tom@example.com", "carl", "jim", "bob", "eve", "sue"}, []string{"lawn-1", "jacks-lawn", "a/b"}
	orgs := []string{"tom", "tom", "tom", "jack", "tom.north", "tom.south", "staff", "nowhere"}
	return map[string][]string{
		"org": orgs, "parent": append(slices.Clone(orgs), ""), "role": roles, "includes": roles, "successor": roles, "group": groups, "inner": groups,
		"groups": groups, "set": sets, "user": users, "users": users, "owner": users, "resource": resources, "resources": resources,
		"id": slices.Concat(orgs, roles, groups, sets, resources), "permission": {"invoices:read", "jobs:read", "jobs:write", "iam.roles:write", "*:*", "no:such"},
		"access": {"any", "own", "team", "set:lawns", "set:jacks-ponds", "friend"}, "profile": {"worker", "owner", "default", "x"},
		"Idempotency-Key": {"k-1", `"k-1"`, strings.Repeat("k", 300), "k 1"},
		"If-Match":        {"*", `"1"`, `W/"1"`, `"99999999999999999999"`, "x", `"1","2"`}, "If-None-Match": {"*", `"1"`},
		"If-Revision-At-Least": {"0", "1", "-1", "x", "99999999999999999999"},
	}
}

// odd are texts that few think of.
func odd() []string {
	return []string{
		"", " ", ".", "..", "../jack", "a/b", "*", "role:owner", "user:sue", "service:ci", "Tom", "tom ", "t\u043em", "\x00", "tom\x00", "\xff\xfe",
		"\u202etom", "\u200b", "\U0001f331", "e\u0301", "%2e%2e", "%", "null", "true", "-1", "0", "1e999", "9223372036854775808", "\r\nX: y", "<script>",
		"' OR 1=1 --", "${x}", strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("ü", 200), strings.Repeat("x", 5000),
	}
}

// text draws an id or a word: mostly one that is there.
func drawText(t *rapid.T, name string) string {
	known := knownIDs()[name]
	switch n := rapid.IntRange(0, 9).Draw(t, name+" kind"); {
	case n < 7 && len(known) > 0:
		return rapid.SampledFrom(known).Draw(t, name)
	case n == 9:
		return rapid.String().Draw(t, name)
	}
	return rapid.SampledFrom(odd()).Draw(t, name)
}

// one in n draws whether something rare happens.
func oneIn(t *rapid.T, n int, what string) bool { return rapid.IntRange(1, n).Draw(t, what) == 1 }

func (z *fuzzed) draw(t *rapid.T) sent {
	s := sent{
		operation: &z.document.Operations[rapid.IntRange(0, len(z.document.Operations)-1).Draw(t, "operation")],
		asker:     rapid.SampledFrom([]apitest.Asker{0, 1, 2, 3, 3, 3, 3, 4, 5, 5}).Draw(t, "asker"),
	}
	s.method = s.operation.Method
	if oneIn(t, 40, "another method") {
		s.method = rapid.SampledFrom([]string{"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "LOCK"}).Draw(t, "method")
	}
	query := url.Values{}
	s.path = s.operation.Path
	for _, p := range s.operation.Parameters {
		switch p.In {
		case "path":
			s.path = strings.ReplaceAll(s.path, "{"+p.Name+"}", escape(t, drawText(t, p.Name)))
		case "query":
			for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 1, 1, 2}).Draw(t, p.Name+" times") {
				query.Add(p.Name, drawQuery(t, p))
			}
		case "header":
			if !oneIn(t, 3, p.Name+" left out") {
				s.header = append(s.header, [2]string{p.Name, drawText(t, p.Name)})
			}
		}
	}
	if oneIn(t, 20, "an unknown query") {
		query.Add(rapid.String().Draw(t, "name"), rapid.String().Draw(t, "value"))
	}
	s.query = query.Encode()
	if oneIn(t, 20, "odd headers") {
		name := rapid.SampledFrom([]string{"Accept", "Accept-Encoding", "Content-Encoding", "Range", "X-HTTP-Method-Override", "X-Forwarded-For", "Expect", "If-Modified-Since", "Cookie"}).Draw(t, "header")
		s.header = append(s.header, [2]string{name, drawText(t, "")})
	}
	z.drawBody(t, &s)
	return s
}

// escape encodes a value for a path, now and then more than needed.
func escape(t *rapid.T, value string) string {
	if !oneIn(t, 5, "escaped wholly") {
		return url.PathEscape(value)
	}
	var b strings.Builder
	for _, c := range []byte(value) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

func drawQuery(t *rapid.T, p openapi.Parameter) string {
	if oneIn(t, 4, p.Name+" is odd") {
		return drawText(t, p.Name)
	}
	if enum, ok := p.Schema.Schema["enum"].([]any); ok {
		return fmt.Sprint(rapid.SampledFrom(enum).Draw(t, p.Name))
	}
	switch p.Schema.Schema["type"] {
	case "integer":
		return strconv.Itoa(rapid.SampledFrom([]int{1, 2, 100, 500, 501, 0, -1, 1 << 40}).Draw(t, p.Name))
	case "boolean":
		return rapid.SampledFrom([]string{"true", "false", "1", "TRUE", "yes"}).Draw(t, p.Name)
	}
	return drawText(t, p.Name)
}

func (z *fuzzed) drawBody(t *rapid.T, s *sent) {
	if s.operation.Body == nil {
		if s.hasBody = oneIn(t, 20, "a body for none"); s.hasBody {
			s.kind, s.body = "application/json", `{"id":"x"}`
		}
		return
	}
	if oneIn(t, 20, "no body") {
		return
	}
	s.hasBody, s.kind = true, "application/json"
	if oneIn(t, 15, "another type") {
		s.kind = rapid.SampledFrom([]string{
			"", "text/plain", "application/json; charset=utf-16", "application/merge-patch+json", "application/JSON", "multipart/form-data", "application/json;;", "*/*",
		}).Draw(t, "type")
	}
	b, err := json.Marshal(z.drawValue(t, "body", *s.operation.Body, 0))
	if err != nil {
		t.Fatal(err)
	}
	s.body = string(b)
	if oneIn(t, 6, "broken") {
		s.body = broken(t, s.body)
	}
}

// drawValue draws a value of a schema, or of another.
func (z *fuzzed) drawValue(t *rapid.T, name string, m openapi.Media, depth int) any {
	m = z.document.Resolved(m)
	if oneIn(t, 25, name+" is of another type") {
		return rapid.SampledFrom([]any{nil, true, 0, -1.5, 1e300, "", []any{}, map[string]any{}, []any{nil}, map[string]any{"a": []any{}}}).Draw(t, name)
	}
	switch m.Schema["type"] {
	case "object":
		return z.drawObject(t, m, depth)
	case "array":
		items, _ := m.Schema["items"].(map[string]any)
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, name+" items") {
			list = append(list, z.drawValue(t, name, openapi.Media{At: m.At + "/items", Schema: items}, depth+1))
		}
		if len(list) > 0 && oneIn(t, 50, name+" are very many") {
			list = slices.Repeat(list, 1001)
		}
		return list
	case "integer", "number":
		return rapid.SampledFrom([]any{0, 1, -1, 1 << 53, json.Number("1e400"), json.Number("0.1"), json.Number("-0"), json.Number("99999999999999999999")}).Draw(t, name)
	case "boolean":
		return rapid.Bool().Draw(t, name)
	}
	if m.Schema["format"] == "date-time" {
		return rapid.SampledFrom([]string{
			"2036-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2036-02-30T00:00:00Z", "now", "1969-01-01T00:00:00Z",
		}).Draw(t, name)
	}
	return strings.ToValidUTF8(drawText(t, name), "\ufffd")
}

func (z *fuzzed) drawObject(t *rapid.T, m openapi.Media, depth int) any {
	o := map[string]any{}
	properties, _ := m.Schema["properties"].(map[string]any)
	required, _ := m.Schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		schema, _ := properties[name].(map[string]any)
		if chance := 2 + 20*min(1, len(slices.DeleteFunc(slices.Clone(required), func(r any) bool { return r != name }))); oneIn(t, chance, name+" left out") {
			continue
		}
		o[name] = z.drawValue(t, name, openapi.Media{At: m.At + "/properties/" + name, Schema: schema}, depth+1)
	}
	if oneIn(t, 20, "an unknown field") {
		o[rapid.SampledFrom([]string{"x", "ID", "$schema", "__proto__", "id ", "grantſ", "\x00"}).Draw(t, "field")] = 1
	}
	return o
}

// broken makes of JSON what is none, or what two readers may read in two ways.
func broken(t *rapid.T, body string) string {
	deep := rapid.SampledFrom([]int{50, 9_999, 20_000}).Draw(t, "depth")
	return rapid.SampledFrom([]func() string{
		func() string { return body[:rapid.IntRange(0, len(body)).Draw(t, "cut")] },
		func() string { return body + body },
		func() string { return "\ufeff" + body },
		func() string { return " \t\n" + body + "\n" },
		func() string { return strings.Replace(body, "{", `{"id":"x","id":"y",`, 1) },
		func() string { return strings.Repeat("[", deep) + strings.Repeat("]", deep) },
		func() string { return strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep) },
		func() string { return strings.ReplaceAll(body, `"`, "'") },
		func() string { return strings.ReplaceAll(body, ":\"", ":\"\\u0000\\ud800") },
		func() string { return strings.ReplaceAll(body, ":\"", ":\"\xff") },
		func() string { return string(bytes.ToUpper([]byte(body))) },
		func() string { return strings.Repeat(" ", 1<<20) + body },
	}).Draw(t, "how")()
}
