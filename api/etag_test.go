package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestNoUpdateIsLost(t *testing.T) {
	w := newWorld(t)
	const role = "/v1/orgs/tom/roles/bookkeeper"
	read := w.ask(admin, "GET "+role, "")
	seen := read.header.Get("ETag")
	if seen == "" || !strings.Contains(read.body, `"revision":`+strings.Trim(seen, `"`)+"}") {
		t.Fatalf("ETag %q of %s", seen, read.body)
	}
	first := w.ask(admin, "PATCH "+role, `{"label":"First"}`, "If-Match", seen)
	now := first.header.Get("ETag")
	if first.status != 200 || now == "" || now == seen {
		t.Fatalf("the first change: %d, ETag %q after %q", first.status, now, seen)
	}
	before := w.dump()
	for request, body := range map[string]string{
		"PATCH " + role:                `{"label":"Second"}`,
		"PUT " + role + "/permissions": `{"grants":[]}`,
		"DELETE " + role:               "",
	} {
		a := w.ask(admin, request, body, "If-Match", seen)
		if p := isProblem(t, a); a.status != http.StatusPreconditionFailed || p["code"] != "conflict" || a.header.Get("ETag") != now {
			t.Errorf("%s: %d, ETag %q, %s", request, a.status, a.header.Get("ETag"), a.body)
		}
		unchanged(t, w, before)
	}
	put := w.ask(admin, "PUT "+role+"/permissions", `{"grants":[]}`, "If-Match", now)
	if put.status != 200 || put.header.Get("ETag") == now {
		t.Errorf("with the current tag: %d %s", put.status, put.body)
	}
	if a := w.ask(admin, "PATCH "+role, `{"label":"Any"}`, "If-Match", "*"); a.status != 200 {
		t.Errorf("with *: %d %s", a.status, a.body)
	}
	if a := w.ask(admin, "PATCH "+role, `{"description":"More"}`); a.status != 200 || !strings.Contains(a.body, `"label":"Any","description":"More"`) {
		t.Errorf("without: %d %s", a.status, a.body)
	}
}

// A tag that is none of ours is refused, rather than taken for any state.
func TestMalformedTags(t *testing.T) {
	w := newWorld(t)
	const role = "/v1/orgs/tom/roles/bookkeeper"
	now := w.ask(admin, "GET "+role, "").header.Get("ETag")
	before := w.dump()
	for _, tag := range []string{strings.Trim(now, `"`), `W/` + now, now + ", " + now, `"0"`, `"-1"`, `"x"`, `""`, `"99999999999999999999"`} {
		for request, body := range map[string]string{"PATCH " + role: `{"label":"X"}`, "PUT " + role + "/permissions": `{"grants":[]}`, "DELETE " + role: ""} {
			if a := w.ask(admin, request, body, "If-Match", tag); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %s: %d %s", request, tag, a.status, a.body)
			}
		}
	}
	unchanged(t, w, before)
}

// Of many who change what they have all seen, one succeeds.
func TestOneOfManyEditorsWins(t *testing.T) {
	w := newWorld(t)
	const role = "/v1/orgs/tom/roles/bookkeeper"
	seen := w.ask(admin, "GET "+role, "").header.Get("ETag")
	statuses := make([]int, 8)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = w.ask(admin, "PATCH "+role, fmt.Sprintf(`{"label":"Editor %d"}`, i), "If-Match", seen).status
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	if count[200] != 1 || count[412] != len(statuses)-1 {
		t.Errorf("%v", count)
	}
}

