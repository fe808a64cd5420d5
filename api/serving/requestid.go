package serving

import (
	"crypto/rand"
	"log/slog"

	"github.com/gin-gonic/gin"
)

// Header is where a request brings its id, and the reply tells it.
const Header = "X-Request-ID"

// maxID is how long an id may be that a request brings. UUIDs have 36
// characters, and the ids of common proxies fewer than 64.
const maxID = 64

// RequestID returns a handler that gives each request an id, tells it in the
// reply, and puts it into the request's context for a [LogHandler]. The kit's
// problem documents hold it as request_id.
//
// A request may bring an id of its own: one header, of 1 to 64 letters, digits
// and signs of . _ -. Any other is not taken, and told to nobody: it could forge
// a line of a log, or be the script of a page that shows it.
func RequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := rand.Text()
		if brought := c.Request.Header.Values(Header); len(brought) == 1 && isID(brought[0]) {
			id = brought[0]
		}
		c.Header(Header, id)
		c.Request = c.Request.WithContext(With(c.Request.Context(), slog.String("request_id", id)))
	}
}

func isID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		b := id[i]
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && b != '.' && b != '_' && b != '-' {
			return false
		}
	}
	return true
}
