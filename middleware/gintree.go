package middleware

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/gin-gonic/gin"
)

// routeID is what tells the routes of an engine apart.
type routeID struct{ method, path string }

// chainsOf returns the handlers of each of the engine's routes. Gin tells only
// the last of them ([gin.RouteInfo]), so its tree is read, and never written,
// by reflection. A Gin whose tree looks otherwise is an error, not a guess.
func chainsOf(engine *gin.Engine) (map[routeID]gin.HandlersChain, error) {
	return readTrees(reflect.ValueOf(engine).Elem())
}

// readTrees reads what gin.Engine holds as:
//
//	trees []struct{ method string; root *node }
//	node struct{ path string; handlers HandlersChain; children []*node }
func readTrees(engine reflect.Value) (chains map[routeID]gin.HandlersChain, err error) {
	defer func() {
		if r := recover(); r != nil {
			chains, err = nil, fmt.Errorf("this version of Gin (%s) keeps its routes in another way: %v", gin.Version, r)
		}
	}()
	chains = map[routeID]gin.HandlersChain{}
	trees := field(engine, "trees", reflect.Slice)
	for i := range trees.Len() {
		tree := trees.Index(i)
		readNode(field(tree, "root", reflect.Pointer), field(tree, "method", reflect.String).String(), "", chains)
	}
	return chains, nil
}

func readNode(node reflect.Value, method, path string, chains map[routeID]gin.HandlersChain) {
	if node.IsNil() {
		return
	}
	node = node.Elem()
	path += field(node, "path", reflect.String).String()
	if chain := handlersOf(node); len(chain) > 0 {
		chains[routeID{method, path}] = chain
	}
	children := field(node, "children", reflect.Slice)
	for i := range children.Len() {
		readNode(children.Index(i), method, path, chains)
	}
}

// handlersOf is the one place where the type system is left: reflection does not
// hand out the functions that an unexported field holds. The type is checked
// first.
func handlersOf(node reflect.Value) gin.HandlersChain {
	handlers := field(node, "handlers", reflect.Slice)
	if handlers.Type() != reflect.TypeFor[gin.HandlersChain]() {
		panic(fmt.Sprintf("node.handlers is a %s", handlers.Type()))
	}
	return *(*gin.HandlersChain)(unsafe.Pointer(handlers.UnsafeAddr())) //nolint:gosec // only read, and of the type just checked
}

// field returns a field of a struct; it panics when there is none of that kind.
func field(of reflect.Value, name string, kind reflect.Kind) reflect.Value {
	f := of.FieldByName(name)
	if f.Kind() != kind {
		panic(fmt.Sprintf("%s.%s is not a %s", of.Type(), name, kind))
	}
	return f
}
