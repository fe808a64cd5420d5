package adapter_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// invoice is a row of an application's.
type invoice struct {
	ID    string `gorm:"primaryKey;size:50"`
	Total int
}

// shop is an application with invoices and a kit in one database.
type shop struct {
	*rolekit.Kit

	db    *gorm.DB
	store *adapter.Store
}

// newShop has organisations tom and jack, with bob a clerk in both: see populate.
func newShop(t testing.TB, db *gorm.DB) *shop {
	t.Helper()
	store := openStore(t, db)
	s := &shop{kitOn(t, store), db, store}
	populate(t, s.Kit)
	exec(t, db, "CREATE TABLE invoices (id varchar(50) PRIMARY KEY, total integer)")
	return s
}

// in returns a manager whose changes join the transaction.
func (s *shop) in(tx *gorm.DB) *rolekit.Manager {
	return s.Manager().As(rolekit.System("shop")).In(s.store.Join(tx))
}

// has checks how many invoices there are, and who may read in tom; and that a kit
// made anew says the same.
func (s *shop) has(t testing.TB, what string, invoices int64, clerks ...rolekit.UserID) {
	t.Helper()
	var count int64
	if err := s.db.Session(&gorm.Session{NewDB: true}).Table("invoices").Count(&count).Error; err != nil {
		t.Fatal(err)
	}
	if count != invoices {
		t.Errorf("%s: %d invoices, want %d", what, count, invoices)
	}
	anew := kitOn(t, s.store)
	for _, user := range []rolekit.UserID{"ada", "bea", "cleo"} {
		want := false
		for _, c := range clerks {
			want = want || c == user
		}
		if reads(t, s.Kit, user, "tom") != want || reads(t, anew, user, "tom") != want {
			t.Errorf("%s: %s may read %t, says a new kit %t, want %t", what, user, reads(t, s.Kit, user, "tom"), reads(t, anew, user, "tom"), want)
		}
	}
}

var errChanged = errors.New("the application changed its mind")

func TestJoinCommitsAndRollsBackTogether(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		both := func(tx *gorm.DB, id string, user rolekit.UserID) error {
			return errors.Join(tx.Create(&invoice{ID: id}).Error, s.in(tx).Assign(t.Context(), "tom", user, "clerk"))
		}
		err := s.db.Transaction(func(tx *gorm.DB) error {
			err := both(tx, "1", "ada")
			if reads(t, s.Kit, "ada", "tom") {
				t.Error("ada may read before the commit")
			}
			return err
		})
		s.has(t, fmt.Sprint("committed: ", err), 1, "ada")

		err = s.db.Transaction(func(tx *gorm.DB) error { return errors.Join(both(tx, "2", "bea"), errChanged) })
		s.has(t, fmt.Sprint("rolled back: ", err), 1, "ada")
		if !errors.Is(err, errChanged) || errors.Is(err, rolekit.ErrUnavailable) {
			t.Errorf("the transaction: %v", err)
		}

		tx := s.db.Begin()
		err = both(tx, "3", "bea")
		s.has(t, fmt.Sprint("begun: ", err), 1, "ada")
		if err := tx.Commit().Error; err != nil {
			t.Error(err)
		}
		s.has(t, "committed by hand", 2, "ada", "bea")
		if err := s.in(tx).Assign(t.Context(), "tom", "cleo", "clerk"); err == nil {
			t.Error("a change joined a transaction that had ended")
		}

		tx = s.db.Begin()
		err = errors.Join(both(tx, "4", "cleo"), s.in(tx).Unassign(t.Context(), "tom", "ada", "clerk"), tx.Rollback().Error)
		s.has(t, fmt.Sprint("rolled back by hand: ", err), 2, "ada", "bea")

		func() {
			defer func() { _ = recover() }()
			_ = s.db.Transaction(func(tx *gorm.DB) error {
				_ = both(tx, "5", "cleo")
				panic("the application fails")
			})
		}()
		s.has(t, "a panic", 2, "ada", "bea")
	})
}

