package serving_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving"
)

// site is an application with the handlers before its own, and what it logged
// and was told.
type site struct {
	t   *testing.T
	url string

	mu   sync.Mutex
	log  bytes.Buffer
	seen []serving.Request
}

// Write takes the log.
func (s *site) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func newSite(t *testing.T, config serving.Config) *site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	s := &site{t: t}
	config.Logger = slog.New(serving.LogHandler(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug})))
	config.Observe = func(r serving.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, r)
	}
	handlers, err := serving.Handlers(config)
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(handlers...)
	engine.Any("/things/:id", func(c *gin.Context) { c.String(http.StatusOK, "thing") })
	engine.GET("/ada", func(c *gin.Context) {
		c.Request = c.Request.WithContext(rolekit.WithIdentity(c.Request.Context(), rolekit.Identity{User: "ada"}))
		c.Status(http.StatusNoContent)
	})
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	engine.GET("/page", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'self'")
		c.String(http.StatusOK, "page")
	})
	engine.GET("/panics", func(c *gin.Context) {
		c.Header("Content-Length", "7")
		c.Header("ETag", `"7"`)
		panic(errors.New("hunter2 is the password"))
	})
	engine.GET("/panics/late", func(c *gin.Context) {
		c.String(http.StatusOK, "the first half")
		panic("hunter2")
	})
	engine.GET("/gives/up", func(*gin.Context) { panic(http.ErrAbortHandler) })
	engine.GET("/waits", func(c *gin.Context) {
		select {
		case <-c.Request.Context().Done():
			c.String(http.StatusServiceUnavailable, context.Cause(c.Request.Context()).Error())
		case <-time.After(10 * time.Second):
			c.String(http.StatusOK, "nothing has ended it")
		}
	})
	server := httptest.NewUnstartedServer(engine)
	server.Config.ErrorLog = slog.NewLogLogger(config.Logger.Handler(), slog.LevelWarn)
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; each of headers is a name, a colon and a value.
func (s *site) ask(method, path string, headers ...string) (answer, error) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (s *site) want(status int, method, path string, headers ...string) answer {
	s.t.Helper()
	a, err := s.ask(method, path, headers...)
	if err != nil || a.status != status {
		s.t.Fatalf("%s %s: %d %s, %v; want %d", method, path, a.status, a.body, err, status)
	}
	return a
}

// lines are the log's, decoded; those of the access log only, where access says so.
func (s *site) lines(access bool) []map[string]any {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []map[string]any
	for line := range strings.Lines(s.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			s.t.Fatalf("%v: %s", err, line)
		}
		if !access || fields["msg"] == "request" {
			all = append(all, fields)
		}
	}
	return all
}

func TestRequestIDs(t *testing.T) {
	s := newSite(t, serving.Config{})
	long := strings.Repeat("a", 64)
	for name, test := range map[string]struct {
		brought []string
		kept    bool
	}{
		"none":                 {nil, false},
		"a UUID":               {[]string{"0197d5a0-6e2b-7c3a-9f5e-1b2c3d4e5f60"}, true},
		"a short one":          {[]string{"7"}, true},
		"as long as can be":    {[]string{long}, true},
		"too long":             {[]string{long + "a"}, false},
		"empty":                {[]string{""}, false},
		"two":                  {[]string{"one", "two"}, false},
		"two alike":            {[]string{"one", "one"}, false},
		"a forged line":        {[]string{"x level=ERROR msg=stolen"}, false},
		"a tab":                {[]string{"x\ty"}, false},
		"a quote":              {[]string{`x","user":"root`}, false},
		"a script":             {[]string{"<script>alert(1)</script>"}, false},
		"not ASCII":            {[]string{"ümläut"}, false},
		"not UTF-8":            {[]string{"\xff"}, false},
		"an escape":            {[]string{"%0d%0aSet-Cookie:x=y"}, false},
		"a path":               {[]string{"../../etc/passwd"}, false},
		"a format":             {[]string{"%s%n"}, false},
		"a terminal's command": {[]string{"x\u009b31m"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			for _, v := range test.brought {
				headers = append(headers, "X-Request-ID: "+v)
			}
			got := s.want(200, "GET", "/things/1", headers...).header.Values("X-Request-ID")
			if len(got) != 1 || len(got[0]) == 0 || len(got[0]) > 64 {
				t.Fatalf("the reply has the ids %q", got)
			}
			if kept := len(test.brought) > 0 && got[0] == test.brought[0]; kept != test.kept {
				t.Errorf("the reply has the id %q", got[0])
			}
			if line := s.lines(true); line[len(line)-1]["request_id"] != got[0] {
				t.Errorf("the log has %v, the reply %q", line[len(line)-1], got[0])
			}
		})
	}
	first, second := s.want(200, "GET", "/things/1"), s.want(200, "GET", "/things/1")
	if first.header.Get("X-Request-ID") == second.header.Get("X-Request-ID") {
		t.Error("two requests have one id")
	}
	if a := s.want(404, "GET", "/nothing"); a.header.Get("X-Request-ID") == "" {
		t.Error("a reply where nothing is has no id")
	}
}

