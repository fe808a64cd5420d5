package main_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/internal/services"
)

// database is one that a test has to itself.
type database struct{ name, address string }

// kinds of databases that there are.
func kinds() []string { return []string{"SQLite", "Postgres", "MariaDB"} }

func newDatabase(t *testing.T, kind string) database {
	t.Helper()
	create := map[string]func(testing.TB) string{"SQLite": sqliteFile, "Postgres": services.Postgres, "MariaDB": services.MariaDB}
	return database{kind, create[kind](t)}
}

func sqliteFile(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "roles.db")
}

// open opens it as another program would, until the test ends.
func (d database) open(t *testing.T) *gorm.DB {
	t.Helper()
	dialector := map[string]func(string) gorm.Dialector{
		"SQLite":   func(file string) gorm.Dialector { return sqlite.Open(adapter.SQLiteDSN(file)) },
		"Postgres": postgres.Open, "MariaDB": mysql.Open,
	}[d.name](d.address)
	db := must(gorm.Open(dialector, &gorm.Config{Logger: logger.Discard}))(t)
	conn := must(db.DB())(t)
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// exec changes the database as somebody else would.
func (d database) exec(t *testing.T, statements ...string) {
	t.Helper()
	db := d.open(t)
	for _, s := range statements {
		if err := db.Exec(s).Error; err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestMigrate goes from an empty database to a program that is too old for it. A
// server's database is migrated when somebody says so, and not before.
func TestMigrate(t *testing.T) {
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, kind)
			p := newPlace(t, "ROLEKIT_DATABASE="+d.address, "ROLEKIT_DEV=true")
			want := func(code int, stdout, stderr string, args ...string) {
				t.Helper()
				if got := p.run(args...); got.code != code || !strings.Contains(got.stdout, stdout) || !strings.Contains(got.stderr, stderr) {
					t.Errorf("%q: %+v; want %d, %q, %q", args, got, code, stdout, stderr)
				}
			}
			if d.name == "SQLite" {
				want(3, "", "cannot be used", "migrate", "--status")
				if _, err := os.Stat(d.address); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("--status made a file: %v", err)
				}
				d.exec(t, "PRAGMA user_version = 1") // which makes the file
			}
			const unmigrated = "lacks 5 of the 5 migrations of this rolekit (run rolekit migrate, or set --migrate)"
			want(4, "1        00001_init.sql                   pending\n2        00002_revisions_and_replies.sql  pending\n", "migrations are pending", "migrate", "--status")
			want(3, "", unmigrated, "serve", "--catalog", "catalog.yaml", "--migrate=false")
			if d.name != "SQLite" {
				want(3, "", unmigrated, "serve", "--catalog", "catalog.yaml")
				want(3, "", unmigrated, "seed", "--catalog", "catalog.yaml")
			}
			want(4, "pending", "", "migrate", "--status") // none of them did it
			want(0, "done: 1 00001_init.sql\ndone: 2 00002_revisions_and_replies.sql\ndone: 3 00003_keys.sql\ndone: 4 00004_catalog.sql\ndone: 5 00005_audit.sql\nthe database is up to date at version 5\n", "", "migrate")
			want(0, "the database is up to date at version 5\n", "", "migrate")
			want(0, "1        00001_init.sql                   20", "", "migrate", "--status")
			want(0, "2 added", "", "seed", "--catalog", "catalog.yaml")
			p.serve().stop(syscall.SIGTERM)

			d.exec(t, "INSERT INTO rolekit_schema (version_id, is_applied) VALUES (99, "+map[bool]string{true: "true", false: "1"}[d.name == "Postgres"]+")")
			const newer = "is at schema version 99, which is newer than this rolekit"
			for _, args := range [][]string{
				{"serve", "--catalog", "catalog.yaml"}, {"serve", "--catalog", "catalog.yaml", "--migrate"}, {"seed", "--catalog", "catalog.yaml"}, {"migrate"},
			} {
				want(3, "", newer, args...)
			}
			want(3, "99       (of a newer rolekit)", newer, "migrate", "--status")
			want(3, "", "rolekit migrate --status lists", "serve", "--catalog", "catalog.yaml")
		})
	}
}

