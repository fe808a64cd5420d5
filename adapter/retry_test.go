package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// Errors as drivers make them.
type (
	stateError string // SQLSTATE: pgx, lib/pq
	codeError  int    // modernc.org/sqlite
)

func (e stateError) Error() string    { return "state " + string(e) }
func (e stateError) SQLState() string { return string(e) }
func (e codeError) Error() string     { return fmt.Sprint("code ", int(e)) }
func (e codeError) Code() int         { return int(e) }

func TestUpdateRunsAgainAfterConflicts(t *testing.T) {
	t.Parallel()
	store := openStore(t, openFile(t, tempFile(t)))
	for name, c := range map[string]struct {
		err   error
		again bool
	}{
		"serialization":       {stateError("40001"), true},
		"deadlock":            {stateError("40P01"), true},
		"lock timeout":        {stateError("55P03"), true},
		"unique":              {stateError("23505"), true},
		"not null":            {stateError("23502"), false},
		"busy":                {codeError(5), true},
		"a busy snapshot":     {codeError(517), true},
		"locked":              {codeError(6), true},
		"full":                {codeError(13), false},
		"MySQL's deadlock":    {errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"), true},
		"MySQL's timeout":     {errors.New("Error 1205: Lock wait timeout exceeded; try restarting transaction"), true},
		"MySQL's duplicate":   {errors.New("Error 1062 (23000): Duplicate entry 'a' for key 'b'"), true},
		"MariaDB's snapshot":  {errors.New("Error 1020 (HY000): Record has changed since last read in table 'a'"), true},
		"MySQL's syntax":      {errors.New("Error 1064 (42000): You have an error in your SQL syntax; near 'Error 1213'"), false},
		"a number like it":    {errors.New("Error 12130: no such thing"), false},
		"in the middle":       {errors.New("the user said: Error 1213"), false},
		"mattn's":             {errors.New("database is locked"), true},
		"wrapped":             {fmt.Errorf("gorm-adapter: %w", stateError("40001")), true},
		"one of two":          {errors.Join(errChanged, fmt.Errorf("x: %w", codeError(5))), true},
		"a refusal":           {rolekit.ErrConflict, false},
		"a refusal by a fact": {&rolekit.Error{Code: rolekit.CodeUnavailable, Err: stateError("40001")}, true},
		"another":             {errChanged, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			err := store.Update(t.Context(), func(rolekit.Writer) error {
				if runs++; runs == 1 {
					return c.err
				}
				return nil
			})
			if again := runs == 2; again != c.again || again != (err == nil) {
				t.Errorf("%d runs, %v", runs, err)
			}
		})
	}
}

func TestUpdateGivesUp(t *testing.T) {
	t.Parallel()
	store := openStore(t, openFile(t, tempFile(t)))
	runs := 0
	err := store.Update(t.Context(), func(rolekit.Writer) error { runs++; return stateError("40001") })
	if !errors.Is(err, rolekit.ErrUnavailable) || !errors.Is(err, stateError("40001")) || runs != 10 {
		t.Errorf("%d runs, %v; want 10 and ErrUnavailable", runs, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	runs = 0
	err = store.Update(ctx, func(rolekit.Writer) error { runs++; cancel(); return stateError("40001") })
	if !errors.Is(err, context.Canceled) || runs != 1 {
		t.Errorf("%d runs, %v; want one and the context's error", runs, err)
	}
}

// TestUpdateForgetsNoFailure: where fn says nothing of a statement that failed,
// the rest is neither done nor committed.
func TestUpdateForgetsNoFailure(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		before := revisionsOf(t, s.store)
		exec(t, s.db, "ALTER TABLE rolekit_sets RENAME TO hidden")
		fn := func(w rolekit.Writer) error {
			first := w.SetRevisions(t.Context(), 99, "tom")
			_ = w.PutSet(t.Context(), rolekit.ResourceSet{Org: "tom", ID: "shelf"})
			_, err := w.Orgs(t.Context())
			if second := w.SetRevisions(t.Context(), 99, "jack"); first != nil || second == nil || err == nil {
				t.Errorf("before the failure: %v; after it: %v, %v", first, second, err)
			}
			return t.Context().Err() // none
		}
		if err := s.store.Update(t.Context(), fn); err == nil {
			t.Error("Update: no error")
		}
		err := s.db.Transaction(func(tx *gorm.DB) error {
			if err := s.store.Join(tx).Update(t.Context(), fn); err == nil {
				t.Error("Join: no error")
			}
			return tx.Create(&invoice{ID: "1"}).Error
		})
		exec(t, s.db, "ALTER TABLE hidden RENAME TO rolekit_sets")
		s.has(t, fmt.Sprint("the rest of the transaction: ", err), 1)
		equal(t, "the revisions", before, revisionsOf(t, s.store))
	})
}

