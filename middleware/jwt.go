package middleware

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
)

const (
	// maxToken is how many bytes of a token are looked at. Tokens of identity
	// providers, with their groups and permissions, stay below 8 KiB, which is
	// what common proxies let through in one header.
	maxToken = 8 << 10
	// maxLeeway is how far clocks may be apart. More would only prolong tokens.
	maxLeeway = 5 * time.Minute
)

// JWTConfig configures [JWT]. Exactly one of Keys and Secret is required.
type JWTConfig struct {
	// Algorithms are the only ones that are accepted (RFC 7518 names). Each
	// must be one of the secret's or of a key's. Default: HS256 for a secret;
	// for keys RS256, ES256/ES384/ES512 by curve, and EdDSA.
	Algorithms []string
	// Audience must be among the token's. Default: none, and a token that is
	// meant for some audience is refused (RFC 7519, section 4.1.3).
	Audience string
	// Clock tells the time. Default: time.Now.
	Clock func() time.Time
	// Issuer must be the token's. Default: any.
	Issuer string
	// Keys are the public keys of the issuer by their key id ("kid"):
	// *rsa.PublicKey of at least 2048 bits, *ecdsa.PublicKey or
	// ed25519.PublicKey. A token without a key id is accepted if there is but
	// one key.
	Keys map[string]crypto.PublicKey
	// Leeway is how far the issuer's clock may be from this one's, at most 5
	// minutes. Default: 0.
	Leeway time.Duration
	// Org is where a request names its organisation. What the request itself
	// says, in path or header, must agree and comes before any claim; of
	// several claims the first that is there counts. Default: OrgFromPath("org").
	Org []OrgSource
	// ProfileClaim is a claim that names the profile the user acts as, for
	// requests without ProfileHeader. Default: none.
	ProfileClaim string
	// ProfileHeader is the header that names the profile the user acts as.
	// Default: X-Profile.
	ProfileHeader string
	// Secret is the key of HMAC tokens: at least 32 random bytes; 48 for HS384
	// and 64 for HS512.
	Secret []byte
	// UserClaim is the claim that is the user's id. It must be one that users
	// cannot choose or change. Default: sub.
	UserClaim string
}

// JWT returns a Config.Identify that takes the user from a bearer token (RFC
// 6750) in the header Authorization. A token must be signed by one of the
// pinned algorithms with a key that is meant for it, and expire. A request
// without the header is nobody's. It fails when the configuration could not
// keep anybody out, or would keep everybody out.
func JWT(config JWTConfig) (func(*gin.Context) (rolekit.Identity, error), error) {
	if config.Leeway < 0 || config.Leeway > maxLeeway {
		return nil, invalid(fmt.Sprintf("JWTConfig.Leeway is %s", config.Leeway), fmt.Sprintf("use 0 to %s", maxLeeway))
	}
	if len(config.Org) == 0 {
		config.Org = []OrgSource{OrgFromPath("org")}
	}
	for _, s := range config.Org {
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	if config.ProfileHeader == "" {
		config.ProfileHeader = "X-Profile"
	}
	if config.UserClaim == "" {
		config.UserClaim = "sub"
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	keys, err := newKeyring(config)
	if err != nil {
		return nil, err
	}
	b := &bearer{config: config, keys: keys, parser: newParser(config, keys)}
	return b.identify, nil
}

func newParser(config JWTConfig, keys *keyring) *jwt.Parser {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(keys.algorithms()), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
		jwt.WithLeeway(config.Leeway), jwt.WithTimeFunc(config.Clock),
	}
	if config.Audience != "" {
		options = append(options, jwt.WithAudience(config.Audience))
	}
	if config.Issuer != "" {
		options = append(options, jwt.WithIssuer(config.Issuer))
	}
	return jwt.NewParser(options...)
}

// bearer identifies by bearer tokens.
type bearer struct {
	config JWTConfig
	keys   *keyring
	parser *jwt.Parser
}

func (b *bearer) identify(c *gin.Context) (rolekit.Identity, error) {
	token, err := bearerToken(c.Request.Header.Values("Authorization"))
	if err != nil || token == "" {
		return rolekit.Identity{}, err
	}
	claims, err := b.verify(token)
	if err != nil {
		return rolekit.Identity{}, err
	}
	var who rolekit.Identity
	user, err := stringClaim(claims, b.config.UserClaim)
	if err != nil {
		return who, err
	}
	if user == "" { // without this check it would pass for a request without a token
		return who, unauthenticated(fmt.Sprintf("the token names no user in %q", b.config.UserClaim), "", nil)
	}
	who.User = rolekit.UserID(user)
	if who.Org, err = orgOf(c, claims, b.config.Org); err != nil {
		return who, err
	}
	who.Profile, err = profileOf(c, claims, b.config.ProfileHeader, b.config.ProfileClaim)
	return who, err
}

// bearerToken returns the token of the header Authorization, empty where there
// is no such header. What else the header may hold is refused: who sends
// credentials does not mean to be nobody.
func bearerToken(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", nil
	}
	const hint = "send one header Authorization: Bearer and the token"
	if len(headers) > 1 {
		return "", unauthenticated("the request has several headers Authorization", hint, nil)
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"), token == "":
		return "", unauthenticated("the header Authorization holds no bearer token", hint, nil)
	case len(token) > maxToken:
		return "", unauthenticated(fmt.Sprintf("the token has more than %d bytes", maxToken), "get one with fewer claims", nil)
	}
	return token, nil
}

// verify returns the claims of a token that is genuine, in its time, and meant
// for this service.
func (b *bearer) verify(token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	if _, err := b.parser.ParseWithClaims(token, claims, b.keys.find); err != nil {
		return nil, explain(err)
	}
	if b.config.Audience == "" {
		if aud, ok := claims["aud"]; ok {
			return nil, notForUs(fmt.Errorf("its audience is %q and JWTConfig.Audience is not set", fmt.Sprint(aud)))
		}
	}
	return claims, nil
}

// explain says what is wrong with a token, as far as its bearer may know: the
// parser looks at claims only after the signature was found genuine, and
// nothing else is told.
func explain(err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return unauthenticated("the token has expired", "get a new one", err)
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return unauthenticated("the token is not valid yet", "compare the clocks of its issuer and of this service", err)
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return unauthenticated("the token lacks a claim that is required here", "it must have exp, and iss and aud where those are configured", err)
	case errors.Is(err, jwt.ErrTokenInvalidAudience), errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return notForUs(err)
	}
	return unauthenticated("the token is not valid", "get a new one", err)
}

func notForUs(cause error) error {
	return unauthenticated("the token is not meant for this service", "get one whose issuer and audience are those configured here", cause)
}
