package middleware_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// invoice is a resource of the application's own.
type invoice struct {
	ID    rolekit.ResourceID
	Owner rolekit.UserID
}

func (i *invoice) AccessFacts() rolekit.Facts { return rolekit.Facts{ID: i.ID, Owner: i.Owner} }

// office mounts a route about one invoice. loads counts how often one was
// looked for.
func (s *site) office(g *middleware.Guard, loads *int) *site {
	load := func(c *gin.Context) (rolekit.Resource, error) {
		*loads++
		who, _ := middleware.Identity(c)
		switch id := c.Param("id"); {
		case who.Org != "tom":
			return nil, fmt.Errorf("invoice %s: %w", id, middleware.ErrNotFound)
		case id == "broken":
			return nil, errors.New("hunter2: connection refused")
		case id == "code":
			return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "not a number"}
		case id == "panic":
			panic("hunter2")
		case id == "nothing":
			return nil, nil //nolint:nilnil // the mistake that is tested
		case id == "nil":
			return (*invoice)(nil), nil
		case id == "handled":
			c.String(http.StatusGone, "gone")
			return nil, middleware.ErrHandled
		case id == "status":
			c.Status(http.StatusNotFound)
			return nil, middleware.ErrHandled
		case id == "aborted":
			c.Status(http.StatusTeapot)
			c.Abort()
			return &invoice{ID: "aborted", Owner: "somebody"}, nil
		case id == "silent":
			return nil, middleware.ErrHandled
		case strings.HasPrefix(id, "of-"):
			return &invoice{rolekit.ResourceID(id), rolekit.UserID(strings.TrimPrefix(id, "of-"))}, nil
		}
		return nil, middleware.ErrNotFound
	}
	s.engine.Use(g.Identify())
	s.engine.GET("/orgs/:org/invoices/:id", g.RequireResource("invoices:read", load), func(c *gin.Context) {
		if got := middleware.Resource[*invoice](c); string(got.ID) != c.Param("id") {
			c.Status(http.StatusInternalServerError)
			return
		}
		s.handle(c)
	})
	return s
}

func TestRequireResource(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		user, at string
		want     int
		loads    int
	}{
		"nobody":                  {"", "/orgs/tom/invoices/of-pia", 401, 0},
		"any":                     {"ada", "/orgs/tom/invoices/of-pia", 200, 1},
		"one's own":               {"pia", "/orgs/tom/invoices/of-pia", 200, 1},
		"another's":               {"pia", "/orgs/tom/invoices/of-ada", 403, 1},
		"of nothing":              {"bob", "/orgs/tom/invoices/of-bob", 403, 0},
		"elsewhere":               {"ada", "/orgs/jack/invoices/of-ada", 403, 0},
		"unknown organisation":    {"ada", "/orgs/xyz/invoices/of-ada", 403, 0},
		"not there, any":          {"ada", "/orgs/tom/invoices/7", 404, 1},
		"not there, own":          {"pia", "/orgs/tom/invoices/7", 403, 1},
		"not there, of nothing":   {"bob", "/orgs/tom/invoices/7", 403, 0},
		"another organisation's":  {"jack", "/orgs/jack/invoices/of-pia", 404, 1},
		"cannot be found out":     {"ada", "/orgs/tom/invoices/broken", 503, 1},
		"an error with a code":    {"ada", "/orgs/tom/invoices/code", 422, 1},
		"a panic":                 {"ada", "/orgs/tom/invoices/panic", 503, 1},
		"neither":                 {"ada", "/orgs/tom/invoices/nothing", 503, 1},
		"neither, own":            {"pia", "/orgs/tom/invoices/nothing", 503, 1},
		"a nil pointer":           {"ada", "/orgs/tom/invoices/nil", 503, 1},
		"handled, but no answer":  {"ada", "/orgs/tom/invoices/silent", 503, 1},
		"handled":                 {"pia", "/orgs/tom/invoices/handled", 410, 1},
		"handled, without a body": {"pia", "/orgs/tom/invoices/status", 404, 1},
		"aborted with a resource": {"ada", "/orgs/tom/invoices/aborted", 418, 1},
		"aborted, not one's own":  {"pia", "/orgs/tom/invoices/aborted", 418, 1},
	} {
		t.Run(name, func(t *testing.T) {
			loads := 0
			s := newSite(t).office(guard(t, w.kit, jwtConfig()), &loads)
			var header []string
			if tc.user != "" {
				header = append(header, token(t, tc.user))
			}
			a := s.ask(t, "GET", tc.at, header...)
			if loads != tc.loads {
				t.Errorf("%d resources were loaded, want %d", loads, tc.loads)
			}
			if strings.Contains(a.body, "hunter2") {
				t.Errorf("tells the cause: %s", a.body)
			}
			switch ran := s.runs.Load(); {
			case tc.want == http.StatusOK:
				if a.status != tc.want || ran != 1 {
					t.Errorf("%d after %d runs: %s", a.status, ran, a.body)
				}
			case a.header.Get("Content-Type") != "application/problem+json": // the application answered
				if a.status != tc.want || ran != 0 || tc.want == 401 || tc.want == 403 || tc.want > 421 {
					t.Errorf("%d after %d runs: %s", a.status, ran, a.body)
				}
			default:
				s.refused(t, a, tc.want)
			}
		})
	}
}

