package api_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/api/internal/openapi"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/problem"
)

// The users of the world that apitest.Settle makes.
const (
	nobody   = ""
	stranger = "eve"
	member   = "auth0|ada"
	admin    = "tom@example.com"
	other    = "jack@example.com"
	operator = "sue"
)

// maxStaleness is longer than any test runs.
const maxStaleness = time.Hour

// world is an application with the API mounted, on a database file.
type world struct {
	t      *testing.T
	file   string
	kit    *rolekit.Kit
	store  *faulty
	url    string
	log    *safeBuffer
	client *http.Client

	prefix string // that the API is mounted under
}

// settled returns a database file with the organisations in it.
func settled(t testing.TB) string {
	t.Helper()
	settledDatabase.mu.Lock()
	defer settledDatabase.mu.Unlock()
	if settledDatabase.content == nil {
		content, err := os.ReadFile(settle(t))
		if err != nil {
			t.Fatal(err)
		}
		settledDatabase.content = content
	}
	file := filepath.Join(t.TempDir(), "settled.db")
	if err := os.WriteFile(file, settledDatabase.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// settledDatabase is what settle made: a migration and a hundred changes for each of
// some hundred tests take longer than the tests.
var settledDatabase struct { //nolint:gochecknoglobals // made once for all tests
	mu      sync.Mutex
	content []byte
}

func settle(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "first.db")
	_, store := open(t, file)
	if err := apitest.Settle(t.Context(), store, rolekit.Config{Operators: apitest.Operators, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if err := store.close(); err != nil { // which brings everything into this one file
		t.Fatal(err)
	}
	return file
}

// open returns a kit on the file, which is closed when the test ends.
func open(t testing.TB, file string) (*rolekit.Kit, *faulty) {
	t.Helper()
	catalog, err := apitest.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(file)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	fragile := &faulty{Store: store, close: conn.Close}
	kit, err := rolekit.New(t.Context(), fragile, rolekit.Config{
		Catalog: catalog, Operators: apitest.Operators, Logger: slog.New(slog.DiscardHandler), MaxStaleness: maxStaleness,
		Clock: func() time.Time { return time.Now().Add(time.Duration(fragile.ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return kit, fragile
}

// newWorld serves the API over HTTP on a settled database of its own.
func newWorld(t *testing.T) *world {
	t.Helper()
	return serve(t, settled(t), api.Config{}, func(*gin.Engine) {})
}

// serve serves the API on the database file.
func serve(t *testing.T, file string, config api.Config, change func(*gin.Engine)) *world {
	t.Helper()
	w := &world{t: t, file: file, log: &safeBuffer{}, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	w.kit, w.store = open(t, file)
	if config.Logger == nil {
		config.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	}
	a, err := api.New(w.kit, config)
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseRawPath = true
	engine.Use(identify)
	engine.NoRoute(api.NotFound)
	change(engine)
	a.Mount(engine, nil)
	w.url = listen(t, engine)
	return w
}

// listen serves on a port of the machine's choice until the test ends.
func listen(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// identify believes a header, as only a test may.
func identify(c *gin.Context) {
	if user := c.GetHeader("Test-User"); user != "" {
		who := rolekit.Identity{User: rolekit.UserID(user), Profile: rolekit.ProfileID(c.GetHeader("Test-Profile"))}
		c.Request = c.Request.WithContext(rolekit.WithIdentity(c.Request.Context(), who))
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// overwrites are the requests that have to say which state of a thing they are for.
var overwrites = regexp.MustCompile(`^(PATCH .*|DELETE .*/v1/orgs/[^/]+(/(roles|groups|sets)/[^/]+)?|` +
	`PUT .*/(permissions|members/[^/]+/roles|sets/[^/]+/resources|groups/[^/]+/members)|POST .*/move)$`)

// ask sends a request, "GET /v1/orgs", as somebody. Headers are pairs; one
// whose value is "-" is not sent. A request that has to say which state it is for, and does not,
// is for any.
func (w *world) ask(who, request, body string, headers ...string) answer {
	w.t.Helper()
	request = apitest.WithKey(w.t, w.kit, request)
	method, path, _ := strings.Cut(request, " ")
	bare, _, _ := strings.Cut(request, "?")
	path, match, _ := strings.Cut(path, " If-Match: ")
	if match != "" {
		headers = append([]string{"If-Match", match}, headers...)
	} else if overwrites.MatchString(bare) {
		headers = append([]string{"If-Match", "*"}, headers...)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != nobody {
		r.Header.Set("Test-User", who)
	}
	for pair := range slices.Chunk(headers, 2) {
		if r.Header.Set(pair[0], pair[1]); pair[1] == "-" {
			r.Header.Del(pair[0])
		}
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	response, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.isDescribed(r, response, b)
	a := answer{response.StatusCode, response.Header, string(b)}
	if a.header.Get("Content-Type") == problem.ContentType {
		if err := codeFits(a); err != nil {
			w.t.Errorf("%s %s: %v: %s", r.Method, r.URL, err, b)
		}
	}
	return a
}

// isDescribed checks every reply that any test gets: the document describes its
// status, headers and body. The id of a request is the application's.
func (w *world) isDescribed(r *http.Request, reply *http.Response, body []byte) {
	w.t.Helper()
	d, err := served()
	if err != nil {
		w.t.Fatal(err)
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), w.prefix)
	for _, wrong := range d.Check(r.Method, path, reply.StatusCode, reply.Header, body, "X-Request-Id") {
		w.t.Errorf("%s %s: %s", r.Method, r.URL, wrong)
	}
}

// served returns the document that the API serves, which is read once.
var served = sync.OnceValues(func() (*openapi.Document, error) { //nolint:gochecknoglobals // thousands of replies are compared with it
	catalog, err := apitest.Catalog()
	if err != nil {
		return nil, err
	}
	kit, err := rolekit.New(context.Background(), memstore.New(), rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	a, err := api.New(kit, api.Config{})
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine, w := gin.New(), httptest.NewRecorder()
	a.Mount(engine, nil)
	engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", http.NoBody))
	return openapi.Read(w.Body.Bytes())
})

// faulty is a store that can be made to fail, or to panic, before it is asked.
type faulty struct {
	rolekit.Store

	close func() error
	fault atomic.Pointer[func() error]
	ahead atomic.Int64 // how many nanoseconds the kit's clock is ahead
}

func (f *faulty) set(fault func() error) { f.fault.Store(&fault) }

func (f *faulty) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	if fault := f.fault.Load(); fault != nil {
		if err := (*fault)(); err != nil {
			return err
		}
	}
	return f.Store.View(ctx, fn)
}

func (f *faulty) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	if fault := f.fault.Load(); fault != nil {
		if err := (*fault)(); err != nil {
			return err
		}
	}
	return f.Store.Update(ctx, fn)
}

// dump returns every row of every table, to compare before with after.
func (w *world) dump() string {
	w.t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(w.file)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := db.DB()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var b strings.Builder
	var tables []string
	if err := db.Raw("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").Scan(&tables).Error; err != nil || len(tables) < 8 {
		w.t.Fatalf("the tables are %q: %v", tables, err)
	}
	for _, table := range tables {
		var rows []map[string]any
		if err := db.Table(table).Order("1, 2").Find(&rows).Error; err != nil {
			w.t.Fatal(err)
		}
		for _, row := range rows {
			b.WriteString(table + " " + show(w.t, row) + "\n")
		}
	}
	return b.String()
}

// copied returns a copy of a database file that nobody has open.
func copied(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file) //nolint:gosec // the test made it
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, b, 0o600); err != nil { //nolint:gosec // in the test's own folder
		t.Fatal(err)
	}
	return to
}
