package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/rolekit/rolekit"
)

// ErrFault is what a [Faulty] store fails with.
var ErrFault = errors.New("an injected fault")

// Faulty is a store whose transactions go wrong on order. It is not safe for
// concurrent use.
type Faulty struct {
	rolekit.Store

	// Call is called before each call of a Writer's method, and once more, with
	// "commit", when the transaction's function is done. It may panic. Where it
	// returns an error, a call that changes something is made all the same
	// before the error comes back: there is then more to undo.
	Call func(method string) error
}

// Update implements [rolekit.Store].
func (f *Faulty) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	return f.Store.Update(ctx, func(w rolekit.Writer) error {
		if err := fn(faultyWriter{w, f.Call}); err != nil {
			return err
		}
		return f.Call("commit")
	})
}

// allOrNothing lets an operation fail at its first call of the store, its
// second, and so on, by an error and by a panic, until it comes through. With
// -short it takes every third call; which, depends on the operation.
func allOrNothing(t *testing.T, s rolekit.Store, op operation) {
	faulty := &Faulty{Store: s, Call: func(string) error { return nil }}
	kit := newKit(t, faulty)
	populate(t, s, kit)
	by, orgs := op.hand(kit), []rolekit.OrgID{"left", "left.part", "left.child", "right"}
	before, answers := Dump(t, s), decisions(t, kit, orgs...)

	first, step := 1, 1
	if testing.Short() {
		first, step = 1+len(op.name)%3, 3
	}
	for n := first; ; n += step {
		for _, how := range []string{"error", "panic"} {
			calls, failed := 0, ""
			faulty.Call = func(method string) error {
				calls++
				if calls < n {
					return nil
				}
				failed = method
				if how == "panic" {
					panic(ErrFault)
				}
				return ErrFault
			}
			err := recovered(func() error { return op.do(t, by, "left") })
			if failed == "" { // there is no n-th call
				ok(t, op.name, err)
				if n == first && calls < first {
					t.Error("the operation hardly called the store, so this proves nothing")
				}
				return
			}
			what := how + " at call " + failed
			if how == "error" {
				isError(t, what, err, rolekit.ErrUnavailable)
			}
			isError(t, what, err, ErrFault)
			same(t, "the store after "+what, before, Dump(t, s))
			same(t, "the decisions after "+what, answers, decisions(t, kit, orgs...))
			if t.Failed() {
				return
			}
		}
	}
}

// recovered returns what fn returns or panics with.
func recovered(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %w", r.(error)) //nolint:forcetypeassert // what else panics may as well end the test
		}
	}()
	return fn()
}

type faultyWriter struct {
	rolekit.Writer

	call func(method string) error
}

func (w faultyWriter) Orgs(ctx context.Context) ([]rolekit.Org, error) {
	if err := w.call("Orgs"); err != nil {
		return nil, err
	}
	return w.Writer.Orgs(ctx)
}

func (w faultyWriter) Line(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	if err := w.call("Line"); err != nil {
		return nil, err
	}
	return w.Writer.Line(ctx, org)
}

func (w faultyWriter) AppliedCatalog(ctx context.Context) (rolekit.CatalogRecord, bool, error) {
	if err := w.call("AppliedCatalog"); err != nil {
		return rolekit.CatalogRecord{}, false, err
	}
	return w.Writer.AppliedCatalog(ctx)
}

func (w faultyWriter) PutAppliedCatalog(ctx context.Context, c rolekit.CatalogRecord) error {
	if err := w.call("PutAppliedCatalog"); err != nil {
		return err
	}
	return w.Writer.PutAppliedCatalog(ctx, c)
}

func (w faultyWriter) Below(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	if err := w.call("Below"); err != nil {
		return nil, err
	}
	return w.Writer.Below(ctx, org)
}

func (w faultyWriter) OrgsOf(ctx context.Context, user rolekit.UserID) ([]rolekit.OrgID, error) {
	if err := w.call("OrgsOf"); err != nil {
		return nil, err
	}
	return w.Writer.OrgsOf(ctx, user)
}

func (w faultyWriter) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	if err := w.call("Layers"); err != nil {
		return func(yield func(rolekit.Layer, error) bool) { yield(rolekit.Layer{}, err) }
	}
	return w.Writer.Layers(ctx, orgs)
}

func (w faultyWriter) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	if err := w.call("Revisions"); err != nil {
		return nil, err
	}
	return w.Writer.Revisions(ctx, orgs...)
}

