package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/starter"
)

const ginPath = "github.com/gin-gonic/gin"

// place is where a package goes.
type place struct {
	folder     string // of the package
	importPath string
	module     string // the folder of its go.mod
}

// findPlace finds the place of a package, which must be one that the go command
// looks at, within a module that has Go files and requires Gin.
func findPlace(dir string) (place, error) {
	if dir == "" {
		return place{}, usagef("--dir is empty; name a folder for the package")
	}
	folder, err := filepath.Abs(dir)
	if err != nil {
		return place{}, err
	}
	root, err := moduleOf(folder)
	if err != nil {
		return place{}, err
	}
	file := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(file) //nolint:gosec // it is the go.mod of where the caller is
	if err != nil {
		return place{}, fmt.Errorf("go.mod cannot be read: %w", err)
	}
	mod, err := modfile.ParseLax(file, text, nil)
	if err != nil {
		return place{}, usagef("go.mod cannot be used: %w", err)
	}
	if mod.Module == nil {
		return place{}, usagef("%s names no module; go mod edit -module example.com/app gives it a name", file)
	}
	if !slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == ginPath }) {
		return place{}, usagef("%s does not require %s, and what is written is for applications that use it; go get %[2]s adds it", file, ginPath)
	}
	below, err := filepath.Rel(root, folder)
	if err != nil {
		return place{}, err
	}
	below = filepath.ToSlash(below)
	importPath := path.Join(mod.Module.Mod.Path, below)
	if err := checkFolder(dir, below, importPath); err != nil {
		return place{}, err
	}
	if has, err := hasGo(root); err != nil {
		return place{}, err
	} else if !has {
		return place{}, usagef("the module in %s has no Go files, and rolekit init adds to an application that is there; write its main.go first", root)
	}
	return place{folder: folder, importPath: importPath, module: root}, nil
}

// command is a command line of go for the package, to be typed where rolekit runs: a
// path from there is one of the package's module only where that is the same.
func (p place) command(dir, verb string) string {
	if below, ok := p.below(); ok {
		return "go " + verb + " ./" + below
	}
	return fmt.Sprintf("go -C %s %s .", dir, verb)
}

// below is the package's folder as a path from where rolekit runs, if that is in the
// same module and above it.
func (p place) below() (string, bool) {
	here, err := filepath.Abs(".")
	if err != nil {
		return "", false
	}
	root, err := moduleOf(here)
	if err != nil || root != p.module {
		return "", false
	}
	below, err := filepath.Rel(here, p.folder)
	return filepath.ToSlash(below), err == nil && filepath.IsLocal(below)
}

// vendor is the command line that copies what go get adds beside what the module keeps
// copies of, without which the go command refuses to go on; none where it keeps none.
func (p place) vendor(dir string) []string {
	if _, err := os.Stat(filepath.Join(p.module, "vendor", "modules.txt")); err != nil {
		return nil
	}
	if _, ok := p.below(); ok {
		return []string{"go mod vendor"}
	}
	return []string{"go -C " + dir + " mod vendor"}
}

// moduleOf is the nearest folder with a go.mod, from this one upward.
func moduleOf(folder string) (string, error) {
	for at := folder; ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && info.Mode().IsRegular() {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", usagef("there is no go.mod in %s or above it; go to the folder of your application's module, or make one with go mod init", folder)
		}
	}
}

// checkFolder refuses folders that the go command leaves out or cannot import.
func checkFolder(dir, below, importPath string) error {
	for name := range strings.SplitSeq(below, "/") {
		hidden := name != "." && strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
		if hidden || name == "testdata" || name == "vendor" {
			return usagef("--dir %q: the go command does not look into %q; name another folder", dir, name)
		}
	}
	if err := module.CheckImportPath(importPath); err != nil {
		return usagef("--dir %q: it cannot be imported: %w; name another folder", dir, err)
	}
	return nil
}

// hasGo reports whether a module has Go files, apart from those of others that
// are kept in it.
func hasGo(root string) (bool, error) {
	var found bool
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && at != root:
			name := entry.Name()
			_, err := os.Stat(filepath.Join(at, "go.mod"))
			if err == nil || name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return fs.SkipDir
			}
		case entry.Type().IsRegular() && filepath.Ext(at) == ".go":
			found = true
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("the application's files cannot be listed: %w", err)
	}
	return found, nil
}

// isFree refuses a folder that has one of the files, or Go files: two packages
// cannot be in one folder, and names of one package can clash.
func (p place) isFree(dir string, files []starter.File) error {
	entries, err := os.ReadDir(p.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usagef("--dir %q cannot be used: %w; name another folder", dir, err)
	}
	var there []string
	for _, entry := range entries {
		name := entry.Name()
		ours := slices.ContainsFunc(files, func(f starter.File) bool { return f.Name == name })
		if ours || filepath.Ext(name) == ".go" {
			there = append(there, filepath.Join(dir, name))
		}
	}
	if len(there) == 0 {
		return nil
	}
	return usagef("nothing is written, because there is %s already; name another folder with --dir", strings.Join(there, ", "))
}
