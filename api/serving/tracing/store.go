package tracing

import (
	"context"
	"errors"
	"iter"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/rolekit/rolekit"
)

// Store returns the store with a span of each transaction: store.update for changes,
// store.view for what only reads, and in either store.layers for each reading of
// policies that are then built anew, with how many were asked for. What checks decide
// by lies in memory, so they have none.
//
// A transaction that what runs in it gave up, as a change does that is refused, is no
// error; one that the database failed is.
func Store(store rolekit.Store, provider trace.TracerProvider) rolekit.Store { //nolint:ireturn // what a kit takes
	return traced{store, provider.Tracer(scope)}
}

type traced struct {
	rolekit.Store

	tracer trace.Tracer
}

// View implements [rolekit.Store].
func (s traced) View(ctx context.Context, fn func(rolekit.Reader) error) error {
	ctx, span := s.tracer.Start(ctx, "store.view")
	defer span.End()
	t := transaction{tracer: s.tracer, span: span}
	return t.end(s.Store.View(ctx, func(r rolekit.Reader) error {
		return t.ran(fn(reader{r, &t}))
	}))
}

// Update implements [rolekit.Store].
func (s traced) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	ctx, span := s.tracer.Start(ctx, "store.update")
	defer span.End()
	t := transaction{tracer: s.tracer, span: span}
	return t.end(s.Store.Update(ctx, func(w rolekit.Writer) error {
		t.runs++
		return t.ran(fn(writer{w, &t}))
	}))
}

// transaction is one under way.
type transaction struct {
	tracer trace.Tracer
	span   trace.Span
	runs   int
	gaveUp error // what ran in it last
}

func (t *transaction) ran(err error) error {
	t.gaveUp = err
	return err
}

func (t *transaction) end(err error) error {
	if t.runs > 1 {
		t.span.SetAttributes(attribute.Int("rolekit.runs", t.runs))
	}
	tell(t.span, err, t.gaveUp)
	return err
}

// tell says in a span how it ended. Of an error it tells the code: the sentence
// names people.
func tell(span trace.Span, err, gaveUp error) {
	e, known := errors.AsType[*rolekit.Error](err)
	switch {
	case err == nil:
	case known && e.Code != rolekit.CodeUnavailable && e.Code != rolekit.CodeBrokenPolicy:
		span.SetAttributes(attribute.String("rolekit.code", string(e.Code)))
	case !known && gaveUp != nil && errors.Is(err, gaveUp):
		span.SetAttributes(attribute.Bool("rolekit.rolled_back", true))
	case known:
		span.SetStatus(codes.Error, string(e.Code))
	default:
		span.SetStatus(codes.Error, string(rolekit.CodeUnavailable))
	}
}

// layers reads policies, in a span of its own.
func (t *transaction) layers(ctx context.Context, r rolekit.Reader, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		if len(orgs) == 0 {
			return
		}
		ctx, span := t.tracer.Start(trace.ContextWithSpan(ctx, t.span), "store.layers", trace.WithAttributes(attribute.Int("rolekit.orgs", len(orgs))))
		defer span.End()
		var failed error
		defer func() { tell(span, failed, nil) }()
		for l, err := range r.Layers(ctx, orgs) {
			if err != nil {
				failed = err
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func (t *transaction) layer(ctx context.Context, r rolekit.Reader, org rolekit.OrgID) (rolekit.Layer, error) {
	ctx, span := t.tracer.Start(trace.ContextWithSpan(ctx, t.span), "store.layers", trace.WithAttributes(attribute.Int("rolekit.orgs", 1)))
	defer span.End()
	l, err := r.Layer(ctx, org)
	tell(span, err, nil)
	return l, err
}

type reader struct {
	rolekit.Reader

	in *transaction
}

func (r reader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return r.in.layers(ctx, r.Reader, orgs)
}

func (r reader) Layer(ctx context.Context, org rolekit.OrgID) (rolekit.Layer, error) {
	return r.in.layer(ctx, r.Reader, org)
}

type writer struct {
	rolekit.Writer

	in *transaction
}

func (w writer) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return w.in.layers(ctx, w.Writer, orgs)
}

func (w writer) Layer(ctx context.Context, org rolekit.OrgID) (rolekit.Layer, error) {
	return w.in.layer(ctx, w.Writer, org)
}
