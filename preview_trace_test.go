package rolekit_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// readOnly is a store of which a test says when it may be written.
type readOnly struct {
	rolekit.Store

	closed  atomic.Bool
	updates atomic.Int64
}

func (r *readOnly) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	if r.closed.Load() {
		r.updates.Add(1)
	}
	return r.Store.Update(ctx, fn)
}

func (b *bus) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sent)
}

// A preview begins no transaction that could write, and tells nobody anything.
func TestPreviewLeavesNoTrace(t *testing.T) {
	t.Parallel()
	store, b := &readOnly{Store: memstore.New()}, newBus()
	w := (&world{t: t, store: store}).again(rolekit.Config{Watcher: b, PollInterval: time.Hour})
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.role("tom", "books", grantsOf("invoices:read"))
	w.ok(w.Flush(t.Context()))
	store.closed.Store(true)
	stats, revision := w.Stats(), func() rolekit.Revision {
		at, err := w.Revision(t.Context(), "tom")
		w.ok(err)
		return at
	}
	at, sent := revision(), b.count()
	w.unchanged("a preview", func() {
		p := w.previewed(w.as("olga"), func(ctx context.Context, m *rolekit.Manager) error {
			w.ok(m.Assign(ctx, "tom", "ada", "books"))
			_, err := m.SetGrants(ctx, "tom", "books", grantsOf("invoices:read", "jobs:read"), rolekit.Whatever)
			w.ok(err)
			w.ok(m.In(nil).As(rolekit.Actor{User: "olga"}).Assign(ctx, "tom", "bob", "books")) // there is no way out
			_, err = m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.new", Parent: "tom"})
			return err
		})
		if p.Gained < 4 {
			t.Errorf("%+v", p)
		}
	})
	w.ok(w.Flush(t.Context()))
	if n := store.updates.Load(); n != 0 {
		t.Errorf("%d transactions", n)
	}
	if now := w.Stats(); now.Told != stats.Told || now.Loads != stats.Loads || now.Loaded != stats.Loaded || b.count() != sent || revision() != at {
		t.Errorf("%+v, %d messages, revision %d; it was %+v, %d, %d", now, b.count(), revision(), stats, sent, at)
	}
	store.closed.Store(false)
	r, err := w.as("olga").SetGrants(t.Context(), "tom", "books", grantsOf("jobs:read"), rolekit.Whatever)
	w.ok(err)
	if r.Revision > at+10 {
		t.Errorf("revision %d follows %d: ids were used up", r.Revision, at)
	}
}

