package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
	secret []byte
}

func newTestApp(t *testing.T, database string, secret []byte) *app {
	t.Helper()
	a, err := newApp(t.Context(), config{Database: database, Secret: secret, Logger: slog.New(slog.DiscardHandler)})
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
	w := &world{t: t, secret: []byte(strings.Repeat("s", 32))}
	w.app = newTestApp(t, filepath.Join(t.TempDir(), "lawncare.db"), w.secret)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback answers at once
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: w.app.Engine, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends when the test does
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	w.url = "http://" + listener.Addr().String()
	return w
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
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if user != "" {
		token, err := sign(w.secret, user, time.Now().Add(time.Hour))
		if err != nil {
			w.t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
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
	method, path string
	body         string
	status       int
	has          []string // texts that the answer holds
	lacks        []string // texts that it must not hold
}

func (w *world) take(s step) {
	w.t.Helper()
	got := w.ask(s.user, s.method, s.path, s.body)
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
