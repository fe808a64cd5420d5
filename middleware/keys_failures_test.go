package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// lock is a KeyKeeper that one key fits, and that counts how often it is asked.
type lock struct {
	fits  string
	err   error // for every other
	asked int
}

func (l *lock) AuthenticateKey(_ context.Context, secret string) (rolekit.Identity, error) {
	if l.asked++; secret == l.fits {
		return rolekit.Identity{User: "service:ci", Org: "tom"}, nil
	}
	return rolekit.Identity{}, l.err
}

const (
	goodKey = "rkey_aaaaaaaaaaaaaaaa_right"
	near    = "rkey_aaaaaaaaaaaaaaaa_wrong" // its id is that of the good one
)

// door asks an authenticator of keys as somebody.
func door(t *testing.T, keys middleware.Authenticator) func(from, key string) error {
	t.Helper()
	return func(from, key string) error {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		c.Request.RemoteAddr = from + ":1234"
		c.Request.Header.Set("Authorization", "Bearer "+key)
		c.Request.Header.Set("X-Forwarded-For", fmt.Sprint("10.0.0.", len(key))) // which anybody can say
		_, err := keys.Identify(c)
		return err
	}
}

// TestKeysThatAreNone: who sends many is told to wait before the next is looked at.
func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	keeper := &lock{fits: goodKey, err: rolekit.ErrUnauthenticated}
	try := door(t, must(middleware.ServiceKeys(middleware.ServiceKeysConfig{
		Clock: func() time.Time { return now }, FailureBurst: 3, FailureRate: 0.25, Keys: keeper,
	}))(t))
	is := func(what string, err error, want *rolekit.Error) {
		t.Helper()
		if want == nil && err != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	for i := range 3 {
		is("one of the first", try("1.1.1.1", fmt.Sprintf("rkey_%016d_x", i)), rolekit.ErrUnauthenticated)
	}
	asked := keeper.asked
	for i := range 100 {
		err := try("1.1.1.1", fmt.Sprintf("rkey_%s_x", strings.Repeat(string(rune('a'+i%26)), 16)))
		is("one too many", err, rolekit.ErrTooManyFailures)
		if e, _ := errors.AsType[*rolekit.Error](err); e == nil || e.Wait != 4*time.Second {
			t.Fatalf("how long to wait: %+v", e)
		}
	}
	is("a key that nobody has seen yet", try("1.1.1.1", goodKey), rolekit.ErrTooManyFailures)
	if keeper.asked != asked {
		t.Errorf("%d were looked at", keeper.asked-asked)
	}
	is("from elsewhere", try("2.2.2.2", goodKey), nil)
	is("a key that was good lately, beside the many", try("1.1.1.1", goodKey), nil)
	for range 3 {
		is("a guess at it", try("1.1.1.1", near), rolekit.ErrUnauthenticated)
	}
	is("a guess too many", try("1.1.1.1", near), rolekit.ErrTooManyFailures)
	is("the key, from where it is guessed at", try("1.1.1.1", goodKey), rolekit.ErrTooManyFailures)
	is("the key, from elsewhere", try("2.2.2.2", goodKey), nil)
	now = now.Add(4 * time.Second)
	is("the key, later", try("1.1.1.1", goodKey), nil)
	is("one more, later", try("1.1.1.1", "rkey_b_x"), rolekit.ErrUnauthenticated)
	is("one more too many", try("1.1.1.1", "rkey_b_x"), rolekit.ErrTooManyFailures)
}

// What is nobody's fault, or somebody's who has a key, is not counted.
func TestWhatIsNoFailure(t *testing.T) {
	t.Parallel()
	keeper := &lock{fits: goodKey, err: rolekit.ErrUnavailable}
	config := middleware.ServiceKeysConfig{Clock: func() time.Time { return time.Time{}.AddDate(2026, 0, 0) }, FailureBurst: 1, Keys: keeper}
	try := door(t, must(middleware.ServiceKeys(config))(t))
	for range 30 {
		if err := try("1.1.1.1", "rkey_b_x"); !errors.Is(err, rolekit.ErrUnavailable) {
			t.Fatal(err)
		}
		if err := try("1.1.1.1", goodKey); err != nil {
			t.Fatal(err)
		}
	}
	keeper.err, config.FailureRate = rolekit.ErrUnauthenticated, -1
	try = door(t, must(middleware.ServiceKeys(config))(t))
	for range 30 {
		if err := try("1.1.1.1", "rkey_b_x"); !errors.Is(err, rolekit.ErrUnauthenticated) {
			t.Fatalf("without a bound: %v", err)
		}
	}
	config.FailureRate, config.Caller = 0, func(c *gin.Context) string { return c.GetHeader("X-Forwarded-For") }
	try = door(t, must(middleware.ServiceKeys(config))(t))
	for key, want := range map[string]error{"rkey_b_x": rolekit.ErrUnauthenticated, "rkey_b_xx": rolekit.ErrUnauthenticated} {
		if err := try("1.1.1.1", key); !errors.Is(err, want) {
			t.Errorf("a caller by the application's word: %v", err)
		}
	}
	for _, bad := range []middleware.ServiceKeysConfig{
		{Keys: keeper, FailureRate: math.NaN()}, {Keys: keeper, FailureRate: math.Inf(1)}, {Keys: keeper, FailureBurst: -1},
	} {
		if _, err := middleware.ServiceKeys(bad); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// The answer tells when to come again, and nothing of the key.
func TestTooManyFailuresOverHTTP(t *testing.T) {
	w := newWorld(t)
	g, log := w.keysAndTokens(middleware.ServiceKeysConfig{FailureBurst: 1, FailureRate: 0.001})
	s := newSite(t).lawn(g)
	if a := s.ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+near); a.status != 401 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	a := s.ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+near)
	if after := a.header.Get("Retry-After"); a.status != 429 || len(after) < 3 || len(after) > 4 || !strings.Contains(a.body, `"code":"too_many_failures"`) {
		t.Errorf("%d, after %s: %s", a.status, after, a.body)
	}
	if strings.Contains(log.String()+a.body, near) {
		t.Errorf("the key is in %s or in %s", log, a.body)
	}
	if a := s.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada")); a.status != 200 {
		t.Errorf("a token from there: %d", a.status)
	}
}
