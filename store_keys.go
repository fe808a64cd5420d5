package rolekit

import (
	"context"
	"time"
)

// KeyRecord is what is kept of a service key. What it holds is assigned to its
// user, by rules like any other's.
type KeyRecord struct {
	Org       OrgID
	ID        KeyID
	Label     string
	Hash      string // of the whole key, SHA-256 in hexadecimal; the key itself is kept nowhere
	CreatedBy string // user:ada, service:rkey_…, system:seed
	CreatedAt time.Time
	Expires   time.Time // from when on it is none any more; times are kept to the second
}

// KeyReader reads service keys by themselves; those of an organisation come with
// its layer.
type KeyReader interface {
	// Key returns the key of an id, whatever its organisation, and whether it is
	// there.
	Key(ctx context.Context, id KeyID) (KeyRecord, bool, error)
}

// KeyWriter changes service keys within a transaction.
type KeyWriter interface {
	// InsertKey must return ErrExists when the id is taken, in whatever
	// organisation.
	InsertKey(ctx context.Context, key KeyRecord) error
	DeleteKey(ctx context.Context, org OrgID, key KeyID) error
}
