package middleware

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// A Gin that keeps its routes in another way must not make the report say that
// all is well.
func TestAnotherGinIsAnError(t *testing.T) {
	type node struct {
		path     string
		handlers []func(*gin.Context)
		children []*node
	}
	type tree[R any] struct {
		method string
		root   R
	}
	good := &node{path: "/", handlers: []func(*gin.Context){func(*gin.Context) {}}, children: []*node{}}
	for name, tc := range map[string]struct {
		engine any
		want   string
	}{
		"no trees":       {&struct{ routes int }{1}, "trees is not a slice"},
		"another tree":   {&struct{ trees map[string]int }{nil}, "trees is not a slice"},
		"another method": {&struct{ trees []struct{ method int } }{make([]struct{ method int }, 1)}, "root is not a ptr"},
		"another root":   {&struct{ trees []tree[int] }{[]tree[int]{{"GET", 1}}}, "root is not a ptr"},
		"another node":   {&struct{ trees []tree[*int] }{[]tree[*int]{{"GET", new(int)}}}, ""},
		"other handlers": {&struct{ trees []tree[*node] }{[]tree[*node]{{"GET", good}}}, "node.handlers is a []func"},
	} {
		chains, err := readTrees(reflect.ValueOf(tc.engine).Elem())
		if err == nil || chains != nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnreadRoutesAreUnguarded(t *testing.T) {
	guard := (*Guard)(nil).declare(Declaration{Mode: ModePublic}, nil)
	handler, other := func(*gin.Context) {}, func(*gin.Context) { t.Error("ran") }
	info := gin.RoutesInfo{{Method: "GET", Path: "/x", HandlerFunc: handler}}
	for name, tc := range map[string]struct {
		chains map[routeID]gin.HandlersChain
		err    error
		want   string
	}{
		"read":          {map[routeID]gin.HandlersChain{{"GET", "/x"}: {guard, handler}}, nil, ""},
		"not found":     {map[routeID]gin.HandlersChain{{"POST", "/x"}: {guard, handler}}, nil, "not found"},
		"another route": {map[routeID]gin.HandlersChain{{"GET", "/x"}: {guard, other}}, nil, "another route's"},
		"not readable":  {map[routeID]gin.HandlersChain{{"GET", "/x"}: {guard, handler}}, errors.New("no trees"), "no trees"},
	} {
		got := routes(info, tc.chains, tc.err)
		if len(got) != 1 || got[0].Guarded() != (tc.want == "") || !strings.Contains(got[0].String(), tc.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
