package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
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
	for _, part := range []string{`"status":409`, "reply_not_kept", "/v1/orgs/tom/keys/7", `"43"`} {
		if !strings.Contains(kept, part) {
			t.Errorf("lacks %s: %s", part, kept)
		}
	}
}
