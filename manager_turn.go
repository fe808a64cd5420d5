package rolekit

import (
	"context"
	"errors"
)

// errWouldChange is what a change comes to that memory finds nothing against.
var errWouldChange = errors.New("a change would be made")

// probe is a transaction in which nothing is done, to find out what needs none.
type probe struct{}

// Update implements Transaction.
func (probe) Update(context.Context, func(Writer) error) error { return errWouldChange }

// AfterCommit implements Transaction.
func (probe) AfterCommit(func()) {}

// turnTransaction is one of the store's own that the changes of a request join.
// It is used by one goroutine.
type turnTransaction struct {
	w      Writer
	anew   bool // changes read anew what they change, whatever memory holds
	failed error
	after  []func()

	org       OrgID // that was changed, the first of them
	revisions map[OrgID]Revision
}

// Update implements Transaction. What a change has done that fails goes when the
// transaction ends, and until then nothing more is done in it.
func (t *turnTransaction) Update(_ context.Context, fn func(Writer) error) error {
	if t.failed != nil {
		return t.failed
	}
	err := fn(t.w)
	if err != nil && !errors.Is(err, errNothing) {
		t.failed = err
	}
	return err
}

// AfterCommit implements Transaction.
func (t *turnTransaction) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// publish does what was to be done after the commit.
func (t *turnTransaction) publish() {
	for _, fn := range t.after {
		fn()
	}
}

// note remembers what a change led to, which others see only after the commit.
func (m *Manager) note(org OrgID, at Revision) {
	t, ok := m.tx.(*turnTransaction)
	if !ok {
		return
	}
	if t.revisions == nil {
		t.org, t.revisions = org, map[OrgID]Revision{}
	}
	t.revisions[org] = at
}

// settleFor is settle, and notes what it led to.
func (c *change) settleFor(m *Manager) (*layer, error) {
	done, err := c.settle()
	if err != nil {
		return nil, err
	}
	after, err := c.effective(done)
	if err != nil {
		return nil, err
	}
	m.note(c.org, after.revision)
	return done, nil
}

// Revision is [Kit.Revision], and within [Manager.Once] that which the changes
// made so far lead to.
func (m *Manager) Revision(ctx context.Context, org OrgID) (Revision, error) {
	if t, ok := m.tx.(*turnTransaction); ok {
		if at, ok := t.revisions[org]; ok {
			return at, nil
		}
	}
	return m.kit.Revision(ctx, org)
}

// anew reports whether changes do not believe what memory holds.
func (m *Manager) anew() bool {
	t, ok := m.tx.(*turnTransaction)
	return ok && t.anew
}

// inside reports whether a transaction has begun, of which memory knows nothing.
func (m *Manager) inside() bool {
	switch tx := m.tx.(type) {
	case nil, probe:
		return false
	case *rehearsal:
		return tx.under != nil || len(tx.after) > 0
	}
	return true
}

// isStale reports whether a change failed because another program may have changed
// rules and left the revision as it was.
func isStale(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == CodeConflict && e.Current == nil
}
