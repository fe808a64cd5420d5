package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Whatever is wrong with a request, the answer says so in a problem document,
// and nothing has changed. Those who ask may do everything in tom, so that only
// the request is at fault.
func TestBadInputChangesNothing(t *testing.T) {
	const (
		create = "POST /v1/orgs/tom/roles"
		grants = "PUT /v1/orgs/tom/roles/bookkeeper/permissions"
		assign = "PUT /v1/orgs/tom/members/bob/roles/hand"
		check  = "POST /v1/orgs/tom/check"

		resources = "PUT /v1/orgs/tom/sets/lawns/resources"
	)
	long := strings.Repeat("a", 64)
	refuses(t, []badInput{
		{"not JSON", admin, create, `{"id":"x"`, 400, "malformed", `"location":"body"`},
		{"two objects", admin, create, `{"id":"x"}{"id":"y"}`, 400, "malformed", "after top-level value"},
		{"an array", admin, create, `[]`, 422, "invalid", "expected object"},
		{"null", admin, create, `null`, 422, "invalid", "expected object"},
		{"a number for a name", admin, create, `{"id":7}`, 422, "invalid", `{"location":"body.id","message":"expected string"}`},
		{"null for grants", admin, grants, `{"grants":null}`, 422, "invalid", "body.grants"},
		{"no grants", admin, grants, `{}`, 422, "invalid", "grants to be present"},
		{"no id", admin, create, `{"label":"X"}`, 422, "invalid", "id to be present"},
		{"unknown field", admin, create, `{"id":"x","profile":"worker","colour":"red"}`, 422, "invalid", `"location":"body.colour"`},
		{"unknown field, deep", admin, grants, `{"grants":[{"permission":"jobs:read","deny":true}]}`, 422, "invalid", `"location":"body.grants[0].deny"`},
		{"unknown field, camel case", admin, create, `{"id":"x","profile":"worker","roleColour":"red"}`, 422, "invalid", `"location":"body.roleColour"`},
		{"a field in capitals", admin, create, `{"ID":"x","profile":"worker"}`, 422, "invalid", `"location":"body.ID"`},
		{"a field by another alphabet", admin, grants, `{"grantſ":[]}`, 422, "invalid", "body.grantſ"},
		{"the same field twice", admin, grants, `{"grants":[{"permission":"jobs:read","permission":"jobs:write"}]}`, 422, "invalid", `"body.grants[0].permission","message":"comes twice"`},
		{"the same field in two cases", admin, "PATCH /v1/orgs/tom/roles/bookkeeper", `{"label":"A","Label":"B"}`, 422, "invalid", "body.Label"},
		{"a field with a long name", admin, create, `{"` + strings.Repeat("é", 100_000) + `":1}`, 422, "invalid", "unexpected property"},
		{"a thousand unknown fields", admin, create, `{"id":"x"` + numbered(1000) + `}`, 422, "invalid", "unexpected property"},
		{"nested without end", admin, create, strings.Repeat("[", 500_000), 400, "malformed", "depth"},
		{"patching what cannot be", admin, "PATCH /v1/orgs/tom/roles/bookkeeper", `{"profile":"owner"}`, 422, "invalid", "body.profile"},
		{"unknown query", admin, "GET /v1/orgs/tom/roles?sort=asc", "", 422, "invalid", "query.sort"},
		{"limit of none", admin, "GET /v1/orgs/tom/roles?limit=0", "", 422, "invalid", "query.limit"},
		{"limit too high", admin, "GET /v1/orgs/tom/members?limit=501", "", 422, "invalid", "query.limit"},
		{"limit not a number", admin, "GET /v1/orgs/tom/audit?limit=all", "", 422, "invalid", "query.limit"},
		{"cursor not a number", admin, "GET /v1/orgs/tom/audit?after=x", "", 422, "invalid", "query.after"},

		{"unknown permission", admin, grants, `{"grants":[{"permission":"invoices:raed"}]}`, 422, "invalid", `did you mean \"invoices:read\"?`},
		{"no permission at all", admin, grants, `{"grants":[{"permission":""}]}`, 422, "invalid", "permission"},
		{"a wildcard", admin, grants, `{"grants":[{"permission":"*:*"}]}`, 422, "invalid", "permission"},
		{"unknown access", admin, grants, `{"grants":[{"permission":"invoices:read","access":"all"}]}`, 422, "invalid", "pick one of: any"},
		{"unknown profile", admin, create, `{"id":"x","profile":"wroker"}`, 422, "invalid", `did you mean \"worker\"?`},
		{"unknown permission to check", admin, "POST /v1/orgs/tom/check", `{"user":"bob","permission":"x"}`, 422, "invalid", "permission"},
		{"unknown profile to check", admin, "POST /v1/orgs/tom/check", `{"user":"bob","permission":"jobs:read","profile":"x"}`, 422, "invalid", "profile"},
		{"a default role", admin, "PATCH /v1/orgs/tom/roles/hand", `{"label":"X"}`, 403, "reserved", "default role"},
		{"a role included by itself", admin, "PATCH /v1/orgs/tom/roles/bookkeeper", `{"includes":["bookkeeper"]}`, 422, "cycle", "itself"},
		{"label too long", admin, create, `{"id":"x","profile":"worker","label":"` + strings.Repeat("l", 201) + `"}`, 422, "invalid", "200 are kept"},
		{"NUL in a label", admin, create, `{"id":"x","profile":"worker","label":"a\u0000b"}`, 422, "invalid", "control character"},

		{"too long an id", admin, create, `{"id":"` + long + `","profile":"worker"}`, 422, "invalid", "1 to 63 characters"},
		{"a path for an id", admin, create, `{"id":"../jack","profile":"worker"}`, 422, "invalid", "../jack"},
		{"NUL in an id", admin, create, `{"id":"x\u0000","profile":"worker"}`, 422, "invalid", `x\\x00`},
		{"a look-alike id", admin, create, `{"id":"bооkkeeper","profile":"worker"}`, 422, "invalid", `\\u043e`},
		{"fullwidth id", admin, create, `{"id":"ｏwner","profile":"worker"}`, 422, "invalid", `\\uff4f`},
		{"empty id", admin, create, `{"id":"","profile":"worker"}`, 422, "invalid", "1 to 63 characters"},
		{"the id of all", operator, "POST /v1/orgs", `{"id":"*"}`, 422, "invalid", "1 to 63 characters"},
		{"too long an organisation", operator, "POST /v1/orgs", `{"id":"` + long + `"}`, 422, "invalid", "1 to 63 characters"},
		{"a path for a parent", operator, "POST /v1/orgs", `{"id":"x","parent":"../tom"}`, 422, "invalid", "../tom"},
		{"an organisation that is there", operator, "POST /v1/orgs", `{"id":"jack"}`, 409, "already_exists", "jack"},

		{"encoded ../ in the path", admin, "GET /v1/orgs/..%2Fjack/roles", "", 422, "invalid", "../jack"},
		{"encoded dots in the path", admin, "DELETE /v1/orgs/%2e%2e/roles/bookkeeper", "", 422, "invalid", `\"..\"`},
		{"dots in the path", admin, "GET /v1/orgs/tom/../jack/roles", "", 404, "not_found", "nothing at this address"},
		{"NUL in the path", admin, "DELETE /v1/orgs/tom%00", "", 422, "invalid", `tom\\x00`},
		{"look-alike in the path", admin, "DELETE /v1/orgs/t%D0%BEm", "", 422, "invalid", `\\u043e`},
		{"upper case in the path", admin, "DELETE /v1/orgs/Tom", "", 422, "invalid", "Tom"},
		{"the domain of all", admin, "GET /v1/orgs/*/audit", "", 422, "invalid", "*"},
		{"too long in the path", admin, "GET /v1/orgs/" + long + "/roles", "", 422, "invalid", "1 to 63 characters"},
		{"../ for a role", admin, "DELETE /v1/orgs/tom/roles/..%2Fbookkeeper", "", 422, "invalid", "../bookkeeper"},
		{"NUL in a role", admin, "DELETE /v1/orgs/tom/roles/bookkeeper%00", "", 422, "invalid", `\\x00`},
		{"look-alike role", admin, "PUT /v1/orgs/tom/members/bob/roles/%D0%BEwner", "", 422, "invalid", `\\u043e`},
		{"too long a user", admin, "PUT /v1/orgs/tom/members/" + strings.Repeat("u", 96) + "/roles/hand", "", 422, "invalid", "at most 95"},
		{"NUL in a user", admin, "PUT /v1/orgs/tom/members/bob%00/roles/hand", "", 422, "invalid", "U+0000"},
		{"a line break in a user", admin, "PUT /v1/orgs/tom/members/bob%0A/roles/hand", "", 422, "invalid", "space"},
		{"a hidden character in a user", admin, "PUT /v1/orgs/tom/members/bo%E2%80%8Bb/roles/hand", "", 422, "invalid", "U+200B"},
		{"broken UTF-8 in a user", admin, "PUT /v1/orgs/tom/members/bob%ff/roles/hand", "", 422, "invalid", "UTF-8"},
		{"a space before a user", admin, "PUT /v1/orgs/tom/members/%20bob/roles/hand", "", 422, "invalid", "space"},
		{"no user to check", admin, "POST /v1/orgs/tom/check", `{"user":"","permission":"jobs:read"}`, 422, "invalid", "empty"},
		{"../ for me", admin, "GET /v1/me?org=..%2Fjack", "", 422, "invalid", "../jack"},
		{"encoded slash for a part", admin, "PUT /v1/orgs/tom%2Fmembers/bob/roles/hand", "", 404, "not_found", "nothing at this address"},

		{"a role that is not there", admin, "PUT /v1/orgs/tom/members/bob/roles/bookeeper", "", 404, "role_not_found", `did you mean \"bookkeeper\"?`},
		{"taking a role that is not there", admin, "DELETE /v1/orgs/tom/members/bob/roles/nothing", "", 404, "role_not_found", "nothing"},
		{"changing a role that is not there", admin, "PATCH /v1/orgs/tom/roles/nothing", `{"label":"X"}`, 404, "role_not_found", "nothing"},
		{"deleting a role that is not there", admin, "DELETE /v1/orgs/tom/roles/nothing", "", 404, "role_not_found", "nothing"},
		{"including a role that is not there", admin, create, `{"id":"x","profile":"worker","includes":["nothing"]}`, 404, "role_not_found", "nothing"},
		{"giving another organisation's role", admin, "PUT /v1/orgs/tom/members/bob/roles/jacks-own", "", 404, "role_not_found", "jacks-own"},
		{"including another organisation's role", admin, create, `{"id":"x","profile":"worker","includes":["jacks-own"]}`, 404, "role_not_found", "jacks-own"},
		{"changing another organisation's role", admin, "PATCH /v1/orgs/tom/roles/jacks-own", `{"label":"X"}`, 404, "role_not_found", "jacks-own"},
		{"deleting another organisation's role", admin, "DELETE /v1/orgs/tom/roles/jacks-own", "", 404, "role_not_found", "jacks-own"},
		{"an end before the start", admin, assign, `{"from":"2036-01-02T00:00:00Z","until":"2036-01-01T00:00:00Z"}`, 422, "invalid", "cannot start at"},
		{"an end at the start", admin, assign, `{"from":"2036-01-01T00:00:00Z","until":"2036-01-01T00:00:00Z"}`, 422, "invalid", "cannot start at"},
		{"an end that is a word", admin, assign, `{"until":"tomorrow"}`, 422, "invalid", `"location":"body.until"`},
		{"an end without a zone", admin, assign, `{"until":"2036-01-01T00:00:00"}`, 422, "invalid", "body.until"},
		{"an end that is a number", admin, assign, `{"until":2082758400}`, 422, "invalid", "body.until"},
		{"the zero time", admin, assign, `{"until":"0001-01-01T00:00:00Z"}`, 422, "invalid", "year 1"},
		{"the zero time, elsewhere", admin, assign, `{"from":"0001-01-01T01:00:00+01:00"}`, 422, "invalid", "year 1"},
		{"an end long ago", admin, assign, `{"until":"1901-01-01T00:00:00Z"}`, 422, "invalid", "1970"},
		{"an unknown time", admin, assign, `{"till":"2036-01-01T00:00:00Z"}`, 422, "invalid", "body.till"},
		{"no period at all", admin, assign, `null`, 422, "invalid", "expected object"},
		{"a period that is not JSON", admin, assign, `2036`, 422, "invalid", "expected object"},
		{"a period for a group that is none", admin, "PUT /v1/orgs/tom/groups/crew/roles/hand", `{"until":"0001-01-01T00:00:00Z"}`, 422, "invalid", "year 1"},

		{"a group that is not there", admin, "GET /v1/orgs/tom/groups/crw", "", 404, "group_not_found", `did you mean \"crew\"?`},
		{"deleting a group that is not there", admin, "DELETE /v1/orgs/tom/groups/nothing", "", 404, "group_not_found", "nothing"},
		{"a role for a group that is not there", admin, "PUT /v1/orgs/tom/groups/nothing/roles/hand", "", 404, "group_not_found", "nothing"},
		{"another organisation's group", admin, "GET /v1/orgs/tom/groups/jacks-crew", "", 404, "group_not_found", "jacks-crew"},
		{"into another organisation's group", admin, "PUT /v1/orgs/tom/groups/jacks-crew/members/bob", "", 404, "group_not_found", "jacks-crew"},
		{"another organisation's group into ours", admin, "PUT /v1/orgs/tom/groups/crew/groups/jacks-crew", "", 404, "group_not_found", "jacks-crew"},
		{"another organisation's role for our group", admin, "PUT /v1/orgs/tom/groups/crew/roles/jacks-own", "", 404, "role_not_found", "jacks-own"},
		{"a group into itself", admin, "PUT /v1/orgs/tom/groups/crew/groups/crew", "", 422, "cycle", "crew"},
		{"an ancestor's group", admin, "PUT /v1/orgs/tom.north/groups/crew", `{"label":"X"}`, 403, "reserved", "tom"},
		{"into an ancestor's group", admin, "PUT /v1/orgs/tom.north/groups/crew/members/bob", "", 403, "reserved", "tom"},
		{"the id of no group", admin, "PUT /v1/orgs/tom/groups/Crew", `{}`, 422, "invalid", "1 to 63 characters"},
		{"../ for a group", admin, "DELETE /v1/orgs/tom/groups/..%2Fcrew", "", 422, "invalid", "../crew"},
		{"../ for an inner group", admin, "PUT /v1/orgs/tom/groups/crew/groups/..%2Fjuniors", "", 422, "invalid", "../juniors"},
		{"../ for a group's role", admin, "PUT /v1/orgs/tom/groups/crew/roles/..%2Fhand", "", 422, "invalid", "../hand"},
		{"NUL in a group's user", admin, "PUT /v1/orgs/tom/groups/crew/members/bob%00", "", 422, "invalid", "U+0000"},
		{"NUL in a member", admin, "PUT /v1/orgs/tom/members/bob%00", "", 422, "invalid", "U+0000"},
		{"a group in a group's description", admin, "PUT /v1/orgs/tom/groups/crew", `{"users":["eve"]}`, 422, "invalid", "body.users"},
		{"no body for a group", admin, "PUT /v1/orgs/tom/groups/crew", `null`, 422, "invalid", "expected object"},
		{"a group's label too long", admin, "PUT /v1/orgs/tom/groups/crew", `{"label":"` + strings.Repeat("l", 201) + `"}`, 422, "invalid", "200 are kept"},

		{"a set that is not there", admin, "GET /v1/orgs/tom/sets/lawn", "", 404, "set_not_found", `did you mean \"lawns\"?`},
		{"what is in no set", admin, "GET /v1/orgs/tom/sets/nothing/resources", "", 404, "set_not_found", "nothing"},
		{"another organisation's set", admin, "GET /v1/orgs/tom/sets/jacks-ponds/resources", "", 404, "set_not_found", "jacks-ponds"},
		{"into another organisation's set", admin, "PUT /v1/orgs/tom/sets/jacks-ponds/resources/x", "", 404, "set_not_found", "jacks-ponds"},
		{"replacing in another organisation's set", admin, "PUT /v1/orgs/tom/sets/jacks-ponds/resources", `{"resources":[]}`, 404, "set_not_found", "jacks-ponds"},
		{"a grant within another organisation's set", admin, grants, `{"grants":[{"permission":"jobs:read","access":"set:jacks-ponds"}]}`, 404, "set_not_found", "jacks-ponds"},
		{"an ancestor's set", admin, "PUT /v1/orgs/tom.north/sets/lawns/resources/x", "", 403, "reserved", "tom"},
		{"the id of no set", admin, "PUT /v1/orgs/tom/sets/a:b", `{}`, 422, "invalid", "1 to 63 characters"},
		{"NUL in a resource", admin, "PUT /v1/orgs/tom/sets/lawns/resources/a%00", "", 422, "invalid", "U+0000"},
		{"too long a resource", admin, "PUT /v1/orgs/tom/sets/lawns/resources/" + strings.Repeat("r", 92), "", 422, "invalid", "at most 91"},
		{"too long a resource of many", admin, resources, `{"resources":["lawn-2","` + strings.Repeat("r", 92) + `"]}`, 422, "invalid", "at most 91"},
		{"an empty resource of many", admin, resources, `{"resources":["lawn-2",""]}`, 422, "invalid", "empty"},
		{"null for resources", admin, resources, `{"resources":null}`, 422, "invalid", "body.resources"},
		{"no resources", admin, resources, `{}`, 422, "invalid", "resources to be present"},

		{"no label", admin, "PATCH /v1/orgs/tom", `{}`, 422, "invalid", "label to be present"},
		{"NUL in an organisation's label", admin, "PATCH /v1/orgs/tom", `{"label":"a\u0000b"}`, 422, "invalid", "control character"},
		{"no parent", admin, "POST /v1/orgs/tom.north/move", `{}`, 422, "invalid", "parent to be present"},
		{"null for a parent", admin, "POST /v1/orgs/tom.north/move", `{"parent":null}`, 422, "invalid", "body.parent"},
		{"a path for a new parent", admin, "POST /v1/orgs/tom.north/move", `{"parent":"../jack"}`, 422, "invalid", "../jack"},
		{"under itself", admin, "POST /v1/orgs/tom.north/move", `{"parent":"tom.north"}`, 422, "cycle", "tom.north"},
		{"under another's organisation", admin, "POST /v1/orgs/tom.north/move", `{"parent":"jack"}`, 403, "permission_denied", "jack"},
		{"under one that is not there", admin, "POST /v1/orgs/tom.north/move", `{"parent":"nothing"}`, 403, "permission_denied", "nothing"},
		{"taking perhaps along", admin, "DELETE /v1/orgs/tom?descendants=perhaps", "", 422, "invalid", "query.descendants"},

		{"a profile that is not there", admin, "PUT /v1/me/profile", `{"org":"tom","profile":"onwer"}`, 422, "invalid", `did you mean \"owner\"?`},
		{"a profile nowhere", admin, "PUT /v1/me/profile", `{"profile":"owner"}`, 422, "invalid", "org to be present"},
		{"a profile in a path", admin, "PUT /v1/me/profile", `{"org":"../tom","profile":"owner"}`, 422, "invalid", "../tom"},
		{"a profile in all", admin, "PUT /v1/me/profile", `{"org":"*","profile":"owner"}`, 422, "invalid", "1 to 63 characters"},
		{"a resource without facts of ours", admin, check, `{"user":"bob","permission":"jobs:read","resource":{"kind":"job"}}`, 422, "invalid", "body.resource.kind"},
		{"NUL in a resource to check", admin, check, `{"user":"bob","permission":"jobs:read","resource":{"id":"a\u0000"}}`, 422, "invalid", "U+0000"},
		{"NUL in an owner to check", admin, check, `{"user":"bob","permission":"jobs:read","resource":{"owner":"a\u0000"}}`, 422, "invalid", "U+0000"},
		{"unknown permission to explain", admin, "POST /v1/orgs/tom/explain", `{"user":"bob","permission":"jobs:reed"}`, 422, "invalid", `did you mean \"jobs:read\"?`},
		{"unknown profile to explain", admin, "POST /v1/orgs/tom/explain", `{"user":"bob","permission":"jobs:read","profile":"x"}`, 422, "invalid", "profile"},

		{"in another organisation", admin, "PUT /v1/orgs/jack/members/bob/roles/bookkeeper", "", 403, "permission_denied", "jack"},
	})
}

