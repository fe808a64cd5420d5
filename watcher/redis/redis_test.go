package redis_test

import (
	"errors"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/redis"
	"github.com/rolekit/rolekit/watcher/watchertest"
)

func TestWatcher(t *testing.T) {
	open := func(t *testing.T, url, channel string) rolekit.Watcher {
		t.Helper()
		return open(t, url, channel)
	}
	watchertest.Run(t, watchertest.Transport{URL: services.Redis(t), Open: open, Start: start})
}

func start(t *testing.T) watchertest.Server {
	t.Helper()
	s := services.StartRedis(t)
	return watchertest.Server{URL: s.DSN, Stop: s.Stop, Kill: s.Kill, Start: s.Start}
}

func open(t *testing.T, url, channel string) *redis.Watcher {
	t.Helper()
	w, err := redis.New(newClient(t, url), redis.Config{Channel: channel, Ping: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newClient(t *testing.T, url string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, goredis.ErrClosed) {
			t.Error(err)
		}
	})
	return client
}
