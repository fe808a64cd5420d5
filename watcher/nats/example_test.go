package nats_test //nolint:testableexamples // what it shows needs a server

import (
	"context"
	"log"

	natsgo "github.com/nats-io/nats.go"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher/nats"
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
	conn := must(natsgo.Connect("nats://nats:4222", natsgo.MaxReconnects(-1), natsgo.RetryOnFailedConnect(true))) // the application's
	news := must(nats.New(conn, nats.Config{}))
	kit := must(rolekit.New(ctx, store, rolekit.Config{Catalog: catalog, Watcher: news}))
	go func() { log.Println("watching ended:", kit.Watch(ctx)) }()
	// docs:end
}
