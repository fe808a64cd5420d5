package api

import (
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// failure is a problem on its way through Huma.
type failure struct {
	problem.Problem

	header http.Header // to be sent with it
	cause  error       // for the log; nil where that has it already
}

// Error implements error.
func (f *failure) Error() string { return f.Detail }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// GetStatus implements huma.StatusError.
func (f *failure) GetStatus() int { return f.Status }

// GetHeaders implements huma.HeadersError.
func (f *failure) GetHeaders() http.Header { return f.header }

// problems is a transformer: the last to see what Huma sends, it turns every
// error into a problem of ours. Huma's own errors could be replaced where they
// are made, but only by a global variable, which belongs to the application.
func (s *server) problems(ctx huma.Context, _ string, body any) (any, error) {
	var p problem.Problem
	switch e := body.(type) {
	case *rehearsed:
		return e.preview, nil
	case *failure:
		p = e.Problem
		if r := requestOf(ctx.Context()); r == nil || r.manager == nil { // else it may not be the last word
			s.logFailure(ctx, e)
		}
	case huma.StatusError:
		p = fromHuma(e)
	default:
		return body, nil
	}
	p.RequestID = requestID(humagin.Unwrap(ctx))
	ctx.SetHeader("Content-Type", problem.ContentType)
	return p, nil
}

// logFailure logs what the client is not told.
func (s *server) logFailure(ctx huma.Context, f *failure) {
	if f.Status >= http.StatusInternalServerError && f.cause != nil {
		s.config.Logger.ErrorContext(ctx.Context(), "a request failed", "operation", ctx.Operation().OperationID, "error", f.cause)
	}
}

// fromHuma describes what Huma found wrong with a request.
func fromHuma(e huma.StatusError) problem.Problem {
	var found []problem.FieldError
	if model, ok := errors.AsType[*huma.ErrorModel](e); ok {
		for _, d := range model.Errors {
			if d != nil {
				found = append(found, problem.FieldError{Location: d.Location, Message: d.Message})
			}
		}
	}
	status := e.GetStatus()
	p := invalidRequest(found)
	switch {
	case status == http.StatusBadRequest:
		p = problem.New(problem.CodeMalformed, "the body is not JSON", "send one JSON object")
		p.Errors = found
	case status >= http.StatusInternalServerError:
		p = problem.New(problem.CodeInternal, internalDetail, internalHint)
	}
	return p.WithStatus(status)
}

const (
	maxErrors   = 20  // that an answer lists
	maxLocation = 100 // bytes of each, for names in it are the caller's
)

// invalidRequest lists what is wrong with a request. Huma finds unknown fields
// in no order.
func invalidRequest(found []problem.FieldError) problem.Problem {
	p := problem.New(rolekit.CodeInvalid, "the request is not what the operation takes", "errors lists what is wrong; /openapi.json says what is right")
	slices.SortStableFunc(found, func(a, b problem.FieldError) int { return strings.Compare(a.Location, b.Location) })
	p.Errors = found[:min(len(found), maxErrors)]
	for i, e := range p.Errors {
		p.Errors[i].Location = strings.ToValidUTF8(e.Location[:min(len(e.Location), maxLocation)], "")
	}
	return p
}

const (
	internalDetail = "something went wrong on our side"
	internalHint   = "tell the operator, with the time and what was asked"
)

// catchPanic answers a panic with a problem that tells nothing of it, and logs
// it. When the answer has begun already, the connection is all there is to end.
func (s *server) catchPanic(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		s.config.Logger.ErrorContext(ctx.Context(), "a request panicked",
			"operation", ctx.Operation().OperationID, "panic", r, "stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		refuse(c, problem.New(problem.CodeInternal, internalDetail, internalHint))
	}()
	next(ctx)
}

// refuse answers before Huma is asked.
func refuse(c *gin.Context, p problem.Problem) {
	p.RequestID = requestID(c)
	c.Abort()
	p.Write(c.Writer)
}

// requestID returns the id that middleware of the application gave the request,
// if it did so in the customary header.
func requestID(c *gin.Context) string { return c.Writer.Header().Get("X-Request-ID") }
