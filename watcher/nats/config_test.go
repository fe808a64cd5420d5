package nats_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/nats"
)

func TestConfig(t *testing.T) {
	conn := connect(t, services.NATS(t))
	for _, test := range []struct {
		name, subject string
		conn          *natsgo.Conn
		invalid       bool
	}{
		{"defaults", "", conn, false},
		{"words", "app.rolekit", conn, false},
		{"no connection", "", nil, true},
		{"any word", "app.*", conn, true},
		{"any words", "app.>", conn, true},
		{"a space", "my app", conn, true},
		{"an empty word", "app..rolekit", conn, true},
		{"an empty word behind", "app.", conn, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := nats.New(test.conn, nats.Config{Subject: test.subject}); errors.Is(err, rolekit.ErrInvalid) != test.invalid {
				t.Errorf("got %v, want an error: %t", err, test.invalid)
			}
		})
	}
}

func newWatcher(t *testing.T, conn *natsgo.Conn, subject string) *nats.Watcher {
	t.Helper()
	w, err := nats.New(conn, nats.Config{Subject: subject})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestATooLongMessage(t *testing.T) {
	conn := connect(t, services.NATS(t))
	w := newWatcher(t, conn, "rolekit.test.long")
	if err := w.Notify(t.Context(), strings.Repeat("x", int(conn.MaxPayload())+1)); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// What trying again cannot help comes back as an error.
func TestAClosedConnection(t *testing.T) {
	conn := connect(t, services.NATS(t))
	w := newWatcher(t, conn, "rolekit.test.closed")
	lost := 0
	err := w.Listen(t.Context(), func(string) { conn.Close() }, func(error) { lost++ })
	if !errors.Is(err, rolekit.ErrUnavailable) || lost > 1 {
		t.Errorf("got %v after %d losses", err, lost)
	}
	if err := w.Notify(t.Context(), "message"); !errors.Is(err, rolekit.ErrUnavailable) {
		t.Errorf("Notify: %v", err)
	}
}

// The application's handlers are called as ever, and no subscription is left.
func TestTheConnectionStaysTheApplications(t *testing.T) {
	disconnected, reconnected := make(chan error, 1), make(chan error, 1)
	conn := connect(t, services.NATS(t),
		natsgo.DisconnectErrHandler(func(*natsgo.Conn, error) { disconnected <- nil }),
		natsgo.ReconnectHandler(func(*natsgo.Conn) { reconnected <- nil }))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events []string
	err := newWatcher(t, conn, "rolekit.test.handlers").Listen(ctx,
		func(string) {
			if events = append(events, "heard"); len(events) > 1 {
				cancel()
			} else if err := conn.ForceReconnect(); err != nil {
				t.Error(err)
			}
		},
		func(error) { events = append(events, "lost") })
	if err != nil || !slices.Equal(events, []string{"heard", "lost", "heard"}) {
		t.Errorf("%q, %v", events, err)
	}
	for _, called := range []chan error{disconnected, reconnected} {
		if err := <-called; err != nil {
			t.Error(err)
		}
	}
	if n := conn.NumSubscriptions(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}
