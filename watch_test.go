package rolekit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
)

// bus is a watcher within the process. deliver says what arrives of a message.
type bus struct {
	deliver func(message string) []string
	failing atomic.Bool

	mu        sync.Mutex
	listeners []func(string)
	sent      []string
}

func newBus() *bus { return &bus{deliver: func(m string) []string { return []string{m} }} }

func (b *bus) Notify(_ context.Context, message string) error {
	if b.failing.Load() {
		return errors.New("no broker")
	}
	b.mu.Lock()
	b.sent = append(b.sent, message)
	messages, listeners := b.deliver(message), slices.Clone(b.listeners)
	b.mu.Unlock()
	for _, m := range messages {
		for _, heard := range listeners {
			heard(m)
		}
	}
	return nil
}

func (b *bus) Listen(ctx context.Context, heard func(string), _ func(error)) error {
	b.mu.Lock()
	b.listeners = append(b.listeners, heard)
	b.mu.Unlock()
	heard("")
	<-ctx.Done()
	return nil
}

func (b *bus) connected() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.listeners)
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// watching runs the kit's Watch for the time of the test.
func watching(t testing.TB, kit *rolekit.Kit) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- kit.Watch(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func allows(t testing.TB, kit *rolekit.Kit, user rolekit.UserID, org rolekit.OrgID) bool {
	t.Helper()
	d, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "owner"}, "invoices:read", nil)
	if err != nil {
		t.Error(err)
	}
	return d.Allowed
}

const never = 24 * time.Hour // an interval at which nothing happens in a test

// TestNewsArrive in another kit that does not poll, of whatever changed, and
// whatever becomes of a message but that none arrives.
func TestNewsArrive(t *testing.T) {
	t.Parallel()
	for name, deliver := range map[string]func(string) []string{
		"once":              func(m string) []string { return []string{m} },
		"twice":             func(m string) []string { return []string{m, m} },
		"and strange ones":  func(m string) []string { return []string{"rolekit/1 *=0", m, "what?"} },
		"not to be read":    func(string) []string { return []string{"rolekit/9 tom"} },
		"after a connexion": func(string) []string { return []string{""} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, store := newBus(), memstore.New()
			b.deliver = deliver
			forest(t, store, 3)
			config := rolekit.Config{Watcher: b, PollInterval: never}
			writer, reader := kitOn(t, store, config), kitOn(t, store, config)
			watching(t, reader)
			until(t, "the reader listens", func() bool { return b.connected() == 1 })
			system := writer.Manager().As(rolekit.System("test"))
			for _, give := range []bool{true, false, true} {
				change := system.Unassign
				if give {
					change = system.Assign
				}
				if err := change(t.Context(), "org00", "ada", "viewer"); err != nil {
					t.Fatal(err)
				}
				until(t, "the change is seen", func() bool { return allows(t, reader, "ada", "org00") == give })
			}
			if _, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "fresh", Creator: "ada"}); err != nil {
				t.Fatal(err)
			}
			until(t, "an organisation is seen", func() bool {
				d, _ := reader.Can(t.Context(), rolekit.Identity{User: "ada", Org: "fresh", Profile: "owner"}, "invoices:read", nil)
				return d.Allowed
			})
			if err := system.DeleteOrg(t.Context(), "fresh", rolekit.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			until(t, "a deletion is seen", func() bool {
				_, err := reader.Can(t.Context(), rolekit.Identity{User: "ada", Org: "fresh"}, "invoices:read", nil)
				return errors.Is(err, rolekit.ErrOrgNotFound)
			})
			if _, err := system.ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "viewer", Profile: "owner"}}}); err != nil {
				t.Fatal(err)
			}
			until(t, "default roles are seen", func() bool { return !allows(t, reader, "ada", "org00") })
		})
	}
}

// failingWatcher cannot listen, and never will.
type failingWatcher struct{ rolekit.Watcher }

func (failingWatcher) Listen(context.Context, func(string), func(error)) error {
	return errors.New("permission denied")
}

