package rolekit

import (
	"context"
	"errors"
)

// require refuses an actor who lacks the permission by what memory knows, before
// the store is troubled. To someone without rights there, an organisation that
// does not exist looks like one that does.
func (m *Manager) require(ctx context.Context, org OrgID, need Permission) error {
	if m.actor.isSystem() {
		return nil
	}
	if m.actor.User == "" {
		return errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
	}
	p, err := m.kit.policy(ctx, org)
	if errors.Is(err, ErrOrgNotFound) {
		return m.denied(org, need)
	}
	if err != nil {
		return err
	}
	return m.requireIn(p, need)
}

// precheck is require before a change. In a transaction of the application's,
// memory does not know what that has done so far; the change itself asks what is
// stored.
func (m *Manager) precheck(ctx context.Context, org OrgID, need Permission) error {
	if m.inside() && m.actor.User != "" {
		return nil
	}
	return m.require(ctx, org, need)
}

// hide makes an organisation that does not exist look like one that does, where
// precheck could not.
func (m *Manager) hide(org OrgID, need Permission, err error) error {
	if m.inside() && !m.actor.isSystem() && errors.Is(err, ErrOrgNotFound) {
		return m.denied(org, need)
	}
	return err
}

func (m *Manager) requireIn(p *policy, need Permission) error {
	if m.actor.isSystem() {
		return nil
	}
	now := m.kit.config.Clock()
	profile, err := p.actAs(m.actor.User, m.actor.Profile, now)
	if err != nil {
		return err
	}
	if profile != "" && p.covered(p.held(m.actor.User, profile, now), Grant{need, AccessAny}) {
		return nil
	}
	return m.denied(p.org(), need)
}

func (m *Manager) denied(org OrgID, need Permission) error {
	return errorf(CodePermissionDenied, "%s may not %s in %s", m.actor, need, quoteShort(string(org))).
		hint("it needs the permission %s", need)
}

// isOperator reports whether the actor holds the permission in the operators'
// organisation.
func (m *Manager) isOperator(ctx context.Context, need Permission) bool {
	if m.actor.isSystem() {
		return true
	}
	operators := m.kit.config.Operators
	return operators != "" && m.require(ctx, operators, need) == nil
}

// precheckOperator is isOperator before a change; see precheck.
func (m *Manager) precheckOperator(ctx context.Context, need Permission) bool {
	if m.inside() && m.actor.User != "" {
		return m.kit.config.Operators != ""
	}
	return m.isOperator(ctx, need)
}

// requireOperator asks the same of what is stored, within the transaction.
func (c *change) requireOperator(m *Manager, need Permission) error {
	if c.actor.isSystem() {
		return nil
	}
	own, err := c.current(c.kit.config.Operators)
	if err != nil {
		return err
	}
	p, err := c.effective(own)
	if err != nil {
		return err
	}
	return m.requireIn(p, need)
}

// operates is requireOperator for changes that others may make too.
func (c *change) operates(m *Manager, need Permission) (bool, error) {
	if c.kit.config.Operators == "" && !c.actor.isSystem() {
		return false, nil
	}
	err := c.requireOperator(m, need)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrPermissionDenied), errors.Is(err, ErrOrgNotFound), errors.Is(err, ErrBrokenPolicy):
		return false, nil
	default:
		return false, err
	}
}