func TestJoinNested(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		assign := func(tx *gorm.DB, user rolekit.UserID) error {
			return s.in(tx).Assign(t.Context(), "tom", user, "clerk")
		}
		var inner error
		err := s.db.Transaction(func(tx *gorm.DB) error {
			if err := assign(tx, "ada"); err != nil {
				return err
			}
			inner = tx.Transaction(func(tx *gorm.DB) error {
				return errors.Join(tx.Create(&invoice{ID: "1"}).Error, assign(tx, "bea"), errChanged)
			})
			return tx.Transaction(func(tx *gorm.DB) error { return assign(tx, "cleo") })
		})
		if err != nil || !errors.Is(inner, errChanged) || errors.Is(inner, rolekit.ErrUnavailable) {
			t.Errorf("outer: %v, inner: %v", err, inner)
		}
		s.has(t, "of two nested ones, one rolled back", 0, "ada", "cleo")

		err = s.db.Transaction(func(tx *gorm.DB) error {
			errs := []error{s.in(tx).Unassign(t.Context(), "tom", "cleo", "clerk"), tx.SavePoint("here").Error, assign(tx, "bea")}
			return errors.Join(append(errs, tx.Create(&invoice{ID: "1"}).Error, tx.RollbackTo("here").Error)...)
		})
		s.has(t, fmt.Sprint("back to a savepoint: ", err), 0, "ada")

		err = s.db.Transaction(func(tx *gorm.DB) error {
			return errors.Join(tx.Transaction(func(tx *gorm.DB) error { return assign(tx, "bea") }), errChanged)
		})
		s.has(t, fmt.Sprint("all rolled back: ", err), 0, "ada")
	})
}

// TestJoinRefused: a change that is refused, or fails in the database, leaves the
// rest of the transaction as it was.
func TestJoinRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		before := tables(t, s.db)
		err := s.db.Transaction(func(tx *gorm.DB) error {
			join := s.store.Join(tx)
			if err := s.in(tx).Unassign(t.Context(), "tom", "olga", "owner"); !errors.Is(err, rolekit.ErrLastHolder) {
				t.Errorf("the last owner: %v, want ErrLastHolder", err)
			}
			half := func(w rolekit.Writer) error {
				return errors.Join(w.Lock(t.Context(), "tom"), w.SetRevisions(t.Context(), 99, "tom"),
					w.AddRules(t.Context(), rolekit.Rule{Ptype: "g", V: [6]string{"user:ada", "role:clerk", "tom"}}), w.DeleteOrg(t.Context(), "jack"))
			}
			err := join.Update(t.Context(), func(w rolekit.Writer) error { return errors.Join(half(w), errChanged) })
			if !errors.Is(err, errChanged) || errors.Is(err, rolekit.ErrConflict) {
				t.Errorf("an error of the function's: %v", err)
			}
			err = join.Update(t.Context(), func(w rolekit.Writer) error {
				_, appendErr := w.Append(t.Context(), rolekit.AuditEvent{Org: "tom", Action: "test"})
				return errors.Join(half(w), appendErr, w.InsertOrg(t.Context(), rolekit.Org{ID: "tom"}))
			})
			if !errors.Is(err, rolekit.ErrExists) {
				t.Errorf("an organisation that is there: %v, want ErrExists", err)
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic is gone")
					}
				}()
				_ = join.Update(t.Context(), func(w rolekit.Writer) error { panic(half(w)) })
			}()
			ctx, cancel := context.WithCancel(t.Context())
			err = join.Update(ctx, func(w rolekit.Writer) error {
				err := half(w)
				cancel()
				return errors.Join(err, ctx.Err())
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("an ended context: %v", err)
			}
			if tx.Name() != "sqlite" { // which takes an id of any length
				tooLong := rolekit.RoleRecord{Org: "tom", ID: rolekit.RoleID(fmt.Sprintf("%070d", 1))}
				err := join.Update(t.Context(), func(w rolekit.Writer) error { return errors.Join(half(w), w.PutRoles(t.Context(), tooLong)) })
				if err == nil || errors.Is(err, rolekit.ErrConflict) {
					t.Errorf("what the database refuses: %v", err)
				}
			}
			equal(t, "the tables within the transaction", before, tables(t, tx.Session(&gorm.Session{NewDB: true})))
			return errors.Join(tx.Create(&invoice{ID: "1"}).Error, s.in(tx).Assign(t.Context(), "tom", "bea", "clerk"))
		})
		s.has(t, fmt.Sprint("what was left to do: ", err), 1, "bea")
	})
}

