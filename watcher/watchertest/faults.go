package watchertest

import (
	"context"
	"errors"
	"time"

	"github.com/rolekit/rolekit"
)

func faultTests() []watcherTest {
	return []watcherTest{
		{"A peer that falls silent is noticed", silent},
		{"A server that is stopped and started again", restart},
		{"A server that is not there yet", notYet},
	}
}

func silent(w *world) {
	line := w.throughLine()
	watcher := w.open()
	e := w.connected(watcher)
	w.notify(watcher, "before")
	e.hears("before")
	before := line.open.Load()

	line.hold.Lock()
	w.notNotified(watcher, 100*time.Millisecond)
	e.loses()
	line.hold.Unlock()
	e.isBack(watcher)
	w.until("the old connections are closed", func() bool { return line.open.Load() <= before })
}

func restart(w *world) {
	server := w.private()
	watcher := w.open()
	e := w.connected(watcher)
	for _, end := range []func(){server.Stop, server.Kill} {
		w.notify(watcher, "before")
		e.hears("before")
		end()
		e.loses()
		w.notNotified(watcher, patience)
		server.Start()
		e.isBack(watcher)
	}
}

func notYet(w *world) {
	server := w.private()
	server.Stop()
	watcher := w.open()
	e := w.listen(watcher)
	e.loses()
	w.notNotified(watcher, patience)
	server.Start()
	e.isBack(watcher)
}

// private lets watchers that are opened from now on use a server of their own.
func (w *world) private() Server {
	w.Helper()
	server := w.transport.Start(w.T)
	w.url = server.URL
	return server
}

// notNotified checks that Notify fails, and soon after its context ended if not
// before.
func (w *world) notNotified(watcher rolekit.Watcher, within time.Duration) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), within)
	defer cancel()
	start := time.Now()
	if err := watcher.Notify(ctx, "meanwhile"); !errors.Is(err, rolekit.ErrUnavailable) {
		w.Errorf("Notify meanwhile: %v, want an error like %q", err, rolekit.ErrUnavailable)
	}
	if took := time.Since(start); took > within+promptly {
		w.Errorf("Notify took %s with a context of %s", took, within)
	}
}

// isBack waits until news flow again after an outage, of which lost told once.
func (e *ear) isBack(watcher rolekit.Watcher) {
	e.w.Helper()
	start := time.Now()
	e.hearsAtLast("") // after what was late
	e.w.Logf("connected again after %s", time.Since(start).Round(time.Millisecond))
	e.w.until("Notify works again", func() bool { return watcher.Notify(e.w.Context(), "after") == nil })
	e.hearsAtLast("after")
	e.lostNothing()
}
