package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// edit is what a kind of change took, by the key of a subject.
type edit struct {
	what    string
	where   string
	members int // of the organisation, where it is one of very many
	key     key
	took    []time.Duration // until the next check had decided by it, without the store
	store   []time.Duration // in the store
}

// once makes a change and asks what it makes true, and takes the time of both.
func (e *edit) once(s subject, change func() error, ask question) error {
	before, began := s.elsewhere(), time.Now()
	if err := change(); err != nil {
		return err
	}
	allowed, err := s.ask([]question{ask})
	took, store := time.Since(began), s.elsewhere()-before
	if err != nil {
		return err
	}
	if (allowed == 1) != ask.allowed {
		return mismatch(&ask, allowed == 1)
	}
	e.took, e.store = append(e.took, took-store), append(e.store, store)
	return nil
}

// edit gives a role to users who have none, all over the organisations, and measures
// until a check has decided by it. It takes it again, and looks whether the check
// after that still allows.
func (t *trial) edit(ctx context.Context, r *running) error {
	const (
		fewest = 2
		while  = time.Second
	)
	n, began := t.options.pace.edits, time.Now()
	e := edit{key: r.key}
	for i := range n {
		if i >= fewest && time.Since(began) > while {
			break
		}
		number, role := i*t.world.orgs/n, 1+i%(roleCount-1)
		roles := t.world.org(number).roles
		visitor := question{
			user: fmt.Sprintf("visitor-%d", i), org: orgName(number),
			permission: lowest(roles[role]), allowed: true,
		}
		if err := r.subject.open(ctx, visitor.org); err != nil {
			return err
		}
		err := e.once(r.subject, func() error { return r.subject.assign(ctx, visitor.org, visitor.user, role) }, visitor)
		if err != nil {
			return fmt.Errorf("%s, after an assignment: %w", r.key, err)
		}
		if err := r.subject.revoke(ctx, visitor.org, visitor.user, role); err != nil {
			return err
		}
		allowed, err := r.subject.ask([]question{visitor})
		if err != nil {
			return err
		}
		r.stale = r.stale || allowed > 0
	}
	if r.stale && r.key != cachedKey {
		return errors.New("a revoked role still allows")
	}
	r.visible, r.store = e.took, e.store
	return nil
}
