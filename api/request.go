package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// identify refuses requests that nobody makes.
func (s *server) identify(ctx huma.Context, next func(huma.Context)) {
	if who, ok := rolekit.IdentityFrom(ctx.Context()); !ok || who.User == "" {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
		refuse(humagin.Unwrap(ctx), problem.New(rolekit.CodeUnauthenticated, "nobody is identified", "send credentials with the request"))
		return
	}
	next(ctx)
}

// read reads path and body as this API means them, before Huma does.
func (s *server) read(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	r := &request{humaContext: ctx}
	err := r.readPath(c)
	if err == nil {
		err = r.readRevision(c)
	}
	if err == nil {
		err = r.readDryRun()
	}
	if body := ctx.Operation().RequestBody; err == nil && body != nil {
		err = r.readBody(c, s.config.MaxBodyBytes, body.Required)
	}
	if err != nil {
		refuse(c, err.Problem)
		return
	}
	// What someone may do is nobody else's to keep, nor true for long.
	ctx.SetHeader("Cache-Control", "no-store")
	next(r)
}

type humaContext huma.Context // so that the embedded field's name hides no method

// request is a Huma context that was read already.
type request struct {
	humaContext

	path  map[string]string
	body  []byte
	least rolekit.Revision // that it is to be answered by; 0 for any
	dry   bool             // nothing is to be changed

	manager *rolekit.Manager // to be used; nil for one of the caller's own
	failed  *failure         // the answer, where it is one
}

// Unwrap lets humagin find its own context.
func (r *request) Unwrap() huma.Context { return r.humaContext }

// Param returns a value from the path.
func (r *request) Param(name string) string { return r.path[name] }

// BodyReader reads the body.
func (r *request) BodyReader() io.Reader { return bytes.NewReader(r.body) }

// Header returns a header of the request. Accept is not looked at: all there
// is to choose is JSON (RFC 9110, section 12.5.1, allows to answer so). That the
// body is JSON is known already; Huma would compare how that is spelt.
func (r *request) Header(name string) string {
	switch {
	case name == "Accept":
		return ""
	case name == "Content-Type" && len(r.body) > 0:
		return jsonType
	}
	return r.humaContext.Header(name)
}

// readPath takes the values out of the path as it was sent, each decoded once
// and by the rules of a path. Gin's own, where Engine.UseRawPath is set, decodes
// by the rules of a query: to it ada+x%40example.com is "ada x@example.com",
// another user.
func (r *request) readPath(c *gin.Context) *failure {
	names := strings.Split(c.FullPath(), "/")
	values := strings.Split(c.Request.URL.EscapedPath(), "/")
	if len(names) != len(values) {
		return &failure{Problem: problem.New(rolekit.CodeInvalid, "the path is ambiguous", "an encoded slash cannot stand for one between parts")}
	}
	r.path = map[string]string{}
	for i, name := range names {
		name, ok := strings.CutPrefix(name, ":")
		if !ok {
			continue
		}
		value, err := url.PathUnescape(values[i])
		if err != nil { // net/http does not let such a path through
			return &failure{Problem: problem.New(problem.CodeMalformed, "the path is not percent-encoded as it should be", "")}
		}
		r.path[name] = value
	}
	return nil
}

func (r *request) readBody(c *gin.Context, most int64, required bool) *failure {
	var err error
	r.body, err = io.ReadAll(http.MaxBytesReader(innermost(c.Writer), c.Request.Body, most))
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &failure{Problem: problem.New(problem.CodeTooLarge, fmt.Sprintf("the body is longer than %d bytes", long.Limit), "")}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &failure{Problem: problem.New(problem.CodeTimeout, "the body did not arrive in time", "send it again, without pauses")}
	}
	if err != nil {
		return &failure{Problem: problem.New(problem.CodeMalformed, "the body could not be read to its end", "send it again")}
	}
	if len(r.body) == 0 && !required {
		return nil
	}
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != jsonType {
		return &failure{Problem: problem.New(problem.CodeContentType, "the body is not said to be JSON", "send it with Content-Type: "+jsonType)}
	}
	if found := checkNames(r.body); found != nil {
		return &failure{Problem: invalidRequest(found)}
	}
	return nil
}

// innermost is net/http's own writer, which alone lets MaxBytesReader tell the
// server that the rest of a body is not wanted. Without that it waits for the rest
// before it sends the answer.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}
