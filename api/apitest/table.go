package apitest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

func (s *suite) whoGetsWhat(t *testing.T) {
	var w *world
	for _, row := range Scenarios() {
		for _, asker := range Askers() {
			if row.Statuses[asker] == 0 {
				continue
			}
			t.Run(row.Request+" as "+asker.String(), func(t *testing.T) {
				if w == nil {
					w = s.world(t)
				}
				w.t = t
				if !w.answers(row, asker) {
					w = nil
				}
			})
		}
	}
}

// answers asks, and returns whether everything is as it was before.
func (w *world) answers(row Scenario, asker Asker) (same bool) {
	t := w.t
	before := w.store.Dump()
	a := w.ask(asker.User(), row.Request, row.Body)
	same = w.store.Dump() == before
	if a.status != row.Statuses[asker] {
		t.Fatalf("%d, want %d: %s", a.status, row.Statuses[asker], a.body)
	}
	told := a.body
	if me := string(asker.User()); me != "" { // one's own name is no secret
		told = strings.ReplaceAll(told, me, "")
	}
	for _, word := range row.Lacks {
		if strings.Contains(told, word) {
			t.Errorf("tells %q: %s", word, a.body)
		}
	}
	if row.needs(a.status) {
		for _, word := range row.Has {
			if !strings.Contains(a.body, word) {
				t.Errorf("lacks %s: %s", word, a.body)
			}
		}
	}
	if kept := a.header.Get("Cache-Control"); !strings.Contains(kept, "no-store") && !strings.Contains(kept, "private") {
		t.Errorf("others may keep it: Cache-Control %q", kept)
	}
	if a.status >= http.StatusBadRequest {
		row.isRefusal(t, a)
	}
	if reads := strings.HasPrefix(row.Request, http.MethodGet); !same && (reads || a.status >= http.StatusBadRequest) {
		t.Errorf("%d, and something changed", a.status)
	}
	return same
}

// needs tells whether what a scenario has is in answers of this status.
func (s Scenario) needs(status int) bool {
	for _, one := range s.Statuses {
		if one >= 200 && one < 300 {
			return status < http.StatusBadRequest
		}
	}
	return status != http.StatusUnauthorized && status != http.StatusForbidden
}

// isRefusal checks that an answer is a whole problem document, which says what
// its status means.
func (s Scenario) isRefusal(t testing.TB, a reply) {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.header.Get("Content-Type") != problem.ContentType {
		t.Fatalf("no problem document: %q %s", a.header.Get("Content-Type"), a.body)
	}
	if p.Code == "" || p.Detail == "" || p.Type != "urn:rolekit:problem:"+string(p.Code) || p.Title != http.StatusText(a.status) || p.Status != a.status {
		t.Errorf("an incomplete problem: %s", a.body)
	}
	if a.status == http.StatusUnauthorized && (p.Code != rolekit.CodeUnauthenticated || a.header.Get("WWW-Authenticate") == "") {
		t.Errorf("does not say how to authenticate (RFC 9110, section 15.5.2): %s", a.body)
	}
	if a.status == http.StatusForbidden && p.Code != rolekit.CodePermissionDenied && !strings.Contains(strings.Join(s.Has, ""), string(p.Code)) {
		t.Errorf("refused for another reason: %s", a.body)
	}
}

// inParts tells that an operation answers each part of a request by itself: a
// refusal is in the answer.
func (s Scenario) inParts() bool { return s.Operation == "check-many" }

// strangersCannotTell tests that what a stranger is told of an organisation does
// not depend on whether it exists.
func (s *suite) strangersCannotTell(t *testing.T) {
	w := s.world(t)
	before := w.store.Dump()
	for _, row := range Scenarios() {
		if !strings.Contains(row.Request+row.Body, "tom") {
			continue
		}
		for _, who := range []Asker{Stranger, OtherAdmin} {
			for _, body := range []string{row.Body, strings.ReplaceAll(row.Body, member, string(who.User()))} {
				existing := w.ask(who.User(), row.Request, body)
				unknown := w.ask(who.User(), strings.ReplaceAll(row.Request, "tom", "xyz"), strings.ReplaceAll(body, "tom", "xyz"))
				want := strings.ReplaceAll(existing.withoutID(), `\"tom`, `\"xyz`)
				if unknown.status != existing.status || unknown.withoutID() != want {
					t.Errorf("%s as %v %s:\nexists  %d %s\nunknown %d %s", row.Request, who, body, existing.status, existing.body, unknown.status, unknown.body)
				}
				if existing.status != http.StatusForbidden && !row.inParts() && existing.body != `{"items":[]}`+"\n" {
					t.Errorf("%s as %v %s: %d %s", row.Request, who, body, existing.status, existing.body)
				}
			}
		}
	}
	if w.store.Dump() != before {
		t.Error("something changed")
	}
}
