package rolekit_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

func keyed(key string) rolekit.Request { return rolekit.Request{Key: key, Hash: "h"} }

// makes returns what a request does that makes a role and answers its revision.
func makes(ctx context.Context, role rolekit.RoleID) func(*rolekit.Manager) (string, error) {
	return func(m *rolekit.Manager) (string, error) {
		r, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: role, Profile: "worker"})
		return fmt.Sprint(r.Revision), err
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, m := t.Context(), w.as("olga")
	first, again, err := m.Once(ctx, keyed("k"), makes(ctx, "clerk"))
	w.ok(err)
	if again {
		t.Error("the first time is not again")
	}
	w.unchanged("again", func() {
		for _, w := range []*world{w, w.again(rolekit.Config{})} {
			reply, again, err := w.as("olga").Once(ctx, keyed("k"), func(*rolekit.Manager) (string, error) {
				t.Error("it is done again")
				return "other", nil
			})
			w.ok(err)
			if reply != first || !again {
				t.Errorf("%q, %v; want %q", reply, again, first)
			}
		}
		_, _, err := m.Once(ctx, rolekit.Request{Key: "k", Hash: "other"}, makes(ctx, "other"))
		isError(t, "another request", err, rolekit.ErrKeyReused)
	})
	// Keys are the actor's own.
	w.assign("tom", "ada", "owner")
	_, again, err = w.as("ada").Once(ctx, keyed("k"), makes(ctx, "adas"))
	w.ok(err)
	if again {
		t.Error("ada's request is taken for olga's")
	}
}

// Several changes are one, and each sees those before it.
func TestOnceIsOneTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, m := t.Context(), w.as("olga")
	do := func(fail error) func(*rolekit.Manager) (string, error) {
		return func(m *rolekit.Manager) (string, error) {
			if _, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "clerk", Profile: "worker", Grants: grantsOf("jobs:read")}); err != nil {
				return "", err
			}
			if err := m.Assign(ctx, "tom", "ada", "clerk"); err != nil {
				return "", err
			}
			at, err := m.Revision(ctx, "tom")
			if err == nil {
				err = fail
			}
			return fmt.Sprint(at), err
		}
	}
	w.unchanged("a request that fails in the end", func() {
		_, _, err := m.Once(ctx, keyed("k"), do(errors.New("no")))
		if err == nil || !strings.Contains(err.Error(), "no") {
			t.Errorf("%v", err)
		}
		// A change that failed may not be kept quiet about.
		_, _, err = m.Once(ctx, keyed("k"), func(m *rolekit.Manager) (string, error) {
			_, first := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "clerk", Profile: "worker"})
			if second := m.Assign(ctx, "tom", "ada", "nonsense"); second != nil && first == nil {
				_ = m.Assign(ctx, "tom", "ada", "mower")
				return "fine", nil
			}
			return "", first
		})
		isError(t, "a failure that is hidden", err, rolekit.ErrRoleNotFound)
		_, _, err = m.Once(ctx, keyed("k"), func(m *rolekit.Manager) (string, error) {
			_, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "clerk", Profile: "worker"})
			return "", err
		})
		isError(t, "an empty reply", err, rolekit.ErrInvalid)
	})
	told, _, err := m.Once(ctx, keyed("k"), do(nil))
	w.ok(err)
	if at, err := w.Revision(ctx, "tom"); fmt.Sprint(at) != told || err != nil {
		t.Errorf("told %s, and it is at %d, %v", told, at, err)
	}
	if !w.can("ada", "tom", "jobs:read") {
		t.Error("the next check does not decide by it")
	}
}

