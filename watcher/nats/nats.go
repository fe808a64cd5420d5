// Package nats carries the news that policies changed by NATS' publish and
// subscribe; JetStream is not needed.
package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
)

// answerWithin is how long the server may take to answer before it counts as
// gone.
const answerWithin = 5 * time.Second

// Config configures a [Watcher]. The zero value is useful.
type Config struct {
	// Subject is what is published and subscribed to, the same in all
	// processes of an application, and another for each application that
	// shares the server. It has no wildcards. Default: "rolekit".
	Subject string
	// Ping is how long a listener waits before it tests the connection, beside
	// what the connection's own PingInterval says. Default: 10 seconds.
	Ping time.Duration
}

// Watcher implements [rolekit.Watcher] on a NATS server or cluster.
type Watcher struct {
	conn    *natsgo.Conn
	subject string
	ping    time.Duration
}

var _ rolekit.Watcher = (*Watcher)(nil)

// New returns a watcher on the application's own connection, which stays the
// application's to close. The connection should reconnect for ever, with
// nats.MaxReconnects(-1): Listen ends with an error when it gives up.
func New(conn *natsgo.Conn, config Config) (*Watcher, error) {
	if conn == nil {
		return nil, invalid("the connection is missing", "make one with nats.Connect")
	}
	w := &Watcher{conn: conn, subject: config.Subject, ping: config.Ping}
	if w.subject == "" {
		w.subject = "rolekit"
	}
	if w.ping <= 0 {
		w.ping = 10 * time.Second
	}
	if strings.ContainsAny(w.subject, "*> \t\r\n") || slices.Contains(strings.Split(w.subject, "."), "") {
		return nil, invalid(fmt.Sprintf("%q is no subject to publish on", w.subject), "use words with dots between them, without wildcards")
	}
	return w, nil
}

// Notify implements [rolekit.Watcher]. It waits until the server has the message.
func (w *Watcher) Notify(ctx context.Context, message string) error {
	if err := w.publish(ctx, message); err != nil {
		code := rolekit.CodeUnavailable
		if errors.Is(err, natsgo.ErrMaxPayload) {
			code = rolekit.CodeInvalid
		}
		return &rolekit.Error{Code: code, Message: fmt.Sprintf("nothing was published on NATS subject %q", w.subject), Err: err}
	}
	return nil
}

func (w *Watcher) publish(ctx context.Context, message string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// While it is not connected, the client keeps what is published for later.
	// By then others have polled, and the caller wants to know now.
	if w.conn.Status() != natsgo.CONNECTED {
		return w.unconnected()
	}
	return w.confirmed(ctx, func() error { return w.conn.Publish(w.subject, []byte(message)) })
}

// confirmed waits until the server has answered to what do sent.
func (w *Watcher) confirmed(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	before := w.conn.LastError()
	if err := do(); err != nil {
		return err
	}
	if err := w.conn.FlushWithContext(ctx); err != nil {
		return err
	}
	// That something is not permitted comes as an error of the connection,
	// ahead of the answer that was waited for.
	err := w.conn.LastError()
	if err == before || !errors.Is(err, natsgo.ErrPermissionViolation) { //nolint:errorlint // it asks whether that is another error
		return nil
	}
	if !strings.Contains(err.Error(), `"`+w.subject+`"`) {
		return nil
	}
	return err
}

func invalid(message, hint string) error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}
