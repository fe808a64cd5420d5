package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// newKey makes a service key of tom that is a clerk.
func (w world) newKey() (rolekit.Key, string) {
	w.Helper()
	key, secret, err := w.kit.Manager().As(rolekit.System("test")).CreateKey(w.Context(), "tom",
		rolekit.NewKey{Label: "CI", Roles: []rolekit.RoleID{"clerk"}})
	if err != nil {
		w.Fatal(err)
	}
	return key, secret
}

// keysAndTokens returns a guard for service keys and JSON Web Tokens, and its log.
func (w world) keysAndTokens(keys middleware.ServiceKeysConfig) (*middleware.Guard, *bytes.Buffer) {
	w.Helper()
	if keys.Keys == nil {
		keys.Keys = w.kit
	}
	log := &bytes.Buffer{}
	return must(middleware.New(w.kit, middleware.Config{
		Identify: must(middleware.FirstOf(
			must(middleware.ServiceKeys(keys))(w),
			middleware.Authenticator{Identify: must(middleware.JWT(jwtConfig()))(w)},
		))(w),
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}))(w), log
}

func TestServiceKeys(t *testing.T) {
	w := newWorld(t)
	key, secret := w.newKey()
	gone, revoked := w.newKey()
	system := w.kit.Manager().As(rolekit.System("test"))
	if err := system.RevokeKey(t.Context(), "tom", gone.ID); err != nil {
		t.Fatal(err)
	}
	g, log := w.keysAndTokens(middleware.ServiceKeysConfig{})
	s := newSite(t).lawn(g)
	wrong := secret[:30] + strings.Repeat("a", 20) + secret[50:]
	for name, c := range map[string]struct {
		method, path, header string
		status               int
	}{
		"a key":                      {"GET", "/orgs/tom/invoices", "Authorization: Bearer " + secret, 200},
		"by another case of bearer":  {"GET", "/orgs/tom/invoices", "Authorization: bearer " + secret, 200},
		"what it may not":            {"POST", "/orgs/tom/invoices", "Authorization: Bearer " + secret, 403},
		"in another organisation":    {"GET", "/orgs/jack/invoices", "Authorization: Bearer " + secret, 403},
		"a wrong key":                {"GET", "/orgs/tom/invoices", "Authorization: Bearer " + wrong, 401},
		"a revoked key":              {"GET", "/orgs/tom/invoices", "Authorization: Bearer " + revoked, 401},
		"half a key":                 {"GET", "/orgs/tom/invoices", "Authorization: Bearer " + secret[:40], 401},
		"a key by its user":          {"GET", "/orgs/tom/invoices", "Authorization: Bearer " + string(key.User()), 401},
		"a key as another scheme":    {"GET", "/orgs/tom/invoices", "Authorization: Basic " + secret, 401},
		"a key in another header":    {"GET", "/orgs/tom/invoices", "X-API-Key: " + secret, 401},
		"a token":                    {"GET", "/orgs/tom/invoices", token(t, "ada"), 200},
		"a token for a key's user":   {"GET", "/orgs/tom/invoices", token(t, string(key.User())), 401},
		"a token for a key like it":  {"GET", "/orgs/tom/invoices", token(t, "service:rkey_"), 401},
		"a token for another's user": {"GET", "/orgs/tom/invoices", token(t, "service:ci"), 403},
	} {
		log.Reset()
		a := s.ask(t, c.method, c.path, c.header)
		if a.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.body, c.status)
		}
		for _, place := range []string{log.String(), a.body} {
			if strings.Contains(place, secret[30:60]) || strings.Contains(place, wrong[30:60]) || strings.Contains(place, revoked[30:60]) {
				t.Errorf("%s: the secret is in %s", name, place)
			}
		}
		if c.status == 401 && strings.HasPrefix(c.header, "Authorization: Bearer rkey_") {
			if !strings.Contains(a.body, `"detail":"the service key is not valid"`) || !strings.Contains(a.header.Get("WWW-Authenticate"), "invalid_token") {
				t.Errorf("%s: %s %s", name, a.header, a.body)
			}
			if !strings.Contains(log.String(), "nobody was identified") {
				t.Errorf("%s: the log says %s", name, log)
			}
		}
	}
	a := s.ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+secret)
	if saw, _ := s.seen.Load().(seen); a.status != 200 || saw.who.User != key.User() {
		t.Errorf("%d, as %+v", a.status, saw.who)
	}
	if err := system.RevokeKey(t.Context(), "tom", key.ID); err != nil {
		t.Fatal(err)
	}
	if a := s.ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+secret); a.status != 401 || !strings.Contains(log.String(), string(key.User())+" ") {
		t.Errorf("revoked: %d %s, and the log says %s", a.status, a.body, log)
	}
}

