package services

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// NodeModules returns the folder in which make node has installed Prettier and the
// TypeScript compiler, at the versions of .ci/node/package-lock.json; or
// node_modules of the folder that ROLEKIT_TEST_NODE names. The test is skipped, or
// fails where CI is true, where they are not, or Node itself is not installed.
func NodeModules(t testing.TB) string {
	t.Helper()
	const remedy = "make node installs it, or say in ROLEKIT_TEST_NODE below which folder its node_modules are"
	modules := filepath.Join(cmp.Or(os.Getenv("ROLEKIT_TEST_NODE"), filepath.Join(checkout(t), ".ci", "node")), "node_modules")
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "Node is not installed: "+remedy)
	}
	for _, name := range []string{"prettier", "typescript"} {
		if _, err := os.Stat(filepath.Join(modules, name, "package.json")); err != nil { //nolint:gosec // whoever runs the tests says where
			missing(t, fmt.Sprintf("package %s of npm is not in %s: %s", name, modules, remedy))
		}
	}
	return modules
}

// checkout is the root of this module: go test runs each test in its package's folder.
func checkout(t testing.TB) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		} else if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at {
			t.Fatalf("there is no go.mod above the test's folder: %v", err)
		}
		at = filepath.Dir(at)
	}
}
