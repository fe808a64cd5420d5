package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

const jsonType = "application/json"

// server is an API mounted somewhere.
type server struct {
	config Config
	kit    *rolekit.Kit
	limit  *limiter
	huma   huma.API
	base   string // the path that the API is mounted under, without a slash at its end but for the root's
}

// caller is who asks, and the manager that acts for them.
type caller struct {
	*rolekit.Manager

	who rolekit.Identity
}

// checked is an input that can be wrong in ways that a schema does not say.
type checked interface{ Check() error }

// guarded adds an operation for those who are identified. do is thin: it calls
// the manager, which authorises, and shows the outcome.
func guarded[I, O any](s *server, op huma.Operation, do func(context.Context, caller, *I) (*O, error)) {
	s.describe(&op, true)
	if _, ok := any(new(I)).(concerning); ok {
		describeAwaiting(&op)
	}
	after := huma.Middlewares{s.read}
	if isRepeatable(&op) {
		describeKey(&op)
		after = append(after, s.once)
	}
	op.Middlewares = slices.Concat(huma.Middlewares{s.identify}, op.Middlewares, after)
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := answer(ctx, s, in, do)
		if dry, ok := err.(*rehearsed); ok { //nolint:errorlint // it is never wrapped: making returns it
			return nil, dry
		}
		if err != nil {
			f := failed(err)
			requestOf(ctx).failed = f
			return nil, f
		}
		return out, nil
	})
}

// answer answers a request that Huma has read.
func answer[I, O any](ctx context.Context, s *server, in *I, do func(context.Context, caller, *I) (*O, error)) (*O, error) {
	if c, ok := any(in).(checked); ok {
		if err := c.Check(); err != nil {
			return nil, err
		}
	}
	who, _ := rolekit.IdentityFrom(ctx)
	if err := s.await(ctx, who, in); err != nil {
		return nil, err
	}
	manager := requestOf(ctx).manager
	if manager == nil {
		manager = s.kit.Manager().As(who.As())
	}
	return do(ctx, caller{manager, who}, in)
}

// changing is making for an operation that changes an organisation's policy: its
// answer tells the revision.
func changing[I, O any](s *server, op huma.Operation, do func(context.Context, caller, *I) (*O, error)) {
	describeRevision(&op, reflect.TypeFor[O]())
	if op.Method == http.MethodPost {
		op = repeatable(op)
	}
	making(s, op, func(ctx context.Context, by caller, in *I) (*O, error) {
		out, err := do(ctx, by, in)
		if err == nil && !requestOf(ctx).dry {
			s.tellRevision(ctx, by, in)
		}
		return out, err
	})
}

// public adds an operation for everyone.
func public[O any](s *server, op huma.Operation, do func(context.Context) (*O, error)) {
	s.describe(&op, false)
	op.Middlewares = huma.Middlewares{s.read}
	huma.Register(s.huma, op, func(ctx context.Context, _ *struct{}) (*O, error) {
		out, err := do(ctx)
		if err != nil {
			return nil, failed(err)
		}
		return out, nil
	})
}

// describe completes an operation: the errors it lists, and those that all
// have, are documented as problems.
func (s *server) describe(op *huma.Operation, guarded bool) {
	// The body has been read, and measured, when Huma sees it.
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	addProblems(op, op.Errors...)
	if slices.Contains(op.Errors, http.StatusRequestEntityTooLarge) { // it has a body, which may also not arrive
		addProblems(op, http.StatusRequestTimeout)
	}
	op.Errors = nil // Huma would document them as its own
	addProblems(op, 500, 503)
	if guarded {
		op.RejectUnknownQueryParameters = true
		op.Security = []map[string][]string{{bearer: {}}}
		addProblems(op, 401, 422)
	}
}

// failed makes any error one that Huma answers with as it is.
func failed(err error) *failure {
	if f, ok := err.(*failure); ok { //nolint:errorlint // a failure is never wrapped: it is made here or by the operation itself
		return f
	}
	return &failure{Problem: problem.Of(err), cause: err}
}
