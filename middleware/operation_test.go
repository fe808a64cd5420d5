package middleware_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// withOperations is the catalog with some routes of the application named.
func withOperations(write, read string) string {
	return strings.NewReplacer(
		"invoices:write: {profiles: [owner],", "invoices:write: {profiles: [owner], operations: ["+write+"],",
		"invoices:read: {profiles: [owner],", "invoices:read: {profiles: [owner], operations: ["+read+"],",
	).Replace(catalogYAML)
}

func TestOperationsRequireTheirPermission(t *testing.T) {
	w := worldOf(t, withOperations("createInvoice, voidInvoice", "showInvoice"))
	g := guard(t, w.kit, jwtConfig())
	s := newSite(t)
	org := s.engine.Group("/orgs/:org")
	org.POST("/invoices", g.Operation("createInvoice"), s.handle)
	org.DELETE("/invoices", g.Operation("voidInvoice"), s.handle)
	org.GET("/invoices/:owner", g.OperationOn("showInvoice", func(c *gin.Context) (rolekit.Resource, error) {
		return rolekit.Facts{ID: "1", Owner: rolekit.UserID(c.Param("owner"))}, nil
	}), s.handle)
	g.MustCoverAll(t, s.engine)
	for _, tc := range []struct {
		user, method, path string
		want               int
	}{
		{"tom", "POST", "/orgs/tom/invoices", 200},
		{"ada", "POST", "/orgs/tom/invoices", 403},
		{"tom", "DELETE", "/orgs/tom/invoices", 200},
		{"jack", "DELETE", "/orgs/tom/invoices", 403},
		{"ada", "GET", "/orgs/tom/invoices/pia", 200},
		{"pia", "GET", "/orgs/tom/invoices/pia", 200},
		{"pia", "GET", "/orgs/tom/invoices/ada", 403},
		{"bob", "GET", "/orgs/tom/invoices/bob", 403},
	} {
		s.runs.Store(0)
		a := s.ask(t, tc.method, tc.path, token(t, tc.user))
		if tc.want == 200 {
			if a.status != 200 || s.runs.Load() != 1 {
				t.Errorf("%s %s %s: %d %s", tc.user, tc.method, tc.path, a.status, a.body)
			}
			continue
		}
		s.refused(t, a, tc.want)
	}
	got := map[string]middleware.Declaration{}
	for _, r := range g.Routes(s.engine) {
		got[r.Method] = r.Declared[0]
	}
	want := map[string]middleware.Declaration{
		"POST":   {Mode: middleware.ModeAll, Permissions: []rolekit.Permission{"invoices:write"}, Operation: "createInvoice"},
		"DELETE": {Mode: middleware.ModeAll, Permissions: []rolekit.Permission{"invoices:write"}, Operation: "voidInvoice"},
		"GET":    {Mode: middleware.ModeAll, Permissions: []rolekit.Permission{"invoices:read"}, Operation: "showInvoice", Loads: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownOperationsPanic(t *testing.T) {
	g := guard(t, worldOf(t, withOperations("createInvoice", "showInvoice")).kit, jwtConfig())
	load := func(*gin.Context) (rolekit.Resource, error) { return rolekit.Facts{}, nil }
	for name, tc := range map[string]struct {
		wire func()
		want string
	}{
		"misspelt":               {func() { g.Operation("createInvoices") }, `did you mean "createInvoice"?`},
		"misspelt, of a thing":   {func() { g.OperationOn("showinvoice", load) }, `did you mean "showInvoice"?`},
		"empty":                  {func() { g.Operation("") }, "there is no operation"},
		"a permission":           {func() { g.Operation("jobs:write") }, "there is no operation"},
		"nothing that loads":     {func() { g.OperationOn("showInvoice", nil) }, "how to load it"},
		"nothing loads, require": {func() { g.RequireResource("invoices:read", nil) }, "how to load it"},
		"permission misspelt":    {func() { g.RequireResource("invoices:reed", load) }, `did you mean "invoices:read"?`},
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, tc.want) {
					t.Errorf("%s: panics with %q, want %q", name, s, tc.want)
				}
			}()
			tc.wire()
		}()
	}
}

// A route may be declared by a guard with another catalog, as that of an older
// release; the report holds the engine to the catalog of the guard that reports.
func TestCoverageOfOperations(t *testing.T) {
	g := guard(t, worldOf(t, withOperations("createInvoice, voidInvoice", "showInvoice")).kit, jwtConfig())
	older := guard(t, worldOf(t, withOperations("createInvoice, showInvoice", "listInvoices")).kit, jwtConfig())
	s := newSite(t)
	s.engine.POST("/orgs/:org/invoices", g.Operation("createInvoice"), s.handle)
	s.engine.GET("/orgs/:org/invoices", older.Operation("listInvoices"), s.handle)
	s.engine.GET("/orgs/:org/invoice", older.Operation("showInvoice"), s.handle) // of another permission there
	s.engine.DELETE("/orgs/:org/invoices", s.handle, g.Operation("voidInvoice")) // behind its handler

	if diff := cmp.Diff([]string{"voidInvoice"}, g.MissingOperations(s.engine)); diff != "" {
		t.Error(diff)
	}
	var unknown []string
	for _, r := range g.UnknownOperations(s.engine) {
		unknown = append(unknown, r.Method+" "+r.Path)
	}
	if diff := cmp.Diff([]string{"GET /orgs/:org/invoice", "GET /orgs/:org/invoices"}, unknown); diff != "" {
		t.Error(diff)
	}
	var tb fakeTB
	g.MustCoverAll(&tb, s.engine)
	for _, want := range []string{"1 of 4 routes declare", "DELETE /orgs/:org/invoices", "no route names", "voidInvoice", "GET /orgs/:org/invoices ("} {
		if !strings.Contains(tb.failed, want) {
			t.Errorf("it does not say %q:\n%s", want, tb.failed)
		}
	}
	if strings.Contains(tb.failed, "POST") {
		t.Errorf("it names a route that is right:\n%s", tb.failed)
	}
}

// Each kind of gap alone fails the test.
func TestMustCoverAllFailsForEachGap(t *testing.T) {
	w := worldOf(t, withOperations("createInvoice", "showInvoice"))
	g := guard(t, w.kit, jwtConfig())
	other := guard(t, worldOf(t, withOperations("createInvoice, spare", "showInvoice")).kit, jwtConfig())
	handler := func(*gin.Context) {}
	whole := func(e *gin.Engine) {
		e.GET("/:org", g.Operation("showInvoice"), handler)
		e.POST("/:org", g.Operation("createInvoice"), handler)
	}
	for says, wire := range map[string]func(*gin.Engine){
		"":                whole,
		"no route names":  func(e *gin.Engine) { e.GET("/:org", g.Operation("showInvoice"), handler) },
		"does not list":   func(e *gin.Engine) { whole(e); e.GET("/:org/spare", other.Operation("spare"), handler) },
		"declare neither": func(e *gin.Engine) { whole(e); e.GET("/:org/open", handler) },
	} {
		e := gin.New()
		wire(e)
		var tb fakeTB
		g.MustCoverAll(&tb, e)
		if says == "" && tb.failed != "" || !strings.Contains(tb.failed, says) {
			t.Errorf("%q: %q", says, tb.failed)
		}
	}
}
