package policies_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
)

const token = "a-token-that-must-never-be-seen"

// asking is a server that answers with the handler, and the policies behind it.
func asking(t *testing.T, timeout time.Duration, handler http.HandlerFunc) *policies.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	p, err := policies.NewServer(policies.ServerConfig{Address: s.URL + "/prefix/", Token: token, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheTokenGoesToTheServerAlone(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed, with Authorization %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	p := asking(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token || r.URL.Path != "/prefix/v1/catalog" {
			t.Errorf("%s, Authorization %q", r.URL, r.Header.Get("Authorization"))
		}
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	_, err := p.Catalog(t.Context())
	if want := "307 Temporary Redirect, and names " + elsewhere.URL + " (no redirect is followed"; !errors.Is(err, rolekit.ErrUnavailable) ||
		!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) {
		t.Errorf("got %v", err)
	}
}

// A redirect names where the API is now, and never a password.
func TestRedirects(t *testing.T) {
	for to, want := range map[string]string{
		"https://new.example/roles/v1/catalog?x=1": "301 Moved Permanently, and names https://new.example/roles (no redirect",
		"https://new.example":                      "and names https://new.example (no redirect",
		"https://ada:hunter2@new.example/v1/":      "it answered 301 Moved Permanently (check --server",
		"":                                         "it answered 301 Moved Permanently (check --server",
	} {
		p := asking(t, 0, func(w http.ResponseWriter, _ *http.Request) {
			if to != "" {
				w.Header().Set("Location", to)
			}
			w.WriteHeader(http.StatusMovedPermanently)
		})
		if _, err := p.Catalog(t.Context()); !errors.Is(err, rolekit.ErrUnavailable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", to, err)
		}
	}
}

// Whoever takes https for http, or has a certificate of nobody's, says what to do.
func TestTLS(t *testing.T) {
	quiet := log.New(io.Discard, "", 0) // servers log what they refuse
	secure, open := httptest.NewUnstartedServer(http.NotFoundHandler()), httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog, open.Config.ErrorLog = quiet, quiet
	secure.StartTLS()
	open.Start()
	t.Cleanup(secure.Close)
	t.Cleanup(open.Close)
	for address, want := range map[string]string{
		secure.URL: "is of an authority that this machine must be told to trust",
		strings.Replace(secure.URL, "https", "http", 1): "it speaks https (put https:// before the --server)",
		strings.Replace(open.URL, "http", "https", 1):   "it does not speak https: check the port of --server",
	} {
		p, err := policies.NewServer(policies.ServerConfig{Address: address, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Catalog(t.Context()); !errors.Is(err, rolekit.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", address, err)
		}
	}
	trusting, err := policies.NewServer(policies.ServerConfig{Address: secure.URL, Token: token, Transport: secure.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trusting.Catalog(t.Context()); !strings.Contains(err.Error(), "it answered 404") {
		t.Errorf("got %v", err)
	}
}

// A token that counts no more is to be renewed; one that is missing, to be had.
func TestWhoIsNobodyIsToldOfTokens(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"code":"unauthenticated","detail":"the token has expired","hint":"log in again"}`)
	}))
	t.Cleanup(s.Close)
	for sent, want := range map[string]string{"": "(put a token into ROLEKIT_TOKEN", token: "the token has expired (put a new token into ROLEKIT_TOKEN"} {
		p, err := policies.NewServer(policies.ServerConfig{Address: s.URL, Token: sent})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Catalog(t.Context()); !errors.Is(err, rolekit.ErrUnauthenticated) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://roles.example": "", "https://roles.example/prefix": "", "http://127.0.0.1:8080": "", "http://localhost": "", "http://[::1]:80": "",
		"http://roles.example":          "over an open line",
		"http://127.0.0.1.evil.example": "over an open line",
		"https://a:b@roles.example":     "holds a name or a password",
		"https://a:b%@roles.example":    "cannot be read",
		"roles.example":                 `"roles.example" has no http:// or https:// before it`,
		"127.0.0.1:8080":                `"127.0.0.1:8080" has no http:// or https:// before it`,
		"localhost:8080":                `"localhost:8080" has no http:// or https:// before it`,
		"a:b@127.0.0.1:8080":            "the server's address has no http",
		"":                              "is no address",
		"file:///etc/passwd":            "is no address",
		"https://roles.example?x=1":     "is no address",
		"https://roles.example#x":       "is no address",
	} {
		_, err := policies.NewServer(policies.ServerConfig{Address: address, Token: token})
		if want == "" && err != nil || want != "" && (!errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: it shows a password: %v", address, err)
		}
	}
	if _, err := policies.NewServer(policies.ServerConfig{Address: "https://roles.example", Token: "a\nb"}); !errors.Is(err, rolekit.ErrInvalid) {
		t.Errorf("a token of two lines: %v", err)
	}
	if _, err := policies.NewServer(policies.ServerConfig{Address: "http://roles.example"}); err != nil {
		t.Errorf("without a token nothing is told to anybody: %v", err)
	}
}

func TestStrangeAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		kind, body string
		status     int
		code       rolekit.Code
		text       string
	}{
		"a page":              {"text/html", "<html>", 200, rolekit.CodeUnavailable, "it answered 200 OK"},
		"a gateway":           {"text/html", "<html>", 502, rolekit.CodeUnavailable, "it answered 502"},
		"no JSON":             {"application/json", "{", 200, rolekit.CodeUnavailable, "is not the API's"},
		"another's problem":   {"application/problem+json", `{"title":"x"}`, 400, rolekit.CodeUnavailable, "is not the API's"},
		"nothing there":       {"application/problem+json", `{"code":"not_found","detail":"x"}`, 404, rolekit.CodeUnavailable, "nothing is at this address"},
		"a problem":           {"application/problem+json; charset=utf-8", `{"code":"escalation","detail":"d","hint":"h"}`, 403, rolekit.CodeEscalation, "d (h)"},
		"a problem with more": {"application/problem+json", `{"code":"invalid","detail":"d","errors":[{"location":"query.from","message":"m"}]}`, 422, rolekit.CodeInvalid, "d; query.from: m"},
	} {
		t.Run(name, func(t *testing.T) {
			p := asking(t, 0, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body) // the client reads it
			})
			_, err := p.Check(t.Context(), "tom", policies.Question{User: "ada", Permission: "jobs:read"})
			if rolekit.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAServerThatHangs(t *testing.T) {
	gone := make(chan struct{})
	p := asking(t, time.Millisecond, func(http.ResponseWriter, *http.Request) { <-gone })
	defer close(gone)
	if _, err := p.Catalog(t.Context()); !errors.Is(err, rolekit.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// TestPages has a server give one item a page, and one that never ends.
func TestPages(t *testing.T) {
	pages := map[string]string{
		"":   `{"items":[{"id":"a"}],"next":"a1"}`,
		"a1": `{"items":[{"id":"b"}],"next":"b2"}`,
		"b2": `{"items":[{"id":"c"}],"next":"b2"}`, // goes on for ever
	}
	p := asking(t, 0, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("after")])
	})
	orgs, err := p.Orgs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []rolekit.OrgID
	for _, o := range orgs {
		ids = append(ids, o.ID)
	}
	if diff := cmp.Diff([]rolekit.OrgID{"a", "b", "c"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestNamesAreOneSegment(t *testing.T) {
	var got string
	p := asking(t, 0, func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + " " + r.RequestURI
		w.WriteHeader(http.StatusNoContent)
	})
	for user, want := range map[rolekit.UserID]string{
		"..":       "PUT /prefix/v1/orgs/tom/members/%2E%2E/roles/clerk",
		"../../x":  "PUT /prefix/v1/orgs/tom/members/..%2F..%2Fx/roles/clerk",
		"auth0|a?": "PUT /prefix/v1/orgs/tom/members/auth0%7Ca%3F/roles/clerk",
	} {
		if err := p.Give(t.Context(), "tom", policies.Assignment{User: user, Role: "clerk"}); err != nil || got != want {
			t.Errorf("%s: %v, %s; want %s", user, err, got, want)
		}
	}
}
