package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// transferred is the document of the script export.
func transferred(t *testing.T) (catalog, document string) {
	t.Helper()
	script := string(must(os.ReadFile(filepath.Join("testdata", "script", "export.txtar")))(t))
	part := func(name string) string {
		_, after, _ := strings.Cut(script, "-- "+name+" --\n")
		text, _, ok := strings.Cut(after, "\n-- ")
		if !ok {
			t.Fatalf("the script has no %s", name)
		}
		return text + "\n"
	}
	return part("catalog.yaml"), part("policy.yaml")
}

// TestADocumentGoesAround all databases, one into the next, and stays the same.
func TestADocumentGoesAround(t *testing.T) {
	catalog, document := transferred(t)
	p := newPlace(t, "ROLEKIT_CATALOG=catalog.yaml", "ROLEKIT_MIGRATE=true")
	p.write("catalog.yaml", catalog)
	p.write("policy.yaml", document)
	for _, kind := range append(kinds(), "SQLite") {
		at := newDatabase(t, kind).address
		if got := p.run("import", "policy.yaml", "--apply", "--database", at); got.code != 0 {
			t.Fatalf("%s: %+v", kind, got)
		}
		got := p.run("export", "--database", at)
		if got.code != 0 || got.stdout != document || got.stderr != "" {
			t.Fatalf("%s: %d, %s\n%s", kind, got.code, got.stderr, got.stdout)
		}
		if got := p.run("import", "policy.yaml", "--apply", "--database", at); !strings.HasPrefix(got.stdout, "nothing to do") {
			t.Errorf("%s, a second time: %+v", kind, got)
		}
		p.write("policy.yaml", got.stdout)
	}
}
