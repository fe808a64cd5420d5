package api_test

import (
	"net/http"
	"testing"
)

// A role that is held is told in numbers, and its successor takes its place.
func TestDeleteRoleCountsHolders(t *testing.T) {
	const role = "/v1/orgs/tom/roles/bookkeeper"
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"accountant","profile":"worker","grants":[{"permission":"invoices:write"}]}`)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"chief","profile":"worker","includes":["bookkeeper"]}`)
	w.done(admin, "POST /v1/orgs/tom.north/roles", `{"id":"secret-chief","profile":"worker","includes":["bookkeeper"]}`)
	w.done(admin, "PUT /v1/orgs/tom/groups/crew/roles/bookkeeper", "")
	w.done(admin, "PUT /v1/orgs/tom.north/members/secret-bob/roles/bookkeeper", `{"from":"2096-01-01T00:00:00Z"}`)
	before := w.dump()
	a := w.ask(admin, "DELETE "+role, "")
	p := isProblem(t, a)
	if a.status != http.StatusConflict || p["code"] != "role_in_use" || show(t, p["holders"]) != `{"below":2,"groups":1,"roles":2,"users":2}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	if want := `role "bookkeeper" is held by 2 users and 1 group, and included by 2 roles, 2 of these in organisations below`; p["detail"] != want {
		t.Errorf("it says %q, want %q", p["detail"], want)
	}
	lacks(t, a.body, "secret", "tom.north", "crew", member)
	unchanged(t, w, before)

	for query, want := range map[string]string{
		"successor=bookkeeper": "invalid", "successor=owner": "invalid", "successor=chief": "cycle", "successor=nothing": "role_not_found",
		"successor=secret-chief": "role_not_found", "successor=jacks-own": "role_not_found", "successor=NO": "invalid", "heir=accountant": "invalid",
	} {
		if a := w.ask(admin, "DELETE "+role+"?"+query, ""); isProblem(t, a)["code"] != want {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	unchanged(t, w, before)

	seen := w.ask(admin, "GET "+role, "").header.Get("ETag")
	if a := w.ask(admin, "DELETE "+role+"?successor=accountant", "", "If-Match", "-"); a.status != http.StatusPreconditionRequired {
		t.Errorf("without If-Match: %d %s", a.status, a.body)
	}
	if a := w.ask(admin, "DELETE "+role+"?successor=accountant", "", "If-Match", seen); a.status != http.StatusNoContent || a.header.Get("Revision") == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.ask(admin, "GET "+role, ""); a.status != http.StatusNotFound {
		t.Errorf("it is there still: %d", a.status)
	}
	for request, want := range map[string]string{
		"GET /v1/orgs/tom/members?prefix=auth0":     `{"items":[{"user":"auth0|ada","roles":[{"role":"accountant"}],"groups":[]}]}`,
		"GET /v1/orgs/tom.north/members?prefix=sec": `{"items":[{"user":"secret-bob","roles":[{"role":"accountant","from":"2096-01-01T00:00:00Z"}],"groups":[]}]}`,
		"GET /v1/orgs/tom/roles?prefix=chief":       `"includes":["accountant"]`,
		"GET /v1/orgs/tom.north/roles?prefix=secre": `"includes":["accountant"]`,
		"GET /v1/orgs/tom/groups/crew":              `"roles":[{"role":"accountant"},{"role":"hand"}]`,
	} {
		has(t, w.ask(admin, request, "").body, want)
	}
}
