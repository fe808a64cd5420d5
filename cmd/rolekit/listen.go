package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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

// serve answers requests until the context ends. Then it takes no new ones and
// gives those in flight up to patience to finish.
func serve(ctx context.Context, log *slog.Logger, listener net.Listener, server *http.Server, patience time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	log.Info("shutting down", "patience", patience)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // what is still there is cut off
		return fmt.Errorf("requests were still in flight after %s and were cut off; --shutdown-timeout gives them longer", patience)
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	log.Info("stopped")
	return nil
}
