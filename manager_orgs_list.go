package rolekit

import (
	"cmp"
	"context"
	"slices"
)

// OrgQuery selects organisations.
type OrgQuery struct {
	Listing

	Parent OrgID // only those right below this one
	// Tops leaves those whose parent the actor does not see: where a tree begins.
	Tops bool
}

// Org returns an organisation that the actor belongs to; operators see all.
func (m *Manager) Org(ctx context.Context, id OrgID) (Org, error) {
	operator := m.isOperator(ctx, OrgsRead)
	p, err := m.kit.policy(ctx, id)
	switch {
	case operator && err != nil:
		return Org{}, err
	case operator:
		return p.layers[0].org, nil
	case m.actor.User == "":
		return Org{}, errorf(CodeUnauthenticated, "nobody asks for this")
	case err == nil && p.isMember(m.actor.User, m.kit.config.Clock()):
		return p.layers[0].org, nil
	}
	return Org{}, m.denied(id, OrgsRead)
}

// Orgs returns the organisations that the actor belongs to; operators see all.
func (m *Manager) Orgs(ctx context.Context, q OrgQuery) ([]Org, error) {
	if m.actor.User == "" && !m.actor.isSystem() {
		return nil, errorf(CodeUnauthenticated, "nobody asks for this")
	}
	orgs, err := m.visibleOrgs(ctx)
	if err != nil {
		return nil, err
	}
	if q.Tops {
		seen := map[OrgID]bool{}
		for _, o := range orgs {
			seen[o.ID] = true
		}
		orgs = slices.DeleteFunc(orgs, func(o Org) bool { return seen[o.Parent] })
	}
	if q.Parent != "" {
		orgs = slices.DeleteFunc(orgs, func(o Org) bool { return o.Parent != q.Parent })
	}
	return page(orgs, q.Listing, func(o Org) Mark { return Mark{string(o.ID), o.Label} })
}

// visibleOrgs returns the organisations that the actor sees and that can be read.
func (m *Manager) visibleOrgs(ctx context.Context) ([]Org, error) {
	if m.isOperator(ctx, OrgsRead) {
		return m.kit.allOrgs(ctx)
	}
	ids, err := m.kit.standingIn(ctx, m.actor.User)
	if err != nil {
		return nil, err
	}
	var orgs []Org
	for _, id := range ids {
		p, err := m.kit.policy(ctx, id)
		if err != nil && m.kit.lazy() && !unreadable(err) {
			return nil, err
		}
		if err == nil && p.isMember(m.actor.User, m.kit.config.Clock()) {
			orgs = append(orgs, p.layers[0].org)
		}
	}
	return orgs, nil
}

// allOrgs returns every organisation: from memory, where all of them are there, and
// else what the store says, which knows also those that cannot be decided in.
func (k *Kit) allOrgs(ctx context.Context) (orgs []Org, err error) {
	if !k.lazy() {
		if orgs, whole := k.memory.knownOrgs(); whole {
			return orgs, nil
		}
	}
	err = k.store.View(ctx, func(r Reader) error {
		orgs, err = r.Orgs(ctx)
		return err
	})
	if err != nil {
		return nil, unavailable("the organisations cannot be read", err)
	}
	return orgs, nil
}

// OrgTree is an organisation with those below it.
type OrgTree struct {
	Org

	Children []OrgTree // sorted by id; those that the bounds let through
	// ChildCount is how many are right below it, also those left out.
	ChildCount int
}

// TreeBounds say how much of a tree is wanted.
type TreeBounds struct {
	Depth int // levels below the first; 0 means 3, more than MaxOrgDepth means that
	Limit int // organisations in all; 0 means 100, more than 1000 means 1000
}

// OrgTree returns an organisation with those below it. Where there are more than
// the limit, levels are filled from the top. Like [Manager.Org] it is for those
// who belong to the organisation, and so to all below it; and for operators.
func (m *Manager) OrgTree(ctx context.Context, id OrgID, bounds TreeBounds) (OrgTree, error) {
	top, err := m.Org(ctx, id)
	if err != nil {
		return OrgTree{}, err
	}
	below, err := m.kit.orgsBelow(ctx, id)
	if err != nil {
		return OrgTree{}, err
	}
	if bounds.Depth <= 0 {
		bounds.Depth = 3
	}
	return growTree(top, below, min(bounds.Depth, MaxOrgDepth), pageSize(bounds.Limit)), nil
}

// orgsBelow returns organisations by their parents: all of those below one, and
// maybe others.
func (k *Kit) orgsBelow(ctx context.Context, top OrgID) (children map[OrgID][]Org, err error) {
	var orgs []Org
	if k.lazy() {
		err = k.store.View(ctx, func(r Reader) error {
			orgs, err = r.Below(ctx, top)
			return err
		})
		if err != nil {
			return nil, unavailable("the organisations cannot be read", err)
		}
	} else if orgs, err = k.allOrgs(ctx); err != nil {
		return nil, err
	}
	children = map[OrgID][]Org{}
	for _, o := range orgs {
		children[o.Parent] = append(children[o.Parent], o)
	}
	for _, siblings := range children {
		slices.SortFunc(siblings, func(a, b Org) int { return cmp.Compare(a.ID, b.ID) })
	}
	return children, nil
}

// growTree takes organisations level by level, until enough are taken.
func growTree(top Org, children map[OrgID][]Org, depth, limit int) OrgTree {
	taken := map[OrgID]int{} // how many of each one's children are in
	left := limit - 1
	for level := []Org{top}; depth > 0 && left > 0 && len(level) > 0; depth-- {
		var next []Org
		for _, o := range level {
			some := children[o.ID][:min(left, len(children[o.ID]))]
			taken[o.ID] = len(some)
			left -= len(some)
			next = append(next, some...)
		}
		level = next
	}
	return treeOf(top, children, taken)
}

func treeOf(o Org, children map[OrgID][]Org, taken map[OrgID]int) OrgTree {
	t := OrgTree{Org: o, Children: []OrgTree{}, ChildCount: len(children[o.ID])}
	for _, child := range children[o.ID][:taken[o.ID]] {
		t.Children = append(t.Children, treeOf(child, children, taken))
	}
	return t
}
