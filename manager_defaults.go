package rolekit

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Defaults are what all organisations have: default roles, and what everyone
// who has a profile is granted.
type Defaults struct {
	Roles    []RoleSpec
	Baseline map[ProfileID][]Grant
}

// Applied is what applying defaults did, each list sorted.
type Applied struct {
	Added     []RoleID
	Changed   []RoleID
	Unchanged []RoleID
	Unknown   []RoleID    // stored, but not among what was applied; left alone
	Baselines []ProfileID // whose baseline was changed
}

// ApplyDefaults makes the stored default roles and baselines what is said, in
// one transaction; applying twice is applying once. Only the system may. Stored
// default roles that are not named are left alone; a profile that is not named
// has no baseline any more. A default role stays one of its profile: what becomes of
// those who hold it is said to [Manager.ApplyCatalog].
func (m *Manager) ApplyDefaults(ctx context.Context, defaults Defaults) (Applied, error) {
	var applied Applied
	if !m.actor.isSystem() {
		return applied, errorf(CodePermissionDenied, "%s may not change default roles", m.actor).hint("apply the catalog with rolekit seed")
	}
	if err := m.kit.checkDefaults(defaults); err != nil {
		return applied, err
	}
	err := m.changeDefaults(ctx, func(c *change) (err error) {
		applied, err = c.applyDefaults(defaults)
		return err
	})
	if err != nil {
		return Applied{}, unavailable("the default roles were not applied", err)
	}
	return applied, nil
}

// changeDefaults runs fn in a transaction that holds the default roles, which are then
// the change's own, and publishes the outcome.
func (m *Manager) changeDefaults(ctx context.Context, fn func(*change) error) error {
	var own, done *layer
	defer m.publishing()()
	err := m.update(ctx, func(tx Writer) (err error) {
		c := m.newChange(ctx, tx, AllOrgs)
		if err := c.holdAll(); err != nil {
			return err
		}
		if own, err = c.load(); err != nil {
			return err
		}
		c.own = own
		c.only.read(own)
		if err := fn(c); err != nil {
			return err
		}
		if done, err = c.settle(); err != nil {
			return err
		}
		return c.keepHolders(done)
	})
	switch {
	case errors.Is(err, errNothing):
		m.learn(own)
		return nil
	case err == nil:
		m.take(done)
	}
	return err
}

func (c *change) applyDefaults(d Defaults) (applied Applied, err error) {
	if err := c.applyRoles(c.own, d.Roles, &applied); err != nil {
		return applied, err
	}
	return applied, c.applyBaseline(d.Baseline, &applied)
}

// checkDefaults checks what can be checked without the store.
func (k *Kit) checkDefaults(d Defaults) error {
	seen := map[RoleID]bool{}
	for _, s := range d.Roles {
		if err := checkNewRole(s.ID); err != nil {
			return err
		}
		if err := k.checkSpec(s.normal(), nil); err != nil {
			return err
		}
		if seen[s.ID] {
			return errorf(CodeInvalid, "the default role %q comes twice", s.ID)
		}
		seen[s.ID] = true
	}
	for profile, grants := range d.Baseline {
		if err := k.catalog.CheckProfile(profile); err != nil {
			return err
		}
		if err := checkBaseline(grants); err != nil {
			return err
		}
		for _, g := range grants {
			if err := k.catalog.CheckGrant(profile, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkRoles checks what the specs mean together with the default roles that
// are there already, and with the organisations' own.
func (c *change) checkRoles(own *layer, specs []RoleSpec) error {
	c.before = newPolicy(c.kit.catalog, []*layer{own})
	together := &layer{org: own.org, roles: maps.Clone(own.roles)}
	fresh := newIDs{}
	for _, s := range specs {
		s = s.normal()
		switch r := own.roles[s.ID]; {
		case r == nil:
			fresh[s.ID] = nil
		case r.Profile != s.Profile:
			return errorf(CodeInvalid, "the default role %q is of profile %q, not %q: who holds or includes it would have nothing by it any more",
				s.ID, r.Profile, s.Profile).hint("apply the catalog: there it is said what they get instead")
		}
		together.roles[s.ID] = &Role{RoleSpec: s, Org: AllOrgs, Origin: OriginDefault}
	}
	for _, s := range specs {
		if err := checkDefaultIncludes(c.before.with(together), s.normal()); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := c.eachBelow(func(l *layer) error { fresh.meet(l); return nil }); err != nil {
		return err
	}
	if taken := fresh.taken(); len(taken) > 0 {
		return taken[0]
	}
	return nil
}

// checkDefaultIncludes is checkIncludes of a default role, among those that p has.
func checkDefaultIncludes(p *policy, s RoleSpec) error {
	after := change{org: AllOrgs, before: p}
	return after.checkIncludes(s)
}

// newIDs are ids that default roles get, each with the organisations that have a custom
// role of that id.
type newIDs map[RoleID][]OrgID

// meet takes in an organisation.
func (n newIDs) meet(l *layer) {
	for id := range n {
		if l.roles[id] != nil {
			n[id] = append(n[id], l.id())
		}
	}
}

// taken is what is to be said of those that custom roles have.
func (n newIDs) taken() (all []*Error) {
	for _, id := range slices.Sorted(maps.Keys(n)) {
		if orgs := n[id]; len(orgs) > 0 {
			all = append(all, errorf(CodeExists, "there are custom roles with the id of the default role %q, in %s", id, some(quoted(orgs))).
				hint("give the default role another id"))
		}
	}
	return all
}

func (c *change) applyRoles(own *layer, specs []RoleSpec, applied *Applied) error {
	if err := c.checkRoles(own, specs); err != nil {
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

func (c *change) applyBaseline(want map[ProfileID][]Grant, applied *Applied) error {
	profiles := slices.Collect(maps.Keys(want)) // a document may have some that the catalog has not
	for _, pr := range c.kit.catalog.profiles {
		profiles = append(profiles, pr.ID)
	}
	for _, id := range sortedOnce(profiles) {
		changed, err := c.writeBaseline(id, want[id], "baseline.seed")
		if err != nil {
			return err
		}
		if changed {
			applied.Baselines = append(applied.Baselines, id)
		}
	}
	return nil
}

// writeBaseline stores what everyone who has a profile is granted, and reports
// whether that is other than what was stored.
func (c *change) writeBaseline(profile ProfileID, grants []Grant, action string) (changed bool, err error) {
	to := profileSubject(profile)
	had := c.own.rules(to)
	rules := make([]Rule, 0, len(grants))
	for _, g := range grants {
		rules = append(rules, grantRule(AllOrgs, to, profile, g))
	}
	gone, fresh := without(had, rules), without(rules, had)
	if len(gone) == 0 && len(fresh) == 0 {
		return false, nil
	}
	if err := c.tx.RemoveRules(c.ctx, gone...); err != nil {
		return false, err
	}
	if err := c.tx.AddRules(c.ctx, fresh...); err != nil {
		return false, err
	}
	return true, c.audit(action, to.String(), auditRules(had), auditRules(rules))
}

// auditRules is how granted rules look in the audit log.
func auditRules(rules []Rule) any {
	lines := make([]string, len(rules))
	for i, r := range rules {
		lines[i] = r.V[3] + ":" + r.V[4] + " (" + r.V[5] + ")"
	}
	slices.Sort(lines)
	return map[string][]string{"grants": lines}
}
