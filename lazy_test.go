package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// fewest is the smallest bound that a kit takes: an organisation needs its
// ancestors.
const fewest = rolekit.MaxOrgDepth + 1

// hookedStore calls view before each View.
type hookedStore struct {
	rolekit.Store

	view func(context.Context) error
}

func (s *hookedStore) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	if err := s.view(ctx); err != nil {
		return err
	}
	return s.Store.View(ctx, fn)
}

// forest fills a store with organisations, some below others, in which users hold
// roles directly, by groups and by time, and returns their ids.
func forest(t testing.TB, store rolekit.Store, n int) []rolekit.OrgID {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	kit := kitOn(t, store, rolekit.Config{})
	system := kit.Manager().As(rolekit.System("test"))
	_, err := system.ApplyDefaults(t.Context(), kit.Catalog().Defaults())
	orgs := []rolekit.OrgID{}
	depth := map[rolekit.OrgID]int{}
	for i := range n {
		org := rolekit.NewOrg{ID: rolekit.OrgID(fmt.Sprintf("org%02d", i)), Creator: "olga"}
		if i > 4 && random.IntN(3) > 0 {
			if parent := orgs[random.IntN(len(orgs))]; depth[parent] < rolekit.MaxOrgDepth-1 {
				org.Parent, depth[org.ID] = parent, depth[parent]+1
			}
		}
		_, create := system.CreateOrg(t.Context(), org)
		_, group := system.PutGroup(t.Context(), org.ID, rolekit.GroupSpec{ID: rolekit.GroupID("crew." + org.ID)}, 0)
		user := rolekit.UserID(fmt.Sprint("user", random.IntN(8)))
		err = errors.Join(err, create, group,
			system.AddToGroup(t.Context(), org.ID, rolekit.GroupID("crew."+org.ID), []rolekit.UserID{user}, nil),
			system.PutAssignment(t.Context(), org.ID, rolekit.Assignment{Group: rolekit.GroupID("crew." + org.ID), Role: "viewer"}),
			system.Assign(t.Context(), org.ID, rolekit.UserID(fmt.Sprint("user", random.IntN(8))), "mower"))
		orgs = append(orgs, org.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return orgs
}

func kitOn(t testing.TB, store rolekit.Store, config rolekit.Config) *rolekit.Kit {
	t.Helper()
	if config.Catalog == nil {
		config.Catalog = parseCatalog(t, catalogYAML)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	kit, err := rolekit.New(t.Context(), store, config)
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// everythingOf is what a kit answers of one user and one organisation.
func everythingOf(ctx context.Context, kit *rolekit.Kit, user rolekit.UserID, org rolekit.OrgID) []string {
	who := rolekit.Identity{User: user, Org: org, Profile: "owner"}
	d, can := kit.Can(ctx, who, "invoices:read", nil)
	profiles, active, profilesErr := kit.Profiles(ctx, org, user)
	grants, permissionsErr := kit.Permissions(ctx, who)
	mine, membershipsErr := kit.Memberships(ctx, user)
	may, orgsErr := kit.Orgs(ctx, user, "owner", "invoices:read")
	visible, visibleErr := kit.Manager().As(rolekit.Actor{User: user}).Orgs(ctx, rolekit.OrgQuery{Listing: rolekit.Listing{Limit: 1000}})
	all, allErr := kit.Manager().As(rolekit.System("test")).Orgs(ctx, rolekit.OrgQuery{Listing: rolekit.Listing{Limit: 1000}})
	members, membersErr := kit.Manager().As(rolekit.Actor{User: user}).Members(ctx, org, rolekit.MemberQuery{})
	return []string{
		fmt.Sprint("Can: ", d.Allowed, d.Access(), d.Revision(), can), fmt.Sprint("Profiles: ", profiles, active, profilesErr),
		fmt.Sprint("Permissions: ", grants, permissionsErr), fmt.Sprint("Memberships: ", mine, membershipsErr),
		fmt.Sprint("Orgs: ", may, orgsErr), fmt.Sprint("visible: ", visible, visibleErr), fmt.Sprint("all: ", all, allErr),
		fmt.Sprint("Members: ", members, membersErr),
	}
}

// TestLazyAnswersTheSame edits by one kit, and asks one that holds everything and
// one that has room for few.
func TestLazyAnswersTheSame(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		store := memstore.New()
		orgs := forest(t, store, 24)
		writer := kitOn(t, store, rolekit.Config{})
		system := writer.Manager().As(rolekit.System("test"))
		lazy := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
		anyOrg := rapid.SampledFrom(append(slices.Clone(orgs), "nowhere", "Not An Id"))
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			org, user := anyOrg.Draw(rt, "org"), rolekit.UserID(fmt.Sprint("user", rapid.IntRange(0, 9).Draw(rt, "user")))
			switch rapid.SampledFrom([]string{"ask", "ask", "ask", "assign", "unassign", "move", "delete"}).Draw(rt, "step") {
			case "assign":
				_ = system.Assign(ctx, org, user, "viewer")
			case "unassign":
				_ = system.Unassign(ctx, org, user, "mower")
			case "move":
				_ = moved(system.MoveOrg(ctx, org, anyOrg.Draw(rt, "parent"), 0))
			case "delete":
				_ = system.DeleteOrg(ctx, org, rolekit.DeleteOptions{})
			}
			if err := lazy.Refresh(ctx); err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(everythingOf(ctx, writer, user, org), everythingOf(ctx, lazy, user, org)); diff != "" {
				rt.Fatalf("%s in %s (-everything in memory +what was asked for):\n%s", user, org, diff)
			}
			if n := lazy.Stats().Loaded; n > fewest {
				rt.Fatalf("%d organisations are loaded, more than %d", n, fewest)
			}
		}
	})
}

// TestLazyLoadsOnce: who asks at the same time shares one reading of the store,
// and who asks later needs none.
func TestLazyLoadsOnce(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	forest(t, inner, 3)
	var views atomic.Int64
	asked := make(chan struct{})
	store := &hookedStore{inner, func(context.Context) error { views.Add(1); return nil }}
	kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
	store.view = func(context.Context) error { views.Add(1); <-asked; return nil }
	views.Store(0)
	const n = 50
	var waiting sync.WaitGroup
	waiting.Add(n)
	go func() { waiting.Wait(); close(asked) }()
	errs := together(n, func(int) error {
		waiting.Done()
		_, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "org01"}, "invoices:read", nil)
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if v := views.Load(); v != 1 {
		t.Errorf("%d asked at once, and the store was read %d times", n, v)
	}
	views.Store(0)
	if _, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "org01"}, "invoices:read", nil); err != nil || views.Load() > 0 {
		t.Errorf("a later check: %v, and the store was read %d times", err, views.Load())
	}
}

