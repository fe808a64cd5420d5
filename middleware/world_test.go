package middleware_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"github.com/golang-jwt/jwt/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/middleware"
)

const catalogYAML = `
actions:
  read: {}
  write: {implies: [read]}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write]}
  jobs: {actions: [read, write]}
permissions:
  invoices:read: {profiles: [owner], access: [any, own]}
  invoices:write: {profiles: [owner], access: [any]}
  jobs:read: {profiles: [owner, worker], access: [any, own]}
  jobs:write: {profiles: [owner], access: [any]}
  iam.roles:write: {profiles: [owner]}
roles:
  admin: {profile: owner, grants: ["*:*"]}
  clerk: {profile: owner, grants: ["invoices:read"]}
  biller: {profile: owner, grants: ["invoices:write"]}
  payer: {profile: owner, grants: [{permission: invoices:read, access: own}, {permission: jobs:read, access: own}]}
  digger: {profile: worker, grants: [{permission: jobs:read, access: own}]}
creator: admin
`

// secret is as long as HS256 needs it.
func secret() []byte { return []byte("0123456789abcdef0123456789abcdef") }

// now is the only time there is in these tests.
func now() time.Time { return time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC) }

// world is a kit on a database file, with two organisations. In tom, ada is a
// clerk, bob a digger, cy both, pia a payer, and tom the admin. In jack, jack is the
// admin and ada nobody.
type world struct {
	*testing.T

	kit *rolekit.Kit
	db  *gorm.DB
}

func newWorld(t *testing.T) world {
	t.Helper()
	return worldOf(t, catalogYAML)
}

// worldOf is newWorld with another catalog.
func worldOf(t *testing.T, yaml string) world {
	t.Helper()
	catalog := must(rolekit.ParseCatalog("catalog.yaml", []byte(yaml)))(t)
	db := must(gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "rolekit.db"))), &gorm.Config{Logger: logger.Discard}))(t)
	pool := must(db.DB())(t)
	t.Cleanup(func() { _ = pool.Close() })
	store := must(adapter.Open(t.Context(), db, adapter.Config{Migrate: true}))(t)
	kit := must(rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)}))(t)

	system := kit.Manager().As(rolekit.System("test"))
	must(system.ApplyDefaults(t.Context(), catalog.Defaults()))(t)
	for _, org := range []string{"tom", "jack"} {
		must(system.CreateOrg(t.Context(), rolekit.NewOrg{ID: rolekit.OrgID(org), Creator: rolekit.UserID(org)}))(t)
	}
	for _, a := range []struct {
		user rolekit.UserID
		role rolekit.RoleID
	}{{"ada", "clerk"}, {"bob", "digger"}, {"cy", "clerk"}, {"cy", "digger"}, {"pia", "payer"}} {
		if err := system.Assign(t.Context(), "tom", a.user, a.role); err != nil {
			t.Fatal(err)
		}
	}
	return world{t, kit, db}
}

// must returns a function that returns the value, or fails the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// jwtConfig is what most tests use.
func jwtConfig() middleware.JWTConfig {
	return middleware.JWTConfig{Clock: now, Secret: secret()}
}

// guard returns a guard that decides by kit and identifies by config.
func guard(t testing.TB, kit middleware.Kit, config middleware.JWTConfig) *middleware.Guard {
	t.Helper()
	return must(middleware.New(kit, middleware.Config{
		Identify: must(middleware.JWT(config))(t), Logger: slog.New(slog.DiscardHandler),
	}))(t)
}

// site is a Gin application that listens, and counts what its handlers do.
type site struct {
	engine *gin.Engine
	url    string
	runs   atomic.Int64 // of handlers behind a guard
	seen   atomic.Value // what the last of them saw
}

// seen is what a handler behind a guard saw of its request.
type seen struct {
	who, fromContext rolekit.Identity
	identified       bool
	decision         rolekit.Decision
	decisions        []rolekit.Decision
}