// The revision that is told within is the one that everybody sees afterwards.
func TestOnceTellsTheRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "olga")
	w.createOrg("tom.south", "tom", "olga")
	ctx := t.Context()
	for name, c := range map[string]struct {
		org rolekit.OrgID
		do  func(*rolekit.Manager) error
	}{
		"create": {"tom.east", func(m *rolekit.Manager) error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.east", Parent: "tom"})
			return err
		}},
		"move":             {"tom.north", func(m *rolekit.Manager) error { return moved(m.MoveOrg(ctx, "tom.north", "tom.south", 0)) }},
		"move to where":    {"tom.south", func(m *rolekit.Manager) error { return moved(m.MoveOrg(ctx, "tom.south", "tom", 0)) }},
		"nothing to do":    {"tom", func(m *rolekit.Manager) error { return m.Assign(ctx, "tom", "olga", "owner") }},
		"a role of anyone": {"jack", func(m *rolekit.Manager) error { return m.Assign(ctx, "jack", "ada", "mower") }},
	} {
		told, _, err := w.as("olga").Once(ctx, keyed(name), func(m *rolekit.Manager) (string, error) {
			if err := c.do(m); err != nil {
				return "", err
			}
			at, err := m.Revision(ctx, c.org)
			return fmt.Sprint(at), err
		})
		w.ok(err)
		if at, err := w.Revision(ctx, c.org); err != nil || fmt.Sprint(at) != told {
			t.Errorf("%s: told %s, and it is %d, %v", name, told, at, err)
		}
	}
}

func TestOnceRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	fine := makes(ctx, "clerk")
	once := func(m *rolekit.Manager, key, hash string) error {
		_, _, err := m.Once(ctx, rolekit.Request{Key: key, Hash: hash}, fine)
		return err
	}
	w.unchanged("refused", func() {
		isError(t, "nobody", once(w.Manager(), "k", "h"), rolekit.ErrUnauthenticated)
		isError(t, "no key", once(w.as("olga"), "", "h"), rolekit.ErrInvalid)
		isError(t, "a long key", once(w.as("olga"), strings.Repeat("k", 256), "h"), rolekit.ErrInvalid)
		isError(t, "no hash", once(w.as("olga"), "k", ""), rolekit.ErrInvalid)
		isError(t, "a long hash", once(w.as("olga"), "k", strings.Repeat("h", 65)), rolekit.ErrInvalid)
		isError(t, "a long name", once(w.Manager().As(rolekit.System(strings.Repeat("s", 100))), "k", "h"), rolekit.ErrInvalid)
		isError(t, "a stranger", once(w.as("eve"), "k", "h"), rolekit.ErrPermissionDenied)
		store, isAdapter := w.store.(*adapter.Store)
		if !isAdapter {
			t.Fatal("not an adapter.Store")
		}
		tx := w.db.Begin()
		isError(t, "in the application's transaction", once(w.as("olga").In(store.Join(tx)), "k", "h"), rolekit.ErrInvalid)
		w.ok(tx.Rollback().Error)
	})
	w.ok(once(w.Manager().As(rolekit.System("cli")), strings.Repeat("k", 255), strings.Repeat("h", 64)))
	_, err := rolekit.New(ctx, w.store, rolekit.Config{Catalog: w.Catalog(), KeepReplies: -1})
	isError(t, "less than no time", err, rolekit.ErrInvalid)
	_, err = rolekit.New(ctx, w.store, rolekit.Config{Catalog: w.Catalog(), MaxReplies: -1})
	isError(t, "less than none", err, rolekit.ErrInvalid)
}

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, now := t.Context(), time.Now()
	w = w.again(rolekit.Config{MaxReplies: 3, KeepReplies: time.Hour, Clock: func() time.Time { return now }})
	m := w.as("olga")
	for i := range 3 {
		_, _, err := m.Once(ctx, keyed(strconv.Itoa(i)), makes(ctx, rolekit.RoleID(fmt.Sprintf("r%d", i))))
		w.ok(err)
	}
	_, _, err := m.Once(ctx, keyed("more"), makes(ctx, "more"))
	isError(t, "more than are kept", err, rolekit.ErrTooManyReplies)
	if _, again, err := m.Once(ctx, keyed("0"), makes(ctx, "r0")); err != nil || !again {
		t.Errorf("one that is kept: %v, %v", again, err)
	}
	_, _, err = w.system().Once(ctx, keyed("more"), makes(ctx, "systems"))
	w.ok(err) // of another actor
	now = now.Add(time.Hour + time.Second)
	_, _, err = m.Once(ctx, keyed("more"), makes(ctx, "more"))
	w.ok(err)
	w.ok(w.store.View(ctx, func(r rolekit.Reader) error {
		if n, err := r.CountReplies(ctx, "user:olga"); n != 1 || err != nil {
			t.Errorf("%d are kept, %v; want the newest alone", n, err)
		}
		return nil
	}))
}

