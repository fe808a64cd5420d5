package api_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
)

const secret = "password=hunter2"

// Whatever goes wrong on our side, the client is not told what, and the log is.
func TestNothingInternalIsTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  func() error
		status int
		code   string
	}{
		{"the store fails", func() error { return errors.New("dial tcp 10.0.0.7: " + secret) }, 503, "unavailable"},
		{"the store panics", func() error { panic("nil pointer at " + secret) }, 500, "internal"},
	} {
		for request, body := range map[string]string{
			"GET /v1/orgs/tom/audit":              "",
			"POST /v1/orgs/tom/roles":             `{"id":"x","profile":"worker"}`,
			"PATCH /v1/orgs/tom/roles/bookkeeper": `{"label":"X"}`,
			"DELETE /v1/orgs/tom":                 "",
		} {
			t.Run(c.name+" "+request, func(t *testing.T) {
				w := newWorld(t)
				before := w.dump()
				w.store.set(c.fault)
				a := w.ask(admin, request, body)
				if p := isProblem(t, a); a.status != c.status || p["code"] != c.code {
					t.Errorf("%d %s", a.status, a.body)
				}
				if strings.Contains(a.body, "hunter2") || strings.Contains(a.body, "10.0.0.7") || strings.Contains(a.body, "goroutine") {
					t.Errorf("tells too much: %s", a.body)
				}
				if !strings.Contains(w.log.String(), "hunter2") {
					t.Errorf("the log does not say why: %q", w.log)
				}
				unchanged(t, w, before)
				w.store.set(func() error { return nil })
				if again := w.ask(admin, "GET /v1/orgs/tom/audit", ""); again.status != http.StatusOK {
					t.Errorf("the next request: %d %s", again.status, again.body)
				}
			})
		}
	}
}

// An answer that has begun cannot become a problem: the connection ends.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) {
			if c.GetHeader("Test-Break") != "" {
				c.Writer = breaks{c.Writer}
			}
		})
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/catalog", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Test-User", admin)
	r.Header.Set("Test-Break", "yes")
	response, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err == nil || strings.Contains(string(b), "problem") {
		t.Errorf("it looks whole: %s", b)
	}
	if a := w.ask(admin, "GET /v1/catalog", ""); a.status != http.StatusOK {
		t.Errorf("the next request: %d", a.status)
	}
}

// breaks sends the first byte of an answer, and fails.
type breaks struct{ gin.ResponseWriter }

func (b breaks) Write(p []byte) (int, error) {
	_, _ = b.ResponseWriter.Write(p[:1])
	b.Flush()
	return 1, errors.New("broken")
}

// One organisation's broken row is counted in public, explained to nobody, and
// harms no other.
func TestABrokenPolicyIsNotQuoted(t *testing.T) {
	w := newWorld(t)
	breakTom(t, w)
	for _, who := range []string{admin, operator, stranger} {
		for _, request := range []string{"GET /v1/orgs/tom/roles", "GET /v1/orgs/tom/members", "GET /v1/me?org=tom", "DELETE /v1/orgs/tom/roles/bookkeeper"} {
			a := w.ask(who, request, "")
			isProblem(t, a)
			if a.status < 400 || strings.Contains(a.body, "hidden") || strings.Contains(a.body, "casbin") {
				t.Errorf("%s as %s: %d %s", request, who, a.status, a.body)
			}
		}
	}
	ready := w.ask(nobody, "GET /readyz", "")
	if ready.status != 200 || !strings.Contains(ready.body, `"status":"degraded","broken_orgs":1`) || strings.Contains(ready.body, "tom") {
		t.Errorf("readyz: %d %s", ready.status, ready.body)
	}
	if a := w.ask(other, "GET /v1/orgs/jack/roles", ""); a.status != 200 {
		t.Errorf("jack: %d %s", a.status, a.body)
	}
}