// TestMigrateFirst says so to serve and to seed.
func TestMigrateFirst(t *testing.T) {
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, kind)
			p := newPlace(t, "ROLEKIT_DEV=true")
			p.write("address", d.address+"\n")
			s := p.serve("--database-file", "address", "--migrate", "--seed")
			s.want(200, `"status":"ready"`, "GET", "/readyz", "", "")
			s.want(200, `"user":"ada"`, "GET", "/v1/me", p.token("--user", "ada"), "")
			if code := s.stop(syscall.SIGTERM); code != 0 {
				t.Errorf("%d: %s", code, s.logged())
			}
		})
	}
}

// TestPasswordsAreNotShown runs everything with passwords that are wrong, in
// addresses where nobody listens and where somebody does.
func TestPasswordsAreNotShown(t *testing.T) {
	server := must(url.Parse(services.Postgres(t)))(t)
	server.User = url.UserPassword("postgres", secret) // whom the tests' server trusts without
	for _, address := range []string{
		"postgres://app:" + secret + "@127.0.0.1:1/app", "mysql://app:" + secret + "@127.0.0.1:1/app", "app:" + secret + "@tcp(127.0.0.1:1)/app", server.String(),
	} {
		p := newPlace(t, "ROLEKIT_DATABASE="+address, "ROLEKIT_DEV=true")
		for _, args := range []string{
			"migrate", "migrate --status", "seed --catalog catalog.yaml", "import --from-casbin --catalog catalog.yaml", "serve --catalog catalog.yaml --max-connections 0", "serve --help",
		} {
			got := p.run(append(strings.Fields(args), "--log-level", "debug")...)
			if all := fmt.Sprint(got); strings.Contains(all, secret) || address == server.String() && strings.Contains(all, "cannot be used") {
				t.Errorf("%s: %s", args, all)
			}
		}
	}
	for _, watch := range []string{"postgres", withPassword(t, services.Redis(t)), withPassword(t, services.NATS(t)), "redis://:" + secret + "@127.0.0.1:1", "nats://" + secret + "@127.0.0.1:1"} {
		p := newPlace(t, "ROLEKIT_DATABASE="+server.String(), "ROLEKIT_DEV=true", "ROLEKIT_WATCH="+watch, "ROLEKIT_WATCH_CHANNEL=rolekit.test.passwords")
		s := p.serve("--log-level", "debug", "--seed")
		s.want(200, `"status":"ready"`, "GET", "/readyz", "", "")
		if code := s.stop(syscall.SIGTERM); code != 0 || strings.Contains(s.logged(), secret) {
			t.Errorf("%s: %d\n%s", watch, code, s.logged())
		}
		if got := fmt.Sprint(p.run("seed", "--catalog", "catalog.yaml", "--log-level", "debug")); strings.Contains(got, secret) || !strings.Contains(got, "2 as they were") {
			t.Errorf("%s: %s", watch, got)
		}
	}
	got := newPlace(t, "ROLEKIT_DATABASE=postgres://app:"+secret+"@127.0.0.1:1/app").run("migrate")
	if got.code != 3 || !strings.Contains(got.stderr, `the database "postgres://127.0.0.1:1/app" cannot be used (check that the server runs`) ||
		strings.Count(got.stderr, "\n") != 1 || strings.Count(got.stderr, "refused") != 1 {
		t.Errorf("the error does not say which database: %+v", got)
	}
}

func withPassword(t *testing.T, broker string) string {
	t.Helper()
	u := must(url.Parse(broker))(t)
	u.User = url.UserPassword("app", secret)
	return u.String()
}

// must returns a function that returns the value, or fails the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
