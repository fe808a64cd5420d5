package main_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rolekit/rolekit/internal/services"
)

// until waits for what should happen soon.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	late, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// allows asks whether ada may read invoices in toms.
func (s *server) allows(token, permission string) bool {
	s.t.Helper()
	status, body := s.ask("POST", "/v1/orgs/toms/check", token, `{"user":"ada","permission":"`+permission+`"}`)
	if status != http.StatusOK && status != http.StatusForbidden {
		s.t.Fatalf("%d %s", status, body)
	}
	return strings.Contains(body, `"allowed":true`)
}

// installed returns a place with a migrated and seeded database, and sue's token.
func installed(t *testing.T, database string, env ...string) (*place, string) {
	t.Helper()
	p := newPlace(t, append(env, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops", "ROLEKIT_DATABASE="+database)...)
	if got := p.run("migrate"); got.code != 0 {
		t.Fatalf("migrate: %+v", got)
	}
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	return p, p.token("--user", "sue")
}

// TestReplicas edits through one replica and asks another, with the news carried by
// each of what can: they would not poll for an hour. A seed tells them too.
func TestReplicas(t *testing.T) {
	never, channel := "1h", "rolekit.test."+rand.Text()
	for name, c := range map[string]struct{ database, watch, poll string }{
		"Postgres":            {services.Postgres(t), "postgres", never},
		"Postgres with Redis": {services.Postgres(t), services.Redis(t), never},
		"MariaDB with NATS":   {services.MariaDB(t), services.NATS(t), never},
		"SQLite, polling":     {sqliteFile(t), "none", "20ms"},
	} {
		t.Run(name, func(t *testing.T) {
			p, sue := installed(t, c.database, "ROLEKIT_WATCH="+c.watch, "ROLEKIT_WATCH_CHANNEL="+channel, "ROLEKIT_POLL_INTERVAL="+c.poll, "ROLEKIT_MAX_STALENESS=0")
			one, two := p.serve(), p.serve()
			one.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
			one.want(204, "", "PUT", "/v1/orgs/toms/members/ada/roles/clerk", sue, "")
			until(t, "the other replica allows", func() bool { return two.allows(sue, "invoices:read") })
			two.want(204, "", "DELETE", "/v1/orgs/toms/members/ada/roles/clerk", sue, "")
			until(t, "the first one denies", func() bool { return !one.allows(sue, "invoices:read") })
			two.want(204, "", "PUT", "/v1/orgs/toms/members/ada/roles/clerk", sue, "")

			p.write("catalog.yaml", strings.Replace(catalog, `["invoices:read"]`, `["invoices:write"]`, 1))
			if got := p.run("seed", "--catalog", "catalog.yaml"); got.code != 0 || !strings.Contains(got.stdout, "1 changed") {
				t.Fatalf("seed: %+v", got)
			}
			for _, s := range []*server{one, two} {
				until(t, "what was seeded is known", func() bool { return s.allows(sue, "invoices:write") })
			}
			for _, s := range []*server{one, two} {
				if code := s.stop(syscall.SIGTERM); code != 0 || strings.Contains(s.logged(), `"level":"WARN"`) {
					t.Errorf("%d\n%s", code, s.logged())
				}
			}
		})
	}
}

// TestARevisionFromAnotherReplica goes by nothing but the header: neither news nor
// a poll comes.
func TestARevisionFromAnotherReplica(t *testing.T) {
	p, sue := installed(t, services.Postgres(t), "ROLEKIT_POLL_INTERVAL=1h", "ROLEKIT_MAX_STALENESS=0")
	one, two := p.serve(), p.serve("--max-loaded", "17")
	three := p.serve()
	changed := one.send("POST", "/v1/orgs", sue, `{"id":"toms"}`)
	if got := changed.header.Get("Revision"); got == "" || changed.status != 201 {
		t.Fatalf("%d %s: Revision %q", changed.status, changed.body, got)
	}
	changed = one.send("PUT", "/v1/orgs/toms/members/ada/roles/clerk", sue, "")
	at := []string{"If-Revision-At-Least", changed.header.Get("Revision")}
	ada := p.token("--user", "ada")
	if got := three.send("GET", "/v1/orgs/toms", ada, ""); got.status != 403 {
		t.Fatalf("it knows without being asked to: %d %s", got.status, got.body)
	}
	for _, s := range []*server{one, two, three} {
		if got := s.send("GET", "/v1/orgs/toms", ada, "", at...); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := s.send("GET", "/v1/orgs/toms", ada, "", at[0], "999999"); got.status != 503 || got.header.Get("Retry-After") != "1" {
			t.Errorf("of what has not happened: %d %s", got.status, got.body)
		}
		if got := s.send("GET", "/v1/orgs/toms", p.token("--user", "eve"), "", at[0], "999999"); got.status != 403 {
			t.Errorf("to a stranger: %d %s", got.status, got.body)
		}
	}
}

// A token that names an organisation in a claim does not make a request about it.
func TestClaimsAreNotWaitedFor(t *testing.T) {
	p, sue := installed(t, sqliteFile(t))
	s := p.serve()
	s.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	token := p.token("--user", "sue", "--org", "ops")
	at := s.send("PATCH", "/v1/orgs/toms", sue, `{"label":"Tom's"}`).header.Get("Revision")
	if got := s.send("GET", "/v1/me?org=toms", token, "", "If-Revision-At-Least", at); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// proxy is a way to a server that can be cut.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	p := &proxy{listener: must(net.Listen("tcp", "127.0.0.1:0"))(t), to: to} //nolint:noctx // loopback answers at once
	t.Cleanup(func() { _ = p.listener.Close() })
	go func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			p.carry(conn)
		}
	}()
	return p
}

