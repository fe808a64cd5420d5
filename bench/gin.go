package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// requests are what a request through Gin takes: without any middleware, with one
// that only identifies, with a guard behind that, or with the floor there, and with
// a handler that asks the guard some more.
type requests struct {
	bare, identified, guarded, floored, asking ginRow
}

// asksMore is how many questions such a handler asks.
const asksMore = 10

// further returns what each of these takes.
func (r *requests) further() (nanoseconds float64) {
	more, _ := r.asking.beyond(r.guarded)
	return more / asksMore
}

type ginRow struct {
	nanoseconds []float64 // a request, by rounds
	allocs      float64   // a request
}

// beyond is what a request takes more than with other handlers: the median of the
// rounds' differences.
func (r *ginRow) beyond(other ginRow) (nanoseconds, allocs float64) {
	more := make([]float64, len(r.nanoseconds))
	for i := range more {
		more[i] = r.nanoseconds[i] - other.nanoseconds[i]
	}
	return median(more), r.allocs - other.allocs
}

// router serves requests that are allowed, without a network.
type router struct {
	engine   *gin.Engine
	requests []*http.Request
	next     int
	answer   answer
}

// answer is a response that is used again and again: to make one costs more than a
// guard does.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(b []byte) (int, error) { return len(b), nil }
func (a *answer) WriteHeader(status int)      { a.status = status }

// userHeader is where requests name their user: a token would cost many times what
// is measured here.
const userHeader = "X-User"

const ginRequests = 1 << 13

// serve times requests by members all over the organisations.
func (t *trial) serve(ctx context.Context) (*requests, error) {
	guard, err := middleware.New(t.kit.kit, middleware.Config{
		Logger: slog.New(slog.DiscardHandler),
		Identify: func(c *gin.Context) (rolekit.Identity, error) {
			return rolekit.Identity{User: rolekit.UserID(c.GetHeader(userHeader)), Org: rolekit.OrgID(c.Param("org"))}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	var r requests
	all := []struct {
		row    *ginRow
		router *router
	}{
		{&r.bare, t.router(ctx, nil, nil, done)},
		{&r.identified, t.router(ctx, guard.Identify(), nil, done)},
		{&r.guarded, t.router(ctx, guard.Identify(), guard.Require, done)},
		{&r.floored, t.router(ctx, guard.Identify(), t.floorGuard, done)},
		{&r.asking, t.router(ctx, guard.Identify(), guard.Require, func(c *gin.Context) { t.askMore(c, guard) })},
	}
	for _, one := range all {
		if one.row.allocs, err = one.router.allocations(); err != nil {
			return nil, err
		}
	}
	for range t.options.pace.rounds {
		for _, one := range all {
			took, err := one.router.time(t.options.pace.round)
			if err != nil {
				return nil, err
			}
			one.row.nanoseconds = append(one.row.nanoseconds, took)
		}
	}
	return &r, nil
}

// floorGuard lets through what the floor allows: what a guard costs that is nothing
// but a check.
func (t *trial) floorGuard(want rolekit.Permission) gin.HandlerFunc {
	permission := uint8(slices.Index(t.words.permissions[:], want)) //nolint:gosec // below 60
	return func(c *gin.Context) {
		if !t.floor.can(c.Param("org"), c.GetHeader(userHeader), permission) {
			c.AbortWithStatus(http.StatusForbidden)
		}
	}
}

func done(c *gin.Context) { c.Status(http.StatusNoContent) }

// askMore is a handler that asks about permissions one after the other, as one does
// that shows what there is to do.
func (t *trial) askMore(c *gin.Context, guard *middleware.Guard) {
	for i := range asksMore {
		if _, err := guard.Can(c, t.words.permissions[i*permissionCount/asksMore], nil); err != nil {
			return // which is not answered as it should be
		}
	}
	done(c)
}

// router makes one, with a route for each permission.
func (t *trial) router(ctx context.Context, first gin.HandlerFunc, require func(rolekit.Permission) gin.HandlerFunc, last gin.HandlerFunc) *router {
	gin.SetMode(gin.ReleaseMode)
	r := &router{engine: gin.New(), answer: answer{header: http.Header{}}}
	if first != nil {
		r.engine.Use(first)
	}
	for i, p := range t.words.permissions {
		handlers := []gin.HandlerFunc{last}
		if require != nil {
			handlers = append([]gin.HandlerFunc{require(p)}, handlers...)
		}
		r.engine.GET(fmt.Sprintf("/orgs/:org/%s/%s", t.words.objects[i], t.words.actions[i]), handlers...)
	}
	for i := range t.questions {
		q := &t.questions[i]
		if !q.allowed {
			continue
		}
		path := fmt.Sprintf("/orgs/%s/%s/%s", q.org, t.words.objects[q.permission], t.words.actions[q.permission])
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
		request.Header.Set(userHeader, q.user)
		if r.requests = append(r.requests, request); len(r.requests) == ginRequests {
			break
		}
	}
	return r
}

// serve serves some requests.
func (r *router) serve(n int) error {
	for range n {
		request := r.requests[r.next]
		if r.next++; r.next == len(r.requests) {
			r.next = 0
		}
		r.answer.status = 0
		r.engine.ServeHTTP(&r.answer, request)
		if r.answer.status != http.StatusNoContent {
			return fmt.Errorf("%s is answered %d, and should be %d", request.URL.Path, r.answer.status, http.StatusNoContent)
		}
	}
	return nil
}

// time returns what a request takes, in nanoseconds: the middle one of pieces, as of
// checks.
func (r *router) time(d time.Duration) (float64, error) {
	const piece = 32 // some 50 µs
	var pieces []float64
	began := time.Now()
	for now := began; len(pieces) == 0 || now.Sub(began) < d; {
		before := now
		if err := r.serve(piece); err != nil {
			return 0, err
		}
		now = time.Now()
		pieces = append(pieces, float64(now.Sub(before))/piece)
	}
	return median(pieces), nil
}

// allocations returns how many a request makes.
func (r *router) allocations() (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := r.serve(len(r.requests)); err != nil { // Gin's pool, and the kit's first answers
		return 0, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := r.serve(len(r.requests))
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(len(r.requests)), err
}
