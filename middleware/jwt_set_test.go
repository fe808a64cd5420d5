package middleware_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/middleware"
)

// jwk is a public key as an issuer publishes it; members are pairs that differ.
func jwk(t testing.TB, id string, key any, members ...any) map[string]any {
	t.Helper()
	text := must(jose.JSONWebKey{Key: key, KeyID: id}.MarshalJSON())(t)
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	set(all, members)
	return all
}

func jwks(t testing.TB, keys ...map[string]any) string {
	t.Helper()
	return string(must(json.Marshal(map[string]any{"keys": append([]map[string]any{}, keys...)}))(t))
}

// publish is the keys of a keyset as a JWK set.
func (k keyset) publish(t testing.TB) string {
	t.Helper()
	return jwks(t, jwk(t, "rsa", &k.rsa.PublicKey), jwk(t, "ec", &k.ec.PublicKey), jwk(t, "ed", k.ed.Public()))
}

// asks returns what a Config.Identify says of a token: the user, or the code of
// what it fails with.
func asks(t testing.TB, identify func(*gin.Context) (rolekit.Identity, error), token string) string {
	t.Helper()
	gin.SetMode(gin.TestMode)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	c.Request.Header.Set("Authorization", "Bearer "+token)
	who, err := identify(c)
	if e, ok := errors.AsType[*rolekit.Error](err); ok {
		return string(e.Code)
	}
	if err != nil {
		return err.Error()
	}
	return string(who.User)
}

const refused = string(rolekit.CodeUnauthenticated)

func fixed(t testing.TB, text string, algorithms ...string) middleware.JWTConfig {
	t.Helper()
	return middleware.JWTConfig{
		Clock: now, KeySet: must(middleware.ParseKeySet([]byte(text)))(t), AnyIssuer: true, AnyAudience: true, Algorithms: algorithms,
	}
}

