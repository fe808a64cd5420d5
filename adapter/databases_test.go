package adapter_test

import (
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/internal/services"
)

// database is one that a test can have to itself.
type database struct {
	name string
	// create makes an empty one, which goes when the test ends, and returns how
	// to open it: a new connection at each call.
	create func(t testing.TB) func() gorm.Dialector
}

func databases() []database {
	return []database{{"SQLite", sqliteFile}, {"Postgres", postgresDatabase}, {"MariaDB", mariaDatabase}}
}

func sqliteFile(t testing.TB) func() gorm.Dialector {
	t.Helper()
	path := tempFile(t)
	return func() gorm.Dialector { return sqlite.Open(adapter.SQLiteDSN(path)) }
}

func postgresDatabase(t testing.TB) func() gorm.Dialector {
	t.Helper()
	url := services.Postgres(t)
	hurry(t, url)
	return func() gorm.Dialector { return postgres.Open(url) }
}

func mariaDatabase(t testing.TB) func() gorm.Dialector {
	t.Helper()
	dsn := services.MariaDB(t)
	return func() gorm.Dialector { return mysql.Open(dsn) }
}

// hurry makes PostgreSQL not wait for the disk at each commit, and look for
// deadlocks sooner than after a second, where the tests' user may say so.
func hurry(t testing.TB, url string) {
	t.Helper()
	db := open(t, postgres.Open(url))
	var name string
	if err := db.Raw("SELECT current_database()").Scan(&name).Error; err != nil {
		t.Fatal(err)
	}
	exec(t, db, "ALTER DATABASE "+name+" SET synchronous_commit = off")
	if err := db.Exec("ALTER DATABASE " + name + " SET deadlock_timeout = '20ms'").Error; err != nil {
		t.Log("tests with deadlocks will be slow:", err)
	}
}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(t *testing.T, open func(...gorm.Option) *gorm.DB)) {
	t.Helper()
	for _, d := range databases() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			dialector := d.create(t)
			test(t, func(options ...gorm.Option) *gorm.DB { return open(t, dialector(), options...) })
		})
	}
}

// open opens a database with few connections, of which a server has not many,
// and closes it when the test ends.
func open(t testing.TB, dialector gorm.Dialector, options ...gorm.Option) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(dialector, append([]gorm.Option{&gorm.Config{Logger: logger.Discard}}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	sqlDB, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	sqlDB.SetMaxOpenConns(8)
	sqlDB.SetMaxIdleConns(8)
	t.Cleanup(func() {
		if err := sqlDB.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
