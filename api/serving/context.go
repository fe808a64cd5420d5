package serving

import (
	"context"
	"log/slog"
	"slices"
)

type attrsKey struct{}

// With returns a context whose lines of the log a [LogHandler] completes with
// these attributes.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	have, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(have), attrs...))
}

// LogHandler returns a handler that completes each line that is logged with a
// context by what [With] put there: the request's id, for one. It is as safe for
// concurrent use as the other is.
func LogHandler(to slog.Handler) slog.Handler { return completing{to} }

type completing struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h completing) Handle(ctx context.Context, r slog.Record) error {
	if attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr); len(attrs) > 0 {
		r = r.Clone()
		r.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h completing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return completing{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h completing) WithGroup(name string) slog.Handler { return completing{h.Handler.WithGroup(name)} }
