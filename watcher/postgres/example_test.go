package postgres_test //nolint:testableexamples // what it shows needs a server

import (
	"context"
	"log"

	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/watcher/postgres"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// The database that keeps the policies tells of their changes, too.
func Example() {
	var (
		ctx     context.Context
		catalog *rolekit.Catalog
	)

	// docs:begin
	db := must(gorm.Open(gormpostgres.Open("postgres://app@db/app"), &gorm.Config{})) // the application's
	store := must(adapter.Open(ctx, db, adapter.Config{Migrate: true}))
	news := must(postgres.New(must(db.DB()), postgres.Config{}))
	kit := must(rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Watcher: news}))
	go func() { log.Println("watching ended:", kit.Watch(ctx)) }()
	// docs:end
}
