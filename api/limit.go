package api

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// maxLimited is how many users' changes are counted at once: 2 MB at most. The
// one who has been quiet for longest is forgotten when there are more. To be
// forgotten early takes that many others who are identified and change something
// meanwhile.
const maxLimited = 10_000

// limiter bounds how many changes each user asks for. It is safe for concurrent
// use.
type limiter struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	users *simplelru.LRU[rolekit.UserID, *rate.Limiter]
}

// newLimiter returns nil where there is no limit.
func newLimiter(perSecond float64, burst int) (*limiter, error) {
	switch {
	case perSecond < 0 || math.IsNaN(perSecond) || math.IsInf(perSecond, 0):
		return nil, badLimit(fmt.Sprintf("Config.ChangeRate is %v", perSecond), "leave it 0 for any number of changes")
	case burst < 0 || burst > 0 && perSecond == 0:
		return nil, badLimit(fmt.Sprintf("Config.ChangeBurst is %d, and ChangeRate %v", burst, perSecond), "set both, or ChangeRate alone")
	case perSecond == 0:
		return nil, nil //nolint:nilnil // a limiter that there is not is nil
	case burst == 0:
		burst = int(min(math.Ceil(10*perSecond), math.MaxInt32))
	}
	users, err := simplelru.NewLRU[rolekit.UserID, *rate.Limiter](maxLimited, nil)
	if err != nil {
		return nil, err
	}
	return &limiter{rate: rate.Limit(perSecond), burst: burst, users: users}, nil
}

func badLimit(message, hint string) *rolekit.Error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}

// take counts one change of the user's, and returns 0; or counts nothing, and
// returns how long it takes until one is possible.
func (l *limiter) take(user rolekit.UserID, now time.Time) time.Duration {
	of := l.of(user).ReserveN(now, 1)
	wait := of.DelayFrom(now)
	if wait > 0 {
		of.CancelAt(now)
	}
	return wait
}

func (l *limiter) of(user rolekit.UserID) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	of, ok := l.users.Get(user)
	if !ok {
		of = rate.NewLimiter(l.rate, l.burst)
		l.users.Add(user, of)
	}
	return of
}

// limited returns an operation that is one of a user's changes. Those that
// [making] and [changing] add are so by themselves.
func (s *server) limited(op huma.Operation) huma.Operation {
	op.Errors = append(slices.Clone(op.Errors), http.StatusTooManyRequests)
	op.Middlewares = append(slices.Clone(op.Middlewares), s.take)
	return op
}

// take refuses changes of those who ask for too many, before their bodies are
// read.
func (s *server) take(ctx huma.Context, next func(huma.Context)) {
	if s.limit != nil {
		who, _ := rolekit.IdentityFrom(ctx.Context())
		if wait := s.limit.take(who.User, time.Now()); wait > 0 {
			seconds := strconv.FormatFloat(math.Ceil(wait.Seconds()), 'f', 0, 64)
			ctx.SetHeader("Retry-After", seconds)
			refuse(humagin.Unwrap(ctx), problem.New(problem.CodeTooMany,
				"you ask for more changes than you may in that time", "try again in "+seconds+" seconds"))
			return
		}
	}
	next(ctx)
}
