package watchertest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rolekit/rolekit"
)

// ear is somebody who listens.
type ear struct {
	w     *world
	heard chan string
	lost  chan error
	ended chan error
	stop  context.CancelFunc
}

// listen begins to listen. It ends with the test.
func (w *world) listen(to rolekit.Watcher) *ear {
	w.Helper()
	e := &ear{w: w, heard: make(chan string, 10_000), lost: make(chan error, 100)}
	var inside atomic.Int32
	alone := func(do func()) {
		if inside.Add(1) > 1 {
			w.Error("heard and lost are called at the same time")
		}
		do()
		inside.Add(-1)
	}
	e.begin(to,
		func(message string) { alone(func() { e.heard <- message }) },
		func(err error) { alone(func() { e.lost <- err }) })
	return e
}

func (e *ear) begin(to rolekit.Watcher, heard func(string), lost func(error)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(e.w.Context()))
	e.stop, e.ended = stop, make(chan error, 1)
	go func() { e.ended <- to.Listen(ctx, heard, lost) }()
	e.w.Cleanup(e.end)
}

// connected begins to listen, and waits until that is so.
func (w *world) connected(to rolekit.Watcher) *ear {
	w.Helper()
	e := w.listen(to)
	e.hears("")
	return e
}

// end stops listening, which must be without an error.
func (e *ear) end() {
	e.w.Helper()
	e.stop()
	select {
	case err := <-e.ended:
		if err != nil {
			e.w.Errorf("Listen returned %v when its context ended", err)
		}
		e.ended <- nil
	case <-time.After(promptly):
		e.w.Fatal("Listen does not end with its context")
	}
}

// next waits for the next message.
func (e *ear) next() string {
	e.w.Helper()
	select {
	case message := <-e.heard:
		return message
	case err := <-e.ended:
		e.ended <- err
		e.w.Fatalf("listening ended: %v", err)
	case <-time.After(patience):
		e.w.Fatal("nothing is heard")
	}
	return ""
}

// hears waits for messages, in that order and with none between them.
func (e *ear) hears(messages ...string) {
	e.w.Helper()
	for _, want := range messages {
		if got := e.next(); got != want {
			e.w.Fatalf("heard %.100q, want %.100q", got, want)
		}
	}
}

// hearsAtLast waits for a message behind others.
func (e *ear) hearsAtLast(message string) {
	e.w.Helper()
	for e.next() != message { //nolint:revive // next fails when nothing comes
	}
}

// loses waits until the connection is reported as gone.
func (e *ear) loses() {
	e.w.Helper()
	select {
	case err := <-e.lost:
		if err == nil {
			e.w.Fatal("lost is called without a reason")
		}
		e.w.Logf("lost: %v", err)
	case err := <-e.ended:
		e.ended <- err
		e.w.Fatalf("listening ended: %v", err)
	case <-time.After(patience):
		e.w.Fatal("it is not noticed that the connection is gone")
	}
}

// lostNothing checks that nothing more was reported as gone.
func (e *ear) lostNothing() {
	e.w.Helper()
	select {
	case err := <-e.lost:
		e.w.Errorf("lost is called: %v", err)
	default:
	}
}
