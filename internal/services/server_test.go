package services_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rolekit/rolekit/internal/services"
)

func dial(ctx context.Context, dsn string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(dsn))
	if err != nil {
		return err
	}
	return conn.Close()
}

func refuses(t *testing.T, when, dsn string) {
	t.Helper()
	if err := dial(t.Context(), dsn); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s: want a refused connection, got %v", when, err)
	}
}

func TestServersStopAndStart(t *testing.T) {
	temporary := visibleFolder(t)
	for _, p := range privates() {
		var dsn string
		t.Run(p.name, func(t *testing.T) {
			t.Setenv("TMPDIR", temporary)
			s := p.start(t)
			dsn = s.DSN
			p.write(t, dsn, "this")
			for _, end := range []struct {
				name string
				call func()
			}{{"Stop", s.Stop}, {"Kill", s.Kill}} {
				end.call()
				refuses(t, "after "+end.name, dsn)
				s.Start()
				if kept := p.read(t, dsn); kept != "this" || s.DSN != dsn {
					t.Errorf("after %s and Start: read %q, at %s; want this, at %s", end.name, kept, s.DSN, dsn)
				}
			}
		})
		if dsn == "" {
			continue // it is not installed
		}
		// It was running when its test ended.
		refuses(t, "after the test of "+p.name, dsn)
		left, err := os.ReadDir(temporary)
		if err != nil || len(left) != 0 {
			t.Errorf("after the test of %s: %v is left, %v", p.name, left, err)
		}
	}
}

// visibleFolder is a temporary one that a server's account can enter.
func visibleFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "rolekit-test-") //nolint:usetesting // t.TempDir can be entered by its owner alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := os.RemoveAll(folder)
		for late := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(late); err = os.RemoveAll(folder) {
			time.Sleep(10 * time.Millisecond) // a server that was killed, and hears no more, may still be writing there
		}
		if err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // the account that a server runs as is another
		t.Fatal(err)
	}
	return folder
}

func TestMaxConnections(t *testing.T) {
	const most = 5
	s := services.StartPostgres(t, services.PostgresConfig{MaxConnections: most})
	var open []*pgx.Conn
	var err error
	for len(open) <= most && err == nil {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(t.Context(), s.DSN); err == nil {
			open = append(open, conn)
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
		}
	}
	// One less may be enough: the connection that made the database goes when it does.
	t.Logf("%d connections, and then %v", len(open), err)
	var full *pgconn.PgError
	if !errors.As(err, &full) || full.Code != "53300" {
		t.Errorf("want too many connections, got %v", err)
	}
}

// TestServesUntilKilled is what TestServersDieWithTheProcess runs and kills.
func TestServesUntilKilled(t *testing.T) {
	if os.Getenv("ROLEKIT_SERVE_UNTIL_KILLED") == "" {
		return
	}
	var all []string
	for _, p := range privates() {
		all = append(all, p.start(t).DSN)
	}
	if _, err := os.Stdout.WriteString("serving " + strings.Join(all, " ") + "\n"); err != nil {
		t.Fatal(err)
	}
	// Until the one that started this ends it, or is no more.
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Fatal(err)
	}
}

// Without redis-server, which is in no folder that is looked into beside PATH.
func TestMissingProgram(t *testing.T) {
	output, failed := again(t, "^TestStartsRedis$", "ROLEKIT_START_REDIS=1", "PATH=")
	if failed || !strings.Contains(output, "--- SKIP: TestStartsRedis") || strings.Count(output, "make services does that") != 2 {
		t.Errorf("want a skipped test, and on stderr why (failed: %t):\n%s", failed, output)
	}
	output, failed = again(t, "^TestStartsRedis$", "ROLEKIT_START_REDIS=1", "PATH=", "CI=true")
	if !failed || !strings.Contains(output, "make services does that") {
		t.Errorf("with CI=true the test must fail:\n%s", output)
	}
}

// TestStartsRedis is what TestMissingProgram runs.
func TestStartsRedis(t *testing.T) {
	if os.Getenv("ROLEKIT_START_REDIS") != "" {
		services.StartRedis(t)
	}
}

// awaitRefusal waits until nobody listens any more.
func awaitRefusal(t *testing.T, dsn string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := dial(ctx, dsn)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s still answers: %v", dsn, err)
		case <-again.C:
		}
	}
}
