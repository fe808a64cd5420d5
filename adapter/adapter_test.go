package adapter_test

import (
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/skip"
)

func TestSQLite(t *testing.T) {
	heavy(t)
	t.Parallel()
	adaptertest.Run(t, func(t *testing.T) rolekit.Store {
		t.Helper()
		return openStore(t, openFile(t, tempFile(t)))
	})
}

func TestPostgres(t *testing.T) { serves(t, postgresDatabase) }

func TestMariaDB(t *testing.T) {
	heavy(t)
	serves(t, mariaDatabase)
}

// heavy skips a test with -short. MariaDB takes seconds to make tables, SQLite
// is written in Go, and so minutes slower under the race detector, and many
// organisations are many; the code that talks to them is the one that talks to PostgreSQL.
func heavy(t *testing.T) {
	t.Helper()
	skip.Short(t, "it takes minutes")
}

// serves runs the suite on a server. A database takes longer to make there than
// a test, so it is one for all of them, emptied in between.
func serves(t *testing.T, create func(testing.TB) func() gorm.Dialector) {
	t.Helper()
	t.Parallel()
	db := open(t, create(t)())
	one := func(t *testing.T) rolekit.Store {
		t.Helper()
		store := openStore(t, db)
		empty(t, db)
		return store
	}
	adaptertest.Run(t, one)
	adaptertest.RunRowLocks(t, one)
}

func openStore(t testing.TB, db *gorm.DB) *adapter.Store {
	t.Helper()
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// empty makes a store as it was when it was new.
func empty(t testing.TB, db *gorm.DB) {
	t.Helper()
	for _, table := range ourTables() {
		if err := db.Exec("DELETE FROM " + table).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Exec("INSERT INTO rolekit_revisions (org_id, revision) VALUES ('*', 0)").Error; err != nil {
		t.Fatal(err)
	}
}

func ourTables() []string {
	return []string{
		"casbin_rule", "rolekit_audit", "rolekit_catalog", "rolekit_groups", "rolekit_keys", "rolekit_orgs", "rolekit_profiles", "rolekit_replies", "rolekit_revisions", "rolekit_roles", "rolekit_sets",
	}
}

// openFile opens an SQLite file, and closes it when the test ends.
func openFile(t testing.TB, path string) *gorm.DB {
	t.Helper()
	return open(t, sqlite.Open(adapter.SQLiteDSN(path)))
}
