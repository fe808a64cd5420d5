package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// What would be more than an organisation may hold is refused with a code of its own.
func TestTooMuchIsAProblem(t *testing.T) {
	w := newWorld(t)
	roles := make([]string, 0, 201)
	for i := range 201 {
		id := "r" + show(t, i)
		w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"`+id+`","profile":"worker"}`)
		roles = append(roles, id)
	}
	for _, id := range roles[:200] {
		w.done(admin, "PUT /v1/orgs/tom/members/bob/roles/"+id, "")
	}
	before := w.dump()
	a := w.ask(admin, "PUT /v1/orgs/tom/members/bob/roles/"+roles[200], "")
	if p := isProblem(t, a); a.status != http.StatusConflict || p["code"] != "too_many_assignments" || !strings.Contains(a.body, "at most 200") {
		t.Errorf("%d %s", a.status, a.body)
	}
	unchanged(t, w, before)
}
