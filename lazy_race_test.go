package rolekit_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// gatedStore lets somebody come in between: at the first time that each function
// would be called which is there.
type gatedStore struct {
	rolekit.Store

	line, layers, updated func()

	lines, loads, updates atomic.Int64
}

func first(n *atomic.Int64, gate func()) {
	if gate != nil && n.Add(1) == 1 {
		gate()
	}
}

func (s *gatedStore) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return s.Store.View(ctx, func(r rolekit.Reader) error { return fn(gatedReader{r, s}) })
}

// Update calls updated once a change is committed, before it is published.
func (s *gatedStore) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	err := s.Store.Update(ctx, fn)
	first(&s.updates, s.updated)
	return err
}

type gatedReader struct {
	rolekit.Reader

	store *gatedStore
}

func (r gatedReader) Line(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	first(&r.store.lines, r.store.line)
	return r.Reader.Line(ctx, org)
}

func (r gatedReader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	first(&r.store.loads, r.store.layers)
	return r.Reader.Layers(ctx, orgs)
}

// family is a store with an organisation top, in which ada is a viewer, and below
// it.
func family(t *testing.T) (rolekit.Store, *rolekit.Kit) { //nolint:ireturn // it is what the stores around it take
	t.Helper()
	store := memstore.New()
	kit := kitOn(t, store, rolekit.Config{})
	system := kit.Manager().As(rolekit.System("test"))
	_, err := system.ApplyDefaults(t.Context(), kit.Catalog().Defaults())
	for _, o := range []rolekit.NewOrg{{ID: "top", Creator: "olga"}, {ID: "below", Parent: "top", Creator: "olga"}} {
		if err == nil {
			_, err = system.CreateOrg(t.Context(), o)
		}
	}
	if err == nil {
		err = system.Assign(t.Context(), "top", "ada", "viewer")
	}
	if err != nil {
		t.Fatal(err)
	}
	return store, kit
}

// TestARefreshLooksAtWhatIsBeingLoaded: an organisation is loaded for the first
// time; another process takes something in it, or above it, and this one looks for
// changes. What was read before that does not count when it comes in.
func TestARefreshLooksAtWhatIsBeingLoaded(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(*gatedStore, func()){
		"before its line is known": func(s *gatedStore, gate func()) { s.line = gate },
		"when its line is known":   func(s *gatedStore, gate func()) { s.layers = gate },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner, other := family(t)
			store := &gatedStore{Store: inner}
			kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
			store.loads.Store(0)
			at(store, func() {
				if err := other.Manager().As(rolekit.System("test")).Unassign(t.Context(), "top", "ada", "viewer"); err != nil {
					t.Error(err)
				}
				if err := kit.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			})
			for range 2 { // the first began before it was taken, and ends after the refresh
				d, err := kit.Can(t.Context(), rolekit.Identity{User: "ada", Org: "below", Profile: "owner"}, "invoices:read", nil)
				if err != nil || d.Allowed {
					t.Errorf("allowed: %v, %v", d.Allowed, err)
				}
			}
		})
	}
}

// TestAChangeThatIsPublishedLate, after another that was made after it and was
// pushed out of memory, changes nothing.
func TestAChangeThatIsPublishedLate(t *testing.T) {
	t.Parallel()
	inner, _ := family(t)
	orgs := forest(t, inner, 2*fewest)
	store := &gatedStore{Store: inner}
	kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
	system := kit.Manager().As(rolekit.System("test"))
	ask := func(user rolekit.UserID, org rolekit.OrgID) bool {
		d, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "owner"}, "invoices:read", nil)
		if err != nil {
			t.Error(err)
		}
		return d.Allowed
	}
	store.updated = func() {
		if err := system.Unassign(t.Context(), "top", "ben", "viewer"); err != nil {
			t.Error(err)
		}
		for _, org := range orgs {
			ask("olga", org)
		}
	}
	if err := system.Assign(t.Context(), "top", "ben", "viewer"); err != nil {
		t.Fatal(err)
	}
	if ask("ben", "top") {
		t.Error("what was taken is allowed")
	}
}
