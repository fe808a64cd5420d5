package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/api/serving"
	"github.com/rolekit/rolekit/middleware"
)

func TestWhoGetsWhat(t *testing.T) {
	apitest.Run(t, apitest.Target{
		As:      func(r *http.Request, user rolekit.UserID) { r.Header.Set("Test-User", string(user)) },
		Handler: func(t testing.TB, kit *rolekit.Kit) http.Handler { t.Helper(); return engineOf(t, kit) },
	})
}

// The same as an application has it: under a prefix, behind a guard and all that
// serves well.
func TestWhoGetsWhatBehindAGuard(t *testing.T) {
	apitest.Run(t, apitest.Target{
		As: func(r *http.Request, user rolekit.UserID) { r.Header.Set("Test-User", string(user)) },
		Handler: func(t testing.TB, kit *rolekit.Kit) http.Handler {
			t.Helper()
			guard, err := middleware.New(kit, middleware.Config{Identify: func(c *gin.Context) (rolekit.Identity, error) {
				return rolekit.Identity{User: rolekit.UserID(c.GetHeader("Test-User"))}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			before, err := serving.Handlers(serving.Config{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			a, err := api.New(kit, api.Config{})
			if err != nil {
				t.Fatal(err)
			}
			engine := gin.New()
			engine.UseRawPath = true
			engine.Use(before...)
			engine.Use(guard.Identify())
			a.Mount(engine, engine.Group("/iam", guard.DecidesItself()))
			return engine
		},
		Headers: []string{
			"Content-Security-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
		},
		Prefix: "/iam",
	})
}

// engineOf returns an engine with nothing but the API.
func engineOf(t testing.TB, kit *rolekit.Kit) *gin.Engine {
	t.Helper()
	a, err := api.New(kit, api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.NoRoute(api.NotFound)
	a.Mount(engine, engine.Group("/", identify))
	return engine
}

// What the engine serves is in the document, and what is in the document is served.
func TestRoutesAreDocumented(t *testing.T) {
	d, _ := readDocument(t)
	documented := []string{"GET /docs", "GET /openapi.json"}
	for path, methods := range d.Paths {
		for method := range methods {
			documented = append(documented, strings.ToUpper(method)+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
		}
	}
	kit, _ := open(t, settled(t))
	var served []string
	for _, r := range engineOf(t, kit).Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(documented, served); diff != "" || len(served) < 50 {
		t.Errorf("documented (-) and served (+):\n%s", diff)
	}
}

// isProblem checks that an answer is a whole problem document.
func isProblem(t *testing.T, a answer) map[string]any {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("not JSON: %s", a.body)
	}
	code, _ := p["code"].(string)
	detail, _ := p["detail"].(string)
	if code == "" || detail == "" || p["type"] != "urn:rolekit:problem:"+code || p["title"] != http.StatusText(a.status) || p["status"] != float64(a.status) {
		t.Errorf("an incomplete problem: %s", a.body)
	}
	return p
}

func unchanged(t *testing.T, w *world, before string) {
	t.Helper()
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}
