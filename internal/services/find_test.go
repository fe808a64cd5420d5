package services_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rolekit/rolekit/internal/services"
)

func TestPostgres(t *testing.T) {
	var url string
	var conn *pgx.Conn
	t.Run("a database", func(t *testing.T) {
		url = services.Postgres(t)
		conn = connect(t, url) // and not closed: the database must go all the same
		var tables int
		var encoding string
		var english bool
		err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'),
			current_setting('server_encoding'), 'a' < 'B'`).Scan(&tables, &encoding, &english)
		if err != nil || tables != 0 || encoding != "UTF8" || !english {
			t.Errorf("%d tables, encoding %s, sorts as English does: %t, %v", tables, encoding, english, err)
		}
		if other := services.Postgres(t); other == url {
			t.Errorf("two tests share %s", url)
		}
	})
	if url == "" {
		return // there is no server
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Log(err)
	}
	var gone *pgconn.PgError
	if _, err := pgx.Connect(t.Context(), url); !errors.As(err, &gone) || gone.Code != "3D000" {
		t.Errorf("after the test its database should be unknown, got %v", err)
	}
}

func TestMariaDB(t *testing.T) {
	var dsn string
	t.Run("a database", func(t *testing.T) {
		dsn = services.MariaDB(t)
		db := openMariaDB(t, dsn)
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE users (id varchar(20) PRIMARY KEY) AS SELECT 'alice' AS id"); err != nil {
			t.Fatal(err)
		}
		var same *mysql.MySQLError
		if _, err := db.ExecContext(t.Context(), "INSERT INTO users VALUES ('Alice')"); !errors.As(err, &same) || same.Number != 1062 {
			t.Errorf("Alice should be alice to the default collation, got %v", err)
		}
		if other := services.MariaDB(t); other == dsn {
			t.Errorf("two tests share %s", dsn)
		}
	})
	if dsn == "" {
		return // there is no server
	}
	var gone *mysql.MySQLError
	if err := openMariaDB(t, dsn).PingContext(t.Context()); !errors.As(err, &gone) || gone.Number != 1049 {
		t.Errorf("after the test its database should be unknown, got %v", err)
	}
}

func TestRedis(t *testing.T) {
	if err := openRedis(t, services.Redis(t)).Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

func TestNATS(t *testing.T) {
	if err := openNATS(t, services.NATS(t)).FlushTimeout(time.Minute); err != nil {
		t.Error(err)
	}
}

// again runs this program's tests that match, with more environment.
func again(t *testing.T, tests string, environment ...string) (output string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+tests, "-test.v") //nolint:gosec // itself
	cmd.Env = append(append(os.Environ(), "CI="), environment...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err != nil
}

// TestNeedsEverything is what TestMissing runs.
func TestNeedsEverything(t *testing.T) {
	if os.Getenv("ROLEKIT_NEEDS_EVERYTHING") == "" {
		return
	}
	for _, test := range []struct {
		name string
		find func(testing.TB) string
	}{
		{"Postgres", services.Postgres}, {"MariaDB", services.MariaDB}, {"Redis", services.Redis}, {"NATS", services.NATS}, {"Node", services.NodeModules},
	} {
		for _, which := range []string{"First", "Second"} {
			t.Run(test.name+which, func(t *testing.T) { test.find(t) })
		}
	}
}

func TestMissing(t *testing.T) {
	const nowhere = "127.0.0.1:1" // nobody listens there
	for _, test := range []struct{ name, variable, address, remedy string }{
		{"Postgres", "ROLEKIT_TEST_POSTGRES", "postgres://postgres:sesame@" + nowhere + "/postgres", "make services, or say in ROLEKIT_TEST_POSTGRES"},
		{"MariaDB", "ROLEKIT_TEST_MARIADB", "root:sesame@tcp(" + nowhere + ")/", "make services, or say in ROLEKIT_TEST_MARIADB"},
		{"Redis", "ROLEKIT_TEST_REDIS", "redis://:sesame@" + nowhere, "make services, or say in ROLEKIT_TEST_REDIS"},
		{"NATS", "ROLEKIT_TEST_NATS", "nats://me:sesame@" + nowhere, "make services, or say in ROLEKIT_TEST_NATS"},
		{"Node", "ROLEKIT_TEST_NODE", t.TempDir(), "make node installs it, or say in ROLEKIT_TEST_NODE"},
		{"Node", "PATH", t.TempDir(), "make node installs it, or say in ROLEKIT_TEST_NODE"},
	} {
		t.Run(test.name+"/"+test.variable, func(t *testing.T) {
			alone := "^TestNeedsEverything$/^" + test.name
			address := test.variable + "=" + test.address

			output, failed := again(t, alone, "ROLEKIT_NEEDS_EVERYTHING=1", address)
			for _, want := range []string{"--- SKIP: TestNeedsEverything/" + test.name + "First", "--- SKIP: TestNeedsEverything/" + test.name + "Second"} {
				if !strings.Contains(output, want) || failed {
					t.Errorf("%q is missing, or the tests failed (%t):\n%s", want, failed, output)
				}
			}
			if loud := strings.Count(output, "\nservices: "); loud != 1 {
				t.Errorf("stderr has %d lines about what is missing, want 1:\n%s", loud, output)
			}
			if said := strings.Count(output, test.remedy); said != 3 {
				t.Errorf("%d reasons say what to do, want 3, on stderr and of two tests:\n%s", said, output)
			}
			if strings.Contains(output, "sesame") {
				t.Errorf("the password is shown:\n%s", output)
			}

			output, failed = again(t, alone, "ROLEKIT_NEEDS_EVERYTHING=1", address, "CI=true")
			if !failed || !strings.Contains(output, "--- FAIL: TestNeedsEverything/"+test.name+"First") {
				t.Errorf("with CI=true the test must fail:\n%s", output)
			}
		})
	}
}
