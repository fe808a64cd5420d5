// Package adapter keeps rolekit's policies in a database through GORM: SQLite,
// PostgreSQL, MySQL or MariaDB, whichever the application has opened. Rules go
// through Casbin's gorm-adapter, so that other Casbin programs can read them;
// everything else has typed tables of its own, whose names begin with rolekit_.
package adapter

import (
	"context"
	"fmt"
	"strings"

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
	dialect *dialect
	pool    *pool    // in the application's *gorm.DB
	session *gorm.DB // the kit's own
}

var _ rolekit.Store = (*Store)(nil)

// Open returns a store on the application's own database, which stays the
// application's to close. It fails when the database cannot be reached, or its
// schema is older or newer than this version of rolekit. It must be the primary:
// a replica would show revoked rights for as long as it lags.
//
// What it is given must be the *gorm.DB that gorm.Open returned. For [Store.Join],
// Open puts a layer between that and its connections; so it should be called
// before other goroutines use it, and before sessions are made of it. A second
// call finds the layer and changes nothing.
func Open(ctx context.Context, db *gorm.DB, config Config) (*Store, error) {
	if db == nil {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "the database is missing", Hint: "open one with gorm.Open"}
	}
	d, err := dialectOf(db)
	if err != nil {
		return nil, err
	}
	if config.Migrate {
		if err := Migrate(ctx, db); err != nil {
			return nil, err
		}
	}
	if err := checkSchema(ctx, db); err != nil {
		return nil, err
	}
	p, err := wrap(db)
	if err != nil {
		return nil, err
	}
	session, err := newSession(db, p.ConnPool, d)
	if err != nil {
		return nil, asError(err)
	}
	return &Store{dialect: d, pool: p, session: session}, nil
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
	err := s.session.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		r := s.reader(ctx, tx.Statement.ConnPool, "")
		r.ahead = true
		return fn(r)
	}, s.dialect.reads)
	return ended(ctx, err)
}

// Update implements [rolekit.Store].
func (s *Store) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	return retry(ctx, func() error {
		return s.session.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			return s.write(ctx, tx.Statement.ConnPool, "", fn)
		}, s.dialect.writes)
	})
}

// write runs fn with a writer in a transaction. Its SELECTs end as latest says.
func (s *Store) write(ctx context.Context, tx gorm.ConnPool, latest string, fn func(rolekit.Writer) error) error {
	w := writer{s.reader(ctx, tx, latest)}
	if s.dialect.write != "" {
		if err := w.exec(ctx, s.dialect.write); err != nil {
			return fmt.Errorf("take the database: %w", err)
		}
	}
	if err := fn(w); err != nil {
		return err
	}
	return w.guard.failed // of which fn may have said nothing
}

func (s *Store) reader(ctx context.Context, tx gorm.ConnPool, latest string) reader {
	session, guard := guarded(ctx, s.session, tx)
	return reader{tx: session, guard: guard, dialect: s.dialect, latest: latest}
}
