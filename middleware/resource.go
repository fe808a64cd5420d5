package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// Load returns the resource that a request is about. It must look for it in the
// organisation of [Identity] and nowhere else: a decision is about that
// organisation, and a resource does not tell whose it is.
//
// Where there is none it returns [ErrNotFound], or answers as the application
// does and returns [ErrHandled]. A [rolekit.Error] is answered as its code is.
// Any other error, no resource and no error, and a panic mean that it could not
// be found out: 503.
type Load func(*gin.Context) (rolekit.Resource, error)

var (
	// ErrNotFound says that there is no such resource in the organisation. Who
	// may do this to every resource there is answered 404; everybody else 403,
	// exactly as for a resource that is not theirs, since which exist is not
	// theirs to know.
	ErrNotFound = errors.New("there is no such resource")
	// ErrHandled says that the request has been answered.
	ErrHandled = errors.New("the request has been answered")
)

// RequireResource returns a handler that lets a request go on only if its
// identity may do this to the resource that load returns. Who may not do it to
// anything is answered before anything is loaded. The handler gets the resource
// from [Resource]. It panics when the catalog has no such permission.
func (g *Guard) RequireResource(want rolekit.Permission, load Load) gin.HandlerFunc {
	if err := g.kit.Catalog().CheckPermission(want); err != nil {
		panic(fmt.Sprintf("middleware: a route requires what nobody can hold: %v", err))
	}
	return g.declareLoading(Declaration{Mode: ModeAll, Permissions: []rolekit.Permission{want}}, load)
}

// OperationOn is [Guard.Operation] for a route that is about one resource, as
// [Guard.RequireResource] is [Guard.Require].
func (g *Guard) OperationOn(name string, load Load) gin.HandlerFunc {
	return g.declareLoading(g.operation(name), load)
}

func (g *Guard) declareLoading(d Declaration, load Load) gin.HandlerFunc {
	if load == nil {
		panic("middleware: a route that is about a resource must say how to load it; Require needs none")
	}
	d.Loads = true
	return g.declare(d, load)
}

// Resource returns the resource that a guard loaded and allowed before the
// handler: of several of the type the nearest to the handler. It panics where
// there is none of that type, since then the route is wired wrong.
func Resource[T rolekit.Resource](c *gin.Context) T {
	if r := requestOf(c); r != nil {
		for _, loaded := range slices.Backward(r.resources) {
			if resource, ok := loaded.(T); ok {
				return resource
			}
		}
	}
	panic(fmt.Sprintf("middleware: no guard before this handler loads a %s; use RequireResource or OperationOn", reflect.TypeFor[T]()))
}

// judgeLoaded loads the resource of a request that may do this to some, and
// decides about it. When it returns false, the request has been answered.
func (g *Guard) judgeLoaded(c *gin.Context, r *request, d Declaration, load Load, some rolekit.Decision) ([]rolekit.Decision, bool) {
	resource, err := loaded(c, load)
	switch {
	case c.IsAborted(), errors.Is(err, ErrHandled):
		c.Abort()
		if !c.Writer.Written() && c.Writer.Status() == http.StatusOK { // an empty 200 would look like success
			g.refuse(c, errors.New("the function that loads a resource says that it answered, and it did not"))
		}
		return nil, false
	case errors.Is(err, ErrNotFound):
		g.notFound(c, r.who, some)
		return nil, false
	case err != nil:
		g.refuse(c, err)
		return nil, false
	}
	decisions, ok := g.judge(c, r, d, resource, r.decisions)
	if ok {
		r.resources = append(r.resources, resource)
	}
	return decisions, ok
}

func loaded(c *gin.Context, load Load) (resource rolekit.Resource, err error) { //nolint:ireturn // its type is the application's
	defer recovered("the function that loads a resource", &err)
	if resource, err = load(c); err == nil && resource == nil {
		// Asked about nothing, the kit would answer whether they may do it at all.
		err = errors.New("neither a resource nor an error came back from loading it")
	}
	return resource, err
}

// notFound answers for a resource that is not there.
func (g *Guard) notFound(c *gin.Context, who rolekit.Identity, some rolekit.Decision) {
	if len(some.Access()) > 0 && some.Access()[0] == rolekit.AccessAny {
		respond(c, refusal{Problem: problem.New(problem.CodeNotFound, "there is no such resource in the organisation", "")})
		return
	}
	g.deny(c, who, ModeAll, []rolekit.Decision{some})
}
