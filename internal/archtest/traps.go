package archtest

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Trap is functions and methods that nobody calls, whatever the type they
// belong to.
type Trap struct {
	Package string // that declares them; a pattern as in [Ban]
	Names   []string
	Why     string
}

// Caller finds uses of traps by what the compiler knows of every package, so
// that another type's method of the same name is none.
type Caller struct {
	fset     *token.FileSet
	importer types.Importer
}

// NewCaller takes the packages that will be looked at and all that they import,
// as List("-export", "-deps", …) returns them.
func NewCaller(packages []Package) *Caller {
	exports := map[string]string{}
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	return &Caller{fset, importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s was not compiled", path)
		}
		return os.Open(exports[path])
	})}
}

// Functions returns the names of a package's exported functions and methods.
func (c *Caller) Functions(path string) (map[string]bool, error) {
	p, err := c.importer.Import(path)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	names := map[string]bool{}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if _, ok := object.(*types.Func); ok {
			names[name] = true
			continue
		}
		methods := types.NewMethodSet(types.NewPointer(object.Type()))
		for method := range methods.Methods() {
			names[method.Obj().Name()] = true
		}
	}
	return names, nil
}

// Package returns one sentence for each place in a package, without its tests,
// that uses a trap.
func (c *Caller) Package(p Package, traps []Trap) ([]string, error) {
	sources := map[string][]byte{}
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read a source: %w", err)
		}
		sources[path] = src
	}
	return c.Sources(p.ImportPath, sources, traps)
}

// Sources does what Package does for a package that is given as text.
func (c *Caller) Sources(path string, sources map[string][]byte, traps []Trap) ([]string, error) {
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		file, err := parser.ParseFile(c.fset, name, sources[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse: %w", err)
		}
		files = append(files, file)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: c.importer}
	if _, err := config.Check(path, c.fset, files, &info); err != nil {
		return nil, fmt.Errorf("check types: %w", err)
	}
	var found []string
	for ident, object := range info.Uses {
		if _, ok := object.(*types.Func); !ok || object.Pkg() == nil {
			continue
		}
		for _, t := range traps {
			if match(t.Package, object.Pkg().Path()) && slices.Contains(t.Names, object.Name()) {
				found = append(found, fmt.Sprintf("%s: %s.%s: %s", c.fset.Position(ident.Pos()), object.Pkg().Name(), object.Name(), t.Why))
			}
		}
	}
	slices.Sort(found)
	return found, nil
}
