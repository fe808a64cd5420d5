package main_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// newKey makes a service key of an organisation over HTTP, and returns its id and
// its secret.
func (s *server) newKey(token, org, body string) (id, secret string) {
	s.t.Helper()
	a := s.send("POST", "/v1/orgs/"+org+"/keys", token, body)
	var made struct {
		Key    struct{ ID, User string }
		Secret string
	}
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.status != 201 || made.Key.User != "service:rkey_"+made.Key.ID {
		s.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" || a.header.Get("Location") != "/v1/orgs/"+org+"/keys/"+made.Key.ID {
		s.t.Errorf("the answer with the secret has %v", a.header)
	}
	return made.Key.ID, made.Secret
}

// A key is made, used and revoked by requests alone; its next request is nobody's,
// here at once, and in another replica soon.
func TestServiceKeys(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--log-level", "debug")
	replica := p.serve("--poll-interval", "50ms")
	s.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	id, key := s.newKey(sue, "toms", `{"label":"CI","roles":["clerk"]}`)
	user := "service:rkey_" + id

	s.want(200, `"user":"`+user+`"`, "GET", "/v1/me", key, "")
	replica.want(200, `"user":"`+user+`"`, "GET", "/v1/me", key, "")
	s.want(200, `"allowed":true`, "POST", "/v1/orgs/toms/check", key, `{"user":"`+user+`","permission":"invoices:read"}`)
	s.want(403, `"code":"permission_denied"`, "GET", "/v1/orgs/toms/roles", key, "")
	s.want(403, `"code":"permission_denied"`, "POST", "/v1/orgs/toms/keys", key, `{"label":"another"}`)
	s.want(204, "", "PUT", "/v1/orgs/toms/members/"+user+"/roles/owner", sue, "")
	s.want(200, `"id":"clerk"`, "GET", "/v1/orgs/toms/roles", key, "")
	s.want(403, `"code":"escalation"`, "PUT", "/v1/orgs/toms/members/eve/roles/owner", key, "") // without end
	s.want(201, "", "POST", "/v1/orgs/toms/roles", key, `{"id":"empty"}`)
	s.want(200, `"actor":"`+user+`","action":"role.create"`, "GET", "/v1/orgs/toms/audit?limit=1", sue, "")
	if _, body := s.ask("GET", "/v1/orgs/toms/keys", sue, ""); !strings.Contains(body, `"label":"CI"`) || strings.Contains(body, key[22:]) {
		t.Errorf("the list is %s", body)
	}

	s.want(404, `"code":"key_not_found"`, "DELETE", "/v1/orgs/ops/keys/"+id, sue, "")
	s.want(200, `"user":"`+user+`"`, "GET", "/v1/me", key, "")
	s.want(204, "", "DELETE", "/v1/orgs/toms/keys/"+id, sue, "")
	s.want(401, `"detail":"the service key is not valid"`, "GET", "/v1/me", key, "")
	replica.until(401, "in another replica", key)
	s.want(200, `{"items":[]}`, "GET", "/v1/orgs/toms/keys", sue, "")
	s.want(200, `"allowed":false`, "POST", "/v1/orgs/toms/check", sue, `{"user":"`+user+`","permission":"invoices:read"}`)

	_, kept := s.newKey(sue, "toms", `{"label":"kept","roles":["clerk"]}`)
	replica.want(200, "", "GET", "/v1/me", kept, "") // whatever it has heard
	p.serve().want(200, "", "GET", "/v1/me", kept, "")
	for name, bad := range map[string]string{
		"a letter that is wrong": kept[:40] + "00" + kept[42:],
		"half of it":             kept[:30],
		"a prefix":               "rkey_",
		"a token with its name":  p.token("--user", "service:rkey_"+id),
	} {
		if status, body := s.ask("GET", "/v1/me", bad, ""); status != 401 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	log := s.logged()
	for _, secret := range []string{key[22:], kept[22:]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds a secret:\n%s", log)
		}
	}
	if !strings.Contains(log, user+" ") || !strings.Contains(log, `"user":"`+user+`"`) {
		t.Errorf("the log does not name the key, when it did something and when it was refused:\n%s", log)
	}
}

