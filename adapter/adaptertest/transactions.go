package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func transactionTests() []storeTest {
	return []storeTest{
		{"Update that returns an error leaves everything as it was", rollbackOnError},
		{"Update that panics leaves everything as it was", rollbackOnPanic},
		{"Update whose context ends leaves everything as it was", rollbackOnCancel},
		{"View whose context ended fails", viewCancelled},
		{"errors of fn come back", errorsComeBack},
		{"Update sees its own changes", seesItself},
		{"View sees one state, whatever is committed meanwhile", consistentView},
		{"concurrent Updates of one organisation are serialised", serialised},
		{"Updates that hold organisations in any order end", noDeadlock},
	}
}

var errTest = errors.New("a test’s own error")

// everything calls each method of a Writer that changes something.
func everything(ctx context.Context, w rolekit.Writer) error {
	if err := w.Lock(ctx, "tom", rolekit.AllOrgs); err != nil {
		return err
	}
	changed := orgOf("tom")
	changed.Label = "changed"
	_, appendErr := w.Append(ctx, rolekit.AuditEvent{Org: "tom", Action: "test"})
	return errors.Join(
		appendErr,
		w.InsertOrg(ctx, orgOf("fresh")),
		w.UpdateOrg(ctx, changed),
		w.PutRoles(ctx, rolekit.RoleRecord{Org: "tom", ID: "boss"}),
		w.PutRoles(ctx, rolekit.RoleRecord{Org: "tom", ID: "clerk", Label: "changed"}),
		w.DeleteRole(ctx, "tom", "gone"),
		w.AddRules(ctx, grant("tom", "boss", "a:read"), link(rolekit.AllOrgs, "role:a", "role:b")),
		w.RemoveRules(ctx, grant("tom", "clerk", "a:read")),
		w.SetRevisions(ctx, 99, "tom"),
		w.SetBase(ctx, "tom", 99),
		w.PutGroup(ctx, rolekit.Group{Org: "tom", ID: "fresh"}),
		w.DeleteGroup(ctx, "tom", "crew"),
		w.PutSet(ctx, rolekit.ResourceSet{Org: "tom", ID: "fresh"}),
		w.DeleteSet(ctx, "tom", "shelf"),
		w.PutChosen(ctx, rolekit.ChosenProfile{Org: "tom", User: "ada", Profile: "owner"}),
		w.PutChosen(ctx, rolekit.ChosenProfile{Org: "tom", User: "bob"}),
		w.DeleteOrg(ctx, "jack"),
		w.InsertReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "fresh"}),
		w.UpdateReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "kept", Body: "changed"}),
		w.DeleteReply(ctx, "user:ada", "gone"),
		w.DeleteRepliesBefore(ctx, time.Unix(10, 0), 10),
	)
}

// prepare gives everything something to change, and returns the state.
func prepare(t *testing.T, s rolekit.Store) State {
	t.Helper()
	insert(t, s, "tom", "jack")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		return errors.Join(w.AddRules(ctx, grant("tom", "clerk", "a:read")), w.PutRoles(ctx, rolekit.RoleRecord{Org: "tom", ID: "clerk"}),
			w.PutRoles(ctx, rolekit.RoleRecord{Org: "tom", ID: "gone"}), w.PutGroup(ctx, rolekit.Group{Org: "tom", ID: "crew"}),
			w.PutSet(ctx, rolekit.ResourceSet{Org: "tom", ID: "shelf"}), w.PutChosen(ctx, rolekit.ChosenProfile{Org: "tom", User: "bob", Profile: "worker"}),
			w.InsertReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "kept", At: time.Unix(50, 0)}),
			w.InsertReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "gone", At: time.Unix(50, 0)}),
			w.InsertReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "old", At: time.Unix(5, 0)}),
			w.InsertReply(ctx, rolekit.Reply{Owner: "user:ada", Name: "jacks", Org: "jack", At: time.Unix(50, 0)}))
	})
	return Dump(t, s)
}

func rollbackOnError(t *testing.T, s rolekit.Store) {
	before := prepare(t, s)
	err := s.Update(t.Context(), func(w rolekit.Writer) error {
		ok(t, "everything", everything(t.Context(), w))
		return errTest
	})
	isError(t, "Update", err, errTest)
	same(t, "the store", before, Dump(t, s))
}

