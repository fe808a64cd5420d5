package rolekit

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// ApplyCatalog makes what is stored what the kit's catalog says, in one transaction:
// default roles and baselines, what follows renames, and what is kept of the catalog
// itself. Applying twice is applying once. It returns what it did, or was to do.
//
// It refuses, and then has changed nothing, where default roles were edited in the
// store since the catalog was applied last (ErrDrifted), where a default role leaves
// that somebody holds (ErrRoleInUse), and where custom roles would lose grants
// (ErrGrantsHeld), unless the choices say what is to become of them. Permissions that
// are new are given to default roles by the file; in custom roles that are older they
// wait to be reviewed, see [Manager.Reviews], unless the file has a rule for them.
//
// Nor does any choice let it pass where an organisation has a custom role with the id of
// a new default role (ErrExists), and where nobody could manage an organisation any more
// (ErrLastHolder). All that refuses it is in the plan. Only the system may.
func (m *Manager) ApplyCatalog(ctx context.Context, choices CatalogChoices) (CatalogPlan, error) {
	if err := m.mustBeSystem(); err != nil {
		return CatalogPlan{}, err
	}
	var (
		p    CatalogPlan
		own  *layer
		done []*layer
	)
	defer m.publishing()()
	err := m.attempt(ctx, AllOrgs, func(c *change) error {
		done = nil
		if err := c.holdAll(); err != nil {
			return err
		}
		a, err := c.planCatalog(&choices)
		if err != nil {
			return err
		}
		p, own = a.plan, c.own
		if len(p.Refused) > 0 {
			return p.Refused[0]
		}
		after, err := a.apply()
		if err == nil {
			done = append([]*layer{after}, c.further...)
		}
		return err
	})
	if errors.Is(err, errNothing) {
		m.learn(own)
		return p, nil
	}
	if err != nil {
		return p, unavailable("the catalog was not applied", err)
	}
	m.take(done...)
	return p, nil
}

// apply does what is planned, and returns the default roles as they are then.
func (a *application) apply() (*layer, error) {
	if a.last.catalog != nil && a.plan.Empty() && len(a.write) == 0 && len(a.gone) == 0 && !a.last.differs(a) {
		return nil, errNothing
	}
	if err := a.keepCatalog(); err != nil {
		return nil, err
	}
	at := Revision(a.event)
	if err := a.applyDefaults(); err != nil {
		return nil, err
	}
	after, err := a.settle()
	if err != nil {
		return nil, err
	}
	a.others[AllOrgs] = after
	return after, a.applyOrgs(at)
}

// differs reports whether what is to be kept of the catalog is not what is kept: where
// something that drifted was kept, the file may say otherwise of it than it did.
func (l *applied) differs(a *application) bool {
	was, err := l.body(l.catalog, l.since)
	is, other := l.body(a.kit.catalog, a.since)
	return err != nil || other != nil || was != is
}

// keepCatalog writes down what was applied.
func (a *application) keepCatalog() error {
	var before any
	if a.plan.Applied != nil {
		before = map[string]Revision{"revision": a.plan.Applied.Revision}
	}
	if err := a.audit("catalog.apply", "catalog:"+string(AllOrgs), before, auditPlan(&a.plan)); err != nil {
		return err
	}
	at := Revision(a.event)
	for p, since := range a.since {
		if since == notYet {
			a.since[p] = at
		}
	}
	body, err := a.last.body(a.kit.catalog, a.since)
	if err != nil {
		return err
	}
	return a.tx.PutAppliedCatalog(a.ctx, CatalogRecord{Revision: at, AppliedBy: a.actor.String(), AppliedAt: a.now.UTC(), Body: body})
}

// auditPlan is how an applied catalog looks in the audit log: what changed, by name.
func auditPlan(p *CatalogPlan) any {
	changes := map[string][]string{}
	for _, c := range p.Changes {
		name := c.Kind
		if c.ID != "" {
			name += " " + c.ID
		}
		changes[string(c.Verb)] = append(changes[string(c.Verb)], name)
	}
	for _, r := range p.Renames {
		changes["rename"] = append(changes["rename"], r.Kind+" "+r.From+" to "+r.To)
	}
	for _, d := range p.Drift {
		changes[string(d.Resolution)] = append(changes[string(d.Resolution)], d.Kind+" "+d.ID)
	}
	for _, l := range p.Lost {
		what := string(l.Permission)
		if l.To != "" {
			what += " to " + string(l.To)
		}
		changes["drop"] = append(changes["drop"], what)
	}
	return changes
}

// applyDefaults writes the default roles and baselines.
func (a *application) applyDefaults() error {
	for _, spec := range a.write {
		if err := a.writeRole(a.own.roles[spec.ID], spec, "role.apply"); err != nil {
			return err
		}
	}
	for _, id := range a.gone {
		if err := a.tx.RemoveRules(a.ctx, a.own.rules(roleSubject(id))...); err != nil {
			return err
		}
		if err := a.tx.DeleteRole(a.ctx, AllOrgs, id); err != nil {
			return err
		}
		var after any
		if to := a.moves[id]; to != "" {
			after = map[string]RoleID{"successor": to}
		}
		if err := a.audit("role.delete", roleSubject(id).String(), auditRole(a.own.roles[id].RoleSpec), after); err != nil {
			return err
		}
	}
	profiles := maps.Clone(a.baseline)
	for id := range a.own.baseline {
		if _, there := profiles[id]; !there {
			profiles[id] = nil
		}
	}
	for _, id := range slices.Sorted(maps.Keys(profiles)) {
		if _, err := a.writeBaseline(id, profiles[id], "baseline.apply"); err != nil {
			return err
		}
	}
	return nil
}
