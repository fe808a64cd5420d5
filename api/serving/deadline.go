package serving

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"
)

// Deadline returns a handler that ends the context of a request after that time.
// What waits for a database then gives up, its transaction is rolled back, and
// the API answers 503; what is being computed goes on. A body that arrives slowly
// is the business of the server's ReadTimeout.
func Deadline(after time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), after)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}
