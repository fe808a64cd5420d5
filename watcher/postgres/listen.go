package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/internal/listening"
)

// answerWithin is how long the pool may take to give a connection, or the
// database to answer, before it counts as gone.
const answerWithin = 5 * time.Second

// listen tells what is notified on the connection, until that fails.
func (w *Watcher) listen(ctx context.Context, conn *pgx.Conn, news *listening.News) error {
	if err := ask(ctx, conn, "LISTEN "+pgx.Identifier{w.channel}.Sanitize()); err != nil {
		return w.gone(err)
	}
	news.Missed()
	for {
		notification, err := wait(ctx, conn, w.ping)
		switch {
		case notification != nil:
			if notification.Channel == w.channel {
				news.Heard(notification.Payload)
			}
		case err == nil:
			return listening.Permanent(invalid("the pool's connections hand notifications to another", "leave OnNotification of pgx's configuration empty"))
		case conn.IsClosed():
			return w.gone(err)
		default:
			// It was quiet. A peer that vanished without a word is quiet too.
			if err := ask(ctx, conn, "-- ping"); err != nil {
				return w.gone(err)
			}
		}
	}
}

// wait returns the next notification. An error leaves the connection open when
// it only says that none came in time.
func wait(ctx context.Context, conn *pgx.Conn, within time.Duration) (*pgconn.Notification, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return conn.WaitForNotification(ctx)
}

func ask(ctx context.Context, conn *pgx.Conn, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err := conn.PgConn().Exec(ctx, statement).ReadAll()
	return err
}

func (w *Watcher) gone(err error) error {
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("nothing is heard on Postgres channel %q", w.channel), Err: err}
}
