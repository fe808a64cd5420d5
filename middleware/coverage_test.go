package middleware_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/middleware"
)

// mounted is an engine on which routes declare in every way there is, and fail
// to. Running any of its handlers fails the test.
func mounted(t *testing.T, g, other *middleware.Guard) *gin.Engine {
	t.Helper()
	gin.SetMode(gin.TestMode)
	handler := func(*gin.Context) { t.Error("the coverage report ran a handler") }
	e := gin.New()
	e.Use(handler, gin.Recovery(), g.Identify())
	e.GET("/open", handler)
	e.GET("/", g.Public(), handler)
	e.POST("/", g.Require("jobs:write"), handler)
	e.GET("/any", g.RequireAny("jobs:write", "jobs:read"), handler)
	e.GET("/all", g.RequireAll("jobs:write", "jobs:read"), handler, handler)
	e.GET("/self/*rest", g.DecidesItself(), handler)
	e.GET("/other", other.Require("jobs:read"), handler)
	e.GET("/after", handler, g.Require("jobs:read"))
	e.GET("/only", g.Public())
	e.GET("/within", func(c *gin.Context) { g.Require("jobs:read")(c) }, handler)
	e.GET("/identify", g.Identify(), handler)

	group := e.Group("/orgs/:org", g.Require("invoices:read"))
	group.GET("/invoices", handler)
	group.GET("/invoices/:id", g.Require("invoices:write"), handler)
	group.Any("/report", handler)
	group.GET("/nil", nil, handler)

	late := e.Group("/late")
	late.GET("/early", handler)
	late.Use(g.Public())
	late.GET("/late", handler)
	e.StaticFS("/files", http.Dir(t.TempDir()))
	e.GET(`/a\:b`, g.Public(), handler)
	return e
}

func TestUnguarded(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	e := mounted(t, g, guard(t, w.kit, jwtConfig()))
	var got []string
	for _, r := range g.Unguarded(e) {
		if r.Unread != "" || r.Handler == "" || r.Guarded() {
			t.Errorf("%+v", r)
		}
		got = append(got, r.Method+" "+r.Path)
	}
	want := []string{
		"GET /after", "GET /files/*filepath", "HEAD /files/*filepath", "GET /identify", "GET /late/early",
		"GET /only", "GET /open", "GET /within",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	e := mounted(t, g, guard(t, w.kit, jwtConfig()))
	routes := g.Routes(e)
	if len(routes) != len(e.Routes()) {
		t.Errorf("%d routes of %d", len(routes), len(e.Routes()))
	}
	got := map[string]string{}
	for _, r := range routes {
		var words []string
		for _, d := range r.Declared {
			words = append(words, fmt.Sprint(d.Mode, d.Permissions))
		}
		got[r.Method+" "+r.Path] = strings.Join(words, " ")
	}
	for route, want := range map[string]string{
		"GET /":                       "public[]",
		"POST /":                      "all[jobs:write]",
		"GET /any":                    "any[jobs:write jobs:read]",
		"GET /all":                    "all[jobs:write jobs:read]",
		"GET /self/*rest":             "self[]",
		"GET /other":                  "all[jobs:read]",
		"GET /orgs/:org/invoices":     "all[invoices:read]",
		"GET /orgs/:org/invoices/:id": "all[invoices:read] all[invoices:write]",
		"PATCH /orgs/:org/report":     "all[invoices:read]",
		"GET /orgs/:org/nil":          "all[invoices:read]",
		"GET /late/late":              "public[]",
		`GET /a\:b`:                   "public[]",
		"GET /open":                   "",
	} {
		if had, ok := got[route]; !ok || had != want {
			t.Errorf("%s declares %q, want %q", route, had, want)
		}
	}
}

// What the report hands out is the reader's: changing it opens nothing.
func TestRoutesAreCopies(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	s := newSite(t).lawn(g)
	for _, r := range g.Routes(s.engine) {
		for _, d := range r.Declared {
			for i := range d.Permissions {
				d.Permissions[i] = "invoices:read"
			}
		}
	}
	s.refused(t, s.ask(t, "POST", "/orgs/tom/invoices", token(t, "ada")), 403)
}

// fakeTB records what a test would have been failed with.
type fakeTB struct{ failed string }

func (f *fakeTB) Helper() {}
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.failed += fmt.Sprintf(format, args...)
}

func TestMustCoverAll(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	g.MustCoverAll(t, newSite(t).lawn(g).engine)

	var tb fakeTB
	g.MustCoverAll(&tb, mounted(t, g, g))
	for _, want := range []string{"8 of 28 routes", "GET /open (", "GET /after (", "middleware_test.mounted"} {
		if !strings.Contains(tb.failed, want) {
			t.Errorf("it does not say %q:\n%s", want, tb.failed)
		}
	}
	if strings.Contains(tb.failed, "/invoices") {
		t.Errorf("it names a route that is guarded:\n%s", tb.failed)
	}

	tb = fakeTB{}
	g.MustCoverAll(&tb, gin.New())
	if !strings.Contains(tb.failed, "no routes") {
		t.Errorf("an engine without routes: %q", tb.failed)
	}
}

// The report can be had of an engine that has already served.
func TestRoutesAfterServing(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	s := newSite(t)
	s.engine.GET(`/a\:b/:org`, g.Require("invoices:read"), s.handle)
	s.lawn(g)
	if a := s.ask(t, "GET", "/a:b/tom", token(t, "ada")); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	g.MustCoverAll(t, s.engine)
}

var _ middleware.TB = testing.TB(nil)

func TestWriteRoutes(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	e := gin.New()
	handler := func(*gin.Context) { t.Error("writing routes ran a handler") }
	e.GET("/open", handler)
	e.GET("/", g.Public(), handler)
	e.POST("/jobs", g.Require("jobs:write"), handler)
	e.GET("/jobs", g.RequireAny("jobs:write", "jobs:read"), handler)
	var b strings.Builder
	if err := g.WriteRoutes(&b, e); err != nil {
		t.Fatal(err)
	}
	var got struct{ Routes []map[string]any }
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	var want struct{ Routes []map[string]any }
	name := g.Routes(e)[0].Handler
	if err := json.Unmarshal([]byte(strings.ReplaceAll(`{"routes": [
		{"method": "GET", "path": "/", "handler": "NAME", "declared": [{"mode": "public", "permissions": []}]},
		{"method": "GET", "path": "/jobs", "handler": "NAME", "declared": [{"mode": "any", "permissions": ["jobs:write", "jobs:read"]}]},
		{"method": "POST", "path": "/jobs", "handler": "NAME", "declared": [{"mode": "all", "permissions": ["jobs:write"]}]},
		{"method": "GET", "path": "/open", "handler": "NAME", "declared": []}
	]}`, "NAME", name)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