func (w faultyWriter) Layer(ctx context.Context, org rolekit.OrgID) (rolekit.Layer, error) {
	if err := w.call("Layer"); err != nil {
		return rolekit.Layer{}, err
	}
	return w.Writer.Layer(ctx, org)
}

func (w faultyWriter) Audit(ctx context.Context, org rolekit.OrgID, q rolekit.AuditQuery) ([]rolekit.AuditEvent, error) {
	if err := w.call("Audit"); err != nil {
		return nil, err
	}
	return w.Writer.Audit(ctx, org, q)
}

func (w faultyWriter) Lock(ctx context.Context, orgs ...rolekit.OrgID) error {
	return errors.Join(w.call("Lock"), w.Writer.Lock(ctx, orgs...))
}

func (w faultyWriter) Share(ctx context.Context, orgs ...rolekit.OrgID) error {
	return errors.Join(w.call("Share"), w.Writer.Share(ctx, orgs...))
}

func (w faultyWriter) InsertOrg(ctx context.Context, org rolekit.Org) error {
	return errors.Join(w.call("InsertOrg"), w.Writer.InsertOrg(ctx, org))
}

func (w faultyWriter) UpdateOrg(ctx context.Context, org rolekit.Org) error {
	return errors.Join(w.call("UpdateOrg"), w.Writer.UpdateOrg(ctx, org))
}

func (w faultyWriter) DeleteOrg(ctx context.Context, org rolekit.OrgID) error {
	return errors.Join(w.call("DeleteOrg"), w.Writer.DeleteOrg(ctx, org))
}

func (w faultyWriter) PutRoles(ctx context.Context, roles ...rolekit.RoleRecord) error {
	return errors.Join(w.call("PutRoles"), w.Writer.PutRoles(ctx, roles...))
}

func (w faultyWriter) DeleteRole(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID) error {
	return errors.Join(w.call("DeleteRole"), w.Writer.DeleteRole(ctx, org, role))
}

func (w faultyWriter) PutGroup(ctx context.Context, group rolekit.Group) error {
	return errors.Join(w.call("PutGroup"), w.Writer.PutGroup(ctx, group))
}

func (w faultyWriter) DeleteGroup(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) error {
	return errors.Join(w.call("DeleteGroup"), w.Writer.DeleteGroup(ctx, org, group))
}

func (w faultyWriter) PutSet(ctx context.Context, set rolekit.ResourceSet) error {
	return errors.Join(w.call("PutSet"), w.Writer.PutSet(ctx, set))
}

func (w faultyWriter) DeleteSet(ctx context.Context, org rolekit.OrgID, set rolekit.SetID) error {
	return errors.Join(w.call("DeleteSet"), w.Writer.DeleteSet(ctx, org, set))
}

func (w faultyWriter) InsertKey(ctx context.Context, key rolekit.KeyRecord) error {
	return errors.Join(w.call("InsertKey"), w.Writer.InsertKey(ctx, key))
}

func (w faultyWriter) DeleteKey(ctx context.Context, org rolekit.OrgID, key rolekit.KeyID) error {
	return errors.Join(w.call("DeleteKey"), w.Writer.DeleteKey(ctx, org, key))
}

func (w faultyWriter) PutChosen(ctx context.Context, chosen ...rolekit.ChosenProfile) error {
	return errors.Join(w.call("PutChosen"), w.Writer.PutChosen(ctx, chosen...))
}

func (w faultyWriter) AddRules(ctx context.Context, rules ...rolekit.Rule) error {
	return errors.Join(w.call("AddRules"), w.Writer.AddRules(ctx, rules...))
}

func (w faultyWriter) RemoveRules(ctx context.Context, rules ...rolekit.Rule) error {
	return errors.Join(w.call("RemoveRules"), w.Writer.RemoveRules(ctx, rules...))
}

func (w faultyWriter) Append(ctx context.Context, events ...rolekit.AuditEvent) (int64, error) {
	if err := w.call("Append"); err != nil {
		return 0, err
	}
	return w.Writer.Append(ctx, events...)
}

func (w faultyWriter) SetRevisions(ctx context.Context, to rolekit.Revision, orgs ...rolekit.OrgID) error {
	return errors.Join(w.call("SetRevisions"), w.Writer.SetRevisions(ctx, to, orgs...))
}

func (w faultyWriter) SetBase(ctx context.Context, org rolekit.OrgID, to rolekit.Revision) error {
	return errors.Join(w.call("SetBase"), w.Writer.SetBase(ctx, org, to))
}
