// Package redis carries the news that policies changed by Redis' publish and
// subscribe.
package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/internal/listening"
)

// answerWithin is how long the server may take to answer before it counts as
// gone.
const answerWithin = 5 * time.Second

// Config configures a [Watcher]. The zero value is useful.
type Config struct {
	// Channel is what is published and subscribed to, the same in all
	// processes of an application, and another for each application that
	// shares the server: Redis' numbered databases do not keep channels apart.
	// Default: "rolekit".
	Channel string
	// Ping is how often a listener's connection is tested. Default: 10 seconds.
	Ping time.Duration
}

// Watcher implements [rolekit.Watcher] on a Redis server or cluster.
type Watcher struct {
	client  goredis.UniversalClient
	channel string
	ping    time.Duration
}

var _ rolekit.Watcher = (*Watcher)(nil)

// New returns a watcher on the application's own client, which stays the
// application's to close. Listen opens a connection beside the client's pool.
func New(client goredis.UniversalClient, config Config) (*Watcher, error) {
	if client == nil {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "the client is missing", Hint: "make one with redis.NewClient"}
	}
	w := &Watcher{client: client, channel: config.Channel, ping: config.Ping}
	if w.channel == "" {
		w.channel = "rolekit"
	}
	if w.ping <= 0 {
		w.ping = 10 * time.Second
	}
	return w, nil
}

// Notify implements [rolekit.Watcher].
func (w *Watcher) Notify(ctx context.Context, message string) error {
	// go-redis looks at a context between attempts only, and waits for an
	// answer as long as the client's own timeouts say.
	published := make(chan error, 1)
	go func() { published <- w.client.Publish(ctx, w.channel, message).Err() }()
	var err error
	select {
	case err = <-published:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("nothing was published on Redis channel %q", w.channel), Err: err}
	}
	return nil
}

// Listen implements [rolekit.Watcher].
func (w *Watcher) Listen(ctx context.Context, heard func(message string), lost func(error)) error {
	return listening.Run(ctx, heard, lost, func(ctx context.Context, news *listening.News) error {
		err := w.session(ctx, news)
		reason := &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("nothing is heard on Redis channel %q", w.channel), Err: err}
		if errors.Is(err, goredis.ErrClosed) && ctx.Err() == nil {
			return listening.Permanent(reason)
		}
		return reason
	})
}

// session listens on one subscription, until that fails. go-redis by itself
// would go on reconnecting it without a pause.
func (w *Watcher) session(ctx context.Context, news *listening.News) error {
	subscription := w.client.Subscribe(ctx)
	hangUp := func() { _ = subscription.Close() }
	defer hangUp()
	// Reading does not look at the context, but ends with the subscription.
	defer context.AfterFunc(ctx, hangUp)()
	if err := subscription.Subscribe(ctx, w.channel); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var pinging sync.WaitGroup
	defer pinging.Wait()
	defer cancel()
	pinging.Go(func() { w.pingEvery(ctx, subscription) })
	for {
		// There is always an answer to the last ping to come. Without one
		// within this time the peer is gone, and so is what came of a message.
		received, err := subscription.ReceiveTimeout(ctx, w.ping+answerWithin)
		if err != nil {
			return err
		}
		switch received := received.(type) {
		case *goredis.Subscription: // also after go-redis reconnected for reasons of its own
			news.Missed()
		case *goredis.Message:
			news.Heard(received.Payload)
		}
	}
}

// pingEvery asks for an answer every now and then. That there is none is
// noticed by who receives.
func (w *Watcher) pingEvery(ctx context.Context, subscription *goredis.PubSub) {
	ticker := time.NewTicker(w.ping)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = subscription.Ping(ctx)
		}
	}
}
