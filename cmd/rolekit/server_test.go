package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what should happen at once.
const patience = 20 * time.Second

// server is a running rolekit serve.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string
	lines chan string // of the log, as they come

	mu  sync.Mutex
	log strings.Builder // all of it
}

// serve starts rolekit serve on a free port and waits until it listens.
func (p *place) serve(args ...string) *server {
	p.t.Helper()
	s := &server{t: p.t, lines: make(chan string, 100_000)}
	s.cmd = p.command(append([]string{"serve", "--catalog", "catalog.yaml", "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it fails where the test has stopped it
	go s.follow(stderr)
	var ready struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal([]byte(s.waitFor(`"msg":"listening"`)), &ready); err != nil {
		p.t.Fatal(err)
	}
	s.url = "http://" + ready.Address
	return s
}

func (s *server) follow(stderr io.Reader) {
	defer close(s.lines)
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		s.mu.Lock()
		s.log.WriteString(scanner.Text() + "\n")
		s.mu.Unlock()
		s.lines <- scanner.Text()
	}
}

// waitFor returns the next line of the log that holds the text.
func (s *server) waitFor(text string) string {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("the server ended before it logged %s:\n%s", text, s.logged())
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-late:
			s.t.Fatalf("the server did not log %s within %s:\n%s", text, patience, s.logged())
		}
	}
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// stop sends the signal and returns the exit code, once the log has ended.
func (s *server) stop(signal os.Signal) int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	return s.wait()
}

func (s *server) wait() int {
	s.t.Helper()
	late := time.After(patience)
	for open := true; open; {
		select {
		case _, open = <-s.lines:
		case <-late:
			s.t.Fatalf("the server did not end within %s:\n%s", patience, s.logged())
		}
	}
	if err := s.cmd.Wait(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			s.t.Fatal(err)
		}
	}
	return s.cmd.ProcessState.ExitCode()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and returns the answer's status and body.
func (s *server) ask(method, path, token, body string) (int, string) {
	s.t.Helper()
	a := s.send(method, path, token, body)
	return a.status, a.body
}

// send sends a request. Headers are pairs.
func (s *server) send(method, path, token, body string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPatch || method == http.MethodDelete || strings.HasSuffix(path, "/permissions") {
		request.Header.Set("If-Match", "*") // whatever others did
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	response, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // the body was read to its end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func (s *server) want(status int, text, method, path, token, body string) {
	s.t.Helper()
	gotStatus, got := s.ask(method, path, token, body)
	if gotStatus != status || !strings.Contains(got, text) {
		s.t.Errorf("%s %s answered %d %s; want %d with %s", method, path, gotStatus, got, status, text)
	}
}

func (p *place) token(args ...string) string {
	p.t.Helper()
	got := p.run(append([]string{"token"}, args...)...)
	if got.code != 0 {
		p.t.Fatalf("token: %+v", got)
	}
	return strings.TrimSpace(got.stdout)
}

func (p *place) exists(name string) bool {
	_, err := os.Stat(filepath.Join(p.dir, name))
	return err == nil
}
