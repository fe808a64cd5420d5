package watchertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rolekit/rolekit"
)

func messageTests() []watcherTest {
	return []watcherTest{
		{"Everyone hears everything", everyone},
		{"What is sent once connected is heard", onceConnected},
		{"Messages arrive whole", whole},
		{"Channels are apart", apart},
		{"A storm arrives in order", storm},
		{"An ended context", endedContext},
		{"Latency", latency},
	}
}

func everyone(w *world) {
	watchers := []rolekit.Watcher{w.open(), w.open(), w.open()}
	var ears []*ear
	for _, watcher := range watchers {
		ears = append(ears, w.connected(watcher), w.connected(watcher))
	}
	for i, watcher := range watchers {
		message := fmt.Sprint("from ", i)
		w.notify(watcher, message)
		for _, e := range ears {
			e.hears(message)
			e.lostNothing()
		}
	}
}

func onceConnected(w *world) {
	here, there := w.open(), w.open()
	for i := range 20 {
		e := w.connected(here)
		message := fmt.Sprint("message ", i)
		w.notify(there, message)
		e.hears(message)
		e.end()
	}
}

func whole(w *world) {
	watcher := w.open()
	e := w.connected(watcher)
	for _, message := range []string{
		"", // what is heard when connected, too: look at everything
		"rolekit/1 tom=17 jack=18",
		"Zürich Ωμέγα 🌱 \u200fעברית",
		"' \" \\ $1 %s %00 \r\n\t;--",
		strings.Repeat("é", 2000), // 4000 bytes, the longest that a kit sends
		strings.Repeat("x", 4000),
	} {
		w.notify(watcher, message)
		e.hears(message)
	}
	e.lostNothing()
}

func apart(w *world) {
	other := &world{w.T, w.transport, w.url, channel()}
	here, there := w.open(), other.open()
	hereEar, thereEar := w.connected(here), other.connected(there)
	w.notify(there, "there")
	w.notify(here, "here")
	hereEar.hears("here")
	thereEar.hears("there")
	w.notify(there, "there again")
	thereEar.hears("there again")
}

func storm(w *world) {
	const senders, each = 2, 500
	e := w.connected(w.open())
	w.storm(senders, each)
	var next [senders]int
	for range senders * each {
		message := e.next()
		if message == "" {
			w.Log("some were missed, and that was said")
			return
		}
		var sender, number int
		if _, err := fmt.Sscanf(message, "%d/%d", &sender, &number); err != nil {
			w.Fatalf("heard %q", message)
		}
		if number != next[sender] {
			w.Fatalf("sender %d: heard message %d, want %d", sender, number, next[sender])
		}
		next[sender]++
	}
	e.lostNothing()
}

// storm sends from several processes at once, and returns when all is sent.
func (w *world) storm(senders, each int) {
	var sending sync.WaitGroup
	for sender := range senders {
		watcher := w.open()
		sending.Go(func() {
			for i := range each {
				if err := watcher.Notify(w.Context(), fmt.Sprintf("%d/%d", sender, i)); err != nil {
					w.Errorf("Notify: %v", err)
					return
				}
			}
		})
	}
	sending.Wait()
}

func endedContext(w *world) {
	watcher := w.open()
	e := w.connected(watcher)
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	err := watcher.Notify(ctx, "too late")
	if _, ok := errors.AsType[*rolekit.Error](err); !ok || !errors.Is(err, context.Canceled) {
		w.Errorf("Notify with an ended context: %v, want a *rolekit.Error that says so", err)
	}
	w.notify(watcher, "in time")
	e.hears("in time")
}

// latency prints how long it takes from Notify to heard. It asserts nothing:
// machines differ.
func latency(w *world) {
	const messages = 1000
	from := w.open()
	e := w.connected(w.open())
	took := make([]time.Duration, messages)
	for i := range took {
		message := strconv.Itoa(i)
		start := time.Now()
		w.notify(from, message)
		e.hears(message)
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	w.Logf("%d messages, from Notify to heard: p50 %s, p99 %s, longest %s", messages,
		took[messages/2].Round(time.Microsecond), took[messages*99/100].Round(time.Microsecond), took[messages-1].Round(time.Microsecond))
}
