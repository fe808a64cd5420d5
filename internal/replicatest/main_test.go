package replicatest_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit/internal/skip"
)

// long makes outages of brokers as long as a real one's.
var long = flag.Bool("long", false, "keep brokers away for a minute") //nolint:gochecknoglobals // a flag

// patience is how long a test waits for what should happen soon. Nothing usual
// comes near it.
const patience = time.Minute

// built is the program, once a test has needed it.
//
//nolint:gochecknoglobals // TestMain removes what all tests share
var built struct {
	sync.Once

	dir, path string
	err       error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.RemoveAll(built.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// program returns the path of rolekit's program.
func program(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "rolekit-program-"); built.err != nil { //nolint:usetesting // it is for all tests
			return
		}
		built.path = filepath.Join(built.dir, "rolekit")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", built.path, "github.com/rolekit/rolekit/cmd/rolekit") //nolint:gosec,noctx // the path is a temporary one; it is for all tests, and none's context
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// heavy skips a test with -short.
func heavy(t testing.TB) {
	t.Helper()
	skip.Short(t, "it starts programs or servers of its own, which takes seconds")
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	if !within(patience, is) {
		t.Fatalf("not within %s: %s", patience, what)
	}
}

// within reports whether something becomes true in time.
func within(most time.Duration, is func() bool) bool {
	for deadline := time.Now().Add(most); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
