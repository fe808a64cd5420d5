package adapter_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

func tempFile(t testing.TB) string { t.Helper(); return filepath.Join(t.TempDir(), "rolekit.db") }

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	if _, err := adapter.Open(t.Context(), nil, adapter.Config{}); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("no database: %v, want ErrInvalid", err)
	}
	db := openFile(t, tempFile(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := adapter.Open(ctx, db, adapter.Config{Migrate: true}); err == nil {
		t.Error("an ended context: no error")
	}
}

// TestReopen closes a file and opens it again: what was committed is there.
func TestReopen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rolekit.db", "a b.db", "100%.db", "what?.db", "a#b.db", "a%20b.db", "ü.db", "a&mode=ro.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			var before []string
			t.Run("write", func(t *testing.T) {
				db := openFile(t, path)
				populate(t, newKit(t, db))
				before = tables(t, db)
			})
			if files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(files) == 0 || filepath.Base(files[0]) != name {
				t.Errorf("files: %q, %v; want %q", files, err, name)
			}
			db := openFile(t, path)
			equal(t, "the tables", before, tables(t, db))
			if !reads(t, newKit(t, db), "bob", "tom") {
				t.Error("bob may not read any more")
			}
		})
	}
}

// TestUnreadableRows: SQLite stores anything anywhere. What cannot be read breaks
// the organisation that it is of, by name; a time that is none breaks nothing.
func TestUnreadableRows(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		"UPDATE rolekit_revisions SET revision = 'x' WHERE org_id = 'tom'":                     `the revision of organisation "tom" cannot be read`,
		"UPDATE rolekit_revisions SET base = -1 WHERE org_id = 'tom'":                          `the revision of organisation "tom" cannot be read`,
		"UPDATE rolekit_revisions SET revision = 1.5 WHERE org_id = 'tom'":                     `the revision of organisation "tom" cannot be read`,
		"UPDATE rolekit_revisions SET revision = x'00' WHERE org_id = 'tom'":                   `the revision of organisation "tom" cannot be read`,
		"UPDATE rolekit_roles SET revision = '' WHERE org_id = 'tom'":                          `the revision of role clerk of organisation "tom" cannot be read`,
		"INSERT INTO rolekit_groups VALUES ('tom', 'crew', '', '', 'x')":                       `the revision of group crew of organisation "tom" cannot be read`,
		"INSERT INTO rolekit_sets VALUES ('tom', 'shelf', '', '', 'x')":                        `the revision of set shelf of organisation "tom" cannot be read`,
		"INSERT INTO rolekit_keys VALUES ('tom', 'abc', x'ff', 7, '', 'last week', 'never')":   "",
		"UPDATE rolekit_orgs SET created_at = 'last week', label = x'ff' WHERE id = 'tom'":     "",
		"UPDATE rolekit_orgs SET created_at = 12345 WHERE id = 'tom'":                          "",
		"UPDATE rolekit_audit SET at = 'last week' WHERE org_id = 'tom'":                       "",
		"INSERT INTO casbin_rule (ptype, v0, v1, v2, v3) VALUES ('g', 1, 2.5, 'tom', x'00ff')": "",
		"INSERT INTO casbin_rule (ptype, v2) VALUES ('g', 'tom')":                              "",
	} {
		t.Run(statement, func(t *testing.T) {
			t.Parallel()
			db := openFile(t, tempFile(t))
			store := openStore(t, db)
			populate(t, kitOn(t, store))
			exec(t, db, statement)
			readable := func(org rolekit.OrgID, err error) {
				t.Helper()
				switch {
				case org == "tom" && want != "":
					if !errors.Is(err, rolekit.ErrBrokenPolicy) || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v, want ErrBrokenPolicy with %q", org, err, want)
					}
				case err != nil:
					t.Errorf("%s: %v", org, err)
				}
			}
			err := store.View(t.Context(), func(r rolekit.Reader) error {
				orgs := []rolekit.OrgID{"jack", "tom", rolekit.AllOrgs}
				for l, err := range r.Layers(t.Context(), orgs) {
					readable(l.Org.ID, err)
					orgs = slices.DeleteFunc(slices.Clone(orgs), func(id rolekit.OrgID) bool { return id == l.Org.ID })
				}
				if len(orgs) > 0 {
					t.Errorf("nothing comes of %v", orgs)
				}
				l, err := r.Layer(t.Context(), "tom")
				readable(l.Org.ID, err)
				_, errOrgs := r.Orgs(t.Context())
				_, errRevisions := r.Revisions(t.Context())
				_, errAudit := r.Audit(t.Context(), "tom", rolekit.AuditQuery{Limit: 10})
				return errors.Join(errOrgs, errRevisions, errAudit)
			})
			if err != nil {
				t.Error(err)
			}
			if !reads(t, kitOn(t, store), "bob", "jack") {
				t.Error("bob may not read in jack any more")
			}
		})
	}
}
