package adapter_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

const catalogYAML = `
objects:
  invoices: {actions: [read, write]}
permissions:
  invoices:read: {access: [any, own]}
roles:
  owner: {grants: ["*:*"]}
creator: owner
`

// newKit migrates the database and opens a kit on it.
func newKit(t *testing.T, db *gorm.DB) *rolekit.Kit {
	t.Helper()
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalogYAML))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// populate makes organisations tom and jack, in both of which bob is a clerk
// who reads invoices.
func populate(t *testing.T, kit *rolekit.Kit) {
	t.Helper()
	ctx, m := t.Context(), kit.Manager().As(rolekit.System("test"))
	_, err := m.ApplyDefaults(ctx, kit.Catalog().Defaults())
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		_, create := m.CreateOrg(ctx, rolekit.NewOrg{ID: org, Creator: "olga"})
		_, role := m.CreateRole(ctx, org, rolekit.RoleSpec{ID: "clerk", Grants: []rolekit.Grant{{Permission: "invoices:read"}}})
		err = errors.Join(err, create, role, m.Assign(ctx, org, "bob", "clerk"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func tempFile(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "rolekit.db") }

func TestMigrate(t *testing.T) {
	t.Parallel()
	t.Run("twice is once", func(t *testing.T) {
		t.Parallel()
		db := openFile(t, tempFile(t))
		populate(t, newKit(t, db))
		before := tables(t, db)
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		equal(t, "the tables", before, tables(t, db))
	})
	t.Run("a casbin_rule that gorm-adapter made is taken over", func(t *testing.T) {
		t.Parallel()
		db := openFile(t, tempFile(t))
		others, err := gormadapter.NewAdapterByDB(db)
		if err != nil {
			t.Fatal(err)
		}
		if err := others.AddPolicies("p", "p", [][]string{{"alice", "data1", "read"}, {"bob", "tom", "read"}}); err != nil {
			t.Fatal(err)
		}
		kit := newKit(t, db)
		if broken := kit.Health().Broken; len(broken) > 0 {
			t.Errorf("broken: %v", broken)
		}
	})
	for name, c := range map[string]struct {
		prepare func(*gorm.DB) error
		want    string
	}{
		"not migrated": {func(*gorm.DB) error { return nil }, "the schema is at version 0, and this rolekit needs 1"},
		"rolled back":  {func(db *gorm.DB) error { return db.Exec("DELETE FROM rolekit_schema WHERE version_id > 0").Error }, "the schema is at version 0"},
		"a newer one": {func(db *gorm.DB) error {
			return db.Exec("INSERT INTO rolekit_schema (version_id, is_applied) VALUES (9000, 1)").Error
		}, "version 9000, newer than"},
		"another table": {func(db *gorm.DB) error { return db.Exec("CREATE TABLE rolekit_orgs (id TEXT)").Error }, "the schema is at version 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := openFile(t, tempFile(t))
			if name != "not migrated" && name != "another table" {
				if err := adapter.Migrate(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.prepare(db); err != nil {
				t.Fatal(err)
			}
			_, err := adapter.Open(t.Context(), db, adapter.Config{})
			if !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open: %v, want ErrInvalid with %q", err, c.want)
			}
		})
	}
	t.Run("a failing migration changes nothing", func(t *testing.T) {
		t.Parallel()
		db := openFile(t, tempFile(t))
		if err := db.Exec("CREATE TABLE rolekit_revisions (id TEXT)").Error; err != nil {
			t.Fatal(err)
		}
		_, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
		if !errors.Is(err, rolekit.ErrUnavailable) {
			t.Errorf("Open: %v, want ErrUnavailable", err)
		}
		if db.Migrator().HasTable("rolekit_orgs") {
			t.Error("half a migration stayed")
		}
	})
}

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
			d, err := newKit(t, db).Can(t.Context(), rolekit.Identity{User: "bob", Org: "tom"}, "invoices:read", nil)
			if err != nil || !d.Allowed {
				t.Errorf("Can: %v, %v", d.Allowed, err)
			}
		})
	}
}