// TestUpdateSurvivesDeadlocks of a database's own.
func TestUpdateSurvivesDeadlocks(t *testing.T) {
	t.Parallel()
	for _, d := range databases()[1:] { // SQLite has one lock
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, d.create(t)())
			store := openStore(t, db)
			populate(t, kitOn(t, store))
			before := revisionsOf(t, store)
			orgs := []rolekit.OrgID{"tom", "jack"}
			var runs atomic.Int64
			var first sync.WaitGroup // both hold one, and so each other up
			first.Add(2)
			together(t, 2, func(i int) error {
				met := false
				return store.Update(t.Context(), func(w rolekit.Writer) error {
					runs.Add(1)
					for n, org := range []rolekit.OrgID{orgs[i], orgs[1-i]} {
						if err := w.Lock(t.Context(), org); err != nil {
							return err
						}
						if n == 0 && !met {
							met = true
							first.Done()
							first.Wait()
						}
						had, err := w.Revisions(t.Context(), org)
						if err := errors.Join(err, w.SetRevisions(t.Context(), had[org]+1, org)); err != nil {
							return err
						}
					}
					return nil
				})
			})
			if n := runs.Load(); n < 3 {
				t.Errorf("%d runs, so there was no deadlock", n)
			}
			after := revisionsOf(t, store)
			for _, org := range orgs {
				if after[org] != before[org]+2 {
					t.Errorf("%s went from %d to %d by two steps", org, before[org], after[org])
				}
			}
		})
	}
}

func revisionsOf(t testing.TB, store rolekit.Store) (all map[rolekit.OrgID]rolekit.Revision) {
	t.Helper()
	err := store.View(t.Context(), func(r rolekit.Reader) (err error) {
		all, err = r.Revisions(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestUpdateFindsWhatOthersInserted: the id is free when both look, and taken when
// the second one inserts.
func TestUpdateFindsWhatOthersInserted(t *testing.T) {
	t.Parallel()
	for _, d := range databases()[1:] { // on SQLite the second one waits before it looks
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			store := openStore(t, open(t, d.create(t)()))
			fresh := rolekit.Org{ID: "fresh", CreatedAt: time.Now()}
			inserted, looked := make(chan struct{}), make(chan struct{})
			together(t, 2, func(i int) error {
				if i == 0 {
					return store.Update(t.Context(), func(w rolekit.Writer) error {
						err := errors.Join(w.Share(t.Context(), rolekit.AllOrgs), w.InsertOrg(t.Context(), fresh))
						close(inserted)
						<-looked
						return err
					})
				}
				<-inserted
				runs := 0
				err := store.Update(t.Context(), func(w rolekit.Writer) error {
					runs++
					orgs, err := w.Orgs(t.Context())
					if runs == 1 {
						if len(orgs) != 0 {
							t.Errorf("what is not committed is seen: %v", orgs)
						}
						close(looked)
					}
					return errors.Join(err, w.Share(t.Context(), rolekit.AllOrgs), w.InsertOrg(t.Context(), fresh))
				})
				if !errors.Is(err, rolekit.ErrExists) {
					t.Errorf("after %d runs: %v, want ErrExists", runs, err)
				}
				return nil
			})
		})
	}
}

// failures is a logger that calls a function with each error.
type failures struct {
	logger.Interface

	call func(error)
}

func (f failures) Trace(_ context.Context, _ time.Time, _ func() (string, int64), err error) {
	if err != nil {
		f.call(err)
	}
}

// TestUpdateWaitsForABusyFile that was opened without a timeout.
func TestUpdateWaitsForABusyFile(t *testing.T) {
	t.Parallel()
	path := tempFile(t)
	holder := openStore(t, openFile(t, path))
	release := make(chan struct{})
	var once sync.Once
	log := failures{logger.Discard, func(error) { once.Do(func() { close(release) }) }}
	dsn := "file:" + path + "?_pragma=busy_timeout(0)&_pragma=journal_mode(WAL)"
	waiter, err := adapter.Open(t.Context(), open(t, sqlite.Open(dsn), &gorm.Config{Logger: log}), adapter.Config{})
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	together(t, 2, func(i int) error {
		if i == 0 {
			return holder.Update(t.Context(), func(w rolekit.Writer) error {
				close(held)
				<-release // when the other one was told that the file is busy
				return w.SetRevisions(t.Context(), 7, rolekit.AllOrgs)
			})
		}
		<-held
		return waiter.Update(t.Context(), func(w rolekit.Writer) error {
			had, err := w.Revisions(t.Context(), rolekit.AllOrgs)
			return errors.Join(err, w.SetRevisions(t.Context(), had[rolekit.AllOrgs]+1, rolekit.AllOrgs))
		})
	})
	if got := revisionsOf(t, waiter)[rolekit.AllOrgs]; got != 8 {
		t.Errorf("the revision is %d, want 8", got)
	}
}