func TestPublishedKeys(t *testing.T) {
	k, other := newKeyset(t), newKeyset(t)
	der := must(x509.MarshalPKIXPublicKey(&k.rsa.PublicKey))(t)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs, ps, es, ed, hs := jwt.SigningMethodRS256, jwt.SigningMethodPS256, jwt.SigningMethodES256, jwt.SigningMethodEdDSA, jwt.SigningMethodHS256
	c := claims("ada")
	three := k.publish(t)
	one := jwks(t, jwk(t, "rsa", &k.rsa.PublicKey))
	unnamed := jwks(t, jwk(t, "", &k.rsa.PublicKey))
	forPS := jwks(t, jwk(t, "rsa", &k.rsa.PublicKey, "alg", "PS256"))
	for name, test := range map[string]struct {
		set        string
		algorithms []string
		token      string
		want       string
	}{
		"RSA":                           {three, nil, sign(t, rs, k.rsa, c, "kid", "rsa"), "ada"},
		"ECDSA":                         {three, nil, sign(t, es, k.ec, c, "kid", "ec"), "ada"},
		"Ed25519":                       {three, nil, sign(t, ed, k.ed, c, "kid", "ed"), "ada"},
		"another's RSA":                 {three, nil, sign(t, rs, other.rsa, c, "kid", "rsa"), refused},
		"another's ECDSA":               {three, nil, sign(t, es, other.ec, c, "kid", "ec"), refused},
		"an unknown key":                {three, nil, sign(t, rs, k.rsa, c, "kid", "nosuch"), refused},
		"no key of several":             {three, nil, sign(t, rs, k.rsa, c), refused},
		"a key that is no string":       {three, nil, sign(t, rs, k.rsa, c, "kid", 7), refused},
		"a key of another kind":         {three, nil, sign(t, rs, k.rsa, c, "kid", "ec"), refused},
		"a critical extension":          {three, nil, sign(t, rs, k.rsa, c, "kid", "rsa", "crit", []string{"b64"}), refused},
		"none":                          {three, nil, sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c, "kid", "rsa"), refused},
		"public PEM as secret":          {three, nil, sign(t, hs, asPEM, c, "kid", "rsa"), refused},
		"public DER as secret":          {three, nil, sign(t, hs, der, c, "kid", "rsa"), refused},
		"public modulus as secret":      {three, nil, sign(t, hs, k.rsa.N.Bytes(), c, "kid", "rsa"), refused},
		"the set as secret":             {three, nil, sign(t, hs, []byte(three), c, "kid", "rsa"), refused},
		"its own key in the header":     {three, nil, sign(t, rs, other.rsa, c, "kid", "rsa", "jwk", jwk(t, "rsa", &other.rsa.PublicKey)), refused},
		"its own address of keys":       {three, nil, sign(t, rs, other.rsa, c, "kid", "rsa", "jku", "https://evil.example/keys"), refused},
		"not allowed by default":        {three, nil, sign(t, ps, k.rsa, c, "kid", "rsa"), refused},
		"allowed":                       {three, []string{"PS256"}, sign(t, ps, k.rsa, c, "kid", "rsa"), "ada"},
		"not allowed":                   {three, []string{"PS256"}, sign(t, rs, k.rsa, c, "kid", "rsa"), refused},
		"not allowed, another kind":     {three, []string{"PS256"}, sign(t, es, k.ec, c, "kid", "ec"), refused},
		"expired":                       {three, nil, sign(t, rs, k.rsa, claims("ada", "exp", now().Unix()-1), "kid", "rsa"), refused},
		"for ever":                      {three, nil, sign(t, rs, k.rsa, claims("ada", "exp", nil), "kid", "rsa"), refused},
		"the only key":                  {one, nil, sign(t, rs, k.rsa, c), "ada"},
		"the only key, by another name": {one, nil, sign(t, rs, k.rsa, c, "kid", "2025"), refused},
		"the only key, without a name":  {unnamed, nil, sign(t, rs, k.rsa, c, "kid", "2025"), "ada"},
		"in PEM":                        {string(asPEM), nil, sign(t, rs, k.rsa, c, "kid", "2025"), "ada"},
		"in PEM, another's":             {string(asPEM), nil, sign(t, rs, other.rsa, c), refused},
		"as its issuer says":            {forPS, []string{"RS256", "PS256"}, sign(t, ps, k.rsa, c, "kid", "rsa"), "ada"},
		"not as its issuer says":        {forPS, []string{"RS256", "PS256"}, sign(t, rs, k.rsa, c, "kid", "rsa"), refused},
		"a key for encryption": {
			jwks(t, jwk(t, "rsa", &k.rsa.PublicKey, "use", "enc"), jwk(t, "ec", &k.ec.PublicKey)), nil, sign(t, rs, k.rsa, c, "kid", "rsa"), refused,
		},
		"a key for other operations": {
			jwks(t, jwk(t, "rsa", &k.rsa.PublicKey, "key_ops", []string{"wrapKey"}), jwk(t, "ec", &k.ec.PublicKey)), nil, sign(t, rs, k.rsa, c, "kid", "rsa"), refused,
		},
		"beside what is not known here": {
			jwks(t, map[string]any{"kty": "XYZ", "kid": "x"}, jwk(t, "rsa", &k.rsa.PublicKey, "use", "sig", "key_ops", []string{"verify"})), nil,
			sign(t, rs, k.rsa, c, "kid", "rsa"), "ada",
		},
	} {
		t.Run(name, func(t *testing.T) {
			identify := must(middleware.JWT(fixed(t, test.set, test.algorithms...)))(t)
			if got := asks(t, identify, test.token); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoseTokensForWhom(t *testing.T) {
	k := newKeyset(t)
	config := fixed(t, k.publish(t))
	config.AnyIssuer, config.AnyAudience, config.Issuer, config.Audience, config.Leeway = false, false, "https://id.example", "rolekit", time.Minute
	base := []any{"iss", "https://id.example", "aud", []string{"other", "rolekit"}}
	for name, test := range map[string]struct {
		change []any
		want   string
	}{
		"good":                  {nil, "ada"},
		"another issuer":        {[]any{"iss", "https://id.example.evil"}, refused},
		"no issuer":             {[]any{"iss", nil}, refused},
		"another audience":      {[]any{"aud", "other"}, refused},
		"no audience":           {[]any{"aud", nil}, refused},
		"expired within leeway": {[]any{"exp", now().Add(-59 * time.Second).Unix()}, "ada"},
		"expired":               {[]any{"exp", now().Add(-61 * time.Second).Unix()}, refused},
		"not yet, in leeway":    {[]any{"nbf", now().Add(59 * time.Second).Unix()}, "ada"},
		"not yet":               {[]any{"nbf", now().Add(61 * time.Second).Unix()}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			token := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada", append(base, test.change...)...), "kid", "rsa")
			if got := asks(t, must(middleware.JWT(config))(t), token); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	config.AnyAudience, config.Audience = true, ""
	token := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada", "iss", "https://id.example", "aud", "other"), "kid", "rsa")
	if got := asks(t, must(middleware.JWT(config))(t), token); got != "ada" {
		t.Errorf("whoever it is for: %q", got)
	}
}

func TestKeySetsThatAreRefused(t *testing.T) {
	k := newKeyset(t)
	weak := must(rsa.GenerateKey(rand.Reader, 1024))(t) //nolint:gosec // what must be refused
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))(t)
	of := func(key crypto.PublicKey) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))(t)}))
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(k.rsa))(t)}))
	for name, test := range map[string]struct{ text, want string }{
		"nothing":           {"", "not JSON"},
		"a page":            {"<html>hunter2</html>", "not JSON"},
		"no keys":           {`{"hunter2":1}`, `no "keys"`},
		"keys of nothing":   {`{"keys":null}`, `no "keys"`},
		"an empty set":      {`{"keys":[]}`, "no key that a token can be verified with"},
		"only others":       {jwks(t, jwk(t, "rsa", &k.rsa.PublicKey, "use", "enc")), "no key that a token can be verified with"},
		"a private key":     {jwks(t, jwk(t, "rsa", k.rsa)), "key 0 is private or symmetric"},
		"a private EC key":  {jwks(t, jwk(t, "ec", k.ec)), "key 0 is private or symmetric"},
		"a private Ed key":  {jwks(t, jwk(t, "ed", k.ed)), "key 0 is private or symmetric"},
		"a secret":          {jwks(t, jwk(t, "ec", &k.ec.PublicKey), jwk(t, "s", secret())), "key 1 is private or symmetric"},
		"a secret of none":  {`{"keys":[{"kty":"oct","kid":"s"}]}`, "key 0 is private or symmetric"},
		"a weak key":        {jwks(t, jwk(t, "weak", &weak.PublicKey)), "fewer than 2048 bits"},
		"one id twice":      {jwks(t, jwk(t, "a", &k.rsa.PublicKey), jwk(t, "a", &k.ec.PublicKey)), "key 1 has the id of another"},
		"no id twice":       {jwks(t, jwk(t, "", &k.rsa.PublicKey), jwk(t, "", &k.ec.PublicKey)), "key 1 has the id of another"},
		"half a key":        {`{"keys":[{"kty":"RSA","kid":"a","e":"AQAB"}]}`, "key 0 cannot be read"},
		"a point elsewhere": {jwks(t, jwk(t, "ec", &k.ec.PublicKey, "y", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), "key 0 cannot be read"},
		"a key of a number": {`{"keys":[7]}`, "key 0 is no JSON object"},
		"too many":          {`{"keys":[` + strings.Repeat(`{},`, 100) + `{}]}`, "more than 100 keys"},
		"private PEM":       {private, `it holds a "PRIVATE KEY"`},
		"two in PEM":        {of(&k.rsa.PublicKey) + of(&k.ec.PublicKey), "several keys"},
		"weak PEM":          {of(&weak.PublicKey), "fewer than 2048 bits"},
		"an odd curve":      {of(&p224.PublicKey), "curve"},
		"broken PEM":        {"-----BEGIN PUBLIC KEY-----\nhunter2", "not PEM"},
		"empty PEM":         {"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "no public key"},
	} {
		_, err := middleware.ParseKeySet([]byte(test.text))
		if !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(fmt.Sprint(err), test.want) || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
}

func TestKeySetsNeedIssuerAndAudience(t *testing.T) {
	k := newKeyset(t)
	good := func() middleware.JWTConfig { return fixed(t, k.publish(t)) }
	for name, test := range map[string]struct {
		change func(*middleware.JWTConfig)
		want   string
	}{
		"no issuer":               {func(c *middleware.JWTConfig) { c.AnyIssuer = false }, "Issuer is missing"},
		"no audience":             {func(c *middleware.JWTConfig) { c.AnyAudience = false }, "Audience is missing"},
		"an issuer, and any":      {func(c *middleware.JWTConfig) { c.Issuer = "x" }, "accepts any"},
		"an audience, and any":    {func(c *middleware.JWTConfig) { c.Audience = "x" }, "accepts any"},
		"none":                    {func(c *middleware.JWTConfig) { c.Algorithms = []string{"none"} }, `"none", which is none of public keys`},
		"an algorithm of secrets": {func(c *middleware.JWTConfig) { c.Algorithms = []string{"RS256", "HS256"} }, `"HS256", which is none`},
		"a secret too":            {func(c *middleware.JWTConfig) { c.Secret = secret() }, "no other"},
		"keys too":                {func(c *middleware.JWTConfig) { c.Keys = k.public() }, "no other"},
	} {
		config := good()
		test.change(&config)
		if _, err := middleware.JWT(config); !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := middleware.JWT(good()); err != nil {
		t.Error(err)
	}
}

// issuer publishes keys without a network, so that a test can rule its time.
type issuer struct {
	mu    sync.Mutex
	asked int
	reply func(*http.Request) reply
}

// reply is what an issuer answers.
type reply struct {
	status   int // 200 where it is 0
	text     string
	location string
	err      error
	after    time.Duration
	hangs    bool // after the text, until the request is given up
	panics   bool
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	i.asked++
	says := i.reply(r)
	i.mu.Unlock()
	time.Sleep(says.after) // of the bubble
	switch {
	case says.panics:
		panic("broken")
	case says.hangs && says.text == "":
		<-r.Context().Done()
		return nil, r.Context().Err()
	case says.err != nil:
		return nil, says.err
	}
	var body io.Reader = strings.NewReader(says.text)
	if says.hangs {
		body = io.MultiReader(body, silence{r.Context()})
	}
	return &http.Response{
		StatusCode: cmp.Or(says.status, http.StatusOK), Header: http.Header{"Location": {says.location}}, Body: io.NopCloser(body), Request: r,
	}, nil
}

// silence is read until its context ends.
type silence struct{ context.Context } //nolint:containedctx // that is all it is

func (s silence) Read([]byte) (int, error) {
	<-s.Done()
	return 0, s.Err()
}

func (i *issuer) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func (i *issuer) says(what reply) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.reply = always(what)
}

func always(what reply) func(*http.Request) reply { return func(*http.Request) reply { return what } }

// published is what an issuer publishes, seen through JWT; in a bubble of synctest.
type published struct {
	*issuer

	t        *testing.T
	identify func(*gin.Context) (rolekit.Identity, error)
	log      *bytes.Buffer
}

func fetched(t *testing.T, replies func(*http.Request) reply) published {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); synctest.Wait() })
	p := published{issuer: &issuer{reply: replies}, t: t, log: &bytes.Buffer{}}
	keys := must(middleware.FetchKeySet(ctx, middleware.FetchConfig{
		Client: &http.Client{Transport: p.issuer}, URL: "https://id.example/keys?secret=hunter2", Logger: slog.New(slog.NewTextHandler(p.log, nil)),
	}))(t)
	p.identify = must(middleware.JWT(middleware.JWTConfig{Clock: now, KeySet: keys, AnyIssuer: true, AnyAudience: true}))(t)
	return p
}

