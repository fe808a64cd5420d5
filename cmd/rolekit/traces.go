package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving/tracing"
)

const (
	tracesFlag = "traces-endpoint"
	// lastTraces is how long the last spans may take to be sent.
	lastTraces = 5 * time.Second
)

// traceFlags are the settings of where traces go.
type traceFlags struct{ endpoint string }

func (f *traceFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.endpoint, tracesFlag, "",
		"`URL` of an OpenTelemetry collector that takes traces, OTLP over HTTP, as in http://127.0.0.1:4318/v1/traces; where empty, "+
			"what OTEL_EXPORTER_OTLP_ENDPOINT says, and none without that")
}

func (f *traceFlags) check() error {
	if f.endpoint == "" {
		return nil
	}
	u, err := url.Parse(f.endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return usagef("--%s is no address of a collector; use http://127.0.0.1:4318/v1/traces, and OTEL_EXPORTER_OTLP_HEADERS for credentials", tracesFlag)
	}
	return nil
}

// wanted reports whether anything says where traces go.
func (f *traceFlags) wanted() bool {
	return os.Getenv("OTEL_SDK_DISABLED") != "true" && (f.endpoint != "" ||
		os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "")
}

// provider returns what makes spans, and what sends those that are left; nil where
// no traces are wanted.
func (f *traceFlags) provider(ctx context.Context, log *slog.Logger) (provider *sdk.TracerProvider, end func(), err error) {
	if !f.wanted() {
		return nil, func() {}, nil
	}
	var options []otlptracehttp.Option
	if f.endpoint != "" {
		options = append(options, otlptracehttp.WithEndpointURL(f.endpoint))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("traces cannot be sent: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "rolekit"), attribute.String("service.version", buildVersion())),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("what OTEL_RESOURCE_ATTRIBUTES says: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces were not sent", "error", err) }))
	provider = sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)) // sampled as OTEL_TRACES_SAMPLER says
	log.Info("traces are sent")
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces were not sent", "error", err)
		}
	}, nil
}

// tracedStore is the store, with spans where there are any.
func tracedStore(store rolekit.Store, provider *sdk.TracerProvider) rolekit.Store { //nolint:ireturn // what a kit takes
	if provider == nil {
		return store
	}
	return tracing.Store(store, provider)
}
