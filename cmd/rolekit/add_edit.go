package main

import (
	"os"
	"path/filepath"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/yamlinsert"
)

// catalogEdit is a catalog that is being added to, in memory.
type catalogEdit struct {
	name, path string // as it was called, and where it is
	was        string
	before     *rolekit.Catalog
	file       yamlinsert.File
}

// catalogSections is the order in which docs/catalog.md has a catalog's keys.
func catalogSections() []string {
	return []string{"actions", "profiles", "objects", "permissions", "access", "baseline", "roles", "creator"}
}

// edit reads the catalog.
func (c *catalogFlag) edit() (*catalogEdit, error) {
	before, err := c.read()
	if err != nil {
		return nil, err
	}
	path, err := filepath.EvalSymlinks(string(*c)) // what a link names is written, and not the link
	if err != nil {
		return nil, usagef("the catalog cannot be read: %w", err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("the catalog cannot be read: %w", err)
	}
	return &catalogEdit{
		name: string(*c), path: path, was: string(src), before: before,
		file: yamlinsert.File{Text: string(src), Sections: catalogSections()},
	}, nil
}

// parse reads the catalog as it would be.
func (e *catalogEdit) parse() (*rolekit.Catalog, error) {
	catalog, err := rolekit.ParseCatalog(e.name, []byte(e.file.Text))
	if err != nil {
		return nil, wrongCatalogError{err}
	}
	return catalog, nil
}

// wrongCatalogError is why a catalog would be wrong.
type wrongCatalogError struct{ error }

func (e wrongCatalogError) Error() string {
	return "the catalog would be wrong, and is left as it is:\n" + e.error.Error()
}

func (e wrongCatalogError) Unwrap() error { return e.error }

// tried is the catalog as it would be with something added, which is not.
func (e *catalogEdit) tried(what adder) (*rolekit.Catalog, error) {
	draft := *e
	if err := what.apply(&draft); err != nil {
		return nil, err
	}
	return draft.parse()
}

// wrong says which file an insertion could not be made in.
func (e *catalogEdit) wrong(err error) error {
	if err == nil {
		return nil
	}
	return usagef("%s: %w", e.name, err)
}

// actions are those that the catalog has, by their ids.
func (e *catalogEdit) actions() []string {
	return named(e.before.Actions(), func(a rolekit.ActionInfo) string { return string(a.ID) })
}
