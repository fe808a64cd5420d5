package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// store is a [rolekit.Store] whose rows are made of a world when they are asked
// for: what a kit keeps of them is all that stays in memory. What is to be edited is
// first copied into a store that can be written; see open.
type store struct {
	world  *world
	copied *memstore.Store
	isCopy sync.Map                        // by organisation
	made   map[rolekit.OrgID]rolekit.Layer // rows made beforehand; see make
	events atomic.Int64                    // the last id of an audit event, of which nothing else is kept
	spent  atomic.Int64                    // nanoseconds within the methods of transactions, and to begin and end them
}

var _ rolekit.Store = (*store)(nil)

// newStore returns one in which the default roles can be edited.
func newStore(ctx context.Context, w *world) (*store, error) {
	s := &store{world: w, copied: memstore.New()}
	s.events.Store(worldRevision)
	return s, s.copy(ctx, rolekit.AllOrgs)
}

// make makes all rows beforehand, and returns what lets go of them again: to load
// them is then to load them from memory.
func (s *store) make() (drop func()) {
	s.made = make(map[rolekit.OrgID]rolekit.Layer, s.world.orgs)
	for i := range s.world.orgs {
		id := rolekit.OrgID(orgName(i))
		s.made[id] = s.world.layer(id)
	}
	runtime.GC() // so that it does not begin within the loading
	return func() { s.made = nil }
}

// open makes an organisation one that can be edited.
func (s *store) open(ctx context.Context, org string) error {
	return s.copy(ctx, rolekit.OrgID(org))
}

func (s *store) copy(ctx context.Context, id rolekit.OrgID) error {
	if _, ok := s.isCopy.Load(id); ok {
		return nil
	}
	layer := s.world.layer(id)
	err := s.copied.Update(ctx, func(tx rolekit.Writer) error {
		if id != rolekit.AllOrgs {
			if err := tx.InsertOrg(ctx, layer.Org); err != nil {
				return err
			}
		}
		for _, role := range layer.Roles {
			if err := tx.PutRoles(ctx, role); err != nil {
				return err
			}
		}
		if err := tx.AddRules(ctx, layer.Rules...); err != nil {
			return err
		}
		return tx.SetRevisions(ctx, worldRevision, id)
	})
	s.isCopy.Store(id, true)
	return err
}

// View implements [rolekit.Store].
func (s *store) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return s.copied.View(ctx, func(r rolekit.Reader) error { return fn(&reader{Reader: r, store: s}) })
}

// Update implements [rolekit.Store]. It adds to spent what is not fn's own.
func (s *store) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	began, within := time.Now(), time.Duration(0)
	err := s.copied.Update(ctx, func(tx rolekit.Writer) error {
		entered := time.Now()
		defer func() { within += time.Since(entered) }()
		return fn(&writer{Writer: tx, reader: reader{Reader: tx, store: s}, store: s})
	})
	s.spent.Add(int64(time.Since(began) - within))
	return err
}
