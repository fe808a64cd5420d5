// Package api is the role-management API: organisations, roles, members, groups,
// resource sets, decisions and the audit log, over HTTP with JSON, on the team's
// own Gin engine.
//
// It decides nothing. Every operation is one call of [rolekit.Manager], which
// acts for the identity in the request's context (see [rolekit.WithIdentity]),
// so the kit guards its own API. Who that is, the application's middleware
// says; a request without an identity is answered 401.
//
// Every error is a problem document (RFC 9457) with a stable code.
package api

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/reference"
	"github.com/rolekit/rolekit/internal/problem"
)

// defaultMaxBody is 1 MiB: a role with every permission of a large catalog is a
// tenth of that.
const defaultMaxBody = 1 << 20

// Config configures an [API]. The zero value is useful.
type Config struct {
	// ChangeBurst is how many changes a user may ask for at once, after a while
	// without any. Default: ten seconds' worth of ChangeRate.
	ChangeBurst int
	// ChangeRate is how many changes a second a user may ask for in the long run,
	// refused ones and dry runs included; more are answered 429. Each process
	// counts by itself. Default: any number.
	ChangeRate float64
	// Decided is told of each answer to a check, or why there is none, and how long
	// it took, for metrics. Many goroutines call it at once. Default: nobody is told.
	Decided func(d rolekit.Decision, err error, took time.Duration)
	// Ending reports that the process is about to end: /readyz answers 503 then, so that
	// load balancers send nothing new. Default: it never is.
	Ending func() bool
	// Logger takes the causes of answers of status 500 and above, which the
	// client is not told. Default: slog.Default().
	Logger *slog.Logger
	// MaxBodyBytes is how long a request's body may be; a longer one is
	// answered 413. Default: 1 MiB.
	MaxBodyBytes int64
	// NoReference leaves out /docs, the page that shows the OpenAPI document to
	// people. Default: it is served.
	NoReference bool
	// Title names the API in its OpenAPI document. Default: "rolekit".
	Title string
	// Version is that of the OpenAPI document. Default: "1.0.0".
	Version string
}

// API serves a kit over HTTP. Make one with [New]; it is safe for concurrent
// use.
type API struct {
	config Config
	kit    *rolekit.Kit
	limit  *limiter // of changes; nil where there is none
}

// New returns an API that serves the kit once it is mounted. It fails with
// rolekit.ErrInvalid when there is no kit or a limit makes no sense.
func New(kit *rolekit.Kit, config Config) (*API, error) {
	if kit == nil {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "the kit is missing", Hint: "make one with rolekit.New"}
	}
	if config.MaxBodyBytes < 0 {
		return nil, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "Config.MaxBodyBytes is negative", Hint: "leave it 0 for 1 MiB"}
	}
	limit, err := newLimiter(config.ChangeRate, config.ChangeBurst)
	if err != nil {
		return nil, err
	}
	if config.MaxBodyBytes == 0 {
		config.MaxBodyBytes = defaultMaxBody
	}
	if config.Ending == nil {
		config.Ending = func() bool { return false }
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Title == "" {
		config.Title = "rolekit"
	}
	if config.Version == "" {
		config.Version = "1.0.0"
	}
	return &API{config: config, kit: kit, limit: limit}, nil
}

// Mount adds the API's routes to the group, which is one of the engine's; to
// the engine itself where it is nil. Like Gin, it panics when a route is taken.
//
// Middleware of the group should put the identity into the request's context,
// and let requests without one through: /healthz, /readyz, /openapi.json and /docs
// are for everyone, and the API refuses the others itself.
//
// Ids of users and resources are the application's own and stand in paths,
// percent-encoded. For ids that hold a slash, set the engine's UseRawPath; without it, Gin looks for
// routes in the decoded path, finds none, and answers 404.
func (a *API) Mount(engine *gin.Engine, group *gin.RouterGroup) {
	if group == nil {
		group = &engine.RouterGroup
	}
	s := &server{config: a.config, kit: a.kit, limit: a.limit, base: group.BasePath()}
	s.huma = humagin.NewWithGroup(engine, group, s.humaConfig())
	s.huma.UseMiddleware(s.catchPanic)
	s.healthOperations()
	s.meOperations()
	s.orgOperations()
	s.roleOperations()
	s.memberOperations()
	s.groupOperations()
	s.setOperations()
	s.keyOperations()
	s.reviewOperations()
	s.checkOperations()
	s.auditOperations()
	s.describePreviews()
	s.describeAll()
	document := sync.OnceValue(s.document)
	group.GET("/openapi.json", func(c *gin.Context) { c.Data(http.StatusOK, jsonType, document()) })
	if !a.config.NoReference {
		group.GET("/docs", s.referencePage())
	}
}

// referencePage returns what serves the document as a page, which is written once,
// for the first who wants to see it.
func (s *server) referencePage() gin.HandlerFunc {
	page := sync.OnceValue(func() []byte {
		page, err := reference.Page(s.huma.OpenAPI(), problem.Kinds())
		if err != nil { // the same on every start, so a test would not have passed
			panic(err)
		}
		return page
	})
	policy := reference.Policy()
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-cache")
		c.Header("Content-Security-Policy", policy)
		c.Header("Referrer-Policy", "no-referrer")
		c.Header("X-Content-Type-Options", "nosniff")
		c.Data(http.StatusOK, "text/html; charset=utf-8", page())
	}
}

// NotFound answers that nothing is at the address, as a problem document. Give
// it to the engine's NoRoute, if the application has no other answer.
func NotFound(c *gin.Context) {
	refuse(c, problem.New(problem.CodeNotFound, "there is nothing at this address", "/openapi.json lists what there is"))
}

// MethodNotAllowed answers that what is at the address has no such method, as a
// problem document; Gin says in Allow which it has. Give it to the engine's
// NoMethod, and set HandleMethodNotAllowed, without which such a request counts
// as one for an address where nothing is.
func MethodNotAllowed(c *gin.Context) {
	refuse(c, problem.New(problem.CodeMethod, "what is at this address does not have this method", "the header Allow lists those it has"))
}
