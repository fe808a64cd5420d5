package rolekit

import (
	"context"
	"slices"
	"strings"
)

// SetSpec is what an author says of a resource set.
type SetSpec struct {
	ID          SetID
	Label       string // for people; the id where empty
	Description string
}

// ResourceQuery selects resources of a set, sorted byte for byte.
type ResourceQuery struct {
	Prefix string     // only ids that begin so
	After  ResourceID // only ids that sort behind it
	Limit  int        // at most this many; 0 means 100, more than 1000 means 1000
}

// Sets returns resource sets of the organisation and of its ancestors. It needs
// iam.roles:read.
func (m *Manager) Sets(ctx context.Context, org OrgID, l Listing) ([]ResourceSet, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	sets := []ResourceSet{}
	for _, l := range p.layers {
		for id, s := range l.sets {
			if p.resourceSet(id) == s {
				sets = append(sets, *s)
			}
		}
	}
	return page(sets, l, func(s ResourceSet) Mark { return Mark{string(s.ID), s.Label} })
}

// Set returns one resource set as the organisation sees it. It needs
// iam.roles:read.
func (m *Manager) Set(ctx context.Context, org OrgID, id SetID) (ResourceSet, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return ResourceSet{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return ResourceSet{}, err
	}
	s := p.resourceSet(id)
	if s == nil {
		return ResourceSet{}, setNotFound(p, id)
	}
	return *s, nil
}

// SetResources returns resources of a set of the organisation or of an ancestor.
// It needs iam.roles:read.
func (m *Manager) SetResources(ctx context.Context, org OrgID, id SetID, q ResourceQuery) ([]ResourceID, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return nil, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(p.layers, func(l *layer) bool { return l.sets[id] != nil })
	if at < 0 {
		return nil, setNotFound(p, id)
	}
	ids := []ResourceID{}
	for r := range p.layers[at].inSet[id].Keys() {
		if r > q.After && strings.HasPrefix(string(r), q.Prefix) {
			ids = append(ids, r)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), pageSize(q.Limit))], nil
}

// PutSet creates a resource set or changes its label and description. It needs
// iam.roles:write. ifRevision is the revision the caller has seen, or Whatever,
// Absent or Present; ErrConflict comes back where the set is not so.
func (m *Manager) PutSet(ctx context.Context, org OrgID, spec SetSpec, ifRevision Revision) (ResourceSet, error) {
	if spec.Label == "" {
		spec.Label = string(spec.ID)
	}
	if err := spec.validate(); err != nil {
		return ResourceSet{}, err
	}
	after, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		old, err := c.ownSet(spec.ID, ifRevision)
		if err != nil {
			return err
		}
		if old == nil && !ifRevision.holds(0) {
			return deletedSince("resource set", string(spec.ID))
		}
		if old == nil {
			if err := c.free("resource set", string(spec.ID), func(l *layer) bool { return l.sets[spec.ID] != nil }); err != nil {
				return err
			}
		} else if old.Label == spec.Label && old.Description == spec.Description {
			return nil
		}
		set := ResourceSet{Org: org, ID: spec.ID, Label: spec.Label, Description: spec.Description}
		if err := c.audit("set.put", kindSet.String()+string(spec.ID), auditSet(old), auditSet(&set)); err != nil {
			return err
		}
		set.Revision = Revision(c.event)
		return c.tx.PutSet(ctx, set)
	})
	if err != nil {
		return ResourceSet{}, err
	}
	return *after.resourceSet(spec.ID), nil
}

// DeleteSet removes a resource set that no role names any more; else ErrInUse.
// It needs iam.roles:write. ifRevision is as for PutSet.
func (m *Manager) DeleteSet(ctx context.Context, org OrgID, id SetID, ifRevision Revision) error {
	_, err := m.change(ctx, org, RolesWrite, func(c *change) error {
		old, err := c.ownSet(id, ifRevision)
		if err != nil {
			return err
		}
		if old == nil {
			return setNotFound(c.before, id)
		}
		if err := c.setUnused(id); err != nil {
			return err
		}
		if err := c.tx.RemoveRules(ctx, c.own.resources(id)...); err != nil {
			return err
		}
		if err := c.tx.DeleteSet(ctx, org, id); err != nil {
			return err
		}
		return c.audit("set.delete", kindSet.String()+string(id), auditSet(old), nil)
	})
	return err
}

