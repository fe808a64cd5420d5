package rolekit

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// MoveOrg hangs an organisation, with all below it, under another parent; at the
// root where parent is empty. It needs iam.orgs:write in the organisation and
// in the new parent (at the root: as an operator), and in the organisation every
// grant that anyone gains there by what the new ancestors say. A name that is in
// use there must stand for the same after it; else ErrInUse. ifRevision is as for
// UpdateOrg.
func (m *Manager) MoveOrg(ctx context.Context, org, parent OrgID, ifRevision Revision) (Org, error) {
	if err := m.checkMove(ctx, org, parent); err != nil {
		return Org{}, err
	}
	var done *layer
	defer m.publishing()()
	err := m.attempt(ctx, org, func(c *change) (err error) {
		done, err = c.move(m, parent, ifRevision)
		return err
	})
	if errors.Is(err, errNothing) {
		m.learn(done)
		return done.org, nil
	}
	if err != nil {
		return Org{}, m.hide(org, OrgsWrite, unavailable("the organisation was not moved", err))
	}
	m.publish(done)
	return done.org, nil
}

// checkMove checks what can be checked before the transaction.
func (m *Manager) checkMove(ctx context.Context, org, parent OrgID) error {
	for _, id := range []OrgID{org, parent} {
		if id == AllOrgs && m.actor.isSystem() { // others are refused as strangers there
			return orgNotFound(id)
		}
	}
	if err := m.precheck(ctx, org, OrgsWrite); err != nil {
		return err
	}
	if parent != "" {
		return m.precheck(ctx, parent, OrgsWrite)
	}
	if !m.precheckOperator(ctx, OrgsWrite) {
		return errorf(CodePermissionDenied, "%s may not move an organisation to the root", m.actor).
			hint("it needs %s in the operators' organisation", OrgsWrite)
	}
	return nil
}

func (c *change) move(m *Manager, parent OrgID, ifRevision Revision) (*layer, error) {
	if err := c.holdAll(); err != nil {
		return nil, err
	}
	if err := c.begin(); err != nil {
		return nil, err
	}
	if err := m.requireIn(c.before, OrgsWrite); err != nil {
		return nil, err
	}
	org := c.before.layers[0].org
	if err := org.isAt(ifRevision); err != nil {
		return nil, err
	}
	if org.Parent == parent {
		m.note(c.org, c.before.revision)
		return c.before.layers[0], errNothing
	}
	if err := c.checkCycle(parent); err != nil {
		return nil, err
	}
	old := org.Parent
	org.Parent = parent
	after, err := c.moved(org)
	if err != nil {
		return nil, err
	}
	if parent != "" {
		err = m.requireIn(after.parent(), OrgsWrite)
	} else {
		err = c.requireOperator(m, OrgsWrite)
	}
	if err != nil {
		return nil, err
	}
	if err := c.checkMove(after); err != nil {
		return nil, err
	}
	if err := c.audit("org.move", orgSubject(c.org).String(), map[string]OrgID{"parent": old}, map[string]OrgID{"parent": parent}); err != nil {
		return nil, err
	}
	org.Revision = Revision(c.event)
	if err := c.tx.UpdateOrg(c.ctx, org); err != nil {
		return nil, err
	}
	if err := c.rebase(after); err != nil {
		return nil, err
	}
	done, err := c.settleFor(m)
	if err != nil {
		return nil, err
	}
	return done, c.keepHolders(done)
}

// moved is the effective policy as it would be after the move.
func (c *change) moved(org Org) (*policy, error) {
	own := *c.before.layers[0]
	own.org = org
	return c.effective(&own)
}

// checkCycle refuses a parent that is the organisation itself or below it.
func (c *change) checkCycle(parent OrgID) error {
	if parent == "" {
		return nil
	}
	line, err := c.line(parent)
	if err == nil && slices.Contains(line, c.org) {
		err = errorf(CodeCycle, "organisation %q is part of %q, and so cannot contain it", parent, c.org)
	}
	return err
}

// rebase keeps the effective revision, a sum over the line of ancestors, from
// shrinking when the new line adds up to less.
func (c *change) rebase(after *policy) error {
	lost := c.before.revision - after.revision
	if lost <= 0 {
		return nil
	}
	return c.tx.SetBase(c.ctx, c.org, c.own.base+lost)
}