func rollbackOnPanic(t *testing.T, s rolekit.Store) {
	before := prepare(t, s)
	func() {
		defer func() {
			if r := recover(); r != errTest { //nolint:errorlint // a panic's own value
				t.Errorf("recovered %v, want the panic of fn", r)
			}
		}()
		_ = s.Update(t.Context(), func(w rolekit.Writer) error {
			ok(t, "everything", everything(t.Context(), w))
			panic(errTest)
		})
	}()
	same(t, "the store", before, Dump(t, s))
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.SetRevisions(ctx, 1, "tom") }) // nothing is held any more
}

func rollbackOnCancel(t *testing.T, s rolekit.Store) {
	before := prepare(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(w rolekit.Writer) error {
		ok(t, "everything", everything(ctx, w))
		cancel()
		return nil
	})
	if err == nil {
		t.Error("Update committed although its context had ended")
	}
	same(t, "the store", before, Dump(t, s))

	ran := false
	err = s.Update(ctx, func(w rolekit.Writer) error {
		ran = true
		return everything(ctx, w)
	})
	if err == nil {
		t.Errorf("Update with an ended context returned nil (fn ran: %v)", ran)
	}
	same(t, "the store", before, Dump(t, s))
}

func viewCancelled(t *testing.T, s rolekit.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.View(ctx, func(r rolekit.Reader) error {
		_, err := r.Orgs(ctx)
		return err
	})
	isError(t, "View", err, context.Canceled)
}

func errorsComeBack(t *testing.T, s rolekit.Store) {
	wrapped := fmt.Errorf("wrapped: %w", rolekit.ErrInUse)
	for _, want := range []error{errTest, rolekit.ErrInUse, wrapped} {
		isError(t, "View", s.View(t.Context(), func(rolekit.Reader) error { return want }), want)
		isError(t, "Update", s.Update(t.Context(), func(rolekit.Writer) error { return want }), want)
	}
}

func seesItself(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
		added := grant("tom", "clerk", "a:read")
		ok(t, "a change", errors.Join(w.AddRules(ctx, added), w.SetRevisions(ctx, 8, "tom")))
		got, err := w.Layer(ctx, "tom")
		same(t, "the layer", rolekit.Layer{Org: orgOf("tom"), Revision: 8, Rules: []rolekit.Rule{added}}, got)
		return err
	})
}

func consistentView(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	update := func(ctx context.Context, rev rolekit.Revision) error {
		return tryIn(ctx, s, "tom", func(ctx context.Context, w rolekit.Writer) error {
			return errors.Join(w.AddRules(ctx, grant("tom", fmt.Sprint("clerk", rev), "a:read")), w.SetRevisions(ctx, rev, "tom"))
		})
	}
	ok(t, "Update", update(t.Context(), 1))
	view(t, s, func(r rolekit.Reader) error {
		had, err := r.Revisions(t.Context(), "tom")
		ok(t, "Revisions", err)
		// A store may make the writer wait for us; then it gives up.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- update(ctx, 2) }()
		t.Logf("a commit while the view was open: %v", <-done)
		got, err := r.Layer(t.Context(), "tom")
		ok(t, "Layer", err)
		same(t, "what the view sees later",
			rolekit.Layer{Org: orgOf("tom"), Revision: had["tom"], Rules: []rolekit.Rule{grant("tom", "clerk1", "a:read")}}, got)
		return nil
	})
}

// serialised counts by reading and writing back: where two transactions hold
// one organisation at once, a step is lost.
func serialised(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom")
	const writers, steps = 8, 10
	together(t, writers, func(int) error {
		for range steps {
			if err := tryIn(t.Context(), s, "tom", func(ctx context.Context, w rolekit.Writer) error {
				had, err := w.Revisions(ctx, "tom")
				if err != nil {
					return err
				}
				return w.SetRevisions(ctx, had["tom"]+1, "tom")
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if got := layer(t, s, "tom").Revision; got != writers*steps {
		t.Errorf("%d steps left the count at %d", writers*steps, got)
	}
}

func noDeadlock(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	orders := [][]rolekit.OrgID{{"tom", "jack", rolekit.AllOrgs}, {rolekit.AllOrgs, "jack", "tom"}, {"jack", "tom"}}
	together(t, 6, func(i int) error {
		for range 10 {
			if err := s.Update(ctx, func(w rolekit.Writer) error { return w.Lock(ctx, orders[i%len(orders)]...) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// together runs fn n times at once and fails the test by any error.
func together(t testing.TB, n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	ok(t, "one of many at once", errors.Join(errs...))
}