// Who sees only what is theirs cannot tell what is another's from what is not
// there.
func TestNotFoundLooksLikeDenied(t *testing.T) {
	loads := 0
	s := newSite(t).office(guard(t, newWorld(t).kit, jwtConfig()), &loads)
	missing, denied := s.ask(t, "GET", "/orgs/tom/invoices/7", token(t, "pia")), s.ask(t, "GET", "/orgs/tom/invoices/of-ada", token(t, "pia"))
	for _, a := range []*answer{&missing, &denied} {
		a.header.Del("Date")
	}
	if diff := cmp.Diff(denied, missing, cmp.AllowUnexported(answer{})); diff != "" || denied.status != 403 {
		t.Errorf("%d: %s", denied.status, diff)
	}
}

// The handler gets the decision about its very resource, not the one about some.
func TestHandlersSeeTheResourcesDecision(t *testing.T) {
	loads := 0
	w := newWorld(t)
	s := newSite(t).office(guard(t, w.kit, jwtConfig()), &loads)
	v := s.look(t, "/orgs/tom/invoices/of-pia", token(t, "pia"))
	if !v.decision.Allowed || len(v.decisions) != 1 || !cmp.Equal(v.decision.Access(), []rolekit.Access{rolekit.AccessOwn}) {
		t.Errorf("%+v of %d", v.decision, len(v.decisions))
	}
}

// Several guards may each load something; each handler takes what it needs.
func TestResourcesByTheirType(t *testing.T) {
	g := guard(t, newWorld(t).kit, jwtConfig())
	of := func(r rolekit.Resource) middleware.Load {
		return func(*gin.Context) (rolekit.Resource, error) { return r, nil }
	}
	s := newSite(t)
	group := s.engine.Group("/orgs/:org", g.RequireResource("jobs:read", of(rolekit.Facts{ID: "job"})), g.RequireResource("invoices:read", of(&invoice{ID: "outer"})))
	group.GET("/", g.RequireResource("invoices:read", of(&invoice{ID: "inner"})), func(c *gin.Context) {
		if job, inv := middleware.Resource[rolekit.Facts](c), middleware.Resource[*invoice](c); job.ID != "job" || inv.ID != "inner" {
			t.Errorf("%v %v", job, inv)
		}
		s.handle(c)
	})
	s.engine.GET("/none/:org", g.Require("invoices:read"), func(c *gin.Context) {
		defer func() {
			if said := fmt.Sprint(recover()); !strings.Contains(said, "loads a *middleware_test.invoice") {
				t.Errorf("without any it says %s", said)
			}
		}()
		middleware.Resource[*invoice](c)
	})
	for _, path := range []string{"/orgs/tom/", "/none/tom"} {
		if a := s.ask(t, "GET", path, token(t, "tom")); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
