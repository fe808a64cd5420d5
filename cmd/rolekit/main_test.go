package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	secret  = "a-secret-that-must-never-be-seen-in-any-log"
	catalog = `
objects:
  invoices: {actions: [read, write]}
roles:
  owner: {label: Owner, grants: ["*:*"]}
  clerk: {label: Clerk, grants: ["invoices:read"]}
creator: owner
`
)

// program is the built binary, the same for all tests.
var program string //nolint:gochecknoglobals // TestMain has no other way to hand it to the tests

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rolekit")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "rolekit")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".") //nolint:gosec,noctx // the path is a temporary one; TestMain has no context
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	return m.Run()
}

// place is an empty folder with a catalog, in which commands run with nothing
// in their environment but what a test puts there.
type place struct {
	t   *testing.T
	dir string
	env []string
}

func newPlace(t *testing.T, env ...string) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), env: env}
	p.write("catalog.yaml", catalog)
	return p
}

func (p *place) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), program, args...) //nolint:gosec // the program was built above
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// outcome is how a command ended.
type outcome struct {
	code           int
	stdout, stderr string
}

func (p *place) run(args ...string) outcome {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := p.command(args...)
	defer time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }).Stop() // should it serve where it should refuse
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok && err != nil || ok && !exit.Exited() {
		p.t.Fatalf("rolekit %s: %v", strings.Join(args, " "), err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// wantNone fails the test when there is such a file.
func (p *place) wantNone(name string) {
	p.t.Helper()
	if _, err := os.Stat(filepath.Join(p.dir, name)); !errors.Is(err, os.ErrNotExist) {
		p.t.Errorf("there is a file %s (%v)", name, err)
	}
}
