package rolekit

import (
	"context"
	"maps"
	"slices"
)

// shared restores what all organisations share.
func (r *Restoration) shared(ctx context.Context, want Contents) (out Restored, err error) {
	m := r.m
	stage := &rehearsal{
		kit: m.kit, stage: &stage{orgs: map[OrgID]*stagedOrg{}}, before: map[OrgID]*layer{}, after: map[OrgID]*layer{},
	}
	if !r.apply {
		m = &Manager{kit: m.kit, actor: m.actor, tx: stage}
	}
	var since map[Permission]Revision
	err = m.changeDefaults(ctx, func(c *change) (err error) {
		if out, err = c.restoreShared(want); err == nil && want.Catalog != nil {
			since, err = c.restoreCatalog(want.Catalog, &out)
		}
		return err
	})
	r.defaults, r.since = stage.after[AllOrgs], since
	return out, err
}

// restoreShared makes default roles and baselines what is wanted.
func (c *change) restoreShared(want Contents) (Restored, error) {
	want.Roles, want.Baseline = slices.Clone(want.Roles), maps.Clone(want.Baseline) // a transaction may run again
	if want.RulesOnly {
		c.adoptShared(&want)
	}
	want = c.kit.withProfiles(want)
	want = want.normal()
	out := Restored{Org: AllOrgs}
	var p partCheck
	fits := fitting{catalog: c.kit.catalog, leave: want.LeaveUnknown, p: &p}
	for i, spec := range want.Roles {
		want.Roles[i] = fits.role(spec, c.own.roles[spec.ID])
	}
	fits.baseline(want.Baseline, c.own)
	if err := p.done(AllOrgs); err != nil {
		return out, err
	}
	out.Notes = fits.notes
	applied, err := c.applyDefaults(Defaults{Roles: want.Roles, Baseline: want.Baseline})
	for _, id := range applied.Added {
		out.add('+', "default role "+string(id), "")
	}
	for _, id := range applied.Changed {
		out.add('~', "default role "+string(id), "")
	}
	for _, id := range applied.Baselines {
		out.add('~', "baseline "+string(id), "")
	}
	return out, err
}

// adoptShared takes over what rules cannot say of default roles: from those that are
// stored, and from the catalog's.
func (c *change) adoptShared(want *Contents) {
	known := map[RoleID]RoleSpec{}
	for _, spec := range c.kit.catalog.Defaults().Roles {
		known[spec.ID] = spec
	}
	for id, role := range c.own.roles {
		known[id] = role.RoleSpec
	}
	for i, spec := range want.Roles {
		old := known[spec.ID]
		if spec.Profile == "" {
			spec.Profile = old.Profile
		}
		spec.Label, spec.Description = old.Label, old.Description
		want.Roles[i] = spec
	}
}