func TestTheAccessLog(t *testing.T) {
	s := newSite(t, serving.Config{Quiet: []string{"/healthz", "/nothing"}})
	for _, test := range []struct {
		method, path string
		status       int
		want         serving.Request
		user         any
		level        string
	}{
		{"GET", "/things/hunter2?token=hunter2", 200, serving.Request{Method: "GET", Route: "/things/:id", Status: 200, Bytes: 5}, nil, "INFO"},
		{"HUNTER2", "/things/1", 404, serving.Request{Method: "OTHER", Status: 404}, nil, "INFO"},
		{"GET", "/ada", 204, serving.Request{Method: "GET", Route: "/ada", Status: 204}, "ada", "INFO"},
		{"GET", "/healthz", 200, serving.Request{Method: "GET", Route: "/healthz", Status: 200, Bytes: 2}, nil, "DEBUG"},
		{"GET", "/nothing", 404, serving.Request{Method: "GET", Status: 404}, nil, "INFO"},
	} {
		s.want(test.status, test.method, test.path, "Authorization: Bearer hunter2", "Cookie: session=hunter2", "Referer: https://x/?hunter2")
		lines := s.lines(true)
		line, seen := lines[len(lines)-1], s.seen[len(s.seen)-1]
		if seen.Duration <= 0 || line["duration"] != float64(seen.Duration) {
			t.Errorf("%s: it took %v, and %v in the log", test.path, seen.Duration, line["duration"])
		}
		seen.Duration = 0
		if seen != test.want {
			t.Errorf("%s: told %+v, want %+v", test.path, seen, test.want)
		}
		if line["method"] != seen.Method || line["route"] != seen.Route || line["status"] != float64(seen.Status) || line["bytes"] != float64(seen.Bytes) {
			t.Errorf("%s: logged %v, told %+v", test.path, line, seen)
		}
		if line["user"] != test.user || line["level"] != test.level || line["cut_off"] != nil {
			t.Errorf("%s: logged %v", test.path, line)
		}
	}
	if strings.Contains(s.log.String(), "hunter2") {
		t.Errorf("the log holds what a request held:\n%s", s.log.String())
	}
}

func TestPanics(t *testing.T) {
	s := newSite(t, serving.Config{})
	a := s.want(500, "GET", "/panics", "X-Request-ID: r-1")
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	if p["code"] != "internal" || p["request_id"] != "r-1" || a.header.Get("Content-Type") != "application/problem+json" || a.header.Get("ETag") != "" {
		t.Errorf("%v %s", a.header, a.body)
	}
	for _, hidden := range []string{"hunter2", "goroutine", ".go"} {
		if strings.Contains(a.body, hidden) {
			t.Errorf("it tells %s: %s", hidden, a.body)
		}
	}
	lines := s.lines(false)
	if len(lines) != 2 || lines[0]["msg"] != "a request panicked" || lines[0]["panic"] != "hunter2 is the password" || lines[0]["request_id"] != "r-1" ||
		!strings.Contains(lines[0]["stack"].(string), "serving_test.go") { //nolint:forcetypeassert // else the test fails too
		t.Errorf("the log does not say what happened: %v", lines)
	}
	if lines[1]["status"] != 500.0 || lines[1]["cut_off"] != nil {
		t.Errorf("the access log says %v", lines[1])
	}
	s.want(200, "GET", "/things/1")
}

