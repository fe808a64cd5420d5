package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
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
func newKit(t testing.TB, db *gorm.DB) *rolekit.Kit {
	t.Helper()
	return kitOn(t, openStore(t, db))
}

func kitOn(t testing.TB, store rolekit.Store) *rolekit.Kit {
	t.Helper()
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
func populate(t testing.TB, kit *rolekit.Kit) {
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

// reads reports whether a user may read invoices of an organisation.
func reads(t testing.TB, kit *rolekit.Kit, user rolekit.UserID, org rolekit.OrgID) bool {
	t.Helper()
	d, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org}, "invoices:read", nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Allowed
}

func equal(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// exec runs statements.
func exec(t testing.TB, db *gorm.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Exec(s).Error; err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// schemaOf returns all that makes a table, as text.
func schemaOf(t testing.TB, db *gorm.DB, table string) []string {
	t.Helper()
	var all []string
	query := map[string]string{
		"sqlite": "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY name",
		"mysql":  "SHOW CREATE TABLE " + table,
		"postgres": `SELECT concat_ws(' ', column_name, data_type, character_maximum_length, datetime_precision, is_nullable, column_default, collation_name)
			FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = @table
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = @table ORDER BY 1`,
	}[db.Name()]
	var err error
	switch db.Name() {
	case "sqlite":
		err = db.Raw(query, table).Scan(&all).Error
	case "postgres":
		err = db.Raw(query, map[string]any{"table": table}).Scan(&all).Error
	default:
		var name, create string
		err = db.Raw(query).Row().Scan(&name, &create)
		all = []string{regexp.MustCompile(` AUTO_INCREMENT=\d+`).ReplaceAllString(create, "")}
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tables returns the schema and every row of every table, as text.
func tables(t testing.TB, db *gorm.DB) []string {
	t.Helper()
	names, err := db.Migrator().GetTables()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []string
	for _, name := range names {
		all = append(all, schemaOf(t, db, name)...)
		var rows []map[string]any
		if err := db.Table(name).Order("1, 2").Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, fmt.Sprint(name, row))
		}
	}
	if len(all) == 0 {
		t.Fatal("there are no tables")
	}
	return all
}

// together runs fn n times at once and fails the test by any error.
func together(t testing.TB, n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// queries is a logger that keeps what was asked of the database.
type queries struct{ all []string }

func (q *queries) LogMode(logger.LogLevel) logger.Interface { //nolint:ireturn // GORM wants it so
	return q
}
func (q *queries) Info(context.Context, string, ...any)  {}
func (q *queries) Warn(context.Context, string, ...any)  {}
func (q *queries) Error(context.Context, string, ...any) {}
func (q *queries) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) {
	sql, _ := fc()
	q.all = append(q.all, sql)
}
