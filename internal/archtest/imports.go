// Package archtest checks the walls between rolekit's packages: who may import
// whom, and which functions of Casbin and gorm-adapter nobody calls. The rules,
// each with its reason, are in its tests.
package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Package is what go list tells of a package.
type Package struct {
	ImportPath   string
	Dir          string
	Export       string // file with what the compiler knows of it; only where List was asked to compile
	DepOnly      bool   // not matched itself, only needed by one that is
	GoFiles      []string
	Imports      []string
	Deps         []string // what it imports, what those import, and so on
	TestImports  []string // of files in the package's own name
	XTestImports []string // of files in package foo_test
}

// List runs go list.
func List(ctx context.Context, args ...string) ([]Package, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-json"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	var packages []Package
	for d := json.NewDecoder(&stdout); ; {
		var p Package
		switch err := d.Decode(&p); { //nolint:musttag // the fields are named as go list names them
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("read go list's answer: %w", err)
		}
		packages = append(packages, p)
	}
}

// Ban is a rule that some packages never import others. A pattern is a path, or
// a path with /... that also stands for what is below it.
type Ban struct {
	From   []string // whom it binds
	Except []string // whom of those it does not
	Never  []string // what they do not import
	Deep   bool     // not through other packages either
	Tests  bool     // binds tests too
	Why    string
}

// Broken returns one sentence for each package that breaks the ban.
func (b Ban) Broken(packages []Package) []string {
	var broken []string
	for _, p := range packages {
		if !Matches(b.From, p.ImportPath) || Matches(b.Except, p.ImportPath) {
			continue
		}
		imports := slices.Clone(p.Imports)
		if b.Tests {
			imports = slices.Concat(imports, p.TestImports, p.XTestImports)
		}
		if found := b.forbidden(imports); found != "" {
			broken = append(broken, fmt.Sprintf("%s must not import %s: %s", p.ImportPath, found, b.Why))
			continue
		}
		if found := b.forbidden(p.Deps); b.Deep && found != "" {
			broken = append(broken, fmt.Sprintf("%s must not come to import %s through others: %s", p.ImportPath, found, b.Why))
		}
	}
	return broken
}

// forbidden lists the first of the paths that are; empty where none is.
func (b Ban) forbidden(paths []string) string {
	const most = 3
	found := slices.DeleteFunc(slices.Sorted(slices.Values(paths)), func(path string) bool { return !Matches(b.Never, path) })
	found = slices.Compact(found)
	if more := len(found) - most; more > 0 {
		found = append(found[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(found, ", ")
}

// Matches reports whether one of the patterns, as in [Ban], stands for the path.
func Matches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, path) })
}

func match(pattern, path string) bool {
	above, below := strings.CutSuffix(pattern, "/...")
	return path == above || below && strings.HasPrefix(path, above+"/")
}
