package middleware_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// keyset is an issuer's keys, one of each kind.
type keyset struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
	ed  ed25519.PrivateKey
}

func newKeyset(t testing.TB) keyset {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	return keyset{
		rsa: must(rsa.GenerateKey(rand.Reader, 2048))(t),
		ec:  must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t),
		ed:  must(ed, err)(t),
	}
}

// public returns the public keys by id.
func (k keyset) public() map[string]crypto.PublicKey {
	return map[string]crypto.PublicKey{"rsa": &k.rsa.PublicKey, "ec": &k.ec.PublicKey, "ed": k.ed.Public()}
}

// askWith asks for a route that ada may use, with the header Authorization.
func askWith(t *testing.T, w world, config middleware.JWTConfig, header string) (answer, *site) {
	t.Helper()
	s := newSite(t).lawn(guard(t, w.kit, config))
	return s.ask(t, "GET", "/orgs/tom/invoices", header), s
}

func TestSecretTokens(t *testing.T) {
	w := newWorld(t)
	hs := func(c jwt.MapClaims, header ...any) string {
		return bearer(sign(t, jwt.SigningMethodHS256, secret(), c, header...))
	}
	good := hs(claims("ada"))
	ago, later := now().Add(-time.Second).Unix(), now().Add(time.Second).Unix()
	for name, tc := range map[string]struct {
		header string
		want   string // in the detail; empty where the token is good
	}{
		"good":                          {good, ""},
		"good, scheme in capitals":      {strings.Replace(good, "Bearer", "BEARER", 1), ""},
		"good, a key id too":            {hs(claims("ada"), "kid", "whatever"), ""},
		"expired":                       {hs(claims("ada", "exp", ago)), "has expired"},
		"expires now":                   {hs(claims("ada", "exp", now().Unix())), "has expired"},
		"without end":                   {hs(claims("ada", "exp", nil)), "lacks a claim"},
		"end that is no number":         {hs(claims("ada", "exp", "tomorrow")), "is not valid"},
		"not valid yet":                 {hs(claims("ada", "nbf", later)), "is not valid yet"},
		"valid since":                   {hs(claims("ada", "nbf", ago)), ""},
		"without user":                  {hs(claims("ada", "sub", nil)), "names no user"},
		"empty user":                    {hs(claims("")), "names no user"},
		"user that is a number":         {hs(claims("ada", "sub", 7)), "is not a string"},
		"user that is too long":         {hs(claims(strings.Repeat("a", 96))), "cannot be one"},
		"user with a NUL":               {hs(claims("ad\x00a")), "cannot be one"},
		"for somebody else":             {hs(claims("ada", "aud", "billing")), "not meant for this service"},
		"for several others":            {hs(claims("ada", "aud", []string{"a", "b"})), "not meant for this service"},
		"audience of a bad type":        {hs(claims("ada", "aud", 7)), "not meant for this service"},
		"critical extension":            {hs(claims("ada"), "crit", []string{"exp"}), "is not valid"},
		"another secret":                {bearer(sign(t, jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), claims("ada"))), "is not valid"},
		"expired and forged":            {bearer(sign(t, jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), claims("ada", "exp", ago))), "the token is not valid"},
		"another algorithm":             {bearer(sign(t, jwt.SigningMethodHS512, secret(), claims("ada"))), "is not valid"},
		"none":                          {bearer(sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims("ada"))), "is not valid"},
		"none, by hand":                 {bearer(unsigned(t, `{"alg":"None"}`)), "is not valid"},
		"no algorithm":                  {bearer(unsigned(t, `{}`)), "is not valid"},
		"signature cut off":             {good[:strings.LastIndex(good, ".")+1], "is not valid"},
		"signature in another spelling": {good[:len(good)-1] + next64(good[len(good)-1]), "is not valid"},
		"two parts":                     {good[:strings.LastIndex(good, ".")], "is not valid"},
		"four parts":                    {good + ".x", "is not valid"},
		"trailing space":                {good + " x", "is not valid"},
		"not base64":                    {bearer("%.%.%"), "is not valid"},
		"too big":                       {bearer(strings.Repeat("a", 9000)), "has more than 8192 bytes"},
		"no token":                      {"Authorization: Bearer", "no bearer token"},
		"nothing":                       {"Authorization: ", "no bearer token"},
		"Basic":                         {"Authorization: Basic YWRhOmFkYQ==", "no bearer token"},
		"no scheme":                     {"Authorization: " + strings.TrimPrefix(good, "Authorization: Bearer "), "no bearer token"},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := askWith(t, w, jwtConfig(), tc.header)
			if tc.want == "" {
				if a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
				return
			}
			doc := s.refused(t, a, 401)
			if detail, _ := doc["detail"].(string); !strings.Contains(detail, tc.want) {
				t.Errorf("detail %q, want %q", detail, tc.want)
			}
		})
	}
}

