package adapter

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// pool stands between the application's *gorm.DB and its connections, as GORM's
// own PrepareStmt does, so that a transaction which policy changes join can tell
// them of its commit. It changes nothing else.
type pool struct {
	gorm.ConnPool
}

// wrap puts a pool into the application's *gorm.DB, once, and returns it. It only
// reads what is wrapped already.
func wrap(db *gorm.DB) (*pool, error) {
	if _, ok := db.Statement.ConnPool.(gorm.TxCommitter); ok {
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: "the database is a transaction", Hint: "open the store on the *gorm.DB that gorm.Open returned",
		}
	}
	switch at := db.ConnPool.(type) {
	case *pool:
		return at, nil
	case *gorm.PreparedStmtDB: // GORM looks for this one in some places, so it stays outside
		p, ok := at.ConnPool.(*pool)
		if !ok {
			p = &pool{at.ConnPool}
			at.ConnPool = p
		}
		return p, nil
	}
	p := &pool{db.ConnPool}
	db.ConnPool, db.Statement.ConnPool = p, p
	return p, nil
}

// BeginTx implements [gorm.ConnPoolBeginner].
func (p *pool) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) { //nolint:ireturn // GORM wants it so
	switch beginner := p.ConnPool.(type) {
	case gorm.TxBeginner:
		tx, err := beginner.BeginTx(ctx, options)
		if err != nil {
			return nil, err
		}
		return &poolTx{Tx: tx, pool: p}, nil
	case gorm.ConnPoolBeginner:
		conn, err := beginner.BeginTx(ctx, options)
		if err != nil {
			return nil, err
		}
		if tx, ok := conn.(gorm.Tx); ok {
			return &poolTx{Tx: tx, pool: p}, nil
		}
		return conn, nil
	}
	return nil, gorm.ErrInvalidTransaction
}

// GetDBConn implements [gorm.GetDBConnector].
func (p *pool) GetDBConn() (*sql.DB, error) {
	switch at := p.ConnPool.(type) {
	case *sql.DB:
		return at, nil
	case gorm.GetDBConnector:
		return at.GetDBConn()
	}
	return nil, gorm.ErrInvalidDB
}

// Ping reports whether the database answers, where that can be asked.
func (p *pool) Ping() error {
	if pinger, ok := p.ConnPool.(interface{ Ping() error }); ok {
		return pinger.Ping()
	}
	return nil
}

// poolTx is a transaction that the application began on a pool.
type poolTx struct {
	gorm.Tx

	pool *pool

	mu          sync.Mutex
	afterCommit []func()
	joined      int    // how many changes did
	isolation   string // where a change asked
	lost        error  // why it cannot be committed any more
}

// isLost returns why nothing can be done in the transaction any more.
func (tx *poolTx) isLost() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.lost
}

// ExecContext implements [gorm.ConnPool].
func (tx *poolTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := tx.isLost(); err != nil {
		return nil, err
	}
	return tx.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements [gorm.ConnPool].
func (tx *poolTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.isLost(); err != nil {
		return nil, err
	}
	return tx.Tx.QueryContext(ctx, query, args...)
}

// Commit implements [gorm.TxCommitter].
func (tx *poolTx) Commit() error {
	if err := tx.isLost(); err != nil {
		_ = tx.Rollback() // which the database may have done itself
		return err
	}
	if err := tx.Tx.Commit(); err != nil {
		return err
	}
	tx.mu.Lock()
	calls := slices.Clone(tx.afterCommit)
	tx.afterCommit = nil
	tx.mu.Unlock()
	for _, call := range calls {
		call()
	}
	return nil
}

// GetDBConn implements [gorm.GetDBConnector].
func (tx *poolTx) GetDBConn() (*sql.DB, error) { return tx.pool.GetDBConn() }
