package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

func TestNewRefusesWhatIsMissing(t *testing.T) {
	identify := func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{}, nil }
	kit := newWorld(t).kit
	for name, newGuard := range map[string]func() (*middleware.Guard, error){
		"no kit":      func() (*middleware.Guard, error) { return middleware.New(nil, middleware.Config{Identify: identify}) },
		"no identify": func() (*middleware.Guard, error) { return middleware.New(kit, middleware.Config{}) },
	} {
		if _, err := newGuard(); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	ada, bob, cy := token(t, "ada"), token(t, "bob"), token(t, "cy")
	for name, tc := range map[string]struct {
		ask    string
		header []string
		want   int
	}{
		"public, nobody":                    {"GET /public", nil, 200},
		"public, somebody":                  {"GET /public", []string{ada}, 200},
		"public, bad token":                 {"GET /public", []string{"Authorization: Bearer x"}, 401},
		"self, nobody":                      {"GET /self/tom", nil, 200},
		"self, bad token":                   {"GET /self/tom", []string{"Authorization: Bearer x"}, 401},
		"no token":                          {"GET /orgs/tom/invoices", nil, 401},
		"allowed":                           {"GET /orgs/tom/invoices", []string{ada}, 200},
		"denied":                            {"POST /orgs/tom/invoices", []string{ada}, 403},
		"only for own":                      {"GET /orgs/tom/invoices", []string{token(t, "pia")}, 200},
		"another's organisation":            {"GET /orgs/jack/invoices", []string{ada}, 403},
		"no such organisation":              {"GET /orgs/nosuch/invoices", []string{ada}, 403},
		"no organisation":                   {"GET /invoices", []string{ada}, 422},
		"organisation with a NUL":           {"GET /orgs/tom%00/invoices", []string{ada}, 422},
		"organisation with a look-alike":    {"GET /orgs/t%D0%BEm/invoices", []string{ada}, 422},
		"organisation in capitals":          {"GET /orgs/TOM/invoices", []string{ada}, 422},
		"organisation that is all":          {"GET /orgs/*/invoices", []string{ada}, 422},
		"organisation upward":               {"GET /orgs/../invoices", []string{ada}, 422},
		"organisation that is too long":     {"GET /orgs/" + strings.Repeat("a", 64) + "/invoices", []string{ada}, 422},
		"organisation with a space":         {"GET /orgs/tom%20/invoices", []string{ada}, 422},
		"organisation with encoded slashes": {"GET /orgs/..%2Ftom/invoices", []string{ada}, 422},
		"one profile of one":                {"GET /orgs/tom/jobs", []string{bob}, 200},
		"no profile chosen of two":          {"GET /orgs/tom/jobs", []string{cy}, 422},
		"profile chosen":                    {"GET /orgs/tom/jobs", []string{cy, "X-Profile: worker"}, 200},
		"other profile chosen":              {"GET /orgs/tom/jobs", []string{cy, "X-Profile: owner"}, 403},
		"profile that the user lacks":       {"GET /orgs/tom/invoices", []string{bob, "X-Profile: owner"}, 403},
		"unknown profile":                   {"GET /orgs/tom/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"unknown profile, other's":          {"GET /orgs/jack/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"unknown profile, no such":          {"GET /orgs/nosuch/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"two profiles":                      {"GET /orgs/tom/jobs", []string{cy, "X-Profile: worker", "X-Profile: owner"}, 422},
		"any, one of them":                  {"GET /orgs/tom/any", []string{ada}, 200},
		"any, none of them":                 {"GET /orgs/tom/anyother", []string{ada}, 403},
		"all, one of them":                  {"GET /orgs/tom/all", []string{ada}, 403},
		"all of them":                       {"GET /orgs/tom/all", []string{token(t, "tom")}, 200},
		"all of them, elsewhere":            {"GET /orgs/tom/all", []string{token(t, "jack")}, 403},
		"no such route":                     {"GET /nosuch", []string{ada}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
			method, path, _ := strings.Cut(tc.ask, " ")
			a := s.ask(t, method, path, tc.header...)
			switch tc.want {
			case http.StatusOK:
				if a.status != tc.want || s.runs.Load() != 1 || a.body != "done" {
					t.Errorf("%d after %d runs: %s", a.status, s.runs.Load(), a.body)
				}
			case http.StatusNotFound:
				if a.status != tc.want || s.runs.Load() != 0 {
					t.Errorf("%d after %d runs: %s", a.status, s.runs.Load(), a.body)
				}
			default:
				s.refused(t, a, tc.want)
			}
		})
	}
}

