package services

import (
	"context"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// PostgresConfig says what is special about a PostgreSQL.
type PostgresConfig struct {
	MaxConnections int // how many there may be at once; the server's default (100) if 0
}

// StartPostgres starts a PostgreSQL of the test's own.
func StartPostgres(t testing.TB, c PostgresConfig) *Server {
	t.Helper()
	initdb, postgres := installed(t, "PostgreSQL", "initdb"), installed(t, "PostgreSQL", "postgres")
	as := accountOf(t, "PostgreSQL", "postgres")
	s := private(t, command{path: postgres, as: as, stop: syscall.SIGINT}) // which it calls a fast shutdown
	data := filepath.Join(s.command.dir, "data")
	run(t, command{
		path: initdb, dir: s.command.dir, as: as,
		args: []string{"--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"},
	})
	port := FreePort(t)
	s.command.args = []string{
		"-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		// A commit survives Kill without being flushed to the disk, only not the machine's crash.
		"-c", "fsync=off",
	}
	if c.MaxConnections > 0 {
		s.command.args = append(s.command.args, "-c", "max_connections="+strconv.Itoa(c.MaxConnections),
			"-c", "superuser_reserved_connections=0", "-c", "max_wal_senders=0")
	}
	server := "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	s.ping = func(ctx context.Context) error { return pingPostgres(ctx, server) }
	s.Start()
	_, s.DSN = newPostgresDatabase(t, server)
	return s
}

// StartMariaDB starts a MariaDB of the test's own.
func StartMariaDB(t testing.TB) *Server {
	t.Helper()
	install, mariadbd := installed(t, "MariaDB", "mariadb-install-db"), installed(t, "MariaDB", "mariadbd")
	as := accountOf(t, "MariaDB", "mysql")
	s := private(t, command{path: mariadbd, as: as, stop: syscall.SIGTERM})
	data := filepath.Join(s.command.dir, "data")
	run(t, command{
		path: install, dir: s.command.dir, as: as,
		args: []string{"--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db"},
	})
	port := FreePort(t)
	s.command.args = []string{
		"--no-defaults", "--datadir=" + data, "--port=" + port, "--bind-address=127.0.0.1",
		"--socket=" + filepath.Join(s.command.dir, "socket"), "--pid-file=" + filepath.Join(s.command.dir, "pid"),
		// A commit survives Kill without being flushed to the disk, only not the machine's crash.
		"--innodb-flush-log-at-trx-commit=2",
	}
	server := "root@tcp(127.0.0.1:" + port + ")/"
	s.ping = func(ctx context.Context) error { return pingMariaDB(ctx, server) }
	s.Start()
	_, s.DSN = newMariaDBDatabase(t, server)
	return s
}

// StartRedis starts a Redis of the test's own, which keeps its keys.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	port := FreePort(t)
	s := private(t, command{path: installed(t, "Redis", "redis-server"), stop: syscall.SIGTERM})
	s.command.args = []string{"--port", port, "--bind", "127.0.0.1", "--dir", s.command.dir, "--save", "", "--appendonly", "yes"}
	s.DSN = "redis://127.0.0.1:" + port
	s.ping = func(ctx context.Context) error { return pingRedis(ctx, s.DSN) }
	s.Start()
	return s
}

// StartNATS starts a NATS of the test's own, with JetStream.
func StartNATS(t testing.TB) *Server {
	t.Helper()
	port := FreePort(t)
	s := private(t, command{path: installed(t, "NATS", "nats-server"), stop: syscall.SIGTERM})
	s.command.args = []string{"--addr", "127.0.0.1", "--port", port, "--jetstream", "--store_dir", s.command.dir}
	s.DSN = "nats://127.0.0.1:" + port
	s.ping = func(ctx context.Context) error { return pingNATS(ctx, s.DSN) }
	s.Start()
	return s
}

// private returns a server that is not started yet, and is cleaned up when the
// test ends, however it does.
func private(t testing.TB, c command) *Server {
	t.Helper()
	c.dir = folder(t, c.as)
	s := &Server{t: t, command: c}
	t.Cleanup(s.cleanUp)
	return s
}
