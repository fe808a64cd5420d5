package nats_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
)

// A server whose permissions forbid the subject says so behind the client's
// back, and answers pings as ever.
func TestNotPermitted(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go refuse(listener)
	conn := connect(t, "nats://"+listener.Addr().String(), natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	w := newWatcher(t, conn, "forbidden")
	for range 2 {
		if err := w.Notify(t.Context(), "message"); !errors.Is(err, rolekit.ErrUnavailable) || !errors.Is(err, natsgo.ErrPermissionViolation) {
			t.Errorf("Notify: %v", err)
		}
	}
	if _, err := conn.Subscribe("forbidden", func(*natsgo.Msg) {}); err != nil { // and while it is refused
		t.Fatal(err)
	}
	if err := newWatcher(t, conn, "allowed").Notify(t.Context(), "message"); err != nil {
		t.Errorf("Notify on another subject, where it is allowed: %v", err)
	}
	if err := newWatcher(t, conn, "permit").Notify(t.Context(), "message"); err != nil {
		t.Error(err)
	}
	if err := w.Notify(t.Context(), "message"); err != nil {
		t.Errorf("Notify, now that it is permitted: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err = w.Listen(ctx,
		func(message string) { t.Errorf("heard %q", message); cancel() },
		func(err error) {
			if !errors.Is(err, natsgo.ErrPermissionViolation) {
				t.Errorf("lost: %v", err)
			}
			cancel()
		})
	if err != nil {
		t.Error(err)
	}
}

// The client would keep the message for later, and the caller waiting.
func TestNotConnected(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, "nats://"+listener.Addr().String(), natsgo.Timeout(10*time.Millisecond)) // nobody says INFO
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := newWatcher(t, conn, "subject").Notify(t.Context(), "message"); !errors.Is(err, rolekit.ErrUnavailable) {
		t.Errorf("Notify: %v", err)
	}
	if kept, err := conn.Buffered(); err != nil || kept > 0 {
		t.Errorf("%d bytes are kept for later: %v", kept, err)
	}
}

// refuse is a NATS server that permits one connection, nobody to listen on the
// subject "forbidden", and to publish there after somebody published on "permit"
// (https://docs.nats.io/reference/reference-protocols/nats-protocol).
func refuse(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // nobody would look
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) }
	say(`INFO {"server_id":"fake","version":"2.9.0","max_payload":1000,"proto":1}`)
	permitted := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		words := append(strings.Fields(lines.Text()), "", "")
		switch {
		case words[0] == "PING":
			say("PONG")
		case words[0] == "SUB" && words[1] == "forbidden":
			say(`-ERR 'Permissions Violation for Subscription to "forbidden"'`)
		case words[0] == "PUB" && words[1] == "permit":
			permitted = true
		case words[0] == "PUB" && words[1] == "forbidden" && !permitted:
			say(`-ERR 'Permissions Violation for Publish to "forbidden"'`)
		}
	}
}
