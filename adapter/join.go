package adapter

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// Join returns the application's GORM transaction as one that changes of policies
// can join:
//
//	err := db.Transaction(func(tx *gorm.DB) error {
//		if err := tx.Create(&invoice).Error; err != nil {
//			return err
//		}
//		return kit.Manager().As(actor).In(store.Join(tx)).Assign(ctx, org, user, role)
//	})
//
// The transaction must be begun, by Transaction or Begin, on the *gorm.DB that
// [Open] was given or a session made of it afterwards; nested ones will do. On
// PostgreSQL it must run at READ COMMITTED, the default: a stricter one would not
// see what was committed before its locks were taken. On MySQL and MariaDB any will
// do.
//
// What a change registers to be done after the commit is done then even if the
// application rolled back to a savepoint from before the change: it only makes the
// kit read again.
func (s *Store) Join(tx *gorm.DB) rolekit.Transaction { //nolint:ireturn // what a Manager takes
	return joined{s, tx}
}

// joined implements [rolekit.Transaction] on the application's.
type joined struct {
	store *Store
	tx    *gorm.DB
}

var _ rolekit.Transaction = joined{}

// AfterCommit implements [rolekit.Transaction].
func (j joined) AfterCommit(fn func()) {
	if tx, err := j.begun(); err == nil { // else Update failed
		tx.mu.Lock()
		tx.afterCommit = append(tx.afterCommit, fn)
		tx.mu.Unlock()
	}
}

// begun finds the transaction behind what the application calls one.
func (j joined) begun() (*poolTx, error) {
	invalid := func(message, hint string) error {
		return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
	}
	if j.tx == nil || j.tx.Statement == nil {
		return nil, invalid("the transaction is missing", "begin one with db.Transaction")
	}
	conn := j.tx.Statement.ConnPool
	if prepared, ok := conn.(*gorm.PreparedStmtTX); ok {
		conn = prepared.Tx
	}
	if tx, ok := conn.(*poolTx); ok && tx.pool == j.store.pool {
		return tx, nil
	}
	if _, ok := conn.(gorm.TxCommitter); ok {
		return nil, invalid("the transaction was not begun on the store's database", "begin it on the *gorm.DB that adapter.Open was given")
	}
	return nil, invalid("what was given is no transaction", "begin one with db.Transaction, and give what that hands on")
}

// Update implements [rolekit.Transaction].
func (j joined) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	tx, err := j.begun()
	if err != nil {
		return err
	}
	if err := tx.fits(ctx, j.store.dialect); err != nil {
		return err
	}
	err = tx.apart(ctx, func() error {
		return j.store.write(ctx, tx.Tx, j.store.dialect.latest, fn)
	})
	if isConflict(err) {
		return &rolekit.Error{
			Code: rolekit.CodeConflict, Message: "another transaction was in the way of the change",
			Hint: "roll back, and run the whole transaction again", Err: err,
		}
	}
	return ended(ctx, err)
}

// fits refuses a transaction that does not see what others committed since it
// began.
func (tx *poolTx) fits(ctx context.Context, d *dialect) error {
	if d.isolation == "" {
		return nil
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.isolation == "" { // it stays what it is
		if err := tx.QueryRowContext(ctx, d.isolation).Scan(&tx.isolation); err != nil {
			return asError(err)
		}
	}
	if tx.isolation != "read committed" {
		return &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: fmt.Sprintf("a transaction at %s cannot change policies: it does not see what others commit", tx.isolation),
			Hint: "begin it at READ COMMITTED",
		}
	}
	return nil
}

// apart runs fn so that it can be undone without the rest of the transaction.
// GORM's own savepoints can be switched off.
func (tx *poolTx) apart(ctx context.Context, fn func() error) (err error) {
	tx.mu.Lock()
	tx.joined++
	name := fmt.Sprintf("rolekit_%d", tx.joined)
	tx.mu.Unlock()
	if _, err := tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil { // also where it is lost already
		return err
	}
	// Where the database has ended the transaction because of what the application
	// did before, MySQL takes a savepoint for nothing, and would commit each
	// statement that follows at once. To go back to it tells.
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); err != nil {
		return tx.lose(err)
	}
	done := false
	defer func() {
		if done && err == nil {
			return
		}
		// The context may be what ended.
		ctx := context.WithoutCancel(ctx)
		for _, undo := range []string{"ROLLBACK TO SAVEPOINT ", "RELEASE SAVEPOINT "} {
			if _, failed := tx.Tx.ExecContext(ctx, undo+name); failed != nil {
				err = errors.Join(err, tx.lose(failed))
				return
			}
		}
	}()
	err = fn()
	done = true
	if err == nil {
		_, err = tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name)
	}
	return err
}

// lose keeps a transaction from going on of which the database itself has rolled
// back more than the change: after a deadlock MySQL undoes it all, and would take
// what follows as if there had been no transaction.
func (tx *poolTx) lose(cause error) error {
	lost := &rolekit.Error{
		Code: rolekit.CodeConflict, Message: "the database gave up on the transaction",
		Hint: "roll back, and run the whole transaction again", Err: cause,
	}
	tx.mu.Lock()
	tx.lost = lost
	tx.mu.Unlock()
	_ = tx.Rollback() // from now on, database/sql refuses whatever is asked of it
	return lost
}
