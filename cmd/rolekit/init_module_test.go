package main_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rolekit/rolekit/internal/skip"
)

// initialise runs rolekit init in the application's folder; it returns what it printed.
func (a *application) initialise(args ...string) string {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), program, append([]string{"init"}, args...)...) //nolint:gosec // these are the test's own
	cmd.Dir = a.dir
	cmd.Env = a.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		a.t.Fatalf("rolekit init %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// ownHealth begins a test in an application that has a /healthz of its own.
const ownHealth = `package authz_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"example.com/app/authz"
)

func TestOwnRoutes(t *testing.T) {
	db, err := gorm.Open(sqlite.Open(filepath.Join(t.TempDir(), "own.db")), &gorm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	router, secret := gin.New(), []byte("thirty-two bytes for tests alone")
	router.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusTeapot) })
	_, _, _ = fmt.Sprint, strings.ToLower, httptest.NewRecorder // not every test uses them
`

// TestAnApplicationIsInitialised is the first day of docs/development.md in a module that
// has Gin and knows nothing of rolekit: what rolekit init writes builds and passes its
// test, with go get run by it or by hand, and that test fails where roles give more.
func TestAnApplicationIsInitialised(t *testing.T) {
	skip.Short(t, "it builds a module")
	t.Parallel()
	a := newApplication(t)
	// go get looks at modules of which nothing here is built, so that nothing else has fetched them.
	fetch := exec.CommandContext(t.Context(), "go", "mod", "graph")
	fetch.Dir = filepath.Join("..", "..")
	if out, err := fetch.CombinedOutput(); err != nil {
		t.Fatalf("go mod graph: %v\n%s", err, out)
	}
	a.must("mod", "edit", "-droprequire=github.com/rolekit/rolekit", "-droptool=github.com/rolekit/rolekit/cmd/rolekit")
	a.write("main.go", "package main\n\nimport \"github.com/gin-gonic/gin\"\n\nfunc main() { _ = gin.New().Run() }\n")

	out := a.initialise("--dir", "internal/access", "--package", "rights", "--profile", "staff")
	next := regexp.MustCompile(`(?m)^  go (.*)$`).FindAllStringSubmatch(out, -1)
	if len(next) != 2 {
		t.Fatalf("it does not name two commands that come next:\n%s", out)
	}
	if mod := a.read("go.mod"); strings.Contains(mod, "require github.com/rolekit/rolekit") {
		t.Errorf("without --get it changed go.mod:\n%s", mod)
	}
	for _, command := range next {
		a.must(strings.Fields(command[1])...)
	}

	a.must("mod", "edit", "-droprequire=github.com/rolekit/rolekit")
	if out := a.initialise("--get"); !strings.HasSuffix(out, "\nNext:\n\n  go test ./authz\n") {
		t.Errorf("with --get it printed\n%s", out)
	}
	if mod := a.read("go.mod"); !strings.Contains(mod, "github.com/rolekit/rolekit v0.0.0") {
		t.Errorf("go get did not require rolekit:\n%s", mod)
	}
	a.must("build", "./...")
	a.must("vet", "./...")
	a.write(filepath.Join("authz", "routes_test.go"), ownHealth+`
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "/healthz") {
			t.Error(said)
		}
	}()
	_, _, _ = authz.Mount(t.Context(), router, db, secret)
	t.Error("a route has two handlers")
}
`)
	if out := a.must("test", "./..."); !strings.Contains(out, "ok  \texample.com/app/authz") || !strings.Contains(out, "ok  \texample.com/app/internal/access") {
		t.Errorf("go test printed\n%s", out)
	}
	if out, err := exec.CommandContext(t.Context(), "gofmt", "-l", a.dir).CombinedOutput(); err != nil || len(out) > 0 { //nolint:gosec // the folder is the test's own
		t.Errorf("gofmt would change (%v)\n%s", err, out)
	}

	wiring := filepath.Join("authz", "wiring.go") // and now as it says there
	a.write(wiring, strings.Replace(a.read(wiring), `router.Group("", `, `router.Group("/roles", `, 1))
	asks := filepath.Join("authz", "wiring_test.go")
	a.write(asks, strings.ReplaceAll(a.read(asks), "/v1/", "/roles/v1/"))
	a.write(filepath.Join("authz", "routes_test.go"), ownHealth+`
	if _, _, err := authz.Mount(t.Context(), router, db, secret); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/healthz": http.StatusTeapot, "/roles/healthz": http.StatusOK, "/roles/v1/me": http.StatusUnauthorized} {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
`)
	catalog := filepath.Join("authz", "catalog.yaml")
	a.write(catalog, strings.Replace(a.read(catalog), `["documents:read"]`, `["documents:write"]`, 1))
	if out, err := a.run("test", "./authz"); err == nil || strings.Contains(out, "FAIL: TestOwnRoutes") || !strings.Contains(out, `"victor" POST /orgs/acme/documents: 200, and not 403`) {
		t.Errorf("a viewer who writes: %v\n%s", err, out)
	}
}
