// Package adaptertest is the suite that every [rolekit.Store] must pass: the
// rules in the comments of the Store interfaces, and how a kit behaves on top
// of it. A store's own test calls [Run].
package adaptertest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rolekit/rolekit"
)

// Run runs the suite. open returns a new store that holds nothing, and closes
// it when its test ends.
func Run(t *testing.T, open func(t *testing.T) rolekit.Store) {
	t.Helper()
	for _, test := range slices.Concat(
		orgTests(), treeTests(), namedTests(), manyTests(), twinTests(), ruleTests(), auditTests(), transactionTests(), lockTests(), replyTests(), keyTests(),
		catalogTests(), applyTests(), kitTests(), conflictTests(), onceTests(), memberTests(),
	) {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

type storeTest struct {
	name string
	run  func(*testing.T, rolekit.Store)
}

// Dump reads all that a store holds, through its own Reader, in a form that
// can be compared.
func Dump(t testing.TB, s rolekit.Store) State {
	t.Helper()
	state := State{Layers: map[rolekit.OrgID]rolekit.Layer{}, Audit: map[rolekit.OrgID][]rolekit.AuditEvent{}}
	view(t, s, func(r rolekit.Reader) error {
		var err error
		if state.Orgs, err = r.Orgs(t.Context()); err != nil {
			return err
		}
		if state.Revisions, err = r.Revisions(t.Context()); err != nil {
			return err
		}
		for id := range state.Revisions {
			if state.Layers[id], err = r.Layer(t.Context(), id); err != nil {
				return err
			}
			if state.Audit[id], err = r.Audit(t.Context(), id, rolekit.AuditQuery{Limit: 1000}); err != nil {
				return err
			}
		}
		if state.Catalog, _, err = r.AppliedCatalog(t.Context()); err != nil {
			return err
		}
		for _, name := range replyNames() {
			reply, there, err := r.Reply(t.Context(), "user:ada", name)
			if err != nil {
				return err
			}
			if there {
				state.Replies = append(state.Replies, reply)
			}
		}
		return nil
	})
	return state
}

// State is all that a store holds.
type State struct {
	Orgs      []rolekit.Org
	Revisions map[rolekit.OrgID]rolekit.Revision
	Layers    map[rolekit.OrgID]rolekit.Layer
	Audit     map[rolekit.OrgID][]rolekit.AuditEvent
	Catalog   rolekit.CatalogRecord
	Replies   []rolekit.Reply // those of replyNames
}

// same fails the test when two things differ; nil and empty are the same.
func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) { // far faster, and mostly so
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func isError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want an error like %q", what, err, want)
	}
}

func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func view(t testing.TB, s rolekit.Store, fn func(rolekit.Reader) error) {
	t.Helper()
	ok(t, "View", s.View(t.Context(), fn))
}

func update(t testing.TB, s rolekit.Store, fn func(rolekit.Writer) error) {
	t.Helper()
	ok(t, "Update", s.Update(t.Context(), fn))
}

// layer returns what the store holds of an organisation.
func layer(t testing.TB, s rolekit.Store, org rolekit.OrgID) (l rolekit.Layer) {
	t.Helper()
	view(t, s, func(r rolekit.Reader) (err error) {
		l, err = r.Layer(t.Context(), org)
		return err
	})
	return l
}

// insert adds organisations at the root.
func insert(t testing.TB, s rolekit.Store, ids ...rolekit.OrgID) {
	t.Helper()
	update(t, s, func(w rolekit.Writer) error {
		if err := w.Lock(t.Context(), rolekit.AllOrgs); err != nil {
			return err
		}
		for _, id := range ids {
			if err := w.InsertOrg(t.Context(), orgOf(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func orgOf(id rolekit.OrgID) rolekit.Org {
	return rolekit.Org{ID: id, Label: "The " + string(id), CreatedAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
}

// in runs fn in a transaction that holds the organisation.
func in(t testing.TB, s rolekit.Store, org rolekit.OrgID, fn func(context.Context, rolekit.Writer) error) {
	t.Helper()
	ok(t, "Update", tryIn(t.Context(), s, org, fn))
}

func tryIn(ctx context.Context, s rolekit.Store, org rolekit.OrgID, fn func(context.Context, rolekit.Writer) error) error {
	return s.Update(ctx, func(w rolekit.Writer) error {
		if err := w.Lock(ctx, org); err != nil {
			return err
		}
		return fn(ctx, w)
	})
}

func grant(org rolekit.OrgID, role, permission string) rolekit.Rule {
	p := rolekit.Permission(permission)
	return rolekit.Rule{Ptype: "p", V: [6]string{
		"role:" + role, string(org), "default", string(p.Object()), string(p.Action()), "any",
	}}
}

func link(org rolekit.OrgID, from, to string) rolekit.Rule {
	return rolekit.Rule{Ptype: "g", V: [6]string{from, to, string(org)}}
}

func timed(org rolekit.OrgID, from, to, start, end string) rolekit.Rule {
	return rolekit.Rule{Ptype: "g3", V: [6]string{from, to, string(org), start, end}}
}

func resource(org rolekit.OrgID, id, set string) rolekit.Rule {
	return rolekit.Rule{Ptype: "g2", V: [6]string{"resource:" + id, "set:" + set, string(org)}}
}
