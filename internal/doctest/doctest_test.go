package doctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/doctest"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blocks(t *testing.T, path, language string) []doctest.Block {
	t.Helper()
	all, err := doctest.Blocks(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(b doctest.Block) bool { return b.Language != language })
}

// What the README tells people to copy is what the example runs.
func TestReadmeShowsTheExample(t *testing.T) {
	want, err := doctest.Marked(read(t, "example_test.go"), "README")
	if err != nil {
		t.Fatal(err)
	}
	shown := blocks(t, "README.md", "go")
	if len(shown) != 1 {
		t.Fatalf("README.md has %d Go blocks, want 1", len(shown))
	}
	if diff := cmp.Diff(want, shown[0].Text); diff != "" {
		t.Errorf("README.md:%d is not what example_test.go runs (-example +README):\n%s", shown[0].Line, diff)
	}
}

// And docs/watchers.md shows the watchers' examples, which compile.
func TestWatchersShowTheExamples(t *testing.T) {
	var want, shown []string
	for _, path := range []string{"watcher/postgres", "watcher/redis", "watcher/nats", "watcher"} {
		text, err := doctest.Marked(read(t, path+"/example_test.go"), "docs")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, text)
	}
	for _, b := range blocks(t, "docs/watchers.md", "go") {
		shown = append(shown, b.Text)
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("docs/watchers.md is not what the examples are (-examples +docs):\n%s", diff)
	}
}

// And docs/serving.md shows how an application takes what stands before its handlers.
func TestServingShowsTheExample(t *testing.T) {
	want, err := doctest.Marked(read(t, "api/serving/example_test.go"), "docs")
	if err != nil {
		t.Fatal(err)
	}
	shown := blocks(t, "docs/serving.md", "go")
	if len(shown) != 1 {
		t.Fatalf("docs/serving.md has %d Go blocks, want 1", len(shown))
	}
	if diff := cmp.Diff(want, shown[0].Text); diff != "" {
		t.Errorf("docs/serving.md:%d is not api/serving/example_test.go (-example +docs):\n%s", shown[0].Line, diff)
	}
}

// And docs/operations.md shows the import that is tested.
func TestOperationsShowTheImport(t *testing.T) {
	for language, file := range map[string]string{"csv": "policy.csv", "yaml": "names.yaml", "text": "plan.txt"} {
		shown := blocks(t, "docs/operations.md", language)
		if len(shown) != 1 {
			t.Fatalf("docs/operations.md has %d %s blocks, want 1", len(shown), language)
		}
		if diff := cmp.Diff(read(t, "cmd/rolekit/testdata/import/"+file), shown[0].Text); diff != "" {
			t.Errorf("docs/operations.md:%d is not %s (-tested +shown):\n%s", shown[0].Line, file, diff)
		}
	}
}

// And the README's day of a developer is one that a script of the command runs.
func TestReadmeShowsTheDay(t *testing.T) {
	script, err := doctest.Marked(read(t, "cmd/rolekit/testdata/script/day.txtar"), "README")
	if err != nil {
		t.Fatal(err)
	}
	var run, shown []string
	for _, m := range regexp.MustCompile(`(?m)^code \d (rolekit .*)$`).FindAllStringSubmatch(script, -1) {
		run = append(run, m[1])
	}
	for _, b := range blocks(t, "README.md", "sh") {
		for _, m := range regexp.MustCompile(`(?m)^(rolekit .*?) *(?:#.*)?$`).FindAllStringSubmatch(b.Text, -1) {
			shown = append(shown, m[1])
		}
	}
	if diff := cmp.Diff(run, shown); diff != "" || len(run) == 0 {
		t.Errorf("README.md shows other commands than day.txtar runs (-run +shown):\n%s", diff)
	}
}

func TestReadmeCatalogsAreValid(t *testing.T) {
	whole := 0
	for _, path := range []string{"README.md", "docs/catalog.md"} {
		for _, b := range blocks(t, path, "yaml") {
			if !strings.Contains(b.Text, "objects:") {
				continue // a part, to show a detail
			}
			whole++
			if _, err := rolekit.ParseCatalog(path, []byte(b.Text)); err != nil {
				t.Errorf("the catalog at %s:%d: %v", path, b.Line, err)
			}
		}
	}
	if whole == 0 {
		t.Error("no catalog was found")
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	checked := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, target := range doctest.Links(string(text)) {
			checked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked == 0 {
		t.Error("no link was found")
	}
}

// Every target that the documentation names is one that make has.
func TestMakeTargetsExist(t *testing.T) {
	makefile := read(t, "Makefile")
	for _, path := range []string{"README.md", "CONTRIBUTING.md", ".ci/run"} {
		named := doctest.MakeTargets(read(t, path))
		if len(named) == 0 {
			t.Errorf("%s names no target", path)
		}
		for _, target := range named {
			if !strings.Contains(makefile, "\n"+target+":") {
				t.Errorf("%s names make %s, which the Makefile does not have", path, target)
			}
		}
	}
}

// ADR 6 has a line for each direct dependency, and none for what is gone.
func TestDependenciesHaveAReason(t *testing.T) {
	adr := read(t, "docs/adr/0006-modules.md")
	var required []string
	for line := range strings.Lines(read(t, "go.mod")) {
		path, version, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "require ")), " ")
		if !ok || !strings.HasPrefix(version, "v") {
			continue
		}
		name := "`" + strings.TrimPrefix(path, "github.com/") + "`"
		required = append(required, name)
		if !strings.Contains(version, "// indirect") && !strings.Contains(adr, "\n| "+name) {
			t.Errorf("go.mod requires %s, and docs/adr/0006-modules.md does not say why", path)
		}
	}
	for line := range strings.Lines(adr) {
		name, row := strings.CutPrefix(line, "| `")
		if name, _, _ = strings.Cut(name, "`"); row && !slices.Contains(required, "`"+name+"`") {
			t.Errorf("docs/adr/0006-modules.md speaks of %s, which go.mod does not require", name)
		}
	}
}

func TestMarked(t *testing.T) {
	got, err := doctest.Marked("func f() {\n\t// X:begin\n\ta()\n\tif b {\n\t\tc()\n\t}\n\n\t// X:end\n}\n", "X")
	if err != nil || got != "a()\nif b {\n\tc()\n}\n\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := doctest.Marked("// X:begin\n", "X"); err == nil {
		t.Error("an open mark was not noticed")
	}
}

func TestBlocks(t *testing.T) {
	got, err := doctest.Blocks("a\n```go\nb\n\nc\n```\n```\nd\n```\n")
	want := []doctest.Block{{Language: "go", Text: "b\n\nc\n", Line: 3}, {Text: "d\n", Line: 8}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := doctest.Blocks("```go\n"); err == nil {
		t.Error("an open block was not noticed")
	}
}

func TestLinks(t *testing.T) {
	got := doctest.Links("[a](b.md) [c](d.md#e) [f](#g) ![h](i.png) [j](https://k.example)")
	if diff := cmp.Diff([]string{"b.md", "d.md", "i.png"}, got); diff != "" {
		t.Error(diff)
	}
}
