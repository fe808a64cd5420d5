package rolekit_test

import (
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

// Lists are cut, sorted and paged alike, whether everything is in memory or not.
func TestListingsOfOrganisations(t *testing.T) {
	w := newWorld(t)
	w.createOrg("b", "tom", "ada")
	w.createOrg("a", "b", "")
	_, err := w.system().UpdateOrg(t.Context(), "a", "Zoo", 0)
	w.ok(err)
	lazy := w.again(rolekit.Config{MaxLoaded: 100})
	for _, kit := range []*world{w, lazy} {
		for _, c := range []struct {
			who  *rolekit.Manager
			q    rolekit.OrgQuery
			want string
		}{
			{kit.system(), rolekit.OrgQuery{}, "[a b jack tom]"},
			{kit.system(), rolekit.OrgQuery{Listing: rolekit.Listing{Order: rolekit.ByIDDown, Limit: 2}}, "[tom jack]"},
			{kit.system(), rolekit.OrgQuery{Listing: rolekit.Listing{Order: rolekit.ByLabel}}, "[b jack tom a]"},
			{kit.system(), rolekit.OrgQuery{Listing: rolekit.Listing{Order: rolekit.ByLabelDown, After: rolekit.Mark{ID: "tom", Label: "TOM"}}}, "[jack b]"},
			{kit.system(), rolekit.OrgQuery{Listing: rolekit.Listing{Prefix: "ZO"}}, "[a]"},
			{kit.system(), rolekit.OrgQuery{Parent: "b"}, "[a]"},
			{kit.system(), rolekit.OrgQuery{Tops: true}, "[jack tom]"},
			{kit.as("ada"), rolekit.OrgQuery{}, "[a b]"},
			{kit.as("ada"), rolekit.OrgQuery{Tops: true}, "[b]"},
			{kit.as("ada"), rolekit.OrgQuery{Parent: "tom"}, "[b]"},
			{kit.as("nobody"), rolekit.OrgQuery{}, "[]"},
		} {
			orgs, err := c.who.Orgs(t.Context(), c.q)
			ids := []rolekit.OrgID{}
			for _, o := range orgs {
				ids = append(ids, o.ID)
			}
			if got := fmt.Sprint(ids); got != c.want || err != nil {
				t.Errorf("%+v: %s %v, want %s", c.q, got, err, c.want)
			}
		}
		_, err := kit.system().Orgs(t.Context(), rolekit.OrgQuery{Listing: rolekit.Listing{Order: "size"}})
		isError(t, "an order that there is not", err, rolekit.ErrInvalid)
		_, err = kit.Manager().Orgs(t.Context(), rolekit.OrgQuery{})
		isError(t, "nobody", err, rolekit.ErrUnauthenticated)
	}
}

func TestOrgTreesAreForMembers(t *testing.T) {
	w := newWorld(t)
	w.createOrg("b", "tom", "ada")
	w.createOrg("a", "b", "")
	for _, kit := range []*world{w, w.again(rolekit.Config{MaxLoaded: 100})} {
		for who, want := range map[*rolekit.Manager]string{kit.as("olga"): "tom/b/a", kit.system(): "tom/b/a", kit.as("ada"): "", kit.as("nobody"): ""} {
			tree, err := who.OrgTree(t.Context(), "tom", rolekit.TreeBounds{})
			if want == "" {
				isError(t, "a stranger", err, rolekit.ErrPermissionDenied)
				continue
			}
			w.ok(err)
			if got := fmt.Sprint(tree.ID, "/", tree.Children[0].ID, "/", tree.Children[0].Children[0].ID); got != want {
				t.Error(got)
			}
		}
		tree, err := kit.as("ada").OrgTree(t.Context(), "b", rolekit.TreeBounds{Limit: 1})
		if err != nil || tree.ID != "b" || len(tree.Children) != 0 || tree.ChildCount != 1 {
			t.Errorf("%+v %v", tree, err)
		}
		_, err = kit.system().OrgTree(t.Context(), "nowhere", rolekit.TreeBounds{})
		isError(t, "nowhere", err, rolekit.ErrOrgNotFound)
	}
}
