// Package seed puts what developers declare where everyone starts from: the
// catalog's default roles and baselines, and organisations that should be there
// from the first day.
//
// It acts as the system, so whoever calls it needs access to the database and
// no permission. Doing it again changes nothing.
package seed

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rolekit/rolekit"
)

// Report is what [Apply] did.
type Report struct {
	rolekit.Applied
}

// Apply makes the stored default roles and baselines what the kit's catalog
// declares, in one transaction. A role that the catalog does not declare any
// more is left alone and reported: people may still hold it. A baseline that it
// does not declare any more is taken back.
//
// It fails with rolekit.ErrExists where an organisation has a custom role of
// the same id, and then nothing has changed.
func Apply(ctx context.Context, kit *rolekit.Kit) (Report, error) {
	applied, err := kit.Manager().As(actor()).ApplyDefaults(ctx, kit.Catalog().Defaults())
	if err != nil {
		return Report{}, fmt.Errorf("seed the defaults: %w", err)
	}
	return Report{applied}, nil
}

// actor is how the audit log names a seed.
func actor() rolekit.Actor { return rolekit.System("seed") }

// Write writes the report for people: a line with the sums, then one a role
// that is new, changed, or unknown to the catalog, and one a profile whose
// baseline changed.
func (r Report) Write(w io.Writer) error {
	_, err := io.WriteString(w, r.String())
	return err
}

// String returns the report as [Report.Write] writes it.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "default roles: %d added, %d changed, %d as they were\n", len(r.Added), len(r.Changed), len(r.Unchanged))
	for _, id := range r.Added {
		fmt.Fprintf(&b, "  + %s\n", id)
	}
	for _, id := range r.Changed {
		fmt.Fprintf(&b, "  ~ %s\n", id)
	}
	for _, id := range r.Unknown {
		fmt.Fprintf(&b, "  ? %s is not in the catalog; left alone\n", id)
	}
	for _, id := range r.Baselines {
		fmt.Fprintf(&b, "  ~ the baseline of profile %s\n", id)
	}
	return b.String()
}
