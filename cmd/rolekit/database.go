package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

const (
	databaseFlag     = "database"
	databaseFileFlag = "database-file"
	migrateFlag      = "migrate"

	memory = ":memory:" // SQLite's name for no file
)

// databaseFlags are the settings by which a command gets a database.
type databaseFlags struct {
	address, file string
	migrate       bool
	there         bool // it must be there, and its schema be this program's: nothing is made
	most, idle    int
	age           time.Duration

	flags *pflag.FlagSet // to see what was set
}

func (d *databaseFlags) declare(cmd *cobra.Command) {
	d.flags = cmd.Flags()
	d.flags.StringVar(&d.address, databaseFlag, "rolekit.db",
		"`address` of the policies: an SQLite file"+madeIfMissing+", postgres://…, mysql://… or user@tcp(host:port)/database; "+
			"refused on the command line where it has a password")
	d.flags.StringVar(&d.file, databaseFileFlag, "", "`file` that holds that address")
	d.flags.IntVar(&d.most, "max-connections", 10, "`number` of connections to the database at most")
	d.flags.IntVar(&d.idle, "max-idle-connections", 5, "`number` of connections that are kept while nothing is asked")
	d.flags.DurationVar(&d.age, "max-connection-age", time.Hour, "how long a connection is used, so that load moves to servers that come back; 0 for ever")
}

const madeIfMissing = ", made where it is missing"

// declareThere is declare for commands that refuse a database which is not there.
func (d *databaseFlags) declareThere(cmd *cobra.Command) {
	d.declare(cmd)
	d.mustBeThere()
}

// mustBeThere takes from the help of a command that it makes a file.
func (d *databaseFlags) mustBeThere() {
	f := d.flags.Lookup(databaseFlag)
	f.Usage = strings.Replace(f.Usage, madeIfMissing, " that is there", 1)
}

// declareMigrate adds --migrate, for commands that can do it first.
func (d *databaseFlags) declareMigrate(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&d.migrate, migrateFlag, false,
		"bring the database up to date first, as rolekit migrate does; for SQLite alone that is so where nothing is said")
}

// target returns where the database is.
func (d *databaseFlags) target(log *slog.Logger) (address, error) {
	if err := d.checkPool(); err != nil {
		return address{}, err
	}
	if d.file == "" {
		return parseAddress(d.address)
	}
	if d.flags.Changed(databaseFlag) {
		return address{}, usagef("both %s and --%s are set; choose one", variable(databaseFlag), databaseFileFlag)
	}
	text, err := os.ReadFile(d.file)
	if err != nil {
		return address{}, usagef("the database's address cannot be read: %w", err)
	}
	at, err := parseAddress(string(bytes.TrimSpace(text)))
	if err == nil && at.secret {
		warnOfReaders(log, d.file, "the database's password, and change who may do what")
	}
	return at, err
}

func (d *databaseFlags) checkPool() error {
	switch {
	case d.most < 1:
		return usagef("--max-connections is %d; at least one is needed", d.most)
	case d.idle < 0 || d.idle > d.most:
		return usagef("--max-idle-connections is %d; use 0 to --max-connections, which is %d", d.idle, d.most)
	case d.age < 0:
		return usagef("--max-connection-age is %s; use 0 for no limit", d.age)
	}
	return nil
}

// database is one that is open.
type database struct {
	*gorm.DB

	at       address
	migrates bool // whether the command has --migrate
}

// connect opens the database. The caller closes it.
func (d *databaseFlags) connect(at address) (*database, error) {
	if at.file != "" {
		if err := noFolder(at.file); err != nil {
			return nil, err
		}
		if err := create(at.file); err != nil {
			return nil, databaseError(at, err)
		}
	}
	dialector, err := at.open()
	if err != nil {
		return nil, databaseError(at, err)
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, databaseError(at, err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, databaseError(at, err)
	}
	pool.SetMaxOpenConns(d.most)
	pool.SetMaxIdleConns(d.idle)
	pool.SetConnMaxLifetime(d.age)
	return &database{db, at, d.flags.Lookup(migrateFlag) != nil}, nil
}

// errNoFile is why those who only look have nothing to look at.
var errNoFile = errors.New("there is no such file")

// connectThere is connect for those who only look: it makes no file.
func (d *databaseFlags) connectThere(at address) (*database, error) {
	if at.file != "" && at.file != memory {
		if _, err := os.Stat(at.file); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = errNoFile
			}
			return nil, databaseError(at, err)
		}
	}
	return d.connect(at)
}

