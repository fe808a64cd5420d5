package main_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/rolekit/rolekit/internal/services"
)

// devSecret is what --dev trusts, as everyone can read in the source.
const devSecret = "rolekit development secret, known to everyone"

// provider is an identity provider that publishes keys, and counts who asks.
type provider struct {
	t      *testing.T
	server *httptest.Server

	mu    sync.Mutex
	keys  map[string]*rsa.PrivateKey
	asked []time.Time // when it was
}

func newProvider(t *testing.T, ids ...string) *provider {
	t.Helper()
	p := &provider{t: t, keys: map[string]*rsa.PrivateKey{}}
	for _, id := range ids {
		p.publish(id)
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, time.Now())
		p.mu.Unlock()
		_, _ = io.WriteString(w, p.set())
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) publish(id string) {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[id] = key
}

func (p *provider) withdraw(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.keys, id)
}

// silent is for how long at most nobody has had an answer who asks for one after the
// other: the last may not have come, and the one before was asked for after its own
// predecessor had come.
func (p *provider) silent() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.asked[max(0, len(p.asked)-3)])
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// set is what it publishes.
func (p *provider) set() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var set jose.JSONWebKeySet
	for id, key := range p.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: &key.PublicKey, KeyID: id, Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		p.t.Error(err)
	}
	return string(text)
}

// key returns a key of its own.
func (p *provider) key(id string) *rsa.PrivateKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[id]
}

