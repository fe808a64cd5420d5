package services

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"
)

func mariaDB() service {
	return service{name: "MariaDB", variable: "ROLEKIT_TEST_MARIADB", address: "root@tcp(127.0.0.1:3306)/", ping: pingMariaDB}
}

// MariaDB returns the DSN (go-sql-driver's, with parseTime, which GORM needs) of
// an empty database of the test's own on the server that ROLEKIT_TEST_MARIADB
// names, and drops it when the test ends. To its collation Alice is alice, as it
// is in a database that nobody thought about.
func MariaDB(t testing.TB) string {
	t.Helper()
	server := mariaDB().find(t)
	name, database := newMariaDBDatabase(t, server)
	t.Cleanup(func() {
		if err := mariaDBExec(server, "DROP DATABASE "+name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return database
}

func newMariaDBDatabase(t testing.TB, server string) (name, database string) {
	t.Helper()
	config, err := mysql.ParseDSN(server)
	if err != nil {
		t.Fatalf("MariaDB's address must be a DSN, user:password@tcp(host:port)/: %v", err)
	}
	name = randomName()
	// With a character set but no collation it gets the set's default, which
	// ignores case in every version of MariaDB and MySQL.
	if err := mariaDBExec(server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4"); err != nil {
		t.Fatalf("create a database on MariaDB: %v", err)
	}
	config.DBName = name
	config.ParseTime = true
	return name, config.FormatDSN()
}

func pingMariaDB(ctx context.Context, address string) error {
	db, err := sql.Open("mysql", address)
	if err != nil {
		return err
	}
	return errors.Join(db.PingContext(ctx), db.Close())
}

func mariaDBExec(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	db, err := sql.Open("mysql", server)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}
