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
	seen := map[RoleID]bool{}
	for _, s := range specs {
		if err := m.kit.checkSpec(s.normal()); err != nil {
			return applied, err
		}
		if seen[s.ID] {
			return applied, errorf(CodeInvalid, "the default role %q comes twice", s.ID)
		}
		seen[s.ID] = true
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
		if done, err = c.settle(); err != nil {
			return err
		}
		return c.keepHolders(done)
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

// checkDefaults checks what the specs mean together with the default roles that
// are there already, and with the organisations' own.
func (c *change) checkDefaults(own *layer, specs []RoleSpec) error {
	c.before = newPolicy(c.kit.catalog, []*layer{own})
	together := &layer{org: own.org, roles: maps.Clone(own.roles)}
	var fresh []RoleID
	for _, s := range specs {
		if own.roles[s.ID] == nil {
			fresh = append(fresh, s.ID)
		}
		together.roles[s.ID] = &Role{RoleSpec: s.normal(), Org: AllOrgs, Origin: OriginDefault}
	}
	after := change{org: AllOrgs, before: c.before.with(together)}
	for _, s := range specs {
		if err := after.checkIncludes(s.normal()); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	role, org, err := c.definedBelow(fresh...)
	if err != nil || org == "" {
		return err
	}
	return errorf(CodeExists, "organisation %q has a custom role %q", org, role).hint("give the default role another id")
}

func (c *change) applyDefaults(own *layer, specs []RoleSpec, applied *Applied) error {
	if err := c.checkDefaults(own, specs); err != nil {
		return err
	}
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
