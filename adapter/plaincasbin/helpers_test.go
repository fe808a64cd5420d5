package plaincasbin_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
	"github.com/rolekit/rolekit/internal/services"
)

const catalogYAML = `
actions:
  read: {}
  write: {}
  delete: {}
  manage: {implies: [read, write]}
objects:
  invoices: {actions: [read, write, delete, manage]}
  reports: {actions: [read, write]}
  jobs: {actions: [read]}
permissions:
  jobs:read: {access: [own]}
creator: owner
roles:
  owner: {grants: ["*:*"]}
`

// usual is what a program with plain policies judges by.
const usual = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`

func parseCatalog(t testing.TB, yaml string) *rolekit.Catalog {
	t.Helper()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// rowsOf reads lines of Casbin's CSV, numbered from 1.
func rowsOf(lines ...string) []plaincasbin.Row {
	rows := make([]plaincasbin.Row, len(lines))
	for i, line := range lines {
		fields := strings.Split(line, ", ")
		rows[i] = plaincasbin.Row{ID: uint(i + 1), Ptype: fields[0]}
		copy(rows[i].V[:], fields[1:])
	}
	return rows
}

// plain returns an enforcer that judges by the rows.
func plain(t testing.TB, rows []plaincasbin.Row) *casbin.Enforcer {
	t.Helper()
	m, err := model.NewModelFromString(usual)
	if err != nil {
		t.Fatal(err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		switch {
		case r.Ptype == "g" && r.V[2] != "" && r.V[3] == "":
			_, err = e.AddGroupingPolicy(r.V[0], r.V[1], r.V[2])
		case r.Ptype == "p" && r.V[3] != "" && r.V[5] == "":
			effect := "allow"
			if r.V[4] != "" {
				effect = r.V[4]
			}
			_, err = e.AddPolicy(r.V[0], r.V[1], r.V[2], r.V[3], effect)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// database is one that a test has to itself.
type database struct {
	name   string
	create func(testing.TB) gorm.Dialector
}

func databases() []database {
	return []database{{"SQLite", sqliteFile}, {"Postgres", postgresDatabase}, {"MariaDB", mariaDatabase}}
}

func sqliteFile(t testing.TB) gorm.Dialector { //nolint:ireturn // what gorm.Open takes
	t.Helper()
	return sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "rolekit.db")))
}

func postgresDatabase(t testing.TB) gorm.Dialector { //nolint:ireturn // what gorm.Open takes
	t.Helper()
	return postgres.Open(services.Postgres(t))
}

func mariaDatabase(t testing.TB) gorm.Dialector { //nolint:ireturn // what gorm.Open takes
	t.Helper()
	return mysql.Open(services.MariaDB(t))
}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(*testing.T, *gorm.DB)) {
	t.Helper()
	for _, d := range databases() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, d.create(t)))
		})
	}
}

func open(t testing.TB, dialector gorm.Dialector) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	conn.SetMaxOpenConns(4)
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t testing.TB, db *gorm.DB, statement string) {
	t.Helper()
	if err := db.Exec(statement).Error; err != nil {
		t.Fatal(err)
	}
}

// target migrates the database and opens a kit on it.
func target(t testing.TB, db *gorm.DB, catalog *rolekit.Catalog) plaincasbin.Target {
	t.Helper()
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return plaincasbin.Target{DB: db, Join: store.Join, Kit: kit}
}

func read(t testing.TB, db *gorm.DB) plaincasbin.Found {
	t.Helper()
	found, err := plaincasbin.Read(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func planOf(t testing.TB, found plaincasbin.Found, config plaincasbin.Config) *plaincasbin.Plan {
	t.Helper()
	plan, err := plaincasbin.NewPlan(found, config)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
