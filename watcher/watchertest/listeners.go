package watchertest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

func listenerTests() []watcherTest {
	return []watcherTest{
		{"Listening leaves nothing behind", nothingLeft},
		{"Listening with an ended context", endedListening},
		{"A quiet connection is tested", quiet},
		{"A slow listener holds up nobody", slow},
		{"Concurrent use", concurrent},
	}
}

func nothingLeft(w *world) {
	line := w.throughLine()
	watcher := w.open()
	w.notify(watcher, "now what sending needs is there")
	before := line.open.Load()
	for range 3 {
		e := w.connected(watcher)
		w.notify(watcher, "message")
		e.hears("message")
		e.end()
		w.until("no goroutine is left", func() bool { return goroutines() == "" })
	}
	w.until(fmt.Sprintf("%d connections are left", before), func() bool { return line.open.Load() == before })
}

// goroutines returns the stacks of those that run in a watcher.
func goroutines() string {
	buffer := make([]byte, 1<<20)
	var left []string
	for stack := range strings.SplitSeq(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		if strings.Contains(stack, "rolekit/watcher/") && !strings.Contains(stack, "testing.tRunner") && !strings.Contains(stack, "watchertest.(*line)") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

func endedListening(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	err := w.open().Listen(ctx,
		func(message string) { w.Errorf("heard %q after the context had ended", message) },
		func(err error) { w.Errorf("lost after the context had ended: %v", err) })
	if err != nil {
		w.Errorf("Listen with an ended context: %v", err)
	}
}

// A test of the connection is seen on the line, and by nobody else.
func quiet(w *world) {
	sender := w.open()
	line := w.throughLine()
	e := w.connected(w.open())
	for range 3 {
		sent := line.sent.Load()
		w.until("the connection is tested", func() bool { return line.sent.Load() > sent })
	}
	w.notify(sender, "still here")
	e.hears("still here")
	e.lostNothing()
}

func slow(w *world) {
	watcher := w.open()
	gate := make(chan struct{})
	e := &ear{w: w, heard: make(chan string, 10_000)}
	e.begin(watcher, func(message string) { e.heard <- message; <-gate }, func(error) {})
	e.hears("")
	const messages = 1500
	w.storm(1, messages) // would not end if it waited for the listener
	close(gate)
	for want := range messages {
		message := e.next()
		if message == "" {
			w.Log("some were missed, and that was said")
			break
		}
		if message != fmt.Sprintf("0/%d", want) {
			w.Fatalf("heard %q, want message %d, or an empty one in place of some", message, want)
		}
	}
	w.notify(watcher, "after")
	e.hearsAtLast("after")
}

func concurrent(w *world) {
	watcher := w.open()
	const listeners, senders = 4, 4
	var ears []*ear
	for range listeners {
		ears = append(ears, w.listen(watcher))
	}
	for _, e := range ears {
		e.hears("")
	}
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			if err := watcher.Notify(w.Context(), fmt.Sprint("from ", i)); err != nil {
				w.Errorf("Notify: %v", err)
			}
		})
	}
	sending.Wait()
	for _, e := range ears {
		all := map[string]bool{}
		for range senders {
			all[e.next()] = true
		}
		if len(all) != senders {
			w.Errorf("heard %v, want one of each sender", all)
		}
	}
}
