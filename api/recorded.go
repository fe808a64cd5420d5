package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit/internal/problem"
)

// recorded is an answer that was not sent yet, and the Huma context that it is
// written to.
type recorded struct {
	humaContext

	request *request
	status  int
	header  http.Header
	body    bytes.Buffer
}

// Unwrap lets humagin find its own context.
func (r *recorded) Unwrap() huma.Context { return r.humaContext }

// SetStatus implements huma.Context.
func (r *recorded) SetStatus(code int) { r.status = code }

// Status implements huma.Context.
func (r *recorded) Status() int { return r.status }

// SetHeader implements huma.Context.
func (r *recorded) SetHeader(name, value string) { r.header.Set(name, value) }

// AppendHeader implements huma.Context.
func (r *recorded) AppendHeader(name, value string) { r.header.Add(name, value) }

// BodyWriter implements huma.Context.
func (r *recorded) BodyWriter() io.Writer { return &r.body }

// was reports whether the answer is that error.
func (r *recorded) was(err error) bool {
	return r != nil && r.status >= http.StatusBadRequest && errors.Is(err, r.err())
}

// err is why the answer is no success.
func (r *recorded) err() error {
	if r.request.failed != nil {
		return r.request.failed
	}
	return errRefused
}

// stored is an answer as it is kept.
type stored struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

// reply is the answer in the form that is kept, or why there is nothing to keep: a
// request that was refused has changed nothing, and may be asked again.
func (r *recorded) reply(op *huma.Operation) (string, error) {
	if r.status >= http.StatusBadRequest {
		return "", r.err()
	}
	kept := stored{r.status, r.header, r.body.String()}
	if op.Metadata[metaSecret] != nil {
		kept = secretAnswer(r.header)
	}
	b, err := json.Marshal(kept)
	return string(b), err
}

// secretAnswer is what is kept where the answer showed a secret: that it was done,
// and where what was made is.
func secretAnswer(header http.Header) stored {
	kept := stored{Status: notKept().Status, Header: http.Header{}}
	for _, name := range []string{"Location", "Revision"} {
		if values := header.Values(name); len(values) > 0 {
			kept.Header[name] = values
		}
	}
	return kept
}

// notKept is what is told instead of an answer that showed a secret.
func notKept() problem.Problem {
	return problem.New(problem.CodeNotKept, "this was done before, and what was answered is not kept, since it showed a secret",
		"if that answer is lost, revoke what was made, which Location names, and make another with a new key")
}

// send sends it.
func (s stored) send(ctx huma.Context) {
	s.sendHeader(ctx)
	ctx.SetStatus(s.Status)
	if s.Body != "" {
		_, _ = io.WriteString(ctx.BodyWriter(), s.Body) // a client that went away is not our problem
	}
}

func (s stored) sendHeader(ctx huma.Context) {
	for name, values := range s.Header {
		for i, value := range values {
			if i == 0 {
				ctx.SetHeader(name, value)
			} else {
				ctx.AppendHeader(name, value)
			}
		}
	}
}

func (r *recorded) send(ctx huma.Context) { stored{r.status, r.header, r.body.String()}.send(ctx) }
