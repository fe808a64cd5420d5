package rolekit_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// slowStore keeps a reading from ending until it is let.
type slowStore struct {
	rolekit.Store

	hold atomic.Bool
	let  chan struct{}
}

func (s *slowStore) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return s.Store.View(ctx, func(r rolekit.Reader) error {
		err := fn(r)
		if s.hold.CompareAndSwap(true, false) {
			<-s.let
		}
		return err
	})
}

// TestAwaitForReadsAnew lets somebody in while another request's reading of the
// store, which has not seen that, is under way: it must not do for a request that
// names the revision.
func TestAwaitForReadsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := t.Context(), &slowStore{Store: memstore.New(), let: make(chan struct{})}
		kit, other := kitOn(t, store, rolekit.Config{}), kitOn(t, store, rolekit.Config{})
		system, who := other.Manager().As(rolekit.System("test")), rolekit.Identity{User: "ada", Org: "tom"}
		_, defaults := system.ApplyDefaults(ctx, kit.Catalog().Defaults())
		_, created := system.CreateOrg(ctx, rolekit.NewOrg{ID: "tom", Creator: "olga"})

		store.hold.Store(true)
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- kit.AwaitFor(ctx, who, 1) }()
		synctest.Wait()
		assigned := system.Assign(ctx, "tom", "ada", "viewer")
		revision, err := other.Revision(ctx, "tom")
		go func() { second <- kit.AwaitFor(ctx, who, revision) }()
		synctest.Wait()
		close(store.let)
		if err := errors.Join(defaults, created, assigned, err, <-first, <-second); err != nil {
			t.Fatal(err)
		}
		if d, err := kit.Can(ctx, who, "invoices:read", nil); err != nil || !d.Allowed || d.Revision() < revision {
			t.Errorf("allowed: %v, at revision %d, %v; want %d", d.Allowed, d.Revision(), err, revision)
		}
	})
}