// TestLazyGivingUpIsOnesOwn: who waits for a reading that another began does not
// lose it when that one gives up.
func TestLazyGivingUpIsOnesOwn(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	forest(t, inner, 1)
	reading, goOn := make(chan struct{}), make(chan struct{})
	store := &hookedStore{inner, func(context.Context) error { return nil }}
	kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
	store.view = func(ctx context.Context) error {
		close(reading) // once, or it panics
		<-goOn
		return ctx.Err()
	}
	who := rolekit.Identity{User: "olga", Org: "org00", Profile: "owner"}
	impatient, giveUp := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := kit.Can(impatient, who, "invoices:read", nil); first <- err }()
	<-reading
	go func() { _, err := kit.Can(t.Context(), who, "invoices:read", nil); second <- err }()
	giveUp()
	isError(t, "who gave up", <-first, rolekit.ErrUnavailable)
	close(goOn)
	if err := <-second; err != nil {
		t.Errorf("who waited: %v", err)
	}
}

// TestLazyWithoutItsStore denies what it cannot load, decides what it has, and
// goes on when the store is back.
func TestLazyWithoutItsStore(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	forest(t, inner, 3)
	var away atomic.Bool
	store := &hookedStore{inner, func(context.Context) error {
		if away.Load() {
			return errors.New("away")
		}
		return nil
	}}
	kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
	can := func(org rolekit.OrgID) (bool, error) {
		d, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: org, Profile: "owner"}, "invoices:read", nil)
		return d.Allowed, err
	}
	if allowed, err := can("org00"); !allowed || err != nil {
		t.Fatal(allowed, err)
	}
	away.Store(true)
	if allowed, err := can("org00"); !allowed || err != nil {
		t.Errorf("an organisation that is loaded: %v, %v", allowed, err)
	}
	allowed, err := can("org01")
	if isError(t, "one that is not", err, rolekit.ErrUnavailable); allowed {
		t.Error("allowed although it could not be loaded")
	}
	_, err = kit.Memberships(t.Context(), "olga")
	isError(t, "Memberships", err, rolekit.ErrUnavailable)
	_, err = kit.Manager().As(rolekit.Actor{User: "olga"}).Orgs(t.Context(), rolekit.OrgQuery{})
	isError(t, "Orgs", err, rolekit.ErrUnavailable)
	away.Store(false)
	if allowed, err := can("org01"); !allowed || err != nil {
		t.Errorf("when the store is back: %v, %v", allowed, err)
	}
}

// TestLazyForgetsNoRevocation pushes organisations out all the time while one is
// given and taken, here and through another kit: what was taken is never allowed.
func TestLazyForgetsNoRevocation(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	orgs := forest(t, store, 60)
	kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest})
	other := kitOn(t, store, rolekit.Config{})
	done := make(chan struct{})
	var pushers sync.WaitGroup
	for i := range 3 {
		pushers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7)) //nolint:gosec // which organisation does not matter
			for {
				select {
				case <-done:
					return
				default:
				}
				_, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: orgs[random.IntN(len(orgs))]}, "invoices:read", nil)
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	who := rolekit.Identity{User: "ada", Org: "org07", Profile: "owner"}
	for i := range 150 {
		manager := kit.Manager().As(rolekit.System("test"))
		elsewhere := i%2 == 1
		if elsewhere {
			manager = other.Manager().As(rolekit.System("test"))
		}
		for _, give := range []bool{true, false} {
			change := manager.Unassign
			if give {
				change = manager.Assign
			}
			if err := change(t.Context(), who.Org, who.User, "viewer"); err != nil {
				t.Fatal(err)
			}
			if elsewhere {
				if err := kit.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			d, err := kit.Can(t.Context(), who, "invoices:read", nil)
			if err != nil || d.Allowed != give {
				t.Fatalf("given: %v, allowed: %v, %v", give, d.Allowed, err)
			}
		}
	}
	close(done)
	pushers.Wait()
}

func TestMaxLoadedIsChecked(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 1, rolekit.MaxOrgDepth} {
		_, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{Catalog: parseCatalog(t, "{}"), MaxLoaded: n})
		isError(t, strconv.Itoa(n), err, rolekit.ErrInvalid)
	}
}
