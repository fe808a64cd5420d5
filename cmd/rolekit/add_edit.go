package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
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
		return nil, fmt.Errorf("the catalog would be wrong, and is left as it is:\n%w", err)
	}
	return catalog, nil
}

// wrong says which file an insertion could not be made in.
func (e *catalogEdit) wrong(err error) error {
	if err == nil {
		return nil
	}
	return usagef("%s: %w", e.name, err)
}

func (e *catalogEdit) actions() []string {
	return named(e.before.Actions(), func(a rolekit.ActionInfo) string { return string(a.ID) })
}

// run adds to the catalog, shows what changes, and writes it where that is wanted.
func (f *addFlags) run(cmd *cobra.Command, prepare func(*cobra.Command, *catalogEdit) error, apply func(*catalogEdit) error) error {
	if f.generate && f.noGenerate {
		return usagef("both --%s and --%s are set; choose one", generateFlag, noGenerateFlag)
	}
	e, err := f.catalog.edit()
	if err != nil {
		return err
	}
	if err := prepare(cmd, e); err != nil {
		return err
	}
	if err := apply(e); err != nil {
		return err
	}
	after, err := e.parse()
	if err != nil {
		return err
	}
	made, err := generatedFrom(e.path, after)
	if err != nil {
		return err
	}
	if f.generate && len(made) == 0 {
		return usagef("--%s: no file in %s or below was generated from %s; rolekit generate makes one",
			generateFlag, filepath.Dir(e.name), filepath.Base(e.path))
	}
	if err := e.show(cmd, after); err != nil {
		return err
	}
	if !f.yes {
		return pendingError(e.name + " is as it was; --yes writes this")
	}
	return f.write(cmd, e, made)
}

// show prints what changes in the file, and who gets what by it.
func (e *catalogEdit) show(cmd *cobra.Command, after *rolekit.Catalog) error {
	paint := painter(cmd.OutOrStdout())
	diff, err := unified(filepath.ToSlash(e.name), e.was, e.file.Text)
	if err != nil {
		return err
	}
	for line := range strings.Lines(diff) {
		text := screen.SafeLines(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(line, "+"):
			text = paint(green, text)
		case strings.HasPrefix(line, "-"):
			text = paint(red, text)
		}
		if err := say(cmd, "%s\n", text); err != nil {
			return err
		}
	}
	for _, line := range gains(e.before, after) {
		if err := say(cmd, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// unified is a diff. Where a hunk begins in the new text is counted here: the library
// forgets the lines between two changes of one hunk.
func unified(name, was, now string) (string, error) {
	diff, err := udiff.ToUnifiedDiff(name, name, was, udiff.Lines(was, now), udiff.DefaultContextLines)
	if err != nil {
		return "", err
	}
	more := 0
	for _, hunk := range diff.Hunks {
		hunk.ToLine = hunk.FromLine + more
		for _, line := range hunk.Lines {
			switch line.Kind {
			case udiff.Insert:
				more++
			case udiff.Delete:
				more--
			case udiff.Equal:
			}
		}
	}
	return fmt.Sprint(diff), nil
}

// gains are who gets which grants between two catalogs, a line each.
func gains(before, after *rolekit.Catalog) []string {
	had := map[string][]rolekit.Grant{}
	for _, r := range before.DefaultRoles() {
		had["role "+string(r.ID)] = r.Grants
	}
	old, now := before.Defaults().Baseline, after.Defaults().Baseline
	var lines []string
	add := func(who string, had, has []rolekit.Grant) {
		var more []string
		for _, g := range has {
			if !slices.Contains(had, g) {
				more = append(more, grantText(g))
			}
		}
		if len(more) > 0 {
			lines = append(lines, who+" gets "+strings.Join(more, ", "))
		}
	}
	for _, r := range after.DefaultRoles() {
		who := "role " + string(r.ID)
		add(who, had[who], r.Grants)
	}
	for _, profile := range slices.Sorted(maps.Keys(now)) {
		add("everyone with profile "+string(profile), old[profile], now[profile])
	}
	return lines
}

func grantText(g rolekit.Grant) string {
	if g.Access == rolekit.AccessAny {
		return string(g.Permission)
	}
	return fmt.Sprintf("%s (%s)", g.Permission, g.Access)
}
