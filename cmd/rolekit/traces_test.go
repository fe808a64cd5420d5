package main_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A server that is told of a collector sends it the spans of requests and of what
// they did in the database, and in them nobody's name. The log names the trace.
func TestTracesAreSent(t *testing.T) {
	var (
		mu   sync.Mutex
		sent bytes.Buffer
	)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unpacked
		}
		if _, err := io.Copy(&sent, body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(collector.Close)
	p, sue := seeded(t)
	s := p.serve("--traces-endpoint", collector.URL+"/v1/traces")
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	a := s.send("POST", "/v1/orgs?dry_run=false", sue, `{"id":"hunter2"}`, "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	if a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.want(200, "hunter2", "GET", "/v1/orgs/hunter2", sue, "")
	if line := s.waitFor(`"route":"/v1/orgs"`); !strings.Contains(line, `"trace_id":"`+trace+`"`) || !strings.Contains(line, `"request_id":"`) {
		t.Errorf("the log: %s", line)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"POST /v1/orgs", "GET /v1/orgs/:org", "store.update", "store.view", "rolekit"} {
		if !strings.Contains(sent.String(), want) {
			t.Errorf("no %s was sent", want)
		}
	}
	for _, never := range []string{"hunter2", "sue", "127.0.0.1"} {
		if strings.Contains(sent.String(), never) {
			t.Errorf("%s was sent", never)
		}
	}
	if got := p.run("serve", "--catalog", "catalog.yaml", "--traces-endpoint", "ada:hunter2@collector"); got.code != 2 || strings.Contains(got.stderr, "hunter2") {
		t.Errorf("%+v", got)
	}
}
