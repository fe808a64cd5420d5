package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// TestNothingToChange: where another process has made a change already, and this
// one has not heard of it, making it again changes nothing; but this process
// decides by it from then on, as after every change that has returned.
func TestNothingToChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rolekit.Manager) error{
		"a role is given": func(m *rolekit.Manager) error { return m.Assign(t.Context(), "tom", "bob", "viewer") },
		"a role is taken": func(m *rolekit.Manager) error { return m.Unassign(t.Context(), "tom", "ada", "viewer") },
		"it is moved":     func(m *rolekit.Manager) error { return moved(m.MoveOrg(t.Context(), "tom", "jack", 0)) },
		"default roles are applied": func(m *rolekit.Manager) error {
			_, err := m.ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "viewer", Profile: "owner"}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { changesNothing(t, change, false) })
		t.Run(name+" in the application's transaction", func(t *testing.T) { changesNothing(t, change, true) })
	}
}

func changesNothing(t *testing.T, change func(*rolekit.Manager) error, joining bool) {
	t.Helper()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	w.assign("jack", "carol", "viewer")
	behind := w.again(rolekit.Config{})
	w.ok(change(w.system()))
	events := w.events()

	manager, tx := behind.system(), &joined{Store: w.store}
	if joining {
		manager = manager.In(tx)
	}
	w.ok(change(manager))
	tx.commit()

	same(t, "the audit log", events, w.events())
	same(t, "the decisions", w.answers(), behind.answers())
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		want, err := w.Revision(t.Context(), org)
		w.ok(err)
		if got, err := behind.Revision(t.Context(), org); err != nil || got != want {
			t.Errorf("%s is at revision %d there, %v; want %d", org, got, err, want)
		}
	}
}

// events returns what the audit log tells of each organisation.
func (w *world) events() (all []rolekit.AuditEvent) {
	w.t.Helper()
	w.ok(w.store.View(w.t.Context(), func(r rolekit.Reader) error {
		for _, org := range []rolekit.OrgID{"tom", "jack", rolekit.AllOrgs} {
			events, err := r.Audit(w.t.Context(), org, rolekit.AuditQuery{Limit: 1000})
			if err != nil {
				return err
			}
			all = append(all, events...)
		}
		return nil
	}))
	return all
}