// TestPollsGoOnWithoutNews when the watcher fails for good; it is said, and comes
// back in the end.
func TestPollsGoOnWithoutNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader := w.again(rolekit.Config{Watcher: failingWatcher{}, PollInterval: 5 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- reader.Watch(ctx) }()
	until(t, "it is logged", func() bool { return strings.Contains(reader.log.String(), "not heard any more") })
	w.assign("tom", "ada", "viewer")
	until(t, "the change is seen", func() bool { return reader.can("ada", "tom", "invoices:read") })
	cancel()
	if err := <-done; err == nil || err.Error() != "permission denied" {
		t.Errorf("Watch: %v", err)
	}
}

// TestLostNewsAreHealed by the next poll.
func TestLostNewsAreHealed(t *testing.T) {
	t.Parallel()
	b, store := newBus(), memstore.New()
	b.deliver = func(string) []string { return nil }
	forest(t, store, 1)
	config := rolekit.Config{Watcher: b, PollInterval: 5 * time.Millisecond}
	writer, reader := kitOn(t, store, config), kitOn(t, store, config)
	watching(t, reader)
	if err := writer.Manager().As(rolekit.System("test")).Assign(t.Context(), "org00", "ada", "viewer"); err != nil {
		t.Fatal(err)
	}
	until(t, "the change is seen", func() bool { return allows(t, reader, "ada", "org00") })
}

// TestNewsOutOfOrder: the news of the last change come first. What is known then
// is that, and stays so whatever old news follow, which cost nothing.
func TestNewsOutOfOrder(t *testing.T) {
	t.Parallel()
	b, store := newBus(), memstore.New()
	var views atomic.Int64
	counted := &hookedStore{store, func(context.Context) error { views.Add(1); return nil }}
	var late []string // guarded by the bus
	b.deliver = func(m string) []string {
		late = append(late, m)
		return nil
	}
	forest(t, store, 1)
	config := rolekit.Config{Watcher: b, PollInterval: never}
	writer, reader := kitOn(t, store, config), kitOn(t, counted, config)
	watching(t, reader)
	until(t, "it looked at everything", func() bool { return reader.Stats().Polls == 2 }) // when it was made, and when it was connected
	system := writer.Manager().As(rolekit.System("test"))
	for _, change := range []func(context.Context, rolekit.OrgID, rolekit.UserID, rolekit.RoleID) error{system.Assign, system.Unassign, system.Assign} {
		if err := change(t.Context(), "org00", "ada", "viewer"); err != nil {
			t.Fatal(err)
		}
		if err := writer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.mu.Lock()
	messages := slices.Clone(late)
	b.deliver = func(m string) []string { return []string{m} }
	b.mu.Unlock()
	if len(messages) != 3 {
		t.Fatalf("told %q", messages)
	}
	hear := func(message string) {
		if err := b.Notify(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	hear(messages[2])
	until(t, "the last change is seen", func() bool { return allows(t, reader, "ada", "org00") })
	for range 100 {
		hear(messages[1])
		hear(messages[0])
	}
	if err := system.Assign(t.Context(), "org00", "bob", "viewer"); err != nil { // whose news come after those
		t.Fatal(err)
	}
	until(t, "what follows is seen", func() bool { return allows(t, reader, "bob", "org00") })
	if !allows(t, reader, "ada", "org00") {
		t.Error("old news brought back what was before")
	}
	if n := views.Load(); n != 4 {
		t.Errorf("the store was read %d times for news; want 2", n-2)
	}
}

// TestAStormCoalesces: who listens loads what changed often far less often.
func TestAStormCoalesces(t *testing.T) {
	t.Parallel()
	b, inner := newBus(), memstore.New()
	forest(t, inner, 3)
	gate := make(chan struct{}, 1)
	store := &hookedStore{inner, func(context.Context) error { return nil }}
	writer := kitOn(t, inner, rolekit.Config{Watcher: b, PollInterval: never})
	reader := kitOn(t, store, rolekit.Config{Watcher: b, PollInterval: never})
	store.view = func(ctx context.Context) error {
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return nil
	}
	watching(t, reader)
	until(t, "the reader listens", func() bool { return b.connected() == 1 })
	gate <- struct{}{} // for the look at everything when it is connected
	before := reader.Stats().Loads
	system := writer.Manager().As(rolekit.System("test"))
	const edits = 100
	for i := range edits {
		change := system.Assign
		if i%2 == 1 {
			change = system.Unassign
		}
		if err := change(t.Context(), "org01", "ada", "viewer"); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := system.Assign(t.Context(), "org01", "bob", "viewer"); err != nil {
		t.Fatal(err)
	}
	close(gate)
	until(t, "the last change is seen", func() bool { return allows(t, reader, "bob", "org01") })
	if loads := reader.Stats().Loads - before; loads > 5 {
		t.Errorf("%d changes of one organisation were loaded %d times", edits+1, loads)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if !strings.HasPrefix(m, "rolekit/1 org01=") {
			t.Errorf("a message tells %q", m)
		}
	}
}

// TestOwnNewsCostNothing: the kit that made a change knows it, and one that knows
// it already does not read it again.
func TestOwnNewsCostNothing(t *testing.T) {
	t.Parallel()
	b, inner := newBus(), memstore.New()
	forest(t, inner, 1)
	var views atomic.Int64
	store := &hookedStore{inner, func(context.Context) error { views.Add(1); return nil }}
	kit := kitOn(t, store, rolekit.Config{Watcher: b, PollInterval: never})
	watching(t, kit)
	until(t, "it looked at everything", func() bool { return views.Load() == 2 }) // when it was made, and when it was connected
	if err := kit.Manager().As(rolekit.System("test")).Assign(t.Context(), "org00", "ada", "viewer"); err != nil {
		t.Fatal(err)
	}
	until(t, "it heard itself", func() bool { return kit.Stats().Heard == 1 })
	if err := kit.Flush(t.Context()); err != nil || views.Load() != 2 {
		t.Errorf("%v; the store was read %d times", err, views.Load()-2)
	}
}

// TestChangesDoNotWaitForABroker that is away; it is said once, and counted.
func TestChangesDoNotWaitForABroker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := newBus()
	b.failing.Store(true)
	w = w.again(rolekit.Config{Watcher: b})
	for _, user := range []rolekit.UserID{"ada", "bob", "carol"} {
		w.assign("tom", user, "viewer")
		w.ok(w.Flush(t.Context()))
	}
	if s := w.Stats(); s.Told != 3 || s.Untold != 3 {
		t.Errorf("told %d, untold %d", s.Told, s.Untold)
	}
	if n := strings.Count(w.log.String(), "not told"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, w.log)
	}
	b.failing.Store(false)
	w.assign("tom", "dave", "viewer")
	w.ok(w.Flush(t.Context()))
	if s := w.Stats(); s.Told != 4 || s.Untold != 3 {
		t.Errorf("told %d, untold %d", s.Told, s.Untold)
	}
}

// TestAwait waits for what another kit changed, and not for what never was. Its time
// passes only while everybody waits: what there is comes in time on any machine.
func TestAwait(t *testing.T) {
	t.Parallel()
	for name, loaded := range map[string]int{"eager": 0, "lazy": fewest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { awaits(t, loaded) })
		})
	}
}

