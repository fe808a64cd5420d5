package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

type opener = func(...gorm.Option) *gorm.DB

func TestMigrateTwiceIsOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		populate(t, newKit(t, db))
		before := tables(t, db)
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		equal(t, "the tables", before, tables(t, db))
	})
}

// TestMigrateTogether is what replicas do that start at the same time.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		const replicas = 8
		dbs := make([]*gorm.DB, replicas)
		for i := range dbs {
			dbs[i] = open()
		}
		together(t, replicas, func(i int) error {
			_, err := adapter.Open(t.Context(), dbs[i], adapter.Config{Migrate: true})
			return err
		})
		var applied, revisions int64
		err := errors.Join(dbs[0].Table("rolekit_schema").Where("version_id > 0").Count(&applied).Error,
			dbs[0].Table("rolekit_revisions").Count(&revisions).Error)
		if err != nil || applied != 5 || revisions != 1 {
			t.Errorf("%d migrations, %d revisions, %v; want five and one", applied, revisions, err)
		}
	})
}

// TestMigrateTakesOver keeps every row of a casbin_rule that gorm-adapter made.
func TestMigrateTakesOver(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		others, err := gormadapter.NewAdapterByDB(db)
		if err != nil {
			t.Fatal(err)
		}
		if err := others.AddPolicies("p", "p", [][]string{{"alice", "data1", "read"}, {"bob", "tom", "read"}, {"Zoë 🌱", "tom", "read"}}); err != nil {
			t.Fatal(err)
		}
		before := rules(t, db)
		kit := newKit(t, db)
		equal(t, "the rules", before, rules(t, db))
		if broken := kit.Health().Broken; len(broken) > 0 {
			t.Errorf("broken: %v", broken)
		}
	})
}

func rules(t testing.TB, db *gorm.DB) (all []gormadapter.CasbinRule) {
	t.Helper()
	if err := db.Order("id").Find(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRulesHaveGormAdaptersShape compares the table with the one that
// gorm-adapter makes.
func TestRulesHaveGormAdaptersShape(t *testing.T) {
	t.Parallel()
	for _, d := range databases()[1:] { // SQLite keeps the words that a table was made by: see TestPlainCasbin
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			theirs, ours := open(t, d.create(t)()), open(t, d.create(t)())
			if _, err := gormadapter.NewAdapterByDB(theirs); err != nil {
				t.Fatal(err)
			}
			if err := adapter.Migrate(t.Context(), ours); err != nil {
				t.Fatal(err)
			}
			// Of ours there are indexes more, and collations.
			more := regexp.MustCompile("(?m)^.*rolekit_(grants|links)_of_org.*\n|ROW_FORMAT=\\S+|COLLATE[ =]\\S+|CHARACTER SET \\S+|,$")
			shape := func(db *gorm.DB) []string {
				words := more.ReplaceAllString(strings.Join(schemaOf(t, db, "casbin_rule"), "\n")+"\n", "")
				return strings.Fields(strings.NewReplacer("`", "", `"`, "", "PRIMARY KEY (id)", "PRIMARY KEY").Replace(words))
			}
			equal(t, "the shape", shape(theirs), shape(ours))
		})
	}
}

func TestOpenRefusesSchemas(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		refused := func(what, want string) {
			t.Helper()
			_, err := adapter.Open(t.Context(), db, adapter.Config{})
			if !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want ErrInvalid with %q", what, err, want)
			}
		}
		refused("not migrated", "the schema is at version 0, and this rolekit needs 5")
		exec(t, db, "CREATE TABLE rolekit_orgs (id varchar(10))")
		refused("a table of that name", "the schema is at version 0")
		exec(t, db, "DROP TABLE rolekit_orgs")
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO rolekit_schema (version_id, is_applied) VALUES (9000, true)")
		refused("a newer one", "the schema is at version 9000, newer than")
		exec(t, db, "DELETE FROM rolekit_schema WHERE version_id > 0")
		refused("rolled back", "the schema is at version 0")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := adapter.Open(ctx, db, adapter.Config{}); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context: %v", err)
		}
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		status := func() []adapter.Migration {
			t.Helper()
			all, err := adapter.Status(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		equal(t, "a new database", []adapter.Migration{
			{Version: 1, Name: "00001_init.sql"},
			{Version: 2, Name: "00002_revisions_and_replies.sql"},
			{Version: 3, Name: "00003_keys.sql"},
			{Version: 4, Name: "00004_catalog.sql"},
			{Version: 5, Name: "00005_audit.sql"},
		}, status())
		if names, err := db.Migrator().GetTables(); err != nil || len(names) > 0 {
			t.Errorf("tables after asking: %q, %v", names, err)
		}
		// Whatever the session takes for the time.
		zone := map[string]string{"mysql": "SET time_zone = '+11:00'", "postgres": "SET TIME ZONE 'Australia/Sydney'"}[db.Name()]
		sqlDB, err := db.DB()
		if err != nil {
			t.Fatal(err)
		}
		sqlDB.SetMaxOpenConns(1)
		if zone != "" {
			exec(t, db, zone)
		}
		began := time.Now()
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO rolekit_schema (version_id, is_applied) VALUES (9000, true)")
		all := status()
		if len(all) != 6 || all[0].Name != "00001_init.sql" || all[5].Version != 9000 || all[5].Name != "" {
			t.Fatalf("status: %+v", all)
		}
		if at := all[0].Applied; at.Before(began.Add(-time.Minute)) || at.After(time.Now().Add(time.Minute)) {
			t.Errorf("applied at %s, and it is %s", at, time.Now().UTC())
		}
	})
}