// TestJoinMuch: several changes, and organisations that the transaction itself
// makes, before and after it makes them.
func TestJoinMuch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		ctx := t.Context()
		err := s.db.Transaction(func(tx *gorm.DB) error {
			m := s.in(tx)
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "anna", Creator: "anna"})
			_, errChild := m.CreateOrg(ctx, rolekit.NewOrg{ID: "anna.child", Parent: "anna"})
			_, errRole := m.CreateRole(ctx, "anna", rolekit.RoleSpec{ID: "reader", Grants: []rolekit.Grant{{Permission: "invoices:read"}}})
			return errors.Join(err, errChild, errRole, m.Assign(ctx, "anna.child", "ada", "reader"),
				m.Assign(ctx, "tom", "ada", "clerk"), m.Unassign(ctx, "tom", "bob", "clerk"), m.Assign(ctx, "tom", "bea", "clerk"), m.Unassign(ctx, "tom", "bea", "clerk"),
				m.DeleteOrg(ctx, "jack", rolekit.DeleteOptions{}))
		})
		s.has(t, fmt.Sprint("much: ", err), 0, "ada")
		if !reads(t, s.Kit, "ada", "anna.child") || !reads(t, s.Kit, "anna", "anna.child") || reads(t, s.Kit, "ada", "anna") || reads(t, s.Kit, "bob", "tom") {
			t.Error("not everything came through")
		}
		if _, err := s.Can(ctx, rolekit.Identity{User: "bob", Org: "jack"}, "invoices:read", nil); !errors.Is(err, rolekit.ErrOrgNotFound) {
			t.Errorf("in the deleted organisation: %v", err)
		}
		err = s.db.Transaction(func(tx *gorm.DB) error {
			_, err := s.in(tx).CreateOrg(ctx, rolekit.NewOrg{ID: "zoe", Creator: "zoe"})
			return errors.Join(err, s.in(tx).Assign(ctx, "zoe", "ada", "owner"), errChanged)
		})
		if _, notThere := s.Can(ctx, rolekit.Identity{User: "ada", Org: "zoe"}, "invoices:read", nil); !errors.Is(notThere, rolekit.ErrOrgNotFound) {
			t.Errorf("an organisation of a transaction that ended by %v: %v", err, notThere)
		}
	})
}

// TestJoinWithOneConnection: what is done after the commit needs one as well.
func TestJoinWithOneConnection(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		sqlDB, err := db.DB()
		if err != nil {
			t.Fatal(err)
		}
		sqlDB.SetMaxOpenConns(1)
		s := newShop(t, db)
		err = db.Transaction(func(tx *gorm.DB) error {
			return errors.Join(tx.Create(&invoice{ID: "1"}).Error, s.in(tx).Assign(t.Context(), "tom", "ada", "clerk"))
		})
		s.has(t, fmt.Sprint("committed: ", err), 1, "ada")
	})
}

// TestJoinWhateverGORMIsToldTo: the application's settings, and what it asks of
// its transaction, are its own.
func TestJoinWhateverGORMIsToldTo(t *testing.T) {
	t.Parallel()
	type db = *gorm.DB
	same := func(tx db) db { return tx }
	for name, c := range map[string]struct {
		config  gorm.Config
		session func(db) db // of which a transaction is begun
		tx      func(db) db // what is joined
	}{
		"statements prepared":           {gorm.Config{PrepareStmt: true}, same, same},
		"statements prepared later":     {gorm.Config{}, func(d db) db { return d.Session(&gorm.Session{PrepareStmt: true}) }, same},
		"statements prepared within":    {gorm.Config{}, same, func(d db) db { return d.Session(&gorm.Session{PrepareStmt: true}) }},
		"no transactions by default":    {gorm.Config{SkipDefaultTransaction: true}, same, same},
		"no nested transactions":        {gorm.Config{DisableNestedTransaction: true}, same, same},
		"errors translated":             {gorm.Config{TranslateError: true}, same, same},
		"names of its own":              {gorm.Config{NamingStrategy: schema.NamingStrategy{TablePrefix: "app_", NoLowerCase: true, SingularTable: true}}, same, same},
		"batches":                       {gorm.Config{CreateBatchSize: 1, QueryFields: true, FullSaveAssociations: true}, same, same},
		"a session with a context":      {gorm.Config{}, func(d db) db { return d.WithContext(t.Context()) }, same},
		"a session for debugging":       {gorm.Config{}, func(d db) db { return d.Session(&gorm.Session{NewDB: true, Logger: &queries{}}) }, same},
		"conditions on the transaction": {gorm.Config{}, same, func(d db) db { return d.Table("nothing").Where("1 = 0").Unscoped().Select("id").Limit(0) }},
		"a dry run within":              {gorm.Config{}, same, func(d db) db { return d.Session(&gorm.Session{DryRun: true}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, open opener) {
				s := newShop(t, open(&c.config))
				assign := func(tx db, user rolekit.UserID) error {
					return s.in(c.tx(tx)).Assign(t.Context(), "tom", user, "clerk")
				}
				err := c.session(s.db).Transaction(func(tx db) error {
					refused := s.in(c.tx(tx)).Unassign(t.Context(), "tom", "olga", "owner")
					if !errors.Is(refused, rolekit.ErrLastHolder) {
						t.Errorf("the last owner: %v", refused)
					}
					return errors.Join(tx.Exec("INSERT INTO invoices VALUES ('1', 0)").Error, assign(tx, "ada"))
				})
				s.has(t, fmt.Sprint("committed: ", err), 1, "ada")
				err = c.session(s.db).Transaction(func(tx db) error { return errors.Join(assign(tx, "bea"), errChanged) })
				s.has(t, fmt.Sprint("rolled back: ", err), 1, "ada")
				tx := c.session(s.db).Begin(&sql.TxOptions{})
				err = errors.Join(assign(tx, "cleo"), tx.Commit().Error)
				s.has(t, fmt.Sprint("by hand: ", err), 1, "ada", "cleo")
			})
		})
	}
}

