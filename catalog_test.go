package rolekit_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

var update = flag.Bool("update", false, "write what came out into the golden files")

// TestParseCatalog compares what ParseCatalog says of each file in
// testdata/catalog with the golden file beside it.
func TestParseCatalog(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("testdata/catalog")
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			src, err := fs.ReadFile(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			c, err := rolekit.ParseCatalog(file, src)
			switch {
			case err == nil:
				got = describe(c)
				validCatalog(t, c)
			case c != nil:
				t.Error("a catalog came back beside the error")
			default:
				got = err.Error() + "\n"
				isError(t, "ParseCatalog", err, rolekit.ErrInvalid)
				for line := range strings.Lines(got) {
					if !strings.HasPrefix(line, file+":") {
						t.Errorf("a line does not say where: %q", line)
					}
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(filepath.Join("testdata/catalog", golden), []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := fs.ReadFile(folder, golden)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "what came out; go test -update writes it", string(want), got)
		})
	}
}

// describe shows all that a catalog says.
func describe(c *rolekit.Catalog) string {
	var b strings.Builder
	for _, a := range c.Actions() {
		fmt.Fprintf(&b, "action %s %q implies %v\n", a.ID, a.Label, a.Implies)
	}
	for _, p := range c.Profiles() {
		fmt.Fprintf(&b, "profile %s %q\n", p.ID, p.Label)
	}
	for _, o := range c.Objects() {
		fmt.Fprintf(&b, "object %s %q %v\n", o.ID, o.Label, o.Actions)
	}
	for _, p := range c.Permissions() {
		fmt.Fprintf(&b, "permission %s %q %q for %v with %v\n", p.ID, p.Label, p.Description, p.Profiles, p.Access)
	}
	for _, r := range c.DefaultRoles() {
		fmt.Fprintf(&b, "role %s %q %q of %s grants %v includes %v\n", r.ID, r.Label, r.Description, r.Profile, r.Grants, r.Includes)
	}
	fmt.Fprintf(&b, "creator %s\n", c.Creator())
	for _, r := range c.Renames() {
		fmt.Fprintf(&b, "%s %s was %s\n", r.Kind, r.To, r.From)
	}
	for _, p := range c.Permissions() {
		if len(p.GrantToRolesHolding) > 0 {
			fmt.Fprintf(&b, "permission %s goes to roles holding %v\n", p.ID, p.GrantToRolesHolding)
		}
	}
	return b.String()
}

// validCatalog checks that a catalog holds nothing that the rest of the kit
// would refuse.
func validCatalog(t *testing.T, c *rolekit.Catalog) {
	t.Helper()
	var errs []error
	ids := map[rolekit.RoleID]rolekit.RoleSpec{}
	for _, r := range c.DefaultRoles() {
		errs = append(errs, r.ID.Validate(), c.CheckProfile(r.Profile))
		ids[r.ID] = r
		for _, g := range r.Grants {
			errs = append(errs, c.CheckGrant(r.Profile, g))
		}
	}
	for _, r := range c.DefaultRoles() {
		for _, id := range r.Includes {
			if other, ok := ids[id]; !ok || other.Profile != r.Profile {
				t.Errorf("role %s includes %s, which is not there or of another profile", r.ID, id)
			}
		}
	}
	for _, p := range c.Profiles() {
		errs = append(errs, p.ID.Validate())
	}
	for _, p := range c.Permissions() {
		if len(p.Profiles) == 0 || len(p.Access) == 0 {
			t.Errorf("nobody can hold %s", p.ID)
		}
		for _, profile := range p.Profiles {
			errs = append(errs, c.CheckProfile(profile))
		}
		if !c.Implies(p.ID.Action(), p.ID.Action()) {
			t.Errorf("%s does not imply itself", p.ID)
		}
	}
	for _, a := range c.Actions() {
		for _, b := range c.Actions() {
			if a.ID != b.ID && c.Implies(a.ID, b.ID) && c.Implies(b.ID, a.ID) {
				t.Errorf("%s and %s imply each other", a.ID, b.ID)
			}
		}
	}
	for _, p := range []rolekit.Permission{
		rolekit.OrgsRead, rolekit.OrgsWrite, rolekit.RolesRead, rolekit.RolesWrite,
		rolekit.MembersRead, rolekit.MembersWrite, rolekit.AuditRead, rolekit.AuditWrite,
	} {
		errs = append(errs, c.CheckPermission(p))
	}
	if _, ok := ids[c.Creator()]; c.Creator() != "" && !ok {
		t.Errorf("the creator %s is not a role", c.Creator())
	}
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

// TestDeepYAML nests beyond anything meant; it must end, and say no.
func TestDeepYAML(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"lists":    strings.Repeat("[", 100_000),
		"mappings": strings.Repeat("{a: ", 50_000),
		"dashes":   strings.Repeat("- ", 50_000),
		"a bomb":   "a: &a [x,x]\n" + bomb(40),
	} {
		if c, err := rolekit.ParseCatalog(name, []byte(src)); err == nil || c != nil {
			t.Errorf("%s: no error", name)
		} else if len(err.Error()) > 10_000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

func bomb(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "b%d: &b%d [*%s, *%s]\n", i, i, prev(i), prev(i))
	}
	return b.String()
}

func prev(i int) string {
	if i == 0 {
		return "a"
	}
	return fmt.Sprint("b", i-1)
}

// FuzzParseCatalog: it never panics, and what it accepts can be seeded.
func FuzzParseCatalog(f *testing.F) {
	folder := os.DirFS("testdata/catalog")
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := fs.ReadFile(folder, file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := rolekit.ParseCatalog("fuzz.yaml", bytes.Clone(src))
		if err != nil {
			isError(t, "ParseCatalog", err, rolekit.ErrInvalid)
			return
		}
		validCatalog(t, c)
		again, err := rolekit.ParseCatalog("fuzz.yaml", src)
		if err != nil || !slices.Equal(strings.Split(describe(c), "\n"), strings.Split(describe(again), "\n")) {
			t.Errorf("read twice, it says two things: %v", err)
		}
	})
}
