package middleware

import (
	"context"
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

// JWTConfig configures [JWT]. Exactly one of Keys, KeySet and Secret is required;
// with a KeySet, also whose tokens for whom are accepted.
type JWTConfig struct {
	// Algorithms are the only ones that are accepted (RFC 7518 names). Each
	// must be one of the secret's or of a key's, and with a KeySet one of public
	// keys. Default: HS256 for a secret; for keys RS256, ES256/ES384/ES512 by
	// curve, and EdDSA.
	Algorithms []string
	// AnyAudience accepts tokens whoever they are meant for: also those that
	// their issuer made for another service. Default: false.
	AnyAudience bool
	// AnyIssuer says that the issuer is not looked at, where a KeySet else
	// requires one. Default: false.
	AnyIssuer bool
	// Audience must be among the token's. With a KeySet, it or AnyAudience is
	// required. Default: none, and a token that is meant for some audience is
	// refused (RFC 7519, section 4.1.3).
	Audience string
	// Clock tells the time. Default: time.Now.
	Clock func() time.Time
	// Issuer must be the token's. With a KeySet, it or AnyIssuer is required.
	// Default: any.
	Issuer string
	// Keys are the public keys of the issuer by their key id ("kid"):
	// *rsa.PublicKey of at least 2048 bits, *ecdsa.PublicKey or
	// ed25519.PublicKey. A token without a key id is accepted if there is but
	// one key.
	Keys map[string]crypto.PublicKey
	// KeySet is the public keys as the issuer publishes them, which may change
	// meanwhile: [FetchKeySet], or [ParseKeySet] for a file. A token without a key id
	// is accepted while there is but one key.
	KeySet *KeySet
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
	find, algorithms, err := config.keys()
	if err != nil {
		return nil, err
	}
	b := &bearer{config: config, find: find, parser: newParser(config, algorithms)}
	return b.identify, nil
}

// keys returns what finds the key of a token, and the algorithms that tokens may
// be signed with.
func (c *JWTConfig) keys() (find func(context.Context) jwt.Keyfunc, algorithms []string, err error) {
	if c.AnyIssuer && c.Issuer != "" || c.AnyAudience && c.Audience != "" {
		return nil, nil, invalid("JWTConfig names an issuer or an audience, and accepts any", "choose one")
	}
	if c.KeySet == nil {
		keys, err := newKeyring(*c)
		if err != nil {
			return nil, nil, err
		}
		return func(context.Context) jwt.Keyfunc { return keys.find }, keys.algorithms(), nil
	}
	switch {
	case len(c.Keys) > 0, len(c.Secret) > 0:
		return nil, nil, errOneKind()
	case c.Issuer == "" && !c.AnyIssuer:
		return nil, nil, invalid("JWTConfig.Issuer is missing", "name who issues the tokens, or set AnyIssuer")
	case c.Audience == "" && !c.AnyAudience:
		return nil, nil, invalid("JWTConfig.Audience is missing", "name whom the tokens are meant for, or set AnyAudience and accept those for others")
	}
	algorithms, err = publicAlgorithms(c.Algorithms)
	return c.KeySet.find, algorithms, err
}

func errOneKind() error {
	return invalid("JWTConfig needs either Keys, a KeySet or a Secret", "set one of them, and no other")
}

func newParser(config JWTConfig, algorithms []string) *jwt.Parser {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(algorithms), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
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
	find   func(context.Context) jwt.Keyfunc
	parser *jwt.Parser
}

func (b *bearer) identify(c *gin.Context) (rolekit.Identity, error) {
	token, err := bearerToken(c.Request.Header.Values("Authorization"))
	if err != nil || token == "" {
		return rolekit.Identity{}, err
	}
	claims, err := b.verify(c.Request.Context(), token)
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
	if _, isKey := who.User.Key(); isKey { // also where no guard looks at what this returns
		return rolekit.Identity{}, unauthenticated("the token names a user that only a service key can be", "", nil)
	}
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
func (b *bearer) verify(ctx context.Context, token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	if _, err := b.parser.ParseWithClaims(token, claims, b.find(ctx)); err != nil {
		return nil, explain(err)
	}
	if b.config.Audience == "" && !b.config.AnyAudience {
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
	case errors.Is(err, errNoKeys):
		return &rolekit.Error{
			Code: rolekit.CodeUnavailable, Message: "whether the token is genuine cannot be found out at the moment", Hint: "try again", Err: err,
		}
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