// next64 returns the character after one in base64url: as the last of 43, which
// carry 256 bits, it differs only in bits that mean nothing.
func next64(char byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, char)+1])
}

// unsigned returns a good token but for its header, and without a signature.
func unsigned(t testing.TB, header string) string {
	t.Helper()
	whole := sign(t, jwt.SigningMethodHS256, secret(), claims("ada"))
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.Split(whole, ".")[1] + "."
}

func TestTwoAuthorizationHeaders(t *testing.T) {
	w := newWorld(t)
	s := newSite(t).lawn(guard(t, w.kit, jwtConfig()))
	s.refused(t, s.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada"), token(t, "tom")), 401)
}

func TestIssuerAudienceLeewayAndUserClaim(t *testing.T) {
	w := newWorld(t)
	full := jwtConfig()
	full.Issuer, full.Audience, full.Leeway, full.UserClaim = "https://id.example", "rolekit", time.Minute, "email"
	base := claims("7f3a", "iss", "https://id.example", "aud", []string{"other", "rolekit"}, "email", "ada")
	for name, tc := range map[string]struct {
		change func(jwt.MapClaims)
		want   int
	}{
		"good":                  {func(jwt.MapClaims) {}, 200},
		"wrong issuer":          {func(c jwt.MapClaims) { c["iss"] = "https://id.example/" }, 401},
		"no issuer":             {func(c jwt.MapClaims) { delete(c, "iss") }, 401},
		"wrong audience":        {func(c jwt.MapClaims) { c["aud"] = "other" }, 401},
		"no audience":           {func(c jwt.MapClaims) { delete(c, "aud") }, 401},
		"expired within leeway": {func(c jwt.MapClaims) { c["exp"] = now().Add(-59 * time.Second).Unix() }, 200},
		"expired beyond leeway": {func(c jwt.MapClaims) { c["exp"] = now().Add(-61 * time.Second).Unix() }, 401},
		"no such user claim":    {func(c jwt.MapClaims) { delete(c, "email") }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			c := maps.Clone(base)
			tc.change(c)
			if a, _ := askWith(t, w, full, bearer(sign(t, jwt.SigningMethodHS256, secret(), c))); a.status != tc.want {
				t.Errorf("%d, want %d: %s", a.status, tc.want, a.body)
			}
		})
	}
}

