package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
)

// keyPrefix begins every service key. No token of JWT's form does: those begin
// with the JSON of their header, in base64.
const keyPrefix = "rkey_"

// KeyKeeper tells whose a service key is; [*rolekit.Kit] is one.
type KeyKeeper interface {
	// AuthenticateKey is as [rolekit.Kit.AuthenticateKey].
	AuthenticateKey(ctx context.Context, secret string) (rolekit.Identity, error)
}

var _ KeyKeeper = (*rolekit.Kit)(nil)

// ServiceKeysConfig configures [ServiceKeys]. Only Keys is required.
type ServiceKeysConfig struct {
	// Keys tells whose a key is. Required.
	Keys KeyKeeper
	// Caller tells who a request is from, to count failures by. Default: the address of
	// the connection. Where a proxy stands before the application, name what it says of
	// its clients, and that only if nobody else can say it.
	Caller func(*gin.Context) string
	// Clock tells the time, by which failures are counted. Default: time.Now.
	Clock func() time.Time
	// FailureBurst is how many requests with keys that are none a caller may send at
	// once, after a while without any. Default: 20.
	FailureBurst int
	// FailureRate is how many of them a second, in the long run. What exceeds it is
	// answered 429, without looking at the key. Less than 0 means any number. Default: 1.
	FailureRate float64
	// Org is where a request names its organisation, as in [JWTConfig].Org. A key
	// has one claim, "org": the organisation that it is of.
	// Default: OrgFromPath("org").
	Org []OrgSource
	// ProfileHeader is the header that names the profile the key acts as.
	// Default: X-Profile.
	ProfileHeader string
}

// ServiceKeys returns an authenticator of requests with a service key as their
// bearer token (RFC 6750), for [FirstOf], before the one of tokens:
//
//	keys, err := middleware.ServiceKeys(middleware.ServiceKeysConfig{Keys: kit})
//	identify, err := middleware.FirstOf(keys, middleware.Authenticator{Identify: tokens})
//
// It takes what begins as service keys do, and refuses all that is not valid in the
// same words: what was wrong is in the guard's log, without the secret. It fails
// when Keys is missing or a source has no name.
func ServiceKeys(config ServiceKeysConfig) (Authenticator, error) {
	if config.Keys == nil {
		return Authenticator{}, invalid("ServiceKeysConfig.Keys is missing", "it is the kit")
	}
	if len(config.Org) == 0 {
		config.Org = []OrgSource{OrgFromPath("org")}
	}
	for _, s := range config.Org {
		if err := s.check(); err != nil {
			return Authenticator{}, err
		}
	}
	if config.ProfileHeader == "" {
		config.ProfileHeader = "X-Profile"
	}
	if config.Caller == nil {
		config.Caller = (*gin.Context).RemoteIP
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	const defaultBurst = 20
	bound, err := newFailures(cmp.Or(config.FailureRate, 1), cmp.Or(config.FailureBurst, defaultBurst))
	if err != nil {
		return Authenticator{}, err
	}
	k := &keyBearer{config: config, failures: bound}
	return Authenticator{Identify: k.identify, Takes: bringsKey}, nil
}

// bringsKey reports whether the one bearer token of a request begins as service
// keys do.
func bringsKey(r *http.Request) bool {
	token, err := bearerToken(r.Header.Values("Authorization"))
	return err == nil && strings.HasPrefix(token, keyPrefix)
}

// keyBearer identifies by service keys.
type keyBearer struct {
	config   ServiceKeysConfig
	failures *failures // nil for any number
}

// authenticate asks whose the key is, unless the caller brought too many that are none.
func (k *keyBearer) authenticate(c *gin.Context, token string) (rolekit.Identity, error) {
	if k.failures == nil {
		return k.config.Keys.AuthenticateKey(c.Request.Context(), token)
	}
	caller := k.config.Caller(c)
	if wait := k.failures.wait(caller, token, k.config.Clock()); wait > 0 {
		return rolekit.Identity{}, tooManyFailures(wait)
	}
	who, err := k.config.Keys.AuthenticateKey(c.Request.Context(), token)
	switch {
	case err == nil:
		k.failures.succeeded(token)
	case errors.Is(err, rolekit.ErrUnauthenticated):
		k.failures.failed(caller, token, k.config.Clock())
	}
	return who, err
}

func (k *keyBearer) identify(c *gin.Context) (rolekit.Identity, error) {
	token, err := bearerToken(c.Request.Header.Values("Authorization"))
	if err != nil || token == "" {
		return rolekit.Identity{}, err
	}
	who, err := k.authenticate(c, token)
	if err != nil {
		return rolekit.Identity{}, err
	}
	c.Set(provenKey{}, who.User)
	claims := jwt.MapClaims{"org": string(who.Org)}
	if who.Org, err = orgOf(c, claims, k.config.Org); err != nil {
		return who, err
	}
	who.Profile, err = profileOf(c, claims, k.config.ProfileHeader, "")
	return who, err
}

// provenKey is where a Gin context holds the user of the service key that its
// request was identified by.
type provenKey struct{}

// proven refuses an identity with the id of a service key, where nobody showed that
// key. A token may well name such a user: its issuer lets people choose their ids,
// or does not know that this one is taken.
func proven(c *gin.Context, user rolekit.UserID) error {
	if _, isKey := user.Key(); !isKey {
		return nil
	}
	if v, _ := c.Get(provenKey{}); v == any(user) {
		return nil
	}
	return unauthenticated("the credentials name a user that only a service key can be", "",
		fmt.Errorf("they name %s, and no service key was sent", user))
}