// What refuses a change refuses its preview, with the same words, and by what the
// preview did before.
func TestPreviewIsRefusedAsTheChangeIs(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.role("tom", "books", grantsOf("invoices:read"))
	ctx := t.Context()
	w.assign("tom", "ada", "viewer")
	seen := w.role("tom", "spare", nil)
	for name, c := range map[string]struct {
		by     *rolekit.Manager
		change func(m *rolekit.Manager) error
		want   error
	}{
		"no permission":          {w.as("ada"), func(m *rolekit.Manager) error { return m.Assign(ctx, "tom", "bob", "books") }, rolekit.ErrPermissionDenied},
		"nobody":                 {w.as(""), func(m *rolekit.Manager) error { return m.Assign(ctx, "tom", "bob", "books") }, rolekit.ErrUnauthenticated},
		"nowhere":                {w.as("ada"), func(m *rolekit.Manager) error { return m.Assign(ctx, "nowhere", "bob", "books") }, rolekit.ErrPermissionDenied},
		"nowhere, by the system": {w.system(), func(m *rolekit.Manager) error { return m.Assign(ctx, "nowhere", "bob", "books") }, rolekit.ErrOrgNotFound},
		"escalation":             {w.as("carol"), func(m *rolekit.Manager) error { return m.Assign(ctx, "tom", "bob", "books") }, rolekit.ErrEscalation},
		"last holder":            {w.as("olga"), func(m *rolekit.Manager) error { return m.RemoveMember(ctx, "jack", "olga") }, rolekit.ErrLastHolder},
		"precondition": {w.as("olga"), func(m *rolekit.Manager) error {
			_, err := m.SetGrants(ctx, "tom", "spare", nil, seen.Revision+1)
			return err
		}, rolekit.ErrConflict},
		"precondition, before the new parent": {w.as("carol"), func(m *rolekit.Manager) error {
			_, err := m.MoveOrg(ctx, "tom.north", "jack", 1)
			return err
		}, rolekit.ErrPermissionDenied},
		"taken": {w.as("olga"), func(m *rolekit.Manager) error {
			_, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "books", Profile: "owner"})
			return err
		}, rolekit.ErrExists},
		"an id taken": {w.system(), func(m *rolekit.Manager) error { _, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom"}); return err }, rolekit.ErrExists},
		"below it":    {w.as("olga"), func(m *rolekit.Manager) error { return m.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{}) }, rolekit.ErrInUse},
	} {
		w.unchanged(name, func() {
			_, err := c.by.Preview(ctx, c.change)
			isError(t, name, err, c.want)
			if refused := c.change(c.by); fmt.Sprint(err) != fmt.Sprint(refused) {
				t.Errorf("%s: %v\nthe change: %v", name, err, refused)
			}
		})
	}
	// By what was done before in the same preview.
	w.unchanged("several", func() {
		_, err := w.system().Preview(ctx, func(m *rolekit.Manager) error {
			w.ok(m.Assign(ctx, "jack", "jim", "owner"))
			w.ok(m.RemoveMember(ctx, "jack", "olga"))
			isError(t, "the last one", m.RemoveMember(ctx, "jack", "jim"), rolekit.ErrLastHolder)
			w.ok(m.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{Descendants: true}))
			_, err := m.As(rolekit.Actor{User: "jim"}).CreateOrg(ctx, rolekit.NewOrg{ID: "tom", Parent: "jack"})
			isError(t, "an id that was deleted", err, rolekit.ErrExists)
			isError(t, "a role of what is deleted", m.Assign(ctx, "tom", "ada", "books"), rolekit.ErrOrgNotFound)
			_, err = m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom", Creator: "ada"})
			w.ok(err)
			isError(t, "a role of what was deleted", m.Assign(ctx, "tom", "ada", "books"), rolekit.ErrRoleNotFound)
			return nil
		})
		w.ok(err)
	})
}

