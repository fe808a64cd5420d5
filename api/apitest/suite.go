package apitest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/openapi"
	"github.com/rolekit/rolekit/internal/memstore"
)

// suite is a target, and what it is tested by.
type suite struct {
	target   Target
	catalog  *rolekit.Catalog
	now      time.Time
	settled  *memstore.Store // with the organisations; only clones of it are changed
	document *openapi.Document
}

func newSuite(t testing.TB, target Target) *suite {
	t.Helper()
	if target.As == nil || target.Handler == nil {
		t.Fatal("apitest.Target needs As and Handler")
	}
	c, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{target: target, catalog: c, now: time.Now().Truncate(time.Second), settled: memstore.New()}
	if err := Settle(t.Context(), s.settled, s.config()); err != nil {
		t.Fatal(err)
	}
	served := s.world(t).ask("", "GET /openapi.json", "")
	if served.status != http.StatusOK {
		t.Fatalf("GET %s/openapi.json: %d %s", target.Prefix, served.status, served.body)
	}
	if s.document, err = openapi.Read([]byte(served.body)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *suite) kit(t testing.TB, store rolekit.Store) *rolekit.Kit {
	t.Helper()
	kit, err := rolekit.New(t.Context(), store, s.config())
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

func (s *suite) config() rolekit.Config {
	return rolekit.Config{
		Catalog: s.catalog, Clock: func() time.Time { return s.now }, Logger: slog.New(slog.DiscardHandler), Operators: Operators,
	}
}

// world is the target with the organisations as they were settled.
type world struct {
	t       testing.TB
	suite   *suite
	store   *memstore.Store
	kit     *rolekit.Kit
	handler http.Handler
}

func (s *suite) world(t testing.TB) *world {
	t.Helper()
	return s.worldOf(t, s.settled)
}

func (s *suite) worldOf(t testing.TB, of *memstore.Store) *world {
	t.Helper()
	w := &world{t: t, suite: s, store: of.Clone()}
	w.kit = s.kit(t, w.store)
	w.handler = s.target.Handler(t, w.kit)
	return w
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request as [Scenario] has it, and checks that the document describes
// the reply.
func (w *world) ask(user rolekit.UserID, request, body string) reply {
	w.t.Helper()
	request = WithKey(w.t, w.kit, request)
	line, header, _ := strings.Cut(request, " If-") // the only header that a request of the table has begins so
	method, path, _ := strings.Cut(line, " ")
	bare, _, _ := strings.Cut(path, "?")
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.suite.target.Prefix+path, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		r.Header.Set("If-"+name, value)
	} else if w.mustSayWhich(method, bare) {
		r.Header.Set("If-Match", "*")
	}
	if user != "" {
		w.suite.target.As(r, user)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	response := recorder.Result()
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.suite.document != nil {
		for _, wrong := range w.suite.document.Check(method, bare, response.StatusCode, response.Header, b, w.suite.target.Headers...) {
			w.t.Errorf("%s %s: %s", request, body, wrong)
		}
	}
	return reply{response.StatusCode, response.Header, string(b)}
}

// mustSayWhich tells whether a request has to say which state of a thing it is
// for, and cannot be for one that is not there.
func (w *world) mustSayWhich(method, path string) bool {
	if w.suite.document == nil {
		return false
	}
	o := w.suite.document.Find(method, path)
	has := func(name string) bool {
		return o != nil && slices.ContainsFunc(o.Parameters, func(p openapi.Parameter) bool { return p.In == "header" && p.Name == name })
	}
	return has("If-Match") && !has("If-None-Match")
}

// missing says which of the operations has no row for one of the six, and which
// rows are for none of the operations.
func missing(operations []openapi.Operation, scenarios []Scenario) []string {
	var all []string
	asked := map[string][6]bool{}
	for _, s := range scenarios {
		by := asked[s.Operation]
		for i, status := range s.Statuses {
			by[i] = by[i] || status != 0
		}
		asked[s.Operation] = by
		if len(s.Lacks) == 0 {
			all = append(all, s.Request+" does not say what is in no answer")
		}
		if !slices.ContainsFunc(operations, func(o openapi.Operation) bool { return o.ID == s.Operation }) {
			all = append(all, "there is no operation "+s.Operation)
		}
	}
	for _, o := range operations {
		for _, a := range Askers() {
			if !asked[o.ID][a] {
				all = append(all, fmt.Sprintf("%s (%s %s) has no row that says how it answers %v", o.ID, o.Method, o.Path, a))
			}
		}
	}
	return all
}
