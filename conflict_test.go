package rolekit_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// TestNoLostUpdate: of two who edit a role that both have read, the second gets
// a conflict, whatever the two do and in whichever process.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	ctx, label := t.Context(), "second"
	edits := map[string]func(*rolekit.Manager, rolekit.Revision) error{
		"UpdateRole": func(m *rolekit.Manager, seen rolekit.Revision) error {
			_, err := m.UpdateRole(ctx, "tom", "clerk", rolekit.RolePatch{Label: &label}, seen)
			return err
		},
		"SetGrants": func(m *rolekit.Manager, seen rolekit.Revision) error {
			_, err := m.SetGrants(ctx, "tom", "clerk", grantsOf("jobs:read"), seen)
			return err
		},
		"DeleteRole": func(m *rolekit.Manager, seen rolekit.Revision) error { return m.DeleteRole(ctx, "tom", "clerk", seen) },
	}
	firsts := map[string]func(*world){
		"the label": func(w *world) {
			other := "first"
			_, err := w.as("olga").UpdateRole(ctx, "tom", "clerk", rolekit.RolePatch{Label: &other}, 0)
			w.ok(err)
		},
		"the grants": func(w *world) { _, err := w.as("olga").SetGrants(ctx, "tom", "clerk", nil, 0); w.ok(err) },
		"deleted and made again, the same": func(w *world) {
			w.ok(w.as("olga").DeleteRole(ctx, "tom", "clerk", 0))
			w.role("tom", "clerk", grantsOf("invoices:read"))
		},
	}
	for name, edit := range edits {
		for first, do := range firsts {
			t.Run(name+" after "+first, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				seen := w.role("tom", "clerk", grantsOf("invoices:read")).Revision
				stale := w.again(rolekit.Config{}) // another process, which has not heard of the first edit
				do(w)
				for _, m := range []*rolekit.Manager{w.as("olga"), stale.as("olga"), w.system()} {
					w.unchanged(name, func() { isError(t, name, edit(m, seen), rolekit.ErrConflict) })
				}
				now, err := w.as("olga").Role(ctx, "tom", "clerk")
				w.ok(err)
				w.ok(edit(stale.as("olga"), now.Revision))
			})
		}
	}
}

// TestNoLostUpdateByManyAtOnce: of many who add a grant to what they have read,
// each either adds it or is told; none is overwritten.
func TestNoLostUpdateByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", nil)
	var done atomic.Int64
	errs := together(8, func(i int) error {
		for range 10 {
			role, err := w.as("olga").Role(t.Context(), "tom", "clerk")
			if err != nil {
				return err
			}
			description := role.Description + strconv.Itoa(i)
			_, err = w.as("olga").UpdateRole(t.Context(), "tom", "clerk", rolekit.RolePatch{Description: &description}, role.Revision)
			switch {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, rolekit.ErrConflict):
				return err
			}
		}
		return nil
	})
	w.ok(errors.Join(errs...))
	role, err := w.as("olga").Role(t.Context(), "tom", "clerk")
	w.ok(err)
	if got := int64(len(role.Description)); got != done.Load() || got == 0 {
		t.Errorf("%d edits were confirmed, %d are there", done.Load(), got)
	}
}

// TestNamesStayUnique though another process has not heard of them: a role that
// two organisations of one line define would be two roles under one name.
func TestNamesStayUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	stale := w.again(rolekit.Config{})
	w.createOrg("tom.south", "tom", "")
	w.role("tom.north", "clerk", nil)
	w.role("tom.south", "mate", nil)
	ctx := t.Context()
	for _, id := range []rolekit.RoleID{"clerk", "mate"} {
		for name, do := range map[string]func() error{
			"a custom role above": func() error {
				_, err := stale.as("olga").CreateRole(ctx, "tom", rolekit.RoleSpec{ID: id, Profile: "owner"})
				return err
			},
			"a default role": func() error {
				_, err := stale.system().ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: id, Profile: "owner"}}})
				return err
			},
		} {
			w.unchanged(name, func() { isError(t, name+" called "+string(id), do(), rolekit.ErrExists) })
		}
	}
	w.role("tom", "boss", nil)
	_, err := stale.as("olga").CreateRole(ctx, "tom.north", rolekit.RoleSpec{ID: "boss", Profile: "owner"})
	isError(t, "a custom role below", err, rolekit.ErrExists)
	_, err = stale.as("olga").CreateOrg(ctx, rolekit.NewOrg{ID: "tom.south", Parent: "tom"})
	isError(t, "an organisation", err, rolekit.ErrExists)
}

// TestDeletedRoleLeavesNoHolder though another process gave it away in an
// organisation that this one has not heard of.
func TestDeletedRoleLeavesNoHolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	stale := w.again(rolekit.Config{})
	w.createOrg("tom.north", "tom", "")
	w.assign("tom.north", "ada", "clerk")
	w.unchanged("DeleteRole", func() {
		isError(t, "DeleteRole", stale.as("olga").DeleteRole(t.Context(), "tom", "clerk", 0), rolekit.ErrRoleInUse)
	})
}

