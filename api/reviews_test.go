package api_test

import (
	"net/url"
	"strings"
	"testing"
)

const reviewsOfTom = "/v1/orgs/tom/reviews"

// TestReviewsAreDecided goes from one decision to the next.
func TestReviewsAreDecided(t *testing.T) {
	w := newWorld(t)
	const waits, one = `{"role":"bookkeeper","permission":"jobs:read","access":["any","own","set"]`, reviewsOfTom + "/bookkeeper/jobs:read"
	ask := func(request, body string, status int) answer {
		t.Helper()
		a := w.ask(admin, request, body)
		if a.status != status {
			t.Fatalf("%s: %d %s", request, a.status, a.body)
		}
		return a
	}
	has(t, ask("GET "+reviewsOfTom, "", 200).body, waits)
	ask("PUT "+one, `{"decision":"perhaps"}`, 422)
	ask("PUT "+one, `{"access":"own"}`, 422)
	has(t, ask("PUT "+one+"?dry_run=true", `{"decision":"grant","access":"own"}`, 200).body, `"permission":"jobs:read","access":"own","change":"gained"`)
	has(t, ask("PUT "+one+"?dry_run=true", `{"decision":"decline"}`, 200).body, `{"dry_run":true,"effects":[]`)
	has(t, ask("GET "+reviewsOfTom, "", 200).body, waits)

	declined := ask("PUT "+one, `{"decision":"decline"}`, 200)
	lacks(t, ask("GET "+reviewsOfTom, "", 200).body, waits)
	again := ask("PUT "+one, `{"decision":"decline"}`, 200)
	if again.body != declined.body || again.header.Get("ETag") != declined.header.Get("ETag") || again.header.Get("Revision") != declined.header.Get("Revision") {
		t.Errorf("declined twice: %v %s\nand once: %v %s", again.header, again.body, declined.header, declined.body)
	}
	granted := ask("PUT "+one, `{"decision":"grant","access":"own"}`, 200)
	has(t, granted.body, `{"permission":"jobs:read","access":"own"}`)
	if granted.header.Get("ETag") == declined.header.Get("ETag") || granted.header.Get("Revision") == declined.header.Get("Revision") {
		t.Errorf("it was granted, and is what it was: %v", granted.header)
	}
	if again := ask("PUT "+one, `{"decision":"grant","access":"own"}`, 200); again.body != granted.body || again.header.Get("ETag") != granted.header.Get("ETag") {
		t.Errorf("granted twice: %s\nand once: %s", again.body, granted.body)
	}
	has(t, ask("PUT "+one, `{"decision":"decline"}`, 422).body, "so that it cannot be declined")
	has(t, ask("GET /v1/orgs/tom/roles/bookkeeper If-Match: "+granted.header.Get("ETag"), "", 200).body, `"jobs:read"`)
	if a := w.ask(admin, "PUT /v1/orgs/tom/roles/bookkeeper/permissions If-Match: "+declined.header.Get("ETag"), `{"grants":[]}`); a.status != 412 {
		t.Errorf("an edit of the role as it was before the decision: %d %s", a.status, a.body)
	}
}

// reviews asks for a list, page by page where limit is not empty.
func (w *world) reviews(query, limit string) string {
	w.t.Helper()
	var all []string
	for after := ""; len(all) < 100; {
		var l struct {
			Items []struct{ Role, Permission string }
			Next  string
		}
		page := url.Values{}
		for name, value := range map[string]string{"limit": limit, "after": after} {
			if value != "" {
				page.Set(name, value)
			}
		}
		w.read(w.ask(admin, "GET "+reviewsOfTom+"?"+query+"&"+page.Encode(), ""), &l)
		for _, item := range l.Items {
			all = append(all, item.Role+" "+item.Permission)
		}
		if after = l.Next; after == "" {
			return strings.Join(all, ", ")
		}
	}
	w.t.Fatalf("the reviews %s have no end", query)
	return ""
}

func TestPagesOfReviews(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"late","profile":"worker"}`) // in which nothing waits
	for query, want := range map[string]string{
		"":                                       "bookkeeper jobs:read, bookkeeper jobs:write",
		"role=bookkeeper":                        "bookkeeper jobs:read, bookkeeper jobs:write",
		"permission=jobs:write":                  "bookkeeper jobs:write",
		"permission=jobs:read&role=bookkeeper":   "bookkeeper jobs:read",
		"permission=invoices:read":               "",
		"permission=nothing":                     "",
		"role=late":                              "",
		"role=nobody":                            "",
		"role=book":                              "",
		"role=bookkeeper&permission=invoices:wr": "",
	} {
		for _, limit := range []string{"", "1", "2"} {
			if got := w.reviews(query, limit); got != want {
				t.Errorf("%s by %q: %q, want %q", query, limit, got, want)
			}
		}
	}
	var first struct{ Next string }
	w.read(w.ask(admin, "GET "+reviewsOfTom+"?limit=1", ""), &first)
	// What was decided meanwhile moves nothing else.
	w.done(admin, "PUT "+reviewsOfTom+"/bookkeeper/jobs:read", `{"decision":"decline"}`)
	if got := w.reviews("after="+url.QueryEscape(first.Next), ""); got != "bookkeeper jobs:write" {
		t.Errorf("the second page, when what was on the first is decided: %q", got)
	}
}

func TestCursorsOfReviewsAreOfOneList(t *testing.T) {
	w := newWorld(t)
	next := func(path string) string {
		t.Helper()
		var first struct{ Next string }
		w.read(w.ask(admin, "GET "+path, ""), &first)
		if first.Next == "" {
			t.Fatalf("%s has one page", path)
		}
		return url.QueryEscape(first.Next)
	}
	own := next(reviewsOfTom + "?limit=1")
	if a := w.ask(admin, "GET "+reviewsOfTom+"?after="+own, ""); a.status != 200 {
		t.Errorf("its own: %d %s", a.status, a.body)
	}
	list, _, _ := strings.Cut(own, "~")
	for name, query := range map[string]string{
		"of one with a role":         "role=bookkeeper&after=" + own,
		"of one with a permission":   "permission=jobs:read&after=" + own,
		"of one without a role":      "after=" + next(reviewsOfTom+"?limit=1&role=bookkeeper"),
		"of one with them swapped":   "permission=bookkeeper&after=" + next(reviewsOfTom+"?limit=1&role=bookkeeper"),
		"of roles":                   "after=" + next("/v1/orgs/tom/roles?limit=1"),
		"of roles, sorted by label":  "after=" + next("/v1/orgs/tom/roles?limit=1&sort=label"),
		"of members":                 "after=" + next("/v1/orgs/tom/members?limit=1"),
		"that is none":               "after=bookkeeper",
		"that says of which list":    "after=" + list,
		"that says but half":         "after=" + list + "~bookkeeper",
		"that says more":             "after=" + own + "~more",
		"of the same, for another's": "after=AAAAAAAA~bookkeeper~jobs:read",
	} {
		if a := w.ask(admin, "GET "+reviewsOfTom+"?"+query, ""); a.status != 422 || !strings.Contains(a.body, "is not a cursor of a list") {
			t.Errorf("a cursor %s: %d %s", name, a.status, a.body)
		}
	}
}