// badInput is a request that is at fault.
type badInput struct {
	name, who, request, body string
	status                   int
	code                     string
	tells                    string // what the document must hold
}

// refuses sends each, and compares what the world holds.
func refuses(t *testing.T, all []badInput) {
	t.Helper()
	w := newWorld(t)
	before := w.dump()
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			a := w.ask(c.who, c.request, c.body)
			if a.status != c.status {
				t.Fatalf("%d, want %d: %s", a.status, c.status, a.body)
			}
			if p := isProblem(t, a); p["code"] != c.code {
				t.Errorf("code %v, want %s", p["code"], c.code)
			}
			if !strings.Contains(a.body, c.tells) {
				t.Errorf("does not tell %s: %s", c.tells, a.body)
			}
			if len(a.body) > 4000 {
				t.Errorf("echoes too much: %d bytes", len(a.body))
			}
			unchanged(t, w, before)
		})
	}
}

// numbered returns n fields that no operation knows.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"x%d":0`, i)
	}
	return b.String()
}

func TestBodiesMustBeJSONAndShort(t *testing.T) {
	const create = "/v1/orgs/tom/roles"
	role := `{"id":"x","profile":"worker"}`
	w := newWorld(t)
	before := w.dump()
	for _, c := range []struct {
		name, contentType string
		body              io.Reader
		status            int
		code              string
	}{
		{"a form", "application/x-www-form-urlencoded", strings.NewReader(role), 415, "unsupported_media_type"},
		{"text", "text/plain", strings.NewReader(role), 415, "unsupported_media_type"},
		{"YAML", "application/yaml", strings.NewReader("id: x"), 415, "unsupported_media_type"},
		{"nothing said", "", strings.NewReader(role), 415, "unsupported_media_type"},
		{"something else's JSON", "application/vnd.api+json", strings.NewReader(role), 415, "unsupported_media_type"},
		{"no body", "application/json", strings.NewReader(""), 400, "malformed"},
		{"10 MB", "application/json", strings.NewReader(`{"id":"` + strings.Repeat("x", 10_000_000) + `"}`), 413, "too_large"},
		{"10 MB of unknown length", "application/json", io.MultiReader(strings.NewReader(strings.Repeat(" ", 10_000_000)), strings.NewReader(role)), 413, "too_large"},
		{"one byte too many", "application/json", strings.NewReader(role + strings.Repeat(" ", 1<<20-len(role)+1)), 413, "too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+create, c.body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Test-User", admin)
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
			a := w.send(r)
			if p := isProblem(t, a); a.status != c.status || p["code"] != c.code {
				t.Errorf("%d %s", a.status, a.body)
			}
			unchanged(t, w, before)
		})
	}
	w.t = t
	// A body that may be left out is no other when it is there.
	const assign = "PUT /v1/orgs/tom/members/bob/roles/hand"
	for name, c := range map[string]struct {
		contentType, body string
		status            int
	}{
		"a form":             {"text/plain", `{"until":"2036-01-01T00:00:00Z"}`, 415},
		"not JSON":           {"application/json", `{"until"`, 400},
		"too long":           {"application/json", strings.Repeat(" ", 1<<20+1), 413},
		"nothing, as a form": {"text/plain", "", 204},
	} {
		if a := w.ask(admin, assign, c.body, "Content-Type", c.contentType); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	fits := role + strings.Repeat(" ", 1<<20-len(role))
	if a := w.ask(admin, "POST "+create, fits, "Content-Type", "application/json; charset=utf-8"); a.status != http.StatusCreated {
		t.Errorf("a body of 1 MiB: %d %s", a.status, a.body)
	}
	// How the type is spelt does not matter (RFC 9110, section 8.3.1).
	if a := w.ask(admin, "POST "+create, `{"id":"other","profile":"worker"}`, "Content-Type", "Application/JSON"); a.status != http.StatusCreated {
		t.Errorf("a type in capitals: %d %s", a.status, a.body)
	}
}
