package redis_test

import (
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/watcher/redis"
)

func TestNoClient(t *testing.T) {
	if _, err := redis.New(nil, redis.Config{}); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// What trying again cannot help comes back as an error.
func TestAClosedClient(t *testing.T) {
	client := newClient(t, services.Redis(t))
	w, err := redis.New(client, redis.Config{Channel: "rolekit_test_closed"})
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	err = w.Listen(t.Context(),
		func(string) {
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		},
		func(error) { lost++ })
	if !errors.Is(err, rolekit.ErrUnavailable) || lost > 1 {
		t.Errorf("got %v after %d losses", err, lost)
	}
	if err := w.Notify(t.Context(), "message"); !errors.Is(err, rolekit.ErrUnavailable) {
		t.Errorf("Notify: %v", err)
	}
}
