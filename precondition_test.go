package rolekit_test

import (
	"errors"
	"testing"

	"github.com/rolekit/rolekit"
)

// Each change of a thing is held to what its caller has seen of it, and is told
// how it is where that is not so.
func TestChangesAreMadeToWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, m := t.Context(), w.as("olga")
	w.createOrg("tom.north", "tom", "olga")
	w.role("tom", "clerk", nil)
	w.group("tom", "crew", []rolekit.UserID{"ada"})
	w.set("tom", "desk", "1")
	label := "Other"
	role := func() any { r, err := m.Role(ctx, "tom", "clerk"); w.ok(err); return r }
	group := func() any { g, _, err := m.Group(ctx, "tom", "crew"); w.ok(err); return g }
	set := func() any { s, err := m.Set(ctx, "tom", "desk"); w.ok(err); return s }
	org := func() any { o, err := m.Org(ctx, "tom.north"); w.ok(err); return o }
	for name, c := range map[string]struct {
		now func() any
		do  func(rolekit.Revision) error
	}{
		"UpdateRole": {role, func(seen rolekit.Revision) error {
			_, err := m.UpdateRole(ctx, "tom", "clerk", rolekit.RolePatch{Label: &label}, seen)
			return err
		}},
		"SetGrants": {role, func(seen rolekit.Revision) error {
			_, err := m.SetGrants(ctx, "tom", "clerk", grantsOf("jobs:read"), seen)
			return err
		}},
		"PutGroup": {group, func(seen rolekit.Revision) error {
			_, err := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew", Label: label}, seen)
			return err
		}},
		"EditGroup": {group, func(seen rolekit.Revision) error {
			_, err := m.EditGroup(ctx, "tom", "crew", rolekit.EditReplace, []rolekit.UserID{"bob"}, nil, seen)
			return err
		}},
		"PutSet": {set, func(seen rolekit.Revision) error {
			_, err := m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "desk", Label: label}, seen)
			return err
		}},
		"EditSet": {set, func(seen rolekit.Revision) error {
			_, err := m.EditSet(ctx, "tom", "desk", rolekit.EditReplace, []rolekit.ResourceID{"2"}, seen)
			return err
		}},
		"UpdateOrg": {org, func(seen rolekit.Revision) error { _, err := m.UpdateOrg(ctx, "tom.north", label, seen); return err }},
		"MoveOrg":   {org, func(seen rolekit.Revision) error { return moved(m.MoveOrg(ctx, "tom.north", "jack", seen)) }},
		// Last, each of its thing; those that are gone say so otherwise.
		"z DeleteRole":  {role, func(seen rolekit.Revision) error { return m.DeleteRole(ctx, "tom", "clerk", seen) }},
		"z DeleteGroup": {group, func(seen rolekit.Revision) error { return m.DeleteGroup(ctx, "tom", "crew", seen) }},
		"z DeleteSet":   {set, func(seen rolekit.Revision) error { return m.DeleteSet(ctx, "tom", "desk", seen) }},
		"z DeleteOrg": {org, func(seen rolekit.Revision) error {
			return m.DeleteOrg(ctx, "tom.north", rolekit.DeleteOptions{IfRevision: seen})
		}},
	} {
		refused := func() {
			now := c.now()
			w.unchanged(name, func() {
				for _, said := range []rolekit.Revision{rolekit.Absent, 1 << 40, -7} {
					err := c.do(said)
					isError(t, name, err, rolekit.ErrConflict)
					if e, ok := errors.AsType[*rolekit.Error](err); ok {
						same(t, name+" tells how it is", now, e.Current)
					}
				}
			})
		}
		if refused(); name[0] != 'z' {
			w.ok(c.do(rolekit.Present))
		}
	}
}

// What is to be made is made where it is not there; what is to be changed is not
// made anew.
func TestThingsAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, m := t.Context(), w.as("olga")
	for name, put := range map[string]func(label string, said rolekit.Revision) (rolekit.Revision, error){
		"group": func(label string, said rolekit.Revision) (rolekit.Revision, error) {
			g, err := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "thing", Label: label}, said)
			return g.Revision, err
		},
		"set": func(label string, said rolekit.Revision) (rolekit.Revision, error) {
			s, err := m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "thing", Label: label}, said)
			return s.Revision, err
		},
	} {
		w.unchanged(name, func() {
			for _, said := range []rolekit.Revision{rolekit.Present, 7} {
				_, err := put("A", said)
				isError(t, name+" that is not there", err, rolekit.ErrConflict)
			}
		})
		at, err := put("A", rolekit.Absent)
		w.ok(err)
		w.unchanged(name, func() {
			_, err := put("A", rolekit.Absent)
			isError(t, name+" that is there", err, rolekit.ErrConflict)
		})
		next, err := put("B", at)
		w.ok(err)
		if next <= at {
			t.Errorf("%s: revision %d after %d", name, next, at)
		}
	}
}

// Only who comes in has to be covered by what the actor holds.
func TestWhoIsInAGroupStaysWithoutHolding(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	w.group("tom", "crew", []rolekit.UserID{"ada", "bob"})
	w.give("tom", "crew", "bookkeeper")
	ctx, carol := t.Context(), w.as("carol")
	edit := func(how rolekit.Edit, users ...rolekit.UserID) error {
		_, err := carol.EditGroup(ctx, "tom", "crew", how, users, nil, 0)
		return err
	}
	w.unchanged("what is there", func() {
		w.ok(edit(rolekit.EditAdd, "ada"))
		w.ok(edit(rolekit.EditReplace, "ada", "bob"))
		isError(t, "one who comes in", edit(rolekit.EditAdd, "ada", "dora"), rolekit.ErrEscalation)
		isError(t, "herself", edit(rolekit.EditReplace, "carol"), rolekit.ErrEscalation)
	})
	w.ok(edit(rolekit.EditReplace, "ada"))
	w.ok(edit(rolekit.EditReplace))
	if w.can("ada", "tom", "invoices:write") {
		t.Error("who was taken out has what the group has")
	}
}
