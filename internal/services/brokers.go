package services

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
)

func redisServer() service {
	return service{name: "Redis", variable: "ROLEKIT_TEST_REDIS", address: "redis://127.0.0.1:6379", ping: pingRedis}
}

func natsServer() service {
	return service{name: "NATS", variable: "ROLEKIT_TEST_NATS", address: "nats://127.0.0.1:4222", ping: pingNATS}
}

// Redis returns the URL of the server that ROLEKIT_TEST_REDIS names. Other tests
// use it at the same time: a test keeps to keys and channels with names of its
// own, and removes its keys.
func Redis(t testing.TB) string {
	t.Helper()
	return redisServer().find(t)
}

// NATS returns the URL of the server that ROLEKIT_TEST_NATS names. Other tests
// use it at the same time: a test keeps to subjects with names of its own.
func NATS(t testing.TB) string {
	t.Helper()
	return natsServer().find(t)
}

func pingRedis(ctx context.Context, address string) error {
	options, err := redis.ParseURL(address)
	if err != nil {
		return err
	}
	// The client logs a dial that fails, so it is not the first to try.
	conn, err := new(net.Dialer).DialContext(ctx, options.Network, options.Addr)
	if err != nil {
		return err
	}
	if err := conn.Close(); err != nil {
		return err
	}
	client := redis.NewClient(options)
	return errors.Join(client.Ping(ctx).Err(), client.Close())
}

func pingNATS(_ context.Context, address string) error {
	conn, err := nats.Connect(address, nats.Timeout(patience))
	if err != nil {
		return err
	}
	conn.Close()
	return nil
}
