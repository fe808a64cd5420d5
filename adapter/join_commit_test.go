package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

func TestAfterCommit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		var called []string
		call := func(tx *gorm.DB, name string) {
			s.store.Join(tx).AfterCommit(func() {
				var count int64
				if err := s.db.Table("invoices").Where("id = ?", name).Count(&count).Error; err != nil || count != 1 {
					t.Errorf("%s is called before its invoice is there: %v", name, err)
				}
				called = append(called, name)
			})
		}
		create := func(tx *gorm.DB, id string) error {
			call(tx, id)
			return tx.Create(&invoice{ID: id}).Error
		}
		errs := []error{s.db.Transaction(func(tx *gorm.DB) error {
			return errors.Join(create(tx, "1"), tx.Transaction(func(tx *gorm.DB) error { return create(tx, "2") }), create(tx, "3"))
		})}
		equal(t, "after a commit", []string{"1", "2", "3"}, called)
		called = nil
		errs = append(errs, s.db.Transaction(func(tx *gorm.DB) error { return create(tx, "4") }))
		equal(t, "after another", []string{"4"}, called)
		called = nil

		if err := s.db.Transaction(func(tx *gorm.DB) error { return errors.Join(create(tx, "5"), errChanged) }); err == nil {
			t.Error("no error")
		}
		ctx, cancel := context.WithCancel(t.Context())
		tx := s.db.WithContext(ctx).Begin()
		errs = append(errs, create(tx, "6"), s.in(tx).Assign(ctx, "tom", "ada", "clerk"))
		cancel()
		if err := tx.Commit().Error; err == nil {
			t.Error("a commit after its context had ended came through")
		}
		tx = s.db.Begin()
		errs = append(errs, create(tx, "7"), tx.Commit().Error)
		if err := tx.Commit().Error; err == nil {
			t.Error("a second commit came through")
		}
		equal(t, "after three that failed, and one that did not", []string{"7"}, called)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		s.has(t, "all of that", 5)
	})
}

// TestCommitFails where the database finds out only then.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	s := newShop(t, open(t, postgresDatabase(t)()))
	exec(t, s.db, "CREATE TABLE payments (invoice varchar(50) REFERENCES invoices DEFERRABLE INITIALLY DEFERRED)")
	err := s.db.Transaction(func(tx *gorm.DB) error {
		return errors.Join(s.in(tx).Assign(t.Context(), "tom", "ada", "clerk"), tx.Exec("INSERT INTO payments VALUES ('none')").Error)
	})
	if err == nil {
		t.Error("the payment of no invoice was committed")
	}
	s.has(t, fmt.Sprint("after ", err), 0)
}

// TestOpenWrapsOnce while the application uses its database; with -race this is
// about more than it looks.
func TestOpenWrapsOnce(t *testing.T) {
	t.Parallel()
	for _, config := range []gorm.Config{{}, {PrepareStmt: true}} {
		onEach(t, func(t *testing.T, open opener) {
			db := open(&config)
			before, err := db.DB()
			if err != nil {
				t.Fatal(err)
			}
			s := newShop(t, db)
			pool, statementPool := db.ConnPool, db.Statement.ConnPool
			together(t, 8, func(i int) error {
				if i%2 == 0 {
					_, err := adapter.Open(t.Context(), db, adapter.Config{})
					return err
				}
				return db.Transaction(func(tx *gorm.DB) error {
					return errors.Join(tx.Create(&invoice{ID: strconv.Itoa(i)}).Error, s.in(tx).Assign(t.Context(), "tom", rolekit.UserID(fmt.Sprint("user", i)), "clerk"))
				})
			})
			if db.ConnPool != pool || db.Statement.ConnPool != statementPool {
				t.Error("it was wrapped again")
			}
			s.has(t, "together", 4)
			within, err := db.Begin().DB()
			after, afterErr := db.DB()
			if err := errors.Join(err, afterErr); err != nil || within != before || after != before {
				t.Errorf("the connections are not the application's: %v", err)
			}
			if pinger, ok := db.ConnPool.(interface{ Ping() error }); !ok || pinger.Ping() != nil {
				t.Error("the database does not answer")
			}
			if err := db.Connection(func(tx *gorm.DB) error { return tx.Exec("SELECT 1").Error }); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestJoinInConflict: two transactions of the application's, each of which takes
// one of the two owners' role. Whoever is told of a conflict starts again.
func TestJoinInConflict(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		owners := []rolekit.UserID{"olga", "ada"}
		repeated := 0
		for round := range 15 {
			for _, owner := range owners {
				if err := s.Manager().As(rolekit.System("test")).Assign(t.Context(), "tom", owner, "owner"); err != nil {
					t.Fatal(err)
				}
			}
			errs := make([]error, 2)
			runs := make([]int, 2)
			together(t, 2, func(i int) error {
				for runs[i] = 1; runs[i] < 100; runs[i]++ {
					errs[i] = s.db.Transaction(func(tx *gorm.DB) error {
						if err := tx.Create(&invoice{ID: fmt.Sprint(round, " ", i)}).Error; err != nil {
							return err
						}
						return s.in(tx).Unassign(t.Context(), "tom", owners[i], "owner")
					})
					if !errors.Is(errs[i], rolekit.ErrConflict) {
						break
					}
				}
				return nil
			})
			repeated += runs[0] + runs[1] - 2
			lost := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, rolekit.ErrLastHolder) })
			if lost < 0 || errs[1-lost] != nil {
				t.Fatalf("the two ended by %v and %v", errs[0], errs[1])
			}
			if !reads(t, s.Kit, owners[lost], "tom") || reads(t, s.Kit, owners[1-lost], "tom") {
				t.Fatal("checks decide by something else than what was committed")
			}
			s.has(t, "one of two", int64(round+1), map[bool][]rolekit.UserID{true: {"ada"}}[lost == 1]...)
		}
		t.Logf("%d transactions were run again", repeated)
	})
}

