package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/metrics"
)

const metricsFlag = "metrics-listen"

// metricsHandler tells the kit's, Go's and the process's numbers.
func metricsHandler(kit *rolekit.Kit) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(kit), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// serveMetrics answers scrapes until the function that it returns is called; at
// no address, never.
func serveMetrics(log *slog.Logger, address *net.TCPAddr, limits *limitFlags, kit *rolekit.Kit) (stop func(), err error) {
	if address == nil {
		return func() {}, nil
	}
	listener, err := net.ListenTCP("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", address, err, metricsFlag)
	}
	log.Info("metrics", "address", listener.Addr().String())
	server := limits.server(log, metricsHandler(kit))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not served any more", "error", err)
		}
	}()
	return func() {
		_ = server.Close()
		<-ended
	}, nil
}
