package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

func TestCallerOfNoKitIsDenied(t *testing.T) {
	t.Parallel()
	var c rolekit.Caller
	d, err := c.Can(t.Context(), "invoices:read", nil)
	if isError(t, "Can", err, rolekit.ErrUnauthenticated); d.Allowed {
		t.Error("allowed")
	}
	_, err = c.Ensure(t.Context(), "invoices:read", nil)
	isError(t, "Ensure", err, rolekit.ErrUnauthenticated)
}

// TestCallerKnowsTheTime and the age of what it knows: both may pass after it was
// looked up.
func TestCallerKnowsTheTime(t *testing.T) {
	t.Parallel()
	for i, engine := range []rolekit.Engine{rolekit.EngineCompiled, rolekit.EngineCompiled, rolekit.EngineCasbin} {
		deny := i > 0 // by age; else time alone must do
		var away bool
		clock := clockAt(noon())
		store := &hookedStore{memstore.New(), func(context.Context) error {
			if away {
				return errors.New("away")
			}
			return nil
		}}
		w := (&world{t: t, store: store}).again(rolekit.Config{
			Catalog: parseCatalog(t, catalogYAML), Clock: clock.tell, Engine: engine, MaxStaleness: 3 * time.Hour, DenyStale: deny,
		})
		_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
		w.ok(err)
		w.createOrg("tom", "", "olga")
		w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "ada", Role: "viewer", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
		ada, olga := w.Caller(rolekit.Identity{User: "ada", Org: "tom"}), w.Caller(rolekit.Identity{User: "olga", Org: "tom"})
		can := func(c *rolekit.Caller) bool {
			t.Helper()
			d, err := c.Can(t.Context(), "invoices:read", nil)
			w.ok(err)
			return d.Allowed
		}
		if !can(&ada) || !can(&olga) {
			t.Errorf("%s: denied while it holds", engine)
		}
		ada, olga = w.Caller(ada.Identity()), w.Caller(olga.Identity()) // now that their rights were compiled
		if clock.set(clock.in(2 * time.Hour)); can(&ada) || !can(&olga) {
			t.Errorf("%s: ada, whose role has ended: %v, olga: %v", engine, can(&ada), can(&olga))
		}
		away = true
		clock.set(clock.in(2 * time.Hour))
		_, err = olga.Can(t.Context(), "invoices:read", nil)
		if deny {
			isError(t, "when all is too old", err, rolekit.ErrUnavailable)
		}
		away = false
	}
}

// TestRightsFollowTheirBundles where bundles are numbered anew, because many of
// them are nobody's any more.
func TestRightsFollowTheirBundles(t *testing.T) {
	t.Parallel()
	w := (&world{t: t, store: memstore.New()}).again(rolekit.Config{})
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.assign("tom", "zoe", "viewer")
	w.assign("tom", "ben", "mower")
	for i := range 200 {
		user := rolekit.UserID(fmt.Sprint("user", i%3))
		w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: user, Role: "viewer", Period: rolekit.Period{
			Until: time.Now().Add(time.Hour + time.Duration(i)*time.Minute),
		}}))
		for who, want := range map[rolekit.UserID]rolekit.Permission{"zoe": "invoices:read", "ben": "jobs:write", "olga": "invoices:approve", user: "invoices:read"} {
			if !w.can(who, "tom", want) {
				t.Fatalf("after %d changes %s may not %s", i, who, want)
			}
		}
		if w.can("ben", "tom", "invoices:read") || w.can("zoe", "tom", "invoices:write") {
			t.Fatalf("after %d changes somebody has another’s rights", i)
		}
	}
}

// TestCallersDoNotAllocate when they are looked up, and when they are asked.
func TestCallersDoNotAllocate(t *testing.T) {
	w := newWorld(t)
	w.assign("tom", "bob", "viewer")
	ctx, who := t.Context(), rolekit.Identity{User: "bob", Org: "tom"}
	w.can("bob", "tom", "invoices:read")
	fewest := 1.0
	for range 10 {
		fewest = min(fewest, testing.AllocsPerRun(100, func() {
			c := w.Caller(who)
			for _, p := range []rolekit.Permission{"invoices:read", "invoices:write"} {
				if _, err := c.Can(ctx, p, nil); err != nil {
					t.Error(err)
				}
			}
		}))
	}
	if fewest > 0 {
		t.Errorf("%v allocations", fewest)
	}
}

// TestCallersActAsOneProfile where they hold roles as another one above: what that
// gives is none of theirs now, and without a word which, they must choose.
func TestCallersActAsOneProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.assign("tom", "ada", "viewer")      // an owner's
	w.assign("tom.north", "ada", "mower") // a worker's
	for range 2 {                         // the second time, all is compiled
		for _, c := range []struct {
			as    rolekit.ProfileID
			want  rolekit.Permission
			is    bool
			fails bool
		}{
			{"owner", "invoices:read", true, false},
			{"owner", "jobs:write", false, false},
			{"worker", "jobs:write", true, false},
			{"worker", "invoices:read", false, false},
			{"", "invoices:read", false, true},
			{"", "jobs:write", false, true},
		} {
			who := rolekit.Identity{User: "ada", Org: "tom.north", Profile: c.as}
			caller := w.Caller(who)
			one, err := w.Can(t.Context(), who, c.want, nil)
			other, failed := caller.Can(t.Context(), c.want, nil)
			if one.Allowed != c.is || other.Allowed != c.is || (err != nil) != c.fails || (failed != nil) != c.fails {
				t.Errorf("%s as %q: %v, %v; a caller: %v, %v", c.want, c.as, one.Allowed, err, other.Allowed, failed)
			}
		}
	}
}
