package rolekit

import (
	"context"
	"errors"
)

// NewOrg is what is said of an organisation to be created.
type NewOrg struct {
	ID     OrgID
	Label  string // for people; the id where empty
	Parent OrgID  // empty for the root
	// Creator gets the catalog's creator role. Empty means the acting user;
	// nobody, where the system acts. Only the system may name someone else.
	Creator UserID
}

// OrgQuery selects organisations, sorted by id.
type OrgQuery struct {
	After OrgID // only ids that sort behind it
	Limit int   // at most this many; 0 means 100, more than 1000 means 1000
}

// Org returns an organisation that the actor belongs to; operators see all.
func (m *Manager) Org(_ context.Context, id OrgID) (Org, error) {
	operator := m.isOperator(OrgsRead)
	p, err := m.kit.memory.policy(id)
	switch {
	case operator && err != nil:
		return Org{}, err
	case operator:
		return p.layers[0].org, nil
	case m.actor.User == "":
		return Org{}, errorf(CodeUnauthenticated, "nobody asks for this")
	case err == nil && p.isMember(m.actor.User):
		return p.layers[0].org, nil
	}
	return Org{}, m.denied(id, OrgsRead)
}

// Orgs returns the organisations that the actor belongs to; operators see all.
func (m *Manager) Orgs(_ context.Context, q OrgQuery) ([]Org, error) {
	if m.actor.User == "" && !m.actor.isSystem() {
		return nil, errorf(CodeUnauthenticated, "nobody asks for this")
	}
	operator := m.isOperator(OrgsRead)
	orgs := []Org{}
	for _, id := range m.kit.memory.orgs() {
		if id <= q.After {
			continue
		}
		p, err := m.kit.memory.policy(id)
		if err != nil || !operator && !p.isMember(m.actor.User) {
			continue
		}
		if orgs = append(orgs, p.layers[0].org); len(orgs) == pageSize(q.Limit) {
			break
		}
	}
	return orgs, nil
}

// CreateOrg creates an organisation. Under a parent it needs iam.orgs:write
// there; at the root only operators and the system may. Its creator gets the
// catalog's creator role, so that it is never without someone who runs it.
func (m *Manager) CreateOrg(ctx context.Context, n NewOrg) (Org, error) {
	if n.Label == "" {
		n.Label = string(n.ID)
	}
	if err := m.checkNewOrg(&n); err != nil {
		return Org{}, err
	}
	org := Org{ID: n.ID, Label: n.Label, Parent: n.Parent, CreatedAt: m.kit.config.Clock().UTC()}
	var done *layer
	err := m.kit.store.Update(ctx, func(tx Writer) error {
		c := &change{ctx: ctx, tx: tx, kit: m.kit, actor: m.actor, org: n.ID}
		err := c.createOrg(m, org, n.Creator)
		if err != nil {
			return err
		}
		done, err = c.settle()
		return err
	})
	if err != nil {
		return Org{}, unavailable("the organisation was not created", err)
	}
	m.kit.memory.publish(done)
	return done.org, nil
}

// checkNewOrg checks what can be checked before the transaction.
func (m *Manager) checkNewOrg(n *NewOrg) error {
	if err := n.ID.Validate(); err != nil {
		return err
	}
	if err := validText("label", n.Label, maxLabel); err != nil {
		return err
	}
	if n.Parent != "" {
		if err := m.require(n.Parent, OrgsWrite); err != nil {
			return err
		}
		if n.Parent == AllOrgs {
			return orgNotFound(n.Parent)
		}
	} else if !m.isOperator(OrgsWrite) {
		if m.actor.User == "" {
			return errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
		}
		return errorf(CodePermissionDenied, "%s may not create organisations at the root", m.actor).
			hint("it needs %s in the operators' organisation, or a parent to create it under", OrgsWrite)
	}
	switch {
	case n.Creator == "":
		n.Creator = m.actor.User
	case !m.actor.isSystem() && n.Creator != m.actor.User:
		return errorf(CodeEscalation, "%s may not make someone else the creator", m.actor)
	}
	if n.Creator == "" {
		return nil
	}
	return n.Creator.Validate()
}