// TestPlainCasbin reads and judges the rules as a program would that knows
// nothing of the kit but model.conf.
func TestPlainCasbin(t *testing.T) {
	t.Parallel()
	db := openFile(t, tempFile(t))
	kit := newKit(t, db)
	populate(t, kit)
	before := tables(t, db)

	rules, err := gormadapter.NewAdapterByDB(db)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewModelFromString(rolekit.ModelConf)
	if err != nil {
		t.Fatal(err)
	}
	enforcer, err := casbin.NewEnforcer(m, rules)
	if err != nil {
		t.Fatal(err)
	}
	enforcer.AddFunction("implies", func(args ...any) (any, error) {
		return args[0] == args[1] || args[0] == "write" && args[1] == "read", nil
	})
	enforcer.AddFunction("reaches", func(args ...any) (any, error) { return args[0] == "any", nil })
	for _, user := range []rolekit.UserID{"olga", "bob", "nobody"} {
		for _, org := range []rolekit.OrgID{"tom", "jack"} {
			for _, p := range kit.Catalog().Permissions() {
				got, err := enforcer.Enforce("user:"+string(user), string(org), "default", string(p.ID.Object()), string(p.ID.Action()), nil)
				if err != nil {
					t.Fatal(err)
				}
				want, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "default"}, p.ID, nil)
				if err != nil || got != want.Allowed {
					t.Errorf("%s in %s, %s: Casbin says %v, the kit %v (%v)", user, org, p.ID, got, want.Allowed, err)
				}
			}
		}
	}
	equal(t, "the tables, indexes included, after the other program opened them", before, tables(t, db))
	if err := kit.Manager().As(rolekit.System("test")).Unassign(t.Context(), "tom", "bob", "clerk"); err != nil {
		t.Errorf("a change after the other program opened the table: %v", err)
	}
}

// TestLoadUsesIndexes guards against a load of one organisation that reads
// every other's rows.
func TestLoadUsesIndexes(t *testing.T) {
	t.Parallel()
	recorder := &queries{}
	db := openFile(t, tempFile(t))
	populate(t, newKit(t, db))
	db.Logger = recorder
	store, err := adapter.Open(t.Context(), db, adapter.Config{})
	if err != nil {
		t.Fatal(err)
	}
	recorder.all = nil
	err = store.View(t.Context(), func(r rolekit.Reader) error {
		_, layer := r.Layer(t.Context(), "tom")
		_, revisions := r.Revisions(t.Context(), "tom")
		_, audit := r.Audit(t.Context(), "tom", rolekit.AuditQuery{Limit: 10, Before: 100})
		return errors.Join(layer, revisions, audit)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(recorder.all) < 6 {
		t.Fatalf("queries: %q", recorder.all)
	}
	byOrg := regexp.MustCompile(`^SEARCH .* USING (COVERING )?INDEX .* \((v1|v2|org_id|id)=\?`)
	for _, sql := range recorder.all {
		var plan []struct{ Detail string }
		if err := db.Raw("EXPLAIN QUERY PLAN " + sql).Scan(&plan).Error; err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			if !byOrg.MatchString(step.Detail) {
				t.Errorf("%s: %s", sql, step.Detail)
			}
		}
		if len(plan) != 1 {
			t.Errorf("%s: %d steps: %v", sql, len(plan), plan)
		}
	}
}

// TestNullIsEmpty reads and removes a row in which another program left the
// columns it did not need NULL.
func TestNullIsEmpty(t *testing.T) {
	t.Parallel()
	db := openFile(t, tempFile(t))
	populate(t, newKit(t, db))
	if err := db.Exec("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:eve', 'role:clerk', 'tom')").Error; err != nil {
		t.Fatal(err)
	}
	kit := newKit(t, db)
	who := rolekit.Identity{User: "eve", Org: "tom"}
	if d, err := kit.Can(t.Context(), who, "invoices:read", nil); err != nil || !d.Allowed {
		t.Errorf("Can: %v, %v", d.Allowed, err)
	}
	if err := kit.Manager().As(rolekit.System("test")).Unassign(t.Context(), "tom", "eve", "clerk"); err != nil {
		t.Errorf("Unassign: %v", err)
	}
	if d, err := kit.Can(t.Context(), who, "invoices:read", nil); err != nil || d.Allowed {
		t.Errorf("Can after Unassign: %v, %v", d.Allowed, err)
	}
}