func TestHowLongKeysLast(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--key-life", "1h", "--max-key-life", "2h")
	s.newKey(sue, "ops", `{"label":"an hour"}`)
	in := func(d time.Duration) string {
		return `{"label":"x","expires":"` + time.Now().Add(d).UTC().Format(time.RFC3339) + `"}`
	}
	s.newKey(sue, "ops", in(119*time.Minute))
	for _, body := range []string{in(3 * time.Hour), in(-time.Hour), `{"label":"x","expires":"0001-01-01T00:00:00Z"}`, `{"label":""}`, `{}`} {
		if status, got := s.ask("POST", "/v1/orgs/ops/keys", sue, body); status != 422 {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	for life := 2 * time.Second; ; life *= 2 { // which is over by the time it is asked for on a busy machine
		a := s.send("POST", "/v1/orgs/ops/keys", sue, in(life))
		var made struct{ Secret string }
		if err := json.Unmarshal([]byte(a.body), &made); a.status == 201 && err == nil {
			s.until(401, "a key that has expired", made.Secret)
			break
		}
		if life > patience {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	for args, want := range map[string]string{
		"--key-failure-rate 0":            "--key-failure-rate is 0; use more than 0, or -1",
		"--key-failure-rate=-2":           "--key-failure-rate is -2",
		"--key-failure-rate NaN":          "--key-failure-rate is NaN",
		"--key-failure-burst 0":           "--key-failure-burst is 0; use 1 or more",
		"--max-keys 0":                    "--max-keys is 0; use 1 or more, or -1",
		"--key-life 0s":                   "--key-life is 0s",
		"--max-key-life 1h":               "--max-key-life 1h0m0s; use more than 0s",
		"--key-life 3h --max-key-life 2h": "--max-key-life",
	} {
		got := p.run(append([]string{"serve", "--catalog", "catalog.yaml"}, strings.Fields(args)...)...)
		if got.code != 2 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// A withdrawn key counts for as long as the keys are not read anew, and a provider
// that is away for as long as it is told, and no longer.
func TestHowLongPublishedKeysCount(t *testing.T) {
	idp := newProvider(t, "one", "two")
	rs := jwt.SigningMethodRS256
	first, second := signed(t, rs, idp.key("one"), "one", claimed(nil)), signed(t, rs, idp.key("two"), "two", claimed(nil))
	seldom := newPlace(t).serve(append([]string{"--jwks-url", idp.server.URL, "--jwks-refresh", "30m"}, theirs...)...)
	often := newPlace(t).serve(append([]string{"--jwks-url", idp.server.URL, "--jwks-refresh", "100ms", "--jwks-max-age", "2s"}, theirs...)...)
	for _, s := range []*server{seldom, often} {
		s.until(200, "at first", first)
		s.until(200, "the other at first", second)
	}
	idp.withdraw("one")
	often.until(401, "withdrawn, and read anew", first)
	seldom.want(200, "", "GET", "/v1/me", first, "")

	idp.server.CloseClientConnections()
	idp.server.Listener.Close() //nolint:errcheck,gosec // the provider is away
	often.until(503, "past the age", second)
	if old := idp.silent(); old < 2*time.Second {
		t.Errorf("keys that may be 2s old were not believed after %s", old)
	}
	seldom.want(200, "", "GET", "/v1/me", second, "") // an hour, by default
}

// A provider that never answers keeps nobody waiting for longer than a few seconds,
// and nobody in.
func TestAProviderThatHangs(t *testing.T) {
	release := make(chan struct{})
	idp := newProvider(t, "one")
	answer := idp.server.Config.Handler
	idp.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
			answer.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
	s := newPlace(t).serve(append([]string{"--jwks-url", idp.server.URL}, theirs...)...)
	good := signed(t, jwt.SigningMethodRS256, idp.key("one"), "one", claimed(nil))
	s.want(503, `"code":"unavailable"`, "GET", "/v1/me", good, "") // before who asks gives up
	s.want(200, `"ok"`, "GET", "/healthz", "", "")
	close(release)
	s.until(200, "it answers again", good)
}
