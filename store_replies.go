package rolekit

import (
	"context"
	"time"
)

// Reply is what was answered to a request that may come again. The store keeps
// replies for the API's idempotency keys.
type Reply struct {
	Owner   string // who asked: user:ada
	Name    string // which of their requests it is
	Request string // a hash of the request, so that another is told from it
	Turn    string // whose turn it is to do it, while Body is empty
	Org     OrgID  // which it is about, with which it goes; empty where that is none
	At      time.Time
	Body    string // what was answered; empty until it is done
}

// ReplyReader reads replies.
type ReplyReader interface {
	// Reply returns one reply, and whether it is there.
	Reply(ctx context.Context, owner, name string) (Reply, bool, error)
	// CountReplies returns how many there are of an owner's.
	CountReplies(ctx context.Context, owner string) (int, error)
}

// ReplyWriter reads and changes replies within a transaction.
type ReplyWriter interface {
	// LockReply is Reply, and keeps it as it is until the transaction ends but for
	// what that itself does.
	LockReply(ctx context.Context, owner, name string) (Reply, bool, error)
	// InsertReply must return ErrExists when there is one of the name. Where
	// another transaction inserts it meanwhile, only one of the two may commit.
	InsertReply(ctx context.Context, r Reply) error
	// UpdateReply replaces all of it but owner and name.
	UpdateReply(ctx context.Context, r Reply) error
	DeleteReply(ctx context.Context, owner, name string) error
	// DeleteRepliesBefore deletes replies from before a time, the oldest first and
	// at most so many.
	DeleteRepliesBefore(ctx context.Context, at time.Time, most int) error
}
