package middleware

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// Kit is what a guard needs of a kit; [*rolekit.Kit] is one.
type Kit interface {
	rolekit.Authorizer
	// AwaitFor waits until a request can be decided by at least a revision; see
	// [rolekit.Kit.AwaitFor].
	AwaitFor(ctx context.Context, who rolekit.Identity, atLeast rolekit.Revision) error
	// Catalog tells which permissions exist, so that a route which asks for
	// another is found when it is declared.
	Catalog() *rolekit.Catalog
}

var _ Kit = (*rolekit.Kit)(nil)

// Config configures a [Guard]. Only Identify is required.
type Config struct {
	// HideRoles leaves the roles that would give a missing permission out of
	// the answer 403. Default: members of the organisation are told; others
	// never are.
	HideRoles bool
	// Identify says who a request is. Required. [JWT] makes one.
	//
	// It returns an identity without a user, and no error, where the request
	// brings no credentials: public routes then go on, the others answer 401.
	// Credentials that are not accepted are an error of
	// rolekit.CodeUnauthenticated, which answers 401 on every route. Any other
	// code has its own status, and an error that is not a [rolekit.Error] means
	// that it could not be found out: 503. It runs at most once a request. Only
	// [ServiceKeys] may say that a request is a service key's: from others, such a
	// user ([rolekit.UserID.Key]) is answered 401.
	Identify func(*gin.Context) (rolekit.Identity, error)
	// Logger takes why no decision could be made (error), and why credentials
	// were not accepted (debug); never the credentials. Default: slog.Default().
	Logger *slog.Logger
}

// Guard makes the handlers that stand before an application's own. It is safe
// for concurrent use.
type Guard struct {
	kit    Kit
	plain  *rolekit.Kit // the kit, where it is one and nothing that stands before one
	config Config
}

// New returns a guard that decides by the kit. It fails when the kit or
// Config.Identify is missing.
func New(kit Kit, config Config) (*Guard, error) {
	if kit == nil {
		return nil, invalid("the kit is missing", "make one with rolekit.New")
	}
	if config.Identify == nil {
		return nil, invalid("Config.Identify is missing", "make one with middleware.JWT, or write your own")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	g := &Guard{kit: kit, config: config}
	g.plain, _ = kit.(*rolekit.Kit)
	return g, nil
}

// Mode is how a route's permissions are asked for.
type Mode string

// The modes, by the method that declares them.
const (
	ModeAll    Mode = "all"    // Require, RequireAll: every permission is needed
	ModeAny    Mode = "any"    // RequireAny: one of them is enough
	ModePublic Mode = "public" // Public: nothing is asked
	ModeSelf   Mode = "self"   // DecidesItself: the handler asks
)

// Declaration is what a route says of who may call it.
type Declaration struct {
	Mode        Mode
	Permissions []rolekit.Permission // none for public and self
	Operation   string               // the catalog's operation that the route is; empty where it names none
	Loads       bool                 // it is decided about one resource, which the guard loads
}

// Identify returns a handler that finds out who the request is and puts it into
// the Gin context and the request's context ([rolekit.IdentityFrom]). Mount it
// on the engine. The guard's other handlers do the same where it was not, but
// only this one also serves the routes that declare nothing.
//
// A request without credentials goes on as nobody; one whose credentials are
// not accepted is answered 401 wherever it goes.
//
// Where the request names an organisation and has the header
// If-Revision-At-Least, it goes on once that organisation's policy is known at
// least at that revision, which the reply to a change told in the header
// Revision; it is answered 503 where it does not come to be known.
func (g *Guard) Identify() gin.HandlerFunc {
	return func(c *gin.Context) { g.identify(c) }
}

// Require returns a handler that lets a request go on only if its identity
// holds the permission, however far that reaches: [Decision] tells, for a list to
// be filtered by, and [Guard.Ensure] asks for one resource. Where the route is
// about one, [Guard.RequireResource] does both. It panics when the catalog has no
// such permission, as Gin does for routes that conflict.
func (g *Guard) Require(want rolekit.Permission) gin.HandlerFunc {
	return g.require(ModeAll, []rolekit.Permission{want})
}

// RequireAny is [Guard.Require] for a route that one of several permissions
// opens. It panics without any.
func (g *Guard) RequireAny(want ...rolekit.Permission) gin.HandlerFunc {
	return g.require(ModeAny, want)
}

// RequireAll is [Guard.Require] for a route that needs several permissions. It
// panics without any: that would be a public route.
func (g *Guard) RequireAll(want ...rolekit.Permission) gin.HandlerFunc {
	return g.require(ModeAll, want)
}

// Public returns a handler that declares a route open to everybody. It lifts
// nothing: a permission that the group requires is still required.
func (g *Guard) Public() gin.HandlerFunc {
	return g.declare(Declaration{Mode: ModePublic}, nil)
}

// DecidesItself returns a handler that declares that the handlers behind it ask
// the kit themselves, as the kit's own API does. They get the identity from the
// request's context; where there is none, answering 401 is theirs.
func (g *Guard) DecidesItself() gin.HandlerFunc {
	return g.declare(Declaration{Mode: ModeSelf}, nil)
}

// require checks the permissions while the application is wired. What is wrong
// then is wrong on every request, so it does not wait for one.
func (g *Guard) require(mode Mode, want []rolekit.Permission) gin.HandlerFunc {
	if len(want) == 0 {
		panic("middleware: a route must require at least one permission; declare it Public where it needs none")
	}
	for _, p := range want {
		if err := g.kit.Catalog().CheckPermission(p); err != nil {
			panic(fmt.Sprintf("middleware: a route requires what nobody can hold: %v", err))
		}
	}
	return g.declare(Declaration{Mode: mode, Permissions: slices.Clone(want)}, nil)
}

// Operation returns a handler that names the route as one of the operations that
// the catalog lists, and requires that operation's permission as [Guard.Require]
// does. It panics, and names the nearest, when the catalog lists no such one.
func (g *Guard) Operation(name string) gin.HandlerFunc {
	return g.declare(g.operation(name), nil)
}

func (g *Guard) operation(name string) Declaration {
	p, err := g.kit.Catalog().Operation(name)
	if err != nil {
		panic(fmt.Sprintf("middleware: a route names an operation that the catalog does not: %v", err))
	}
	return Declaration{Mode: ModeAll, Permissions: []rolekit.Permission{p}, Operation: name}
}

// declare returns the one closure that all declarations are, so that the
// coverage report knows them by their code. It must not be inlined: each copy
// would be code of its own.
//
//go:noinline
func (g *Guard) declare(d Declaration, load Load) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request == nil { // no request: the coverage report asks
			tell(c, d)
			return
		}
		r, ok := g.identify(c)
		if !ok || d.Mode == ModePublic || d.Mode == ModeSelf {
			return
		}
		r.lookUp()
		had := len(r.decisions)
		decisions, ok := g.judge(c, r, d, nil, r.decisions)
		if ok && load != nil {
			decisions, ok = g.judgeLoaded(c, r, d, load, decisions[had])
		}
		if ok {
			r.decisions, r.nearest = decisions, had
		}
	}
}

func invalid(message, hint string) *rolekit.Error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}
