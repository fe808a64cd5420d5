package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api"
)

// What earlier handlers said that an answer depends on, as on the page's origin, it
// still depends on.
func TestACachedAnswerVariesByWhatOthersSaid(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) {
		e.Use(func(c *gin.Context) { c.Writer.Header().Add("Vary", "Origin") })
	})
	first := w.ask(member, "GET /v1/me", "")
	again := w.ask(member, "GET /v1/me", "", "If-None-Match", first.header.Get("ETag"))
	if first.status != http.StatusOK || again.status != http.StatusNotModified {
		t.Fatalf("%d, then %d", first.status, again.status)
	}
	for _, a := range []answer{first, again} {
		vary := strings.Split(strings.Join(a.header.Values("Vary"), ", "), ", ")
		for _, name := range []string{"Origin", "Authorization", "Cookie", "X-Profile"} {
			if !slices.Contains(vary, name) {
				t.Errorf("%d varies by %v, and not by %s", a.status, vary, name)
			}
		}
	}
}