// TestFailedMigration: where the schema changes in a transaction, half of it does
// not stay; where it does not, what is there is finished.
func TestFailedMigration(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		exec(t, db, "CREATE TABLE rolekit_revisions (id varchar(10))")
		_, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
		if !errors.Is(err, rolekit.ErrUnavailable) {
			t.Errorf("Open: %v, want ErrUnavailable", err)
		}
		if half := db.Migrator().HasTable("rolekit_orgs"); half != (db.Name() == "mysql") {
			t.Errorf("half a migration stayed: %t", half)
		}
		exec(t, db, "DROP TABLE rolekit_revisions")
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for _, table := range ourTables() {
			exec(t, db, "DROP TABLE "+table)
		}
		exec(t, db, "DELETE FROM rolekit_schema") // of which only the table was made
		populate(t, newKit(t, db))
	})
}

// TestMigrationDiesOnMySQL runs the statements up to each, as a process does that
// is killed, and then migrates.
func TestMigrationDiesOnMySQL(t *testing.T) {
	heavy(t)
	t.Parallel()
	files, err := filepath.Glob("migrations/mysql/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, name := range files {
		file, err := os.ReadFile(name) //nolint:gosec // one of ours
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(regexp.MustCompile(`--.*`).ReplaceAllString(string(file), ""))
	}
	statements := regexp.MustCompile(`;\s*\n`).Split(strings.TrimSpace(text.String())+"\n", -1)
	statements = statements[:len(statements)-1] // the last ended the file
	if len(statements) < 20 {
		t.Fatalf("%d statements: %q", len(statements), statements)
	}
	whole := open(t, mariaDatabase(t)())
	if err := adapter.Migrate(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	want := tables(t, whole)
	db := open(t, mariaDatabase(t)())
	for n := range len(statements) + 1 {
		sqlDB, err := db.DB()
		if err != nil {
			t.Fatal(err)
		}
		conn, err := sqlDB.Conn(t.Context()) // whose variables the statements share
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements[:n] {
			if _, err := conn.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if err := adapter.Migrate(t.Context(), db); err != nil {
			t.Fatalf("after %d statements: %v", n, err)
		}
		equal(t, fmt.Sprintf("the tables after %d statements", n), clock(want), clock(tables(t, db)))
		for _, table := range append(ourTables(), "rolekit_schema") {
			exec(t, db, "DROP TABLE "+table)
		}
	}
}

// clock leaves out when a migration was applied.
func clock(tables []string) string {
	return regexp.MustCompile(`tstamp:[^\]]*`).ReplaceAllString(strings.Join(tables, "\n"), "")
}

// TestMigrateConvertsCollations: to another program's table, Alice was alice.
func TestMigrateConvertsCollations(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]string{
		"the default":           "ENGINE=InnoDB",
		"an old one":            "ROW_FORMAT=COMPACT, CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci",
		"no transactions":       "ENGINE=MyISAM, CONVERT TO CHARACTER SET utf8mb3",
		"byte for byte already": "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		"one column":            "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, MODIFY v0 varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, mariaDatabase(t)())
			exec(t, db, `CREATE TABLE casbin_rule (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, ptype varchar(100),
				v0 varchar(100), v1 varchar(100), v2 varchar(100), v3 varchar(100), v4 varchar(100), v5 varchar(100))`)
			exec(t, db, "ALTER TABLE casbin_rule "+with, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:Zoë', 'role:clerk', 'tom'), ('g', 'user:alice', 'role:clerk', 'tom')",
				"INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('p', 'alice', 'data1', 'read', '', '', '')")
			before := rules(t, db)
			store := openStore(t, db)
			equal(t, "the rules", before, rules(t, db))
			err := store.Update(t.Context(), func(w rolekit.Writer) error {
				return w.AddRules(t.Context(),
					rolekit.Rule{Ptype: "g", V: [6]string{"user:Alice", "role:clerk", "tom"}}, rolekit.Rule{Ptype: "p", V: [6]string{"Alice", "data1", "read"}})
			})
			if err != nil {
				t.Fatal(err)
			}
			if all := rules(t, db); len(all) != len(before)+2 {
				t.Errorf("rules: %v", all)
			}
		})
	}
}
