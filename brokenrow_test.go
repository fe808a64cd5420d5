package rolekit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestOneBadRowHarmsOneOrganisation writes rows that nobody can have written
// through the kit into one organisation: in that one nothing is allowed and the
// row is named; every other goes on; and it heals when the row is gone.
func TestOneBadRowHarmsOneOrganisation(t *testing.T) {
	t.Parallel()
	const insert = "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES (?, ?, ?, ?, ?, ?, ?)"
	for name, row := range map[string][7]any{
		"a grant with too few fields":         {"p", "role:clerk", "tom", "owner", "invoices", "read", ""},
		"a grant with an empty field":         {"p", "role:clerk", "tom", "", "invoices", "read", "any"},
		"a grant to a user":                   {"p", "user:eve", "tom", "owner", "invoices", "read", "any"},
		"a grant to a subject without kind":   {"p", "clerk", "tom", "owner", "invoices", "read", "any"},
		"a grant to a role that cannot be":    {"p", "role:Not a role", "tom", "owner", "invoices", "read", "any"},
		"a grant to nobody":                   {"p", "", "tom", "owner", "invoices", "read", "any"},
		"a link with too many fields":         {"g", "user:eve", "role:clerk", "tom", "x", "", ""},
		"a link to a user":                    {"g", "user:eve", "user:olga", "tom", "", "", ""},
		"a link to nothing":                   {"g", "user:eve", "", "tom", "", "", ""},
		"a link to no role id":                {"g", "user:eve", "role:", "tom", "", "", ""},
		"a link from a subject without kind":  {"g", "eve", "role:owner", "tom", "", "", ""},
		"a link from no user":                 {"g", "user:", "role:owner", "tom", "", "", ""},
		"a link from a user with a zero byte": {"g", "user:e\x00ve", "role:owner", "tom", "", "", ""},
		"a link from a user too long":         {"g", "user:" + strings.Repeat("x", 96), "role:owner", "tom", "", "", ""},
		"a link from a service as a user":     {"g", "user:service:ci", "role:owner", "tom", "", "", ""},
		"a link from a bad role":              {"g", "role:A B", "role:owner", "tom", "", "", ""},
		"a resource in what is no set":        {"g2", "resource:1", "role:x", "tom", "", "", ""},
		"a time that is none":                 {"g3", "user:ada", "role:owner", "tom", "_", "tomorrow", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sql(insert, row[:]...)
			w = w.again(rolekit.Config{})
			w.harmsTom(name, row[1].(string)) //nolint:forcetypeassert // it is in the table above
			w.sql("DELETE FROM casbin_rule WHERE (ptype, v0, v1, v2, v3, v4, v5) = (?, ?, ?, ?, ?, ?, ?)", row[:]...)
			w.ok(w.Refresh(t.Context()))
			if len(w.Health().Broken) > 0 || !w.can("olga", "tom", "invoices:read") {
				t.Error("it does not heal when the row is gone")
			}
		})
	}
	for name, statement := range map[string]string{
		"no row of the organisation":         "DELETE FROM rolekit_orgs WHERE id = 'tom'",
		"a parent that is not there":         "UPDATE rolekit_orgs SET parent = 'gone' WHERE id = 'tom'",
		"a parent that is itself":            "UPDATE rolekit_orgs SET parent = 'tom' WHERE id = 'tom'",
		"a role's revision that is a word":   "INSERT INTO rolekit_roles (org_id, id, label, description, profile, revision) VALUES ('tom', 'x', '', '', 'owner', 'seven')",
		"a revision that is a word":          "UPDATE rolekit_revisions SET revision = 'abc' WHERE org_id = 'tom'",
		"a revision below nothing":           "UPDATE rolekit_revisions SET revision = -7 WHERE org_id = 'tom'",
		"an organisation without a revision": "DELETE FROM rolekit_revisions WHERE org_id = 'tom'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sql(statement)
			w = w.again(rolekit.Config{})
			d, err := w.Can(t.Context(), rolekit.Identity{User: "olga", Org: "tom"}, "invoices:read", nil)
			if err == nil || d.Allowed {
				t.Errorf("Can: %v, %v; want an error", d.Allowed, err)
			}
			if !w.can("olga", "jack", "invoices:read") {
				t.Error("the other organisation is denied too")
			}
			w.ok(w.Refresh(t.Context()))
			if len(w.Health().Broken) > 0 { // one can be made anew in its place
				w.ok(w.system().DeleteOrg(t.Context(), "tom", rolekit.DeleteOptions{}))
				w.createOrg("tom", "", "bob")
				if !w.can("bob", "tom", "invoices:read") || w.can("olga", "tom", "invoices:read") {
					t.Error("the new organisation is not what it was made")
				}
			}
		})
	}
}

// TestBadDateHarmsNothing: no decision depends on one.
func TestBadDateHarmsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := w.answers()
	w.sql("UPDATE rolekit_orgs SET created_at = 'yesterday' WHERE id = 'tom'")
	w = w.again(rolekit.Config{})
	same(t, "the decisions", answers, w.answers())
	w.ok(w.system().DeleteOrg(t.Context(), "jack", rolekit.DeleteOptions{}))
	w.ok(w.as("olga").DeleteOrg(t.Context(), "tom", rolekit.DeleteOptions{}))
}

