package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	_ "github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/postgres"
)

func TestConfig(t *testing.T) {
	db := openDB(t, "postgres://127.0.0.1:1/nobody")
	other, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // it was never used
	for _, test := range []struct {
		name, channel string
		db            *sql.DB
		want          string // in the error; empty if there is none
	}{
		{"defaults", "", db, ""},
		{"the longest channel", strings.Repeat("x", 63), db, ""},
		{"a channel that is too long", strings.Repeat("x", 64), db, "no channel"},
		{"a channel with NUL", "a\x00b", db, "no channel"},
		{"a channel that is no text", "a\xffb", db, "no channel"},
		{"no database", "", nil, "missing"},
		{"another driver", "", other, "*sqlite.Driver"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := postgres.New(test.db, postgres.Config{Channel: test.channel})
			if test.want == "" && err != nil || test.want != "" && !isInvalid(err, test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func isInvalid(err error, text string) bool {
	return errors.Is(err, rolekit.ErrInvalid) && strings.Contains(err.Error(), text)
}

func TestMessages(t *testing.T) {
	db := openDB(t, services.Postgres(t))
	w := newWatcher(t, db)
	for _, test := range []struct {
		name, message string
		invalid       bool
	}{
		{"the longest", strings.Repeat("x", 7999), false},
		{"too long", strings.Repeat("x", 8000), true},
		{"NUL", "a\x00b", true},
		{"no text", "a\xffb", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := w.Notify(t.Context(), test.message); errors.Is(err, rolekit.ErrInvalid) != test.invalid || err != nil && !test.invalid {
				t.Errorf("got %v, want an error for what is invalid: %t", err, test.invalid)
			}
		})
	}
}

func newWatcher(t *testing.T, db *sql.DB) *postgres.Watcher {
	t.Helper()
	w, err := postgres.New(db, postgres.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What trying again cannot help comes back as an error.
func TestListenFails(t *testing.T) {
	url := services.Postgres(t)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) {}
	for _, test := range []struct {
		name    string
		db      *sql.DB
		prepare func(*sql.DB) error
		code    *rolekit.Error
		want    string
	}{
		{"a pool of one", openDB(t, url), func(db *sql.DB) error { db.SetMaxOpenConns(1); return nil }, rolekit.ErrInvalid, "SetMaxOpenConns"},
		{"a closed pool", openDB(t, url), (*sql.DB).Close, rolekit.ErrUnavailable, "closed"},
		{"notifications go elsewhere", stdlib.OpenDB(*config), func(*sql.DB) error { return nil }, rolekit.ErrInvalid, "OnNotification"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWatcher(t, test.db)
			if err := test.prepare(test.db); err != nil {
				t.Fatal(err)
			}
			err := w.Listen(t.Context(),
				func(string) {
					if err := w.Notify(context.WithoutCancel(t.Context()), "message"); err != nil {
						t.Error(err)
					}
				},
				func(err error) { t.Error("lost:", err) })
			if !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if used := test.db.Stats().InUse; used > 0 {
				t.Errorf("%d connections are not given back", used)
			}
			if err := test.db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A connection that listened must not go back to the application.
func TestNobodyGetsAConnectionThatListens(t *testing.T) {
	db := openDB(t, services.Postgres(t))
	db.SetMaxOpenConns(2)
	w := newWatcher(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	if err := w.Listen(ctx, func(string) { cancel() }, func(err error) { t.Error("lost:", err) }); err != nil {
		t.Fatal(err)
	}
	var channels int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_listening_channels()").Scan(&channels); err != nil || channels != 0 {
		t.Errorf("a connection of the pool listens on %d channels: %v", channels, err)
	}
}

// Postgres takes names for lower case unless told otherwise, and a connection
// of the pool may have listened to something before.
func TestChannelsOfOthers(t *testing.T) {
	db := openDB(t, services.Postgres(t))
	if _, err := db.ExecContext(t.Context(), `LISTEN others; LISTEN "my ""app"""`); err != nil {
		t.Fatal(err)
	}
	const channel = `My "app"`
	w, err := postgres.New(db, postgres.Config{Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heard []string
	err = w.Listen(ctx,
		func(message string) {
			if heard = append(heard, message); message == "mine" {
				cancel()
				return
			}
			for _, other := range []string{"others", strings.ToLower(channel)} {
				if _, err := db.ExecContext(ctx, "SELECT pg_notify($1, 'theirs')", other); err != nil {
					t.Error(err)
				}
			}
			if err := w.Notify(ctx, "mine"); err != nil {
				t.Error(err)
			}
		},
		func(err error) { t.Error("lost:", err); cancel() })
	if got := strings.Join(heard, ", "); err != nil || got != ", mine" {
		t.Errorf("heard %s; %v", got, err)
	}
}

// A pool that is exhausted is an outage like others.
func TestNoConnectionIsFree(t *testing.T) {
	db := openDB(t, services.Postgres(t))
	db.SetMaxOpenConns(2)
	var all []*sql.Conn
	for range 2 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conn)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events []string
	err := newWatcher(t, db).Listen(ctx,
		func(string) { events = append(events, "heard"); cancel() },
		func(error) {
			events = append(events, "lost")
			for _, conn := range all {
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	if got := strings.Join(events, ", "); err != nil || got != "lost, heard" {
		t.Errorf("%s; %v", got, err)
	}
}

// The server may end a connection and go on.
func TestAConnectionThatTheServerEnds(t *testing.T) {
	db := openDB(t, services.Postgres(t))
	w := newWatcher(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events []string
	err := w.Listen(ctx,
		func(message string) {
			events = append(events, "heard "+message)
			if len(events) > 1 {
				cancel()
				return
			}
			_, err := db.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE 'LISTEN "rolekit"%'`)
			if err != nil {
				t.Error(err)
			}
		},
		func(error) { events = append(events, "lost") })
	if got := strings.Join(events, ", "); err != nil || got != "heard , lost, heard " {
		t.Errorf("%s; %v", got, err)
	}
}
