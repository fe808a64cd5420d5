// Command lawncare is a small application that guards its routes with rolekit:
// lawn care companies, their clients and their workers, and beside it the API
// by which the companies' owners edit their own roles.
//
// It signs its tokens with a secret that it makes up at each start, and prints
// those that the commands to try need.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

// patience is how long requests in flight get when the app is stopped.
const patience = 10 * time.Second

func main() {
	gin.SetMode(gin.ReleaseMode) // no list of routes between the lines to read
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		_, _ = fmt.Fprintln(os.Stderr, "lawncare:", err) // nothing is left to tell it to
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("lawncare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("listen", "127.0.0.1:8080", "`address` to serve on")
	database := flags.String("db", "lawncare.db", "SQLite `file`; made where it is missing")
	tour := flags.String("tour", "", "write the address and some people's tokens to this `file`, for tour.sh")
	routes := flags.Bool("routes", false, "write the routes and what they ask for, for rolekit routes, and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("it takes no arguments, and was given %q", flags.Args())
	}

	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	if *routes {
		return writeRoutes(ctx, stdout, stderr, secret)
	}
	a, err := newApp(ctx, config{
		Clock: time.Now, Database: *database, Secret: secret, Logger: slog.New(slog.NewTextHandler(stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }() // all that was answered is committed
	refused, err := hireAda(ctx, a.Kit)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with -listen", *address, err)
	}
	if *tour != "" {
		if err := writeTour(*tour, "http://"+listener.Addr().String(), secret, time.Now()); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	if err := welcome(stdout, "http://"+listener.Addr().String(), secret, time.Now(), a.Seeded, refused); err != nil {
		return err
	}
	return serve(ctx, a, listener)
}

// writeRoutes mounts the app on a database in memory, and writes its routes.
func writeRoutes(ctx context.Context, stdout, stderr io.Writer, secret []byte) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := newApp(ctx, config{Clock: time.Now, Database: ":memory:", Secret: secret, Logger: log})
	if err != nil {
		return err
	}
	return errors.Join(a.Guard.WriteRoutes(stdout, a.Engine), a.Close())
}

// serve answers requests until the context ends, and then lets those in flight
// finish. Changes that other processes make to the policies are seen meanwhile.
func serve(ctx context.Context, a *app, listener net.Listener) error {
	server := &http.Server{
		Handler:           a.Engine,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	watched := make(chan error, 1)
	go func() { watched <- a.Kit.Watch(ctx) }()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(server.Shutdown(ending), <-watched)
}
