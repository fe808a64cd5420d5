package main_test

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// While the delay lasts, the server says that it is about to end, and answers what
// comes all the same. A second signal does not wait for anything.
func TestShutdownIsAnnounced(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--shutdown-delay", "10m", "--shutdown-timeout", "10m")
	s.want(200, `"status":"ready"`, "GET", "/readyz", "", "")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitFor(`"msg":"not ready any more"`)
	s.want(503, "about to end", "GET", "/readyz", "", "")
	s.want(200, `"status":"ok"`, "GET", "/healthz", "", "")
	s.want(201, `"id":"toms"`, "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	began := time.Now()
	if code := s.stop(syscall.SIGTERM); code != -1 || s.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM { //nolint:forcetypeassert // it is, here
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
	if took := time.Since(began); took > patience {
		t.Errorf("it took %s", took)
	}
	p.serve().want(200, `"id":"toms"`, "GET", "/v1/orgs/toms", sue, "")
}

// Then it closes its port, and is gone.
func TestShutdownAfterTheDelay(t *testing.T) {
	p, _ := seeded(t)
	s := p.serve("--shutdown-delay", "50ms")
	if code := s.stop(syscall.SIGINT); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
	at := -1
	for _, message := range []string{`"msg":"not ready any more"`, `"msg":"shutting down"`, `"msg":"stopped"`} {
		next := strings.Index(s.logged(), message)
		if next <= at {
			t.Errorf("%s does not come then:\n%s", message, s.logged())
		}
		at = next
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil { //nolint:noctx // it fails at once
		t.Error("the port still answers")
	}
	for _, flag := range []string{"--shutdown-delay", "--shutdown-timeout"} {
		if got := p.run("serve", "--catalog", "catalog.yaml", flag, "-1s"); got.code != 2 || !strings.Contains(got.stderr, "use 0s or more") {
			t.Errorf("%s: %+v", flag, got)
		}
	}
}