// Who may make a change, and not read the members, is told how many it concerns, and
// of themselves.
func TestPreviewTellsNoStrangersNames(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx := t.Context()
	w.role("tom", "books", grantsOf("invoices:read"))
	w.role("tom", "chief", grantsOf("iam.roles:write", "invoices:read", "jobs:read", "iam.orgs:write"))
	w.role("jack", "mover", grantsOf("iam.orgs:write"))
	w.role("jack", "books", grantsOf("invoices:read"))
	w.role("jack", "hands", grantsOf("jobs:read"))
	w.assign("jack", "jim", "hands")
	for _, user := range []rolekit.UserID{"ada", "bob", "rita"} {
		w.assign("tom", user, "books")
	}
	w.assign("tom", "rita", "chief")
	empty := func(m *rolekit.Manager) error {
		_, err := m.SetGrants(ctx, "tom", "books", grantsOf("jobs:read"), rolekit.Whatever)
		return err
	}
	p, err := w.as("rita").Preview(ctx, empty)
	w.ok(err)
	same(t, "without iam.members:read", []string(nil), told(p))
	same(t, "the sums", []rolekit.OrgEffects{{Org: "tom", Users: 2, Gained: 2, Lost: 2, Hidden: true}, {Org: "tom.north", Users: 2, Gained: 2, Lost: 2, Hidden: true}}, p.Orgs)
	if p.LeftOut != 8 {
		t.Errorf("%d left out", p.LeftOut)
	}
	// To give oneself the permission within the preview does not help.
	w.role("tom", "reads", grantsOf("iam.members:read"))
	p, err = w.as("rita").Preview(ctx, func(m *rolekit.Manager) error {
		w.ok(m.As(rolekit.System("test")).Assign(ctx, "tom", "rita", "reads"))
		return empty(m)
	})
	w.ok(err)
	for _, e := range p.Effects {
		if e.User != "rita" {
			t.Errorf("she is told of %s", e.User)
		}
	}
	hers, err := w.as("rita").Preview(ctx, func(m *rolekit.Manager) error {
		_, err := m.SetGrants(ctx, "tom", "chief", grantsOf("iam.roles:write"), rolekit.Whatever)
		return err
	})
	w.ok(err)
	for _, e := range hers.Effects {
		if e.User != "rita" {
			t.Errorf("she is told of %s", e.User)
		}
	}
	if len(hers.Effects) == 0 || !hers.Orgs[0].Hidden {
		t.Errorf("of herself she is told nothing: %+v", hers)
	}
	w.assign("tom", "rita", "reads")
	p, err = w.as("rita").Preview(ctx, empty)
	w.ok(err)
	if len(p.Effects) != 8 || p.Orgs[0].Hidden {
		t.Errorf("with iam.members:read: %v", told(p))
	}
	// Under another parent, that one's people come in: to read its members is asked too.
	w.role("tom", "all", grantsOf("jobs:read", "iam.orgs:write"))
	w.assign("jack", "rita", "mover")
	move := func(m *rolekit.Manager) error {
		_, err := m.MoveOrg(ctx, "tom.north", "jack", rolekit.Whatever)
		return err
	}
	w.assign("tom", "rita", "owner")
	p, err = w.as("rita").Preview(ctx, move)
	w.ok(err)
	if !p.Orgs[0].Hidden || p.Orgs[0].Gained == 0 {
		t.Errorf("%+v", p.Orgs)
	}
	for _, e := range p.Effects {
		if e.User != "rita" {
			t.Errorf("she is told of %s", e.User)
		}
	}
	w.role("jack", "reads", grantsOf("iam.members:read"))
	w.assign("jack", "rita", "reads")
	p, err = w.as("rita").Preview(ctx, move)
	w.ok(err)
	if p.Orgs[0].Hidden || p.LeftOut != 0 {
		t.Errorf("%+v", p)
	}
}

// However many there are, the answer is short, adds up, and is the same each time.
func TestPreviewIsBounded(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx := t.Context()
	w.role("tom", "books", grantsOf("invoices:read"))
	const members, branches = 10_000, 300
	var all []rolekit.Assignment
	for i := range members {
		all = append(all, rolekit.Assignment{User: rolekit.UserID(fmt.Sprintf("u%05d", i)), Role: "books"})
	}
	w.ok(w.system().PutAssignments(ctx, "tom", all...))
	for i := range branches {
		w.createOrg(rolekit.OrgID(fmt.Sprintf("tom.b%03d", i)), "tom", "")
	}
	w.assign("tom.b007", "u00007", "viewer") // who may read there whatever books gives
	change := func(ctx context.Context, m *rolekit.Manager) error {
		_, err := m.SetGrants(ctx, "tom", "books", grantsOf("jobs:read"), rolekit.Whatever)
		return err
	}
	w.previewed(w.as("olga"), change)
	began := time.Now()
	p := w.previewed(w.as("olga"), change)
	took := time.Since(began)
	t.Logf("%d gained and lost in %s", p.Gained+p.Lost, took)
	orgs := branches + 2
	if p.Gained != members*orgs-1 || p.Lost != members*orgs-1 || len(p.Effects) != 1000 || len(p.Orgs) != orgs || p.OrgsUnseen != 0 {
		t.Errorf("%d gained, %d lost, %d told, %d orgs, %d unseen", p.Gained, p.Lost, len(p.Effects), len(p.Orgs), p.OrgsUnseen)
	}
	if took > 10*time.Second { // a machine that does much else; else it takes a tenth of a second
		t.Errorf("it took %s", took)
	}
	if p.Effects[0].User != "u00000" || p.Effects[999].User != "u00499" || p.Effects[999].Org != "tom" {
		t.Errorf("%v … %v", p.Effects[0], p.Effects[999])
	}
}
