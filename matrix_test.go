package rolekit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// rowOf shows the cells of one row: invoices:read any implied by invoices:write.
func rowOf(t *testing.T, table rolekit.Matrix, id rolekit.RoleID) string {
	t.Helper()
	var cells []string
	for _, r := range table.Roles {
		if r.ID != id {
			continue
		}
		for _, c := range r.Cells {
			s := fmt.Sprint(c.Permission, " ", c.Access, " ", c.How)
			if c.By != "" {
				s += fmt.Sprint(" by ", c.By)
			}
			if c.From != "" {
				s += fmt.Sprint(" from ", c.From)
			}
			cells = append(cells, s)
		}
	}
	return strings.Join(cells, "; ")
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.createOrg("tom.north", "tom", "")
	w.role("tom", "clerk", grantsOf("invoices:write"))
	w.role("tom", "chief", []rolekit.Grant{{Permission: "jobs:read", Access: "team"}, {Permission: "jobs:write", Access: "own"}, {Permission: "invoices:read"}}, "clerk")
	w.role("tom.north", "foreman", []rolekit.Grant{{Permission: "jobs:read", Access: "own"}}, "chief")
	w.role("jack", "clerk", grantsOf("invoices:approve"))
	table, err := w.as("olga").Matrix(ctx, "tom.north", rolekit.RoleQuery{})
	w.ok(err)
	for id, want := range map[rolekit.RoleID]string{
		"clerk": "invoices:read any implied by invoices:write; invoices:write any explicit",
		"chief": "invoices:read any explicit; invoices:write any included from clerk; " +
			"jobs:read team explicit; jobs:read own implied by jobs:write; jobs:write own explicit",
		"foreman": "invoices:read any included from chief; invoices:write any included from clerk; " +
			"jobs:read team included from chief; jobs:read own explicit; jobs:write own included from chief",
		"mower": "jobs:read own implied by jobs:write; jobs:write own explicit",
	} {
		if got := rowOf(t, table, id); got != want {
			t.Errorf("%s:\n%s, want\n%s", id, got, want)
		}
	}
	var ids []string
	for _, r := range table.Roles {
		ids = append(ids, fmt.Sprint(r.ID, " ", r.Own))
	}
	same(t, "the rows", []string{"chief false", "clerk false", "foreman true", "mower false", "owner false", "viewer false"}, ids)
	at, err := w.Revision(ctx, "tom.north")
	w.ok(err)
	if table.Revision != at || table.Org != "tom.north" {
		t.Errorf("%s at %d, want %d", table.Org, table.Revision, at)
	}
	some, err := w.as("olga").Matrix(ctx, "tom", rolekit.RoleQuery{Profile: "worker"})
	w.ok(err)
	if len(some.Roles) != 1 || some.Roles[0].ID != "mower" {
		t.Errorf("%+v", some.Roles)
	}
	for who, want := range map[*rolekit.Manager]error{
		w.Manager(): rolekit.ErrUnauthenticated, w.as("eve"): rolekit.ErrPermissionDenied,
	} {
		_, err := who.Matrix(ctx, "tom", rolekit.RoleQuery{})
		isError(t, "a stranger", err, want)
	}
}

// A cell is there just where someone who holds the role alone may do it.
func TestMatrixIsWhatIsDecided(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx := t.Context()
	w.set("tom", "desk", "1")
	w.role("tom", "a", []rolekit.Grant{{Permission: "invoices:write"}, {Permission: "jobs:read", Access: "own"}})
	w.role("tom", "b", []rolekit.Grant{{Permission: "jobs:write", Access: "team"}, {Permission: "jobs:read", Access: "own"}}, "a")
	w.role("tom", "c", nil, "b")
	table, err := w.system().Matrix(ctx, "tom", rolekit.RoleQuery{})
	w.ok(err)
	for _, r := range table.Roles {
		user := rolekit.UserID("holds-" + r.ID)
		w.assign("tom", user, r.ID)
		cells := map[string]bool{}
		for _, c := range r.Cells {
			cells[fmt.Sprint(c.Permission, c.Access)] = true
		}
		for _, info := range w.Catalog().Permissions() {
			d, err := w.Can(ctx, rolekit.Identity{User: user, Org: "tom"}, info.ID, nil)
			w.ok(err)
			given := map[string]bool{}
			for _, a := range d.Access() {
				given[fmt.Sprint(info.ID, a)] = true
				if !cells[fmt.Sprint(info.ID, a)] && !covers(table.Baseline[r.Profile], info.ID) {
					t.Errorf("%s gives %s (%s), and the table does not say so", r.ID, info.ID, a)
				}
			}
			for _, a := range []rolekit.Access{"any", "team", "own"} {
				at := fmt.Sprint(info.ID, a)
				if cells[at] && !given[at] && !given[fmt.Sprint(info.ID, "any")] {
					t.Errorf("the table says that %s gives %s (%s), and it does not: %v", r.ID, info.ID, a, d.Access())
				}
			}
		}
	}
}

func covers(grants []rolekit.Grant, p rolekit.Permission) bool {
	for _, g := range grants {
		if g.Permission.Object() == p.Object() {
			return true
		}
	}
	return false
}

func TestMatrixNamesTheSetsItReaches(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.set("tom", "desk", "1")
	w.set("tom", "drawer", "2")
	w.role("tom", "clerk", inSet("desk"))
	table, err := w.system().Matrix(t.Context(), "tom", rolekit.RoleQuery{})
	w.ok(err)
	if len(table.Sets) != 1 || table.Sets[0].ID != "desk" {
		t.Errorf("%+v", table.Sets)
	}
}