func awaits(t *testing.T, loaded int) {
	t.Helper()
	const patience = 50 * time.Millisecond
	store := memstore.New()
	forest(t, store, 30)
	writer := kitOn(t, store, rolekit.Config{})
	reader := kitOn(t, store, rolekit.Config{MaxLoaded: loaded, AwaitTimeout: patience})
	system := writer.Manager().As(rolekit.System("test"))
	// org22 is below others, whose changes count as well.
	var line []rolekit.Org
	if err := store.View(t.Context(), func(r rolekit.Reader) (err error) {
		line, err = r.Line(t.Context(), "org22")
		return err
	}); err != nil || len(line) < 2 {
		t.Fatal(line, err)
	}
	for _, at := range line {
		if err := system.Assign(t.Context(), at.ID, "ada", "viewer"); err != nil {
			t.Fatal(err)
		}
		revision, err := writer.Revision(t.Context(), "org22")
		if err != nil {
			t.Fatal(err)
		}
		if err := reader.Await(t.Context(), "org22", revision); err != nil {
			t.Fatal(err)
		}
		d, err := reader.Can(t.Context(), rolekit.Identity{User: "ada", Org: "org22", Profile: "owner"}, "invoices:read", nil)
		if err != nil || !d.Allowed || d.Revision() < revision {
			t.Errorf("after revision %d: %v at %d, %v", revision, d.Allowed, d.Revision(), err)
		}
		began := time.Now()
		isError(t, "a revision that never was", reader.Await(t.Context(), "org22", revision+1), rolekit.ErrUnavailable)
		if took := time.Since(began); took != patience {
			t.Errorf("it waited for %s, want %s", took, patience)
		}
	}
	if _, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "fresh", Creator: "ada"}); err != nil {
		t.Fatal(err)
	}
	if err := reader.Await(t.Context(), "fresh", 1); err != nil {
		t.Errorf("a new organisation: %v", err)
	}
	isError(t, "none", reader.Await(t.Context(), "nowhere", 1), rolekit.ErrOrgNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	isError(t, "an ended context", reader.Await(ctx, "fresh", 1<<40), rolekit.ErrUnavailable)
}