func TestKeyTokens(t *testing.T) {
	w, k, other := newWorld(t), newKeyset(t), newKeyset(t)
	der := must(x509.MarshalPKIXPublicKey(&k.rsa.PublicKey))(t)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs, es, ed, hs := jwt.SigningMethodRS256, jwt.SigningMethodES256, jwt.SigningMethodEdDSA, jwt.SigningMethodHS256
	c := claims("ada")
	for name, tc := range map[string]struct {
		token string
		want  int
	}{
		"RSA":                         {sign(t, rs, k.rsa, c, "kid", "rsa"), 200},
		"ECDSA":                       {sign(t, es, k.ec, c, "kid", "ec"), 200},
		"Ed25519":                     {sign(t, ed, k.ed, c, "kid", "ed"), 200},
		"another's RSA":               {sign(t, rs, other.rsa, c, "kid", "rsa"), 401},
		"another's ECDSA":             {sign(t, es, other.ec, c, "kid", "ec"), 401},
		"another's Ed25519":           {sign(t, ed, other.ed, c, "kid", "ed"), 401},
		"unknown key id":              {sign(t, rs, k.rsa, c, "kid", "nosuch"), 401},
		"no key id of several":        {sign(t, rs, k.rsa, c), 401},
		"key id of another kind":      {sign(t, rs, k.rsa, c, "kid", "ec"), 401},
		"key id that is no string":    {sign(t, rs, k.rsa, c, "kid", []string{"rsa"}), 401},
		"algorithm not pinned":        {sign(t, jwt.SigningMethodPS256, k.rsa, c, "kid", "rsa"), 401},
		"none":                        {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c, "kid", "rsa"), 401},
		"public PEM as secret":        {sign(t, hs, asPEM, c, "kid", "rsa"), 401},
		"public DER as secret":        {sign(t, hs, der, c, "kid", "rsa"), 401},
		"public Ed25519 as secret":    {sign(t, hs, []byte(k.ed.Public().(ed25519.PublicKey)), c, "kid", "ed"), 401}, //nolint:forcetypeassert // it is one
		"expired":                     {sign(t, rs, k.rsa, claims("ada", "exp", now().Unix()-1), "kid", "rsa"), 401},
		"its own key in the header":   {sign(t, rs, other.rsa, c, "kid", "rsa", "jwk", map[string]string{"kty": "RSA"}), 401},
		"its own key to be looked up": {sign(t, rs, other.rsa, c, "kid", "rsa", "jku", "https://evil.example/keys"), 401},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := askWith(t, w, middleware.JWTConfig{Clock: now, Keys: k.public()}, bearer(tc.token))
			if tc.want != 200 {
				s.refused(t, a, tc.want)
			} else if a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestOneKeyNeedsNoID(t *testing.T) {
	w, k := newWorld(t), newKeyset(t)
	config := middleware.JWTConfig{Clock: now, Keys: map[string]crypto.PublicKey{"2026": &k.rsa.PublicKey}, Algorithms: []string{"PS256"}}
	for header, want := range map[string]int{
		bearer(sign(t, jwt.SigningMethodPS256, k.rsa, claims("ada"))):                200,
		bearer(sign(t, jwt.SigningMethodPS256, k.rsa, claims("ada"), "kid", "2026")): 200,
		bearer(sign(t, jwt.SigningMethodPS256, k.rsa, claims("ada"), "kid", "2025")): 401,
		bearer(sign(t, jwt.SigningMethodPS256, k.rsa, claims("ada"), "kid", "")):     401,
		bearer(sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"))):                401,
	} {
		if a, _ := askWith(t, w, config, header); a.status != want {
			t.Errorf("%d, want %d: %s", a.status, want, a.body)
		}
	}
}

// A key serves its own algorithm, also where the other is allowed for another
// key: the library would take any RSA key for PS256.
func TestKeysServeTheirOwnAlgorithm(t *testing.T) {
	w, k := newWorld(t), newKeyset(t)
	config := middleware.JWTConfig{Clock: now, Keys: k.public(), Algorithms: []string{"RS512", "ES256", "EdDSA"}}
	for name, tc := range map[string]struct {
		token string
		want  int
	}{
		"allowed":            {sign(t, jwt.SigningMethodRS512, k.rsa, claims("ada"), "kid", "rsa"), 200},
		"default, not named": {sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"), "kid", "rsa"), 401},
		"of another key":     {sign(t, jwt.SigningMethodES256, k.ec, claims("ada"), "kid", "ed"), 401},
	} {
		if a, _ := askWith(t, w, config, bearer(tc.token)); a.status != tc.want {
			t.Errorf("%s: %d, want %d", name, a.status, tc.want)
		}
	}
}

func TestJWTRefusesBadConfigurations(t *testing.T) {
	k := newKeyset(t)
	weak := must(rsa.GenerateKey(rand.Reader, 1024))(t) //nolint:gosec // what must be refused
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))(t)
	one := func(key crypto.PublicKey) map[string]crypto.PublicKey { return map[string]crypto.PublicKey{"k": key} }
	for name, tc := range map[string]struct {
		config middleware.JWTConfig
		want   string
	}{
		"nothing":                    {middleware.JWTConfig{}, "either Keys, a KeySet or a Secret"},
		"both":                       {middleware.JWTConfig{Keys: k.public(), Secret: secret()}, "either Keys, a KeySet or a Secret"},
		"short secret":               {middleware.JWTConfig{Secret: secret()[:31]}, "31 bytes, too few for HS256"},
		"secret too short for HS512": {middleware.JWTConfig{Secret: secret(), Algorithms: []string{"HS512"}}, "too few for HS512"},
		"none":                       {middleware.JWTConfig{Secret: secret(), Algorithms: []string{"none"}}, `"none", which no key is for`},
		"RS256 for a secret":         {middleware.JWTConfig{Secret: secret(), Algorithms: []string{"HS256", "RS256"}}, `"RS256", which no key is for`},
		"HS256 for a key":            {middleware.JWTConfig{Keys: one(&k.rsa.PublicKey), Algorithms: []string{"RS256", "HS256"}}, `"HS256", which no key is for`},
		"no algorithm for a key":     {middleware.JWTConfig{Keys: k.public(), Algorithms: []string{"RS256"}}, "is for none of the Algorithms"},
		"secret as key":              {middleware.JWTConfig{Keys: one(secret())}, "is a []uint8"},
		"private key":                {middleware.JWTConfig{Keys: one(k.rsa)}, "is a *rsa.PrivateKey"},
		"private Ed25519 key":        {middleware.JWTConfig{Keys: one(k.ed)}, "is a ed25519.PrivateKey"},
		"weak RSA key":               {middleware.JWTConfig{Keys: one(&weak.PublicKey)}, "fewer than 2048 bits"},
		"short Ed25519 key":          {middleware.JWTConfig{Keys: one(ed25519.PublicKey("short"))}, "5 bytes instead of 32"},
		"odd curve":                  {middleware.JWTConfig{Keys: one(&p224.PublicKey)}, "curve"},
		"no RSA key":                 {middleware.JWTConfig{Keys: one((*rsa.PublicKey)(nil))}, "fewer than 2048 bits"},
		"no ECDSA key":               {middleware.JWTConfig{Keys: one((*ecdsa.PublicKey)(nil))}, "is missing"},
		"no key":                     {middleware.JWTConfig{Keys: one(nil)}, "is a <nil>"},
		"negative leeway":            {middleware.JWTConfig{Secret: secret(), Leeway: -1}, "Leeway"},
		"great leeway":               {middleware.JWTConfig{Secret: secret(), Leeway: time.Hour}, "Leeway"},
		"no source":                  {middleware.JWTConfig{Secret: secret(), Org: make([]middleware.OrgSource, 1)}, "without a name"},
		"no name":                    {middleware.JWTConfig{Secret: secret(), Org: []middleware.OrgSource{middleware.OrgFromPath("")}}, "without a name"},
	} {
		_, err := middleware.JWT(tc.config)
		if !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The caller may change or wipe what it passed.
func TestTheSecretIsCopied(t *testing.T) {
	w, mine := newWorld(t), bytes.Clone(secret())
	config := jwtConfig()
	config.Secret = mine
	s := newSite(t).lawn(guard(t, w.kit, config))
	clear(mine)
	if a := s.ask(t, "GET", "/orgs/tom/invoices", token(t, "ada")); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestLogsHoldNoToken(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	g := must(middleware.New(w.kit, middleware.Config{
		Identify: must(middleware.JWT(jwtConfig()))(t),
		Logger:   slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}))(t)
	forged := sign(t, jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), claims("ada"))
	s := newSite(t).lawn(g)
	s.ask(t, "GET", "/orgs/tom/invoices", bearer(forged))
	if !strings.Contains(log.String(), "signature is invalid") {
		t.Errorf("the log does not say why: %s", log.String())
	}
	for part := range strings.SplitSeq(forged, ".") {
		if strings.Contains(log.String(), part) {
			t.Errorf("the log holds the token: %s", log.String())
		}
	}
}

func TestCurvesHaveTheirAlgorithm(t *testing.T) {
	w := newWorld(t)
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	p521 := must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))(t)
	config := middleware.JWTConfig{Clock: now, Keys: map[string]crypto.PublicKey{"384": &p384.PublicKey, "521": &p521.PublicKey}}
	for header, want := range map[string]int{
		bearer(sign(t, jwt.SigningMethodES384, p384, claims("ada"), "kid", "384")): 200,
		bearer(sign(t, jwt.SigningMethodES512, p521, claims("ada"), "kid", "521")): 200,
		bearer(sign(t, jwt.SigningMethodES512, p521, claims("ada"), "kid", "384")): 401,
	} {
		if a, _ := askWith(t, w, config, header); a.status != want {
			t.Errorf("%d, want %d: %s", a.status, want, a.body)
		}
	}
}
