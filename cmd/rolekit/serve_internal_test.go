package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// stubborn is a watcher that cannot listen, and tells nothing before the end.
type stubborn struct {
	ending <-chan struct{}
	told   atomic.Int64
}

func (s *stubborn) Notify(context.Context, string) error {
	<-s.ending
	s.told.Add(1)
	return nil
}

func (*stubborn) Listen(context.Context, func(string), func(error)) error {
	return errors.New("it cannot listen")
}

// A server whose news have failed for good goes on by polling, ends well when it
// is told to, and before that tells others what it has changed.
func TestServingWithoutNews(t *testing.T) {
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("objects: {invoices: {actions: [read]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	log, store, watcher := slog.New(slog.DiscardHandler), memstore.New(), &stubborn{ending: ctx.Done()}
	config := rolekit.Config{Catalog: catalog, Logger: log, PollInterval: time.Millisecond}
	other, otherErr := rolekit.New(t.Context(), store, config)
	config.Watcher = watcher
	kit, err := rolekit.New(t.Context(), store, config)
	if err := errors.Join(otherErr, err); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback answers at once
	if err != nil {
		t.Fatal(err)
	}
	s := serveFlags{end: ending{patience: time.Minute}} // without limits
	ended := make(chan error, 1)
	go func() {
		ended <- s.watchAndServe(ctx, &opened{Kit: kit, log: log}, listener, http.NotFoundHandler())
	}()
	_, here := kit.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: "tom"})
	_, there := other.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: "jack"})
	if err := errors.Join(here, there); err != nil {
		t.Fatal(err)
	}
	for tick := time.Tick(time.Millisecond); kit.Stats().Loaded < 2; { // go test has a limit
		<-tick
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if watcher.told.Load() == 0 {
		t.Error("others were not told")
	}
}
