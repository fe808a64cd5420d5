package middleware_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// Each kind of credentials goes to its own authenticator, and to no other.
func TestFirstOf(t *testing.T) {
	w := newWorld(t)
	var keys, others int
	first := must(middleware.FirstOf(
		middleware.Authenticator{
			Takes: func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer rk_") },
			Identify: func(c *gin.Context) (rolekit.Identity, error) {
				keys++
				if c.GetHeader("Authorization") != "Bearer rk_ada" {
					return rolekit.Identity{}, &rolekit.Error{Code: rolekit.CodeUnauthenticated, Message: "there is no such key"}
				}
				return rolekit.Identity{User: "ada", Org: "tom"}, nil
			},
		},
		middleware.Authenticator{
			Takes: func(r *http.Request) bool { return r.Header.Get("Authorization") != "" },
			Identify: func(c *gin.Context) (rolekit.Identity, error) {
				others++
				return must(middleware.JWT(jwtConfig()))(t)(c)
			},
		},
	))(t)
	s := newSite(t).lawn(must(middleware.New(w.kit, middleware.Config{Identify: first}))(t))
	for _, test := range []struct {
		header       string
		status       int
		keys, others int
	}{
		{"Authorization: Bearer rk_ada", 200, 1, 0},
		{"Authorization: Bearer rk_eve", 401, 1, 0},
		{token(t, "ada"), 200, 0, 1},
		{"Authorization: Basic YWRh", 401, 0, 1},
		{"X-Nothing: here", 401, 0, 0},
	} {
		keys, others = 0, 0
		if a := s.ask(t, "GET", "/orgs/tom/invoices", test.header); a.status != test.status || keys != test.keys || others != test.others {
			t.Errorf("%s: %d, asked %d and %d times; want %+v", test.header, a.status, keys, others, test)
		}
	}
}

func TestFirstOfRefusesWhatIsNeverAsked(t *testing.T) {
	some := func(*http.Request) bool { return true }
	nobody := func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{}, nil }
	for name, ways := range map[string][]middleware.Authenticator{
		"none":                      nil,
		"one that cannot identify":  {{Takes: some}},
		"one behind one for all":    {{Identify: nobody}, {Identify: nobody, Takes: some}},
		"a second without identity": {{Identify: nobody, Takes: some}, {}},
	} {
		if _, err := middleware.FirstOf(ways...); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	identify := must(middleware.FirstOf(middleware.Authenticator{Identify: nobody}))(t)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	if who, err := identify(c); err != nil || who.User != "" {
		t.Errorf("%v, %v", who, err)
	}
}
