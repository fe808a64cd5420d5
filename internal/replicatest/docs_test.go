package replicatest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsNameTestsThatAre: what docs/operations.md says of faults, it says by the
// tests that show it.
func TestDocsNameTestsThatAre(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "docs/operations.md"))
	good(t, err)
	_, section, found := strings.Cut(string(text), "\n## When things break\n")
	if !found {
		t.Fatal("docs/operations.md has no section on what breaks")
	}
	var tests strings.Builder
	good(t, fs.WalkDir(os.DirFS(root), ".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var src []byte
			if src, err = os.ReadFile(filepath.Join(root, path)); err == nil { //nolint:gosec // it is of this very repository
				tests.Write(src)
			}
		}
		return err
	}))
	named := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(section, -1)
	if len(named) == 0 {
		t.Error("it names no test")
	}
	for _, name := range named {
		if !strings.Contains(tests.String(), "\nfunc "+name[1]+"(t *testing.T) {\n") {
			t.Errorf("it names %s, which is no test", name[1])
		}
	}
}
