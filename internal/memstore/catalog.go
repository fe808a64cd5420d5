package memstore

import (
	"context"
	"time"

	"github.com/rolekit/rolekit"
)

func (tx *transaction) AppliedCatalog(ctx context.Context) (rolekit.CatalogRecord, bool, error) {
	return tx.state.catalog, tx.state.catalog.Body != "", ctx.Err()
}

func (tx *transaction) PutAppliedCatalog(ctx context.Context, c rolekit.CatalogRecord) error {
	c.AppliedAt = time.Unix(c.AppliedAt.Unix(), 0).UTC() // as a database keeps it
	tx.state.catalog = c
	return ctx.Err()
}