// want asks with a token, and then for how often the issuer was asked, unless that
// does not matter (0).
func (p published) want(what, token, want string, asked int) {
	p.t.Helper()
	if got := asks(p.t, p.identify, token); got != want || asked != 0 && p.count() != asked {
		p.t.Errorf("%s: got %q, want %q; the issuer was asked %d times, want %d\n%s", what, got, want, p.count(), asked, p.log)
	}
}

const unavailable = string(rolekit.CodeUnavailable)

// bubble runs a part of a test in a time of its own.
func bubble(t *testing.T, name string, replies func(*http.Request) reply, test func(published)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(fetched(t, replies)) })
	})
}

// Time is the bubble's: it goes on when everybody waits.
func TestFetchedKeysChange(t *testing.T) {
	k, next := newKeyset(t), newKeyset(t)
	before, after := reply{text: k.publish(t)}, reply{text: jwks(t, jwk(t, "new", &next.rsa.PublicKey))}
	old := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"), "kid", "rsa")
	fresh := sign(t, jwt.SigningMethodRS256, next.rsa, claims("ada"), "kid", "new")
	bubble(t, "the first token waits for the first keys", always(reply{text: k.publish(t), after: time.Second}), func(p published) {
		p.want("at first", old, "ada", 1)
		p.want("again", old, "ada", 1)
	})
	bubble(t, "a new key is found by the first token that names it", always(before), func(p published) {
		p.want("the old one", old, "ada", 1)
		p.says(after)
		p.want("the new one, at once", fresh, refused, 1) // the last fetch was a moment ago
		time.Sleep(11 * time.Second)
		p.want("the new one", fresh, "ada", 2)
		p.want("the old one, which is not published any more", old, refused, 2)
	})
	bubble(t, "a key that is withdrawn is refused though nobody asks", always(before), func(p published) {
		p.want("published", old, "ada", 1)
		p.says(after)
		time.Sleep(5*time.Minute - time.Second)
		p.want("before it is noticed", old, "ada", 1)
		time.Sleep(2 * time.Second)
		p.want("after", old, refused, 2)
	})
	bubble(t, "all keys are withdrawn", always(before), func(p published) {
		p.want("published", old, "ada", 1)
		p.says(reply{text: `{"keys":[]}`})
		time.Sleep(6 * time.Minute)
		p.want("none", old, refused, 3) // it names a key that is not there
	})
	bubble(t, "a page of the issuer's elsewhere", moved("https://keys.id.example/v2", k.publish(t)), func(p published) {
		p.want("followed", old, "ada", 2)
	})
	bubble(t, "one key among them is bad", always(reply{text: jwks(t, jwk(t, "leaked", next.rsa), jwk(t, "rsa", &k.rsa.PublicKey), jwk(t, "s", secret()))}), func(p published) {
		p.want("the good one", old, "ada", 1)
		p.want("the one that everybody can sign with", sign(t, jwt.SigningMethodRS256, next.rsa, claims("eve"), "kid", "leaked"), refused, 1)
		p.want("the secret", sign(t, jwt.SigningMethodHS256, secret(), claims("eve"), "kid", "s"), refused, 1)
		if !strings.Contains(p.log.String(), "key 0 is private") || !strings.Contains(p.log.String(), "key 2 is private") {
			p.t.Errorf("the log says %s", p.log)
		}
	})
}

