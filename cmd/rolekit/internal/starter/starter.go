// Package starter is what rolekit init gives a Gin application to begin with: a
// catalog, the wiring, and a test of both.
package starter

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"go/token"
	"path"
	"strings"
	"text/template"

	"github.com/rolekit/rolekit"
)

//go:embed templates
var templates embed.FS

// Options are what the files depend on.
type Options struct {
	ImportPath string            // of the package, which its test imports
	Package    string            // its name
	Profile    rolekit.ProfileID // of the roles; empty where there is one kind of user
}

// File is one of them.
type File struct {
	Name string // within the package's folder
	Text []byte
}

// Files returns the files, Go as gofmt writes it. The error is of
// [rolekit.CodeInvalid]: the package's or the profile's name is none.
func Files(o Options) ([]File, error) {
	if err := checkPackage(o.Package); err != nil {
		return nil, err
	}
	if o.Profile != "" {
		if err := o.Profile.Validate(); err != nil {
			return nil, err
		}
	}
	all, err := template.ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	var files []File
	for _, name := range []string{"catalog.yaml", "wiring.go", "wiring_test.go"} {
		var text bytes.Buffer
		if err := all.ExecuteTemplate(&text, name+".tmpl", o); err != nil {
			return nil, err
		}
		file := File{Name: name, Text: text.Bytes()}
		if path.Ext(name) == ".go" {
			if file.Text, err = format.Source(file.Text); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		files = append(files, file)
	}
	if _, err := rolekit.ParseCatalog(files[0].Name, files[0].Text); err != nil {
		return nil, err
	}
	return files, nil
}

// checkPackage refuses names that the compiler takes for something else: a program
// that lacks its function main, or the tests of another package.
func checkPackage(name string) error {
	if token.IsIdentifier(name) && name != "_" && name != "main" && !strings.HasSuffix(name, "_test") {
		return nil
	}
	return &rolekit.Error{
		Code: rolekit.CodeInvalid, Message: fmt.Sprintf("%q is no name for a Go package that others import", name),
		Hint: "name one with --package: lower-case letters and digits, starting with a letter, and not main",
	}
}