func TestJoinRefusesWhatItCannotJoin(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		older := db.WithContext(t.Context())
		other := open()
		s := newShop(t, db)
		otherStore := openStore(t, other)
		refused := func(what string, store *adapter.Store, tx *gorm.DB, hint string) {
			t.Helper()
			ran := false
			join := store.Join(tx)
			err := join.Update(t.Context(), func(rolekit.Writer) error { ran = true; return nil })
			e, ok := errors.AsType[*rolekit.Error](err)
			if !ok || e.Code != rolekit.CodeInvalid || e.Hint != hint || ran {
				t.Errorf("%s: %v (ran: %t), want ErrInvalid with the hint %q", what, err, ran, hint)
			}
			join.AfterCommit(func() { t.Errorf("%s: a function was called", what) })
		}
		const begin, handOn, on = "begin one with db.Transaction", "begin one with db.Transaction, and give what that hands on", "begin it on the *gorm.DB that adapter.Open was given"
		refused("nothing", s.store, nil, begin)
		refused("an empty *gorm.DB", s.store, &gorm.DB{}, begin)
		refused("no transaction", s.store, db, handOn)
		refused("a chain", s.store, db.Where("1 = 1"), handOn)
		for what, of := range map[string]*gorm.DB{"a session from before": older, "another connection": open(), "another store's": other} {
			tx := of.Begin()
			refused(what, s.store, tx, on)
			if err := tx.Commit().Error; err != nil {
				t.Error(err)
			}
		}
		tx := db.Begin()
		refused("this one's, in the other store", otherStore, tx, on)
		if _, err := adapter.Open(t.Context(), tx, adapter.Config{}); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("a store on a transaction: %v, want ErrInvalid", err)
		}
		if err := tx.Rollback().Error; err != nil {
			t.Error(err)
		}
		if db.Name() == "postgres" {
			for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
				tx := db.Begin(&sql.TxOptions{Isolation: level})
				refused(level.String(), s.store, tx, "begin it at READ COMMITTED")
				if err := tx.Rollback().Error; err != nil {
					t.Error(err)
				}
			}
		}
		s.has(t, "after all of that", 0)
	})
}

// TestJoinAnOldSnapshot: a transaction that read before another one committed must
// not decide by what it saw then.
func TestJoinAnOldSnapshot(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		s := newShop(t, open())
		levels := []sql.IsolationLevel{sql.LevelDefault, sql.LevelReadCommitted}
		if s.db.Name() == "mysql" {
			levels = append(levels, sql.LevelRepeatableRead)
		}
		system := s.Manager().As(rolekit.System("test"))
		for _, level := range levels {
			if err := system.Assign(t.Context(), "tom", "ada", "owner"); err != nil {
				t.Fatal(err)
			}
			tx := s.db.Begin(&sql.TxOptions{Isolation: level})
			var seen int64
			if err := tx.Table("casbin_rule").Count(&seen).Error; err != nil {
				t.Fatal(err)
			}
			if err := system.Unassign(t.Context(), "tom", "ada", "owner"); err != nil { // now olga is the last
				t.Fatal(err)
			}
			err := s.in(tx).Unassign(t.Context(), "tom", "olga", "owner")
			switch s.db.Name() {
			case "sqlite": // it cannot write any more
				if e, ok := errors.AsType[*rolekit.Error](err); !ok || e.Code != rolekit.CodeConflict || e.Hint != "roll back, and run the whole transaction again" {
					t.Errorf("%s: %v, want ErrConflict", level, err)
				}
			default:
				if !errors.Is(err, rolekit.ErrLastHolder) {
					t.Errorf("%s: %v, want ErrLastHolder", level, err)
				}
			}
			if err := tx.Rollback().Error; err != nil {
				t.Error(err)
			}
		}
	})
}