// claimed are the claims of a good token of sue's, with those that differ; nil
// leaves one out.
func claimed(change jwt.MapClaims) jwt.MapClaims {
	all := jwt.MapClaims{"sub": "sue", "exp": time.Now().Add(time.Hour).Unix(), "iss": "https://login.example", "aud": []string{"shop", "roles"}}
	maps.Copy(all, change)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

func signed(t *testing.T, method jwt.SigningMethod, key any, id string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if id != "" {
		token.Header["kid"] = id
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// until asks with the token until it is answered so.
func (s *server) until(status int, what, token string) {
	s.t.Helper()
	for tick, late := time.Tick(20*time.Millisecond), time.After(patience); ; {
		got, body := s.ask("GET", "/v1/me", token, "")
		if got == status {
			return
		}
		select {
		case <-tick:
		case <-late:
			s.t.Fatalf("%s: still %d %s, and not %d", what, got, body, status)
		}
	}
}

var theirs = []string{"--issuer", "https://login.example", "--audience", "roles"} //nolint:gochecknoglobals // it is a constant, which a slice cannot be

// Tokens of an identity provider, by the three ways to get its keys.
func TestTokensOfAProvider(t *testing.T) {
	idp := newProvider(t, "one")
	one, other := idp.key("one"), newProvider(t, "one").key("one")
	der, err := x509.MarshalPKIXPublicKey(&one.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	p := newPlace(t)
	p.write("keys.json", idp.set())
	p.write("key.pem", asPEM)
	rs, hs, ps := jwt.SigningMethodRS256, jwt.SigningMethodHS256, jwt.SigningMethodPS256
	tokens := map[string]struct {
		token  string
		status int
	}{
		"good":                             {signed(t, rs, one, "one", claimed(nil)), 200},
		"good, expired within the leeway":  {signed(t, rs, one, "one", claimed(jwt.MapClaims{"exp": time.Now().Add(-30 * time.Second).Unix()})), 200},
		"expired":                          {signed(t, rs, one, "one", claimed(jwt.MapClaims{"exp": time.Now().Add(-2 * time.Minute).Unix()})), 401},
		"for ever":                         {signed(t, rs, one, "one", claimed(jwt.MapClaims{"exp": nil})), 401},
		"not yet":                          {signed(t, rs, one, "one", claimed(jwt.MapClaims{"nbf": time.Now().Add(2 * time.Minute).Unix()})), 401},
		"of another issuer":                {signed(t, rs, one, "one", claimed(jwt.MapClaims{"iss": "https://evil.example"})), 401},
		"of no issuer":                     {signed(t, rs, one, "one", claimed(jwt.MapClaims{"iss": nil})), 401},
		"for another audience":             {signed(t, rs, one, "one", claimed(jwt.MapClaims{"aud": "shop"})), 401},
		"for no audience":                  {signed(t, rs, one, "one", claimed(jwt.MapClaims{"aud": nil})), 401},
		"of nobody":                        {signed(t, rs, one, "one", claimed(jwt.MapClaims{"sub": nil})), 401},
		"of another's key":                 {signed(t, rs, other, "one", claimed(nil)), 401},
		"by an algorithm that is not said": {signed(t, ps, one, "one", claimed(nil)), 401},
		"unsigned":                         {signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "one", claimed(nil)), 401},
		"by the public PEM as a secret":    {signed(t, hs, []byte(asPEM), "one", claimed(nil)), 401},
		"by the public DER as a secret":    {signed(t, hs, der, "one", claimed(nil)), 401},
		"by the set as a secret":           {signed(t, hs, []byte(idp.set()), "one", claimed(nil)), 401},
		"by the development secret":        {signed(t, hs, []byte(devSecret), "one", claimed(nil)), 401},
		"by the development secret alone":  {signed(t, hs, []byte(devSecret), "", claimed(nil)), 401},
	}
	for name, args := range map[string][]string{
		"by URL":               {"--jwks-url", idp.server.URL},
		"by URL, under --dev":  {"--jwks-url", idp.server.URL, "--dev"},
		"by a file":            {"--jwks-file", "keys.json"},
		"by a file in PEM":     {"--jwks-file", "key.pem"},
		"by algorithm, listed": {"--jwks-url", idp.server.URL, "--jwt-algorithms", "ES256,RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.serve(append(append(args, theirs...), "--leeway", "1m")...)
			for name, test := range tokens {
				if status, body := s.ask("GET", "/v1/me", test.token, ""); status != test.status {
					t.Errorf("%s: %d %s", name, status, body)
				}
			}
		})
	}
	s := p.serve(append([]string{"--jwks-url", idp.server.URL, "--any-audience", "--user-claim", "email", "--profile-claim", "https://roles.example/profile"}, theirs[:2]...)...)
	s.want(200, `"user":"sue@example.com"`, "GET", "/v1/me", signed(t, rs, one, "one",
		claimed(jwt.MapClaims{"aud": "shop", "email": "sue@example.com", "https://roles.example/profile": "default"})), "")
	if s.want(401, "", "GET", "/v1/me", signed(t, rs, one, "one", claimed(jwt.MapClaims{"email": nil})), ""); idp.count() == 0 {
		t.Error("the provider was never asked")
	}
}

// A stranger who makes up keys cannot make the server hammer the provider, nor
// keep others out.
func TestAStormOfKeysThatDoNotExist(t *testing.T) {
	idp := newProvider(t, "one")
	s := newPlace(t).serve(append([]string{"--jwks-url", idp.server.URL}, theirs...)...)
	good := signed(t, jwt.SigningMethodRS256, idp.key("one"), "one", claimed(nil))
	began := time.Now()
	s.until(200, "at first", good)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			for j := range 50 {
				token := signed(t, jwt.SigningMethodRS256, idp.key("one"), fmt.Sprint("made-up-", i, "-", j), claimed(nil))
				if status, body := s.ask("GET", "/v1/me", token, ""); status != 401 {
					t.Errorf("%d %s", status, body)
				}
			}
		})
	}
	all.Wait()
	s.want(200, "", "GET", "/v1/me", good, "")
	if n, took := idp.count(), time.Since(began); n > 5+int(took/(10*time.Second)) { // one at first, and one each ten seconds
		t.Errorf("500 made up keys had the provider asked %d times in %s", n, took)
	}
}