// TestJoinDeadlock: the database ends one of two transactions that wait for each
// other. What that one does afterwards must not be committed as if nothing were.
func TestJoinDeadlock(t *testing.T) {
	t.Parallel()
	for _, d := range databases()[1:] { // SQLite has one lock
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, open(t, d.create(t)()))
			orgs := []rolekit.OrgID{"tom", "jack"}
			set := func(tx *gorm.DB, org rolekit.OrgID, to rolekit.Revision) error {
				return s.store.Join(tx).Update(t.Context(), func(w rolekit.Writer) error {
					_ = w.Lock(t.Context(), org) // what fails is not forgotten
					return w.SetRevisions(t.Context(), to, org)
				})
			}
			txs := []*gorm.DB{s.db.Begin(), s.db.Begin()}
			for i, tx := range txs {
				if err := errors.Join(tx.Create(&invoice{ID: strconv.Itoa(i)}).Error, set(tx, orgs[i], 100)); err != nil {
					t.Fatal(err)
				}
				s.store.Join(tx).AfterCommit(func() {})
			}
			type ended struct {
				i   int
				err error
			}
			ends := make(chan ended, 2)
			for i, tx := range txs {
				go func() { ends <- ended{i, set(tx, orgs[1-i], rolekit.Revision(101+i))} }()
			}
			victim := <-ends
			if victim.err == nil { // MariaDB has rolled back the other one already, and so this one came first
				first := victim
				victim = <-ends
				ends <- first
			}
			e, ok := errors.AsType[*rolekit.Error](victim.err)
			if !ok || !errors.Is(victim.err, rolekit.ErrConflict) || e.Hint != "roll back, and run the whole transaction again" {
				t.Errorf("the victim: %v, want ErrConflict", victim.err)
			}
			late := txs[victim.i].Create(&invoice{ID: "late"}).Error
			commit := txs[victim.i].Commit().Error
			survivor := <-ends
			if err := errors.Join(survivor.err, txs[survivor.i].Commit().Error); err != nil {
				t.Errorf("the survivor: %v", err)
			}
			var ids []string
			if err := s.db.Table("invoices").Order("id").Pluck("id", &ids).Error; err != nil {
				t.Fatal(err)
			}
			want := []string{"0", "1", "late"} // PostgreSQL undoes the change alone
			if d.name == "MariaDB" {
				want = []string{strconv.Itoa(survivor.i)}
				if !errors.Is(late, rolekit.ErrConflict) || !errors.Is(commit, rolekit.ErrConflict) {
					t.Errorf("the victim goes on by %v, and commits by %v, want ErrConflict", late, commit)
				}
			} else if err := errors.Join(late, commit); err != nil {
				t.Errorf("the rest of the victim: %v", err)
			}
			equal(t, "the invoices", want, ids)
		})
	}
}
