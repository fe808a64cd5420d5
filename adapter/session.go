package adapter

import (
	"context"

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

// on returns a session that asks what is given: a transaction.
func on(ctx context.Context, session *gorm.DB, pool gorm.ConnPool) *gorm.DB {
	tx := session.WithContext(ctx)
	tx.Statement.ConnPool = pool
	return tx
}