// Keys come and go while it runs, and it outlives the provider by as long as it is told.
func TestKeysComeAndGo(t *testing.T) {
	idp := newProvider(t, "one")
	rs := jwt.SigningMethodRS256
	s := newPlace(t).serve(append([]string{"--jwks-url", idp.server.URL, "--jwks-refresh", "100ms", "--jwks-max-age", "1s"}, theirs...)...)
	first := signed(t, rs, idp.key("one"), "one", claimed(nil))
	s.until(200, "the first key", first)
	idp.publish("two")
	second := signed(t, rs, idp.key("two"), "two", claimed(nil))
	s.until(200, "a new key", second)
	s.until(200, "the first key still", first) // a second without the provider's answer may go by on a busy machine
	idp.withdraw("one")
	s.until(401, "a key that is withdrawn", first)
	s.until(200, "the new key still", second)

	idp.server.CloseClientConnections()
	idp.server.Listener.Close() //nolint:errcheck,gosec // the provider is away
	s.until(503, "the provider is away", second)
	a := s.send("GET", "/v1/me", second, "")
	if a.header.Get("Retry-After") == "" || !strings.Contains(a.body, `"code":"unavailable"`) || strings.Contains(a.body, "127.0.0.1") {
		t.Errorf("%v %s", a.header, a.body)
	}
	s.want(200, `"ok"`, "GET", "/healthz", "", "")
	s.want(401, "", "GET", "/v1/me", "", "")
}

// It starts without its provider, lets nobody in, and does once there are keys.
func TestTheProviderIsAwayAtTheStart(t *testing.T) {
	address := "127.0.0.1:" + services.FreePort(t)
	idp := newProvider(t, "one")
	s := newPlace(t).serve(append([]string{"--jwks-url", "http://" + address + "/keys?token=hunter2", "--jwks-refresh", "100ms"}, theirs...)...)
	good := signed(t, jwt.SigningMethodRS256, idp.key("one"), "one", claimed(nil))
	s.until(503, "nobody is there", good)
	listener, err := net.Listen("tcp", address) //nolint:noctx // loopback answers at once
	if err != nil {
		t.Fatalf("the port is somebody else's meanwhile: %v", err)
	}
	late := &http.Server{Handler: idp.server.Config.Handler, ReadHeaderTimeout: time.Second}
	go func() { _ = late.Serve(listener) }()
	defer late.Close() //nolint:errcheck // the test is over
	s.until(200, "it is there", good)
	if log := s.logged(); strings.Contains(log, "hunter2") || !strings.Contains(log, "cannot be read") {
		t.Errorf("the log says %s", log)
	}
}

// Nothing but --dev accepts the development secret, whatever else is set.
func TestTheDevelopmentSecretNeedsDev(t *testing.T) {
	forged := signed(t, jwt.SigningMethodHS256, []byte(devSecret), "", jwt.MapClaims{"sub": "sue", "exp": time.Now().Add(time.Hour).Unix()})
	newPlace(t, "ROLEKIT_SECRET="+secret).serve().want(401, "", "GET", "/v1/me", forged, "")
	newPlace(t, "ROLEKIT_SECRET="+secret).serve("--dev").want(401, "", "GET", "/v1/me", forged, "") // there is another
	newPlace(t).serve("--dev").want(200, "", "GET", "/v1/me", forged, "")
	for name, env := range map[string][]string{
		"as the secret":               {"ROLEKIT_SECRET=" + devSecret},
		"as the secret, and a bit":    {"ROLEKIT_SECRET=" + devSecret + " "},
		"in a file":                   {"ROLEKIT_SECRET_FILE=secret.txt"},
		"as the secret, --dev denied": {"ROLEKIT_SECRET=" + devSecret, "ROLEKIT_DEV=false"},
	} {
		p := newPlace(t, env...)
		p.write("secret.txt", devSecret+"\n")
		if got := p.run("serve", "--catalog", "catalog.yaml"); got.code != 2 || !strings.Contains(got.stderr, "the one of --dev") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