// TestAwaitIsNotFooledBySums: a replica that knows of a later change above, and not
// of the one below that was told of, has a revision that is high enough and lacks
// what it stands for.
func TestAwaitIsNotFooledBySums(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, loaded := range map[string]int{"eager": 0, "lazy": fewest} {
		w := newWorld(t)
		w.createOrg("tom.north", "tom", "")
		w.createOrg("tom.south", "tom", "")
		w.assign("tom.north", "ada", "viewer")
		reader := w.again(rolekit.Config{MaxLoaded: loaded})
		if !reader.can("ada", "tom.north", "invoices:read") {
			t.Fatal("denied before")
		}
		w.ok(w.system().Unassign(ctx, "tom.north", "ada", "viewer"))
		told, err := w.Revision(ctx, "tom.north")
		w.ok(err)
		w.assign("tom", "bob", "viewer")
		above, err := w.Revision(ctx, "tom.south")
		w.ok(err)
		w.ok(reader.Await(ctx, "tom.south", above)) // brings what is above
		w.ok(reader.Await(ctx, "tom.north", told))
		if reader.can("ada", "tom.north", "invoices:read") {
			t.Errorf("%s: allowed at revision %d what was revoked by it", name, told)
		}
	}
}

// TestARevisionToldIsNotTooSmall: whoever made a change knows what it read for it,
// also of what others changed above.
func TestARevisionToldIsNotTooSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	other := w.again(rolekit.Config{})
	other.assign("tom", "bob", "viewer")
	before := w.again(rolekit.Config{})
	w.assign("tom.north", "ada", "viewer")
	told, err := w.Revision(t.Context(), "tom.north")
	w.ok(err)
	if had, err := before.Revision(t.Context(), "tom.north"); err != nil || told <= had {
		t.Errorf("the change made revision %d, and was preceded by %d (%v)", told, had, err)
	}
}

// TestStaleness: past MaxStaleness, the kit says so and, where it is told to,
// denies; when the store can be read again, it goes on.
func TestStaleness(t *testing.T) {
	t.Parallel()
	for name, deny := range map[string]bool{"denies": true, "goes on": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := memstore.New()
			forest(t, inner, 1)
			var away atomic.Bool
			store := &hookedStore{inner, func(context.Context) error {
				if away.Load() {
					return errors.New("away")
				}
				return nil
			}}
			clock := clockAt(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
			kit := kitOn(t, store, rolekit.Config{Clock: clock.tell, MaxStaleness: time.Minute, DenyStale: deny})
			expect := func(what string, stale bool, age time.Duration) {
				t.Helper()
				d, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "org00"}, "invoices:read", nil)
				if deny && stale {
					isError(t, what, err, rolekit.ErrUnavailable)
				} else if err != nil || !d.Allowed {
					t.Errorf("%s: %v, %v", what, d.Allowed, err)
				}
				if h := kit.Health(); h.Stale != stale || h.Age != age {
					t.Errorf("%s: stale: %v, age %s; want %v, %s", what, h.Stale, h.Age, stale, age)
				}
			}
			expect("at the start", false, 0)
			away.Store(true)
			clock.set(clock.in(time.Minute))
			isError(t, "Refresh", kit.Refresh(t.Context()), rolekit.ErrUnavailable)
			expect("just not too old", false, time.Minute)
			clock.set(clock.in(time.Nanosecond))
			expect("too old", true, time.Minute+time.Nanosecond)
			away.Store(false)
			if err := kit.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			expect("when it is back", false, 0)
		})
	}
	_, err := rolekit.New(t.Context(), memstore.New(), rolekit.Config{Catalog: parseCatalog(t, "{}"), DenyStale: true})
	isError(t, "DenyStale without MaxStaleness", err, rolekit.ErrInvalid)
}

