package watcher_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"

	"github.com/rolekit/rolekit/watcher"
)

var errGone = errors.New("gone")

// wire is a watcher whose listener is told what a test says.
type wire struct {
	heard func(string)
	lost  func(error)
	fails error
	begin func(*wire) // when somebody listens

	mu   sync.Mutex
	sent []string
}

func (w *wire) Notify(ctx context.Context, message string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, message)
	if w.heard != nil {
		w.heard(message) // as every sender does
	}
	return ctx.Err()
}

func (w *wire) Listen(ctx context.Context, heard func(string), lost func(error)) error {
	if w.fails != nil {
		return w.fails
	}
	w.heard, w.lost = heard, lost
	w.begin(w)
	<-ctx.Done()
	return nil
}

func connects(w *wire) { w.heard("") }

// An enforcer has what was written before it listened, and gets what is written
// later.
func TestEnforcerReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := model.NewModelFromString("[request_definition]\nr = sub, obj\n[policy_definition]\np = sub, obj\n" +
			"[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.sub == p.sub && r.obj == p.obj")
		if err != nil {
			t.Fatal(err)
		}
		stored := &rules{}
		enforcer, err := casbin.NewEnforcer(m, stored)
		if err != nil {
			t.Fatal(err)
		}
		may := func(who string) {
			t.Helper()
			if ok, err := enforcer.Enforce(who, "invoices"); err != nil || !ok {
				t.Errorf("%s: %t, %v; want true", who, ok, err)
			}
		}
		stored.add("alice")
		here := &wire{begin: connects}
		w := watcher.Casbin(here, watcher.Config{})
		if err := enforcer.SetWatcher(w); err != nil {
			t.Fatal(err)
		}
		may("alice") // written between loading and listening
		stored.add("bob")
		here.heard("rolekit/1 tom=17")
		synctest.Wait()
		may("bob")
		loaded := stored.loaded
		if _, err := enforcer.AddPolicy("carol", "invoices"); err != nil || len(here.sent) != 1 {
			t.Errorf("others are told %q: %v", here.sent, err)
		}
		synctest.Wait()
		if stored.loaded != loaded {
			t.Error("an enforcer reloads after its own change")
		}
		w.Close()
	})
}

// rules is an adapter for an enforcer.
type rules struct {
	persist.Adapter

	who    []string
	loaded int
}

func (r *rules) add(who string) { r.who = append(r.who, who) }

func (r *rules) LoadPolicy(m model.Model) error {
	r.loaded++
	for _, who := range r.who {
		if err := persist.LoadPolicyLine("p, "+who+", invoices", m); err != nil {
			return err
		}
	}
	return nil
}

func (r *rules) AddPolicy(_, _ string, rule []string) error {
	r.add(rule[0])
	return nil
}

func TestNoConnectionYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost []error
		var calls []string
		here := &wire{begin: func(w *wire) { w.lost(errGone) }}
		w := watcher.Casbin(here, watcher.Config{Lost: func(err error) { lost = append(lost, err) }})
		if err := w.SetUpdateCallback(func(message string) { calls = append(calls, message) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(lost, []error{errGone}) || len(calls) > 0 {
			t.Errorf("lost %v, called with %q", lost, calls)
		}
		here.heard("")
		synctest.Wait()
		if !slices.Equal(calls, []string{""}) {
			t.Errorf("called with %q once connected", calls)
		}
		w.Close()
	})
}

func TestListeningCannotBe(t *testing.T) {
	var lost []error
	w := watcher.Casbin(&wire{fails: errGone}, watcher.Config{Lost: func(err error) { lost = append(lost, err) }})
	defer w.Close()
	for range 2 {
		if err := w.SetUpdateCallback(func(string) { t.Error("called") }); !errors.Is(err, errGone) {
			t.Errorf("got %v", err)
		}
	}
	if !slices.Equal(lost, []error{errGone}) {
		t.Errorf("lost %v", lost)
	}
}

// A storm is one more reload, not a thousand.
func TestWhatComesMeanwhileIsOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := &wire{begin: connects}
		w := watcher.Casbin(here, watcher.Config{})
		var calls []string
		err := w.SetUpdateCallback(func(message string) {
			time.Sleep(time.Second)
			calls = append(calls, message)
		})
		if err != nil {
			t.Fatal(err)
		}
		here.heard("one")
		synctest.Wait() // so that it is called
		for range 1000 {
			here.heard("more")
		}
		time.Sleep(time.Minute)
		here.heard("after")
		time.Sleep(time.Minute)
		w.Close()
		if want := []string{"", "one", "", "after"}; !slices.Equal(calls, want) {
			t.Errorf("called with %q, want %q", calls, want)
		}
	})
}

func TestAnotherCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := &wire{begin: connects}
		w := watcher.Casbin(here, watcher.Config{})
		var first, second []string
		for _, calls := range []*[]string{&first, &second} {
			if err := w.SetUpdateCallback(func(message string) { *calls = append(*calls, message) }); err != nil {
				t.Fatal(err)
			}
		}
		here.heard("message")
		synctest.Wait()
		if !slices.Equal(first, []string{""}) || !slices.Equal(second, []string{"message"}) {
			t.Errorf("first called with %q, second with %q", first, second)
		}
		w.Close()
	})
}

// After Close has returned, what the callback uses may be closed too.
func TestCloseWaits(t *testing.T) {
	for range 20 { // what is left to chance goes wrong in one of them
		synctest.Test(t, closeWaits)
	}
}

func closeWaits(t *testing.T) {
	t.Helper()
	here := &wire{begin: connects}
	w := watcher.Casbin(here, watcher.Config{})
	running, calls := false, 0
	err := w.SetUpdateCallback(func(string) {
		running = true
		time.Sleep(time.Second)
		running = false
		calls++
	})
	if err != nil {
		t.Fatal(err)
	}
	here.heard("message")
	synctest.Wait()
	here.heard("another")
	w.Close()
	if running || calls != 2 {
		t.Errorf("after Close: running %t, %d calls, want 2", running, calls)
	}
	w.Close() // a second time does nothing
	if w.Update() == nil || w.SetUpdateCallback(func(string) {}) == nil {
		t.Error("a closed watcher can be used")
	}
}
