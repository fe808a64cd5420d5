package rolekit_test

import (
	"fmt"
	"testing"
	"time"

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

// Members are found by what was given to them and by what they can act as, which
// may come from further away.
func TestMembersAreFilteredAndSorted(t *testing.T) {
	w := newWorld(t)
	ctx, system := t.Context(), w.system()
	w.createOrg("part", "tom", "ann")
	_, err := system.PutGroup(ctx, "part", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	w.ok(system.PutAssignment(ctx, "part", rolekit.Assignment{Group: "crew", Role: "mower"}))
	w.ok(system.AddToGroup(ctx, "part", "crew", []rolekit.UserID{"bob", "bea"}, nil))
	for _, user := range []rolekit.UserID{"olga", "dora", "bo~b"} {
		w.ok(system.AddMember(ctx, "part", user)) // olga owns the organisation above
	}
	w.assign("part", "bob", "viewer")
	ended := rolekit.Period{From: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.ok(system.PutAssignment(ctx, "part", rolekit.Assignment{User: "dora", Role: "viewer", Period: ended}))
	w.ok(system.PutAssignment(ctx, "part", rolekit.Assignment{User: "cora", Role: "mower", Period: ended}))
	for _, kit := range []*world{w, w.again(rolekit.Config{MaxLoaded: 100})} {
		for _, c := range []struct {
			q    rolekit.MemberQuery
			want string
		}{
			{rolekit.MemberQuery{}, "[ann bea bob bo~b cora dora olga]"},
			{rolekit.MemberQuery{Order: rolekit.ByIDDown}, "[olga dora cora bo~b bob bea ann]"},
			{rolekit.MemberQuery{Order: rolekit.ByIDDown, After: "bo~b", Limit: 2}, "[bob bea]"},
			{rolekit.MemberQuery{After: "bob", Limit: 2}, "[bo~b cora]"},
			{rolekit.MemberQuery{Prefix: "bo"}, "[bob bo~b]"},
			{rolekit.MemberQuery{Prefix: "B"}, "[]"},
			{rolekit.MemberQuery{Role: "viewer"}, "[bob dora]"}, // dora's has ended, and is shown so
			{rolekit.MemberQuery{Role: "mower"}, "[cora]"},      // the crew's are not their own
			{rolekit.MemberQuery{Role: "crew"}, "[]"},
			{rolekit.MemberQuery{Group: "crew"}, "[bea bob]"},
			{rolekit.MemberQuery{Group: "crew", Role: "viewer"}, "[bob]"},
			{rolekit.MemberQuery{Group: "viewer"}, "[]"},
			{rolekit.MemberQuery{Profile: "owner"}, "[ann bob olga]"}, // olga from above, dora not any more
			{rolekit.MemberQuery{Profile: "worker"}, "[bea bob]"},     // through the crew
			{rolekit.MemberQuery{Profile: "worker", Role: "viewer", Order: rolekit.ByIDDown}, "[bob]"},
			{rolekit.MemberQuery{Profile: "gardener"}, "[]"},
		} {
			members, err := kit.as("ann").Members(ctx, "part", c.q)
			users := []rolekit.UserID{}
			for _, m := range members {
				users = append(users, m.User)
			}
			if got := fmt.Sprint(users); got != c.want || err != nil {
				t.Errorf("%+v: %s %v, want %s", c.q, got, err, c.want)
			}
		}
		for _, order := range []rolekit.Order{"size", rolekit.ByLabel, rolekit.ByLabelDown} {
			_, err := kit.as("ann").Members(ctx, "part", rolekit.MemberQuery{Order: order})
			isError(t, "an order that there is not", err, rolekit.ErrInvalid)
		}
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
