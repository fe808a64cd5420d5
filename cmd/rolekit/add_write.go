package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/internal/generate"
)

// draftFile is a file as it is and as it is to be.
type draftFile struct {
	path     string
	was, now []byte
}

// write writes the catalog and what is generated from it: all of it, or none.
func (f *addFlags) write(cmd *cobra.Command, e *catalogEdit, made []draftFile) error {
	files := []draftFile{{e.path, []byte(e.was), []byte(e.file.Text)}}
	if f.generate {
		files = append(files, made...)
	}
	if err := writeAll(files); err != nil {
		return err
	}
	for i, file := range files {
		name := e.name
		if i > 0 {
			name = file.path
		}
		if err := say(cmd, "%s: written\n", screen.Safe(name)); err != nil {
			return err
		}
	}
	if f.generate || f.noGenerate {
		return nil
	}
	for _, path := range stalePaths(made) {
		if err := say(cmd, "%s: stale now; rolekit generate makes it again\n", screen.Safe(path)); err != nil {
			return err
		}
	}
	return nil
}

// stalePaths are those of files that are not as they are to be.
func stalePaths(files []draftFile) []string {
	var paths []string
	for _, file := range files {
		if !bytes.Equal(file.was, file.now) {
			paths = append(paths, file.path)
		}
	}
	return paths
}

// writeAll writes files, unless one has changed since it was read. Where one cannot
// be written, those before it are put back.
func writeAll(files []draftFile) error {
	for _, file := range files {
		is, err := os.ReadFile(file.path)
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", file.path, err)
		}
		if !bytes.Equal(is, file.was) {
			return fmt.Errorf("%s was changed meanwhile, and is left as it is; try again", file.path)
		}
	}
	for i, file := range files {
		err := writeFile(file.path, file.now)
		if err == nil {
			continue
		}
		for _, done := range files[:i] {
			err = errors.Join(err, writeFile(done.path, done.was))
		}
		return err
	}
	return nil
}

// generatedFrom returns the files in a catalog's folder and below that were generated
// from it, with what they are to be. Folders that have a catalog of that name
// themselves have files of their own; what is hidden or others' is left out.
func generatedFrom(catalog string, c *rolekit.Catalog) ([]draftFile, error) {
	root, source := filepath.Dir(catalog), filepath.Base(catalog)
	var found []draftFile
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && !ownFolder(path, source) {
				return filepath.SkipDir
			}
			return nil
		}
		text, ok := generatedText(path, entry, source)
		if !ok {
			return nil
		}
		now, err := generated(path, text, c, source)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		found = append(found, draftFile{path, text, now})
		return nil
	})
	return found, err
}

// ownFolder reports whether what is in a folder can belong to a catalog above it.
func ownFolder(path, source string) bool {
	name := filepath.Base(path)
	if strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor" || name == "testdata" {
		return false
	}
	_, err := os.Lstat(filepath.Join(path, source))
	return errors.Is(err, fs.ErrNotExist)
}

// generatedText is the text of a file that rolekit generated from a source.
func generatedText(path string, entry fs.DirEntry, source string) ([]byte, bool) {
	if ext := filepath.Ext(path); !entry.Type().IsRegular() || ext != ".go" && ext != ".ts" {
		return nil, false
	}
	text, err := os.ReadFile(path) //nolint:gosec // found below the catalog's folder
	if err != nil {
		return nil, false // what cannot be read is nothing that could be made again
	}
	return text, bytes.Contains(firstLine(text), []byte(generate.Header+source+";"))
}

// packageClause is where a Go file says which package it is of.
var packageClause = regexp.MustCompile(`(?m)^package (\w+)`)

func generated(path string, text []byte, c *rolekit.Catalog, source string) ([]byte, error) {
	if filepath.Ext(path) == ".ts" {
		return generate.TypeScript(c, source), nil
	}
	var name string
	if clause := packageClause.FindSubmatch(text); clause != nil {
		name = string(clause[1])
	}
	return generate.Go(c, generate.GoOptions{Package: name, Source: source})
}
