package api_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/internal/attacks"
)

// replay is an attempt with the key of a request that was done: to have the answer
// to it taken for that to another, or to find in it, or in the database, what was
// told once.
type replay struct {
	name    string
	first   string // the admin's request
	body    string
	who     string // who tries; the admin themselves where something stands between them and the API
	second  string
	with    string
	headers []string
	status  int
	code    string
}

// TestAttackReplays are attempts of those who found a key, or changed a request on
// its way.
func TestAttackReplays(t *testing.T) {
	file := settled(t)
	const roles, clerk, move = "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`, "POST /v1/orgs/tom.north/move If-Match: *"
	reused := func(name, second, with string, headers ...string) replay {
		return replay{name, roles, clerk, admin, second, with, headers, 422, "key_reused"}
	}
	attacks.Each(t, []attacks.Attempts[replay]{
		{Guard: "replay-actor", All: []replay{
			{"another's answer, by a stranger", roles, clerk, stranger, roles, clerk, nil, 403, "permission_denied"},
			{"another's answer, by a member", roles, clerk, member, roles, clerk, nil, 403, "permission_denied"},
			{"another's answer, by another organisation's admin", roles, clerk, other, roles, clerk, nil, 403, "permission_denied"},
			{"another's answer, by an operator", roles, clerk, operator, roles, clerk, nil, 403, "permission_denied"},
		}},
		{Guard: "replay-body", All: []replay{reused("another role", roles, `{"id":"bursar","profile":"worker"}`)}},
		{Guard: "replay-path", All: []replay{
			reused("in another organisation", "POST /v1/orgs/tom.south/roles", clerk),
			reused("by another operation", "POST /v1/orgs/tom/roles/bookkeeper/copy", clerk),
		}},
		{Guard: "replay-profile", All: []replay{reused("as another profile", roles, clerk, "Test-Profile", "owner")}},
		{Guard: "replay-state", All: []replay{
			{"of another state", move, `{"parent":"tom.south"}`, admin, `POST /v1/orgs/tom.north/move If-Match: "7"`, `{"parent":"tom.south"}`, nil, 422, "key_reused"},
		}},
		{Guard: "replay-secret", All: []replay{
			{"a service key's secret, again", "POST /v1/orgs/tom/keys", `{"label":"CI"}`, admin, "POST /v1/orgs/tom/keys", `{"label":"CI"}`, nil, 409, "reply_not_kept"},
		}},
	}, func(r replay) string { return r.name }, func(t *testing.T, r replay) {
		t.Helper()
		r.try(t, copied(t, file))
	})
}

func (r replay) try(t *testing.T, file string) {
	t.Helper()
	w := serve(t, file, api.Config{}, func(*gin.Engine) {})
	first := w.ask(admin, r.first, r.body, key, "k")
	w.did(first)
	before := w.dump()
	a := w.ask(r.who, r.second, r.with, append([]string{key, "k"}, r.headers...)...)
	secret := "nothing"
	if _, after, ok := strings.Cut(first.body, `"secret":"`); ok {
		secret, _, _ = strings.Cut(after, `"`)
	}
	if a.status < 400 || strings.Contains(a.body+w.dump(), secret) {
		attacks.Fail(t, a.body, nil)
		return
	}
	if a.status != r.status || !strings.Contains(a.body, `"code":"`+r.code+`"`) {
		t.Errorf("it was answered with %d %s, and should have been with %d %s", a.status, a.body, r.status, r.code)
	}
	unchanged(t, w, before)
}
