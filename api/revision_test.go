package api_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/middleware"
)

const atLeast = "If-Revision-At-Least"

// replica serves another kit on the same database. It does not watch, so what it
// learns of the first one's changes is what a request makes it look for.
func (w *world) replica() *world {
	w.t.Helper()
	return serve(w.t, w.file, api.Config{}, func(*gin.Engine) {})
}

// Every change but a deletion tells the revision that it led to, and no other
// operation does; so says the document too.
func TestChangesTellTheirRevision(t *testing.T) {
	d, _ := readDocument(t)
	documented := map[string]bool{}
	for _, methods := range d.Paths {
		for method, o := range methods {
			for _, r := range o.Responses {
				documented[o.OperationID] = documented[o.OperationID] || r.Headers["Revision"].Description != ""
			}
			reads := method == "get" || slices.Contains([]string{"check", "check-many", "explain"}, o.OperationID)
			if want := !reads && o.OperationID != "delete-org"; documented[o.OperationID] != want {
				t.Errorf("%s is documented to tell a revision: %v", o.OperationID, !want)
			}
		}
	}
	file := settled(t)
	for _, s := range apitest.Scenarios() {
		w := serve(t, copied(t, file), api.Config{}, func(*gin.Engine) {})
		for i, who := range apitest.Askers() {
			if s.Statuses[i] >= 300 {
				continue
			}
			a := w.ask(string(who.User()), s.Request, s.Body)
			if told := a.header.Get("Revision"); (told != "") != documented[s.Operation] {
				t.Errorf("%s as %s: Revision %q", s.Operation, who, told)
			} else if told != "" && told != w.revision(orgOf(s)) {
				t.Errorf("%s: Revision %s, and it is at %s", s.Operation, told, w.revision(orgOf(s)))
			}
			break
		}
	}
}

// orgOf is the organisation that a scenario changes.
func orgOf(s apitest.Scenario) rolekit.OrgID {
	switch {
	case strings.Contains(s.Body, `"id":"new"`) && s.Operation == "create-org":
		return "new"
	case strings.Contains(s.Body, `"id":"branch"`):
		return "branch"
	case strings.Contains(s.Request, "/tom.north/"):
		return "tom.north"
	}
	return "tom"
}

func (w *world) revision(org rolekit.OrgID) string {
	w.t.Helper()
	r, err := w.kit.Revision(w.t.Context(), org)
	if err != nil {
		w.t.Fatal(err)
	}
	return strconv.FormatInt(int64(r), 10)
}

func TestFailedChangesTellNoRevision(t *testing.T) {
	w := newWorld(t)
	for who, request := range map[string]string{
		member: "DELETE /v1/orgs/tom/roles/bookkeeper", admin: "DELETE /v1/orgs/tom/roles/nothing", stranger: "PUT /v1/orgs/tom/members/eve",
	} {
		if a := w.ask(who, request, ""); a.status < 400 || a.header.Get("Revision") != "" {
			t.Errorf("%s as %s: %d, Revision %q", request, who, a.status, a.header.Get("Revision"))
		}
	}
}

