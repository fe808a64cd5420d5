package middleware

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// retryAfter is how many seconds a client waits after a 503. Most of its causes
// (a restart, a database that fails over) are over or not within that time.
const retryAfter = "5"

// refusal is a problem document, with what RFC 9457 calls extension members for
// routes that ask for more than one permission.
type refusal struct {
	problem.Problem

	AllOf []rolekit.Permission `json:"all_of,omitempty"` // the permissions that are missing, all needed
	AnyOf []rolekit.Permission `json:"any_of,omitempty"` // the permissions of which one is needed
}

// errNobody says that a route which needs somebody got nobody.
func errNobody() *rolekit.Error {
	return unauthenticated("nobody is identified", "send credentials, such as Authorization: Bearer and a token", nil)
}

func unauthenticated(message, hint string, cause error) *rolekit.Error {
	return &rolekit.Error{Code: rolekit.CodeUnauthenticated, Message: message, Hint: hint, Err: cause}
}

// refuse answers a request about which nothing could be decided.
func (g *Guard) refuse(c *gin.Context, err error) {
	p := problem.Of(err)
	log := g.config.Logger.With("method", c.Request.Method, "route", c.FullPath(), "error", err)
	switch p.Status {
	case http.StatusUnauthorized:
		challenge := "Bearer"
		if _, brought := c.Request.Header["Authorization"]; brought {
			challenge += ` error="invalid_token"` // RFC 6750, section 3.1
		}
		c.Header("WWW-Authenticate", challenge)
		log.DebugContext(c.Request.Context(), "nobody was identified")
	case http.StatusTooManyRequests:
		if e, ok := errors.AsType[*rolekit.Error](err); ok && e.Wait > 0 {
			c.Header("Retry-After", seconds(e.Wait))
		}
		log.DebugContext(c.Request.Context(), "a caller is told to wait")
	case http.StatusServiceUnavailable:
		// Which row of which organisation cannot be read is for the log. To a
		// client all causes look the same.
		p = problem.Of(&rolekit.Error{
			Code:    rolekit.CodeUnavailable,
			Message: "whether you may do this cannot be decided at the moment",
			Hint:    "try again; if it goes on, tell the operator",
		})
		c.Header("Retry-After", retryAfter)
		log.ErrorContext(c.Request.Context(), "a request could not be decided")
	}
	respond(c, refusal{Problem: p})
}

// deny answers a request that the kit said no to. The decisions are those that
// denied, one a permission.
func (g *Guard) deny(c *gin.Context, who rolekit.Identity, mode Mode, denied []rolekit.Decision) {
	missing := make([]rolekit.Permission, 0, len(denied))
	for _, d := range denied {
		missing = append(missing, d.Permission())
	}
	var (
		body        refusal
		joint, what = " and ", "the permissions %s"
	)
	switch {
	case len(missing) == 1:
		what = "the permission %s"
	case mode == ModeAny:
		body.AnyOf, joint, what = missing, " or ", "one of the permissions %s"
	default:
		body.AllOf = missing
	}
	words := strings.Join(asStrings(missing), joint)
	body.Problem = problem.Of(&rolekit.Error{
		Code:    rolekit.CodePermissionDenied,
		Message: fmt.Sprintf("%s may not %s in %q", who.As(), words, who.Org),
		Hint:    "it needs " + fmt.Sprintf(what, words),
	})
	if len(missing) == 1 {
		body.Permission = missing[0]
	}
	if !g.config.HideRoles {
		body.Roles = rolesFor(mode, denied)
	}
	respond(c, body)
}

// rolesFor returns the roles each of which would have been enough.
func rolesFor(mode Mode, denied []rolekit.Decision) []rolekit.RoleID {
	roles := denied[0].RolesGranting()
	for _, d := range denied[1:] {
		others := d.RolesGranting()
		if mode == ModeAny {
			roles = append(roles, others...)
			continue
		}
		roles = slices.DeleteFunc(roles, func(r rolekit.RoleID) bool { return !slices.Contains(others, r) })
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func asStrings(permissions []rolekit.Permission) []string {
	words := make([]string, len(permissions))
	for i, p := range permissions {
		words[i] = string(p)
	}
	return words
}

// respond ends the request with the problem; only ends it, where something has
// been answered already.
func respond(c *gin.Context, body refusal) {
	c.Abort()
	if c.Writer.Written() {
		return
	}
	body.RequestID = c.Writer.Header().Get("X-Request-ID") // where an earlier handler gave it one
	encoded, err := json.Marshal(body)
	if err != nil { // strings and numbers always marshal
		panic(errors.Join(errors.New("middleware: a problem cannot be encoded"), err))
	}
	c.Header("Cache-Control", "no-store")
	c.Data(body.Status, problem.ContentType, encoded)
}