func TestAStormOfUnknownKeys(t *testing.T) {
	k := newKeyset(t)
	old := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"), "kid", "rsa")
	synctest.Test(t, func(t *testing.T) {
		p := fetched(t, always(reply{text: k.publish(t)}))
		p.want("known", old, "ada", 1)
		for i := range 60 { // a minute of it
			var all sync.WaitGroup
			for j := range 20 {
				token := sign(t, jwt.SigningMethodEdDSA, k.ed, claims("eve"), "kid", fmt.Sprint(i, "-", j))
				all.Go(func() { p.want("unknown", token, refused, 0) })
			}
			all.Wait()
			time.Sleep(time.Second)
		}
		if n := p.count(); n < 5 || n > 7 {
			t.Errorf("1200 tokens in a minute had the issuer asked %d times", n)
		}
		p.want("known, meanwhile", old, "ada", 0)
	})
}

// Nobody is let in by keys that cannot be had, nor for long by those that were.
func TestTheIssuerIsAway(t *testing.T) {
	k := newKeyset(t)
	there, away := reply{text: k.publish(t)}, reply{err: errors.New("connection refused")}
	old := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"), "kid", "rsa")
	bubble(t, "from the start", always(away), func(p published) {
		p.want("away", old, unavailable, 1)
		p.want("still", old, unavailable, 1)
		p.says(there)
		time.Sleep(11 * time.Second)
		p.want("back", old, "ada", 2)
	})
	bubble(t, "later", always(there), func(p published) {
		p.want("there", old, "ada", 1)
		p.says(away)
		time.Sleep(time.Hour - time.Second)
		p.want("for an hour", old, "ada", 0)
		time.Sleep(2 * time.Second)
		p.want("after an hour", old, unavailable, 0)
		if n := p.count(); n < 300 || n > 340 { // every 10 seconds from minute 5 on
			p.t.Errorf("it was asked %d times", n)
		}
		p.says(there)
		time.Sleep(11 * time.Second)
		p.want("back", old, "ada", 0)
	})
	bubble(t, "and who asks gives up", always(reply{hangs: true}), func(p published) {
		ctx, cancel := context.WithTimeout(p.t.Context(), time.Second)
		defer cancel()
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		c.Request.Header.Set("Authorization", "Bearer "+old)
		began := time.Now()
		if _, err := p.identify(c); !errors.Is(err, rolekit.ErrUnavailable) || time.Since(began) != time.Second {
			p.t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestTheIssuerAnswersBadly(t *testing.T) {
	k := newKeyset(t)
	set := k.publish(t)
	old := sign(t, jwt.SigningMethodRS256, k.rsa, claims("ada"), "kid", "rsa")
	for name, replies := range map[string]func(*http.Request) reply{
		"an error":              always(reply{status: 500, text: set}),
		"not there":             always(reply{status: 404, text: set}),
		"no content":            always(reply{status: 204}),
		"a page":                always(reply{text: "<html>log in first</html>"}),
		"nothing":               always(reply{}),
		"no keys":               always(reply{text: "{}"}),
		"PEM":                   always(reply{text: "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"}),
		"too much":              always(reply{text: set + strings.Repeat(" ", 512<<10)}),
		"half of it":            always(reply{text: set[:100], hangs: true}),
		"never":                 always(reply{hangs: true}),
		"a panic":               always(reply{panics: true}),
		"go where all can read": moved("http://id.example/keys", set),
		"go there with a name":  moved("https://user:pass@id.example/other", set),
		"go to a file":          moved("file:///etc/passwd", ""),
		"go and go":             moved("https://id.example/again", ""),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := fetched(t, replies)
				began := time.Now()
				p.want("at first", old, unavailable, 0)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
				if !strings.Contains(p.log.String(), "cannot be read") || strings.Contains(p.log.String(), "hunter2") || strings.Contains(p.log.String(), "pass@") {
					t.Errorf("the log says %s", p.log)
				}
				p.says(reply{text: set})
				time.Sleep(11 * time.Second)
				p.want("recovered", old, "ada", 0)
			})
		})
	}
}

