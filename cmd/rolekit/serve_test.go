package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TestAnInstallation goes from nothing to an organisation with a custom role,
// by the commands and requests that an operator would use.
func TestAnInstallation(t *testing.T) {
	p := newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops")
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s := p.serve()
	sue, ada := p.token("--user", "sue"), p.token("--user", "ada")

	s.want(200, `"status":"ok"`, "GET", "/healthz", "", "")
	s.want(200, `"status":"ready"`, "GET", "/readyz", "", "")
	s.want(200, `"openapi":"3.1`, "GET", "/openapi.json", "", "")
	s.want(404, `"code":"not_found"`, "GET", "/nothing", "", "")
	s.want(405, `"code":"method_not_allowed"`, "DELETE", "/v1/me", "", "")
	s.want(401, `"code":"unauthenticated"`, "GET", "/v1/me", "", "")
	s.want(200, `"user":"sue"`, "GET", "/v1/me", sue, "")
	s.want(403, `"code":"permission_denied"`, "POST", "/v1/orgs", ada, `{"id":"adas"}`)
	s.want(201, `"id":"toms"`, "POST", "/v1/orgs", sue, `{"id":"toms","label":"Tom's"}`)
	s.want(201, `"revision":`, "POST", "/v1/orgs/toms/roles", sue, `{"id":"billing","grants":[{"permission":"invoices:write","access":"any"}]}`)
	s.want(200, `"allowed":false`, "POST", "/v1/orgs/toms/check", sue, `{"user":"ada","permission":"invoices:read"}`)
	s.want(204, "", "PUT", "/v1/orgs/toms/members/ada/roles/billing", sue, "")
	s.want(204, "", "PUT", "/v1/orgs/toms/members/auth0%7Cada%2F1/roles/billing", sue, "")
	s.want(200, `"allowed":true`, "POST", "/v1/orgs/toms/check", sue, `{"user":"ada","permission":"invoices:read"}`)
	s.want(200, `"user":"auth0|ada/1"`, "GET", "/v1/orgs/toms/members", sue, "")
	s.want(200, `"invoices:write"`, "GET", "/v1/me?org=toms", ada, "")

	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, s.logged())
	}
	again := p.serve()
	again.want(200, `"allowed":true`, "POST", "/v1/orgs/toms/check", sue, `{"user":"ada","permission":"invoices:read"}`)
	if code := again.stop(os.Interrupt); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, again.logged())
	}
	for _, hidden := range []string{secret, sue, ada, "/members/ada"} {
		if log := s.logged() + again.logged(); strings.Contains(log, hidden) {
			t.Errorf("the log shows %q:\n%s", hidden, log)
		}
	}
}

// TestDev runs without a secret of its own, seeds by itself and serves under a
// prefix.
func TestDev(t *testing.T) {
	p := newPlace(t)
	s := p.serve("--dev", "--seed", "--prefix", "/roles")
	s.want(200, `"user":"ada"`, "GET", "/roles/v1/me", p.token("--dev", "--user", "ada"), "")
	s.want(200, `"creator":"owner"`, "GET", "/roles/v1/catalog", p.token("--dev", "--user", "ada", "--org", "toms", "--profile", "default"), "")
	s.want(404, `"code":"not_found"`, "GET", "/v1/me", "", "")
	if !strings.Contains(s.logged(), `"added":["clerk","owner"]`) {
		t.Errorf("the log does not tell what was seeded:\n%s", s.logged())
	}
	if !strings.Contains(s.logged(), `"level":"WARN"`) {
		t.Errorf("nothing warns of --dev:\n%s", s.logged())
	}
}

func TestTokensThatAreNotTrusted(t *testing.T) {
	p := newPlace(t, "ROLEKIT_SECRET="+secret)
	s := p.serve("--issuer", "https://login.example", "--audience", "roles")
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		all := jwt.MapClaims{"sub": "sue", "exp": time.Now().Add(time.Hour).Unix(), "iss": "https://login.example", "aud": "roles"}
		maps.Copy(all, change)
		return all
	}
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	tests := map[string]string{
		"of the development secret": newPlace(t).token("--dev", "--user", "sue", "--issuer", "https://login.example", "--audience", "roles"),
		"of another secret":         sign(jwt.SigningMethodHS256, []byte("another secret that is long enough!"), claims(nil)),
		"unsigned":                  sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)),
		"of another algorithm":      sign(jwt.SigningMethodHS512, []byte(secret), claims(nil)),
		"expired":                   sign(jwt.SigningMethodHS256, []byte(secret), claims(jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()})),
		"for ever":                  sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": "sue", "iss": "https://login.example", "aud": "roles"}),
		"of another issuer":         sign(jwt.SigningMethodHS256, []byte(secret), claims(jwt.MapClaims{"iss": "https://evil.example"})),
		"for another audience":      p.token("--user", "sue", "--issuer", "https://login.example", "--audience", "shop"),
		"no token":                  "sue",
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) {
			if status, body := s.ask("GET", "/v1/me", token, ""); status != 401 || !strings.Contains(body, `"code":"unauthenticated"`) {
				t.Errorf("answered %d %s", status, body)
			}
		})
	}
	s.want(200, `"user":"sue"`, "GET", "/v1/me", p.token("--user", "sue", "--issuer", "https://login.example", "--audience", "roles"), "")
}

