package rolekit_test

import (
	"io/fs"
	"os"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestLargeCatalogs: the three in testdata/catalogs are read, are as large as
// they are there for, and their nested roles are nested: each includes the one
// before, and grants something that it did not.
func TestLargeCatalogs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		permissions, objects int
		nested               []rolekit.RoleID // each within the next
	}{
		"project-hosting": {257, 69, []rolekit.RoleID{"guest", "reporter", "developer", "maintainer", "owner"}},
		"cluster":         {167, 64, []rolekit.RoleID{"read", "edit", "admin"}},
		"incidents":       {115, 42, []rolekit.RoleID{"viewer", "responder", "administrator", "owner"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := largeCatalog(t, name)
			validCatalog(t, c)
			if got := len(c.Permissions()); got != want.permissions {
				t.Errorf("%d permissions, want %d", got, want.permissions)
			}
			if got := len(c.Objects()); got != want.objects {
				t.Errorf("%d objects, want %d", got, want.objects)
			}
			roles := map[rolekit.RoleID]rolekit.RoleSpec{}
			for _, r := range c.DefaultRoles() {
				roles[r.ID] = r
			}
			var held []rolekit.Permission
			for i, id := range want.nested {
				if i > 0 && !slices.Equal(roles[id].Includes, want.nested[i-1:i]) {
					t.Errorf("%s includes %v, want %s alone", id, roles[id].Includes, want.nested[i-1])
				}
				before := len(held)
				for _, g := range roles[id].Grants {
					if !slices.Contains(held, g.Permission) {
						held = append(held, g.Permission)
					}
				}
				if len(held) == before {
					t.Errorf("%s grants no permission that the roles within it do not", id)
				}
			}
		})
	}
}

func largeCatalog(t *testing.T, name string) *rolekit.Catalog {
	t.Helper()
	src, err := fs.ReadFile(os.DirFS("testdata/catalogs"), name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := rolekit.ParseCatalog(name+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
