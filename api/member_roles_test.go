package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// Who replaces all roles of a member says which they have seen.
func TestReplaceRolesOfAMember(t *testing.T) {
	const at = "/v1/orgs/tom/members/bob/roles"
	w := newWorld(t)
	nothing := w.ask(admin, "GET "+at, "")
	if tag := nothing.header.Get("ETag"); nothing.status != 200 || len(tag) != 24 || nothing.body != `{"user":"bob","roles":[]}`+"\n" {
		t.Fatalf("%d %s %s", nothing.status, tag, nothing.body)
	}
	const hand = `{"roles":[{"role":"hand","from":"2026-01-01T00:00:00Z"}]}`
	before := w.dump()
	for tag, want := range map[string]int{
		"-": http.StatusPreconditionRequired, `"AAAAAAAAAAAAAAAAAAAAAA"`: http.StatusPreconditionFailed,
		"W/" + nothing.header.Get("ETag"): 422, `"42"`: 412, "bob": 422, `"*"`: 422,
	} {
		a := w.ask(admin, "PUT "+at, hand, "If-Match", tag)
		p := isProblem(t, a)
		if a.status != want {
			t.Errorf("If-Match: %s: %d %s", tag, a.status, a.body)
		}
		if want != 422 && (a.header.Get("ETag") != nothing.header.Get("ETag") || show(t, p["current"]) != `{"roles":[],"user":"bob"}`) {
			t.Errorf("If-Match: %s: without what is there: %v %s", tag, a.header, a.body)
		}
	}
	unchanged(t, w, before)
	a := w.ask(admin, "PUT "+at+"?dry_run=true", hand, "If-Match", nothing.header.Get("ETag"))
	if a.status != 200 || !strings.Contains(a.body, `"permission":"jobs:read","access":"own","change":"gained"`) {
		t.Errorf("a dry run: %d %s", a.status, a.body)
	}
	if a := w.ask(admin, "PUT "+at+"?dry_run=true", hand, "If-Match", "-"); a.status != http.StatusPreconditionRequired {
		t.Errorf("a dry run that says nothing: %d %s", a.status, a.body)
	}
	unchanged(t, w, before)
	a = w.ask(admin, "PUT "+at, hand, "If-Match", nothing.header.Get("ETag"))
	got := w.ask(admin, "GET "+at, "")
	if a.status != 200 || a.header.Get("ETag") != got.header.Get("ETag") || a.body != got.body || a.header.Get("Revision") == "" ||
		a.body != `{"user":"bob","roles":[{"role":"hand","from":"2026-01-01T00:00:00Z"}]}`+"\n" {
		t.Errorf("%d %v %s, and then %v %s", a.status, a.header, a.body, got.header, got.body)
	}
	w.done(admin, "DELETE /v1/orgs/tom/members/bob", "")
	if a := w.ask(admin, "PUT "+at, hand, "If-Match", got.header.Get("ETag")); a.status != http.StatusPreconditionFailed {
		t.Errorf("of somebody who is gone: %d %s", a.status, a.body)
	}
	if a := w.ask(admin, "PUT "+at, `{"roles":[]}`, "If-Match", "*"); a.status != 200 {
		t.Errorf("however they are: %d %s", a.status, a.body)
	}
}

// What is wrong with a line of many is told with the line.
func TestWrongLinesAreNamed(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for _, c := range []struct{ request, body, line, says string }{
		{"POST /v1/orgs/tom/assignments", `{"give":[{"user":"bob","role":"hand"},{"user":"carl","role":"hand","until":"0001-01-01T00:00:00Z"}]}`, "give[1]", "year 1"},
		{"POST /v1/orgs/tom/assignments", `{"give":[{"user":"bob","role":"hand","from":"0001-01-01T00:00:00Z"}]}`, "give[0]", "year 1"},
		{"PUT /v1/orgs/tom/members/bob/roles", `{"roles":[{"role":"hand"},{"role":"bookkeeper","from":"0001-01-01T00:00:00Z"}]}`, "roles[1]", "year 1"},
		{"PUT /v1/orgs/tom/members/bob/roles", `{"roles":[{"role":"hand"},{"role":"jacks-own"}]}`, "roles[1]", "jacks-own"},
		{"PUT /v1/orgs/tom/members/bob/roles", `{"roles":[{"role":"hand"},{"role":"hand"}]}`, "roles[1]", "twice"},
	} {
		a := w.ask(admin, c.request, c.body, "If-Match", "*")
		p := isProblem(t, a)
		if a.status < 400 || !strings.Contains(show(t, p["errors"]), `"location":"body.`+c.line+`"`) || !strings.Contains(show(t, p["errors"]), c.says) {
			t.Errorf("%s %s: %d %s", c.request, c.body, a.status, a.body)
		}
	}
	unchanged(t, w, before)
}
