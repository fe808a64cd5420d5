package adapter_test

import (
	"path/filepath"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, func(t *testing.T) rolekit.Store {
		t.Helper()
		store, err := adapter.Open(t.Context(), openFile(t, filepath.Join(t.TempDir(), "rolekit.db")), adapter.Config{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

// openFile opens an SQLite file, and closes it when the test ends.
func openFile(t testing.TB, path string) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(path)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sqlDB, err := db.DB()
		if err != nil {
			t.Fatal(err)
		}
		if err := sqlDB.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
