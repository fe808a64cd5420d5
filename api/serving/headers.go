package serving

import "github.com/gin-gonic/gin"

// Headers returns a handler that tells browsers to do nothing with a reply but
// hand it to who asked: not to guess what it is, run it, frame it, or let other
// sites embed it. A handler that answers with a page says itself what the page may
// do, by setting Content-Security-Policy anew.
//
// Strict-Transport-Security is the business of what speaks TLS.
func Headers() gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		c.Header("Cross-Origin-Resource-Policy", "same-origin")
		c.Header("Referrer-Policy", "no-referrer")
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	}
}
