package middleware_test

import (
	"errors"
	"log/slog"
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
		"any, as far as own":                {"GET /orgs/tom/any", []string{token(t, "pia")}, 200},
		"all, as far as own":                {"GET /orgs/tom/both", []string{token(t, "pia")}, 200},
		"all, one as far as own":            {"GET /orgs/tom/both", []string{bob}, 403},
		"no profile chosen of two":          {"GET /orgs/tom/jobs", []string{cy}, 422},
		"profile chosen":                    {"GET /orgs/tom/jobs", []string{cy, "X-Profile: worker"}, 200},
		"other profile chosen":              {"GET /orgs/tom/jobs", []string{cy, "X-Profile: owner"}, 403},
		"profile that the user lacks":       {"GET /orgs/tom/invoices", []string{bob, "X-Profile: owner"}, 403},
		"unknown profile":                   {"GET /orgs/tom/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"unknown profile, other's":          {"GET /orgs/jack/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"unknown profile, no such":          {"GET /orgs/nosuch/invoices", []string{ada, "X-Profile: ownr"}, 422},
		"two profiles":                      {"GET /orgs/tom/jobs", []string{bob, "X-Profile: worker", "X-Profile: owner"}, 422},
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
	if !v.decision.Allowed || v.decision.Permission() != "invoices:read" || v.decision.Revision() == 0 ||
		!cmp.Equal(v.decision.Access(), []rolekit.Access{rolekit.AccessOwn}) {
		t.Errorf("decision %+v", v.decision)
	}
}

func TestHandlersSeeEveryDecisionOfAny(t *testing.T) {
	s := newSite(t).lawn(guard(t, newWorld(t).kit, jwtConfig()))
	v := s.look(t, "/orgs/tom/any", token(t, "tom"))
	var named []rolekit.Permission
	for _, d := range v.decisions {
		named = append(named, d.Permission())
	}
	if diff := cmp.Diff([]rolekit.Permission{"jobs:write", "invoices:write", "invoices:read"}, named); diff != "" {
		t.Error(diff)
	}
	if v.decision.Permission() != "jobs:write" {
		t.Errorf("the decision is about %s", v.decision.Permission())
	}
}

// What reaches only some resources is let in, with how far: by each of the three.
func TestHandlersSeeHowFarEachReaches(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	for path, want := range map[string][]rolekit.Permission{
		"/orgs/tom/invoices": {"invoices:read"}, "/orgs/tom/any": {"invoices:read"}, "/orgs/tom/both": {"invoices:read", "jobs:read"},
	} {
		v := s.look(t, path, token(t, "pia"))
		var got []rolekit.Permission
		for _, d := range v.decisions {
			got = append(got, d.Permission())
			f, err := d.Filter(t.Context())
			if err != nil || f.Any || f.Owner != "pia" || !cmp.Equal(d.Access(), []rolekit.Access{rolekit.AccessOwn}) {
				t.Errorf("%s: %v, %+v (%v)", path, d.Access(), f, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// Who has several profiles acts as the one they switched to, unless a request
// asks for another.
func TestTheProfileIsRemembered(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	cy := rolekit.Identity{User: "cy", Org: "tom"}
	ask := func(path string, header ...string) int {
		return s.ask(t, "GET", path, append(header, token(t, "cy"))...).status
	}
	if got := ask("/orgs/tom/invoices"); got != 422 {
		t.Errorf("before any choice: %d", got)
	}
	for _, c := range []struct {
		profile        rolekit.ProfileID
		invoices, jobs int
	}{{"worker", 403, 200}, {"owner", 200, 403}} {
		if err := w.kit.SwitchProfile(t.Context(), cy, c.profile); err != nil {
			t.Fatal(err)
		}
		if invoices, jobs := ask("/orgs/tom/invoices"), ask("/orgs/tom/jobs"); invoices != c.invoices || jobs != c.jobs {
			t.Errorf("as %s: invoices %d, jobs %d", c.profile, invoices, jobs)
		}
		for header, want := range map[string]int{"worker": 403, "owner": 200} {
			if got := ask("/orgs/tom/invoices", "X-Profile: "+header); got != want {
				t.Errorf("as %s, asking for %s: %d", c.profile, header, got)
			}
		}
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
	if v, _ := s.seen.Load().(seen); len(v.decisions) != 2 || v.decision.Permission() != "invoices:write" {
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

func TestAnIdentifyOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	tom := rolekit.Identity{User: "tom", Org: "tom"}
	for name, tc := range map[string]struct {
		identify        func(*gin.Context) (rolekit.Identity, error)
		public, guarded int
	}{
		"somebody":         {func(*gin.Context) (rolekit.Identity, error) { return tom, nil }, 200, 200},
		"nobody":           {func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{Org: "tom"}, nil }, 200, 401},
		"not accepted":     {func(*gin.Context) (rolekit.Identity, error) { return tom, rolekit.ErrUnauthenticated }, 401, 401},
		"not found out":    {func(*gin.Context) (rolekit.Identity, error) { return tom, errors.New("session store is away") }, 503, 503},
		"panics":           {func(*gin.Context) (rolekit.Identity, error) { panic("hunter2") }, 503, 503},
		"an impossible id": {func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{User: "t\x00m", Org: "tom"}, nil }, 401, 401},
		"answers by itself": {func(c *gin.Context) (rolekit.Identity, error) {
			c.Status(418)
			c.Abort()
			return rolekit.Identity{}, nil
		}, 418, 418},
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

// An Identify that ended the request, with a redirect say, has the last word.
func TestIdentifyMayAnswer(t *testing.T) {
	g := must(middleware.New(newWorld(t).kit, middleware.Config{Identify: func(c *gin.Context) (rolekit.Identity, error) {
		c.Header("Location", "/login")
		c.Status(http.StatusSeeOther)
		c.Abort()
		return rolekit.Identity{}, nil
	}}))(t)
	s := newSite(t)
	s.engine.GET("/", g.Require("invoices:read"), s.handle)
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil))(t)
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSeeOther || res.ContentLength != 0 || s.runs.Load() != 0 {
		t.Errorf("%d with %d bytes after %d runs", res.StatusCode, res.ContentLength, s.runs.Load())
	}
}
