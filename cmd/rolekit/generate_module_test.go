package main_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rolekit/rolekit/internal/skip"
)

// application is a module of somebody else's, which has rolekit from this checkout
// and its command as a tool.
type application struct {
	t   *testing.T
	dir string
}

func newApplication(t *testing.T) *application {
	t.Helper()
	a := &application{t, t.TempDir()}
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err = filepath.EvalSymlinks(checkout)
	if err != nil {
		t.Fatal(err)
	}
	repository := os.DirFS(checkout)
	mod, sum := readFile(t, repository, "go.mod"), readFile(t, repository, "go.sum")
	mod = regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(mod, "module example.com/app")
	a.write("go.mod", mod+`
require github.com/rolekit/rolekit v0.0.0

replace github.com/rolekit/rolekit => `+checkout+`

tool github.com/rolekit/rolekit/cmd/rolekit
`)
	a.write("go.sum", sum)
	return a
}

func readFile(t *testing.T, from fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(from, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (a *application) write(name, text string) {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// run runs the go command, with no way to the network; it returns what it said.
func (a *application) run(args ...string) (string, error) {
	cmd := exec.CommandContext(a.t.Context(), "go", args...) //nolint:gosec // these are the test's own
	cmd.Dir = a.dir
	cmd.Env = a.environment()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (a *application) environment() []string {
	return append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
}

func (a *application) read(name string) string {
	a.t.Helper()
	return readFile(a.t, os.DirFS(a.dir), filepath.ToSlash(name))
}

func (a *application) must(args ...string) string {
	a.t.Helper()
	out, err := a.run(args...)
	if err != nil {
		a.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// TestAnApplicationGeneratesItsNames is docs/development.md as an application does
// it: go generate runs the tool of the module, the routes take the names as they
// are, and a name that is misspelt, or of another kind, does not compile.
func TestAnApplicationGeneratesItsNames(t *testing.T) {
	skip.Short(t, "it builds a module")
	t.Parallel()
	a := newApplication(t)
	a.write("catalog.yaml", "objects: {invoices: {actions: [read, write]}}\nprofiles: {staff: {}, client: {}}\n"+
		"roles: {clerk: {profile: staff, grants: [\"invoices:write\"]}}\n")
	app := func(permission, role, profile string) {
		a.write("app.go", `package app

import (
	"context"

	"github.com/gin-gonic/gin"

	"example.com/app/perm"
	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

//go:generate go tool rolekit generate go --catalog catalog.yaml --output perm/perm.go

// Routes asks for a permission, and hires whoever has it.
func Routes(ctx context.Context, router gin.IRouter, guard *middleware.Guard, kit *rolekit.Kit) error {
	router.GET("/orgs/:org/invoices", guard.Require(perm.`+permission+`))
	if is, err := kit.Is(ctx, rolekit.Identity{User: "ada", Org: "toms"}, perm.`+profile+`); err != nil || !is {
		return err
	}
	return kit.Manager().As(rolekit.System("app")).Assign(ctx, "toms", "ada", perm.`+role+`)
}
`)
	}
	app("InvoicesRead", "RoleClerk", "ProfileStaff")
	if out := a.must("generate", "./..."); !strings.HasSuffix(out, "perm/perm.go: written\n") {
		t.Errorf("go generate said %q", out)
	}
	a.must("build", "./...")
	if out := a.must("tool", "rolekit", "generate", "go", "--catalog", "catalog.yaml", "--output", "perm/perm.go", "--check"); out != "perm/perm.go: up to date\n" {
		t.Errorf("go tool said %q", out)
	}
	odd := filepath.Join("..", "..", "internal", "generate", "testdata", "odd.yaml")
	a.write("odd.yaml", readFile(t, os.DirFS(filepath.Dir(odd)), filepath.Base(odd)))
	a.must("tool", "rolekit", "generate", "go", "--catalog", "odd.yaml", "--package", "odd", "--output", "odd/odd.go")
	a.must("vet", "./...")
	for _, wrong := range []struct{ permission, role, profile, says string }{
		{"InvoicesRaed", "RoleClerk", "ProfileStaff", "undefined: perm.InvoicesRaed"},
		{"InvoicesRead", "RoleClark", "ProfileStaff", "undefined: perm.RoleClark"},
		{"InvoicesRead", "RoleClerk", "ProfileStuff", "undefined: perm.ProfileStuff"},
		{"RoleClerk", "RoleClerk", "ProfileStaff", "cannot use perm.RoleClerk"},
		{"InvoicesRead", "ProfileStaff", "ProfileStaff", "cannot use perm.ProfileStaff"},
		{"InvoicesRead", "RoleClerk", "InvoicesRead", "cannot use perm.InvoicesRead"},
	} {
		app(wrong.permission, wrong.role, wrong.profile)
		if out, err := a.run("build", "./..."); err == nil || !strings.Contains(out, wrong.says) {
			t.Errorf("%+v: %v, %s", wrong, err, out)
		}
	}
}
