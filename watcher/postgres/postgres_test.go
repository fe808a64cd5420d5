package postgres_test

import (
	"database/sql"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/postgres"
	"github.com/rolekit/rolekit/watcher/watchertest"
)

func TestWatcher(t *testing.T) {
	open := func(t *testing.T, url, channel string) rolekit.Watcher {
		t.Helper()
		return open(t, url, channel)
	}
	watchertest.Run(t, watchertest.Transport{URL: services.Postgres(t), Open: open, Start: start})
}

func start(t *testing.T) watchertest.Server {
	t.Helper()
	s := services.StartPostgres(t, services.PostgresConfig{})
	return watchertest.Server{URL: s.DSN, Stop: s.Stop, Kill: s.Kill, Start: s.Start}
}

func open(t *testing.T, url, channel string) *postgres.Watcher {
	t.Helper()
	db := openDB(t, url)
	w, err := postgres.New(db, postgres.Config{Channel: channel, Ping: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func openDB(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
