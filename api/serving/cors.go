package serving

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
)

// preflightAge is how long a browser may keep what a preflight said. Most keep
// it no longer than two hours, whatever they are told.
const preflightAge = 2 * time.Hour

// CORS returns a handler that lets pages of these origins call, with a token in
// the header Authorization but never with cookies, and read what the API tells in
// headers. It answers preflights itself. A page of any other origin is told
// nothing, which its browser takes for a no.
//
// Each origin is written out, as in https://admin.example or
// http://localhost:5173. It fails with rolekit.ErrInvalid when one is not, or
// there is none: a pattern lets in whoever gets a name that fits.
func CORS(origins ...string) (gin.HandlerFunc, error) {
	if len(origins) == 0 { // to the library, none means all
		return nil, invalid("CORS has no origin", "name those whose pages may call, or leave CORS out")
	}
	for _, origin := range origins {
		if !isOrigin(origin) {
			return nil, invalid(fmt.Sprintf("%q is no origin", origin), "write scheme and host out, in small letters, as in https://admin.example")
		}
	}
	shared := cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{
			"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "If-Revision-At-Least", "Traceparent", "X-Profile", Header,
		},
		ExposedHeaders: []string{"ETag", "Idempotency-Replayed", "Location", "Retry-After", "Revision", "WWW-Authenticate", Header},
		MaxAge:         int(preflightAge.Seconds()),
	})
	return func(c *gin.Context) {
		shared.HandlerFunc(c.Writer, c.Request)
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			c.Writer.WriteHeaderNow()
			c.Abort()
		}
	}, nil
}

// isOrigin tells whether the text is an origin as browsers write it (RFC 6454,
// section 6.2), but for null, which any page can be.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(text, "*") {
		return false
	}
	return text == u.Scheme+"://"+u.Host && text == strings.ToLower(text)
}
