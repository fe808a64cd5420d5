// Command reports is a small application whose rights depend on rows: the
// projects and reports of a research department. It shows, beside roles,
//
//   - owners and teams, which the app keeps in tables of its own and tells the
//     kit of (access.go: Config.Teams; models.go: AccessFacts);
//   - resource sets: researchers read the projects of the set public, those of
//     marketing change the projects of the set marketing (catalog.yaml, demo.go);
//   - groups in groups: marketing's researchers are researchers too (demo.go);
//   - an access of the app's own, shared: reports that somebody let one read, as
//     a question and as a condition of SQL (access.go);
//   - a baseline: what everybody has who belongs to the organisation
//     (catalog.yaml);
//   - lists that the database filters (rows.go: adapter.Visible), and single rows
//     that the guard loads and decides on (routes.go: RequireResource), which
//     agree for everybody.
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
	"text/template"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
)

const (
	patience = 10 * time.Second // for requests in flight when the app is stopped
	tokenTTL = 12 * time.Hour   // of the printed tokens: a day of trying things out
)

// welcomeText is what the app says when it is ready. Each command is one line,
// to be pasted.
const welcomeText = `Reports are served on {{.URL}}

Three commands to try next, in another terminal:

1. Rae, a researcher, lists the projects that are public: two.

curl -i {{.URL}}/orgs/acme/projects -H 'Authorization: Bearer {{.Rae}}'

2. Mara, a researcher of marketing, lists those and marketing's: three.

curl -i {{.URL}}/orgs/acme/projects -H 'Authorization: Bearer {{.Mara}}'

3. Mara renames one of marketing's. With Rae's token it is refused.

curl -i -X PUT {{.URL}}/orgs/acme/projects/launch -H 'Authorization: Bearer {{.Mara}}' -d '{"name":"Summer launch"}'

Stop it with Ctrl-C.
`

func main() {
	gin.SetMode(gin.ReleaseMode) // no list of routes between the lines to read
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "reports:", err) // nothing is left to tell it to
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("reports", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("listen", "127.0.0.1:8081", "`address` to serve on")
	database := flags.String("db", "reports.db", "SQLite `file`; made where it is missing")
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
	a, err := newApp(ctx, config{Database: *database, Secret: secret, Logger: slog.New(slog.NewTextHandler(stderr, nil))})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }() // all that was answered is committed
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with -listen", *address, err)
	}
	if err := welcome(stdout, "http://"+listener.Addr().String(), secret); err != nil {
		return err
	}
	return serve(ctx, a, listener)
}

// writeRoutes mounts the routes on a database that goes with the program.
func writeRoutes(ctx context.Context, stdout, stderr io.Writer, secret []byte) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := newApp(ctx, config{Database: ":memory:", Secret: secret, Logger: log})
	if err != nil {
		return err
	}
	return errors.Join(a.Guard.WriteRoutes(stdout, a.Engine), a.Close())
}

// welcome tells what to try.
func welcome(w io.Writer, url string, secret []byte) error {
	rae, err := sign(secret, "rae", time.Now().Add(tokenTTL))
	if err != nil {
		return err
	}
	mara, err := sign(secret, "mara", time.Now().Add(tokenTTL))
	if err != nil {
		return err
	}
	text, err := template.New("welcome").Parse(welcomeText)
	if err != nil {
		return err
	}
	return text.Execute(w, map[string]string{"URL": url, "Rae": rae, "Mara": mara})
}

// sign makes a token, as whatever logs users in would.
func sign(secret []byte, user rolekit.UserID, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": expires.Unix()}).SignedString(secret)
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