// joined is a transaction of an application's: one change, and its commit.
type joined struct {
	rolekit.Store

	committed []func()
}

func (j *joined) AfterCommit(fn func()) { j.committed = append(j.committed, fn) }

func (j *joined) commit() {
	for _, fn := range j.committed {
		fn()
	}
}

// TestInTheApplicationsTransaction: memory shows a change from the commit on, not
// before; where it cannot read what was committed, it denies until it can.
func TestInTheApplicationsTransaction(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	forest(t, inner, 1)
	var away atomic.Bool
	store := &hookedStore{inner, func(context.Context) error {
		if away.Load() {
			return errors.New("away")
		}
		return nil
	}}
	b := newBus()
	kit := kitOn(t, store, rolekit.Config{Watcher: b})
	in := func() (*joined, *rolekit.Manager) {
		tx := &joined{Store: inner}
		return tx, kit.Manager().As(rolekit.System("test")).In(tx)
	}
	tx, system := in()
	if err := system.Assign(t.Context(), "org00", "ada", "viewer"); err != nil {
		t.Fatal(err)
	}
	if allows(t, kit, "ada", "org00") {
		t.Error("allowed before the commit")
	}
	tx.commit()
	if !allows(t, kit, "ada", "org00") {
		t.Error("denied after the commit")
	}
	if err := kit.Flush(t.Context()); err != nil || len(b.sent) != 1 {
		t.Errorf("told %q, %v", b.sent, err)
	}

	tx, system = in()
	if err := system.Unassign(t.Context(), "org00", "ada", "viewer"); err != nil {
		t.Fatal(err)
	}
	away.Store(true)
	tx.commit()
	d, err := kit.Can(t.Context(), rolekit.Identity{User: "ada", Org: "org00", Profile: "owner"}, "invoices:read", nil)
	if isError(t, "committed, and not to be read", err, rolekit.ErrUnavailable); d.Allowed {
		t.Error("allowed by what was before")
	}
	away.Store(false)
	until(t, "it heals without Watch", func() bool {
		d, err := kit.Can(t.Context(), rolekit.Identity{User: "ada", Org: "org00", Profile: "owner"}, "invoices:read", nil)
		return err == nil && !d.Allowed
	})

	tx, system = in()
	if _, err := system.ApplyDefaults(t.Context(), rolekit.Defaults{}); err != nil {
		t.Fatal(err)
	}
	if _, err := system.ApplyDefaults(t.Context(), rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "owner", Profile: "owner", Grants: grantsOf(rolekit.RolesWrite, rolekit.MembersWrite)}}}); err != nil {
		t.Fatal(err)
	}
	if !allows(t, kit, "olga", "org00") {
		t.Error("denied before the commit")
	}
	away.Store(true)
	tx.commit()
	_, err = kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "org00"}, "invoices:read", nil)
	isError(t, "default roles committed, and not to be read", err, rolekit.ErrUnavailable)
	away.Store(false)
	if err := kit.Refresh(t.Context()); err != nil || allows(t, kit, "olga", "org00") {
		t.Errorf("when they are back: %v", err)
	}
}

// seenStore calls after when a View has read, before it ends.
type seenStore struct {
	rolekit.Store

	after func() error
}

func (s *seenStore) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return errors.Join(s.Store.View(ctx, fn), s.after())
}

// TestWhatIsCommittedWhileItHeals, and cannot be read, heals as well: who reads until
// that succeeds had read already.
func TestWhatIsCommittedWhileItHeals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		forest(t, inner, 1)
		store := &seenStore{inner, func() error { return nil }}
		kit := kitOn(t, store, rolekit.Config{})
		commit := func(change func(*rolekit.Manager) error) {
			tx := &joined{Store: inner}
			if err := change(kit.Manager().As(rolekit.System("test")).In(tx)); err != nil {
				t.Error(err)
			}
			tx.commit()
		}
		away := errors.New("away")
		views := 0
		store.after = func() error {
			switch views++; views {
			case 1, 3: // what each commit reads
				return away
			case 2: // what heals the first
				commit(func(m *rolekit.Manager) error { return m.Unassign(t.Context(), "org00", "ada", "viewer") })
			}
			return nil
		}
		commit(func(m *rolekit.Manager) error { return m.Assign(t.Context(), "org00", "ada", "viewer") })
		time.Sleep(time.Minute) // of the bubble
		if allows(t, kit, "ada", "org00") || views != 4 {
			t.Errorf("allowed, or read %d times; want denied, by the fourth", views)
		}
	})
}

