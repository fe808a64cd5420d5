package memstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rolekit/rolekit"
)

// replyKey is an owner and a name.
type replyKey [2]string

func (tx *transaction) Reply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	r, ok := tx.state.replies[replyKey{owner, name}]
	return r, ok, ctx.Err()
}

func (tx *transaction) CountReplies(ctx context.Context, owner string) (n int, err error) {
	for key := range tx.state.replies {
		if key[0] == owner {
			n++
		}
	}
	return n, ctx.Err()
}

// LockReply has nothing to wait for.
func (tx *transaction) LockReply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	return tx.Reply(ctx, owner, name)
}

func (tx *transaction) InsertReply(ctx context.Context, r rolekit.Reply) error {
	if _, ok := tx.state.replies[replyKey{r.Owner, r.Name}]; ok {
		return &rolekit.Error{Code: rolekit.CodeExists, Message: fmt.Sprintf("there is a reply %q already", r.Name)}
	}
	tx.ownReplies()[replyKey{r.Owner, r.Name}] = stamped(r)
	return ctx.Err()
}

func (tx *transaction) UpdateReply(ctx context.Context, r rolekit.Reply) error {
	if _, ok := tx.state.replies[replyKey{r.Owner, r.Name}]; ok {
		tx.ownReplies()[replyKey{r.Owner, r.Name}] = stamped(r)
	}
	return ctx.Err()
}

func (tx *transaction) DeleteReply(ctx context.Context, owner, name string) error {
	delete(tx.ownReplies(), replyKey{owner, name})
	return ctx.Err()
}

func (tx *transaction) DeleteRepliesBefore(ctx context.Context, at time.Time, most int) error {
	old := slices.SortedFunc(maps.Values(tx.state.replies), func(a, b rolekit.Reply) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name))
	})
	old = slices.DeleteFunc(old, func(r rolekit.Reply) bool { return r.At.Unix() >= at.Unix() })
	for _, r := range old[:min(len(old), most)] {
		delete(tx.ownReplies(), replyKey{r.Owner, r.Name})
	}
	return ctx.Err()
}

// ownReplies returns the replies as ones that may be edited.
func (tx *transaction) ownReplies() map[replyKey]rolekit.Reply {
	if !tx.replies {
		tx.state.replies, tx.replies = maps.Clone(tx.state.replies), true
	}
	if tx.state.replies == nil {
		tx.state.replies = map[replyKey]rolekit.Reply{}
	}
	return tx.state.replies
}

// stamped is a reply as a database keeps it: by the second.
func stamped(r rolekit.Reply) rolekit.Reply {
	r.At = time.Unix(r.At.Unix(), 0).UTC()
	return r
}
