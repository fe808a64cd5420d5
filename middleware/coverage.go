package middleware

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// Route is a route of an engine and what it declares.
type Route struct {
	Method string
	Path   string // as it was registered, with its parameters
	// Handler is the name of the route's own handler, the last of its chain.
	Handler string
	// Declared is what guards before the handler ask for, in the order they
	// run: all of them must be content. None means that everybody may call it.
	Declared []Declaration
	// Unread is why the route's chain could not be read; it then counts as one
	// that declares nothing.
	Unread string
}

// Guarded reports whether the route says who may call it.
func (r Route) Guarded() bool { return len(r.Declared) > 0 }

// String describes the route in a line, for test output.
func (r Route) String() string {
	s := fmt.Sprintf("%s %s (%s)", r.Method, r.Path, r.Handler)
	if r.Unread != "" {
		s += ": " + r.Unread
	}
	return s
}

// Routes returns every route of the engine with what it declares, sorted by
// path and method. A declaration counts, of whichever guard it is, if it stands
// in the chain itself and before the handler: one that is called from within
// another function is not seen, and one behind the handler guards nothing. What
// a handler does is never run.
//
// Call it when all routes are mounted and before the engine serves.
func (g *Guard) Routes(engine *gin.Engine) []Route {
	chains, err := chainsOf(engine)
	return routes(engine.Routes(), chains, err)
}

// Unguarded returns the routes that declare nothing.
func (g *Guard) Unguarded(engine *gin.Engine) []Route {
	return slices.DeleteFunc(g.Routes(engine), Route.Guarded)
}

// TB is what MustCoverAll needs of a test; [testing.TB] is one.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// MissingOperations returns the operations that the catalog lists and no route of
// the engine names, sorted.
func (g *Guard) MissingOperations(engine *gin.Engine) []string {
	named := map[string]bool{}
	for _, r := range g.Routes(engine) {
		for _, d := range r.Declared {
			named[d.Operation] = true
		}
	}
	return slices.DeleteFunc(g.kit.Catalog().Operations(), func(o string) bool { return named[o] })
}

// UnknownOperations returns the routes that name an operation which the catalog
// does not list, or lists under another permission: the guard that declared it
// has another catalog.
func (g *Guard) UnknownOperations(engine *gin.Engine) []Route {
	return slices.DeleteFunc(g.Routes(engine), func(r Route) bool {
		return !slices.ContainsFunc(r.Declared, func(d Declaration) bool {
			if d.Operation == "" {
				return false
			}
			p, err := g.kit.Catalog().Operation(d.Operation)
			return err != nil || !slices.Contains(d.Permissions, p)
		})
	})
}

// MustCoverAll fails the test when a route of the engine declares nothing, when
// the catalog lists an operation that no route names, or when a route names one
// that the catalog does not list; and names all of these. It fails also when
// there are no routes, since then it was called too early.
func (g *Guard) MustCoverAll(t TB, engine *gin.Engine) {
	t.Helper()
	if len(engine.Routes()) == 0 {
		t.Fatalf("the engine has no routes; mount them first")
		return
	}
	var found []string
	add := func(what string, lines []string) {
		if len(lines) > 0 {
			found = append(found, fmt.Sprintf("%s:\n  %s", what, strings.Join(lines, "\n  ")))
		}
	}
	open := describe(g.Unguarded(engine))
	add(fmt.Sprintf("%d of %d routes declare neither a permission nor Public nor DecidesItself before their handler",
		len(open), len(engine.Routes())), open)
	add("no route names these operations of the catalog", g.MissingOperations(engine))
	add("these routes name operations that the catalog does not list so", describe(g.UnknownOperations(engine)))
	if len(found) > 0 {
		t.Fatalf("%s", strings.Join(found, "\n"))
	}
}

func describe(routes []Route) []string {
	lines := make([]string, len(routes))
	for i, r := range routes {
		lines[i] = r.String()
	}
	return lines
}

// routes joins Gin's own list of routes, which is the one that is true, with
// the chains that were read.
func routes(all gin.RoutesInfo, chains map[routeID]gin.HandlersChain, err error) []Route {
	list := make([]Route, 0, len(all))
	for _, info := range all {
		r := Route{Method: info.Method, Path: info.Path, Handler: info.Handler}
		chain := chains[routeID{info.Method, info.Path}]
		switch {
		case err != nil:
			r.Unread = err.Error()
		case len(chain) == 0:
			r.Unread = "its handlers were not found in Gin's tree"
		case codeOf(chain[len(chain)-1]) != codeOf(info.HandlerFunc):
			r.Unread = "its handlers in Gin's tree are another route's"
		default:
			r.Declared = declared(chain[:len(chain)-1])
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return list
}

type declarationsKey struct{}

// declared calls the declarations among the handlers, and nothing else, with a
// context that has no request: they then tell what they are.
func declared(handlers []gin.HandlerFunc) []Declaration {
	ours := codeOf((*Guard)(nil).declare(Declaration{}, nil))
	var all []Declaration
	probe := &gin.Context{}
	probe.Set(declarationsKey{}, &all)
	for _, h := range handlers {
		if codeOf(h) == ours {
			h(probe)
		}
	}
	return all
}

// tell answers the coverage report.
func tell(c *gin.Context, d Declaration) {
	v, _ := c.Get(declarationsKey{})
	if all, ok := v.(*[]Declaration); ok {
		d.Permissions = slices.Clone(d.Permissions)
		*all = append(*all, d)
	}
}

// codeOf returns where a handler's code is. Closures of one function literal
// share it, no two literals do.
func codeOf(h gin.HandlerFunc) uintptr { return reflect.ValueOf(h).Pointer() }
