package watchertest

import (
	"testing"
	"time"

	"github.com/casbin/casbin/v2/persist"

	"github.com/rolekit/rolekit/watcher"
)

func casbinTests() []watcherTest {
	return []watcherTest{
		{"Casbin programs hear each other", casbinHearsCasbin},
		{"A Casbin program and a kit hear each other", casbinHearsKit},
	}
}

// enforcer stands for another Casbin program.
type enforcer struct {
	persist.Watcher

	calls chan string // what the callback was called with
}

func (w *world) enforcer() enforcer {
	w.Helper()
	e := enforcer{
		watcher.Casbin(w.open(), watcher.Config{Lost: func(err error) { w.Errorf("lost: %v", err) }}),
		make(chan string, 100),
	}
	w.Cleanup(e.Close)
	w.ok("SetUpdateCallback", e.SetUpdateCallback(func(message string) { e.calls <- message }))
	if len(e.calls) == 0 {
		w.Error("what changed before listening is not reloaded when SetUpdateCallback returns")
	} else if message := <-e.calls; message != "" {
		w.Errorf("first called with %q", message)
	}
	return e
}

// called waits for the callback.
func (e enforcer) called(t testing.TB) string {
	t.Helper()
	select {
	case message := <-e.calls:
		return message
	case <-time.After(patience):
		t.Fatal("the callback is not called")
		return ""
	}
}

func casbinHearsCasbin(w *world) {
	here, there, third := w.enforcer(), w.enforcer(), w.enforcer()
	w.ok("Update", here.Update())
	sent := there.called(w)
	w.ok("Update", there.Update())
	if message := here.called(w); message == sent {
		w.Errorf("an enforcer hears of its own update, %q", message)
	}
	third.called(w)

	here.Close()
	if here.Update() == nil {
		w.Error("a closed watcher sends")
	}
	if here.SetUpdateCallback(func(string) {}) == nil {
		w.Error("a closed watcher listens")
	}
	w.ok("Update", third.Update())
	there.called(w)
	if len(here.calls) > 0 {
		w.Errorf("called after Close, with %q", <-here.calls)
	}
}

func casbinHearsKit(w *world) {
	kit := w.open()
	e, other := w.connected(kit), w.enforcer()
	const message = "rolekit/1 tom=17"
	w.notify(kit, message)
	e.hears(message)
	if got := other.called(w); got != message {
		w.Errorf("the callback is called with %q, want %q", got, message)
	}
	w.ok("Update", other.Update())
	if got := e.next(); got == "" || got == message {
		w.Errorf("a kit hears %q of another's update", got)
	}
}