// ReplaceResources makes a set hold just these resources; see EditSet.
func (m *Manager) ReplaceResources(ctx context.Context, org OrgID, id SetID, resources []ResourceID, ifRevision Revision) error {
	_, err := m.EditSet(ctx, org, id, EditReplace, resources, ifRevision)
	return err
}

// AddResources puts resources into a set; see EditSet.
func (m *Manager) AddResources(ctx context.Context, org OrgID, id SetID, resources ...ResourceID) error {
	_, err := m.EditSet(ctx, org, id, EditAdd, resources, Whatever)
	return err
}

// RemoveResources takes resources out of a set; see EditSet.
func (m *Manager) RemoveResources(ctx context.Context, org OrgID, id SetID, resources ...ResourceID) error {
	_, err := m.EditSet(ctx, org, id, EditRemove, resources, Whatever)
	return err
}

// without returns the rules that are not among others.
func without(rules, others []Rule) []Rule {
	out := make(map[Rule]bool, len(others))
	for _, r := range others {
		out[r] = true
	}
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return out[r] })
}

// givenWithin returns what roles and baselines grant within the set, here and
// below, as if it were granted everywhere: who adds a resource gives that away
// for it.
func (c *change) givenWithin(id SetID) ([]Grant, error) {
	var all []Grant
	add := func(profile ProfileID, grants []Grant) {
		for _, g := range c.before.live(profile, grants) {
			if g.Access == InSet(id) {
				all = append(all, Grant{g.Permission, AccessAny})
			}
		}
	}
	of := func(l *layer) error {
		for _, r := range l.roles {
			add(r.Profile, r.Grants)
		}
		for profile, grants := range l.baseline {
			add(profile, grants)
		}
		return nil
	}
	for _, l := range c.before.layers {
		_ = of(l)
	}
	return all, c.eachBelow(of)
}

// setUnused refuses to delete a set that a custom role reaches as far as. That a
// default role names it is no reason: that one speaks of many organisations.
func (c *change) setUnused(id SetID) error {
	unused := func(l *layer) error {
		for _, r := range l.roles {
			if slices.ContainsFunc(r.Grants, func(g Grant) bool { return g.Access == InSet(id) }) {
				return errorf(CodeInUse, "role %q of %q reaches as far as set %q", r.ID, l.id(), id).hint("change the role first")
			}
		}
		return nil
	}
	if err := unused(c.before.layers[0]); err != nil {
		return err
	}
	return c.eachBelow(unused)
}

// split tells the rules that put a resource into the set from those that would.
func (l *layer) split(set SetID, named []Rule) (in, out []Rule) {
	for _, r := range named {
		if _, ok := l.inSet[set].Get(ResourceID(strings.TrimPrefix(r.V[0], kindResource.String()))); ok {
			in = append(in, r)
		} else {
			out = append(out, r)
		}
	}
	return in, out
}

// ownSet returns a set of this very organisation, nil if none is in sight.
func (c *change) ownSet(id SetID, ifRevision Revision) (*ResourceSet, error) {
	s := c.before.resourceSet(id)
	switch {
	case s == nil:
		return nil, nil //nolint:nilnil // no set is an answer, not a failure
	case s.Org != c.org:
		return nil, errorf(CodeReserved, "%q is a resource set of organisation %q", id, s.Org).hint("change it there")
	case !ifRevision.holds(s.Revision):
		return nil, differs("resource set", string(id), ifRevision, s.Revision, *s)
	}
	return s, nil
}

func (s SetSpec) validate() error {
	if err := s.ID.Validate(); err != nil {
		return err
	}
	if err := validText("label", s.Label, maxLabel); err != nil {
		return err
	}
	return validText("description", s.Description, maxDescription)
}

func setNotFound(p *policy, id SetID) error {
	var known []SetID
	for _, l := range p.layers {
		for s := range l.sets {
			known = append(known, s)
		}
	}
	return errorf(CodeSetNotFound, "there is no resource set %s in %q", quoteShort(string(id)), p.org()).
		hint("%s", suggestion(string(id), known, "list the resource sets to see what there is"))
}

func auditSet(s *ResourceSet) any {
	if s == nil {
		return nil
	}
	return map[string]string{"label": s.Label, "description": s.Description}
}

func auditResources(what string, rules []Rule) any {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = strings.TrimPrefix(r.V[0], kindResource.String())
	}
	return map[string][]string{what: ids}
}
