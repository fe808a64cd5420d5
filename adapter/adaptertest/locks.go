package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// RunRowLocks runs the tests of a store that locks no more than it is asked to,
// so that changes of different organisations go on side by side.
func RunRowLocks(t *testing.T, open func(t *testing.T) rolekit.Store) {
	t.Helper()
	for _, test := range []storeTest{
		{"who shares an organisation does not keep others from sharing it", sharersMeet},
		{"who locks an organisation does not keep others from another", strangersPass},
		{"what is read after a lock was committed before it", lockThenRead},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func lockTests() []storeTest {
	return []storeTest{
		{"Lock keeps out Lock", func(t *testing.T, s rolekit.Store) { keepsOut(t, s, lock, lock) }},
		{"Lock keeps out Share", func(t *testing.T, s rolekit.Store) { keepsOut(t, s, lock, share) }},
		{"Share keeps out Lock", func(t *testing.T, s rolekit.Store) { keepsOut(t, s, share, lock) }},
		{"one transaction may lock and share the same organisation", lockAgain},
		{"Share of an organisation that does not exist is ErrOrgNotFound", shareUnknown},
	}
}

type taking func(ctx context.Context, w rolekit.Writer, orgs ...rolekit.OrgID) error

func lock(ctx context.Context, w rolekit.Writer, orgs ...rolekit.OrgID) error {
	return w.Lock(ctx, orgs...)
}

func share(ctx context.Context, w rolekit.Writer, orgs ...rolekit.OrgID) error {
	return w.Share(ctx, orgs...)
}

// aMoment is how long a test waits for what must not happen.
const aMoment = 200 * time.Millisecond

// holding runs fn while a transaction of another's holds what take takes. That
// transaction then sets the revision of tom, as its last step.
func holding(t testing.TB, s rolekit.Store, take func(context.Context, rolekit.Writer) error, fn func()) {
	t.Helper()
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.Update(t.Context(), func(w rolekit.Writer) error {
			if err := take(t.Context(), w); err != nil {
				return err
			}
			close(held)
			<-release
			return w.SetRevisions(t.Context(), 7, "tom")
		})
	}()
	select {
	case <-held:
		fn()
		close(release)
		ok(t, "the holder", <-done)
	case err := <-done:
		t.Fatalf("nothing was held: %v", err)
	}
}

func keepsOut(t *testing.T, s rolekit.Store, first, second taking) {
	insert(t, s, "tom", "jack")
	seen, waiting := make(chan rolekit.Revision, 1), make(chan error, 1)
	holding(t, s, func(ctx context.Context, w rolekit.Writer) error { return first(ctx, w, "jack", "tom") }, func() {
		go func() {
			waiting <- s.Update(t.Context(), func(w rolekit.Writer) error {
				if err := second(t.Context(), w, "tom"); err != nil {
					return err
				}
				had, err := w.Revisions(t.Context(), "tom")
				seen <- had["tom"]
				return err
			})
		}()
		select {
		case <-seen:
			t.Fatal("two transactions held tom at once")
		case err := <-waiting:
			t.Fatalf("nobody waited: %v", err)
		case <-time.After(aMoment):
		}
	})
	ok(t, "whoever waited", <-waiting)
	if got := <-seen; got != 7 {
		t.Errorf("whoever waited saw revision %d, want what was committed before", got)
	}
}

func lockAgain(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	ctx := t.Context()
	update(t, s, func(w rolekit.Writer) error {
		return errors.Join(w.Lock(ctx, "tom", "tom"), w.Share(ctx, "tom"), w.Lock(ctx, "tom"), w.Share(ctx, "jack"), w.Lock(ctx, "jack"),
			w.Lock(ctx), w.Share(ctx))
	})
}

func shareUnknown(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	for _, id := range []rolekit.OrgID{"jack", "Tom", ""} {
		err := s.Update(t.Context(), func(w rolekit.Writer) error { return w.Share(t.Context(), "tom", id) })
		isError(t, "Share of tom and "+string(id), err, rolekit.ErrOrgNotFound)
	}
}

func sharersMeet(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	holding(t, s, func(ctx context.Context, w rolekit.Writer) error { return w.Share(ctx, "jack") }, func() {
		update(t, s, func(w rolekit.Writer) error { return w.Share(t.Context(), "jack") })
	})
}

func strangersPass(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	fill(t, s, "jack")
	holding(t, s, func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.Share(ctx, rolekit.AllOrgs), w.Lock(ctx, "tom"), w.AddRules(ctx, link("tom", "user:ada", "role:thing")))
	}, func() {
		update(t, s, func(w rolekit.Writer) error { // all that one change of an organisation does
			ctx := t.Context()
			if err := errors.Join(w.Share(ctx, rolekit.AllOrgs), w.Lock(ctx, "jack")); err != nil {
				return err
			}
			_, errOrgs := w.Orgs(ctx)
			_, errOf := w.OrgsOf(ctx, "ada")
			_, errLayer := w.Layer(ctx, "jack")
			_, errAppend := w.Append(ctx, rolekit.AuditEvent{Org: "jack", Action: "test"})
			return errors.Join(errOrgs, errOf, errLayer, errAppend, w.RemoveRules(ctx, stock("jack").Rules...),
				w.AddRules(ctx, link("jack", "user:ada", "role:fresh"), grant("jack", "fresh", "invoices:read")), w.SetRevisions(ctx, 9, "jack"),
				w.InsertOrg(ctx, orgOf("fresh")), w.DeleteOrg(ctx, "jack"))
		})
	})
}

// lockThenRead looks before it locks, as a snapshot would that is as old as the
// transaction.
func lockThenRead(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	for n, take := range []taking{lock, share} {
		update(t, s, func(w rolekit.Writer) error {
			if _, err := w.Layer(t.Context(), "tom"); err != nil {
				return err
			}
			want := grant("tom", fmt.Sprint("clerk", n), "a:read")
			add(t, s, "tom", want)
			in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
				return w.SetRevisions(ctx, rolekit.Revision(n+1), "tom")
			})
			if err := take(t.Context(), w, "tom"); err != nil {
				return err
			}
			got, err := w.Layer(t.Context(), "tom")
			if got.Revision != rolekit.Revision(n+1) || len(got.Rules) != n+1 || got.Rules[n] != want {
				t.Errorf("after the lock: revision %d, rules %v", got.Revision, got.Rules)
			}
			return err
		})
	}
}
