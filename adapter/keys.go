package adapter

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/rolekit/rolekit"
)

// keyRecord reads a service key from the columns of a layer's row and the time that
// it was made at. One whose end cannot be read ended long ago.
func keyRecord(c *[6]string, created int64) rolekit.KeyRecord {
	k := rolekit.KeyRecord{
		Org: rolekit.OrgID(c[0]), ID: rolekit.KeyID(c[1]), Label: c[2], Hash: c[3], CreatedBy: c[4], CreatedAt: time.Unix(created, 0).UTC(),
	}
	if at := parseRevision(c[5]); at != unreadable {
		k.Expires = time.Unix(int64(at), 0).UTC()
	}
	return k
}

func (r reader) Key(ctx context.Context, id rolekit.KeyID) (found rolekit.KeyRecord, there bool, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error {
		var created int64
		var c [6]string
		err := rows.Scan(&created, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5])
		if k := keyRecord(&c, created); k.ID == id {
			found, there = k, true
		}
		return err
	}, "SELECT {whole created_at}, org_id, id, label, hash, created_by, {number expires_at} FROM rolekit_keys WHERE id = ?", string(id))
	return found, there, err
}

// InsertKey looks before it inserts, as InsertOrg does.
func (w writer) InsertKey(ctx context.Context, k rolekit.KeyRecord) error {
	_, there, err := w.Key(ctx, k.ID)
	if err != nil {
		return err
	}
	if there {
		return &rolekit.Error{Code: rolekit.CodeExists, Message: fmt.Sprintf("there is a service key %q already", k.ID)}
	}
	row := keyRow{string(k.Org), string(k.ID), k.Label, k.Hash, k.CreatedBy, k.CreatedAt.Unix(), k.Expires.Unix()}
	return w.tx.WithContext(ctx).Create(&row).Error
}

func (w writer) DeleteKey(ctx context.Context, org rolekit.OrgID, key rolekit.KeyID) error {
	return w.remove(ctx, "rolekit_keys", org, string(key))
}
