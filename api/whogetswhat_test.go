package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/api"
)

func TestWhoGetsWhat(t *testing.T) {
	file := settled(t)
	for _, s := range scenarios() {
		for i, who := range askers() {
			t.Run(s.request+" as "+who, func(t *testing.T) {
				w := serve(t, copied(t, file), api.Config{}, func(*gin.Engine) {})
				before := w.dump()
				a := w.ask(who, s.request, s.body)
				if a.status != s.statuses[i] {
					t.Fatalf("%d, want %d: %s", a.status, s.statuses[i], a.body)
				}
				for _, word := range s.lacks {
					// One's own name is no secret.
					if word != who && strings.Contains(strings.ReplaceAll(a.body, who, ""), word) {
						t.Errorf("tells %q: %s", word, a.body)
					}
				}
				if a.header.Get("Cache-Control") != "no-store" {
					t.Errorf("may be cached: %q", a.header.Get("Cache-Control"))
				}
				if a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
					t.Error("does not say how to authenticate (RFC 9110, section 15.5.2)")
				}
				if a.status >= 400 {
					isProblem(t, a)
					unchanged(t, w, before)
					return
				}
				for _, word := range s.has {
					if !strings.Contains(a.body, word) {
						t.Errorf("lacks %s: %s", word, a.body)
					}
				}
			})
		}
	}
}

// isProblem checks that an answer is a whole problem document.
func isProblem(t *testing.T, a answer) map[string]any {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("not JSON: %s", a.body)
	}
	code, _ := p["code"].(string)
	detail, _ := p["detail"].(string)
	if code == "" || detail == "" || p["type"] != "urn:rolekit:problem:"+code || p["title"] != http.StatusText(a.status) || p["status"] != float64(a.status) {
		t.Errorf("an incomplete problem: %s", a.body)
	}
	return p
}

func unchanged(t *testing.T, w *world, before string) {
	t.Helper()
	if diff := cmp.Diff(before, w.dump()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// What a stranger is told of an organisation does not depend on whether it
// exists.
func TestStrangersCannotTellWhatExists(t *testing.T) {
	w := newWorld(t)
	for _, s := range scenarios() {
		if !strings.Contains(s.request+s.body, "tom") {
			continue
		}
		for _, who := range []string{stranger, other} {
			for _, body := range []string{s.body, strings.ReplaceAll(s.body, member, who)} {
				existing := w.ask(who, s.request, body)
				unknown := w.ask(who, strings.ReplaceAll(s.request, "tom", "xyz"), strings.ReplaceAll(body, "tom", "xyz"))
				want := answer{existing.status, existing.header, strings.ReplaceAll(existing.body, `\"tom`, `\"xyz`)}
				if unknown.status != want.status || unknown.body != want.body {
					t.Errorf("%s as %s %s:\nexists  %d %s\nunknown %d %s", s.request, who, body, existing.status, existing.body, unknown.status, unknown.body)
				}
				if existing.status != http.StatusForbidden && !s.inParts() && existing.body != `{"items":[]}`+"\n" {
					t.Errorf("%s as %s %s: %d %s", s.request, who, body, existing.status, existing.body)
				}
			}
		}
	}
}

func TestEveryOperationHasAScenario(t *testing.T) {
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	a := newWorld(t).ask(nobody, "GET /openapi.json", "")
	if err := json.Unmarshal([]byte(a.body), &document); err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, s := range scenarios() {
		covered[s.operation] = true
	}
	var seen []string
	for path, methods := range document.Paths {
		for method, operation := range methods {
			seen = append(seen, operation.OperationID)
			if !covered[operation.OperationID] {
				t.Errorf("%s %s (%s) has no scenario", method, path, operation.OperationID)
			}
		}
	}
	for operation := range covered {
		if !slices.Contains(seen, operation) {
			t.Errorf("there is no operation %s", operation)
		}
	}
	if len(seen) < 44 {
		t.Errorf("only %d operations: %v", len(seen), seen)
	}
}
