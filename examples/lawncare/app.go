package main

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/middleware"
	"github.com/rolekit/rolekit/seed"
)

//go:embed catalog.yaml
//go:generate go run ../../cmd/rolekit generate go --catalog catalog.yaml --output perm/perm.go
//go:generate go run ../../cmd/rolekit generate typescript --catalog catalog.yaml --output perm/perm.ts
var catalogYAML []byte

// config is what the app needs to know.
type config struct {
	Clock    func() time.Time // tells the time
	Database string           // the SQLite file
	Secret   []byte           // signs tokens
	Logger   *slog.Logger
}

// app is the whole of it, ready to serve.
type app struct {
	Engine *gin.Engine
	Guard  *middleware.Guard
	Kit    *rolekit.Kit
	Seeded seed.Report

	db *gorm.DB
}

// newApp opens the database, brings it up to date, fills it where it is empty
// and mounts everything. Whoever calls it closes the app.
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

// identify knows people by their tokens, and programs by the service keys that an
// organisation's admins make.
func (a *app) identify(cfg config) (func(*gin.Context) (rolekit.Identity, error), error) {
	tokens, err := middleware.JWT(middleware.JWTConfig{
		Clock: cfg.Clock, Secret: cfg.Secret, Org: []middleware.OrgSource{middleware.OrgFromPath("org")},
	})
	if err != nil {
		return nil, err
	}
	keys, err := middleware.ServiceKeys(middleware.ServiceKeysConfig{Keys: a.Kit})
	if err != nil {
		return nil, err
	}
	return middleware.FirstOf(keys, middleware.Authenticator{Identify: tokens})
}

func (a *app) build(ctx context.Context, cfg config) (err error) {
	if err := a.db.WithContext(ctx).AutoMigrate(models()...); err != nil {
		return fmt.Errorf("migrate the app's tables: %w", err)
	}
	if a.Kit, err = newKit(ctx, a.db, cfg); err != nil {
		return err
	}
	if a.Seeded, err = fillDemo(ctx, a.Kit, a.db, cfg.Clock()); err != nil {
		return err
	}
	identify, err := a.identify(cfg)
	if err != nil {
		return err
	}
	if a.Guard, err = middleware.New(a.Kit, middleware.Config{Identify: identify, Logger: cfg.Logger}); err != nil {
		return err
	}
	a.Engine, err = a.newEngine(cfg.Logger) //nolint:contextcheck // handlers have the request's context
	return err
}

func newKit(ctx context.Context, db *gorm.DB, cfg config) (*rolekit.Kit, error) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", catalogYAML)
	if err != nil {
		return nil, err
	}
	store, err := adapter.Open(ctx, db, adapter.Config{Migrate: true})
	if err != nil {
		return nil, err
	}
	return rolekit.New(ctx, store, rolekit.Config{
		Catalog: catalog, Clock: cfg.Clock, Logger: cfg.Logger, Operators: staff,
		Teams: func(ctx context.Context, who rolekit.Identity) (teams []rolekit.TeamID, err error) {
			err = teamsOf(db.WithContext(ctx), who).Find(&teams).Error
			return teams, err
		},
	})
}

// teamsOf selects the teams of a user.
func teamsOf(db *gorm.DB, who rolekit.Identity) *gorm.DB {
	return db.Model(&TeamMember{}).Select("team").Where(map[string]any{"org": who.Org, "user": who.User})
}

// newEngine mounts the app's routes, and the API that edits its roles beside
// them.
func (a *app) newEngine(log *slog.Logger) (*gin.Engine, error) {
	engine := gin.New()
	engine.UseRawPath = true // the API has users' ids in paths, and they may hold a slash
	engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, cause any) {
		log.Error("a request panicked", "route", c.FullPath(), "panic", cause)
		refuse(c, http.StatusInternalServerError, "something went wrong on our side")
	}), a.Guard.Identify())
	engine.NoRoute(api.NotFound)
	(&shop{db: a.db, kit: a.Kit, guard: a.Guard, log: log}).routes(engine)
	roles, err := api.New(a.Kit, api.Config{Logger: log, Title: "Roles of lawn care companies"})
	if err != nil {
		return nil, err
	}
	roles.Mount(engine, engine.Group("/", a.Guard.DecidesItself()))
	return engine, nil
}
