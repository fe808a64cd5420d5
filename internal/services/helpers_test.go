package services_test

import (
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"github.com/rolekit/rolekit/internal/services"
)

// private is what the tests do with each kind of server. Reading and writing
// leave their connections open, as an application does.
type private struct {
	name  string
	start func(testing.TB) *services.Server
	write func(t *testing.T, dsn, what string)
	read  func(t *testing.T, dsn string) string
}

func privates() []private {
	return []private{
		{"Postgres", startPostgres, writePostgres, readPostgres},
		{"MariaDB", services.StartMariaDB, writeMariaDB, readMariaDB},
		{"Redis", services.StartRedis, writeRedis, readRedis},
		{"NATS", services.StartNATS, writeNATS, readNATS},
	}
}

func startPostgres(t testing.TB) *services.Server {
	t.Helper()
	return services.StartPostgres(t, services.PostgresConfig{})
}

func writePostgres(t *testing.T, dsn, what string) {
	t.Helper()
	conn := connect(t, dsn)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (what text)"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO kept VALUES ($1)", what); err != nil {
		t.Fatal(err)
	}
}

func readPostgres(t *testing.T, dsn string) (what string) {
	t.Helper()
	if err := connect(t, dsn).QueryRow(t.Context(), "SELECT what FROM kept").Scan(&what); err != nil {
		t.Fatal(err)
	}
	return what
}

func writeMariaDB(t *testing.T, dsn, what string) {
	t.Helper()
	db := openMariaDB(t, dsn)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE kept (what text)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO kept VALUES (?)", what); err != nil {
		t.Fatal(err)
	}
}

func readMariaDB(t *testing.T, dsn string) (what string) {
	t.Helper()
	if err := openMariaDB(t, dsn).QueryRowContext(t.Context(), "SELECT what FROM kept").Scan(&what); err != nil {
		t.Fatal(err)
	}
	return what
}

func writeRedis(t *testing.T, dsn, what string) {
	t.Helper()
	if err := openRedis(t, dsn).Set(t.Context(), "kept", what, 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func readRedis(t *testing.T, dsn string) string {
	t.Helper()
	what, err := openRedis(t, dsn).Get(t.Context(), "kept").Result()
	if err != nil {
		t.Fatal(err)
	}
	return what
}

func writeNATS(t *testing.T, dsn, what string) {
	t.Helper()
	stream, err := jetstream.New(openNATS(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := stream.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.PutString(t.Context(), "what", what); err != nil {
		t.Fatal(err)
	}
}

func readNATS(t *testing.T, dsn string) string {
	t.Helper()
	stream, err := jetstream.New(openNATS(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := stream.KeyValue(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	what, err := bucket.Get(t.Context(), "what")
	if err != nil {
		t.Fatal(err)
	}
	return string(what.Value())
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func openMariaDB(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // a server that was stopped has closed it
	return db
}

func openRedis(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() }) // as above
	return client
}

func openNATS(t *testing.T, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.NoReconnect())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}