// checkMove refuses a move that would be too deep, change what a name stands
// for, or give away what the actor does not hold.
func (c *change) checkMove(after *policy) error {
	upper := after.layers[1 : len(after.layers)-1]
	check := func(before *policy) error {
		moved := newPolicy(before.catalog, append(c.ownLine(before), after.layers[1:]...))
		if len(moved.layers)-1 > MaxOrgDepth { // the default roles do not count
			return tooDeep(moved.org())
		}
		for _, u := range upper {
			if err := sameNames(moved.layers[0], u); err != nil {
				return err
			}
		}
		return keepsNames(before, moved)
	}
	if err := check(c.before); err != nil {
		return err
	}
	if err := c.eachPolicyBelow(check); err != nil {
		return err
	}
	return c.mayGive(gained(c.before, after), nil)
}

// ownLine returns the layers of a policy from its own to the moving one's.
func (c *change) ownLine(p *policy) []*layer {
	at := slices.IndexFunc(p.layers, func(l *layer) bool { return l.id() == c.org })
	return slices.Clone(p.layers[:at+1])
}

// gained returns what anyone gets in the organisation by what is said in
// ancestors that it has after a move and had not before.
func gained(before, after *policy) []Grant {
	var all []Grant
	for i, u := range after.layers {
		if i == 0 || slices.ContainsFunc(before.layers, func(l *layer) bool { return l.id() == u.id() }) {
			continue
		}
		for _, links := range u.linked() {
			for _, k := range links {
				if after.counts(k.to, i) {
					all = append(all, after.brings(k.to)...)
				}
			}
		}
	}
	return all
}

// keepsNames refuses a move after which a name that the organisation uses would
// stand for nothing, or for another role, group or set than before: an
// assignment must not change its meaning, now or when somebody makes a role of
// that name.
func keepsNames(before, after *policy) error {
	own := before.layers[0]
	for from, links := range own.linked() {
		if err := keepsName(before, after, from); err != nil {
			return err
		}
		for _, k := range links {
			if err := keepsName(before, after, k.to); err != nil {
				return err
			}
		}
	}
	for _, r := range own.roles {
		for _, inc := range r.Includes {
			if err := keepsName(before, after, roleSubject(inc)); err != nil {
				return err
			}
		}
		if err := keepsSets(before, after, r.Grants); err != nil {
			return err
		}
	}
	return keepsDefaultSets(before, after)
}

// keepsDefaultSets refuses a move that would give a meaning to a set which
// default roles or baselines name: its resources would be given away. To lose one
// only takes.
func keepsDefaultSets(before, after *policy) error {
	defaults := before.layers[len(before.layers)-1]
	named := slices.Concat(slices.Collect(maps.Values(defaults.baseline))...)
	for _, r := range defaults.roles {
		named = append(named, r.Grants...)
	}
	named = slices.DeleteFunc(named, func(g Grant) bool {
		set, ok := g.Access.Set()
		return !ok || after.definedIn(subject{kindSet, string(set)}) == ""
	})
	return keepsSets(before, after, named)
}

func keepsSets(before, after *policy, grants []Grant) error {
	for _, g := range grants {
		if set, ok := g.Access.Set(); ok {
			if err := keepsName(before, after, subject{kindSet, string(set)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func keepsName(before, after *policy, s subject) error {
	was, is := before.definedIn(s), after.definedIn(s)
	if was == is {
		return nil
	}
	if was == "" {
		return errorf(CodeInUse, "%q uses a name that %q would give a meaning: %s", before.org(), is, s).hint("take it out of use first")
	}
	return errorf(CodeInUse, "%q uses %s of %q, which it would not see any more", before.org(), s, was).hint("take it out of use first")
}

// definedIn returns the organisation in which what a name stands for here is
// defined; empty where it stands for nothing, or is not a name.
func (p *policy) definedIn(s subject) OrgID {
	for _, l := range p.layers {
		if l.roles[RoleID(s.id)] != nil && s.kind == kindRole || l.groups[GroupID(s.id)] != nil && s.kind == kindGroup ||
			l.sets[SetID(s.id)] != nil && s.kind == kindSet {
			return l.id()
		}
	}
	return ""
}

// sameNames refuses a role, group or set that both define: below, one would
// stand in for the other.
func sameNames(lower, upper *layer) error {
	clash := func(what, id string) error {
		return errorf(CodeExists, "%q and %q both have a %s %q", lower.id(), upper.id(), what, id).hint("rename one of them first")
	}
	for id := range lower.roles {
		if upper.roles[id] != nil {
			return clash("role", string(id))
		}
	}
	for id := range lower.groups {
		if upper.groups[id] != nil {
			return clash("group", string(id))
		}
	}
	for id := range lower.sets {
		if upper.sets[id] != nil {
			return clash("resource set", string(id))
		}
	}
	return nil
}
