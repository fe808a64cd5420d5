package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
)

// TestLargeCatalogsAreAddedTo adds to the catalogs in testdata/catalogs as people wrote
// them, one thing after the other: at their beginnings, in their middles and at their ends.
func TestLargeCatalogsAreAddedTo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cluster", "incidents", "project-hosting"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.write("catalog.yaml", readFile(t, os.DirFS(filepath.Join("..", "..", "testdata", "catalogs")), name+".yaml"))
			was := p.catalog()
			objects := slices.DeleteFunc(was.Objects(), func(o rolekit.ObjectInfo) bool { return strings.HasPrefix(string(o.ID), "iam.") })
			roles := was.DefaultRoles()
			for _, i := range []int{0, len(objects) / 2, len(objects) - 1} {
				permission, role := string(objects[i].ID)+":zap", roles[i*(len(roles)-1)/(len(objects)-1)]
				args := []string{permission, "--description", "It's gone: for good", "--role", string(role.ID)}
				if i == 0 {
					args = append(args, "--action-label", "zap", "--implies", "read")
				}
				// What stands in brackets is in a line that was there.
				p.adds(false, append([]string{"permission"}, args...)...)
				info, ok := p.catalog().Permission(rolekit.Permission(permission))
				if !ok || info.Description != "It's gone: for good" || !p.grants(role.ID, rolekit.Permission(permission)) {
					t.Errorf("%s: %+v, and granted to %s: %t", permission, info, role.ID, p.grants(role.ID, rolekit.Permission(permission)))
				}
			}

			p.adds(true, "object", "zebras", "--label", "Zebras, all of them", "--action", "read,zap", "--new-action", "stroke=stroke", "--implies", "stroke=read")
			if info, ok := p.catalog().Permission("zebras:stroke"); !ok || info.Label != "Zebras, all of them: stroke" {
				t.Errorf("zebras:stroke: %+v", info)
			}

			args := []string{"role", "zookeeper", "--label", "Zookeeper", "--profile", string(roles[0].Profile), "--grant", "zebras:*", "--include", string(roles[0].ID)}
			p.adds(true, args...)
			if !p.grants("zookeeper", "zebras:stroke") {
				t.Error("the role does not grant what it was given")
			}
			if got := len(p.catalog().Permissions()) - len(was.Permissions()); got != 6 {
				t.Errorf("there are %d permissions more, and not 6", got)
			}
		})
	}
}

// catalog reads the catalog, which must be right.
func (p *place) catalog() *rolekit.Catalog {
	p.t.Helper()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(readFile(p.t, os.DirFS(p.dir), "catalog.yaml")))
	if err != nil {
		p.t.Fatal(err)
	}
	return catalog
}

// grants reports whether a default role grants a permission.
func (p *place) grants(role rolekit.RoleID, permission rolekit.Permission) bool {
	return slices.ContainsFunc(p.catalog().DefaultRoles(), func(r rolekit.RoleSpec) bool {
		return r.ID == role && slices.ContainsFunc(r.Grants, func(g rolekit.Grant) bool { return g.Permission == permission })
	})
}

// adds runs rolekit add on the catalog. Every byte that was there stays, in its order;
// where only lines are added, every line; and comments are where they were.
func (p *place) adds(linesOnly bool, args ...string) {
	p.t.Helper()
	before := readFile(p.t, os.DirFS(p.dir), "catalog.yaml")
	got := p.run(append([]string{"add", args[0], "--catalog", "catalog.yaml", "--yes"}, args[1:]...)...)
	if got.code != 0 {
		p.t.Fatalf("%q: %+v", args, got)
	}
	after := readFile(p.t, os.DirFS(p.dir), "catalog.yaml")
	if rest := within(before, after); rest != "" {
		p.t.Errorf("%q: what was there is not there any more, from here on: %.100q", args, rest)
	}
	if diff := cmp.Diff(comments(before), comments(after)); diff != "" {
		p.t.Errorf("%q: comments (-before +now):\n%s", args, diff)
	}
	for line := range strings.Lines(got.stdout) {
		if linesOnly && strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "--- ") {
			p.t.Errorf("%q changes the line %s", args, line)
		}
	}
}

// within returns what of a text is not in another in its order; nothing where all is.
func within(text, other string) string {
	for i := range other {
		if text != "" && text[0] == other[i] {
			text = text[1:]
		}
	}
	return text
}

// comments are those of a catalog.
func comments(catalog string) []string {
	var found []string
	for line := range strings.Lines(catalog) {
		if _, comment, ok := strings.Cut(line, "# "); ok {
			found = append(found, comment)
		}
	}
	return found
}