// doubtful is a store whose commits come about, and nobody hears of it.
type doubtful struct {
	rolekit.Store

	after func() error
}

func (d *doubtful) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	if err := d.Store.Update(ctx, fn); err != nil {
		return err
	}
	return d.after()
}

// Where the connection breaks during the commit, the reply tells whether that came
// about.
func TestOnceIsNotLeftInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	calls := 0
	w.store = &doubtful{Store: w.store, after: func() error {
		if calls++; calls == 2 { // it took its turn, and was done
			return errors.New("the connection broke")
		}
		return nil
	}}
	w = w.again(rolekit.Config{})
	ctx := t.Context()
	reply, again, err := w.as("olga").Once(ctx, keyed("k"), func(m *rolekit.Manager) (string, error) {
		return "done", m.Assign(ctx, "tom", "ada", "viewer")
	})
	w.ok(err)
	if reply != "done" || again {
		t.Errorf("%q, %v", reply, again)
	}
	if !w.can("ada", "tom", "invoices:read") {
		t.Error("the next check does not decide by it")
	}
}

// Another program that changes rules and no revision is in the way of no request.
func TestOnceReadsAnewWhatAnotherProgramChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.assign("tom", "ada", "viewer")
	w.sql("DELETE FROM casbin_rule WHERE v0 = 'user:ada' AND v2 = 'tom'")
	w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:ada', 'role:mower', 'tom')")
	*w.upset = true // memory learns of it by the change
	ctx := t.Context()
	_, _, err := w.as("olga").Once(ctx, keyed("k"), func(m *rolekit.Manager) (string, error) {
		return "done", m.RemoveMember(ctx, "tom", "ada")
	})
	w.ok(err)
	members, err := w.as("olga").Members(ctx, "tom", rolekit.MemberQuery{})
	w.ok(err)
	for _, member := range members {
		if member.User == "ada" {
			t.Errorf("%+v", member)
		}
	}
}

// gated is a store that calls before each transaction what is set for it.
type gated struct {
	rolekit.Store

	before func(n int) // the nth, from 1
	mu     sync.Mutex
	n      int
}

func (g *gated) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	g.mu.Lock()
	g.n++
	n := g.n
	g.mu.Unlock()
	g.before(n)
	return g.Store.Update(ctx, fn)
}

// Who took so long that another took the turn over does nothing, also while that
// other one is not done yet.
func TestATurnThatWasTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var ahead atomic.Int64
	reached, free := make(chan struct{}), make(chan struct{})
	second := make(chan error, 1)
	g := &gated{Store: w.store, before: func(int) {}}
	w.store = g
	w = w.again(rolekit.Config{Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	g.n = 0
	g.before = func(n int) {
		switch n { // 1 takes a turn, 2 would do it
		case 2:
			ahead.Store(int64(time.Minute))
			go func() {
				_, _, err := w.as("olga").Once(ctx, keyed("k"), makes(ctx, "clerk"))
				second <- err
			}()
			<-reached
		case 4: // of the second, which took its turn in 3
			close(reached)
			<-free
		default:
		}
	}
	_, _, err := w.as("olga").Once(ctx, keyed("k"), makes(ctx, "clerk"))
	isError(t, "the first", err, rolekit.ErrInProgress)
	_, err = w.as("olga").Role(ctx, "tom", "clerk")
	isError(t, "what the first did", err, rolekit.ErrRoleNotFound)
	close(free)
	w.ok(<-second)
	if _, err := w.as("olga").Role(ctx, "tom", "clerk"); err != nil {
		t.Error(err)
	}
}
