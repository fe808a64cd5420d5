package serving

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/internal/problem"
)

// Recover returns a handler that answers what panics behind it with a problem
// of status 500, which tells nothing of the panic, and logs the panic with its
// stack. Where the reply has begun, the connection ends instead, so that nobody
// takes it for whole. [http.ErrAbortHandler] goes on.
func Recover(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if err, ok := r.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(r)
			}
			log.ErrorContext(c.Request.Context(), "a request panicked", "method", method(c.Request.Method), "route", c.FullPath(),
				"panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			if c.Writer.Written() {
				panic(http.ErrAbortHandler)
			}
			for _, name := range []string{"Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Location", "Revision"} {
				c.Writer.Header().Del(name) // it was said of another reply
			}
			p := problem.New(problem.CodeInternal, "something went wrong on our side", "tell the operator, with the request_id")
			p.RequestID = c.Writer.Header().Get(Header)
			c.Abort()
			p.Write(c.Writer)
		}()
		c.Next()
	}
}
