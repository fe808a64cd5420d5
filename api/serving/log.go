package serving

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// Request is a request that was answered.
type Request struct {
	// Method is one of those that HTTP itself has, or OTHER: a client may send
	// any word.
	Method string
	// Route is the pattern that was matched, as in /v1/orgs/:org; empty where
	// none was.
	Route  string
	Status int
	// Bytes is how long the reply's body was.
	Bytes int
	// Duration is the time from the first handler to the end of the last.
	Duration time.Duration
}

// Log returns a handler that logs each request once it is answered, as one line
// of level info: its method, route, status, bytes and duration, who made it where
// that is known, and what its context adds. observe, which may be nil, is told the
// same. What the quiet routes answered well is logged at debug.
func Log(log *slog.Logger, observe func(Request), quiet ...string) gin.HandlerFunc {
	return func(c *gin.Context) {
		began, done := time.Now(), false
		defer func() { // also when the connection is given up by a panic
			r := Request{
				Method: method(c.Request.Method), Route: c.FullPath(), Status: c.Writer.Status(),
				Bytes: max(0, c.Writer.Size()), Duration: time.Since(began),
			}
			if observe != nil {
				observe(r)
			}
			level := slog.LevelInfo
			if r.Status < http.StatusBadRequest && slices.Contains(quiet, r.Route) {
				level = slog.LevelDebug
			}
			attrs := []slog.Attr{
				slog.String("method", r.Method), slog.String("route", r.Route), slog.Int("status", r.Status),
				slog.Int("bytes", r.Bytes), slog.Duration("duration", r.Duration),
			}
			if who, ok := rolekit.IdentityFrom(c.Request.Context()); ok {
				attrs = append(attrs, slog.String("user", string(who.User)))
			}
			if !done {
				attrs = append(attrs, slog.Bool("cut_off", true))
			}
			log.LogAttrs(c.Request.Context(), level, "request", attrs...)
		}()
		c.Next()
		done = true
	}
}

func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return name
	}
	return "OTHER"
}
