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
	// nobody, where the system or a service key acts. Only the system may name
	// someone else, and nobody a service key.
	Creator UserID
}

// CreateOrg creates an organisation. Under a parent it needs iam.orgs:write
// there; at the root only operators and the system may, and no service key. Its
// creator gets the catalog's creator role, so that it is never without someone who
// runs it; what a key creates, the people of its parent run.
func (m *Manager) CreateOrg(ctx context.Context, n NewOrg) (Org, error) {
	if n.Label == "" {
		n.Label = string(n.ID)
	}
	if err := m.checkNewOrg(ctx, &n); err != nil {
		return Org{}, err
	}
	org := Org{ID: n.ID, Label: n.Label, Parent: n.Parent, CreatedAt: m.kit.config.Clock().UTC()}
	var done *layer
	defer m.publishing()()
	err := m.attempt(ctx, n.ID, func(c *change) error {
		err := c.createOrg(m, org, n.Creator)
		if err != nil {
			return err
		}
		done, err = c.settleFor(m)
		return err
	})
	if err != nil {
		return Org{}, m.hide(n.Parent, OrgsWrite, unavailable("the organisation was not created", err))
	}
	m.publish(done)
	return done.org, nil
}

// checkNewOrg checks what can be checked before the transaction.
func (m *Manager) checkNewOrg(ctx context.Context, n *NewOrg) error {
	if err := n.ID.Validate(); err != nil {
		return err
	}
	if err := validText("label", n.Label, maxLabel); err != nil {
		return err
	}
	if n.Parent != "" {
		if err := m.precheck(ctx, n.Parent, OrgsWrite); err != nil {
			return err
		}
		if n.Parent == AllOrgs {
			return orgNotFound(n.Parent)
		}
	} else if !m.precheckOperator(ctx, OrgsWrite) {
		if m.actor.User == "" {
			return errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
		}
		return errorf(CodePermissionDenied, "%s may not create organisations at the root", m.actor).
			hint("it needs %s in the operators' organisation, or a parent to create it under", OrgsWrite)
	}
	if err := m.creatorKey(n); err != nil {
		return err
	}
	switch {
	case m.isKey() && n.Creator == "":
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

// isKey reports whether the manager acts for a service key.
func (m *Manager) isKey() bool {
	_, ok := m.actor.User.Key()
	return ok
}

// creatorKey refuses to make a service key the one who runs an organisation: it
// ends. Under a parent it needs nobody who does, for the parent's people can.
func (m *Manager) creatorKey(n *NewOrg) error {
	if _, ok := n.Creator.Key(); ok {
		return errorf(CodeReserved, "a service key is no organisation's creator").hint("name a person")
	}
	if m.isKey() && n.Parent == "" {
		return errorf(CodeReserved, "a service key creates no organisation at the root, which nobody would run").
			hint("name a parent, or let a person create it")
	}
	return nil
}

// createOrg does it within the transaction.
func (c *change) createOrg(m *Manager, org Org, creator UserID) error {
	if err := c.holdNew(org.Parent); err != nil {
		return err
	}
	var err error
	if c.before, err = c.effective(emptyLayer(org)); err != nil {
		return err
	}
	if org.Parent != "" {
		if err := m.requireIn(c.before.parent(), OrgsWrite); err != nil {
			return err
		}
	} else if err := c.requireOperator(m, OrgsWrite); err != nil {
		return err
	}
	if err := c.neverDeleted(org.ID); err != nil {
		return err
	}
	if err := c.tx.InsertOrg(c.ctx, org); err != nil {
		return err
	}
	if err := c.audit("org.create", orgSubject(org.ID).String(), nil, map[string]string{
		"label": org.Label, "parent": string(org.Parent),
	}); err != nil {
		return err
	}
	org.Revision = Revision(c.event)
	if err := c.tx.UpdateOrg(c.ctx, org); err != nil {
		return err
	}
	role := c.kit.catalog.creator
	if role == "" || creator == "" {
		return nil
	}
	if c.before.role(role) == nil {
		return errorf(CodeUnavailable, "the creator role %q is not there yet", role).hint("seed the default roles first")
	}
	return c.connect("member.assign", userSubject(creator), roleSubject(role), Period{})
}

// neverDeleted refuses the id of an organisation that was deleted: the
// application may still hold rows under it, and tokens and links may name it. The
// system may give it out again, once it knows that they are gone.
func (c *change) neverDeleted(id OrgID) error {
	if c.actor.isSystem() {
		return nil
	}
	events, err := c.tx.Audit(c.ctx, AllOrgs, AuditQuery{Action: actionDeleteOrg, Target: orgSubject(id).String(), Limit: 1})
	if err != nil || len(events) == 0 {
		return err
	}
	return errorf(CodeExists, "there was an organisation %q, and its id is not given out again", id).hint("choose another id")
}

// parent is the policy of the parent of the policy's organisation.
func (p *policy) parent() *policy { return newPolicy(p.catalog, p.layers[1:]) }

func tooDeep(org OrgID) error {
	return errorf(CodeInvalid, "organisation %q would be more than %d levels deep", org, MaxOrgDepth).
		hint("choose a parent nearer to the root")
}

// UpdateOrg changes an organisation's label. It needs iam.orgs:write there.
// ifRevision is the Org's revision that the caller has seen, or Whatever;
// ErrConflict comes back where it is at another.
func (m *Manager) UpdateOrg(ctx context.Context, id OrgID, label string, ifRevision Revision) (Org, error) {
	if label == "" {
		label = string(id)
	}
	if err := validText("label", label, maxLabel); err != nil {
		return Org{}, err
	}
	after, err := m.change(ctx, id, OrgsWrite, func(c *change) error {
		org := c.before.layers[0].org
		if err := org.isAt(ifRevision); err != nil || org.Label == label {
			return err
		}
		err := c.audit("org.update", orgSubject(id).String(), map[string]string{"label": org.Label}, map[string]string{"label": label})
		if err != nil {
			return err
		}
		org.Label, org.Revision = label, Revision(c.event)
		return c.tx.UpdateOrg(ctx, org)
	})
	if err != nil {
		return Org{}, err
	}
	return after.layers[0].org, nil
}

// isAt refuses to change an organisation that is not as the caller has seen it.
func (o Org) isAt(ifRevision Revision) error {
	if ifRevision.holds(o.Revision) {
		return nil
	}
	return differs("organisation", string(o.ID), ifRevision, o.Revision, o)
}

// actionDeleteOrg is how the audit log calls a deletion.
const actionDeleteOrg = "org.delete"

// DeleteOptions says how far a deletion goes.
type DeleteOptions struct {
	// Descendants takes the organisations below along; without it, one that has
	// any is in use.
	Descendants bool
	// IfRevision is the Org's revision that the caller has seen. Default: Whatever.
	IfRevision Revision
}

// DeleteOrg removes an organisation and every trace of it but its audit log, which
// operators read on, and an event in the log of the default roles' domain. It needs iam.orgs:write there, or as an
// operator.
func (m *Manager) DeleteOrg(ctx context.Context, org OrgID, options DeleteOptions) error {
	if err := m.precheck(ctx, org, OrgsWrite); err != nil && !m.isOperator(ctx, OrgsWrite) {
		return err
	}
	if org == AllOrgs {
		return orgNotFound(org)
	}
	var gone []*layer
	defer m.publishing()()
	err := m.attempt(ctx, org, func(c *change) error {
		gone = nil
		if err := c.holdAll(); err != nil {
			return err
		}
		if err := c.tx.Lock(ctx, org); err != nil { // it is held already, if it exists
			return err
		}
		operator, err := c.operates(m, OrgsWrite)
		if err != nil {
			return err
		}
		if !operator { // an operator can also remove what cannot be read any more
			if err := c.begin(); err != nil {
				return err
			}
			if err := m.requireIn(c.before, OrgsWrite); err != nil {
				return err
			}
		}
		if err := c.orgIsAt(options.IfRevision); err != nil {
			return err
		}
		below, err := c.goingAlong(options)
		if err != nil {
			return err
		}
		c.org = AllOrgs // nobody reads the organisations' own logs any more but operators
		for _, id := range append(below, org) {
			l, err := c.deleteOrg(id)
			if err != nil {
				return err
			}
			gone = append(gone, l)
		}
		return nil
	})
	if err != nil {
		return m.hide(org, OrgsWrite, unavailable("the organisation was not deleted", err))
	}
	m.take(gone...)
	return nil
}

// orgIsAt is isAt for an organisation that may not be readable any more.
func (c *change) orgIsAt(ifRevision Revision) error {
	if ifRevision == Whatever {
		return nil
	}
	line, err := c.tx.Line(c.ctx, c.org)
	if errors.Is(err, ErrOrgNotFound) { // there is but its revision
		return nil
	}
	if err != nil {
		return err
	}
	return line[0].isAt(ifRevision)
}

// goingAlong returns the organisations below, if they may go along.
func (c *change) goingAlong(options DeleteOptions) ([]OrgID, error) {
	below, err := c.below()
	if err != nil || len(below) == 0 {
		return nil, err
	}
	if !options.Descendants {
		return nil, errorf(CodeInUse, "organisation %q has %d below it, %q among them", c.org, len(below), below[0]).
			hint("delete or move them first, or say that they go along")
	}
	return below, nil
}

func (c *change) deleteOrg(id OrgID) (*layer, error) {
	if id == c.kit.config.Operators {
		return nil, errorf(CodeReserved, "%q is the operators' organisation", id).hint("name another as Config.Operators first")
	}
	revisions, err := c.tx.Revisions(c.ctx, id)
	if err != nil {
		return nil, err
	}
	if err := c.tx.DeleteOrg(c.ctx, id); err != nil {
		return nil, err
	}
	if err := c.audit(actionDeleteOrg, orgSubject(id).String(), nil, nil); err != nil {
		return nil, err
	}
	return tombstone(id, max(Revision(c.event), revisions[id]+1), c.began), nil
}
