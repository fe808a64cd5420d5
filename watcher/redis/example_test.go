package redis_test //nolint:testableexamples // what it shows needs a server

import (
	"context"
	"log"

	goredis "github.com/redis/go-redis/v9"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/redis"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func Example() {
	var (
		ctx     context.Context
		store   rolekit.Store
		catalog *rolekit.Catalog
	)

	// docs:begin
	client := goredis.NewClient(&goredis.Options{Addr: "redis:6379"}) // the application's
	news := must(redis.New(client, redis.Config{}))
	kit := must(rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Watcher: news}))
	go func() { log.Println("watching ended:", kit.Watch(ctx)) }()
	// docs:end
}
