package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// The tag of what a user is told of themselves changes when that does, and else not.
func TestTheTagOfMe(t *testing.T) {
	w := newWorld(t)
	system, ctx := w.kit.Manager().As(rolekit.System("test")), t.Context()
	const request = "GET /v1/me?org=tom.north"
	w.done(admin, "PUT /v1/orgs/tom.north/members/auth0%7Cada/roles/hand", `{"from":"2020-01-01T00:00:00Z"}`)
	first := w.ask(member, request, "")
	if first.status != 200 || first.header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(first.header.Get("Vary"), "Authorization") {
		t.Fatalf("%d %s %v", first.status, first.body, first.header)
	}
	seen := map[string]string{}
	tag := first.header.Get("ETag")
	seen[tag] = first.body
	period := func(from, until time.Duration) string {
		at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
		return `{"from":"` + at(from) + `","until":"` + at(until) + `"}`
	}
	for _, step := range []struct {
		what    string
		changes bool
		do      func()
	}{
		{"nothing", false, func() {}},
		{"another member", false, func() { w.done(admin, "PUT /v1/orgs/tom/members/bob/roles/hand", "") }},
		{"another organisation", false, func() { w.done(other, "PUT /v1/orgs/jack/members/bob/roles/hand", "") }},
		{"a role to come", false, func() {
			w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker","grants":[{"permission":"invoices:write"}]}`)
			w.done(admin, "PUT /v1/orgs/tom.north/members/auth0%7Cada/roles/clerk", period(time.Hour, 2*time.Hour))
		}},
		{"the role begins", true, func() { w.store.ahead.Store(int64(90 * time.Minute)) }},
		{"time passes", false, func() { w.store.ahead.Store(int64(100 * time.Minute)) }},
		{"the role ends", true, func() { w.store.ahead.Store(int64(150 * time.Minute)) }},
		{"a default role", true, func() {
			defaults := w.kit.Catalog().Defaults()
			for i, r := range defaults.Roles {
				if r.ID == "hand" {
					defaults.Roles[i].Grants = []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.AccessAny}}
				}
			}
			if _, err := system.ApplyDefaults(ctx, defaults); err != nil {
				t.Fatal(err)
			}
		}},
		{"a role of an ancestor", true, func() {
			w.done(admin, "PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[{"permission":"jobs:write","access":"any"}]}`)
		}},
		{"the organisation's name", true, func() { w.done(admin, "PATCH /v1/orgs/tom", `{"label":"Tom & Sons"}`) }},
	} {
		step.do()
		a := w.ask(member, request, "", "If-None-Match", `"x", W/`+tag)
		switch {
		case !step.changes && (a.status != http.StatusNotModified || a.body != "" || a.header.Get("ETag") != tag):
			t.Errorf("%s: %d %s %v", step.what, a.status, a.body, a.header)
		case step.changes && a.status != 200:
			t.Errorf("%s: %d %s", step.what, a.status, a.body)
		case step.changes:
			tag = a.header.Get("ETag")
			if body, before := seen[tag]; before && body != a.body {
				t.Errorf("%s: one tag of two answers:\n%s\n%s", step.what, body, a.body)
			}
			seen[tag] = a.body
		}
	}
	for _, who := range []string{admin, operator} {
		if a := w.ask(who, request, "", "If-None-Match", tag); a.status != 200 || a.header.Get("ETag") == tag {
			t.Errorf("%s has ada's tag: %d", who, a.status)
		}
	}
	if a := w.ask(member, request, "", "If-None-Match", "*"); a.status != http.StatusNotModified {
		t.Errorf("*: %d", a.status)
	}
	if a := w.ask(stranger, request, "", "If-None-Match", tag); a.status != 403 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a stranger: %d %v", a.status, a.header)
	}
}