// createOrg does it within the transaction. The parent is locked, so that it
// cannot go meanwhile; the new organisation is seen by nobody yet.
func (c *change) createOrg(m *Manager, org Org, creator UserID) error {
	held := org.Parent
	if held == "" {
		held = AllOrgs
	}
	if err := c.tx.Lock(c.ctx, held); err != nil {
		return err
	}
	own := &layer{org: org, roles: map[RoleID]*Role{}, holders: map[UserID][]RoleID{}}
	var err error
	if c.before, err = c.effective(own); err != nil {
		return err
	}
	if org.Parent != "" {
		parent, err := newParentPolicy(c.before)
		if err != nil {
			return err
		}
		if err := m.requireIn(parent, OrgsWrite); err != nil {
			return err
		}
	}
	if err := c.tx.InsertOrg(c.ctx, org); err != nil {
		return err
	}
	if err := c.audit("org.create", "org:"+string(org.ID), nil, map[string]string{
		"label": org.Label, "parent": string(org.Parent),
	}); err != nil {
		return err
	}
	role := c.kit.catalog.creator
	if role == "" || creator == "" {
		return nil
	}
	if c.before.role(role) == nil {
		return errorf(CodeUnavailable, "the creator role %q is not there yet", role).hint("seed the default roles first")
	}
	if err := c.tx.AddRules(c.ctx, assignmentRule(org.ID, creator, role)); err != nil {
		return err
	}
	return c.audit("member.assign", userSubject(creator), nil, map[string]RoleID{"role": role})
}

// newParentPolicy is the policy of the parent of a policy's organisation.
func newParentPolicy(p *policy) (*policy, error) {
	if len(p.layers)-1 > MaxOrgDepth {
		return nil, tooDeep(p.org())
	}
	return newPolicy(p.catalog, p.layers[1:]), nil
}

func tooDeep(org OrgID) error {
	return errorf(CodeInvalid, "organisation %q would be more than %d levels deep", org, MaxOrgDepth).
		hint("choose a parent nearer to the root")
}

// DeleteOrg removes an organisation and every trace of it but one event in the
// log of the default roles' domain. It needs iam.orgs:write there, or as an
// operator. One that has organisations below it is in use.
func (m *Manager) DeleteOrg(ctx context.Context, org OrgID) error {
	operator := m.isOperator(OrgsWrite)
	if err := m.require(org, OrgsWrite); err != nil && !operator {
		return err
	}
	if org == AllOrgs {
		return orgNotFound(org)
	}
	var done *layer
	err := m.kit.store.Update(ctx, func(tx Writer) error {
		c := &change{ctx: ctx, tx: tx, kit: m.kit, actor: m.actor, org: org}
		if err := tx.Lock(ctx, org); err != nil {
			return err
		}
		if !operator { // an operator can also remove what cannot be read any more
			if err := c.requireStored(m, OrgsWrite); err != nil {
				return err
			}
		}
		if err := c.childless(); err != nil {
			return err
		}
		if err := tx.DeleteOrg(ctx, org); err != nil {
			return err
		}
		c.org = AllOrgs // nothing of the organisation stays, so the event cannot be its own
		if err := c.audit("org.delete", "org:"+string(org), nil, nil); err != nil {
			return err
		}
		done = &layer{org: Org{ID: org}, revision: Revision(c.event), deleted: true}
		return nil
	})
	if errors.Is(err, ErrOrgNotFound) {
		return err
	}
	if err != nil {
		return unavailable("the organisation was not deleted", err)
	}
	m.kit.memory.publish(done)
	return nil
}

// requireStored asks for the permission by what the store holds now.
func (c *change) requireStored(m *Manager, need Permission) error {
	own, err := c.load()
	if err != nil {
		return err
	}
	p, err := c.effective(own)
	if err != nil {
		return err
	}
	return m.requireIn(p, need)
}

func (c *change) childless() error {
	all, err := c.tx.Orgs(c.ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Parent == c.org {
			return errorf(CodeInUse, "organisation %q has %q below it", c.org, other.ID).hint("delete or move that one first")
		}
	}
	return nil
}
