package adapter

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/rolekit/rolekit"
)

const selectReply = "SELECT owner, name, request, turn, org_id, {number at}, body FROM rolekit_replies WHERE owner = ? AND name = ?"

func (r reader) Reply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	return r.reply(ctx, selectReply+r.latest, owner, name)
}

func (r reader) reply(ctx context.Context, query, owner, name string) (found rolekit.Reply, there bool, err error) {
	err = r.run(ctx, func(rows *sql.Rows) error {
		var one rolekit.Reply
		var at string
		err := rows.Scan(&one.Owner, &one.Name, &one.Request, &one.Turn, &one.Org, &at, &one.Body)
		one.At = time.Unix(int64(parseRevision(at)), 0).UTC()
		if one.Owner == owner && one.Name == name {
			found, there = one, true
		}
		return err
	}, query, owner, name)
	return found, there, err
}

func (r reader) CountReplies(ctx context.Context, owner string) (n int, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT COUNT(*) FROM rolekit_replies WHERE owner = ?", owner)
	return n, err
}

func (w writer) LockReply(ctx context.Context, owner, name string) (rolekit.Reply, bool, error) {
	return w.reply(ctx, selectReply+w.dialect.lock, owner, name)
}

// InsertReply looks before it inserts, as InsertOrg does.
func (w writer) InsertReply(ctx context.Context, r rolekit.Reply) error {
	_, there, err := w.Reply(ctx, r.Owner, r.Name)
	if err != nil {
		return err
	}
	if there {
		return &rolekit.Error{Code: rolekit.CodeExists, Message: fmt.Sprintf("there is a reply %q already", r.Name)}
	}
	row := replyRow{r.Owner, r.Name, r.Request, r.Turn, string(r.Org), r.At.Unix(), r.Body}
	return w.tx.WithContext(ctx).Create(&row).Error
}

func (w writer) UpdateReply(ctx context.Context, r rolekit.Reply) error {
	return w.exec(ctx, "UPDATE rolekit_replies SET request = ?, turn = ?, org_id = ?, at = ?, body = ? WHERE owner = ? AND name = ?",
		r.Request, r.Turn, string(r.Org), r.At.Unix(), r.Body, r.Owner, r.Name)
}

func (w writer) DeleteReply(ctx context.Context, owner, name string) error {
	return w.exec(ctx, w.dialect.remove("rolekit_replies", "PRIMARY")+"owner = ? AND name = ?", owner, name)
}

// DeleteRepliesBefore deletes one by one, since not every database has a LIMIT for
// that, and always in the same order.
func (w writer) DeleteRepliesBefore(ctx context.Context, at time.Time, most int) error {
	var gone [][2]string
	err := w.each(ctx, func(rows *sql.Rows) error {
		var owner, name string
		err := rows.Scan(&owner, &name)
		gone = append(gone, [2]string{owner, name})
		return err
	}, "SELECT owner, name FROM rolekit_replies WHERE at < ? ORDER BY at, owner, name LIMIT ?", at.Unix(), most)
	if err != nil {
		return err
	}
	for _, r := range gone {
		if err := w.DeleteReply(ctx, r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}
