package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

// everybody is whom the demonstration knows, and a stranger.
func everybody() []rolekit.UserID {
	return []rolekit.UserID{"ada", "ana", "bob", "lea", "mara", "otto", "rae", "zoe", "stranger"}
}

// world is the app, served on a port of its own.
type world struct {
	t      *testing.T
	app    *app
	url    string
	secret []byte
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, secret: []byte(strings.Repeat("s", 32))}
	var err error
	w.app, err = newApp(t.Context(), config{
		Database: filepath.Join(t.TempDir(), "reports.db"), Secret: w.secret, Logger: slog.New(slog.DiscardHandler),
	})
	w.done(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback answers at once
	w.done(err)
	server := &http.Server{Handler: w.app.Engine, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it ends when the test does
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
		if err := w.app.Close(); err != nil {
			t.Error(err)
		}
	})
	w.url = "http://" + listener.Addr().String()
	return w
}

func (w *world) done(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// manages acts as a user through the kit's Manager.
func (w *world) manages(user rolekit.UserID) *rolekit.Manager {
	return w.app.Kit.Manager().As(rolekit.Actor{User: user})
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
	w.done(err)
	if user != "" {
		token, err := sign(w.secret, user, time.Now().Add(time.Hour))
		w.done(err)
		request.Header.Set("Authorization", "Bearer "+token)
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

// takes checks the status of an answer, and that a refusal is a problem.
func (w *world) takes(user rolekit.UserID, method, path, body string, want int) answer {
	w.t.Helper()
	got := w.ask(user, method, path, body)
	if got.status != want {
		w.t.Errorf("%s %s as %q answered %d %s; want %d", method, path, user, got.status, got.body, want)
	}
	if got.status >= 400 && got.kind != "application/problem+json" {
		w.t.Errorf("%s %s as %q: the refusal is a %q", method, path, user, got.kind)
	}
	return got
}

// listed returns the ids that a list shows; none where it is refused.
func (w *world) listed(user rolekit.UserID, path string) []string {
	w.t.Helper()
	got := w.ask(user, "GET", path, "")
	if got.status == http.StatusForbidden {
		return nil
	}
	var rows []Row
	if err := json.Unmarshal([]byte(got.body), &rows); err != nil || got.status != http.StatusOK {
		w.t.Fatalf("GET %s as %s: %d %s: %v", path, user, got.status, got.body, err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = string(r.ID)
	}
	return ids
}

// agrees checks, for everybody and everything there is, that the lists show
// just what can be got one by one, and returns how many rows were seen.
func (w *world) agrees() (seen int) {
	w.t.Helper()
	for table, model := range map[string]any{"projects": &Project{}, "reports": &Report{}} {
		for _, org := range []rolekit.OrgID{acme, globex} {
			var all []string
			w.done(w.app.db.Model(model).Where("org = ?", org).Order("id").Pluck("id", &all).Error)
			for _, user := range everybody() {
				path := fmt.Sprintf("/orgs/%s/%s", org, table)
				list := w.listed(user, path)
				for _, id := range all {
					one := w.ask(user, "GET", path+"/"+id, "")
					if one.status != 200 && one.status != 403 {
						w.t.Fatalf("%s gets %s/%s: %d %s", user, path, id, one.status, one.body)
					}
					if in := slices.Contains(list, id); in != (one.status == 200) {
						w.t.Errorf("%s gets %s/%s: %d; in the list: %v", user, path, id, one.status, in)
					}
				}
				seen += len(list)
			}
		}
	}
	return seen
}
