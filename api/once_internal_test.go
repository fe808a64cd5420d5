package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// What shows a secret is not written down; that it was done, and where, is.
func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	rec := &recorded{request: &request{}, status: http.StatusCreated, header: http.Header{
		"Content-Type": {"application/json"}, "Location": {"/v1/orgs/tom/keys/7"}, "Revision": {"43"}, "Set-Cookie": {"hunter2"},
	}}
	rec.body.WriteString(`{"id":"7","secret":"hunter2"}`)
	open := huma.Operation{OperationID: "create-key", Metadata: map[string]any{metaRepeatable: true}}
	secret := showingSecret(open)
	if !isRepeatable(&secret) || open.Metadata[metaSecret] != nil {
		t.Error("the metadata are mixed up")
	}
	plain, err := rec.reply(&open)
	if err != nil || !strings.Contains(plain, "hunter2") {
		t.Errorf("%s, %v", plain, err)
	}
	kept, err := rec.reply(&secret)
	if err != nil || strings.Contains(kept, "hunter2") {
		t.Errorf("%s, %v", kept, err)
	}
	for _, part := range []string{`"status":409`, "/v1/orgs/tom/keys/7", `"43"`} {
		if !strings.Contains(kept, part) {
			t.Errorf("lacks %s: %s", part, kept)
		}
	}
}

// Whatever a request asks for tells it from another, and nothing else does.
func TestWhatTellsRequestsApart(t *testing.T) {
	t.Parallel()
	type sent struct {
		method, target, body, profile string
		header                        http.Header
	}
	same := sent{"POST", "/v1/orgs/tom/roles", `{"id":"clerk"}`, "owner", http.Header{"If-Match": {`"1"`}, "X-Request-ID": {"a"}}}
	hash := func(of sent) string {
		r := &request{body: []byte(of.body)}
		c := &gin.Context{Request: httptest.NewRequestWithContext(t.Context(), of.method, of.target, nil)}
		c.Request.Header = of.header
		return r.hash(c, rolekit.Identity{User: "ada", Profile: rolekit.ProfileID(of.profile)})
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*sent){
		"as it was":             func(*sent) {},
		"method":                func(s *sent) { s.method = "PUT" },
		"path":                  func(s *sent) { s.target = "/v1/orgs/jack/roles" },
		"path, as it is spelt":  func(s *sent) { s.target = "/v1/orgs/%74om/roles" },
		"query":                 func(s *sent) { s.target += "?dry_run=false" },
		"body":                  func(s *sent) { s.body += " " },
		"profile":               func(s *sent) { s.profile = "worker" },
		"If-Match":              func(s *sent) { s.header = http.Header{"If-Match": {`"2"`}} },
		"If-None-Match":         func(s *sent) { s.header = http.Header{"If-Match": {`"1"`}, "If-None-Match": {"*"}} },
		"the other condition":   func(s *sent) { s.header = http.Header{"If-None-Match": {`"1"`}} },
		"a part that runs over": func(s *sent) { s.body, s.header = `"1"`+s.body, http.Header{} },
	} {
		s := same
		change(&s)
		if other, ok := seen[hash(s)]; ok {
			t.Errorf("%q is taken for %q", name, other)
		}
		seen[hash(s)] = name
	}
	again := same
	again.header = http.Header{"If-Match": {`"1"`}, "X-Request-ID": {"b"}, "Authorization": {"Bearer other"}}
	if seen[hash(again)] != "as it was" {
		t.Error("a request that is sent again is taken for another")
	}
}
