package middleware_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/policytest"
	"github.com/rolekit/rolekit/middleware"
)

// TestDecisionsOverHTTP asks every question of the corpus as a request to a Gin
// application that listens: one without a resource is a GET, whose handler sees
// how far the decision reaches; one about a resource is a POST of it, which the
// guard loads before the handler runs, and a PUT, whose handler asks again.
func TestDecisionsOverHTTP(t *testing.T) {
	files, err := policytest.LoadFolder("../testdata/decisions")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			app := newCorpusApp(t, f)
			for _, c := range f.Cases {
				app.try(t, c)
			}
		})
	}
}

// corpusApp is an application with a route for each permission of a file's
// catalog.
type corpusApp struct {
	world *policytest.World
	guard *middleware.Guard
	url   string
}

// document is what the application's routes are about.
type document struct {
	ID    rolekit.ResourceID `json:"id"`
	Owner rolekit.UserID     `json:"owner"`
	Team  rolekit.TeamID     `json:"team"`
}

func (d document) AccessFacts() rolekit.Facts {
	return rolekit.Facts{ID: d.ID, Owner: d.Owner, Team: d.Team}
}

// load is how the application finds what a request is about: it is in the body.
//
//nolint:ireturn // it is a middleware.Load
func load(c *gin.Context) (rolekit.Resource, error) {
	var doc document
	err := c.ShouldBindJSON(&doc)
	return doc, err
}

func newCorpusApp(t *testing.T, f *policytest.File) *corpusApp {
	t.Helper()
	w, err := f.Build(t.Context(), memstore.New(), func(c *rolekit.Config) { c.Logger = slog.New(slog.DiscardHandler) })
	if err != nil {
		t.Fatal(err)
	}
	g, err := middleware.New(w, middleware.Config{Identify: fromHeaders, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	for _, p := range w.Catalog().Permissions() {
		engine.GET(routeOf(p.ID), g.Require(p.ID), func(c *gin.Context) {
			c.JSON(http.StatusOK, gin.H{"reach": middleware.Decision(c).Access()})
		})
		engine.POST(routeOf(p.ID), g.RequireResource(p.ID, load), func(c *gin.Context) {
			c.JSON(http.StatusOK, gin.H{"reach": middleware.Decision(c).Access()})
		})
		engine.PUT(routeOf(p.ID), g.Require(p.ID), func(c *gin.Context) {
			doc, err := load(c)
			if err != nil || !g.Ensure(c, p.ID, doc) {
				return
			}
			d, err := g.Can(c, p.ID, doc)
			if err != nil {
				c.Status(http.StatusInternalServerError)
				return
			}
			c.JSON(http.StatusOK, gin.H{"reach": d.Access()})
		})
	}
	for _, name := range w.Catalog().Operations() {
		engine.GET("/operations/"+name, g.Operation(name), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	}
	g.MustCoverAll(t, engine)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return &corpusApp{w, g, server.URL}
}

// fromHeaders believes what a request says, as a service behind a gateway does.
func fromHeaders(c *gin.Context) (rolekit.Identity, error) {
	return rolekit.Identity{
		User:    rolekit.UserID(c.GetHeader("X-User")),
		Org:     rolekit.OrgID(c.GetHeader("X-Org")),
		Profile: rolekit.ProfileID(c.GetHeader("X-Profile")),
	}, nil
}

func routeOf(p rolekit.Permission) string { return "/" + strings.ReplaceAll(string(p), ":", "/") }

// try asks the case's question and compares the answer.
func (a *corpusApp) try(t *testing.T, c policytest.Case) {
	t.Helper()
	if _, known := a.world.Catalog().Permission(c.Ask.Permission); !known {
		if !panics(func() { a.guard.Require(c.Ask.Permission) }) {
			t.Errorf("%s: a route could be mounted for a permission that is not there", c)
		}
		return
	}
	a.world.SetClock(c)
	methods := []string{http.MethodGet}
	if c.Of != nil {
		methods = []string{http.MethodPost, http.MethodPut}
	}
	c.Want = a.overHTTP(c)
	for _, method := range methods {
		status, header, body := a.send(t, method, c)
		if want := statusOf(c.Want); status != want {
			t.Errorf("%s %s: status %d, want %d: %s", method, c, status, want, body)
		}
		d, err := read(t, status, header, body)
		if err := c.Check(d, err); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func panics(fn func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	fn()
	return false
}

func (a *corpusApp) send(t *testing.T, method string, c policytest.Case) (status int, header http.Header, body []byte) {
	t.Helper()
	var payload []byte
	if c.Of != nil {
		var err error
		if payload, err = json.Marshal(document(*c.Of)); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, a.url+routeOf(c.Ask.Permission), bytes.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	who := c.Ask.Identity
	for name, value := range map[string]string{"X-User": string(who.User), "X-Org": string(who.Org), "X-Profile": string(who.Profile)} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var read bytes.Buffer
	if _, err := read.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, read.Bytes()
}

// overHTTP is what the guard answers where the kit answers what the case wants.
// They differ in two things: an id that cannot be one, and a profile that is not
// there, are refused before any organisation is looked at; and which
// organisations exist is nobody's to know.
func (a *corpusApp) overHTTP(c policytest.Case) string {
	who := c.Ask.Identity
	switch {
	case who.User == "":
		return string(rolekit.CodeUnauthenticated)
	case who.Org.Validate() != nil, who.Profile != "" && !a.world.Catalog().HasProfile(who.Profile):
		return string(rolekit.CodeInvalid)
	case c.Want == string(rolekit.CodeOrgNotFound):
		return "no"
	}
	return c.Want
}

func statusOf(want string) int {
	return map[string]int{
		"yes": 200, "no": 403, "unauthenticated": 401, "invalid": 422, "unavailable": 503, "broken_policy": 503,
	}[want]
}

// read turns an answer back into a decision, or the error that kept one from
// being made. Whatever is not a decision is one problem document.
func read(t *testing.T, status int, header http.Header, body []byte) (d rolekit.Decision, err error) {
	t.Helper()
	var doc struct {
		Reach []rolekit.Access `json:"reach"`
		Code  rolekit.Code     `json:"code"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("the body is not one JSON document: %v\n%s", err, body)
	}
	if status == http.StatusOK {
		return rolekit.DecisionOf(rolekit.Identity{}, "", doc.Reach...), nil
	}
	if ct := header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("a refusal is %q: %s", ct, body)
	}
	if doc.Code == rolekit.CodePermissionDenied {
		return d, nil
	}
	return d, &rolekit.Error{Code: doc.Code}
}
