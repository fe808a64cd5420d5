package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // as main does
	os.Exit(m.Run())
}

// world is the app, served on a port of its own.
type world struct {
	t      *testing.T
	app    *app
	url    string
	file   string // the database
	secret []byte
	clock  *clock
}

// clock is a time that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, time.April, 1, 9, 0, 0, 0, time.UTC)} }

// Now returns the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set moves the time.
func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func newTestApp(t *testing.T, database string, secret []byte, now func() time.Time) *app {
	t.Helper()
	a, err := newApp(t.Context(), config{Clock: now, Database: database, Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// open serves the app on a port that is free.
func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, secret: []byte(strings.Repeat("s", 32)), clock: newClock()}
	w.file = filepath.Join(t.TempDir(), "lawncare.db")
	w.app = newTestApp(t, w.file, w.secret, w.clock.Now)
	w.url = w.serve(w.app.Engine)
	return w
}

// serve serves until the test ends and returns where.
func (w *world) serve(handler http.Handler) string {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback answers at once
	if err != nil {
		w.t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends when the test does
	}()
	w.t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

// in returns the same world for a part of the test.
func (w *world) in(t *testing.T) *world {
	t.Helper()
	part := *w
	part.t = t
	return &part
}

// answer is what came back.
type answer struct {
	status int
	kind   string // the media type
	body   string
}

// ask sends a request as a user; as nobody where user is empty.
func (w *world) ask(user rolekit.UserID, method, path, body string) answer {
	w.t.Helper()
	return w.askAs("", user, method, path, body)
}

// askAs is ask as one of the user's profiles.
func (w *world) askAs(profile rolekit.ProfileID, user rolekit.UserID, method, path, body string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if user != "" {
		token, err := sign(w.secret, user, w.clock.Now().Add(time.Hour))
		if err != nil {
			w.t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if profile != "" {
		request.Header.Set("X-Profile", string(profile))
	}
	if method == http.MethodPatch || method == http.MethodDelete || strings.HasSuffix(path, "/permissions") {
		request.Header.Set("If-Match", "*") // whatever others did
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return send(w.t, request)
}

func send(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read to its end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(body)}
}

// step is a request in a story.
type step struct {
	story        string
	user         rolekit.UserID
	profile      rolekit.ProfileID // that the request names; mostly none
	method, path string
	body         string
	status       int
	has          []string // texts that the answer holds
	lacks        []string // texts that it must not hold
}

func (w *world) take(s step) {
	w.t.Helper()
	got := w.askAs(s.profile, s.user, s.method, s.path, s.body)
	if got.status != s.status {
		w.t.Errorf("%s: %s %s as %q answered %d %s; want %d", s.story, s.method, s.path, s.user, got.status, got.body, s.status)
	}
	if got.status >= 400 && got.kind != "application/problem+json" {
		w.t.Errorf("%s: the refusal is a %q", s.story, got.kind)
	}
	for _, text := range s.has {
		if !strings.Contains(got.body, text) {
			w.t.Errorf("%s: the answer lacks %s: %s", s.story, text, got.body)
		}
	}
	for _, text := range s.lacks {
		if strings.Contains(got.body, text) {
			w.t.Errorf("%s: the answer shows %s: %s", s.story, text, got.body)
		}
	}
}
