package middleware

import (
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/revision"
)

// await waits for the revision that a request asks to be decided by. When it
// returns false, that did not come, and the request has been answered.
//
// A stranger's request goes on without a wait, though after one look at the store
// (see [rolekit.Kit.AwaitFor]), and is refused by the handler as it always is:
// neither the answer nor how long it takes tells whether the organisation exists.
func (g *Guard) await(c *gin.Context, who rolekit.Identity) bool {
	want, err := revision.Wanted(c.Request.Header)
	if err != nil {
		g.refuse(c, err)
		return false
	}
	if want == 0 || who.Org == "" { // which nobody has
		return true
	}
	if err := g.awaited(c, who, want); err != nil {
		g.config.Logger.WarnContext(c.Request.Context(), "a revision has not arrived",
			"method", c.Request.Method, "route", c.FullPath(), "org", who.Org, "revision", want, "error", err)
		c.Header("Retry-After", revision.RetryAfter)
		respond(c, refusal{Problem: revision.Late()})
		return false
	}
	c.Request = c.Request.WithContext(revision.WithAwaited(c.Request.Context(), who.Org, want))
	return true
}

// awaited is the kit's AwaitFor, which must not take the request down.
func (g *Guard) awaited(c *gin.Context, who rolekit.Identity, want rolekit.Revision) (err error) {
	defer recovered("the kit", &err)
	return g.kit.AwaitFor(c.Request.Context(), who, want)
}
