package middleware

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/rolekit/rolekit"
)

// maxFailing is how many callers' failures are counted at once, and how many keys are
// known to be good: 2 MB at most. The one that has been quiet for longest is forgotten
// when there are more.
const maxFailing = 10_000

// failures bounds how many requests with keys that are none a caller may send, each of
// which may ask the database. It is safe for concurrent use.
//
// A caller is an address, behind which there may be many: a proxy, an office. So that one
// of them does not shut out the others, a key that was good lately is counted by itself:
// it is known, and asks no database.
type failures struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	callers *simplelru.LRU[string, *rate.Limiter]
	good    *simplelru.LRU[string, struct{}] // ids of keys
}

// newFailures returns nil where there is no bound.
func newFailures(perSecond float64, burst int) (*failures, error) {
	switch {
	case math.IsNaN(perSecond) || math.IsInf(perSecond, 0):
		return nil, invalid(fmt.Sprintf("ServiceKeysConfig.FailureRate is %v", perSecond), "leave it 0 for the default")
	case burst < 0:
		return nil, invalid(fmt.Sprintf("ServiceKeysConfig.FailureBurst is %d", burst), "leave it 0 for the default")
	case perSecond < 0:
		return nil, nil //nolint:nilnil // a bound that there is not is nil
	}
	callers, err := simplelru.NewLRU[string, *rate.Limiter](maxFailing, nil)
	if err != nil {
		return nil, err
	}
	good, err := simplelru.NewLRU[string, struct{}](maxFailing, nil)
	return &failures{rate: rate.Limit(perSecond), burst: burst, callers: callers, good: good}, err
}

// idOf returns the part of what looks like a key that is no secret; nothing of what
// cannot be one.
func idOf(token string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(token, keyPrefix), "_")
	if key := rolekit.KeyID(id); key.Validate() != nil {
		return ""
	}
	return id
}

// of returns what counts the failures of a caller with a key.
func (f *failures) of(caller, token string) *rate.Limiter {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id := idOf(token); f.good.Contains(id) {
		caller += " " + id
	}
	of, ok := f.callers.Get(caller)
	if !ok {
		of = rate.NewLimiter(f.rate, f.burst)
		f.callers.Add(caller, of)
	}
	return of
}

// wait returns how long it takes until the caller may try a key; 0 where it may now.
// Requests that come at the same moment may all try it.
func (f *failures) wait(caller, token string, now time.Time) time.Duration {
	lacking := 1 - f.of(caller, token).TokensAt(now)
	if lacking <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(lacking / float64(f.rate) * float64(time.Second)))
}

// failed counts a key that is none.
func (f *failures) failed(caller, token string, now time.Time) { f.of(caller, token).AllowN(now, 1) }

// succeeded remembers that the key is one.
func (f *failures) succeeded(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.good.Add(idOf(token), struct{}{})
}

// tooManyFailures says when the caller may try again.
func tooManyFailures(wait time.Duration) *rolekit.Error {
	return &rolekit.Error{
		Code: rolekit.CodeTooManyFailures, Message: "too many requests from your address brought service keys that are none",
		Hint: "stop sending a key that is refused, and try again in " + seconds(wait) + " seconds", Wait: wait,
	}
}

// seconds is a time as Retry-After tells it, rounded up.
func seconds(d time.Duration) string { return fmt.Sprintf("%.0f", math.Ceil(d.Seconds())) }
