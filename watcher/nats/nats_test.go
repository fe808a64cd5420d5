package nats_test

import (
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/nats"
	"github.com/rolekit/rolekit/watcher/watchertest"
)

func TestWatcher(t *testing.T) {
	open := func(t *testing.T, url, channel string) rolekit.Watcher {
		t.Helper()
		return open(t, url, channel)
	}
	watchertest.Run(t, watchertest.Transport{URL: services.NATS(t), Open: open, Start: start})
}

func start(t *testing.T) watchertest.Server {
	t.Helper()
	s := services.StartNATS(t)
	return watchertest.Server{URL: s.DSN, Stop: s.Stop, Kill: s.Kill, Start: s.Start}
}

func open(t *testing.T, url, channel string) *nats.Watcher {
	t.Helper()
	w, err := nats.New(connect(t, url), nats.Config{Subject: channel, Ping: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func connect(t *testing.T, url string, options ...natsgo.Option) *natsgo.Conn {
	t.Helper()
	options = append(options, natsgo.RetryOnFailedConnect(true), natsgo.MaxReconnects(-1), natsgo.ReconnectWait(50*time.Millisecond))
	conn, err := natsgo.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}
