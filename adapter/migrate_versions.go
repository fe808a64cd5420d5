package adapter

import (
	"context"
	"database/sql"
	"errors"

	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// versionsTable is where goose writes down which migrations ran.
const versionsTable = "rolekit_schema"

// versions is goose's own store, which writes times as the connection's time zone
// has them, and reads them only where the driver parses times.
type versions struct {
	database.Store

	dialect *dialect
}

func newVersions(d *dialect) (versions, error) {
	store, err := database.NewStore(d.goose, versionsTable)
	return versions{store, d}, err
}

// begin makes the table, with the row that goose begins by. Either may be there.
func (v versions) begin(ctx context.Context, conn *sql.Conn) (err error) {
	tx, err := conn.BeginTx(ctx, nil) // which on MySQL ends with the table
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	there, err := v.TableExists(ctx, tx)
	if err != nil {
		return err
	}
	if !there {
		if err := v.CreateVersionTable(ctx, tx); err != nil {
			return err
		}
	}
	rows, err := v.ListMigrations(ctx, tx)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		if err := v.Insert(ctx, tx, database.InsertRequest{Version: 0}); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Insert implements [database.Store].
func (v versions) Insert(ctx context.Context, db database.DBTxConn, request database.InsertRequest) error {
	_, err := db.ExecContext(ctx, v.dialect.insertVersion, request.Version, true)
	return err
}

// TableExists implements [database.StoreExtender].
func (v versions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	return v.dialect.hasVersions(ctx, db)
}

// hasVersions reports whether anything was migrated yet.
func (d *dialect) hasVersions(ctx context.Context, db database.DBTxConn) (bool, error) {
	var tables int
	err := db.QueryRowContext(ctx, d.countVersions).Scan(&tables)
	return tables > 0, err
}

// sessionLock lets one process migrate at a time. Whoever takes it waits, and the
// database gives it back when its connection ends.
type sessionLock struct{ take, give string }

var _ lock.SessionLocker = sessionLock{}

// SessionLock implements [lock.SessionLocker].
func (l sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	return ask(ctx, conn, l.take, "another process has been migrating for too long")
}

// SessionUnlock implements [lock.SessionLocker].
func (l sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	return ask(ctx, conn, l.give, "the lock of migrations was lost")
}

// ask fails where the answer is not 1.
func ask(ctx context.Context, conn *sql.Conn, query, otherwise string) error {
	var answer sql.NullInt64
	if err := conn.QueryRowContext(ctx, query).Scan(&answer); err != nil {
		return err
	}
	if answer.Int64 != 1 {
		return errors.New(otherwise)
	}
	return nil
}
