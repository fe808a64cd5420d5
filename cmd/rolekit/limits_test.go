package main_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/glebarez/sqlite" // the driver by which a test holds the database
	"github.com/jackc/pgx/v5"

	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/internal/services"
)

// seeded is a place with an organisation ops whose owner is sue, and her token.
func seeded(t *testing.T) (p *place, sue string) {
	t.Helper()
	p = newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops")
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	return p, p.token("--user", "sue")
}

// dial opens a connection to the server that fails when nothing comes for long.
func (s *server) dial() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")) //nolint:noctx // loopback answers at once
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// raw sends text as it is and returns the answer to it.
func (s *server) raw(text string) answer {
	s.t.Helper()
	conn, back := s.dial()
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	return s.read(back)
}

func (s *server) read(back *bufio.Reader) answer {
	s.t.Helper()
	response, err := http.ReadResponse(back, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// ended fails the test unless the server ends the connection, having said no more.
func (s *server) ended(what string, back *bufio.Reader) {
	s.t.Helper()
	if rest, err := io.ReadAll(back); err != nil || len(rest) > 0 {
		s.t.Errorf("%s: the connection goes on: %v, %q", what, err, rest)
	}
}

func TestRequestIDsAreEverywhere(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve()
	for _, test := range []struct {
		method, path, token string
		status              int
	}{
		{"GET", "/healthz", "", 200},
		{"GET", "/v1/me", sue, 200},
		{"GET", "/v1/me", "", 401},
		{"GET", "/v1/me", "forged", 401},
		{"GET", "/nothing", "", 404},
		{"DELETE", "/v1/me", sue, 405},
		{"GET", "/v1/orgs/ops?x=1", sue, 422},
		{"PUT", "/v1/orgs/ops/members/%00", sue, 422},
	} {
		a := s.send(test.method, test.path, test.token, "", "X-Request-ID", "from-the-proxy.7")
		if a.status != test.status || a.header.Get("X-Request-ID") != "from-the-proxy.7" {
			t.Errorf("%s %s: %d %v %s", test.method, test.path, a.status, a.header, a.body)
		}
		var p struct {
			RequestID string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status >= 400 && p.RequestID != "from-the-proxy.7" {
			t.Errorf("%s %s: %v %s", test.method, test.path, err, a.body)
		}
	}
	made := s.send("GET", "/v1/me", "", "", "X-Request-ID", `x" level=ERROR msg="stolen`)
	id := made.header.Get("X-Request-ID")
	if len(id) < 20 || !strings.Contains(made.body, `"request_id":"`+id+`"`) {
		t.Errorf("the id is %q: %s", id, made.body)
	}
	s.waitFor(`"request_id":"` + id + `"`)
	if strings.Contains(s.logged(), "stolen") {
		t.Error("the log holds what a request forged")
	}
}

// What a client sends is bounded, also before anybody looks at it.
func TestSizes(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--max-body-bytes", "200", "--max-header-bytes", "8192")
	const path = "/v1/orgs/ops/roles"
	fits := `{"id":"billing","label":"` + strings.Repeat("x", 100) + `"}`
	s.want(201, `"id":"billing"`, "POST", path, sue, fits)
	long := `{"id":"selling","label":"` + strings.Repeat("x", 300) + `"}`
	s.want(413, `"code":"too_large"`, "POST", path, sue, long)
	if a := s.raw("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + sue + "\r\nContent-Type: application/json\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n12c\r\n" + strings.Repeat(" ", 300)); a.status != 413 {
		t.Errorf("a body of unknown length: %d %s", a.status, a.body)
	}
	if a := s.raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Big: " + strings.Repeat("x", 6000) + "\r\n\r\n"); a.status != 200 {
		t.Errorf("headers that fit: %d %s", a.status, a.body)
	}
	for name, head := range map[string]string{
		"one header":   "X-Big: " + strings.Repeat("x", 20_000) + "\r\n",
		"many headers": strings.Repeat("X-Small: x\r\n", 2_000),
	} {
		if a := s.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n" + head + "\r\n"); a.status != 431 {
			t.Errorf("%s too long: %d %s", name, a.status, a.body)
		}
	}
	if a := s.raw("GET /healthz?" + strings.Repeat("x", 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"); a.status != 431 {
		t.Errorf("a line too long: %d %s", a.status, a.body)
	}
	s.want(404, "", "DELETE", path+"/selling", sue, "")
}

// Clients that are slow or silent lose their connection, and nobody waits for them.
func TestSlowClients(t *testing.T) {
	p, sue := seeded(t)
	// Each has a server of its own, where only what is tested is short: what is to be
	// answered may take its time.
	s := p.serve("--read-header-timeout", "200ms")
	slow, slowBack := s.dial()
	if _, err := io.WriteString(slow, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	_, silentBack := s.dial()
	s.ended("headers that never end", slowBack)
	s.ended("a connection on which nothing is asked", silentBack)

	s = p.serve("--idle-timeout", "200ms")
	idle, idleBack := s.dial()
	if _, err := io.WriteString(idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if a := s.read(idleBack); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.ended("a connection that is idle", idleBack)

	s = p.serve("--read-header-timeout", "400ms", "--read-timeout", "400ms")
	body, bodyBack := s.dial()
	if _, err := fmt.Fprintf(body, "POST /v1/orgs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: 100\r\n\r\n{", sue); err != nil {
		t.Fatal(err)
	}
	if a := s.read(bodyBack); a.status != 408 || !strings.Contains(a.body, `"code":"timeout"`) || !strings.Contains(a.body, `"request_id"`) {
		t.Errorf("a body that never ends: %d %s", a.status, a.body)
	}
	s.ended("a body that never ends", bodyBack)

	s = p.serve("--request-timeout", "300ms", "--write-timeout", "600ms")
	deaf, _ := s.dial()
	asks := strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 500) // some 100 MB of answers, which nobody reads
	if _, err := io.WriteString(deaf, asks); err != nil {
		t.Fatal(err)
	}
	for tick, late := time.Tick(10*time.Millisecond), time.After(patience); ; {
		select {
		case <-tick:
		case <-late:
			t.Fatal("who does not read the answers keeps the connection")
		}
		if _, err := io.WriteString(deaf, "GET / HTTP/1.1\r\n"); err != nil {
			break
		}
	}
}

// held takes the place's database for itself until the function is called.
func (p *place) held() (release func()) {
	p.t.Helper()
	db, err := sql.Open("sqlite", adapter.SQLiteDSN(filepath.Join(p.dir, "rolekit.db")))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := conn.ExecContext(p.t.Context(), "BEGIN IMMEDIATE"); err != nil {
		p.t.Fatal(err)
	}
	return func() {
		p.t.Helper()
		if _, err := conn.ExecContext(p.t.Context(), "ROLLBACK"); err != nil {
			p.t.Fatal(err)
		}
	}
}

// A change that waits for the database is given up in time, and then was not made.
// SQLite is no case of this: who waits for its lock waits for as long as the
// driver was told to, ten seconds, and looks at nothing else.
func TestAChangeThatTakesTooLong(t *testing.T) {
	database := services.Postgres(t)
	p, sue := installed(t, database)
	s := p.serve("--request-timeout", "300ms")
	db, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background()) //nolint:errcheck // the test is over
	holding, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holding.Exec(t.Context(), "LOCK TABLE rolekit_audit IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.want(503, `"code":"unavailable"`, "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	if took := time.Since(began); took < 300*time.Millisecond { // by default it would be longer than who asks waits
		t.Errorf("it took %s", took)
	}
	s.want(200, `"user":"sue"`, "GET", "/v1/me", sue, "") // what is known needs no database
	if err := holding.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(404, "", "GET", "/v1/orgs/toms", sue, "")
	until(t, "changes are made again", func() bool { // which a busy database may not have done in time at first
		status, _ := s.ask("PUT", "/v1/orgs/ops/members/ada", sue, "")
		return status == 204
	})
	patient := p.serve()
	patient.want(404, "", "GET", "/v1/orgs/toms", sue, "")
	patient.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
}

// A change that is on its way to the database when the server is told to stop is
// made, answered, and there after the next start.
func TestShutdownFinishesAChange(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve()
	release := p.held()
	conn, back := s.dial()
	const body = `{"id":"toms"}`
	if _, err := fmt.Fprintf(conn, "POST /v1/orgs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", sue, len(body)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} { // the handler reads the body: the request is in flight
		if line, err := back.ReadString('\n'); line != want {
			t.Fatalf("got %q, %v; want %q", line, err, want)
		}
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitFor(`"msg":"shutting down"`)
	for tick, late := time.Tick(time.Millisecond), time.After(patience); ; { // until it takes no more connections
		again, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")) //nolint:noctx // loopback answers at once
		if err != nil {
			break
		}
		_ = again.Close()
		select {
		case <-tick:
		case <-late:
			t.Fatal("it still takes connections")
		}
	}
	release()
	if a := s.read(back); a.status != 201 || !strings.Contains(a.body, `"id":"toms"`) || a.header.Get("Revision") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
	p.serve().want(200, `"id":"toms"`, "GET", "/v1/orgs/toms", sue, "")
}

func TestChangesAreLimitedPerUser(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--change-rate", "2", "--change-burst", "2")
	const path = "/v1/orgs/ops/members/"
	s.want(204, "", "PUT", path+"ada/roles/owner", sue, "")
	s.want(204, "", "PUT", path+"bob", sue, "")
	answers := make([]answer, 50) // some are refused, though each half second one is not, and a busy machine may take many
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.send("PUT", path+"cy", sue, "") })
	}
	all.Wait()
	refusals := 0
	for _, a := range answers {
		if a.status == 204 {
			continue
		}
		refusals++
		if a.status != 429 || !strings.Contains(a.body, `"code":"too_many_requests"`) || a.header.Get("Retry-After") != "1" {
			t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
	}
	if refusals == 0 {
		t.Fatal("none is refused")
	}
	s.want(200, `"allowed":true`, "POST", "/v1/orgs/ops/check", sue, `{"user":"ada","permission":"invoices:write"}`)
	s.want(204, "", "PUT", path+"dan", p.token("--user", "ada"), "")
	for tick, late := time.Tick(50*time.Millisecond), time.After(patience); ; {
		select {
		case <-tick:
		case <-late:
			t.Fatal("it never recovers")
		}
		if status, _ := s.ask("PUT", path+"cy", sue, ""); status == 204 {
			break
		}
	}
}

func TestCORSByFlag(t *testing.T) {
	p, sue := seeded(t)
	ask := []string{"Origin", "https://admin.example", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization"}
	off := p.serve()
	if a := off.send("OPTIONS", "/v1/me", "", "", ask...); a.status != 405 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("off, before: %d %v", a.status, a.header)
	}
	if a := off.send("GET", "/v1/me", sue, "", ask...); a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("off: %d %v", a.status, a.header)
	}
	on := newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_CORS_ORIGINS=https://admin.example,http://localhost:5173").serve()
	if a := on.send("OPTIONS", "/v1/me", "", "", ask...); a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://admin.example" {
		t.Errorf("on, before: %d %v", a.status, a.header)
	}
	if a := on.send("GET", "/v1/me", sue, "", "Origin", "http://localhost:5173"); a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
		t.Errorf("on: %d %v", a.status, a.header)
	}
	if a := on.send("GET", "/v1/me", "", "", "Origin", "http://localhost:5173"); a.status != 401 || a.header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
		t.Errorf("on, for nobody: %d %v; a page must be able to read why", a.status, a.header)
	}
	if a := on.send("GET", "/v1/me", sue, "", "Origin", "https://evil.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("on, for others: %v", a.header)
	}
}

// Neither what a request holds nor what it brings is logged, at any level.
func TestTheLogKeepsSecrets(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--log-level", "debug")
	s.ask("GET", "/v1/me?access_token="+sue, "", "")
	s.ask("GET", "/v1/me", "not.a.token-hunter2", "")
	s.ask("GET", "/v1/orgs/hunter2/roles?q=hunter2", sue, "")
	s.ask("GET", "/hunter2", sue, "")
	s.ask("PUT", "/v1/orgs/ops/members/ada", sue, "")
	s.want(200, "", "GET", "/healthz", "", "")
	s.waitFor(`"route":"/healthz"`)
	for _, part := range append(strings.Split(sue, "."), "hunter2", secret, "members/ada") {
		if strings.Contains(s.logged(), part) {
			t.Errorf("the log holds %q:\n%s", part, s.logged())
		}
	}
	if !strings.Contains(s.logged(), `"user":"sue"`) {
		t.Errorf("the log does not say who changed something:\n%s", s.logged())
	}
}