// TestInTheApplicationsTransactionNothingLeaks: there, memory is not asked first,
// and a stranger learns no more than else.
func TestInTheApplicationsTransactionNothingLeaks(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	forest(t, store, 2)
	kit := kitOn(t, store, rolekit.Config{})
	ctx := t.Context()
	if _, err := kit.Manager().As(rolekit.System("test")).CreateOrg(ctx, rolekit.NewOrg{ID: "org00.part", Parent: "org00"}); err != nil {
		t.Fatal(err)
	}
	before := adaptertest.Dump(t, store)
	for _, actor := range []rolekit.Actor{{User: "stranger"}, {}} {
		want := error(rolekit.ErrPermissionDenied)
		if actor.User == "" {
			want = rolekit.ErrUnauthenticated
		}
		m := kit.Manager().As(actor).In(&joined{Store: store})
		for _, org := range []rolekit.OrgID{"org00", "nowhere"} {
			_, create := m.CreateOrg(ctx, rolekit.NewOrg{ID: "fresh", Parent: org})
			_, role := m.CreateRole(ctx, org, rolekit.RoleSpec{ID: "fresh", Profile: "owner"})
			_, set := m.PutSet(ctx, org, rolekit.SetSpec{ID: "fresh"}, 0)
			for what, err := range map[string]error{
				"CreateOrg": create, "CreateRole": role, "PutSet": set,
				"Assign": m.Assign(ctx, org, "stranger", "owner"), "DeleteOrg": m.DeleteOrg(ctx, org, rolekit.DeleteOptions{}),
				"MoveOrg": moved(m.MoveOrg(ctx, org, "org01", 0)), "MoveOrg to": moved(m.MoveOrg(ctx, "org01", org, 0)),
				"MoveOrg to where it is": moved(m.MoveOrg(ctx, "org00.part", "org00", 0)),
			} {
				isError(t, what+" "+string(org)+" as "+actor.String(), err, want)
			}
		}
	}
	same(t, "the store", before, adaptertest.Dump(t, store))
}

// TestInTheApplicationsTransactionNothingElseIsAsked: a change asks the transaction
// alone, and not the store beside it, whose pool may have no connection left.
func TestInTheApplicationsTransactionNothingElseIsAsked(t *testing.T) {
	t.Parallel()
	inner := memstore.New()
	orgs := forest(t, inner, 3)
	ctx := t.Context()
	var away atomic.Bool
	store := &hookedStore{inner, func(context.Context) error {
		if away.Load() {
			return errors.New("there is no connection left")
		}
		return nil
	}}
	for name, change := range map[string]func(*rolekit.Manager) error{
		"Assign": func(m *rolekit.Manager) error { return m.Assign(ctx, orgs[1], "ada", "viewer") },
		"CreateOrg": func(m *rolekit.Manager) error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "fresh"})
			return err
		},
		"CreateOrg below": func(m *rolekit.Manager) error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "part", Parent: orgs[1]})
			return err
		},
		"MoveOrg": func(m *rolekit.Manager) error {
			return errors.Join(moved(m.MoveOrg(ctx, orgs[1], orgs[0], 0)), moved(m.MoveOrg(ctx, orgs[1], "", 0)))
		},
		"DeleteOrg": func(m *rolekit.Manager) error { return m.DeleteOrg(ctx, orgs[2], rolekit.DeleteOptions{}) },
	} {
		kit := kitOn(t, store, rolekit.Config{MaxLoaded: fewest, Operators: orgs[0]}) // which has loaded nothing yet
		tx := &joined{Store: inner}
		away.Store(true)
		if err := change(kit.Manager().As(rolekit.Actor{User: "olga"}).In(tx)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		away.Store(false)
	}
}
