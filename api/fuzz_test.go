package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
)

// Whatever is sent, the answer is a success or a problem, and never that
// something broke.
func FuzzRequests(f *testing.F) {
	for _, s := range apitest.Scenarios() {
		method, path, _ := strings.Cut(s.Request, " ")
		path, _, _ = strings.Cut(path, " ")
		parts := append(strings.Split(strings.TrimPrefix(path, "/v1/orgs/"), "/"), "", "", "")
		f.Add(method, parts[0], parts[1], parts[2], s.Body)
	}
	f.Add("PUT", "tom", "members/a%2Fb/roles", "hand\x00", `{"a":{"a":[{"A":1,"A":{}}]}}`)
	kit, _ := open(f, settled(f))
	a, err := api.New(kit, api.Config{})
	if err != nil {
		f.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseRawPath = true
	engine.NoRoute(api.NotFound)
	engine.Use(identify)
	a.Mount(engine, nil)
	f.Fuzz(func(t *testing.T, method, org, middle, last, body string) {
		u, err := url.ParseRequestURI("/v1/orgs/" + url.PathEscape(org) + "/" + middle + "/" + url.PathEscape(last))
		if err != nil {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://kit", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
		r.Header.Set("Test-User", admin)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		got := answer{w.Code, w.Header(), w.Body.String()}
		if got.status >= 500 {
			t.Errorf("%s %s %q: %d %s", method, u, body, got.status, got.body)
		}
		if got.status >= 400 {
			isProblem(t, got)
		}
	})
}
