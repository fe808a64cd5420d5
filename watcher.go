package rolekit

import "context"

// Watcher carries the news that policies changed from one process to the
// others. Packages below watcher implement it with Postgres, Redis and NATS.
//
// News may be lost, doubled or late: they only say where to look, never what to
// believe. What is true is read from the store. All methods are safe for
// concurrent use.
type Watcher interface {
	// Notify sends a message to everyone who listens, this process too. It
	// returns an error when it is known not to have gone out.
	Notify(ctx context.Context, message string) error
	// Listen calls heard with each message, one at a time, until the context
	// ends; then it returns nil. It keeps reconnecting meanwhile. Each time it
	// is connected, the first time too, it calls heard with an empty message:
	// anything may have been missed. It calls lost when the connection is gone,
	// or cannot be made, with the reason. An error comes back at once where
	// trying again cannot help.
	Listen(ctx context.Context, heard func(message string), lost func(error)) error
}
