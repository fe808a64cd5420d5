// Package adapter keeps rolekit's policies in a database through GORM. Rules go
// through Casbin's gorm-adapter, so that other Casbin programs can read them;
// everything else has typed tables of its own, whose names begin with rolekit_.
package adapter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// Config configures a [Store]. The zero value is useful.
type Config struct {
	// Migrate brings the schema up to date before opening. Default: false; a
	// schema that is not up to date is then an error.
	Migrate bool
}

// Store implements [rolekit.Store] on a database.
type Store struct {
	db *gorm.DB
}

var _ rolekit.Store = (*Store)(nil)

// Open returns a store on the application's own connection, which stays the
// application's to close. SQLite is supported; see [SQLiteDSN] for how to open
// it. It fails when the database cannot be reached, or its schema is older or
// newer than this version of rolekit.
func Open(ctx context.Context, db *gorm.DB, config Config) (*Store, error) {
	if db == nil {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "the database is missing", Hint: "open one with gorm.Open"}
	}
	if config.Migrate {
		if err := Migrate(ctx, db); err != nil {
			return nil, err
		}
	}
	if err := checkSchema(ctx, db); err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}

// SQLiteDSN returns the data source name with which an SQLite file serves a
// rolekit store well: writers wait for each other instead of failing, and
// readers never wait.
func SQLiteDSN(path string) string {
	// The name is a URI (https://www.sqlite.org/uri.html), the path a part of it.
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(path) +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)"
}

// View implements [rolekit.Store].
func (s *Store) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	return s.transaction(ctx, func(tx *gorm.DB) error { return fn(reader{tx}) })
}

// Update implements [rolekit.Store].
func (s *Store) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	return s.transaction(ctx, func(tx *gorm.DB) error {
		rules, err := gormadapter.NewFilteredAdapterByDB(tx, "", rulesTable)
		if err != nil {
			return fmt.Errorf("bind gorm-adapter to the transaction: %w", err)
		}
		return fn(writer{reader{tx}, rules})
	})
}

// transaction runs fn with errors and panics rolling everything back.
func (s *Store) transaction(ctx context.Context, fn func(*gorm.DB) error) error {
	err := s.db.WithContext(ctx).Transaction(fn)
	if _, ok := errors.AsType[*rolekit.Error](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("database: %w", err)
}
