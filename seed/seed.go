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
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// Report is what [Apply] did.
type Report struct {
	rolekit.Applied
}

// Apply applies the kit's catalog, in one transaction: rolekit.Manager.ApplyCatalog
// says what that is, and what is refused. A role that the catalog does not declare
// any more is left alone and reported: people may still hold it. A baseline that it
// does not declare any more is taken back.
//
// Among what it refuses, with nothing changed: rolekit.ErrDrifted, where default
// roles were edited in the store since; rolekit.ErrGrantsHeld, where custom roles
// would lose grants; and rolekit.ErrExists, where an organisation has a custom role
// with the id of a new default role. Whoever has to decide runs rolekit apply.
func Apply(ctx context.Context, kit *rolekit.Kit) (Report, error) {
	plan, err := kit.Manager().As(actor()).ApplyCatalog(ctx, rolekit.CatalogChoices{LeaveRoles: true})
	if err != nil {
		return Report{}, fmt.Errorf("seed the defaults: %w", err)
	}
	return Report{reported(kit.Catalog().DefaultRoles(), &plan)}, nil
}

// reported sums up what became of the default roles that the catalog declares.
func reported(roles []rolekit.RoleSpec, plan *rolekit.CatalogPlan) (a rolekit.Applied) {
	touched := map[rolekit.RoleID]bool{}
	for _, c := range plan.Changes {
		role := rolekit.RoleID(c.ID)
		switch {
		case c.Kind == "baseline":
			a.Baselines = append(a.Baselines, rolekit.ProfileID(c.ID))
		case c.Kind != "role":
		case c.Verb == rolekit.VerbAdd:
			a.Added, touched[role] = append(a.Added, role), true
		case c.Verb == rolekit.VerbChange:
			a.Changed, touched[role] = append(a.Changed, role), true
		default:
			a.Unknown = append(a.Unknown, role)
		}
	}
	for _, r := range roles {
		if !touched[r.ID] {
			a.Unchanged = append(a.Unchanged, r.ID)
		}
	}
	slices.Sort(a.Unchanged)
	return a
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
