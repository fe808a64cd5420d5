package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving"
	"github.com/rolekit/rolekit/metrics"
)

const metricsFlag = "metrics-listen"

// measures are what is counted of a server besides the kit's own numbers. Those
// of a server that serves no metrics are nil, and count nothing.
type measures struct {
	decisions *metrics.Decisions
	requests  *metrics.Requests
}

func newMeasures(wanted bool) *measures {
	if !wanted {
		return nil
	}
	return &measures{metrics.NewDecisions(), metrics.NewRequests()}
}

// decided is for api.Config.Decided.
func (m *measures) decided() func(rolekit.Decision, error, time.Duration) {
	if m == nil {
		return nil
	}
	return m.decisions.Decided
}

// answered is for serving.Config.Observe.
func (m *measures) answered() func(serving.Request) {
	if m == nil {
		return nil
	}
	return func(r serving.Request) { m.requests.Answered(r.Method, r.Route, r.Status, r.Duration) }
}

// handler tells the kit's, the server's, Go's and the process's numbers.
func (m *measures) handler(kit *rolekit.Kit) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(kit), m.decisions, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// serveMetrics answers scrapes until the function that it returns is called; at
// no address, never.
func serveMetrics(log *slog.Logger, address *net.TCPAddr, limits *limitFlags, handler func() http.Handler) (stop func(), err error) {
	if address == nil {
		return func() {}, nil
	}
	listener, err := net.ListenTCP("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", address, err, metricsFlag)
	}
	log.Info("metrics", "address", listener.Addr().String())
	server := limits.server(log, handler())
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
