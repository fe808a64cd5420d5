package main

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/examples/reports/perm"
	"github.com/rolekit/rolekit/middleware"
)

//go:embed catalog.yaml
//go:generate go run ../../cmd/rolekit generate go --catalog catalog.yaml --output perm/perm.go
//go:generate go run ../../cmd/rolekit generate typescript --catalog catalog.yaml --output perm/perm.ts
var catalogYAML []byte

// config is what the app needs to know.
type config struct {
	Database string // the SQLite file
	Secret   []byte // signs tokens
	Logger   *slog.Logger
}

// app is the whole of it, ready to serve.
type app struct {
	Engine *gin.Engine
	Guard  *middleware.Guard
	Kit    *rolekit.Kit

	db *gorm.DB
}

// newApp opens the database, brings it up to date, fills it where it is empty
// and mounts the routes. Whoever calls it closes the app.
func newApp(ctx context.Context, cfg config) (*app, error) {
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(cfg.Database)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, fmt.Errorf("open the database %q: %w", cfg.Database, err)
	}
	a := &app{db: db}
	if err := a.build(ctx, cfg); err != nil {
		_ = a.Close() // the error that counts is the one before
		return nil, err
	}
	return a, nil
}

// Close closes the database.
func (a *app) Close() error {
	conn, err := a.db.DB()
	if err != nil {
		return err
	}
	return conn.Close()
}

func (a *app) build(ctx context.Context, cfg config) error {
	if err := a.db.WithContext(ctx).AutoMigrate(models()...); err != nil {
		return fmt.Errorf("migrate the app's tables: %w", err)
	}
	catalog, err := rolekit.ParseCatalog("catalog.yaml", catalogYAML)
	if err != nil {
		return err
	}
	store, err := adapter.Open(ctx, a.db, adapter.Config{Migrate: true})
	if err != nil {
		return err
	}
	known := facts{a.db}
	a.Kit, err = rolekit.New(ctx, store, rolekit.Config{
		Catalog: catalog, Logger: cfg.Logger, Teams: known.teams,
		Access: map[rolekit.Access]rolekit.AccessRule{perm.AccessShared: known.shared()},
	})
	if err != nil {
		return err
	}
	if err := fillDemo(ctx, a.Kit, a.db); err != nil {
		return err
	}
	identify, err := middleware.JWT(middleware.JWTConfig{Secret: cfg.Secret})
	if err != nil {
		return err
	}
	if a.Guard, err = middleware.New(a.Kit, middleware.Config{Identify: identify, Logger: cfg.Logger}); err != nil {
		return err
	}
	a.mount(cfg.Logger)
	return nil
}

func (a *app) mount(log *slog.Logger) {
	a.Engine = gin.New()
	a.Engine.UseRawPath = true // a user's id may hold a slash
	a.Engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, cause any) {
		log.Error("a request panicked", "route", c.FullPath(), "panic", cause)
		refuse(c, http.StatusInternalServerError, "something went wrong on our side")
	}), a.Guard.Identify())
	a.Engine.NoRoute(func(c *gin.Context) { refuse(c, http.StatusNotFound, "there is nothing at this address") })
	(&desk{db: a.db, guard: a.Guard, log: log}).routes(a.Engine)
}