// The whole body of each denial: a client may depend on every member.
func TestDenialBodies(t *testing.T) {
	w := newWorld(t)
	denial := func(detail, hint string, more map[string]any) map[string]any {
		doc := map[string]any{
			"type": "urn:rolekit:problem:permission_denied", "title": "Forbidden", "status": 403.0,
			"code": "permission_denied", "detail": detail, "hint": hint,
		}
		maps.Copy(doc, more)
		return doc
	}
	for name, tc := range map[string]struct {
		user, path string
		hide       bool
		want       map[string]any
	}{
		"one": {"bob", "/orgs/tom/invoices", false, denial(`user:bob may not invoices:read in "tom"`, "it needs the permission invoices:read",
			map[string]any{"permission": "invoices:read"})}, // no role of a worker gives it
		"roles": {"pia", "/orgs/tom/anyother", false, denial(`user:pia may not jobs:write or invoices:write in "tom"`,
			"it needs one of the permissions jobs:write or invoices:write",
			map[string]any{"any_of": []any{"jobs:write", "invoices:write"}, "roles": []any{"admin"}})},
		"all": {"ada", "/orgs/tom/all", false, denial(`user:ada may not invoices:write and jobs:write in "tom"`,
			"it needs the permissions invoices:write and jobs:write",
			map[string]any{"all_of": []any{"invoices:write", "jobs:write"}, "roles": []any{"admin"}})},
		"hidden": {"ada", "/orgs/tom/all", true, denial(`user:ada may not invoices:write and jobs:write in "tom"`,
			"it needs the permissions invoices:write and jobs:write",
			map[string]any{"all_of": []any{"invoices:write", "jobs:write"}})},
		"stranger": {"ada", "/orgs/jack/anyother", false, denial(`user:ada may not jobs:write or invoices:write in "jack"`,
			"it needs one of the permissions jobs:write or invoices:write",
			map[string]any{"any_of": []any{"jobs:write", "invoices:write"}})},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t).lawn(must(middleware.New(w.kit, middleware.Config{
				HideRoles: tc.hide, Identify: must(middleware.JWT(jwtConfig()))(t),
			}))(t))
			got := s.refused(t, s.ask(t, "GET", tc.path, token(t, tc.user)), 403)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRolesThatWouldDoAreNamedToMembers(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	doc := s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", token(t, "bob"), "X-Profile: owner"), 403)
	if diff := cmp.Diff([]any{"admin", "clerk", "payer"}, doc["roles"]); diff != "" {
		t.Error(diff)
	}
}

// Whoever has no role somewhere must not learn whether it exists: status,
// headers and body are those of an organisation that does not.
func TestStrangersLearnNothing(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	for _, route := range []string{"/invoices", "/any", "/all", "/jobs"} {
		for _, profile := range []string{"", "owner", "worker", "nosuch"} {
			there := s.ask(t, "GET", "/orgs/jack"+route, token(t, "ada"), "X-Profile: "+profile)
			nowhere := s.ask(t, "GET", "/orgs/void"+route, token(t, "ada"), "X-Profile: "+profile)
			there.body = strings.ReplaceAll(there.body, "jack", "void")
			for _, a := range []answer{there, nowhere} {
				a.header.Del("Date")
			}
			if diff := cmp.Diff(there, nowhere, cmp.AllowUnexported(answer{})); diff != "" {
				t.Errorf("%s as %q: %s", route, profile, diff)
			}
			if strings.Contains(nowhere.body, "admin") {
				t.Errorf("%s names a role: %s", route, nowhere.body)
			}
		}
	}
}

func TestUnauthenticatedIsChallenged(t *testing.T) {
	w := newWorld(t)
	for header, want := range map[string]string{ //nolint:gosec // G101: these are credentials that open nothing
		"X-Nothing: here":           `Bearer`,
		"Authorization: Bearer x":   `Bearer error="invalid_token"`,
		"Authorization: Basic eA==": `Bearer error="invalid_token"`,
	} {
		s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
		a := s.ask(t, "GET", "/orgs/tom/invoices", header)
		s.refused(t, a, 401)
		if got := a.header.Values("WWW-Authenticate"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: WWW-Authenticate is %q", header, got)
		}
	}
}

func TestAmbiguousProfileNamesTheChoice(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	doc := s.refused(t, s.ask(t, "GET", "/orgs/tom/jobs", token(t, "cy")), 422)
	if doc["hint"] != "act as one of: owner, worker" || doc["code"] != "invalid" {
		t.Errorf("%v", doc)
	}
}

// The next request after a change is decided by it.
func TestNoStaleGrant(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	tom := w.kit.Manager().As(rolekit.Actor{User: "tom"})
	must(tom.CreateRole(t.Context(), "tom", rolekit.RoleSpec{
		ID: "bookkeeper", Profile: "owner", Grants: []rolekit.Grant{{Permission: "invoices:write", Access: rolekit.AccessAny}},
	}))(t)
	if err := tom.Assign(t.Context(), "tom", "ada", "bookkeeper"); err != nil {
		t.Fatal(err)
	}
	if a := s.ask(t, "POST", "/orgs/tom/invoices", token(t, "ada")); a.status != 200 {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	role := must(tom.Role(t.Context(), "tom", "bookkeeper"))(t)
	must(tom.SetGrants(t.Context(), "tom", "bookkeeper", nil, role.Revision))(t)
	s.runs.Store(0)
	s.refused(t, s.ask(t, "POST", "/orgs/tom/invoices", token(t, "ada")), 403)
}

func TestHandlersSeeIdentityAndDecisions(t *testing.T) {
	s := newSite(t).lawn(guard(t, newWorld(t).kit, jwtConfig()))
	v := s.look(t, "/orgs/tom/invoices", token(t, "pia"), "X-Profile: owner")
	want := rolekit.Identity{User: "pia", Org: "tom", Profile: "owner"}
	if !v.identified || v.who != want || v.fromContext != want {
		t.Errorf("identity %v, in the context %v", v.who, v.fromContext)
	}
	if !v.decision.Allowed || v.decision.Permission != "invoices:read" || v.decision.Revision == 0 ||
		!cmp.Equal(v.decision.Access, []rolekit.Access{rolekit.AccessOwn}) {
		t.Errorf("decision %+v", v.decision)
	}
}

func TestHandlersSeeEveryDecisionOfAny(t *testing.T) {
	s := newSite(t).lawn(guard(t, newWorld(t).kit, jwtConfig()))
	v := s.look(t, "/orgs/tom/any", token(t, "tom"))
	var named []rolekit.Permission
	for _, d := range v.decisions {
		named = append(named, d.Permission)
	}
	if diff := cmp.Diff([]rolekit.Permission{"jobs:write", "invoices:write", "invoices:read"}, named); diff != "" {
		t.Error(diff)
	}
	if v.decision.Permission != "jobs:write" {
		t.Errorf("the decision is about %s", v.decision.Permission)
	}
}

func TestHandlersThatNeedNothing(t *testing.T) {
	s := newSite(t).lawn(guard(t, newWorld(t).kit, jwtConfig()))
	v := s.look(t, "/public")
	if v.identified || v.who != (rolekit.Identity{}) || v.decision.Allowed || len(v.decisions) != 0 {
		t.Errorf("public, nobody: %+v", v)
	}
	if v = s.look(t, "/self/tom", token(t, "ada")); v.fromContext.User != "ada" || v.fromContext.Org != "tom" {
		t.Errorf("self: %+v", v)
	}
}

// look asks for a route that answers, and returns what its handler saw.
func (s *site) look(t *testing.T, path string, header ...string) seen {
	t.Helper()
	if a := s.ask(t, "GET", path, header...); a.status != 200 {
		t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	v, _ := s.seen.Load().(seen)
	return v
}

func TestWithoutAGuardThereIsNothingToSee(t *testing.T) {
	s := newSite(t)
	s.engine.GET("/", s.handle)
	s.ask(t, "GET", "/")
	if v, _ := s.seen.Load().(seen); v.identified || v.decision.Allowed || v.decisions != nil {
		t.Errorf("%+v", v)
	}
}

// A group's requirement and a route's are both held to, and neither Public nor
// the order of the two lifts one.
func TestRequirementsAddUp(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	s := newSite(t)
	group := s.engine.Group("/orgs/:org", g.Require("invoices:read"))
	group.GET("/public", g.Public(), s.handle)
	group.GET("/write", g.Require("invoices:write"), s.handle)
	s.refused(t, s.ask(t, "GET", "/orgs/tom/public"), 401)
	s.refused(t, s.ask(t, "GET", "/orgs/tom/public", token(t, "bob")), 403)
	s.refused(t, s.ask(t, "GET", "/orgs/tom/write", token(t, "ada")), 403)
	if a := s.ask(t, "GET", "/orgs/tom/write", token(t, "tom")); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if v, _ := s.seen.Load().(seen); len(v.decisions) != 2 || v.decision.Permission != "invoices:write" {
		t.Errorf("%+v", v)
	}
}

func TestEnsureAndCanAskForAResource(t *testing.T) {
	w := newWorld(t)
	g := guard(t, w.kit, jwtConfig())
	s := newSite(t)
	s.engine.GET("/orgs/:org/invoices/:owner", g.Require("invoices:read"), func(c *gin.Context) {
		invoice := rolekit.Facts{ID: "1", Owner: rolekit.UserID(c.Param("owner"))}
		can, err := g.Can(c, "invoices:read", invoice)
		if ok := g.Ensure(c, "invoices:read", invoice); ok != can.Allowed || err != nil {
			t.Errorf("Can says %v, Ensure %v; %v", can.Allowed, ok, err)
		} else if ok {
			s.handle(c)
		}
	})
	s.engine.GET("/orgs/:org/typo", g.Require("invoices:read"), func(c *gin.Context) {
		if g.Ensure(c, "invoices:reed", nil) {
			s.handle(c)
		}
	})
	s.engine.GET("/open", func(c *gin.Context) {
		if _, err := g.Can(c, "invoices:read", nil); !errors.Is(err, rolekit.ErrUnauthenticated) {
			t.Errorf("Can without an identity: %v", err)
		}
		if g.Ensure(c, "invoices:read", nil) {
			s.handle(c)
		}
	})
	doc := s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices/ada", token(t, "pia")), 403)
	if doc["permission"] != "invoices:read" {
		t.Errorf("%v", doc)
	}
	s.refused(t, s.ask(t, "GET", "/orgs/tom/typo", token(t, "ada")), 503)
	s.refused(t, s.ask(t, "GET", "/open"), 401)
	if a := s.ask(t, "GET", "/orgs/tom/invoices/pia", token(t, "pia")); a.status != 200 || a.body != "done" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// failingKit is a kit whose decisions fail in a way that the real one's do not
// at will.
type failingKit struct {
	*rolekit.Kit

	can func() (rolekit.Decision, error)
}

func (k failingKit) Can(context.Context, rolekit.Identity, rolekit.Permission, rolekit.Resource) (rolekit.Decision, error) {
	return k.can()
}

func TestNoDecisionIs503(t *testing.T) {
	w := newWorld(t)
	for name, can := range map[string]func() (rolekit.Decision, error){
		"unavailable":           func() (rolekit.Decision, error) { return rolekit.Decision{}, rolekit.ErrUnavailable },
		"allowed with an error": func() (rolekit.Decision, error) { return rolekit.Decision{Allowed: true}, rolekit.ErrUnavailable },
		"foreign error":         func() (rolekit.Decision, error) { return rolekit.Decision{}, errors.New("password=hunter2") },
		"panic":                 func() (rolekit.Decision, error) { panic("password=hunter2") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t).lawn(guard(t, failingKit{w.kit, can}, jwtConfig()))
			for _, path := range []string{"/orgs/tom/invoices", "/orgs/tom/any", "/orgs/tom/all"} {
				undecided(t, s, s.ask(t, "GET", path, token(t, "tom")))
			}
		})
	}
}

// One row that cannot be read stops its own organisation, and tells clients
// nothing of itself.
func TestBrokenPolicyIs503(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	if err := w.db.Exec(`INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'hunter2', 'role:admin', 'tom')`).Error; err != nil {
		t.Fatal(err)
	}
	if err := w.db.Exec(`UPDATE rolekit_revisions SET revision = revision + 1 WHERE org_id = 'tom'`).Error; err != nil {
		t.Fatal(err)
	}
	if err := w.kit.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.kit.Health().Broken) != 1 {
		t.Fatalf("the policy of tom is not broken: %+v", w.kit.Health())
	}
	undecided(t, s, s.ask(t, "GET", "/orgs/tom/invoices", token(t, "tom")))
	if a := s.ask(t, "GET", "/orgs/jack/invoices", token(t, "jack")); a.status != 200 {
		t.Errorf("jack: %d %s", a.status, a.body)
	}
}

// undecided fails the test unless the answer is a 503 that tells no cause.
func undecided(t *testing.T, s *site, a answer) {
	t.Helper()
	doc := s.refused(t, a, 503)
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if doc["code"] != "unavailable" || strings.Contains(a.body, "hunter2") {
		t.Errorf("%s", a.body)
	}
}

func TestAnIdentifyOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	tom := rolekit.Identity{User: "tom", Org: "tom"}
	for name, tc := range map[string]struct {
		identify        func(*gin.Context) (rolekit.Identity, error)
		public, guarded int
	}{
		"somebody":          {func(*gin.Context) (rolekit.Identity, error) { return tom, nil }, 200, 200},
		"nobody":            {func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{Org: "tom"}, nil }, 200, 401},
		"not accepted":      {func(*gin.Context) (rolekit.Identity, error) { return tom, rolekit.ErrUnauthenticated }, 401, 401},
		"not found out":     {func(*gin.Context) (rolekit.Identity, error) { return tom, errors.New("session store is away") }, 503, 503},
		"panics":            {func(*gin.Context) (rolekit.Identity, error) { panic("hunter2") }, 503, 503},
		"an impossible id":  {func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{User: "t\x00m", Org: "tom"}, nil }, 401, 401},
		"answers by itself": {func(c *gin.Context) (rolekit.Identity, error) { c.AbortWithStatus(418); return tom, nil }, 418, 418},
	} {
		t.Run(name, func(t *testing.T) {
			g := must(middleware.New(w.kit, middleware.Config{Identify: tc.identify, Logger: slog.New(slog.DiscardHandler)}))(t)
			for path, want := range map[string]int{"/public": tc.public, "/orgs/tom/invoices": tc.guarded} {
				s := newSite(t).lawn(g)
				if a := s.ask(t, "GET", path); a.status != want {
					t.Errorf("%s: %d, want %d: %s", path, a.status, want, a.body)
				} else if (s.runs.Load() == 1) != (want == 200) {
					t.Errorf("%s: %d, and the handler ran %d times", path, a.status, s.runs.Load())
				}
			}
		})
	}
}

