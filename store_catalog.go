package rolekit

import (
	"context"
	"time"
)

// CatalogRecord is what is kept of the catalog that was applied last. The store
// does not look into its body.
type CatalogRecord struct {
	Revision  Revision  // the audit event of when it was applied
	AppliedBy string    // as the audit log names actors
	AppliedAt time.Time // kept to the second
	Body      string    // never empty
}

// CatalogReader reads the catalog that was applied last.
type CatalogReader interface {
	// AppliedCatalog returns it, and whether there is one.
	AppliedCatalog(ctx context.Context) (CatalogRecord, bool, error)
}

// CatalogWriter replaces the catalog that was applied last.
type CatalogWriter interface {
	// PutAppliedCatalog is called by who holds AllOrgs.
	PutAppliedCatalog(ctx context.Context, c CatalogRecord) error
}