// TestPrecedence gives a setting in more and more places; each time the
// stronger one counts.
func TestPrecedence(t *testing.T) {
	const config = "database: file.db\ndev: true\n"
	tests := []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"default", []string{"ROLEKIT_DEV=true"}, nil, "rolekit.db"},
		{"file", nil, []string{"--config", "rolekit.yaml"}, "file.db"},
		{"file named by environment", []string{"ROLEKIT_CONFIG=rolekit.yaml"}, nil, "file.db"},
		{"an empty variable says nothing", []string{"ROLEKIT_DATABASE="}, []string{"--config", "rolekit.yaml"}, "file.db"},
		{"environment over file", []string{"ROLEKIT_DATABASE=env.db"}, []string{"--config", "rolekit.yaml"}, "env.db"},
		{"flag over environment", []string{"ROLEKIT_DATABASE=env.db"}, []string{"--config", "rolekit.yaml", "--database", "flag.db"}, "flag.db"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlace(t, test.env...)
			p.write("rolekit.yaml", config)
			p.serve(test.args...).stop(syscall.SIGTERM)
			for _, name := range []string{"rolekit.db", "file.db", "env.db", "flag.db"} {
				if p.exists(name) != (name == test.want) {
					t.Errorf("%s exists: %v; the database should be %s", name, p.exists(name), test.want)
				}
			}
		})
	}
}

func TestSecretFromEveryPlace(t *testing.T) {
	tests := map[string]struct {
		env    []string
		config string
	}{
		"environment":        {[]string{"ROLEKIT_SECRET=" + secret}, ""},
		"file":               {nil, "secret: " + secret},
		"a file of its own":  {[]string{"ROLEKIT_SECRET_FILE=secret.txt"}, ""},
		"a file by the file": {nil, "secret-file: secret.txt"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, append(test.env, "ROLEKIT_CONFIG=rolekit.yaml")...)
			p.write("rolekit.yaml", test.config)
			p.write("secret.txt", secret+"\n")
			token := p.token("--user", "ada", "--ttl", "5m")
			parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return []byte(secret), nil }, jwt.WithValidMethods([]string{"HS256"}))
			if err != nil {
				t.Fatal(err)
			}
			expires, err := parsed.Claims.GetExpirationTime()
			if err != nil || time.Until(expires.Time) > 5*time.Minute {
				t.Errorf("it expires at %v, %v", expires, err)
			}
		})
	}
}

// TestShutdownFinishesWhatIsInFlight stops the server while it waits for the
// rest of a request's body.
func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	p := newPlace(t, "ROLEKIT_DEV=true", "ROLEKIT_OPERATORS=ops")
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s := p.serve()
	conn, answer := s.half(p.token("--user", "sue"), `{"user":"sue",`, `"permission":"invoices:read"}`)

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitFor(`"msg":"shutting down"`)
	if _, err := fmt.Fprint(conn, `"permission":"invoices:read"}`); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatalf("the request in flight was cut off: %v\n%s", err, s.logged())
	}
	defer response.Body.Close() //nolint:errcheck // the connection ends with the test
	var decision struct {
		Allowed bool `json:"allowed"`
	}
	if err := json.NewDecoder(response.Body).Decode(&decision); err != nil || response.StatusCode != http.StatusOK || !decision.Allowed {
		t.Errorf("status %d, allowed %v, %v", response.StatusCode, decision.Allowed, err)
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil { //nolint:noctx // it fails at once
		t.Error("the port still answers")
	}
}

// TestShutdownDoesNotWaitForEver stops the server while a request never ends.
func TestShutdownDoesNotWaitForEver(t *testing.T) {
	p := newPlace(t, "ROLEKIT_DEV=true", "ROLEKIT_OPERATORS=ops")
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s := p.serve("--shutdown-timeout", "50ms")
	s.half(p.token("--user", "sue"), `{"user":"sue",`, `"permission":"invoices:read"}`)
	if code := s.stop(syscall.SIGTERM); code != 1 || !strings.Contains(s.logged(), "cut off; --shutdown-timeout gives them longer") {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
}

// half sends a check with the first part of its body, and returns when the
// server has begun to read it.
func (s *server) half(token, first, rest string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")) //nolint:noctx // loopback answers at once
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /v1/orgs/ops/check HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(first+rest))
	if err != nil {
		s.t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	// The handler has begun to read the body when this comes (RFC 9110, section 10.1.1).
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := answer.ReadString('\n'); line != want {
			s.t.Fatalf("got %q, %v; want %q", line, err, want)
		}
	}
	if _, err := fmt.Fprint(conn, first); err != nil {
		s.t.Fatal(err)
	}
	return conn, answer
}

func TestAPortThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback answers at once
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing was written
	got := newPlace(t).run("serve", "--dev", "--catalog", "catalog.yaml", "--listen", taken.Addr().String())
	if got.code != 1 || !strings.Contains(got.stderr, "choose another address with --listen") {
		t.Errorf("got %+v", got)
	}
}
