package api_test

import (
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/api/internal/openapi"
	"github.com/rolekit/rolekit/internal/memstore"
)

// FuzzOperations sends what the document says, and much that it does not, as each
// of the six who ask.
func FuzzOperations(f *testing.F) {
	z := newFuzzed(f)
	for seed := range uint64(32) {
		f.Add(noise(seed))
	}
	one := rapid.MakeFuzz(z.one)
	f.Fuzz(func(t *testing.T, dice []byte) {
		z.tb = t // what is not the fuzz target's own would panic
		one(t, dice)
	})
}

// The same some hundred times, always by the same dice.
func TestGeneratedRequests(t *testing.T) {
	z := newFuzzed(t)
	one := rapid.MakeFuzz(z.one)
	count := 4000
	if testing.Short() {
		count = 400
	}
	for seed := range uint64(count) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { one(t, noise(seed)) })
	}
	for _, o := range z.document.Operations {
		if z.seen[o.ID] == nil && !testing.Short() {
			t.Errorf("%s was not asked for", o.ID)
		}
	}
	for _, class := range []int{2, 4} {
		if z.classes[class] < count/10 {
			t.Errorf("of %d requests, only %d were answered %dxx", count, z.classes[class], class)
		}
	}
}

// noise returns what a request is made of.
func noise(seed uint64) []byte {
	b := make([]byte, 8<<10)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(b) // it never fails
	return b
}

// fuzzed is the API on organisations as they were settled.
type fuzzed struct {
	tb       testing.TB
	document *openapi.Document
	settled  *memstore.Store
	store    *memstore.Store // a clone that nothing has changed; nil for none
	before   string          // what is in it
	handler  http.Handler
	seen     map[string]map[int]int // operation to status to how often
	classes  map[int]int            // 2 for 2xx
}

func newFuzzed(tb testing.TB) *fuzzed {
	tb.Helper()
	d, err := served()
	if err != nil {
		tb.Fatal(err)
	}
	z := &fuzzed{tb: tb, document: d, settled: memstore.New(), seen: map[string]map[int]int{}, classes: map[int]int{}}
	if err := apitest.Settle(tb.Context(), z.settled, z.config()); err != nil {
		tb.Fatal(err)
	}
	return z
}

func (z *fuzzed) kit(store rolekit.Store) *rolekit.Kit {
	z.tb.Helper()
	kit, err := rolekit.New(z.tb.Context(), store, z.config())
	if err != nil {
		z.tb.Fatal(err)
	}
	return kit
}

func (z *fuzzed) config() rolekit.Config {
	z.tb.Helper()
	catalog, err := apitest.Catalog()
	if err != nil {
		z.tb.Fatal(err)
	}
	return rolekit.Config{Catalog: catalog, Operators: apitest.Operators, Logger: slog.New(slog.DiscardHandler)}
}

// fresh sees to it that the organisations are as they were settled.
func (z *fuzzed) fresh() {
	if z.store == nil {
		z.store = z.settled.Clone()
		engine := engineOf(z.tb, z.kit(z.store))
		engine.UseRawPath = true
		z.handler, z.before = engine, z.store.Dump()
	}
}

// one sends one request. Whatever it is, the answer is one that the document has;
// nothing breaks, and nothing has changed unless it succeeded.
func (z *fuzzed) one(t *rapid.T) {
	z.fresh()
	sent := z.draw(t)
	r := sent.request(z.tb.Context())
	if r == nil {
		t.Skip("no client could send it")
	}
	path := r.URL.EscapedPath() // Gin rewrites it where it redirects
	w := httptest.NewRecorder()
	z.handler.ServeHTTP(w, r)
	got := answer{w.Code, w.Header(), w.Body.String()}
	z.classes[got.status/100]++
	if z.seen[sent.operation.ID] == nil {
		z.seen[sent.operation.ID] = map[int]int{}
	}
	z.seen[sent.operation.ID][got.status]++
	after := z.store.Dump()
	changed := after != z.before
	if changed {
		z.store = nil
	}
	if got.status >= 500 {
		t.Errorf("%v: %d %s", sent, got.status, got.body)
	}
	if got.status >= 400 {
		if err := codeFits(got); err != nil || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: no whole problem: %v: %d %s", sent, err, got.status, got.body)
		}
	}
	reads := r.Method == http.MethodGet || strings.Contains(sent.query, "dry_run=true")
	if changed && (got.status >= 400 || reads) {
		t.Errorf("%v: %d, and something changed: %s", sent, got.status, got.body)
	}
	o := z.document.Find(r.Method, path)
	if o != nil && !o.Public && sent.asker == apitest.Nobody && got.status != http.StatusUnauthorized {
		t.Errorf("%v: nobody is answered %d %s", sent, got.status, got.body)
	}
	for _, wrong := range z.document.Check(r.Method, path, got.status, got.header, w.Body.Bytes()) {
		t.Errorf("%v: %s", sent, wrong)
	}
}
