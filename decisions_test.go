package rolekit_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/policytest"
)

// fewestDecisions is how many the corpus had when it was last counted; it
// should not shrink unnoticed.
const fewestDecisions = 600

// TestDecisions runs the corpus through the Authorizer, on every store, and
// holds the kit's other ways of asking against its answers.
func TestDecisions(t *testing.T) {
	cases := 0
	for _, f := range corpus(t) {
		cases += len(f.Cases)
		for name, open := range stores() {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				w, err := f.Build(t.Context(), open(t), quiet)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range f.Cases {
					d, err := w.Ask(t.Context(), c)
					if err := c.Check(d, err); err != nil {
						t.Error(err)
					}
					sameAnswers(t, w, c, d, err)
				}
			})
		}
	}
	if cases < fewestDecisions {
		t.Errorf("the corpus has %d cases, fewer than the %d it had", cases, fewestDecisions)
	}
}

// TestDecisionsByCasbin runs the corpus through the engine that is the meaning.
func TestDecisionsByCasbin(t *testing.T) {
	for _, f := range corpus(t) {
		t.Run(f.Name, func(t *testing.T) {
			w, err := f.Build(t.Context(), memstore.New(), byCasbin)
			if err != nil {
				t.Fatal(err)
			}
			if w.Engine() != rolekit.EngineCasbin {
				t.Fatalf("the engine is %q", w.Engine())
			}
			for _, c := range f.Cases {
				d, err := w.Ask(t.Context(), c)
				if err := c.Check(d, err); err != nil {
					t.Error(err)
				}
				sameAnswers(t, w, c, d, err)
			}
		})
	}
}

// TestDecisionsTwice asks every question again, in a kit that read the policy
// from the store instead of having written it, and in the opposite order.
func TestDecisionsTwice(t *testing.T) {
	for _, f := range corpus(t) {
		for name, open := range stores() {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				store := open(t)
				if _, err := f.Build(t.Context(), store, quiet); err != nil {
					t.Fatal(err)
				}
				w, err := f.Reopen(t.Context(), store, quiet)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range slices.Backward(f.Cases) {
					d, err := w.Ask(t.Context(), c)
					if err := c.Check(d, err); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func stores() map[string]func(testing.TB) rolekit.Store {
	return map[string]func(testing.TB) rolekit.Store{
		"sqlite": func(t testing.TB) rolekit.Store { t.Helper(); return newStore(t) },
		"memory": func(testing.TB) rolekit.Store { return memstore.New() },
	}
}

// sameAnswers holds the kit's other ways of asking against what Can answered.
func sameAnswers(t *testing.T, w *policytest.World, c policytest.Case, d rolekit.Decision, failed error) {
	t.Helper()
	ensureAgrees(t, w, c, d, failed)
	explainAgrees(t, w, c, d, failed)
	if c.Of == nil && failed == nil {
		permissionsAgree(t, w, c, d)
		orgsAgree(t, w, c, d)
	}
	if !d.Allowed {
		filterIsShut(t, c, d)
	}
}

func ensureAgrees(t *testing.T, w *policytest.World, c policytest.Case, d rolekit.Decision, failed error) {
	t.Helper()
	_, err := w.Ensure(t.Context(), c.Ask.Identity, c.Ask.Permission, c.Resource())
	want := rolekit.CodePermissionDenied
	if failed != nil {
		want = rolekit.CodeOf(failed)
	}
	if (err == nil) != d.Allowed || err != nil && rolekit.CodeOf(err) != want {
		t.Errorf("%s: Ensure says %v", c, err)
	}
}

func explainAgrees(t *testing.T, w *policytest.World, c policytest.Case, d rolekit.Decision, failed error) {
	t.Helper()
	e, err := w.Explain(t.Context(), c.Ask.Identity, c.Ask.Permission, c.Resource())
	switch {
	case (err == nil) != (failed == nil) || e.Allowed != d.Allowed || !slices.Equal(e.Access, d.Access()):
		t.Errorf("%s: Explain says %v, as far as %v (%v)", c, e.Allowed, e.Access, err)
	case d.Allowed && len(e.Paths) < len(d.Access()):
		t.Errorf("%s: allowed as far as %v, and Explain knows the ways %v", c, d.Access(), e.Paths)
	case failed == nil && !d.Allowed && len(e.Misses) == 0:
		t.Errorf("%s: denied, and Explain knows no miss", c)
	}
}

func permissionsAgree(t *testing.T, w *policytest.World, c policytest.Case, d rolekit.Decision) {
	t.Helper()
	held, err := w.Permissions(t.Context(), c.Ask.Identity)
	var reach []rolekit.Access
	for _, g := range held {
		if g.Permission == c.Ask.Permission {
			reach = append(reach, g.Access)
		}
	}
	slices.Sort(reach)
	if err != nil || !slices.Equal(reach, slices.Sorted(slices.Values(d.Access()))) {
		t.Errorf("%s: reaches %v, and Permissions says %v (%v)", c, d.Access(), reach, err)
	}
}

func orgsAgree(t *testing.T, w *policytest.World, c policytest.Case, d rolekit.Decision) {
	t.Helper()
	who := c.Ask.Identity
	orgs, err := w.Orgs(t.Context(), who.User, who.Profile, c.Ask.Permission)
	if err != nil || slices.Contains(orgs, who.Org) != d.Allowed {
		t.Errorf("%s: allowed %v, and Orgs says %v (%v)", c, d.Allowed, orgs, err)
	}
}

func filterIsShut(t *testing.T, c policytest.Case, d rolekit.Decision) {
	t.Helper()
	f, err := d.Filter(t.Context())
	if err != nil || f.Any || f.Owner != "" || f.Teams != nil || f.Sets != nil || f.Conditions != nil {
		t.Errorf("%s: denied, and its filter lets through %+v (%v)", c, f, err)
	}
}

func corpus(t testing.TB) []*policytest.File {
	t.Helper()
	files, err := policytest.LoadFolder("testdata/decisions")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// quiet keeps what the kit logs out of the tests' output.
func quiet(c *rolekit.Config) { c.Logger = slog.New(slog.DiscardHandler) }

func byCasbin(c *rolekit.Config) {
	quiet(c)
	c.Engine = rolekit.EngineCasbin
}

// newStore opens an empty store on an SQLite file of its own.
func newStore(t testing.TB) *adapter.Store {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(filepath.Join(t.TempDir(), "rolekit.db"))), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pool, err := db.DB(); err == nil {
			_ = pool.Close()
		}
	})
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