// What was changed in one replica is what another answers by, when it is asked
// to: wherever the request names the organisation, and whoever asks.
func TestAnotherReplicaAnswersByTheRevision(t *testing.T) {
	for name, c := range map[string]struct {
		change, changed string // by the admin, at one
		who, ask, body  string // at the other
		before, after   string // what is in the answer without the header, and with it
	}{
		"a path":             {"PATCH /v1/orgs/tom/roles/bookkeeper", `{"label":"New"}`, admin, "GET /v1/orgs/tom/roles/bookkeeper", "", "Keeper", `"label":"New"`},
		"a check":            {"PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[]}`, member, "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read"}`, `"allowed":true`, `"allowed":false`},
		"an explanation":     {"PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[]}`, member, "POST /v1/orgs/tom/explain", `{"user":"auth0|ada","permission":"invoices:read"}`, `"allowed":true`, `"allowed":false`},
		"a query":            {"PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[]}`, member, "GET /v1/me?org=tom", "", "invoices:read", `"permissions":[]`},
		"a body":             {"PUT /v1/orgs/tom/members/auth0%7Cada/roles/owner", "", member, "PUT /v1/me/profile", `{"org":"tom","profile":"owner"}`, "permission_denied", ""},
		"a parent":           {"PUT /v1/orgs/tom/members/auth0%7Cada/roles/owner", "", member, "POST /v1/orgs", `{"id":"branch","parent":"tom"}`, "", `"id":"branch"`},
		"one who was let in": {"PUT /v1/orgs/tom/members/eve", "", stranger, "GET /v1/orgs/tom", "", "permission_denied", "Tom's Lawn Care"},
		"one who was put out": {
			"DELETE /v1/orgs/tom/members/auth0%7Cada", "", member, "GET /v1/orgs/tom", "", "Tom's Lawn Care", "permission_denied",
		},
		"an operator": {"PATCH /v1/orgs/tom", `{"label":"Renamed"}`, operator, "GET /v1/orgs/tom", "", "Tom's Lawn Care", "Renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			other := w.replica()
			changed := w.ask(admin, c.change, c.changed)
			told := changed.header.Get("Revision")
			if changed.status >= 300 || told == "" {
				t.Fatalf("the change: %d %s", changed.status, changed.body)
			}
			if c.before != "" { // else asking would change something
				if a := other.ask(c.who, c.ask, c.body); !strings.Contains(a.body, c.before) {
					t.Fatalf("the other replica knows without being asked to: %d %s", a.status, a.body)
				}
			}
			headers := []string{atLeast, told}
			if name == "a parent" {
				headers = append(headers, "Test-Profile", "owner")
			}
			if a := other.ask(c.who, c.ask, c.body, headers...); !strings.Contains(a.body, c.after) || c.after == "" && a.status != 204 {
				t.Errorf("%d %s; want %s", a.status, a.body, c.after)
			}
		})
	}
}

// A revision that does not come is a 503 to those who belong there, on every
// operation that documents the header; the handler does not run.
func TestARevisionThatDoesNotArrive(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for request, body := range map[string]string{
		"GET /v1/orgs/tom/roles":                        "",
		"DELETE /v1/orgs/tom/members/auth0%7Cada":       "",
		"POST /v1/orgs/tom/check":                       `{"user":"auth0|ada","permission":"invoices:read"}`,
		"POST /v1/orgs":                                 `{"id":"branch","parent":"tom"}`,
		"PUT /v1/me/profile":                            `{"org":"tom","profile":"owner"}`,
		"GET /v1/me?org=tom":                            "",
		"PUT /v1/orgs/tom/roles/bookkeeper/permissions": `{"grants":[]}`,
	} {
		a := w.ask(admin, request, body, atLeast, "999999")
		if p := isProblem(t, a); a.status != 503 || p["code"] != "unavailable" || a.header.Get("Retry-After") != "1" || a.header.Get("Revision") != "" {
			t.Errorf("%s: %d, Retry-After %q, %s", request, a.status, a.header.Get("Retry-After"), a.body)
		}
	}
	if a := w.ask(operator, "GET /v1/orgs/tom", "", atLeast, "999999"); a.status != 503 {
		t.Errorf("an operator: %d %s", a.status, a.body)
	}
	unchanged(t, w, before)
}

// An organisation that was deleted elsewhere is answered like one that never was.
func TestARevisionOfADeletedOrganisation(t *testing.T) {
	w := newWorld(t)
	other := w.replica()
	if a := w.ask(admin, "DELETE /v1/orgs/tom?descendants=true", ""); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := other.ask(admin, "GET /v1/orgs/tom", ""); a.status != 200 {
		t.Fatalf("the other replica knows without being asked to: %d %s", a.status, a.body)
	}
	if a := other.ask(admin, "GET /v1/orgs/tom", "", atLeast, "999999"); a.status != 403 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestMalformedRevisions(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for _, value := range []string{"x", "-1", "1.5", `"42"`, "", " ", "99999999999999999999"} {
		for _, request := range []string{"GET /v1/orgs/tom/roles", "DELETE /v1/orgs/tom/roles/bookkeeper", "GET /v1/me", "GET /v1/orgs/nowhere"} {
			a := w.ask(admin, request, "", atLeast, value)
			if p := isProblem(t, a); a.status != http.StatusBadRequest || p["code"] != "malformed" {
				t.Errorf("%s with %q: %d %s", request, value, a.status, a.body)
			}
		}
	}
	unchanged(t, w, before)
}

// To a stranger an organisation that exists and one that does not look the same:
// the answer is the one without the header, and it takes as many looks at the
// store.
func TestRevisionsTellStrangersNothing(t *testing.T) {
	w := newWorld(t)
	var looks atomic.Int64
	w.store.set(func() error { looks.Add(1); return nil })
	for _, revision := range []string{"1", "999999"} {
		for _, c := range [][2]string{
			{"GET /v1/orgs/tom", ""},
			{"GET /v1/orgs/tom/roles", ""},
			{"POST /v1/orgs/tom/check", `{"user":"eve","permission":"invoices:read"}`},
			{"PUT /v1/me/profile", `{"org":"tom","profile":"owner"}`},
			{"GET /v1/me?org=tom", ""},
			{"POST /v1/orgs", `{"id":"branch","parent":"tom"}`},
		} {
			var counts []int64
			for _, org := range []string{"tom", "tam"} {
				request, body := strings.ReplaceAll(c[0], "tom", org), strings.ReplaceAll(c[1], "tom", org)
				without := w.ask(stranger, request, body)
				looks.Store(0)
				with := w.ask(stranger, request, body, atLeast, revision)
				counts = append(counts, looks.Load())
				if with.status != without.status || with.body != without.body || with.header.Get("Retry-After") != "" {
					t.Errorf("%s with revision %s: %d %s; without: %d %s", request, revision, with.status, with.body, without.status, without.body)
				}
			}
			if slices.Max(counts) != slices.Min(counts) || counts[0] != 1 {
				t.Errorf("%s with revision %s: the store was asked %v times", c[0], revision, counts)
			}
		}
	}
}

// Behind a guard that has waited already, the API does not look again; it does for
// another organisation than the guard's.
func TestTheGuardsWaitCounts(t *testing.T) {
	w := newWorld(t)
	kit, store := open(t, w.file)
	guard, err := middleware.New(kit, middleware.Config{Identify: func(c *gin.Context) (rolekit.Identity, error) {
		return rolekit.Identity{User: rolekit.UserID(c.GetHeader("Test-User")), Org: rolekit.OrgID(c.Param("org"))}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := api.New(kit, api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(guard.Identify())
	a.Mount(engine, engine.Group("", guard.DecidesItself()))
	behind := *w
	behind.url = listen(t, engine)
	var looks atomic.Int64
	store.set(func() error { looks.Add(1); return nil })
	told := w.revision("tom")
	for request, want := range map[string]int64{"GET /v1/orgs/tom/roles": 1, "GET /v1/me?org=tom": 1, "GET /v1/me": 0} {
		looks.Store(0)
		if got := behind.ask(admin, request, "", atLeast, told); got.status != 200 || looks.Load() != want {
			t.Errorf("%s: %d, and %d looks at the store; want %d", request, got.status, looks.Load(), want)
		}
	}
}
