package main

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	goredis "github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/nats"
	"github.com/rolekit/rolekit/watcher/postgres"
	"github.com/rolekit/rolekit/watcher/redis"
)

const (
	watchFlag = "watch"

	watchNone     = "none"
	watchPostgres = "postgres"
	watchForms    = "use none, postgres, redis://host:6379 or nats://host:4222"

	// tellTimeout is how long the news of the last changes may take to go out.
	tellTimeout = 5 * time.Second
)

// watchFlags are the settings of how replicas hear of each other's changes.
type watchFlags struct{ by, channel string }

func (w *watchFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.by, watchFlag, watchNone,
		"what carries the `news` of changes between replicas: none, postgres (the database itself), redis://… or nats://…; "+
			"refused on the command line where it has a password")
	cmd.Flags().StringVar(&w.channel, "watch-channel", "rolekit",
		"`name` of the channel or subject, the same for all replicas of one installation and no other's")
}

// broker is where --watch leads.
type broker struct {
	name    string // for people
	secret  bool   // a password or token is in it
	connect func(channel string, log *slog.Logger) (*news, error)
}

// news is a watcher, and how to close what it stands on.
type news struct {
	watcher rolekit.Watcher // nil for none
	close   func()
}

// parseBroker reads the address of a broker. Neither its errors nor its name tell
// a password.
func parseBroker(text string) (broker, error) {
	bad := usagef("--%s cannot be read; %s", watchFlag, watchForms)
	var hosts []string
	secret := false
	scheme := ""
	for part := range strings.SplitSeq(text, ",") { // NATS takes several
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.Host == "" || scheme != "" && u.Scheme != scheme {
			return broker{}, bad
		}
		scheme = u.Scheme
		hosts, secret = append(hosts, u.Host), secret || u.User.String() != "" && (scheme != "redis" && scheme != "rediss" || hasPassword(u))
	}
	name := scheme + "://" + strings.Join(hosts, ",")
	switch scheme {
	case "redis", "rediss":
		options, err := goredis.ParseURL(text)
		if err != nil {
			return broker{}, bad
		}
		return broker{name, secret, func(channel string, log *slog.Logger) (*news, error) { return redisNews(options, channel, log) }}, nil
	case "nats", "tls":
		return broker{name, secret, func(channel string, log *slog.Logger) (*news, error) { return natsNews(text, name, channel, log) }}, nil
	}
	return broker{}, bad
}

func hasPassword(u *url.URL) bool {
	password, _ := u.User.Password()
	return password != ""
}

// check finds what is wrong with the settings before anything is opened.
func (w *watchFlags) check(at address, connections int) error {
	switch w.by {
	case watchNone:
		return nil
	case watchPostgres:
		if at.postgres == nil {
			return usagef("--%s postgres needs a PostgreSQL database, and --%s is %q; use none, redis://… or nats://…", watchFlag, databaseFlag, at.name)
		}
		if connections < 2 { // one listens
			return usagef("--%s postgres needs --max-connections 2 at least: one of them listens", watchFlag)
		}
		return nil
	}
	_, err := parseBroker(w.by)
	return err
}

// connect returns the watcher. A broker that is away is no error: it is logged,
// tried again, and made up for by polling.
func (w *watchFlags) connect(db *database, log *slog.Logger) (*news, error) {
	switch w.by {
	case watchNone:
		return &news{close: func() {}}, nil
	case watchPostgres:
		pool, err := db.DB.DB()
		if err != nil {
			return nil, databaseError(db.at, err)
		}
		watcher, err := postgres.New(pool, postgres.Config{Channel: w.channel})
		return &news{watcher, func() {}}, err
	}
	b, err := parseBroker(w.by)
	if err != nil {
		return nil, err
	}
	return b.connect(w.channel, log)
}

func redisNews(options *goredis.Options, channel string, log *slog.Logger) (*news, error) {
	goredis.SetLogger(quiet{}) // what matters comes back as errors, and is logged once
	client := goredis.NewClient(options)
	watcher, err := redis.New(client, redis.Config{Channel: channel})
	return &news{watcher, func() { closed(log, client.Close()) }}, err
}

func natsNews(urls, name, channel string, log *slog.Logger) (*news, error) {
	// It is tried for ever, also where the broker refuses: the poll goes on meanwhile.
	conn, err := natsgo.Connect(urls, natsgo.Name("rolekit"), natsgo.MaxReconnects(-1), natsgo.RetryOnFailedConnect(true), natsgo.IgnoreAuthErrorAbort(),
		natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) { log.Debug("NATS", "error", err) }))
	if err != nil { // which may quote the address
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: name + " is no address that NATS takes", Hint: watchForms,
		}
	}
	watcher, err := nats.New(conn, nats.Config{Subject: channel})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &news{watcher, conn.Close}, nil
}

// quiet keeps go-redis from writing to standard error.
type quiet struct{}

// Printf implements go-redis' logger.
func (quiet) Printf(context.Context, string, ...any) {}

func closed(log *slog.Logger, err error) {
	if err != nil {
		log.Warn("the broker's connection was not closed well", "error", err)
	}
}