func newSite(t testing.TB) *site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	s := &site{engine: gin.New()}
	server := httptest.NewServer(s.engine)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// handle is the application's handler on every route.
func (s *site) handle(c *gin.Context) {
	s.runs.Add(1)
	v := seen{decision: middleware.Decision(c), decisions: middleware.Decisions(c)}
	v.who, v.identified = middleware.Identity(c)
	v.fromContext, _ = rolekit.IdentityFrom(c.Request.Context())
	s.seen.Store(v)
	c.String(http.StatusOK, "done")
}

// lawn mounts the routes that most tests ask.
func (s *site) lawn(g *middleware.Guard) *site {
	s.engine.Use(g.Identify())
	s.engine.GET("/public", g.Public(), s.handle)
	s.engine.GET("/self/:org", g.DecidesItself(), s.handle)
	s.engine.GET("/invoices", g.Require("invoices:read"), s.handle)
	org := s.engine.Group("/orgs/:org")
	org.GET("/invoices", g.Require("invoices:read"), s.handle)
	org.POST("/invoices", g.Require("invoices:write"), s.handle)
	org.GET("/jobs", g.Require("jobs:read"), s.handle)
	org.GET("/any", g.RequireAny("jobs:write", "invoices:write", "invoices:read"), s.handle)
	org.GET("/anyother", g.RequireAny("jobs:write", "invoices:write"), s.handle)
	org.GET("/both", g.RequireAll("invoices:read", "jobs:read"), s.handle)
	org.GET("/all", g.RequireAll("invoices:read", "invoices:write", "jobs:write"), s.handle)
	return s
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; each of headers is a name, a colon and a value.
func (s *site) ask(t testing.TB, method, path string, headers ...string) answer {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), method, s.url+path, nil))(t)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	return answer{res.StatusCode, res.Header, string(must(io.ReadAll(res.Body))(t))}
}

// refused fails the test unless the answer is exactly one problem document of
// that status, and no handler ran. It returns the document.
func (s *site) refused(t testing.TB, a answer, status int) map[string]any {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if n := s.runs.Load(); n != 0 {
		t.Fatalf("the handler ran %d times", n)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type is %q", ct)
	}
	if cc := a.header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control is %q", cc)
	}
	return parseProblem(t, a)
}

func parseProblem(t testing.TB, a answer) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatalf("the body is not one JSON document: %v\n%s", err, a.body)
	}
	for _, member := range []string{"type", "title", "status", "detail", "code"} {
		if doc[member] == nil || doc[member] == "" {
			t.Errorf("the problem has no %q: %s", member, a.body)
		}
	}
	if doc["status"] != float64(a.status) {
		t.Errorf("the problem says status %v, the response %d", doc["status"], a.status)
	}
	known := []string{
		"type", "title", "status", "detail", "code", "hint", "permission", "roles", "request_id", "any_of", "all_of",
	}
	for _, member := range slices.Sorted(maps.Keys(doc)) {
		if !slices.Contains(known, member) {
			t.Errorf("the problem has a member %q: %s", member, a.body)
		}
	}
	return doc
}

// token returns a header with a token of the user that is good for an hour.
func token(t testing.TB, user string) string {
	t.Helper()
	return bearer(sign(t, jwt.SigningMethodHS256, secret(), claims(user)))
}

func bearer(token string) string { return "Authorization: Bearer " + token }

// claims are those of a good token, with pairs of claim and value that differ;
// the value nil leaves the claim out.
func claims(user string, other ...any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": user, "exp": now().Add(time.Hour).Unix()}
	set(c, other)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func set(m map[string]any, pairs []any) {
	for pair := range slices.Chunk(pairs, 2) {
		m[fmt.Sprint(pair[0])] = pair[1]
	}
}

func sign(t testing.TB, method jwt.SigningMethod, key any, c jwt.MapClaims, header ...any) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, c)
	set(tok.Header, header)
	return must(tok.SignedString(key))(t)
}
