// Package watchertest is the suite that every [rolekit.Watcher] must pass: the
// rules in the comments of the interface, and what becomes of a watcher whose
// server goes away. A watcher's own test calls [Run].
package watchertest

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// patience is how long the suite waits for what must happen. Most of it comes
// within milliseconds, and a dead peer is noticed within six seconds.
const patience = 30 * time.Second

// promptly is how long what waits for nobody may take. It is less than what a
// client waits for a server by itself.
const promptly = 3 * time.Second

// Transport is what the suite needs to know of a kind of watchers.
type Transport struct {
	// URL leads to a server that other tests may use at the same time.
	URL string
	// Open returns a watcher on the channel as another process would have it,
	// on connections of its own that are closed when the test ends. It should
	// test a quiet connection each tenth of a second, and give up one that
	// does not answer within six.
	Open func(t *testing.T, url, channel string) rolekit.Watcher
	// Start starts a server that no other test uses.
	Start func(t *testing.T) Server
}

// Server is a running server. It is started again under the same URL after it
// was stopped, or killed without a chance to say goodbye. Each returns when that
// is done.
type Server struct {
	URL               string
	Stop, Kill, Start func()
}

// Run runs the suite.
func Run(t *testing.T, transport Transport) {
	t.Helper()
	for _, test := range slices.Concat(messageTests(), listenerTests(), casbinTests(), faultTests()) {
		t.Run(test.name, func(t *testing.T) { test.run(&world{t, transport, transport.URL, channel()}) })
	}
}

type watcherTest struct {
	name string
	run  func(*world)
}

// world is a test with a channel of its own on a server.
type world struct {
	*testing.T

	transport Transport
	url       string
	channel   string
}

// open returns a watcher, as another process would have it.
func (w *world) open() rolekit.Watcher { //nolint:ireturn // it is whatever is tested
	w.Helper()
	return w.transport.Open(w.T, w.url, w.channel)
}

// channel returns a name that no other test has, and every server takes.
func channel() string { return "rolekit_test_" + strings.ToLower(rand.Text()) }

func (w *world) ok(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

func (w *world) notify(from rolekit.Watcher, message string) {
	w.Helper()
	w.ok("Notify", from.Notify(w.Context(), message))
}

// until asks until the answer is yes, where nothing tells when it is.
func (w *world) until(what string, yes func() bool) {
	w.Helper()
	deadline := time.After(patience)
	for !yes() {
		select {
		case <-deadline:
			w.Fatalf("not within %s: %s", patience, what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
