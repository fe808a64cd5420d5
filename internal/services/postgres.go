package services

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func postgres() service {
	return service{
		name: "PostgreSQL", variable: "ROLEKIT_TEST_POSTGRES", ping: pingPostgres,
		address: "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable",
	}
}

// Postgres returns the URL of an empty database of the test's own on the server
// that ROLEKIT_TEST_POSTGRES names, and drops it when the test ends. It sorts as
// English does, where the server can, so that what relies on C shows.
func Postgres(t testing.TB) string {
	t.Helper()
	server := postgres().find(t)
	name, database := newPostgresDatabase(t, server)
	t.Cleanup(func() {
		err := onPostgres(server, func(ctx context.Context, conn *pgx.Conn) error {
			// FORCE, because a test that failed may have left a connection behind.
			_, err := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
			return err
		})
		if err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return database
}

// newPostgresDatabase creates a database rather than a schema: a schema would be
// made in 2 ms instead of 30, but has no locale of its own, and LISTEN, advisory locks
// and unqualified names would be shared with all other tests.
func newPostgresDatabase(t testing.TB, server string) (name, database string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		t.Fatal("PostgreSQL's address must be a URL: postgres://user@host:port/database")
	}
	name = randomName()
	if err := createPostgresDatabase(server, name); err != nil {
		t.Fatalf("create a database on PostgreSQL: %v", err)
	}
	u.Path = "/" + name
	return name, u.String()
}

func createPostgresDatabase(server, name string) error {
	return onPostgres(server, func(ctx context.Context, conn *pgx.Conn) error {
		var options string
		// ICU can be a database's own since version 15; before, and where it was
		// not built in, libc's locales serve if the machine has one.
		err := conn.QueryRow(ctx, `SELECT coalesce(
			(SELECT 'LOCALE_PROVIDER icu ICU_LOCALE ''en-US''' FROM pg_collation
				WHERE collname = 'en-US-x-icu' AND current_setting('server_version_num')::int >= 150000),
			(SELECT 'LOCALE ' || quote_literal(collname) FROM pg_collation
				WHERE collname ILIKE 'en_US.utf%8' AND collprovider = 'c' LIMIT 1),
			'')`).Scan(&options)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' "+options)
		return err
	})
}

func pingPostgres(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func onPostgres(server string, do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, conn), conn.Close(ctx))
}

// randomName is a database's; nothing in it needs quoting.
func randomName() string { return "rolekit_" + strings.ToLower(rand.Text()) }