// harmsTom checks that everything in tom fails and names the word, and that
// nothing else does.
func (w *world) harmsTom(what, word string) {
	w.t.Helper()
	ctx, who := w.t.Context(), rolekit.Identity{User: "olga", Org: "tom"}
	d, err := w.Can(ctx, who, "invoices:read", nil)
	isError(w.t, what+": Can", err, rolekit.ErrBrokenPolicy)
	if d.Allowed {
		w.t.Errorf("%s: allowed", what)
	}
	if quoted := strings.ReplaceAll(word, "\x00", `\x00`); err != nil && !strings.Contains(err.Error(), quoted) {
		w.t.Errorf("%s: the error does not name the row: %v", what, err)
	}
	if !strings.Contains(w.log.String(), "org=tom") {
		w.t.Errorf("%s: the log does not name the organisation: %s", what, w.log)
	}
	broken := w.Health().Broken
	if len(broken) != 1 {
		w.t.Errorf("%s: broken: %v, want tom alone", what, broken)
	}
	isError(w.t, what+": Health", broken["tom"], rolekit.ErrBrokenPolicy)
	for _, m := range []*rolekit.Manager{w.as("olga"), w.system()} {
		isError(w.t, what+": Assign", m.Assign(ctx, "tom", "bob", "owner"), rolekit.ErrBrokenPolicy)
		_, err = m.Roles(ctx, "tom", rolekit.RoleQuery{})
		isError(w.t, what+": Roles", err, rolekit.ErrBrokenPolicy)
	}
	if !w.can("olga", "jack", "invoices:read") {
		w.t.Errorf("%s: the other organisation is denied too", what)
	}
	w.ok(w.as("olga").Assign(ctx, "jack", "bob", "viewer"))
	if of, err := w.Memberships(ctx, "olga"); err != nil || len(of) != 1 {
		w.t.Errorf("%s: Memberships: %v, %v", what, of, err)
	}
}

// TestBrokenOrganisationCanBeDeleted by whoever could make one; and other
// processes forget that it was broken.
func TestBrokenOrganisationCanBeDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'eve', 'role:owner', 'tom')")
	one, two := w.again(rolekit.Config{}), w.again(rolekit.Config{})
	w.ok(one.system().DeleteOrg(t.Context(), "tom", rolekit.DeleteOptions{}))
	w.ok(two.Refresh(t.Context()))
	for _, kit := range []*world{one, two} {
		if broken := kit.Health().Broken; len(broken) > 0 {
			t.Errorf("broken: %v", broken)
		}
		_, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "tom"}, "invoices:read", nil)
		isError(t, "Can", err, rolekit.ErrOrgNotFound)
	}
}

// TestBrokenDefaultRoleRowIsLeftOut, because it would break every organisation;
// left out, it can only deny.
func TestBrokenDefaultRoleRowIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, row := range [][]any{
		{"p", "viewer", "*", "owner", "jobs", "read", "any"},
		{"p", "role:viewer", "*", "owner", "jobs", "", "any"},
		{"g", "user:eve", "role:owner", "*", "", "", ""}, // an assignment in no organisation is none in all
		{"g", "role:viewer", "owner", "*", "", "", ""},
	} {
		w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES (?, ?, ?, ?, ?, ?, ?)", row...)
	}
	answers := w.answers()
	w = w.again(rolekit.Config{})
	same(t, "the decisions", answers, w.answers())
	if len(w.Health().Broken) > 0 {
		t.Errorf("broken: %v", w.Health().Broken)
	}
	for _, named := range []string{"p, viewer, *", "p, role:viewer, *, owner, jobs, , any", "g, user:eve, role:owner, *", "g, role:viewer, owner, *"} {
		if !strings.Contains(w.log.String(), named) {
			t.Errorf("the log does not name %q: %s", named, w.log)
		}
	}
	if w.can("eve", "tom", "invoices:read") {
		t.Error("eve holds a role in all organisations")
	}
}

// TestBrokenDefaultRolesGoOnAsTheyWere, are said to be broken once, and heal.
func TestBrokenDefaultRolesGoOnAsTheyWere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w = w.again(rolekit.Config{})
	answers := w.answers()
	w.sql("UPDATE rolekit_roles SET revision = 'abc' WHERE org_id = '*' AND id = 'owner'")
	w.sql("UPDATE rolekit_revisions SET revision = revision + 1000 WHERE org_id = '*'")
	for range 3 {
		w.ok(w.Refresh(t.Context()))
	}
	same(t, "the decisions while they are broken", answers, w.answers())
	if err := w.Health().Broken[rolekit.AllOrgs]; !errors.Is(err, rolekit.ErrBrokenPolicy) || len(w.Health().Broken) != 1 {
		t.Errorf("Health: %v", w.Health().Broken)
	}
	if n := strings.Count(w.log.String(), "the default roles cannot be read"); n != 1 {
		t.Errorf("it was logged %d times, want once:\n%s", n, w.log)
	}
	if orgs, err := w.system().Orgs(t.Context(), rolekit.OrgQuery{}); err != nil || len(orgs) != 2 {
		t.Errorf("organisations: %v, %v", orgs, err)
	}
	w.sql("UPDATE rolekit_roles SET revision = 1 WHERE org_id = '*' AND id = 'owner'")
	w.ok(w.Refresh(t.Context()))
	if len(w.Health().Broken) > 0 {
		t.Errorf("they do not heal: %v", w.Health().Broken)
	}
}
