package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func onceTests() []storeTest {
	return []storeTest{
		{"of a request that comes many times at once, to two processes, one is done", onceAtOnce},
		{"a request and its reply are kept together or not at all", onceAllOrNothing},
		{"whoever took too long for a request does not do it", onceTooLate},
		{"requests and deletions of their organisation do not stay in each other's way", onceAndDeletions},
	}
}

// asked is a request of olga's in the organisation left.
func asked(ctx context.Context, kit *rolekit.Kit, key string, role rolekit.RoleID) (string, bool, error) {
	return kit.Manager().As(boss("olga")).Once(ctx, rolekit.Request{Key: key, Hash: "h"}, func(m *rolekit.Manager) (string, error) {
		r, err := m.CreateRole(ctx, "left", rolekit.RoleSpec{ID: role, Profile: "owner"})
		return fmt.Sprint("made at ", r.Revision), err
	})
}

func onceAtOnce(t *testing.T, s rolekit.Store) {
	kits := []*rolekit.Kit{newKit(t, s), newKit(t, s)}
	populate(t, s, kits[0])
	ok(t, "Refresh", kits[1].Refresh(t.Context()))
	for round := range 5 {
		const callers = 8
		key, role := fmt.Sprint("key", round), rolekit.RoleID(fmt.Sprint("role", round))
		replies, done := make([]string, callers), make([]bool, callers)
		together(t, callers, func(i int) error {
			for {
				reply, again, err := asked(t.Context(), kits[i%2], key, role)
				if errors.Is(err, rolekit.ErrInProgress) {
					time.Sleep(time.Millisecond) // as a client does: without it, those who wait keep the one who works from the database
					continue
				}
				replies[i], done[i] = reply, !again
				return err
			}
		})
		n := 0
		for i := range callers {
			if replies[i] != replies[0] || replies[i] == "" {
				t.Errorf("one was told %q, another %q", replies[0], replies[i])
			}
			if done[i] {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d did it", n)
		}
	}
	made := 0
	for _, e := range events(t, s, "left", rolekit.AuditQuery{Action: "role.create", Limit: 1000}) {
		for round := range 5 {
			if e.Target == fmt.Sprint("role:role", round) {
				made++
			}
		}
	}
	if made != 5 {
		t.Errorf("5 roles were made %d times", made)
	}
}

// onceAllOrNothing lets a request fail at each of its calls of the store: then it
// has not been made, and may come again.
func onceAllOrNothing(t *testing.T, s rolekit.Store) {
	faulty := &Faulty{Store: s, Call: func(string) error { return nil }}
	kit := newKit(t, faulty)
	populate(t, s, kit)
	for n := 1; ; n++ {
		calls, key, role := 0, fmt.Sprint("key", n), rolekit.RoleID(fmt.Sprint("role", n))
		faulty.Call = func(string) error {
			if calls++; calls == n {
				return ErrFault
			}
			return nil
		}
		before := Dump(t, s)
		_, _, err := asked(t.Context(), kit, key, role)
		if err == nil {
			if calls >= n {
				t.Errorf("call %d failed, and nobody was told", n)
			}
			break
		}
		isError(t, "the request", err, ErrFault)
		same(t, fmt.Sprint("after a fault at call ", n), before, Dump(t, s))
		_, _, err = asked(t.Context(), kit, key, role)
		ok(t, "again", err)
		if n > 100 {
			t.Fatal("it never ends")
		}
	}
}

// onceTooLate lets one wait with the request begun, until another did it.
func onceTooLate(t *testing.T, s rolekit.Store) {
	now := time.Now()
	clock := func() time.Time { return now }
	kit := clockedKit(t, s, clock)
	populate(t, s, kit)
	other := clockedKit(t, s, clock)
	first, calls := "", 0
	// It could be done twice, but for the turn.
	labels := func(kit *rolekit.Kit, label string) (string, bool, error) {
		return kit.Manager().As(boss("olga")).Once(t.Context(), rolekit.Request{Key: "key", Hash: "h"}, func(m *rolekit.Manager) (string, error) {
			_, err := m.UpdateRole(t.Context(), "left", "spare", rolekit.RolePatch{Label: &label}, rolekit.Whatever)
			return label, err
		})
	}
	// It is asked once by memory, and then in the transaction, which begins with locks.
	late := &late{Store: s, before: func() {
		if calls++; calls != 2 { // it has its turn
			return
		}
		now = now.Add(time.Minute)
		var err error
		first, _, err = labels(other, "first")
		ok(t, "the other", err)
	}}
	_, _, err := labels(clockedKit(t, late, clock), "late")
	isError(t, "who is too late", err, rolekit.ErrInProgress)
	ok(t, "Refresh", kit.Refresh(t.Context()))
	if role, err := kit.Manager().As(boss("olga")).Role(t.Context(), "left", "spare"); err != nil || role.Label != "first" {
		t.Errorf("the role is called %q, %v", role.Label, err)
	}
	reply, again, err := labels(kit, "again")
	if reply != first || !again || err != nil {
		t.Errorf("%q, %v, %v; want %q", reply, again, err, first)
	}
}

// late is a store that something happens to before each transaction.
type late struct {
	rolekit.Store

	before func()
}

func (l *late) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	l.before()
	return l.Store.Update(ctx, fn)
}

// onceAndDeletions makes requests in an organisation that others delete and make.
func onceAndDeletions(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, s, kit)
	system := kit.Manager().As(rolekit.System("test"))
	_, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "passing", Creator: "olga"})
	ok(t, "CreateOrg", err)
	const rounds = 10
	together(t, 4, func(i int) error {
		for n := range rounds {
			if i == 0 {
				err := system.DeleteOrg(t.Context(), "passing", rolekit.DeleteOptions{})
				if _, failed := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "passing", Creator: "olga"}); err != nil || failed != nil {
					return errors.Join(err, failed)
				}
				continue
			}
			request := rolekit.Request{Key: fmt.Sprint(i, "-", n), Hash: "h"}
			_, _, err := kit.Manager().As(boss("olga")).Once(t.Context(), request, func(m *rolekit.Manager) (string, error) {
				return "done", m.Assign(t.Context(), "passing", rolekit.UserID(fmt.Sprint("u", i, n)), "viewer")
			})
			if err != nil && !errors.Is(err, rolekit.ErrPermissionDenied) && !errors.Is(err, rolekit.ErrOrgNotFound) {
				return err
			}
		}
		return nil
	})
}
