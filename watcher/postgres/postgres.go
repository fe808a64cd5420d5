// Package postgres carries the news that policies changed by LISTEN and NOTIFY,
// through the database that the application has anyway.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/internal/listening"
)

// What Postgres takes, in bytes (NAMEDATALEN and
// https://www.postgresql.org/docs/current/sql-notify.html).
const (
	longestChannel = 63
	longestMessage = 7999
)

// Config configures a [Watcher]. The zero value is useful.
type Config struct {
	// Channel is what is notified and listened on, the same in all processes
	// of an application, and another for each application that shares the
	// database. At most 63 bytes. Default: "rolekit".
	Channel string
	// Ping is how long nothing is heard before the connection is tested.
	// Default: 10 seconds.
	Ping time.Duration
}

// Watcher implements [rolekit.Watcher] on a Postgres database.
type Watcher struct {
	db      *sql.DB
	channel string
	ping    time.Duration
}

var _ rolekit.Watcher = (*Watcher)(nil)

// New returns a watcher on the application's own pool, which stays the
// application's to close. The pool must be pgx's (gorm.io/driver/postgres opens
// such a one), with room for more than one connection: Listen keeps one for
// itself. It must lead to Postgres or to a pooler in session mode.
func New(db *sql.DB, config Config) (*Watcher, error) {
	w := &Watcher{db: db, channel: config.Channel, ping: config.Ping}
	if w.channel == "" {
		w.channel = "rolekit"
	}
	if w.ping <= 0 {
		w.ping = 10 * time.Second
	}
	if db == nil {
		return nil, invalid("the database is missing", "open one with pgx's stdlib driver")
	}
	if _, ok := db.Driver().(*stdlib.Driver); !ok {
		return nil, invalid(fmt.Sprintf("the database is opened with %T", db.Driver()),
			"listening needs pgx: open it with gorm.io/driver/postgres or pgx's stdlib")
	}
	if len(w.channel) > longestChannel || !text(w.channel) {
		return nil, invalid(fmt.Sprintf("%.100q is no channel of Postgres", w.channel), fmt.Sprintf("use at most %d bytes", longestChannel))
	}
	return w, nil
}

// Notify implements [rolekit.Watcher]. It takes a connection of the pool for a
// moment. A message must be text of at most 7999 bytes.
func (w *Watcher) Notify(ctx context.Context, message string) error {
	if len(message) > longestMessage || !text(message) {
		return invalid(fmt.Sprintf("a message of %d bytes does not fit into a notification of Postgres", len(message)),
			fmt.Sprintf("send UTF-8 without NUL, at most %d bytes", longestMessage))
	}
	if _, err := w.db.ExecContext(ctx, "SELECT pg_notify($1, $2)", w.channel, message); err != nil {
		return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("Postgres was not notified on channel %q", w.channel), Err: err}
	}
	return nil
}

// Listen implements [rolekit.Watcher]. It takes a connection out of the pool
// for as long as it listens, and closes it in the end.
func (w *Watcher) Listen(ctx context.Context, heard func(message string), lost func(error)) error {
	if w.db.Stats().MaxOpenConnections == 1 {
		return invalid("the pool has room for one connection, which listening would keep", "call SetMaxOpenConns with 2 or more")
	}
	return listening.Run(ctx, heard, lost, w.session)
}

// session listens on one connection, until that fails.
func (w *Watcher) session(ctx context.Context, news *listening.News) error {
	connectCtx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	conn, err := w.db.Conn(connectCtx)
	if err != nil {
		err = w.gone(err)
		// database/sql keeps the error to itself.
		if strings.Contains(err.Error(), "sql: database is closed") {
			return listening.Permanent(err)
		}
		return err
	}
	defer conn.Close() //nolint:errcheck // it has ended, and why is known
	var reason error
	_ = conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			reason = listening.Permanent(invalid(fmt.Sprintf("the pool has connections of type %T", driverConn), "listening needs pgx's"))
			return nil
		}
		reason = w.listen(ctx, c.Conn(), news)
		// It still listens, so that it must not go back into the pool.
		return driver.ErrBadConn
	})
	return reason
}

// text reports whether Postgres can keep s in a text.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func invalid(message, hint string) error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}
