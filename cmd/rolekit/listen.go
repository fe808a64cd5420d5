package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// resolve returns the address to listen on that a flag names. onlyLoopback refuses
// one that other machines can reach, going by what the name stands for and not by
// how it is written.
func resolve(flag, address string, onlyLoopback bool) (*net.TCPAddr, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, usagef("--%s %q is no address: %w; use host:port, as in 127.0.0.1:8080", flag, address, err)
	}
	if onlyLoopback && !resolved.IP.IsLoopback() {
		return nil, usagef("--%s is for this machine alone, so it does not listen on %q, which others can reach; "+
			"use 127.0.0.1 or [::1], or leave --%s out and configure %s", devFlag, address, devFlag, variable(secretFlag))
	}
	return resolved, nil
}

// ending is how a server ends.
type ending struct {
	delay    time.Duration // for how long it goes on once it is told to end
	patience time.Duration // how long requests in flight then get to finish

	begun atomic.Bool
}

// serve answers requests until the context ends, and says that it is about to end
// while the delay lasts. Then it takes no new ones and gives those in flight time to
// finish.
func serve(ctx context.Context, log *slog.Logger, listener net.Listener, server *http.Server, end *ending) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	end.begun.Store(true)
	if end.delay > 0 {
		log.Info("not ready any more", "delay", end.delay)
		select {
		case err := <-failed:
			return fmt.Errorf("the server stopped: %w", err)
		case <-time.After(end.delay):
		}
	}
	log.Info("shutting down", "patience", end.patience)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), end.patience)
	defer cancel()
	err := server.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // what is still there is cut off
		return fmt.Errorf("requests were still in flight after %s and were cut off; --shutdown-timeout gives them longer", end.patience)
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	log.Info("stopped")
	return nil
}
