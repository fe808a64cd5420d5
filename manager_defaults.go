package rolekit

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Applied is what applying default roles did, each list sorted.
type Applied struct {
	Added     []RoleID
	Changed   []RoleID
	Unchanged []RoleID
	Unknown   []RoleID // stored, but not among what was applied; left alone
}

// ApplyDefaultRoles makes the stored default roles what specs say, in one
// transaction; applying twice is applying once. Only the system may. Stored
// default roles that specs do not name are left alone.
func (m *Manager) ApplyDefaultRoles(ctx context.Context, specs []RoleSpec) (Applied, error) {
	var applied Applied
	if !m.actor.isSystem() {
		return applied, errorf(CodePermissionDenied, "%s may not change default roles", m.actor).hint("apply the catalog with rolekit seed")
	}
	for _, s := range specs {
		if err := m.kit.checkSpec(s.normal()); err != nil {
			return applied, err
		}
		if org := m.kit.memory.customRole(s.ID); org != "" {
			return applied, errorf(CodeExists, "organisation %q has a custom role %q", org, s.ID).hint("give the default role another id")
		}
	}
	var done *layer
	err := m.kit.store.Update(ctx, func(tx Writer) error {
		applied = Applied{}
		c := &change{ctx: ctx, tx: tx, kit: m.kit, actor: m.actor, org: AllOrgs}
		if err := tx.Lock(ctx, AllOrgs); err != nil {
			return err
		}
		own, err := c.load()
		if err != nil {
			return err
		}
		if err := c.applyDefaults(own, specs, &applied); err != nil {
			return err
		}
		done, err = c.settle()
		return err
	})
	if errors.Is(err, errNothing) {
		return applied, nil
	}
	if err != nil {
		return Applied{}, unavailable("the default roles were not applied", err)
	}
	m.kit.memory.take([]*layer{done})
	return applied, nil
}

func (c *change) applyDefaults(own *layer, specs []RoleSpec, applied *Applied) error {
	named := map[RoleID]bool{}
	for _, s := range specs {
		s = s.normal()
		named[s.ID] = true
		old := own.roles[s.ID]
		switch {
		case old == nil:
			applied.Added = append(applied.Added, s.ID)
		case old.sameAs(s):
			applied.Unchanged = append(applied.Unchanged, s.ID)
			continue
		default:
			applied.Changed = append(applied.Changed, s.ID)
		}
		if err := c.writeRole(old, s, "role.seed"); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(own.roles)) {
		if !named[id] {
			applied.Unknown = append(applied.Unknown, id)
		}
	}
	for _, list := range []*[]RoleID{&applied.Added, &applied.Changed, &applied.Unchanged} {
		slices.Sort(*list)
	}
	return nil
}
