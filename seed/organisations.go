package seed

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/rolekit/rolekit"
)

// Organisation is one that should be there, and who starts with what in it.
type Organisation struct {
	rolekit.NewOrg

	Sets    []Set
	Groups  []Group              // in any order
	Members []rolekit.Assignment // to users or to Groups, beside NewOrg.Creator
}

// Group is a group of an organisation and who is in it.
type Group struct {
	rolekit.GroupSpec

	Users  []rolekit.UserID
	Groups []rolekit.GroupID
}

// Set is a resource set of an organisation and what is in it.
type Set struct {
	rolekit.SetSpec

	Resources []rolekit.ResourceID
}

// Organisations creates those that are not there yet, in the order given, and
// returns their ids. One that exists is left as it is, whatever its admins made
// of it since: a seed gives nobody back what was taken from them.
//
// Each organisation is created with its creator in one transaction; sets, groups
// and members follow, one by one. The default roles must have been applied.
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
		for _, fill := range []func(context.Context, *rolekit.Manager) error{o.fillSets, o.fillGroups, o.fillMembers} {
			if err := fill(ctx, manager); err != nil {
				return created, err
			}
		}
	}
	return created, nil
}

func (o Organisation) fillSets(ctx context.Context, m *rolekit.Manager) error {
	for _, s := range o.Sets {
		_, err := m.PutSet(ctx, o.ID, s.SetSpec, 0)
		if err == nil {
			err = m.AddResources(ctx, o.ID, s.ID, s.Resources...)
		}
		if err != nil {
			return fmt.Errorf("seed resource set %q of %q: %w", s.ID, o.ID, err)
		}
	}
	return nil
}

// fillGroups makes all groups before it fills any, so that each may be in each.
func (o Organisation) fillGroups(ctx context.Context, m *rolekit.Manager) error {
	for _, g := range o.Groups {
		if _, err := m.PutGroup(ctx, o.ID, g.GroupSpec, 0); err != nil {
			return fmt.Errorf("seed group %q of %q: %w", g.ID, o.ID, err)
		}
	}
	for _, g := range o.Groups {
		if err := m.AddToGroup(ctx, o.ID, g.ID, g.Users, g.Groups); err != nil {
			return fmt.Errorf("seed group %q of %q: %w", g.ID, o.ID, err)
		}
	}
	return nil
}

func (o Organisation) fillMembers(ctx context.Context, m *rolekit.Manager) error {
	for _, a := range o.Members {
		if err := m.PutAssignment(ctx, o.ID, a); err != nil {
			return fmt.Errorf("seed %q of %q: %w", cmp.Or(string(a.User), string(a.Group)), o.ID, err)
		}
	}
	return nil
}
