package main_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/glebarez/sqlite"
	"github.com/rogpeppe/go-internal/testscript"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit/adapter"
)

const plainCatalog = `
actions: {read: {}, write: {}}
objects:
  invoices: {actions: [read, write]}
  reports: {actions: [read]}
roles:
  owner: {grants: ["*:*"]}
creator: owner
`

// plain fills the database as a Casbin program does, from lines of its CSV.
func (d database) plain(t *testing.T, policy string) {
	t.Helper()
	d.exec(t, plainRows(d.name, policy)...)
}

// plainRows are the statements of that.
func plainRows(kind, policy string) []string {
	id := map[string]string{
		"SQLite": "integer PRIMARY KEY AUTOINCREMENT", "Postgres": "bigserial PRIMARY KEY", "MariaDB": "bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
	}[kind]
	statements := []string{"CREATE TABLE casbin_rule (id " + id + ", ptype varchar(100), v0 varchar(100), v1 varchar(100), " +
		"v2 varchar(100), v3 varchar(100), v4 varchar(100), v5 varchar(100))"}
	for line := range strings.Lines(policy) {
		fields := append(strings.Split(strings.TrimSpace(line), ", "), make([]string, 7)...)[:7]
		statements = append(statements, "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('"+strings.Join(fields, "', '")+"')")
	}
	return statements
}

// scriptPlain is the command plain DATABASE FILE: it makes an SQLite database as a
// Casbin program has it, of lines of its CSV.
func scriptPlain(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: plain DATABASE FILE")
	}
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(ts.MkAbs(args[0]))), &gorm.Config{Logger: logger.Discard})
	ts.Check(err)
	pool, err := db.DB()
	ts.Check(err)
	for _, statement := range plainRows("SQLite", ts.ReadFile(args[1])) {
		ts.Check(db.Exec(statement).Error)
	}
	ts.Check(pool.Close())
}

const somePolicy = `p, role:admin, ACME Inc, invoices, write
p, role:admin, ACME Inc, invoices, read
p, clerk, ACME Inc, invoices, read
p, clerk, ACME Inc, /reports/:id, GET
p, bob, ACME Inc, invoices, write, deny
g, role:admin, clerk, ACME Inc
g, ada, role:admin, ACME Inc
g, bob, clerk, ACME Inc
`

const someNames = `
domains: {ACME Inc: acme}
roles: {"role:admin": admin}
permissions:
  /reports/:id: {GET: "reports:read"}
`

// TestImport goes from a plain Casbin program's database to a server on it, by the
// commands that an operator would use.
func TestImport(t *testing.T) {
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, kind)
			p := newPlace(t, "ROLEKIT_DATABASE="+d.address, "ROLEKIT_CATALOG=catalog.yaml", "ROLEKIT_DEV=true")
			p.write("catalog.yaml", plainCatalog)
			want := func(code int, stdout, stderr string, args ...string) {
				t.Helper()
				if got := p.run(append([]string{"import", "--from-casbin"}, args...)...); got.code != code || !strings.Contains(got.stdout, stdout) || !strings.Contains(got.stderr, stderr) {
					t.Errorf("%q: %+v; want %d, %q, %q", args, got, code, stdout, stderr)
				}
			}
			if d.name == "SQLite" {
				want(3, "", "cannot be used")
			}
			d.plain(t, somePolicy)
			want(1, "rows of casbin_rule: 8, of which 8 cannot be said in rolekit", "nothing was changed: 8 of the rows cannot be said")
			p.write("names.yaml", someNames)
			named := []string{"--names", "names.yaml"}
			want(1, "5: p, bob, ACME Inc, invoices, write, deny\n      it denies", "leave them behind with --leave-unknown", append(named, "--apply")...)
			leaving := slices.Concat(named, []string{"--leave-unknown", "--creator", "sue"})
			want(4, "user ada holds admin\n", "nothing was changed yet; --apply does it", leaving...)
			if d.name != "SQLite" {
				want(3, "user ada holds admin\n", "run rolekit migrate", append(leaving, "--apply")...)
			}
			if got := p.run("migrate"); got.code != 0 {
				t.Fatalf("migrate: %+v", got)
			}
			want(3, "", "seed the default roles first", append(leaving, "--apply")...)
			if got := p.run("seed"); got.code != 0 {
				t.Fatalf("seed: %+v", got)
			}
			want(0, "done; the rows are in the table casbin_rule_before_rolekit as they were\n", "", append(leaving, "--apply")...)
			want(0, "no rows of casbin_rule to import\n", "", "--apply")

			s := p.serve()
			sue := p.token("--user", "sue")
			for _, c := range []struct {
				user, permission, allowed string
			}{
				{"ada", "invoices:write", "true"}, {"ada", "reports:read", "true"}, {"bob", "invoices:read", "true"}, {"bob", "invoices:write", "false"}, {"sue", "reports:read", "true"},
			} {
				s.want(200, `"allowed":`+c.allowed, "POST", "/v1/orgs/acme/check", sue, `{"user":"`+c.user+`","permission":"`+c.permission+`"}`)
			}
			s.want(200, `"label":"ACME Inc"`, "GET", "/v1/orgs/acme", sue, "")
			s.want(200, `"actor":"system:import"`, "GET", "/v1/orgs/acme/audit", sue, "")
		})
	}
}

// What would be allowed and was not needs a word of its own.
func TestImportThatWouldAllowMore(t *testing.T) {
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, kind)
			p := newPlace(t, "ROLEKIT_DATABASE="+d.address, "ROLEKIT_CATALOG=catalog.yaml", "ROLEKIT_MIGRATE=true")
			p.write("catalog.yaml", strings.Replace(plainCatalog, "write: {}", "write: {implies: [read]}", 1))
			p.write("names.yaml", someNames)
			d.plain(t, somePolicy)
			d.exec(t, "DELETE FROM casbin_rule WHERE v4 = 'deny' OR v3 = 'read' AND v0 = 'clerk'")
			args := []string{"import", "--from-casbin", "--names", "names.yaml", "--apply"}
			d.exec(t, "DELETE FROM casbin_rule WHERE v3 = 'read'")
			const gain = "in acme, role admin: invoices:read, as invoices:write implies it"
			if got := p.run(args...); got.code != 1 || !strings.Contains(got.stdout, gain) || !strings.Contains(got.stderr, "agree with --accept-gains") {
				t.Errorf("%+v", got)
			}
			if got := p.run(append(args, "--accept-gains")...); got.code != 0 || !strings.Contains(got.stdout, "done; ") {
				t.Errorf("%+v", got)
			}
		})
	}
}
