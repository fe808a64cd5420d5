package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/internal/listening"
)

// Listen implements [rolekit.Watcher].
func (w *Watcher) Listen(ctx context.Context, heard func(message string), lost func(error)) error {
	return listening.Run(ctx, heard, lost, w.session)
}

// session listens with one subscription for as long as the client stays on one
// connection. What the client resubscribes by itself is not enough: a listener
// must be told that it missed something, and not before the server knows that
// it listens.
func (w *Watcher) session(ctx context.Context, news *listening.News) error {
	if err := w.await(ctx, news); err != nil {
		return err
	}
	interrupted := w.conn.StatusChanged(natsgo.RECONNECTING, natsgo.DISCONNECTED, natsgo.CLOSED)
	defer w.conn.RemoveStatusListener(interrupted)
	var subscription *natsgo.Subscription
	err := w.confirmed(ctx, func() (err error) {
		subscription, err = w.conn.Subscribe(w.subject, hear(news))
		return err
	})
	defer subscription.Unsubscribe() //nolint:errcheck // where there is none any more, it has ended already
	if err != nil {
		return w.gone(err)
	}
	news.Missed()
	ticker := time.NewTicker(w.ping)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-interrupted:
			return w.gone(errors.New("the connection was interrupted"))
		case <-ticker.C:
			if err := w.confirmed(ctx, func() error { return nil }); err != nil {
				return w.gone(err)
			}
		}
	}
}

// await waits until the client is connected.
func (w *Watcher) await(ctx context.Context, news *listening.News) error {
	changed := w.conn.StatusChanged()
	defer w.conn.RemoveStatusListener(changed)
	for w.conn.Status() != natsgo.CONNECTED {
		if w.conn.IsClosed() {
			return listening.Permanent(w.gone(natsgo.ErrConnectionClosed))
		}
		news.Lost(w.gone(w.unconnected()))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
	return nil
}

// hear passes messages on, and the fact that there were more than the client
// would keep. It is noticed with the next message: there is one, since the
// client discards only what comes behind others.
func hear(news *listening.News) natsgo.MsgHandler {
	discarded := 0
	return func(message *natsgo.Msg) {
		news.Heard(string(message.Data))
		if n, err := message.Sub.Dropped(); err == nil && n > discarded {
			discarded = n
			news.Missed()
		}
	}
}

func (w *Watcher) unconnected() error {
	return fmt.Errorf("the connection is %s", strings.ToLower(w.conn.Status().String()))
}

func (w *Watcher) gone(err error) error {
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("nothing is heard on NATS subject %q", w.subject), Err: err}
}