func TestIdentifyRunsOnce(t *testing.T) {
	w := newWorld(t)
	runs := 0
	g := must(middleware.New(w.kit, middleware.Config{Identify: func(*gin.Context) (rolekit.Identity, error) {
		runs++
		return rolekit.Identity{User: "tom", Org: "tom"}, nil
	}}))(t)
	s := newSite(t)
	s.engine.GET("/", g.Identify(), g.Require("invoices:read"), g.Require("invoices:write"), s.handle)
	if a := s.ask(t, "GET", "/"); a.status != 200 || runs != 1 {
		t.Errorf("%d after %d runs", a.status, runs)
	}
}

// Two guards on one engine, for two kinds of callers say, do not take each
// other's word for who it is.
func TestGuardsIdentifyForThemselves(t *testing.T) {
	w := newWorld(t)
	as := func(user rolekit.UserID) *middleware.Guard {
		return must(middleware.New(w.kit, middleware.Config{Identify: func(*gin.Context) (rolekit.Identity, error) {
			return rolekit.Identity{User: user, Org: "tom"}, nil
		}}))(t)
	}
	s := newSite(t)
	s.engine.GET("/", as("tom").Identify(), as("bob").Require("invoices:read"), s.handle)
	s.refused(t, s.ask(t, "GET", "/"), 403)
}

