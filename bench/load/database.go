package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// database is one of this run's own.
type database struct {
	server, name, url string
}

func newDatabase(ctx context.Context, server string) (*database, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return nil, errors.New("PostgreSQL's address must be a URL: postgres://user@host:port/database")
	}
	d := &database{server: server, name: "rolekit_load_" + strings.ToLower(rand.Text())}
	u.Path = "/" + d.name
	d.url = u.String()
	return d, d.exec(ctx, "CREATE DATABASE "+d.name)
}

func (d *database) drop(ctx context.Context) error {
	return d.exec(ctx, "DROP DATABASE IF EXISTS "+d.name+" WITH (FORCE)")
}

func (d *database) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// version is the server's.
func (d *database) version(ctx context.Context) (version string, err error) {
	conn, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	return version, err
}

// open opens it with as many connections as there are workers and some more.
func (d *database) open(workers int) (*gorm.DB, func() error, error) {
	db, err := gorm.Open(postgres.Open(d.url), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, nil, err
	}
	pool.SetMaxOpenConns(workers + 2)
	pool.SetMaxIdleConns(workers + 2)
	return db, pool.Close, nil
}
