package replicatest_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/internal/services"
)

// database is one of a test's own.
type database struct {
	name      string
	address   string // as the program takes it
	dialector func() gorm.Dialector
}

func sqliteAt(path string) database {
	return database{"SQLite", path, func() gorm.Dialector { return sqlite.Open(adapter.SQLiteDSN(path)) }}
}

func postgresAt(url string) database {
	return database{"Postgres", url, func() gorm.Dialector { return postgres.Open(url) }}
}

func mariaAt(dsn string) database {
	return database{"MariaDB", dsn, func() gorm.Dialector { return mysql.Open(dsn) }}
}

func newSQLite(t testing.TB) database {
	t.Helper()
	return sqliteAt(filepath.Join(t.TempDir(), "rolekit.db"))
}

func newPostgres(t testing.TB) database {
	t.Helper()
	return postgresAt(services.Postgres(t))
}

func newMariaDB(t testing.TB) database {
	t.Helper()
	return mariaAt(services.MariaDB(t))
}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(*testing.T, database)) {
	t.Helper()
	for name, create := range map[string]func(testing.TB) database{"SQLite": newSQLite, "Postgres": newPostgres, "MariaDB": newMariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, create(t))
		})
	}
}

// open opens a pool of at most so many connections, and closes it when the test
// ends.
func (d database) open(t testing.TB, connections int) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(d.dialector(), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	t.Cleanup(func() { _ = pool.Close() }) // a server that was stopped has closed what it had of it
	return db
}

// store opens a store, and migrates the database first.
func (d database) store(t testing.TB) *adapter.Store {
	t.Helper()
	return storeOn(t, d.open(t, 2))
}

func storeOn(t testing.TB, db *gorm.DB) *adapter.Store {
	t.Helper()
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

const catalogYAML = `
actions: {read: {}, write: {}, send: {}, plan: {}}
objects:
  invoices: {actions: [read, write, send]}
  jobs: {actions: [read, write, plan]}
roles:
  owner: {grants: ["*:*"]}
  reader: {grants: ["invoices:read"]}
creator: owner
`

const operators rolekit.OrgID = "operators"

// kitOn makes a kit, which knows what the database holds now.
func kitOn(t testing.TB, store rolekit.Store, config rolekit.Config) *rolekit.Kit {
	t.Helper()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalogYAML))
	if err != nil {
		t.Fatal(err)
	}
	config.Catalog, config.Operators = catalog, operators
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	kit, err := rolekit.New(t.Context(), store, config)
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// populate applies the default roles and makes organisations, the operators' among
// them, which sue owns.
func populate(t testing.TB, kit *rolekit.Kit, orgs ...rolekit.OrgID) {
	t.Helper()
	system := kit.Manager().As(rolekit.System("test"))
	if _, err := system.ApplyDefaults(t.Context(), kit.Catalog().Defaults()); err != nil {
		t.Fatal(err)
	}
	for _, org := range append(orgs, operators) {
		if _, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: org, Creator: "sue"}); err != nil {
			t.Fatal(err)
		}
	}
}
