package tracing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving"
	"github.com/rolekit/rolekit/api/serving/tracing"
	"github.com/rolekit/rolekit/internal/memstore"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent  = "00-" + traceID + "-00f067aa0ba902b7-01"
)

func recording() (*sdk.TracerProvider, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	return sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), spans
}

// described is a span in a line.
func described(s sdk.ReadOnlySpan) string {
	var attributes []string
	for _, a := range s.Attributes() {
		attributes = append(attributes, fmt.Sprintf("%s=%v", a.Key, a.Value.AsInterface()))
	}
	slices.Sort(attributes)
	words := append([]string{s.Name()}, attributes...)
	if s.Status().Code == codes.Error {
		words = append(words, "error "+s.Status().Description)
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func lines(spans *tracetest.SpanRecorder) (all []string) {
	for _, s := range spans.Ended() {
		all = append(all, described(s))
	}
	spans.Reset()
	return all
}

// A request is a span of the trace that it says, and neither names whom nor what it
// is about. The log names the trace.
func TestRequestsAreSpans(t *testing.T) {
	provider, spans := recording()
	var log bytes.Buffer
	before, err := serving.Handlers(serving.Config{Logger: slog.New(serving.LogHandler(slog.NewTextHandler(&log, nil)))})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := tracing.Handler(tracing.Config{Provider: provider, Quiet: []string{"/healthz"}})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(before...)
	engine.Use(handler)
	engine.GET("/orgs/:org", func(c *gin.Context) {
		if !trace.SpanFromContext(c.Request.Context()).SpanContext().IsValid() {
			t.Error("what follows is part of no span")
		}
		c.Status(http.StatusForbidden)
	})
	engine.GET("/failing", func(c *gin.Context) { c.Status(http.StatusServiceUnavailable) })
	engine.GET("/panicking", func(*gin.Context) { panic("hunter2") })
	engine.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) })
	ask := func(method, path string) {
		r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
		r.Header.Set("Traceparent", parent)
		r.Header.Set("Baggage", "user=hunter2")
		engine.ServeHTTP(httptest.NewRecorder(), r)
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/orgs/hunter2?x=hunter2", "GET /orgs/:org http.request.method=GET http.response.status_code=403 http.route=/orgs/:org"},
		{"GET", "/failing", "GET /failing http.request.method=GET http.response.status_code=503 http.route=/failing error"},
		{"GET", "/panicking", "GET /panicking http.request.method=GET http.response.status_code=500 http.route=/panicking error"},
		{"HUNTER2", "/hunter2", "_OTHER http.request.method=_OTHER http.response.status_code=404"},
		{"GET", "/healthz", ""},
	} {
		log.Reset()
		ask(c.method, c.path)
		for _, s := range spans.Ended() {
			if s.SpanContext().TraceID().String() != traceID || s.Parent().SpanID().String() != "00f067aa0ba902b7" || s.SpanKind() != trace.SpanKindServer {
				t.Errorf("%s is not part of its trace: %+v", c.path, s.SpanContext())
			}
		}
		if got := strings.Join(lines(spans), "\n"); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.path, got, c.want)
		}
		if told := strings.Contains(log.String(), "trace_id="+traceID) && strings.Contains(log.String(), "request_id="); told != (c.want != "") {
			t.Errorf("%s: the log: %s", c.path, log.String())
		}
	}
	if _, err := tracing.Handler(tracing.Config{}); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("without a provider: %v", err)
	}
}

// failing is a store that fails on request.
type failing struct {
	*memstore.Store

	err error
}

func (f *failing) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Update(ctx, fn)
}

// A change is a transaction, in which policies may be read; a check is nothing.
func TestTransactionsAreSpans(t *testing.T) {
	provider, spans := recording()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte("{objects: {invoices: {actions: [read]}}, roles: {owner: {grants: ['*:*']}}, creator: owner}"))
	if err != nil {
		t.Fatal(err)
	}
	store := &failing{Store: memstore.New()}
	kit, err := rolekit.New(t.Context(), tracing.Store(store, provider), rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, system := t.Context(), kit.Manager().As(rolekit.System("test"))
	if _, err := system.ApplyDefaults(ctx, catalog.Defaults()); err != nil {
		t.Fatal(err)
	}
	if _, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: "tom", Creator: "hunter2"}); err != nil {
		t.Fatal(err)
	}
	spans.Reset()
	for _, c := range []struct {
		name string
		do   func(context.Context) error
		want []string
	}{
		{"a change", func(ctx context.Context) error { return system.Assign(ctx, "tom", "ada", "owner") }, []string{"store.update"}},
		{"a change of nothing", func(ctx context.Context) error { return system.Assign(ctx, "tom", "ada", "owner") }, []string{"store.update rolekit.rolled_back=true"}},
		{"a change that is refused", func(ctx context.Context) error {
			if err := system.Assign(ctx, "tom", "ada", "nothing"); !errors.Is(err, rolekit.ErrRoleNotFound) {
				return err
			}
			return nil
		}, []string{"store.update rolekit.code=role_not_found"}},
		{"an organisation", func(ctx context.Context) error {
			_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: "jack", Creator: "jim"})
			return err
		}, []string{"store.layers rolekit.orgs=1", "store.update"}},
		{"a failure", func(ctx context.Context) error {
			store.err = errors.New("hunter2 is away")
			defer func() { store.err = nil }()
			if err := system.Assign(ctx, "tom", "bob", "owner"); !errors.Is(err, rolekit.ErrUnavailable) {
				return err
			}
			return nil
		}, []string{"store.update error unavailable"}},
		{"a poll", kit.Refresh, []string{"store.view"}},
		{"a check", func(ctx context.Context) error {
			_, err := kit.Can(ctx, rolekit.Identity{User: "ada", Org: "tom"}, "invoices:read", nil)
			return err
		}, nil},
	} {
		within, span := provider.Tracer("test").Start(ctx, "request")
		if err := c.do(within); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, s := range spans.Ended() {
			if s.SpanContext().TraceID() != span.SpanContext().TraceID() {
				t.Errorf("%s: %s is part of another trace", c.name, s.Name())
			}
		}
		if got := lines(spans); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		span.End()
		spans.Reset()
	}
}