// Roles, created and read, carry the tag that a change takes; a deletion with
// the right one goes through.
func TestCreatedRolesCarryTheirTag(t *testing.T) {
	w := newWorld(t)
	created := w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`)
	at := created.header.Get("Location")
	if created.status != 201 || at != "/v1/orgs/tom/roles/clerk" {
		t.Fatalf("%d, Location %q", created.status, at)
	}
	if tag := w.ask(admin, "GET "+at, "").header.Get("ETag"); tag == "" || tag != created.header.Get("ETag") {
		t.Errorf("read with %q, created with %q", tag, created.header.Get("ETag"))
	}
	if a := w.ask(admin, "DELETE "+at, "", "If-Match", created.header.Get("ETag")); a.status != 204 || a.body != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.ask(admin, "GET "+at, ""); a.status != 404 {
		t.Errorf("after its deletion: %d", a.status)
	}
}

// Groups and resource sets are held to what was seen of them, as roles are; and
// one that is gone is not brought back.
func TestNoUpdateOfGroupsAndSetsIsLost(t *testing.T) {
	w := newWorld(t)
	for at, changes := range map[string]map[string]string{
		"/v1/orgs/tom/groups/crew": {"PUT ": `{"label":"Second"}`, "DELETE ": ""},
		"/v1/orgs/tom/sets/lawns":  {"PUT ": `{"label":"Second"}`, "DELETE ": "", "PUT /resources": `{"resources":["mine"]}`},
	} {
		seen := w.ask(admin, "GET "+at, "").header.Get("ETag")
		first := w.ask(admin, "PUT "+at, `{"label":"First"}`, "If-Match", seen)
		now := first.header.Get("ETag")
		if first.status != 200 || seen == "" || now == seen || !strings.Contains(first.body, `"revision":`+strings.Trim(now, `"`)+"}") {
			t.Fatalf("%s: %d, ETag %q after %q: %s", at, first.status, now, seen, first.body)
		}
		before := w.dump()
		for change, body := range changes {
			method, below, _ := strings.Cut(change, " ")
			for _, tag := range []string{seen, "W/" + now, `"0"`} {
				want := map[bool]int{true: http.StatusPreconditionFailed, false: http.StatusUnprocessableEntity}[tag == seen]
				a := w.ask(admin, method+" "+at+below, body, "If-Match", tag)
				if isProblem(t, a); a.status != want || (tag == seen) != (a.header.Get("ETag") == now) {
					t.Errorf("%s%s with %s: %d, ETag %q, %s", change, at, tag, a.status, a.header.Get("ETag"), a.body)
				}
			}
		}
		unchanged(t, w, before)
		if a := w.ask(admin, "DELETE "+at, "", "If-Match", now); a.status != 204 {
			t.Errorf("deleting what was seen: %d %s", a.status, a.body)
		}
		before = w.dump()
		a := w.ask(admin, "PUT "+at, `{"label":"Third"}`, "If-Match", now)
		if p := isProblem(t, a); a.status != http.StatusPreconditionFailed || p["code"] != "conflict" || a.header.Get("ETag") != "" {
			t.Errorf("changing what is gone: %d, ETag %q, %s", a.status, a.header.Get("ETag"), a.body)
		}
		unchanged(t, w, before)
	}
}

// The tag of the first page of what is in a set is the one that replaces it.
func TestResourcesAreReplacedAsSeen(t *testing.T) {
	w := newWorld(t)
	const at = "/v1/orgs/tom/sets/lawns/resources"
	seen := w.ask(admin, "GET "+at+"?limit=1", "").header.Get("ETag")
	if a := w.ask(admin, "PUT "+at+"/lawn-2", ""); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	lost := w.ask(admin, "PUT "+at, `{"resources":["lawn-1","lawn-9"]}`, "If-Match", seen)
	now := w.ask(admin, "GET "+at, "")
	if lost.status != http.StatusPreconditionFailed || now.body != `{"items":["lawn-1","lawn-2"]}`+"\n" {
		t.Errorf("%d; then %s", lost.status, now.body)
	}
	if a := w.ask(admin, "PUT "+at, `{"resources":["lawn-9","lawn-1"]}`, "If-Match", now.header.Get("ETag")); a.status != 204 || a.body != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := w.ask(admin, "GET "+at, ""); got.body != `{"items":["lawn-1","lawn-9"]}`+"\n" {
		t.Error(got.body)
	}
}
