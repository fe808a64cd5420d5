package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/glebarez/sqlite"
	"github.com/spf13/cobra"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// kitFlags are the settings by which a command gets a kit.
type kitFlags struct{ catalog, database, operators string }

func (k *kitFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.catalog, "catalog", "", "YAML `file` that declares permissions and default roles (required)")
	cmd.Flags().StringVar(&k.database, "database", "rolekit.db", "SQLite `file` with the policies; made where it is missing")
	cmd.Flags().StringVar(&k.operators, "operators", "",
		"`organisation` whose holders of iam.orgs:write create the others; without one, nobody does over the API")
}

// open reads the catalog, migrates the database and loads the kit. The caller
// calls the function that comes back when done with it.
func (k *kitFlags) open(ctx context.Context, log *slog.Logger) (*rolekit.Kit, func(), error) {
	if k.catalog == "" {
		return nil, nil, usagef("--catalog is missing; name the YAML file that declares the permissions")
	}
	src, err := os.ReadFile(k.catalog)
	if err != nil {
		return nil, nil, usagef("the catalog cannot be read: %w", err)
	}
	catalog, err := rolekit.ParseCatalog(k.catalog, src)
	if err != nil {
		return nil, nil, err
	}
	if err := create(k.database); err != nil {
		return nil, nil, databaseError(k.database, err)
	}
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(k.database)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, nil, databaseError(k.database, err)
	}
	conn, err := db.DB()
	if err != nil {
		return nil, nil, databaseError(k.database, err)
	}
	kit, err := k.load(ctx, db, catalog, log)
	if err != nil {
		_ = conn.Close() // the error that counts is the one before
		return nil, nil, err
	}
	return kit, func() {
		if err := conn.Close(); err != nil {
			log.Error("the database was not closed well", "error", err)
		}
	}, nil
}

// create makes the file where it is missing, for its owner alone: it tells who
// may do what. SQLite would let everyone read it, and gives the files that it
// makes beside it the same rights. One that is there is left as it is.
func create(file string) error {
	if file == ":memory:" { // SQLite's name for none
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

func (k *kitFlags) load(ctx context.Context, db *gorm.DB, catalog *rolekit.Catalog, log *slog.Logger) (*rolekit.Kit, error) {
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		return nil, databaseError(k.database, err)
	}
	return rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Logger: log, Operators: rolekit.OrgID(k.operators)})
}

// databaseError names the file in whatever went wrong with it.
func databaseError(file string, err error) error {
	return &rolekit.Error{
		Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("the database %q cannot be used", file),
		Hint: "check that the file is a rolekit database, its folder exists and both can be written", Err: err,
	}
}
