package rolekit

import "context"

// In returns a manager whose changes join a transaction that the application
// runs, so that an invoice and the role that goes with it commit together or not
// at all:
//
//	err := db.Transaction(func(tx *gorm.DB) error {
//		if err := tx.Create(&invoice).Error; err != nil {
//			return err
//		}
//		return kit.Manager().As(actor).In(store.Join(tx)).Assign(ctx, org, user, role)
//	})
//
// Checks decide by the changes from the moment of the commit, before the commit
// returns; never, when the transaction is rolled back. A change that is refused
// undoes itself, and leaves the rest of the transaction to the application. Where
// the database gives up on the transaction for another's sake, the change fails
// with ErrConflict: then the whole transaction has to be run again.
//
// Changes hold their organisations until the transaction ends, so it should end
// soon. Several in one transaction should go from the root of the tree downward;
// else two transactions may wait for each other, and the database ends one.
//
// What the manager reads (Roles, Members, …) is what is committed. The manager of a
// [Manager.Preview] stays in that.
func (m *Manager) In(tx Transaction) *Manager {
	if m.rehearsal() != nil {
		return m
	}
	return &Manager{kit: m.kit, actor: m.actor, tx: tx}
}

// publishing says that a change is under way, until the function that it returns is
// called. Another may be made after this one, and published before it: memory keeps
// that until this one comes, which is then known for old.
func (m *Manager) publishing() (done func()) {
	_, done = m.kit.memory.reading()
	return done
}

// update runs a change in a transaction of its own, or within the application's.
func (m *Manager) update(ctx context.Context, fn func(Writer) error) error {
	if m.tx != nil {
		return m.tx.Update(ctx, fn)
	}
	return m.kit.store.Update(ctx, fn)
}

// publish makes checks decide by layers that were changed.
func (m *Manager) publish(layers ...*layer) {
	m.committed(layers, func() {
		m.kit.memory.publish(layers...)
		m.kit.tell(layers)
	})
}

// take is publish for layers of which few may be asked for.
func (m *Manager) take(layers ...*layer) {
	m.committed(layers, func() {
		m.kit.memory.take(layers)
		m.kit.tell(layers)
	})
}

// committed does what there is to do with layers that were changed, once they are
// committed.
func (m *Manager) committed(layers []*layer, do func()) {
	switch tx := m.tx.(type) {
	case nil:
		do()
	case *turnTransaction:
		tx.AfterCommit(do)
	case *rehearsal:
		tx.leave(layers)
	default:
		m.afterCommit(layers)
	}
}

// afterCommit reads again, once it is committed, what was changed: the
// application may have rolled back to a savepoint before, or changed more since.
func (m *Manager) afterCommit(layers []*layer) {
	orgs := make([]OrgID, len(layers))
	for i, l := range layers {
		orgs[i] = l.id()
	}
	m.tx.AfterCommit(func() { m.kit.reread(orgs) })
}

// learn makes checks decide by what a change has read that found nothing to do:
// another process may have done it, and memory not have heard of that.
func (m *Manager) learn(read ...*layer) {
	switch tx := m.tx.(type) {
	case nil:
		m.kit.memory.take(read)
		return
	case *turnTransaction:
		tx.AfterCommit(func() { m.kit.memory.take(read) })
		return
	}
	n := news{}
	for _, l := range read {
		n[l.id()] = l.revision
	}
	if orgs := m.kit.memory.behind(n); len(orgs) > 0 {
		m.tx.AfterCommit(func() { m.kit.reread(orgs) })
	}
}