// breakTom writes a row that nobody can read, past the kit.
func breakTom(t *testing.T, w *world) {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(w.file)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:hidden', 'not-a-role', 'tom')",
		"UPDATE rolekit_revisions SET revision = revision + 100 WHERE org_id = 'tom'",
	} {
		if err := db.Exec(change).Error; err != nil {
			t.Fatal(err)
		}
	}
	if conn, err := db.DB(); err != nil || conn.Close() != nil {
		t.Fatal(err)
	}
	if err := w.kit.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestReadyzSaysWhenTheStoreIsAway(t *testing.T) {
	w := newWorld(t)
	w.store.set(func() error { return errors.New(secret) })
	if err := w.kit.Refresh(t.Context()); err == nil {
		t.Fatal("the store is not away")
	}
	if a := w.ask(nobody, "GET /readyz", ""); a.status != 200 || !strings.Contains(a.body, `"degraded"`) || strings.Contains(a.body, "hunter2") {
		t.Errorf("for a moment: %d %s", a.status, a.body)
	}
	w.store.ahead.Store(int64(2 * maxStaleness))
	a := w.ask(nobody, "GET /readyz", "")
	if p := isProblem(t, a); a.status != 503 || p["code"] != "unavailable" || strings.Contains(a.body, "hunter2") || !strings.Contains(a.body, "seconds old") {
		t.Errorf("for too long: %d %s", a.status, a.body)
	}
	if a := w.ask(nobody, "GET /healthz", ""); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
	if a := w.ask(admin, "GET /v1/orgs/tom/roles", ""); a.status != 200 {
		t.Errorf("reading what is known: %d %s", a.status, a.body)
	}
}

func TestReadyzSaysHowOldThePoliciesAre(t *testing.T) {
	w := newWorld(t)
	age := func(a answer) float64 {
		var state struct {
			Age *float64 `json:"age_seconds"`
		}
		if err := json.Unmarshal([]byte(a.body), &state); err != nil || state.Age == nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		return *state.Age
	}
	if a := w.ask(nobody, "GET /readyz", ""); a.status != 200 || age(a) < 0 || age(a) > 600 {
		t.Errorf("at first: %d %s", a.status, a.body)
	}
	w.store.ahead.Store(int64(maxStaleness / 2))
	if a := w.ask(nobody, "GET /readyz", ""); a.status != 200 || age(a) < 1800 {
		t.Errorf("older: %d %s", a.status, a.body)
	}
	w.store.ahead.Store(int64(2 * maxStaleness))
	a := w.ask(nobody, "GET /readyz", "")
	if p := isProblem(t, a); a.status != 503 || p["code"] != "unavailable" || !regexp.MustCompile(`is 72\d\d(\.\d+)? seconds old`).MatchString(a.body) {
		t.Errorf("too old: %d %s", a.status, a.body)
	}
	if err := w.kit.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.ask(nobody, "GET /readyz", ""); a.status != 200 || age(a) > 600 {
		t.Errorf("read again: %d %s", a.status, a.body)
	}
}

// The id that middleware gave the request comes with its problem.
func TestProblemsNameTheRequest(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) { c.Header("X-Request-ID", "r-17") })
	})
	for _, request := range []string{"GET /v1/orgs/tom/roles/nothing", "GET /v1/orgs/tom/roles?x=1", "POST /v1/orgs/tom/roles"} {
		if a := w.ask(admin, request, ""); !strings.Contains(a.body, `"request_id":"r-17"`) {
			t.Errorf("%s: %s", request, a.body)
		}
	}
}

// Huma's way to make errors is a global variable, which is the application's:
// the API neither sets it nor depends on it.
func TestHumasGlobalsAreTheApplications(t *testing.T) {
	old := huma.NewError
	t.Cleanup(func() { huma.NewError = old })
	w := newWorld(t)
	if err, ok := huma.NewError(418, "x").(*huma.ErrorModel); !ok || err.Status != 418 {
		t.Error("huma.NewError is not Huma's own any more")
	}
	huma.NewError = func(status int, msg string, _ ...error) huma.StatusError { return theirs{status, msg} }
	a := w.ask(admin, "GET /v1/orgs/tom/roles?x=1", "")
	if p := isProblem(t, a); a.status != 422 || p["code"] != "invalid" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// theirs is an application's own error.
type theirs struct {
	Code int
	Msg  string
}

func (e theirs) Error() string  { return e.Msg }
func (e theirs) GetStatus() int { return e.Code }