// moved answers with a redirect, and at its target with a text.
func moved(to, text string) func(*http.Request) reply {
	return func(r *http.Request) reply {
		if r.URL.String() == to && text != "" {
			return reply{text: text}
		}
		return reply{status: http.StatusFound, location: to}
	}
}

func TestAddressesOfKeysThatAreRefused(t *testing.T) {
	for address, want := range map[string]string{
		"":                                  "names no host",
		"keys.json":                         "names no host",
		"file:///etc/keys.json":             "names no host",
		"https://":                          "names no host",
		"http://id.example/keys":            "neither https nor on this machine",
		"ftp://id.example/keys":             "neither https nor on this machine",
		"http://127.0.0.1.id.example/keys":  "neither https nor on this machine",
		"http://localhost.id.example/keys":  "neither https nor on this machine",
		"http://10.0.0.7/keys":              "neither https nor on this machine",
		"https://ada:hunter2@id.example":    "holds a name or a password",
		"https://id.example/%zz?hunter2":    "cannot be read",
		"http://127.0.0.1:8080/keys":        "",
		"http://[::1]:8080/keys":            "",
		"http://localhost:8080/keys":        "",
		"https://id.example/keys?tenant=17": "",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nothing is fetched
		_, err := middleware.FetchKeySet(ctx, middleware.FetchConfig{URL: address})
		if want == "" && err != nil || want != "" && (!errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", address, err, want)
		}
		if strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for name, config := range map[string]middleware.FetchConfig{
		"backwards":           {MinInterval: -1},
		"no time":             {Timeout: -1},
		"less than the least": {Refresh: time.Second, MinInterval: time.Minute},
		"old before renewed":  {Refresh: time.Hour, MaxAge: time.Minute},
		"refreshed backwards": {Refresh: -1},
		"too old at once":     {MaxAge: -1},
	} {
		config.URL = "https://id.example/keys"
		if _, err := middleware.FetchKeySet(t.Context(), config); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
