package main_test

import (
	"strings"
	"syscall"
	"testing"
)

// TestAServerOfOwnAccesses decides for nobody what only the application can tell, and
// says so.
func TestAServerOfOwnAccesses(t *testing.T) {
	p := newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops")
	p.write("catalog.yaml", "access: {shared: {}}\nobjects: {reports: {actions: [read]}}\npermissions:\n  reports:read: {access: [any, shared]}\n"+
		"roles:\n  owner: {grants: [\"*:*\"]}\n  reader: {grants: [{permission: reports:read, access: shared}]}\ncreator: owner\n")
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s, sue := p.serve(), p.token("--user", "sue")
	s.want(204, "", "PUT", "/v1/orgs/ops/members/ada/roles/reader", sue, "")
	s.want(200, `"allowed":true`, "POST", "/v1/orgs/ops/check", sue, `{"user":"ada","permission":"reports:read"}`)
	s.want(200, `"allowed":false`, "POST", "/v1/orgs/ops/check", sue, `{"user":"ada","permission":"reports:read","resource":{"id":"7"}}`)
	p.write("token", sue) // whose answer is the application's, where it is one that embeds the kit
	if got := p.run("can", "ada", "reports:read", "--org", "ops", "--resource", "7", "--server", s.url, "--token-file", "token"); got.code != 1 || got.stderr != "" {
		t.Errorf("asked of the server: %+v", got)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 || !strings.Contains(s.logged(), `"access":["shared"]`) {
		t.Errorf("%d, and logged %s", code, s.logged())
	}
}
