package seed

import (
	"context"
	"errors"
	"fmt"

	"github.com/rolekit/rolekit"
)

// Organisation is one that should be there, and who starts with what in it.
type Organisation struct {
	rolekit.NewOrg

	Members []rolekit.Member // beside NewOrg.Creator
}

// Organisations creates those that are not there yet, in the order given, and
// returns their ids. One that exists is left as it is, whatever its admins made
// of it since: a seed gives nobody back what was taken from them.
//
// Each organisation is created with its creator in one transaction; members
// follow, one by one. The default roles must have been applied.
func Organisations(ctx context.Context, kit *rolekit.Kit, orgs ...Organisation) ([]rolekit.OrgID, error) {
	manager := kit.Manager().As(actor())
	var created []rolekit.OrgID
	for _, o := range orgs {
		_, err := manager.CreateOrg(ctx, o.NewOrg)
		if errors.Is(err, rolekit.ErrExists) {
			continue
		}
		if err != nil {
			return created, fmt.Errorf("seed organisation %q: %w", o.ID, err)
		}
		created = append(created, o.ID)
		for _, m := range o.Members {
			for _, role := range m.Roles {
				if err := manager.Assign(ctx, o.ID, m.User, role); err != nil {
					return created, fmt.Errorf("seed member %q of %q: %w", m.User, o.ID, err)
				}
			}
		}
	}
	return created, nil
}
