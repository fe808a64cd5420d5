package adapter

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date. It only goes forward, doing it again does
// nothing, and many processes may do it at once. The database's user must be
// allowed to create tables and indexes.
//
// On MySQL and MariaDB a change of the schema cannot be undone: when a migration
// fails half-way, the next Migrate finishes it.
func Migrate(ctx context.Context, db *gorm.DB) error {
	s, err := schemaOf(db)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		before, lookErr := s.stored(ctx)
		err := s.up(ctx)
		if err == nil {
			return nil
		}
		// SQLite has no lock that would outlast a transaction: there, another
		// process may have been faster, with all of it or with some.
		if after, laterErr := s.stored(ctx); errors.Join(lookErr, laterErr) == nil {
			if after == s.newest() {
				return nil
			}
			if after > before {
				continue // at most once a migration
			}
		}
		if !isConflict(err) || n >= maxRuns || !pause(ctx, n) {
			return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the schema could not be brought up to date", Err: err}
		}
	}
}

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string    // of its file; empty for one that only a newer rolekit knows
	Applied time.Time // when it was; zero while it is pending
}

// Status returns the migrations that there are, in order. It changes nothing.
func Status(ctx context.Context, db *gorm.DB) ([]Migration, error) {
	s, err := schemaOf(db)
	if err != nil {
		return nil, err
	}
	applied, err := s.applied(ctx)
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, source := range s.provider.ListSources() {
		m := Migration{Version: source.Version, Name: path.Base(source.Path), Applied: applied[source.Version]}
		all = append(all, m)
		delete(applied, source.Version)
	}
	for version, at := range applied {
		all = append(all, Migration{Version: version, Applied: at})
	}
	slices.SortFunc(all, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return all, nil
}

// checkSchema refuses a schema that is not the one this version was made for.
func checkSchema(ctx context.Context, db *gorm.DB) error {
	s, err := schemaOf(db)
	if err != nil {
		return err
	}
	stored, err := s.stored(ctx)
	if err != nil {
		return err
	}
	switch newest := s.newest(); {
	case stored < newest:
		return &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: fmt.Sprintf("the schema is at version %d, and this rolekit needs %d", stored, newest),
			Hint: "set adapter.Config.Migrate, or call adapter.Migrate",
		}
	case stored > newest:
		return &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: fmt.Sprintf("the schema is at version %d, newer than the %d that this rolekit knows", stored, newest),
			Hint: "use a newer rolekit",
		}
	}
	return nil
}

// schema is the tables in a database, and how they come to be.
type schema struct {
	dialect  *dialect
	db       *sql.DB
	versions versions
	provider *goose.Provider
}

func schemaOf(db *gorm.DB) (*schema, error) {
	d, err := dialectOf(db)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations/"+d.name)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", d.name, err)
	}
	sqlDB, err := db.DB()
	if err != nil {
		return nil, asError(err)
	}
	store, err := newVersions(d)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", d.name, err)
	}
	options := []goose.ProviderOption{goose.WithStore(store), goose.WithDisableGlobalRegistry(true)}
	if d.sessionLock.take != "" {
		options = append(options, goose.WithSessionLocker(d.sessionLock))
	}
	provider, err := goose.NewProvider(goose.DialectCustom, sqlDB, files, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", d.name, err)
	}
	return &schema{d, sqlDB, store, provider}, nil
}

// up makes goose's table, and runs goose. Left to itself, goose makes it outside
// the lock, in two steps, and does not go on where another process was between them.
func (s *schema) up(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	locked := s.dialect.sessionLock.take != ""
	if locked {
		err = s.dialect.sessionLock.SessionLock(ctx, conn)
	}
	if err == nil {
		err = s.versions.begin(ctx, conn)
		if locked {
			err = errors.Join(err, s.dialect.sessionLock.SessionUnlock(context.WithoutCancel(ctx), conn))
		}
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return err
	}
	_, err = s.provider.Up(ctx)
	return err
}

// newest is the version that this program knows.
func (s *schema) newest() int64 {
	sources := s.provider.ListSources()
	return sources[len(sources)-1].Version
}

// stored is the version that the database is at.
func (s *schema) stored(ctx context.Context) (newest int64, err error) {
	applied, err := s.applied(ctx)
	for version := range applied {
		newest = max(newest, version)
	}
	return newest, err
}

// applied returns when each migration was.
func (s *schema) applied(ctx context.Context) (all map[int64]time.Time, err error) {
	there, err := s.dialect.hasVersions(ctx, s.db)
	if err != nil || !there {
		return nil, asError(err)
	}
	query := s.dialect.expand("SELECT version_id, {moment tstamp} FROM " + versionsTable + " WHERE is_applied AND version_id > 0")
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, asError(err)
	}
	defer func() { err = asError(errors.Join(err, rows.Close())) }()
	all = map[int64]time.Time{}
	for rows.Next() {
		var version int64
		var at string
		if err := rows.Scan(&version, &at); err != nil {
			return nil, err
		}
		all[version] = parseTime(at)
	}
	return all, rows.Err()
}
