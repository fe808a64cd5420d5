package middleware_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

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
			map[string]any{"any_of": []any{"jobs:write", "invoices:write"}, "roles": []any{"admin", "biller"}})},
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
	if diff := cmp.Diff([]any{"admin", "biller", "clerk", "payer"}, doc["roles"]); diff != "" {
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
