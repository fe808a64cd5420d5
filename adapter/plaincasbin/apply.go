package plaincasbin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// Target is where a plan is done.
type Target struct {
	DB   *gorm.DB                              // that the rows were read from, and the store opened on
	Join func(tx *gorm.DB) rolekit.Transaction // the store's
	Kit  *rolekit.Kit

	// Progress, where it is set, is told how many of the plan's organisations are made,
	// from 0 on. Nothing is committed before Apply returns.
	Progress func(done, of int)
}

// Consent is what somebody has read in the plan and agrees to.
type Consent struct {
	// Leave keeps rows that cannot be said in [Backup] alone.
	Leave bool
	// Gains lets the plan allow more than the rows did.
	Gains bool
}

// rowsAtOnce keeps the ids of one statement below what every database takes.
const rowsAtOnce = 500

// Apply does what the plan says, in one transaction: the rows are copied to
// [Backup] as they are and taken out of casbin_rule, and organisations, roles and
// assignments are made by the kit's Manager, as the system. When it fails, nothing
// has changed. A plan without rows changes nothing either.
//
// It fails with ErrInvalid where the plan needs a consent that is not given, and
// with ErrConflict where the rows are not those of the plan any more.
func Apply(ctx context.Context, to Target, plan *Plan, consent Consent) error {
	if len(plan.rows) == 0 {
		return nil
	}
	if err := consent.covers(plan); err != nil {
		return err
	}
	// On MySQL the creation of a table commits what went before, so it comes
	// first; elsewhere it is part of the transaction.
	apart := to.DB.Name() == "mysql"
	made := false
	if apart {
		var err error
		if made, err = makeBackup(to.DB.WithContext(ctx)); err != nil {
			return failed(err)
		}
	}
	err := to.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if !apart {
			if _, err := makeBackup(tx); err != nil {
				return err
			}
		}
		if err := move(ctx, tx, plan.rows); err != nil {
			return err
		}
		return create(ctx, to.Kit.Manager().As(rolekit.System("import")).In(to.Join(tx)), plan, to.Progress)
	}, isolation(to.DB))
	if err == nil {
		return nil
	}
	if made { // it is empty
		if cleanup := to.DB.WithContext(context.WithoutCancel(ctx)).Migrator().DropTable(Backup); cleanup != nil {
			err = fmt.Errorf("%w; and the empty table %s is left: %w", err, Backup, cleanup)
		}
	}
	return failed(err)
}

func (c Consent) covers(plan *Plan) error {
	switch {
	case len(plan.Refused) > 0 && !c.Leave:
		return invalid("name what they are called in rolekit, or say that they are left behind",
			"%d of the rows cannot be said in rolekit", len(plan.Refused))
	case len(plan.Gains) > 0 && !c.Gains:
		return invalid("change the catalog or the rows, or say that this is meant",
			"the plan would allow what the rows do not: %s", count(len(plan.Gains), "gain"))
	}
	return nil
}

// failed keeps an error of the kit's, and makes one of the database's.
func failed(err error) error {
	if _, ok := errors.AsType[*rolekit.Error](err); ok {
		return err
	}
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "nothing was imported: the database failed", Err: err}
}

// makeBackup makes the table that keeps the rows, where it is not there: with the
// columns of the rules' own, whatever those are, and no index that would keep a
// row from being kept.
func makeBackup(db *gorm.DB) (made bool, err error) {
	if db.Migrator().HasTable(Backup) {
		return false, nil
	}
	columns, err := quotedColumns(db)
	if err != nil {
		return false, err
	}
	return true, db.Exec("CREATE TABLE " + Backup + " AS SELECT " + columns + " FROM " + table + " WHERE 1 = 0").Error
}

// move copies the rows and deletes them.
func move(ctx context.Context, tx *gorm.DB, rows []Row) error {
	if err := same(ctx, tx, rows); err != nil {
		return err
	}
	columns, err := quotedColumns(tx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, rowsAtOnce) {
		ids := make([]uint, len(part))
		for i, r := range part {
			ids[i] = r.ID
		}
		for _, statement := range []string{
			"INSERT INTO " + Backup + " (" + columns + ") SELECT " + columns + " FROM " + table + " WHERE id IN ?",
			"DELETE FROM " + table + " WHERE id IN ?",
		} {
			done := tx.Exec(statement, ids)
			if done.Error != nil {
				return done.Error
			}
			if done.RowsAffected != int64(len(part)) {
				return changed()
			}
		}
	}
	return nil
}

// isolation is what [same] relies on, whatever the server's own is.
func isolation(db *gorm.DB) *sql.TxOptions {
	switch db.Name() {
	case "postgres":
		return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	case "mysql":
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
	}
	return nil
}

// same keeps others from writing rules until the end of the transaction, and fails
// when the rows are not those of the plan.
func same(ctx context.Context, tx *gorm.DB, rows []Row) error {
	locked := func(q *gorm.DB) *gorm.DB { return q }
	var lock string
	switch tx.Name() {
	case "sqlite": // whoever writes first takes the database
		lock = "DELETE FROM " + table + " WHERE 1 = 0"
	case "postgres": // a lock of its rows would let others add some
		lock = "LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE"
	default: // at MySQL's repeatable read, a lock of all rows is one of the gaps between them
		locked = func(q *gorm.DB) *gorm.DB { return q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}) }
	}
	if lock != "" {
		if err := tx.Exec(lock).Error; err != nil {
			return err
		}
	}
	now, err := read(ctx, tx, locked)
	if err != nil {
		return err
	}
	if !slices.Equal(now.Rows, rows) {
		return changed()
	}
	return nil
}

func changed() error {
	return &rolekit.Error{
		Code: rolekit.CodeConflict, Message: "the rows of " + table + " were changed since the plan was made",
		Hint: "stop the program that writes them, and make the plan again",
	}
}

func quotedColumns(tx *gorm.DB) (string, error) {
	types, err := tx.Migrator().ColumnTypes(table)
	if err != nil {
		return "", err
	}
	columns := make([]string, len(types))
	for i, t := range types {
		columns[i] = tx.Statement.Quote(t.Name())
	}
	return strings.Join(columns, ", "), nil
}

// Create makes a plan's organisations, with their roles and assignments, and does
// nothing about the rows. [Apply] calls it.
func Create(ctx context.Context, m *rolekit.Manager, plan *Plan) error {
	return create(ctx, m, plan, nil)
}

func create(ctx context.Context, m *rolekit.Manager, plan *Plan, tell func(done, of int)) error {
	if tell == nil {
		tell = func(int, int) {}
	}
	tell(0, len(plan.Orgs))
	for i, o := range plan.Orgs {
		if _, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: o.ID, Label: label(o.Domain, string(o.ID)), Creator: o.Creator}); err != nil {
			return err
		}
		for _, r := range o.Roles {
			if _, err := m.CreateRole(ctx, o.ID, r.RoleSpec); err != nil {
				return err
			}
		}
		holds := make([]rolekit.Assignment, len(o.Holds))
		for i, h := range o.Holds {
			holds[i] = rolekit.Assignment{User: h.User, Role: h.Role}
		}
		if err := m.PutAssignments(ctx, o.ID, holds...); err != nil {
			return err
		}
		tell(i+1, len(plan.Orgs))
	}
	return nil
}