func TestTheRequestIDIsPassedOn(t *testing.T) {
	w := newWorld(t)
	s := newSite(t)
	s.engine.Use(func(c *gin.Context) { c.Header("X-Request-ID", "r-1") })
	s.lawn(guard(t, w.kit, jwtConfig()))
	if doc := s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices"), 401); doc["request_id"] != "r-1" {
		t.Errorf("%v", doc)
	}
}

func TestWhatWasAnsweredStays(t *testing.T) {
	w := newWorld(t)
	s := newSite(t)
	s.engine.Use(func(c *gin.Context) { c.String(http.StatusAccepted, "early") })
	s.lawn(guard(t, w.kit, jwtConfig()))
	if a := s.ask(t, "GET", "/orgs/tom/invoices"); a.status != 202 || a.body != "early" || s.runs.Load() != 0 {
		t.Errorf("%d %q after %d runs", a.status, a.body, s.runs.Load())
	}
}

func TestWiringMistakesPanic(t *testing.T) {
	g := guard(t, newWorld(t).kit, jwtConfig())
	for name, tc := range map[string]struct {
		wire func()
		want string
	}{
		"unknown":         {func() { g.Require("invoices:reed") }, `did you mean "invoices:read"?`},
		"unknown of any":  {func() { g.RequireAny("invoices:read", "invoice:write") }, `did you mean "invoices:write"?`},
		"unknown of all":  {func() { g.RequireAll("invoices:read", "job:read") }, `did you mean "jobs:read"?`},
		"empty":           {func() { g.Require("") }, "there is no permission"},
		"any of nothing":  {func() { g.RequireAny() }, "at least one permission"},
		"all of nothing":  {func() { g.RequireAll() }, "at least one permission"},
		"a role, perhaps": {func() { g.Require("admin") }, "there is no permission"},
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
