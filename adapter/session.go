package adapter

import (
	"context"
	"database/sql"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
)

// newSession returns a *gorm.DB of the kit's own on a pool of the application's.
// It writes to the same log, and has nothing else of the application's: not its
// names for columns, which gorm-adapter leaves to it, nor its plugins, which may add
// conditions to every query.
func newSession(db *gorm.DB, pool gorm.ConnPool, d *dialect) (*gorm.DB, error) {
	// Without a dialect gorm.Open connects to nothing. It gets the application's
	// afterwards, which is connected.
	own, err := gorm.Open(nil, &gorm.Config{
		ClauseBuilders: db.ClauseBuilders, ConnPool: pool, DisableAutomaticPing: true, Logger: db.Logger, SkipDefaultTransaction: true,
	})
	if err != nil {
		return nil, err
	}
	own.Dialector = db.Dialector
	callbacks.RegisterDefaultCallbacks(own, &d.create)
	return own, nil
}

// guard is a transaction that does nothing more once a statement of it has
// failed. PostgreSQL behaves so by itself; but after a deadlock MySQL has rolled
// back, and takes each further statement as a transaction of its own.
type guard struct {
	gorm.ConnPool

	reading sync.Mutex
	failed  error
}

// guarded returns a session of which every statement runs in the transaction.
func guarded(ctx context.Context, session *gorm.DB, tx gorm.ConnPool) (*gorm.DB, *guard) {
	g := &guard{ConnPool: tx}
	own := session.WithContext(ctx)
	own.Statement.ConnPool = g
	return own, g
}

// note remembers the first error, and returns what it is given.
func (g *guard) note(err error) error {
	if g.failed == nil {
		g.failed = err
	}
	return err
}

// ExecContext implements [gorm.ConnPool].
func (g *guard) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if g.failed != nil {
		return nil, g.failed
	}
	result, err := g.ConnPool.ExecContext(ctx, query, args...)
	return result, g.note(err)
}

// QueryContext implements [gorm.ConnPool].
func (g *guard) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if g.failed != nil {
		return nil, g.failed
	}
	rows, err := g.ConnPool.QueryContext(ctx, query, args...)
	return rows, g.note(err)
}
