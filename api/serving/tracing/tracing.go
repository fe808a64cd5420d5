// Package tracing tells OpenTelemetry of requests and of the store's transactions:
//
//	handler, err := tracing.Handler(tracing.Config{Provider: provider})
//	engine.Use(handler) // after serving.Handlers
//	kit, err := rolekit.New(ctx, tracing.Store(store, provider), config)
//
// Spans name routes and never paths, queries, headers, addresses, users or
// organisations. A check has no span: it takes less than making one.
package tracing

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving"
)

// scope is what the spans are made by.
const scope = "github.com/rolekit/rolekit"

// Config configures [Handler].
type Config struct {
	// Propagator reads from a request's headers what it is part of. Default: the trace
	// context of the W3C, without baggage.
	Propagator propagation.TextMapPropagator
	// Provider makes the spans. Required.
	Provider trace.TracerProvider
	// Quiet are routes that have no span, such as those that probes ask every second.
	// Default: none.
	Quiet []string
}

// Handler returns a handler that makes a span of each request, which the spans of the
// store's transactions are part of, and adds trace_id to the lines of the log about
// it (see [serving.LogHandler]). The span is part of the trace that the request says,
// and whether it is sampled may follow from that too: the provider's sampler decides.
//
// It is called like "PUT /v1/orgs/:org/members/:user", and has the attributes
// http.request.method, http.route and http.response.status_code; a status of 500 and
// above, and an answer that was cut off, are errors.
func Handler(config Config) (gin.HandlerFunc, error) {
	if config.Provider == nil {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "Config.Provider is missing", Hint: "leave the handler out where nothing is traced"}
	}
	if config.Propagator == nil {
		config.Propagator = propagation.TraceContext{}
	}
	tracer := config.Provider.Tracer(scope)
	return func(c *gin.Context) {
		route := c.FullPath()
		if route != "" && slices.Contains(config.Quiet, route) {
			return
		}
		ctx := config.Propagator.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
		attributes, name := []attribute.KeyValue{attribute.String("http.request.method", method(c.Request.Method))}, method(c.Request.Method)
		if route != "" {
			attributes, name = append(attributes, attribute.String("http.route", route)), name+" "+route
		}
		ctx, span := tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
		if id := span.SpanContext().TraceID(); id.IsValid() {
			ctx = serving.With(ctx, slog.String("trace_id", id.String()))
		}
		c.Request = c.Request.WithContext(ctx)
		done := false
		defer func() { // also when the request panics
			status := c.Writer.Status()
			if !done && !c.Writer.Written() {
				status = http.StatusInternalServerError
			}
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			if !done || status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}()
		c.Next()
		done = true
	}, nil
}

// method is one that HTTP has; clients may send any word.
func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return name
	}
	return "_OTHER"
}
