package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// transferred is the document of a script.
func transferred(t *testing.T, script string) (catalog, document string) {
	t.Helper()
	script = string(must(os.ReadFile(filepath.Join("testdata", "script", script)))(t)) //nolint:gosec // a script of ours
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

// TestADocumentGoesAround all databases, one into the next, and stays the same; and where
// it says which catalog was applied last, to apply that finds nothing to do.
func TestADocumentGoesAround(t *testing.T) {
	for script, waits := range map[string]string{"export.txtar": "nothing waits to be reviewed\n", "export-waiting.txtar": "PERMISSION    ROLES  ORGANISATIONS\nnews:archive  2      2\n"} {
		catalog, document := transferred(t, script)
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
			p.write("policy.yaml", got.stdout)
			if got := p.run("import", "policy.yaml", "--apply", "--database", at); !strings.HasPrefix(got.stdout, "nothing to do") {
				t.Errorf("%s, a second time: %+v", kind, got)
			}
			if got := p.run("review", "--database", at); got.stdout != waits {
				t.Errorf("%s: what waits: %+v", kind, got)
			}
			if got := p.run("plan", "--database", at); strings.Contains(document, "catalog:") && (got.code != 0 || !strings.HasSuffix(got.stdout, "\nnothing to do\n")) {
				t.Errorf("%s: the plan: %+v", kind, got)
			}
		}
	}
}
