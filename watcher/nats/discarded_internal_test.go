package nats

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/internal/listening"
)

// What the client discards, because it came faster than it was taken, is said to
// be missing.
func TestDiscarded(t *testing.T) {
	conn, err := natsgo.Connect(services.NATS(t), natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var heard []string
	err = listening.Run(ctx,
		func(message string) {
			if heard = append(heard, message); message == "last" {
				cancel()
			}
		},
		func(err error) { t.Error("lost:", err) },
		func(ctx context.Context, news *listening.News) error {
			err := discard(conn, "rolekit.test."+rand.Text(), hear(news))
			if err != nil {
				t.Error(err)
				cancel()
			}
			<-ctx.Done()
			return ctx.Err()
		})
	if err != nil {
		t.Error(err)
	}
	missed := slices.DeleteFunc(slices.Clone(heard), func(message string) bool { return message != "" })
	if len(heard) > 6 || len(missed) != 1 {
		t.Errorf("heard %q, want fewer than were sent, and one empty message in place of the rest", heard)
	}
}

// discard sends eight messages to a handler, of which few are kept, and another
// when those were handled.
func discard(conn *natsgo.Conn, subject string, handler natsgo.MsgHandler) error {
	gate := make(chan struct{})
	subscription, err := conn.Subscribe(subject, func(message *natsgo.Msg) {
		<-gate
		handler(message)
		// What is being handled counts as pending.
		if pending, _, err := message.Sub.Pending(); string(message.Data) != "last" && (err != nil || pending <= 1) {
			_ = conn.Publish(subject, []byte("last"))
		}
	})
	if err != nil {
		return err
	}
	if err := subscription.SetPendingLimits(3, -1); err != nil {
		return err
	}
	for range 8 {
		if err := conn.Publish(subject, []byte("one of many")); err != nil {
			return err
		}
	}
	err = conn.Flush()
	close(gate)
	return err
}