// A reply that has begun cannot become another: the connection ends, and what a
// client has is not taken for whole.
func TestPanicsWhereTheReplyHasBegun(t *testing.T) {
	for path, logged := range map[string]bool{"/panics/late": true, "/gives/up": false} {
		s := newSite(t, serving.Config{})
		if a, err := s.ask("GET", path); err == nil || strings.Contains(a.body, "problem") || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: %d %s, %v", path, a.status, a.body, err)
		}
		s.want(200, "GET", "/things/1")
		var panicked, cut bool
		for _, line := range s.lines(false) {
			panicked = panicked || line["msg"] == "a request panicked"
			cut = cut || line["cut_off"] == true
		}
		if panicked != logged || !cut {
			t.Errorf("%s: the panic is logged: %v; that it was cut off: %v", path, panicked, cut)
		}
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t, serving.Config{})
	for _, test := range []struct {
		path   string
		status int
	}{{"/things/1", 200}, {"/nothing", 404}, {"/panics", 500}} {
		a := s.want(test.status, "GET", test.path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", test.path, name, got)
			}
		}
	}
	if got := s.want(200, "GET", "/page").header.Values("Content-Security-Policy"); len(got) != 1 || got[0] != "default-src 'self'" {
		t.Errorf("a page's own policy: %q", got)
	}
}

func TestDeadline(t *testing.T) {
	s := newSite(t, serving.Config{Deadline: time.Millisecond})
	if a := s.want(503, "GET", "/waits"); a.body != context.DeadlineExceeded.Error() {
		t.Error(a.body)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, config := range map[string]serving.Config{
		"a deadline in the past": {Deadline: -1},
		"everyone":               {Origins: []string{"*"}},
		"a pattern":              {Origins: []string{"https://*.example"}},
		"any page":               {Origins: []string{"null"}},
		"nobody":                 {Origins: []string{""}},
		"no scheme":              {Origins: []string{"admin.example"}},
		"another scheme":         {Origins: []string{"file://admin.example"}},
		"a path":                 {Origins: []string{"https://admin.example/"}},
		"capitals":               {Origins: []string{"https://Admin.example"}},
		"a user":                 {Origins: []string{"https://ada@admin.example"}},
		"a second that is none":  {Origins: []string{"https://admin.example", "https://"}},
		"no host":                {Origins: []string{"https://:8080"}},
	} {
		if _, err := serving.Handlers(config); !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := serving.CORS(); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("no origin: %v", err)
	}
}

// A logger keeps what With put into the context, whatever was done to it.
func TestLogHandler(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(serving.LogHandler(slog.NewJSONHandler(&b, nil))).With("a", 1)
	ctx := serving.With(t.Context(), slog.String("request_id", "r"))
	left, right := serving.With(ctx, slog.Int("x", 1)), serving.With(ctx, slog.Int("x", 2))
	log.InfoContext(left, "one")
	log.WithGroup("g").InfoContext(right, "two", "y", 3)
	log.Info("three")
	for i, want := range []string{`"a":1,"request_id":"r","x":1}`, `"a":1,"g":{"y":3,"request_id":"r","x":2}}`, `"msg":"three","a":1}`} {
		if line := strings.Split(b.String(), "\n")[i]; !strings.HasSuffix(line, want) {
			t.Errorf("got %s, want %s", line, want)
		}
	}
}