func (p *proxy) carry(conn net.Conn) {
	server, err := net.Dial("tcp", p.to) //nolint:noctx // loopback answers at once
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || p.cut {
		_ = conn.Close()
		if err == nil {
			_ = server.Close()
		}
		return
	}
	p.conns = append(p.conns, conn, server)
	go func() { _, _ = io.Copy(server, conn) }()
	go func() { _, _ = io.Copy(conn, server) }()
}

func (p *proxy) set(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// TestAnOutage takes the database away: readiness fails when what is known is too
// old, and where that was asked for, decisions do too. It recovers by itself.
func TestAnOutage(t *testing.T) {
	database := must(url.Parse(services.Postgres(t)))(t)
	way := newProxy(t, database.Host)
	database.Host = way.listener.Addr().String()
	p, sue := installed(t, database.String(), "ROLEKIT_WATCH=postgres", "ROLEKIT_POLL_INTERVAL=50ms", "ROLEKIT_MAX_STALENESS=500ms")
	going, denying := p.serve(), p.serve("--deny-stale")
	going.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	ask := func(s *server) int {
		status, _ := s.ask("POST", "/v1/orgs/toms/check", sue, `{"user":"sue","permission":"invoices:read"}`)
		return status
	}
	until(t, "the other replica knows", func() bool { return ask(denying) == 200 })

	way.set(true)
	for _, s := range []*server{going, denying} {
		until(t, "it is not ready", func() bool {
			status, body := s.ask("GET", "/readyz", "", "")
			return status == 503 && strings.Contains(body, "seconds old")
		})
	}
	until(t, "decisions are denied where that was asked for", func() bool { return ask(denying) == 503 })
	if status := ask(going); status != 200 {
		t.Errorf("decisions by what is known: %d", status)
	}
	way.set(false)
	for _, s := range []*server{going, denying} {
		until(t, "it is ready again", func() bool {
			status, body := s.ask("GET", "/readyz", "", "")
			return status == 200 && strings.Contains(body, `"age_seconds":`) && ask(s) == 200
		})
		if code := s.stop(syscall.SIGTERM); code != 0 {
			t.Errorf("%d\n%s", code, s.logged())
		}
	}
}

func TestMetrics(t *testing.T) {
	p, sue := installed(t, sqliteFile(t))
	s := p.serve("--metrics-listen", "127.0.0.1:0")
	var at struct {
		Address string `json:"address"`
	}
	for line := range strings.Lines(s.logged()) {
		if strings.Contains(line, `"msg":"metrics"`) {
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	scrape := func() (int, string) {
		response, err := http.Get("http://" + at.Address + "/metrics") //nolint:noctx // the test's own server
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it is read to its end
		return response.StatusCode, string(must(io.ReadAll(response.Body))(t))
	}
	status, body := scrape()
	for _, want := range []string{"\nrolekit_orgs_loaded 2\n", "\nrolekit_policy_age_seconds ", "\nrolekit_polls_total{result=\"ok\"} ", "\ngo_goroutines ", "\nprocess_open_fds "} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, without %q:\n%s", status, want, body)
		}
	}
	s.want(404, `"code":"not_found"`, "GET", "/metrics", "", "")
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("%d\n%s", code, s.logged())
	}
	if got := newPlace(t).serve("--dev", "--seed").logged(); strings.Contains(got, `"msg":"metrics"`) {
		t.Errorf("they are told without being asked for:\n%s", got)
	}
}

// TestMetricsOnAPortThatIsTaken ends as soon as it is seen.
func TestMetricsOnAPortThatIsTaken(t *testing.T) {
	taken := must(net.Listen("tcp", "127.0.0.1:0"))(t) //nolint:noctx // loopback answers at once
	defer taken.Close()                                //nolint:errcheck // nothing was written
	got := newPlace(t).run("serve", "--dev", "--catalog", "catalog.yaml", "--listen", "127.0.0.1:0", "--metrics-listen", taken.Addr().String())
	if got.code != 1 || !strings.Contains(got.stderr, "choose another address with --metrics-listen") {
		t.Errorf("got %+v", got)
	}
}
