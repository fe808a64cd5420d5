package adapter

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

//go:embed migrations
var migrations embed.FS

// schemaTable is where goose writes down which migrations ran.
const schemaTable = "rolekit_schema"

// Migrate brings the schema up to date. It only goes forward, and doing it
// again does nothing.
func Migrate(ctx context.Context, db *gorm.DB) error {
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the schema could not be brought up to date", Err: err}
	}
	return nil
}

func newProvider(db *gorm.DB) (*goose.Provider, error) {
	dialects := map[string]database.Dialect{"sqlite": database.DialectSQLite3}
	name := db.Name()
	dialect, ok := dialects[name]
	if !ok {
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: fmt.Sprintf("databases of kind %q are not supported", name), Hint: "use SQLite",
		}
	}
	files, err := fs.Sub(migrations, "migrations/"+name)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", name, err)
	}
	sqlDB, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	provider, err := goose.NewProvider(dialect, sqlDB, files,
		goose.WithTableName(schemaTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", name, err)
	}
	return provider, nil
}

// checkSchema refuses a schema that is not the one this version was made for.
func checkSchema(ctx context.Context, db *gorm.DB) error {
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	var stored int64
	if db.WithContext(ctx).Migrator().HasTable(schemaTable) {
		err := db.WithContext(ctx).Table(schemaTable).Select("COALESCE(MAX(version_id), 0)").Where("is_applied").Scan(&stored).Error
		if err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	switch {
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