// A request that names no organisation is about the key's own, where that is asked for.
func TestTheOrganisationOfAKey(t *testing.T) {
	w := newWorld(t)
	_, secret := w.newKey()
	for name, c := range map[string]struct {
		org    []middleware.OrgSource
		header string
		want   rolekit.OrgID
	}{
		"by default none":        {nil, "", ""},
		"its own":                {[]middleware.OrgSource{middleware.OrgFromHeader("X-Org"), middleware.OrgFromClaim("org")}, "", "tom"},
		"the request's":          {[]middleware.OrgSource{middleware.OrgFromHeader("X-Org"), middleware.OrgFromClaim("org")}, "jack", "jack"},
		"no claim of that name":  {[]middleware.OrgSource{middleware.OrgFromClaim("tenant")}, "", ""},
		"its own, by one source": {[]middleware.OrgSource{middleware.OrgFromClaim("org")}, "jack", "tom"},
	} {
		keys := must(middleware.ServiceKeys(middleware.ServiceKeysConfig{Keys: w.kit, Org: c.org}))(t)
		r, _ := gin.CreateTestContext(httptest.NewRecorder())
		r.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		for name, value := range map[string]string{"Authorization": "Bearer " + secret, "X-Org": c.header, "X-Profile": "worker"} {
			r.Request.Header.Set(name, value)
		}
		who, err := keys.Identify(r)
		if err != nil || who.Org != c.want || who.Profile != "worker" {
			t.Errorf("%s: %+v, %v; want %q", name, who, err, c.want)
		}
	}
	for name, config := range map[string]middleware.ServiceKeysConfig{
		"no keys":                 {},
		"a source without a name": {Keys: w.kit, Org: []middleware.OrgSource{{}}},
	} {
		if _, err := middleware.ServiceKeys(config); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// keeper is a KeyKeeper that answers what it is told to.
type keeper struct {
	who rolekit.Identity
	err error
}

func (k keeper) AuthenticateKey(context.Context, string) (rolekit.Identity, error) {
	return k.who, k.err
}

// What cannot be found out is 503, and whoever identifies in a way of their own
// cannot say that a request is a key's.
func TestOnlyServiceKeysAreServiceKeys(t *testing.T) {
	w := newWorld(t)
	key, secret := w.newKey()
	g, _ := w.keysAndTokens(middleware.ServiceKeysConfig{Keys: keeper{err: &rolekit.Error{Code: rolekit.CodeUnavailable}}})
	if a := newSite(t).lawn(g).ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+secret); a.status != 503 {
		t.Errorf("%d %s", a.status, a.body)
	}
	for name, user := range map[string]rolekit.UserID{"a key": key.User(), "a service": "service:ci", "a person": "ada"} {
		own := func(*gin.Context) (rolekit.Identity, error) { return rolekit.Identity{User: user, Org: "tom"}, nil }
		g := must(middleware.New(w.kit, middleware.Config{Identify: own, Logger: slog.New(slog.DiscardHandler)}))(t)
		want := map[string]int{"a key": 401, "a service": 403, "a person": 200}[name]
		if a := newSite(t).lawn(g).ask(t, "GET", "/orgs/tom/invoices", "X-Nothing: here"); a.status != want {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.body, want)
		}
	}
	// A token does not say so either, where no guard looks at what it says.
	named := sign(t, jwt.SigningMethodHS256, jwtConfig().Secret, claims(string(key.User())))
	if got := asks(t, must(middleware.JWT(jwtConfig()))(t), named); got != refused {
		t.Errorf("a token of a key's user: %s", got)
	}
	// One key proves itself and no other.
	another, _ := w.newKey()
	keys := must(middleware.ServiceKeys(middleware.ServiceKeysConfig{Keys: w.kit}))(t)
	twist := func(c *gin.Context) (rolekit.Identity, error) {
		who, err := keys.Identify(c)
		who.User = another.User()
		return who, err
	}
	g = must(middleware.New(w.kit, middleware.Config{Identify: twist, Logger: slog.New(slog.DiscardHandler)}))(t)
	if a := newSite(t).lawn(g).ask(t, "GET", "/orgs/tom/invoices", "Authorization: Bearer "+secret); a.status != 401 {
		t.Errorf("another key's user: %d %s", a.status, a.body)
	}
}
