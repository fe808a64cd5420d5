package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/api"
)

// scenario is an operation, and how it answers whoever asks.
type scenario struct {
	operation string // its id in the OpenAPI document
	request   string
	body      string

	// The status for nobody, the stranger, the member, the organisation's admin,
	// another organisation's admin, and the operator.
	statuses [6]int
	// has is in each success; lacks is in no answer at all.
	has, lacks []string
}

func askers() [6]string { return [6]string{nobody, stranger, member, admin, other, operator} }

// jacks is what no answer about tom holds.
func jacks() []string { return []string{"Jack's", "jacks-own", "jim", other} }

// scenarios covers every operation; the last test here holds it to that.
func scenarios() []scenario {
	return []scenario{
		{
			"list-orgs", "GET /v1/orgs", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"items":[`},
			[]string{"auth0|ada"},
		},
		{
			"create-org", "POST /v1/orgs", `{"id":"new","label":"New & Co"}`,
			[6]int{401, 403, 403, 403, 403, 201},
			[]string{`"id":"new"`, `"label":"New & Co"`},
			jacks(),
		},
		{
			"create-org", "POST /v1/orgs", `{"id":"branch","parent":"tom"}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"id":"branch"`, `"label":"branch"`, `"parent":"tom"`},
			jacks(),
		},
		{
			"get-org", "GET /v1/orgs/tom", "",
			[6]int{401, 403, 200, 200, 403, 200},
			[]string{`"label":"Tom's Lawn Care"`},
			jacks(),
		},
		{
			"delete-org", "DELETE /v1/orgs/tom", "",
			[6]int{401, 403, 403, 204, 403, 204},
			nil, jacks(),
		},
		{
			"list-roles", "GET /v1/orgs/tom/roles", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"id":"bookkeeper","label":"Keeper of Tom's books","description":"","profile":"worker","origin":"custom",` +
					`"grants":[{"permission":"invoices:read","access":"any"}],"includes":[],"revision":`,
				`"id":"hand"`, `"origin":"default"`, `{"permission":"jobs:read","access":"own"}`,
			},
			jacks(),
		},
		{
			"create-role", "POST /v1/orgs/tom/roles",
			`{"id":"clerk","label":"Clerk","profile":"worker","grants":[{"permission":"jobs:write"}],"includes":["bookkeeper"]}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"id":"clerk"`, `"grants":[{"permission":"jobs:write","access":"any"}],"includes":["bookkeeper"]`},
			jacks(),
		},
		{
			"get-role", "GET /v1/orgs/tom/roles/bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{"Keeper of Tom's books", "invoices:read"},
			append([]string{"invoices:write"}, jacks()...),
		},
		{
			"update-role", "PATCH /v1/orgs/tom/roles/bookkeeper", `{"label":"Books"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"label":"Books"`, "invoices:read"},
			jacks(),
		},
		{
			"delete-role", "DELETE /v1/orgs/tom/roles/bookkeeper", "", // ada holds it
			[6]int{401, 403, 403, 409, 403, 403},
			nil, jacks(),
		},
		{
			"set-role-permissions", "PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[{"permission":"jobs:read","access":"own"}]}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"grants":[{"permission":"jobs:read","access":"own"}]`},
			jacks(),
		},
		{
			"list-members", "GET /v1/orgs/tom/members", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"user":"auth0|ada","roles":["bookkeeper"]}`, `{"user":"tom@example.com","roles":["owner"]}`},
			[]string{"Jack's", "jacks-own", "jim"},
		},
		{
			"assign-role", "PUT /v1/orgs/tom/members/bob/roles/hand", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"unassign-role", "DELETE /v1/orgs/tom/members/auth0%7Cada/roles/bookkeeper", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read"}`,
			[6]int{401, 403, 200, 200, 403, 403}, // the member asks about themselves
			[]string{`{"allowed":true,"access":["any"],"reasons":[{"role":"bookkeeper","org":"tom","permission":"invoices:read","access":"any"}],"revision":`},
			jacks(),
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"jim","permission":"invoices:read"}`, // of the other organisation
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"allowed":false,"access":[],"reasons":[],"revision":`},
			[]string{"Jack's", "jacks-own"},
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read","profile":"owner"}`,
			[6]int{401, 403, 200, 200, 403, 403},
			[]string{`{"allowed":false,`},
			jacks(),
		},
		{
			"get-me", "GET /v1/me", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`"orgs":[`},
			[]string{`"permissions"`},
		},
		{
			"get-me", "GET /v1/me?org=tom", "",
			[6]int{401, 403, 200, 200, 403, 200},
			[]string{`"org":"tom"`, `"permissions":[`},
			[]string{"jacks-own", "jim"},
		},
		{
			"get-catalog", "GET /v1/catalog", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{
				`"id":"invoices:write"`, `{"id":"write","label":"write","implies":["read"]}`, `{"id":"worker","label":"Worker"}`,
				`"creator":"owner"`, `"id":"iam.orgs"`,
			},
			[]string{"bookkeeper", "tom"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"actor":"system:test"`, `"action":"role.create","target":"role:bookkeeper","after":{`, `"target":"org:tom"`},
			[]string{"Jack's", "jacks-own", "jim"},
		},
		{
			"healthz", "GET /healthz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`{"status":"ok"}`},
			[]string{"tom"},
		},
		{
			"readyz", "GET /readyz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`"status":"ready"`, `"broken_orgs":0`},
			[]string{"tom", "jack", "staff"},
		},
	}
}

func TestWhoGetsWhat(t *testing.T) {
	file := settled(t)
	for _, s := range scenarios() {
		for i, who := range askers() {
			t.Run(s.request+" as "+who, func(t *testing.T) {
				w := serve(t, copied(t, file), api.Config{}, func(*gin.Engine) {})
				before := w.dump()
				a := w.ask(who, s.request, s.body)
				if a.status != s.statuses[i] {
					t.Fatalf("%d, want %d: %s", a.status, s.statuses[i], a.body)
				}
				for _, word := range s.lacks {
					// One's own name is no secret.
					if word != who && strings.Contains(strings.ReplaceAll(a.body, who, ""), word) {
						t.Errorf("tells %q: %s", word, a.body)
					}
				}
				if a.header.Get("Cache-Control") != "no-store" {
					t.Errorf("may be cached: %q", a.header.Get("Cache-Control"))
				}
				if a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
					t.Error("does not say how to authenticate (RFC 9110, section 15.5.2)")
				}
				if a.status >= 400 {
					isProblem(t, a)
					unchanged(t, w, before)
					return
				}
				for _, word := range s.has {
					if !strings.Contains(a.body, word) {
						t.Errorf("lacks %s: %s", word, a.body)
					}
				}
			})
		}
	}
}

// isProblem checks that an answer is a whole problem document.
func isProblem(t *testing.T, a answer) map[string]any {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("not JSON: %s", a.body)
	}
	code, _ := p["code"].(string)
	detail, _ := p["detail"].(string)
	if code == "" || detail == "" || p["type"] != "urn:rolekit:problem:"+code || p["title"] != http.StatusText(a.status) || p["status"] != float64(a.status) {
		t.Errorf("an incomplete problem: %s", a.body)
	}
	return p
}

func unchanged(t *testing.T, w *world, before string) {
	t.Helper()
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// What a stranger is told of an organisation does not depend on whether it
// exists.
func TestStrangersCannotTellWhatExists(t *testing.T) {
	w := newWorld(t)
	for _, s := range scenarios() {
		if !strings.Contains(s.request+s.body, "tom") {
			continue
		}
		for _, who := range []string{stranger, other} {
			for _, body := range []string{s.body, strings.ReplaceAll(s.body, member, who)} {
				existing := w.ask(who, s.request, body)
				unknown := w.ask(who, strings.ReplaceAll(s.request, "tom", "xyz"), strings.ReplaceAll(body, "tom", "xyz"))
				want := answer{existing.status, existing.header, strings.ReplaceAll(existing.body, `\"tom\"`, `\"xyz\"`)}
				if unknown.status != want.status || unknown.body != want.body {
					t.Errorf("%s as %s %s:\nexists  %d %s\nunknown %d %s", s.request, who, body, existing.status, existing.body, unknown.status, unknown.body)
				}
				if existing.status != http.StatusForbidden {
					t.Errorf("%s as %s %s: %d %s", s.request, who, body, existing.status, existing.body)
				}
			}
		}
	}
}

func TestEveryOperationHasAScenario(t *testing.T) {
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	a := newWorld(t).ask(nobody, "GET /openapi.json", "")
	if err := json.Unmarshal([]byte(a.body), &document); err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, s := range scenarios() {
		covered[s.operation] = true
	}
	var seen []string
	for path, methods := range document.Paths {
		for method, operation := range methods {
			seen = append(seen, operation.OperationID)
			if !covered[operation.OperationID] {
				t.Errorf("%s %s (%s) has no scenario", method, path, operation.OperationID)
			}
		}
	}
	for operation := range covered {
		if !slices.Contains(seen, operation) {
			t.Errorf("there is no operation %s", operation)
		}
	}
	if len(seen) < 19 {
		t.Errorf("only %d operations: %v", len(seen), seen)
	}
}
