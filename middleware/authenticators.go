package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// Authenticator is one of several ways to tell who a request is.
type Authenticator struct {
	// Identify is as [Config].Identify. Required.
	Identify func(*gin.Context) (rolekit.Identity, error)
	// Takes reports whether the request's credentials are of this kind, by their
	// form alone. Default: all are.
	Takes func(*http.Request) bool
}

// FirstOf returns a Config.Identify for requests with credentials of several
// kinds. The first authenticator that takes them decides alone: what it does not
// accept is shown to no other. A request that none takes is nobody's. It fails when
// an authenticator cannot identify, stands behind one that takes everything, or
// there is none.
func FirstOf(ways ...Authenticator) (func(*gin.Context) (rolekit.Identity, error), error) {
	for i, way := range ways {
		if way.Identify == nil {
			return nil, invalid("Authenticator.Identify is missing", "make one with middleware.JWT, or write your own")
		}
		if way.Takes == nil && i < len(ways)-1 {
			return nil, invalid("an authenticator stands behind one that takes everything", "give that one's Takes, or put it last")
		}
	}
	if len(ways) == 0 {
		return nil, invalid("there is no authenticator", "give FirstOf one at least")
	}
	return func(c *gin.Context) (rolekit.Identity, error) {
		for _, way := range ways {
			if way.Takes == nil || way.Takes(c.Request) {
				return way.Identify(c)
			}
		}
		return rolekit.Identity{}, nil
	}, nil
}