func (db *database) close(log *slog.Logger) {
	pool, err := db.DB.DB()
	if err == nil {
		err = pool.Close()
	}
	if err != nil {
		log.Error("the database was not closed well", "error", err)
	}
}

// store opens the store, and brings the schema up to date before where that is
// wanted: by itself only where nobody else uses the database.
func (d *databaseFlags) store(ctx context.Context, db *database) (*adapter.Store, error) {
	migrate := d.migrate
	if !d.flags.Changed(migrateFlag) {
		migrate = db.at.file != "" && !d.there
	}
	if !migrate {
		if err := db.ready(ctx); err != nil {
			return nil, err
		}
	}
	store, err := adapter.Open(ctx, db.DB, adapter.Config{Migrate: migrate})
	if err == nil {
		return store, nil
	}
	if why := db.ready(ctx); migrate && why != nil && ctx.Err() == nil {
		return nil, why
	}
	return nil, databaseError(db.at, err)
}

// storeAsItIs opens the store of a database that is up to date, and changes nothing.
func (d *databaseFlags) storeAsItIs(ctx context.Context, db *database) (*adapter.Store, error) {
	if err := db.ready(ctx); err != nil {
		return nil, err
	}
	store, err := adapter.Open(ctx, db.DB, adapter.Config{})
	if err != nil {
		return nil, databaseError(db.at, err)
	}
	return store, nil
}

// ready refuses a schema that is not the one that this program needs.
func (db *database) ready(ctx context.Context) error {
	state, err := db.schema(ctx)
	switch {
	case err != nil:
		return err
	case state.newer > 0:
		return &rolekit.Error{
			Code:    rolekit.CodeUnavailable,
			Message: fmt.Sprintf("the database %q is at schema version %d, which is newer than this rolekit", db.at.name, state.newer),
			Hint:    "use the rolekit that migrated it, or a later one; rolekit migrate --status lists what was done",
		}
	case state.pending > 0:
		hint := "run rolekit migrate"
		if db.migrates {
			hint += ", or set --" + migrateFlag
		}
		return &rolekit.Error{
			Code:    rolekit.CodeUnavailable,
			Message: fmt.Sprintf("the database %q lacks %d of the %d migrations of this rolekit", db.at.name, state.pending, len(state.all)),
			Hint:    hint,
		}
	}
	return nil
}

// schema is which migrations there are.
type schema struct {
	all     []adapter.Migration
	pending int
	newer   int64 // the highest version that only a newer rolekit knows; 0 for none
}

func (db *database) schema(ctx context.Context) (s schema, err error) {
	if s.all, err = adapter.Status(ctx, db.DB); err != nil {
		return s, databaseError(db.at, err)
	}
	for _, m := range s.all {
		switch {
		case m.Name == "":
			s.newer = m.Version
		case m.Applied.IsZero():
			s.pending++
		}
	}
	return s, nil
}

// create makes the file where it is missing, for its owner alone: it tells who
// may do what. SQLite would let everyone read it, and gives the files that it
// makes beside it the same rights. One that is there is left as it is.
func create(file string) error {
	if file == memory {
		return nil
	}
	made, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return made.Close()
}

// databaseError names the database in whatever went wrong with it.
func databaseError(at address, err error) error {
	hint := "check that the server runs, that the database exists there, and that the user may use it"
	if at.file != "" {
		hint = "check that the file is a rolekit database, its folder exists and both can be written"
		if errors.Is(err, errNoFile) {
			hint = "check the path, or make it with rolekit apply"
		}
	}
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("the database %q cannot be used", at.name), Hint: hint, Err: oneLineError{err}}
}

// oneLineError is an error of a driver that has a line for each attempt, of which several
// say the same.
type oneLineError struct{ error }

func (e oneLineError) Unwrap() error { return e.error }

func (e oneLineError) Error() string {
	first, rest, more := strings.Cut(e.error.Error(), "\n")
	if !more {
		return first
	}
	var attempts []string
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(attempts, line) {
			attempts = append(attempts, line)
		}
	}
	return first + " " + strings.Join(attempts, "; ")
}
