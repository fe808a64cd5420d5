package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit/middleware"
)

// Which organisation is asked about. In tom, ada is a clerk; in jack, jack is
// the admin. Claims are the issuer's word about what a request is for, never
// about what its user may do.
func TestOrgSources(t *testing.T) {
	w := newWorld(t)
	path, header, claim := middleware.OrgFromPath("org"), middleware.OrgFromHeader("X-Org"), middleware.OrgFromClaim("org")
	sources := func(s ...middleware.OrgSource) []middleware.OrgSource { return s }
	for name, tc := range map[string]struct {
		org    []middleware.OrgSource
		path   string
		claim  any
		header []string
		want   int
	}{
		"path":                              {nil, "/orgs/tom/invoices", nil, nil, 200},
		"path, header not asked for":        {nil, "/orgs/tom/invoices", nil, []string{"jack"}, 200},
		"header":                            {sources(header), "/invoices", nil, []string{"tom"}, 200},
		"header of another":                 {sources(header), "/invoices", nil, []string{"jack"}, 403},
		"header that is malformed":          {sources(header), "/invoices", nil, []string{"../tom"}, 422},
		"no header":                         {sources(header), "/invoices", nil, nil, 422},
		"empty header":                      {sources(header), "/invoices", nil, []string{""}, 422},
		"two headers that agree":            {sources(header), "/invoices", nil, []string{"tom", "tom"}, 200},
		"two headers":                       {sources(header), "/invoices", nil, []string{"tom", "jack"}, 422},
		"claim":                             {sources(claim), "/invoices", "tom", nil, 200},
		"claim of another":                  {sources(claim), "/invoices", "jack", nil, 403},
		"claim that is malformed":           {sources(claim), "/invoices", "Tom", nil, 422},
		"claim that is a list":              {sources(claim), "/invoices", []string{"tom"}, nil, 401},
		"claim that is everything":          {sources(claim), "/invoices", "*", nil, 422},
		"no claim":                          {sources(claim), "/invoices", nil, nil, 422},
		"path before claim":                 {sources(path, claim), "/orgs/jack/invoices", "tom", nil, 403},
		"path before claim, in any order":   {sources(claim, path), "/orgs/jack/invoices", "tom", nil, 403},
		"claim where there is no path":      {sources(path, claim), "/invoices", "tom", nil, 200},
		"path and header agree":             {sources(path, header), "/orgs/tom/invoices", nil, []string{"tom"}, 200},
		"header must not outvote path":      {sources(header, path), "/orgs/jack/invoices", nil, []string{"tom"}, 422},
		"path must not outvote header":      {sources(path, header), "/orgs/tom/invoices", nil, []string{"jack"}, 422},
		"header before claim":               {sources(claim, header), "/invoices", "jack", []string{"tom"}, 200},
		"first claim of several":            {sources(middleware.OrgFromClaim("nosuch"), claim), "/invoices", "tom", nil, 200},
		"no claim makes a grant in another": {sources(path, claim), "/orgs/jack/invoices", "jack", nil, 403},
	} {
		t.Run(name, func(t *testing.T) {
			config := jwtConfig()
			config.Org = tc.org
			s := newSite(t).lawn(guard(t, w.kit, config))
			headers := []string{bearer(sign(t, jwt.SigningMethodHS256, secret(), claims("ada", "org", tc.claim)))}
			for _, h := range tc.header {
				headers = append(headers, "X-Org: "+h)
			}
			a := s.ask(t, "GET", tc.path, headers...)
			if tc.want != http.StatusOK {
				s.refused(t, a, tc.want)
			} else if a.status != tc.want {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestProfileSources(t *testing.T) {
	w := newWorld(t)
	config := jwtConfig()
	config.ProfileHeader, config.ProfileClaim = "X-As", "as"
	s := newSite(t).lawn(guard(t, w.kit, config))
	for name, tc := range map[string]struct {
		claim  any
		header string
		want   int
	}{
		"neither":              {nil, "", 422},
		"claim":                {"worker", "", 200},
		"header":               {nil, "worker", 200},
		"header before claim":  {"owner", "worker", 200},
		"other header":         {"worker", "owner", 403},
		"claim of a bad type":  {7, "", 401},
		"claim that is no one": {"nosuch", "", 422},
	} {
		tok := bearer(sign(t, jwt.SigningMethodHS256, secret(), claims("cy", "as", tc.claim)))
		if a := s.ask(t, "GET", "/orgs/tom/jobs", tok, "X-As: "+tc.header, "X-Profile: owner"); a.status != tc.want {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tc.want, a.body)
		}
	}
}

// Everything that one organisation's admin may do, asked of the other's: every
// route, every way to name it.
func TestIsolation(t *testing.T) {
	w := newWorld(t)
	config := jwtConfig()
	config.Org = []middleware.OrgSource{middleware.OrgFromPath("org"), middleware.OrgFromHeader("X-Org"), middleware.OrgFromClaim("org")}
	for _, tc := range []struct{ user, own, other string }{{"tom", "tom", "jack"}, {"jack", "jack", "tom"}} {
		for _, route := range []string{"GET /orgs/:org/invoices", "POST /orgs/:org/invoices", "GET /orgs/:org/jobs", "GET /orgs/:org/any", "GET /orgs/:org/all"} {
			for _, claim := range []any{nil, tc.own, tc.other} {
				s := newSite(t).lawn(guard(t, w.kit, config))
				tok := bearer(sign(t, jwt.SigningMethodHS256, secret(), claims(tc.user, "org", claim)))
				method, path, _ := strings.Cut(route, " ")
				s.refused(t, s.ask(t, method, strings.Replace(path, ":org", tc.other, 1), tok), 403)
				s.refused(t, s.ask(t, method, strings.Replace(path, ":org", tc.other, 1), tok, "X-Org: "+tc.own), 422)
				if a := s.ask(t, method, strings.Replace(path, ":org", tc.own, 1), tok); a.status != 200 {
					t.Errorf("%s of %s: %d %s", route, tc.user, a.status, a.body)
				}
			}
		}
	}
}
