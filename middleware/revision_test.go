package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

const atLeast = "If-Revision-At-Least: "

// replica is another kit on the world's database, and how often it looked there.
// It does not watch.
func (w world) replica() (*rolekit.Kit, *countingStore) {
	w.Helper()
	store := &countingStore{Store: must(adapter.Open(w.Context(), w.db, adapter.Config{}))(w)}
	return must(rolekit.New(w.Context(), store, rolekit.Config{Catalog: w.kit.Catalog(), Logger: slog.New(slog.DiscardHandler)}))(w), store
}

type countingStore struct {
	rolekit.Store

	looks atomic.Int64
	away  atomic.Bool
}

func (s *countingStore) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	s.looks.Add(1)
	if s.away.Load() {
		return errors.New("password=hunter2")
	}
	return s.Store.View(ctx, fn)
}

// revision returns the one that tom is at.
func (w world) revision() string {
	w.Helper()
	return strconv.FormatInt(int64(must(w.kit.Revision(w.Context(), "tom"))(w)), 10)
}

func TestARevisionIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	other, _ := w.replica()
	s := newSite(t).lawn(guard(t, other, jwtConfig()))
	system := w.kit.Manager().As(rolekit.System("test"))

	if err := system.Assign(t.Context(), "tom", "new", "clerk"); err != nil {
		t.Fatal(err)
	}
	s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", token(t, "new")), 403) // it does not know yet
	if a := s.ask(t, "GET", "/orgs/tom/invoices", token(t, "new"), atLeast+w.revision()); a.status != 200 {
		t.Errorf("one who was let in: %d %s", a.status, a.body)
	}
	s.runs.Store(0)
	if err := system.Unassign(t.Context(), "tom", "ada", "clerk"); err != nil {
		t.Fatal(err)
	}
	s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada"), atLeast+w.revision()), 403)
}

// Whatever the route declares, the handler does not run by an older revision.
func TestARevisionThatDoesNotArrive(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	for _, path := range []string{"/orgs/tom/invoices", "/self/tom"} {
		a := s.ask(t, "GET", path, token(t, "ada"), atLeast+"999999")
		if p := s.refused(t, a, 503); p["code"] != "unavailable" || a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q, %s", path, a.header.Get("Retry-After"), a.body)
		}
	}
	// Where no organisation is named, or nobody asks, there is nothing to wait for.
	for _, header := range []string{token(t, "ada"), "X-Nothing: here"} {
		if a := s.ask(t, "GET", "/public", header, atLeast+"999999"); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	s.runs.Store(0)
	s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", atLeast+"999999"), 401)
}

func TestMalformedRevisions(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	for _, headers := range [][]string{{"x"}, {""}, {"-1"}, {"1", "2"}, {`"1"`}} {
		for _, path := range []string{"/orgs/tom/invoices", "/orgs/void/invoices", "/public"} {
			ask := []string{token(t, "ada")}
			for _, h := range headers {
				ask = append(ask, atLeast+h)
			}
			if p := s.refused(t, s.ask(t, "GET", path, ask...), 400); p["code"] != "malformed" {
				t.Errorf("%s with %q: %v", path, headers, p)
			}
		}
	}
}

// To a stranger it looks the same whether the organisation exists, and as it
// does without the header; and it takes one look at the store either way.
func TestRevisionsTellStrangersNothing(t *testing.T) {
	w := newWorld(t)
	other, store := w.replica()
	s := newSite(t).lawn(guard(t, other, jwtConfig()))
	for _, revision := range []string{"1", "999999"} {
		for _, org := range []string{"tom", "void"} {
			path := "/orgs/" + org + "/invoices"
			without := s.ask(t, "GET", path, token(t, "eve"))
			store.looks.Store(0)
			with := s.ask(t, "GET", path, token(t, "eve"), atLeast+revision)
			without.header.Del("Date")
			with.header.Del("Date")
			if diff := cmp.Diff(without, with, cmp.AllowUnexported(answer{})); diff != "" || with.status != 403 {
				t.Errorf("%s at %s: %s", org, revision, diff)
			}
			if n := store.looks.Load(); n != 1 {
				t.Errorf("%s at %s: the store was asked %d times", org, revision, n)
			}
		}
	}
}

// A request that names a revision costs one look at the store, and no other does.
func TestWhatARevisionCosts(t *testing.T) {
	w := newWorld(t)
	other, store := w.replica()
	s := newSite(t).lawn(guard(t, other, jwtConfig()))
	for _, c := range []struct {
		header string
		looks  int64
	}{{atLeast + w.revision(), 1}, {atLeast + "0", 0}, {"X-Nothing: here", 0}} {
		store.looks.Store(0)
		if a := s.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada"), c.header); a.status != 200 || store.looks.Load() != c.looks {
			t.Errorf("%s: %d %s; the store was asked %d times", c.header, a.status, a.body, store.looks.Load())
		}
	}
}

// Nobody makes the store be asked.
func TestNobodyWaitsForARevision(t *testing.T) {
	w := newWorld(t)
	other, store := w.replica()
	s := newSite(t).lawn(guard(t, other, jwtConfig()))
	store.looks.Store(0)
	s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", atLeast+"999999"), 401)
	if n := store.looks.Load(); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

func TestNothingInternalIsToldOfALateRevision(t *testing.T) {
	w := newWorld(t)
	other, store := w.replica()
	s := newSite(t).lawn(guard(t, other, jwtConfig()))
	store.away.Store(true)
	var bodies []string
	for _, c := range [][2]string{{"ada", "tom"}, {"eve", "tom"}, {"eve", "void"}} {
		a := s.ask(t, "GET", "/orgs/"+c[1]+"/invoices", token(t, c[0]), atLeast+"999999")
		s.refused(t, a, 503)
		bodies = append(bodies, a.body)
	}
	if bodies[0] != bodies[1] || bodies[0] != bodies[2] {
		t.Errorf("%q", bodies)
	}
	panicking := newSite(t).lawn(guard(t, panickingKit{w.kit}, jwtConfig()))
	panicking.refused(t, panicking.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada"), atLeast+"1"), 503)
}

type panickingKit struct{ *rolekit.Kit }

func (panickingKit) AwaitFor(context.Context, rolekit.Identity, rolekit.Revision) error {
	panic("password=hunter2")
}