// TestDefaultRolesAreChecked as custom ones are, though only the system applies
// them.
func TestDefaultRolesAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := func(change func(*rolekit.RoleSpec)) []rolekit.RoleSpec {
		s := rolekit.RoleSpec{ID: "new", Profile: "owner"}
		change(&s)
		return []rolekit.RoleSpec{s}
	}
	for name, specs := range map[string][]rolekit.RoleSpec{
		"a bad id":                   spec(func(s *rolekit.RoleSpec) { s.ID = "A" }),
		"an unknown profile":         spec(func(s *rolekit.RoleSpec) { s.Profile = "boss" }),
		"an unknown permission":      spec(func(s *rolekit.RoleSpec) { s.Grants = grantsOf("newsletters:read") }),
		"a wildcard":                 spec(func(s *rolekit.RoleSpec) { s.Grants = grantsOf("invoices:*") }),
		"an unknown include":         spec(func(s *rolekit.RoleSpec) { s.Includes = []rolekit.RoleID{"nobody"} }),
		"an include of another kind": spec(func(s *rolekit.RoleSpec) { s.Includes = []rolekit.RoleID{"mower"} }),
		"an include of itself":       spec(func(s *rolekit.RoleSpec) { s.Includes = []rolekit.RoleID{"new"} }),
		"a circle": {
			{ID: "a", Profile: "owner", Includes: []rolekit.RoleID{"b"}}, {ID: "b", Profile: "owner", Includes: []rolekit.RoleID{"a"}},
		},
		"a circle with what is there": {{ID: "viewer", Profile: "owner", Includes: []rolekit.RoleID{"viewer"}}},
		"the same id twice":           {{ID: "a", Profile: "owner"}, {ID: "a", Profile: "owner", Grants: grantsOf("jobs:read")}},
	} {
		w.unchanged(name, func() {
			if _, err := w.system().ApplyDefaults(t.Context(), rolekit.Defaults{Roles: specs}); err == nil || errors.Is(err, rolekit.ErrUnavailable) {
				t.Errorf("%s: %v, want an error that says what is wrong", name, err)
			}
		})
	}
}

// TestRolesOutliveTheirPermissions: a role that holds what the catalog has no
// more can be renamed, and be given nothing of the kind again.
func TestRolesOutliveTheirPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read", "jobs:read"))
	smaller := w.again(rolekit.Config{Catalog: parseCatalog(t, strings.ReplaceAll(catalogYAML, "jobs", "tasks"))})
	label := "Clerks"
	role, err := smaller.system().UpdateRole(t.Context(), "tom", "clerk", rolekit.RolePatch{Label: &label}, 0)
	w.ok(err)
	same(t, "its grants", grantsOf("invoices:read", "jobs:read"), role.Grants)
	_, err = smaller.system().SetGrants(t.Context(), "tom", "clerk", grantsOf("jobs:write"), 0)
	isError(t, "a grant of what is no more", err, rolekit.ErrInvalid)
}

// TestAConflictIsTriedTwice: what comes between a change of the tree and what is
// stored once, does not keep it from being made; what always does is told.
func TestAConflictIsTriedTwice(t *testing.T) {
	t.Parallel()
	store := &busyStore{Store: memstore.New()}
	w := (&world{t: t, store: store}).again(rolekit.Config{})
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	for name, change := range map[string]func(rolekit.OrgID) error{
		"CreateOrg": func(id rolekit.OrgID) error {
			_, err := w.system().CreateOrg(t.Context(), rolekit.NewOrg{ID: id + ".new", Creator: "olga"})
			return err
		},
		"MoveOrg": func(id rolekit.OrgID) error {
			_, err := w.system().MoveOrg(t.Context(), id, "tom", rolekit.Whatever)
			return err
		},
		"DeleteOrg": func(id rolekit.OrgID) error { return w.system().DeleteOrg(t.Context(), id, rolekit.DeleteOptions{}) },
	} {
		id := rolekit.OrgID(strings.ToLower(name))
		w.createOrg(id, "", "olga")
		store.conflicts = 2
		isError(t, name, change(id), rolekit.ErrConflict)
		store.conflicts = 1
		if err := change(id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// busyStore ends its next transactions with conflicts.
type busyStore struct {
	*memstore.Store

	conflicts int
}

func (s *busyStore) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	return s.Store.Update(ctx, func(tx rolekit.Writer) error {
		err := fn(tx)
		if s.conflicts > 0 {
			s.conflicts--
			err = &rolekit.Error{Code: rolekit.CodeConflict, Message: "another was in the way"}
		}
		return err
	})
}
