package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/rolekit/rolekit"
)

func (tx *transaction) Key(ctx context.Context, id rolekit.KeyID) (rolekit.KeyRecord, bool, error) {
	for _, o := range tx.state.orgs {
		if k, ok := o.keys[id]; ok {
			return k, true, ctx.Err()
		}
	}
	return rolekit.KeyRecord{}, false, ctx.Err()
}

func (tx *transaction) InsertKey(ctx context.Context, k rolekit.KeyRecord) error {
	if _, there, _ := tx.Key(ctx, k.ID); there {
		return &rolekit.Error{Code: rolekit.CodeExists, Message: fmt.Sprintf("there is a service key %q already", k.ID)}
	}
	// As a database keeps them: by the second.
	k.CreatedAt, k.Expires = time.Unix(k.CreatedAt.Unix(), 0).UTC(), time.Unix(k.Expires.Unix(), 0).UTC()
	return tx.change(ctx, k.Org, func(o *org) { o.keys[k.ID] = k })
}

func (tx *transaction) DeleteKey(ctx context.Context, id rolekit.OrgID, key rolekit.KeyID) error {
	return tx.change(ctx, id, func(o *org) { delete(o.keys, key) })
}
