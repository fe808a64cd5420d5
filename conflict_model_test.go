package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// TestNoLostUpdateOfGroupsAndSets: of two who edit what both have read, the
// second gets a conflict, also where the first was in another process.
func TestNoLostUpdateOfGroupsAndSets(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, first, second := t.Context(), w.system(), w.again(modelConfig(t, clock)).system()
	w.set("tom", "shelf", "1")
	w.group("tom", "crew", nil)
	putSet := func(m *rolekit.Manager, label string, seen rolekit.Revision) (rolekit.ResourceSet, error) {
		return m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "shelf", Label: label}, seen)
	}
	putGroup := func(m *rolekit.Manager, label string, seen rolekit.Revision) (rolekit.Group, error) {
		return m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew", Label: label}, seen)
	}
	current := func() rolekit.Revision {
		sets, err := first.Sets(ctx, "tom", rolekit.Listing{})
		w.ok(err)
		return sets[0].Revision
	}
	for name, change := range map[string]func() error{
		"the label":     func() error { _, err := putSet(first, "first", 0); return err },
		"the resources": func() error { return first.AddResources(ctx, "tom", "shelf", "2") },
	} {
		seen := current()
		w.ok(change())
		w.refuses(rolekit.ErrConflict, map[string]func() error{
			name + ", PutSet":           func() error { _, err := putSet(second, "second", seen); return err },
			name + ", ReplaceResources": func() error { return second.ReplaceResources(ctx, "tom", "shelf", nil, seen) },
			name + ", DeleteSet":        func() error { return second.DeleteSet(ctx, "tom", "shelf", seen) },
		})
	}
	w.ok(second.ReplaceResources(ctx, "tom", "shelf", nil, current())) // who has read the newest may

	seen, err := putGroup(first, "seen", 0)
	w.ok(err)
	_, err = putGroup(first, "first", seen.Revision)
	w.ok(err)
	w.refuses(rolekit.ErrConflict, map[string]func() error{
		"PutGroup":    func() error { _, err := putGroup(second, "second", seen.Revision); return err },
		"DeleteGroup": func() error { return second.DeleteGroup(ctx, "tom", "crew", seen.Revision) },
	})
}

// TestResourcesAreReplacedAtOnce: whoever asks sees the set before or after,
// never in between.
func TestResourcesAreReplacedAtOnce(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx := t.Context()
	w.set("tom", "shelf", "a1", "a2")
	w.role("tom", "researcher", inSet("shelf"))
	w.assign("tom", "ada", "researcher")
	reads := func(id rolekit.ResourceID) bool {
		d, err := w.Can(ctx, rolekit.Identity{User: "ada", Org: "tom"}, "invoices:read", rolekit.Facts{ID: id})
		w.ok(err)
		return d.Allowed
	}
	for range 3 {
		for _, next := range [][]rolekit.ResourceID{{"b1", "b2"}, {"a1", "a2"}, {}, {"a1", "a1"}} {
			w.ok(w.system().ReplaceResources(ctx, "tom", "shelf", next, 0))
			for _, id := range []rolekit.ResourceID{"a1", "a2", "b1", "b2", "A1", "a1 "} {
				want := false
				for _, n := range next {
					want = want || n == id
				}
				if reads(id) != want {
					t.Errorf("with %q in the set, %q: %v", next, id, !want)
				}
			}
		}
	}
}
