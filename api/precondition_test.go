package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// overwriting are changes of a thing, each with where the thing is read.
func overwriting() map[string]struct{ request, body, at string } {
	const org, role, group, set = "/v1/orgs/tom.north", "/v1/orgs/tom/roles/spare", "/v1/orgs/tom/groups/crew", "/v1/orgs/tom/sets/lawns"
	const roles = "/v1/orgs/tom/members/auth0%7Cada/roles"
	return map[string]struct{ request, body, at string }{
		"update-org":            {"PATCH " + org, `{"label":"North"}`, org},
		"move-org":              {"POST " + org + "/move", `{"parent":"tom.south"}`, org},
		"delete-org":            {"DELETE " + org, "", org},
		"update-role":           {"PATCH " + role, `{"label":"Spare"}`, role},
		"set-role-permissions":  {"PUT " + role + "/permissions", `{"grants":[{"permission":"jobs:read"}]}`, role},
		"delete-role":           {"DELETE " + role, "", role},
		"put-group":             {"PUT " + group, `{"label":"Crew"}`, group},
		"replace-group-members": {"PUT " + group + "/members", `{"users":["bob"],"groups":[]}`, group},
		"replace-member-roles":  {"PUT " + roles, `{"roles":[{"role":"hand"}]}`, roles},
		"delete-group":          {"DELETE " + group, "", group},
		"put-set":               {"PUT " + set, `{"label":"Lawns"}`, set},
		"replace-set-resources": {"PUT " + set + "/resources", `{"resources":["lawn-7"]}`, set},
		"delete-set":            {"DELETE " + set, "", set},
	}
}

// Every operation that takes If-Match is one that has to have it, and nothing else.
func TestWhatTakesIfMatch(t *testing.T) {
	d, _ := readDocument(t)
	for _, methods := range d.Paths {
		for method, o := range methods {
			takes := slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "If-Match" })
			if _, tested := overwriting()[o.OperationID]; takes != tested {
				t.Errorf("%s takes If-Match: %v", o.OperationID, takes)
			}
			for _, status := range []string{"412", "428"} {
				if has := o.Responses[status].Ref != ""; has != takes {
					t.Errorf("%s %s documents %s: %v", method, o.OperationID, status, has)
				}
			}
		}
	}
}

func TestChangesSayWhatTheyHaveSeen(t *testing.T) {
	for operation, c := range overwriting() {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"spare","profile":"worker"}`)
			read := w.ask(admin, "GET "+c.at, "")
			now := read.header.Get("ETag")
			if now == "" {
				t.Fatalf("no tag: %d %s", read.status, read.body)
			}
			before := w.dump()
			for header, want := range map[string]int{"-": http.StatusPreconditionRequired, `"1000000"`: http.StatusPreconditionFailed} {
				a := w.ask(admin, c.request, c.body, "If-Match", header)
				p := isProblem(t, a)
				if a.status != want || a.header.Get("ETag") != now {
					t.Errorf("If-Match %s: %d, ETag %q, want %d and %q", header, a.status, a.header.Get("ETag"), want, now)
				}
				code := map[int]string{428: "precondition_required", 412: "conflict"}[want]
				if current, _ := p["current"].(map[string]any); p["code"] != code || !sameThing(t, current, read.body) {
					t.Errorf("If-Match %s: %s", header, a.body)
				}
			}
			unchanged(t, w, before)
			// To others it makes no difference what is said.
			for _, who := range []string{stranger, other, member} {
				if a := w.ask(who, c.request, c.body, "If-Match", "-"); a.status != http.StatusForbidden || a.header.Get("ETag") != "" || strings.Contains(a.body, "current") {
					t.Errorf("%s: %d %s", who, a.status, a.body)
				}
			}
			unchanged(t, w, before)
			a := w.ask(admin, c.request, c.body, "If-Match", now)
			if a.status >= 300 {
				t.Fatalf("what was seen: %d %s", a.status, a.body)
			}
			if after := w.ask(admin, "GET "+c.at, ""); a.header.Get("ETag") == now || a.header.Get("ETag") != after.header.Get("ETag") {
				t.Errorf("answered ETag %q after %q, and it is %q", a.header.Get("ETag"), now, after.header.Get("ETag"))
			}
			again := w.ask(admin, c.request, c.body, "If-Match", now)
			if gone := strings.HasPrefix(c.request, "DELETE"); again.status != http.StatusPreconditionFailed && !gone {
				t.Errorf("what was seen before: %d %s", again.status, again.body)
			}
		})
	}
}

// sameThing reports whether what a problem shows is what is read; a group is read
// with more.
func sameThing(t *testing.T, current map[string]any, read string) bool {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal([]byte(read), &whole); err != nil {
		t.Fatal(err)
	}
	for name, value := range current {
		if show(t, value) != show(t, whole[name]) {
			return false
		}
	}
	return len(current) >= 2
}

func TestAnyStateCanBeOverwrittenOnPurpose(t *testing.T) {
	for operation, c := range overwriting() {
		w := newWorld(t)
		w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"spare","profile":"worker"}`)
		if a := w.ask(admin, c.request, c.body, "If-Match", "*"); a.status >= 300 {
			t.Errorf("%s: %d %s", operation, a.status, a.body)
		}
	}
}

// What is not there is made by a PUT, and only then: the answer says so.
func TestPutMakesWhatIsNotThere(t *testing.T) {
	for _, at := range []string{"/v1/orgs/tom/groups/fresh", "/v1/orgs/tom/sets/fresh"} {
		w := newWorld(t)
		before := w.dump()
		for _, c := range []struct {
			match, none string
			status      int
		}{{`"7"`, "-", 412}, {"*", "-", 412}, {"-", `"7"`, 422}, {`"7"`, "*", 422}, {"*", "*", 422}, {"-", "W/*", 422}} {
			if a := w.ask(admin, "PUT "+at, `{}`, "If-Match", c.match, "If-None-Match", c.none); a.status != c.status {
				t.Errorf("%s, If-Match %s, If-None-Match %s: %d %s", at, c.match, c.none, a.status, a.body)
			}
		}
		unchanged(t, w, before)
		made := w.ask(admin, "PUT "+at, `{}`, "If-None-Match", "*")
		if made.status != 201 || made.header.Get("Location") != at || made.header.Get("ETag") == "" {
			t.Fatalf("%d, Location %q, ETag %q: %s", made.status, made.header.Get("Location"), made.header.Get("ETag"), made.body)
		}
		before = w.dump()
		for none, want := range map[string]int{"*": 412, "-": 428} {
			a := w.ask(admin, "PUT "+at, `{"label":"Mine"}`, "If-None-Match", none)
			if isProblem(t, a); a.status != want || a.header.Get("ETag") != made.header.Get("ETag") {
				t.Errorf("%s is there, If-None-Match %s: %d %s", at, none, a.status, a.body)
			}
		}
		unchanged(t, w, before)
		changed := w.ask(admin, "PUT "+at, `{"label":"Mine"}`, "If-Match", made.header.Get("ETag"))
		if changed.status != 200 || changed.header.Get("Location") != "" {
			t.Errorf("%d, Location %q: %s", changed.status, changed.header.Get("Location"), changed.body)
		}
		w.done(admin, "DELETE "+at, "")
		if a := w.ask(admin, "PUT "+at, `{}`); a.status != 201 {
			t.Errorf("without any header: %d %s", a.status, a.body)
		}
	}
}

// What is not there is not found, whatever is said of it.
func TestWhatIsNotThereIsNotFoundFirst(t *testing.T) {
	w := newWorld(t)
	for _, request := range []string{
		"PATCH /v1/orgs/tom/roles/nothing", "DELETE /v1/orgs/tom/roles/nothing", "DELETE /v1/orgs/tom/groups/nothing", "DELETE /v1/orgs/tom/sets/nothing",
	} {
		body := map[string]string{"PATCH": `{"label":"X"}`}[strings.Fields(request)[0]]
		for _, header := range []string{"-", "*", `"7"`} {
			if a := w.ask(admin, request, body, "If-Match", header); a.status != 404 {
				t.Errorf("%s, If-Match %s: %d %s", request, header, a.status, a.body)
			}
		}
	}
	for _, header := range []string{"-", "*", `"7"`} {
		if a := w.ask(operator, "DELETE /v1/orgs/nothing", "", "If-Match", header); a.status != 404 {
			t.Errorf("an organisation, If-Match %s: %d %s", header, a.status, a.body)
		}
	}
}

// What is in a thing moves its tag where somebody could replace all of it; other
// things do not.
func TestWhatMovesTags(t *testing.T) {
	const group, set, org, role = "/v1/orgs/tom/groups/crew", "/v1/orgs/tom/sets/lawns", "/v1/orgs/tom", "/v1/orgs/tom/roles/bookkeeper"
	for _, c := range []struct {
		at, request, body string
		moves             bool
	}{
		{group, "PUT " + group + "/members/bob", "", true},
		{group, "PUT " + group + "/members/carl", "", false}, // who is there
		{group, "POST " + group + "/members", `{"users":["bob","carl"]}`, true},
		{group, "POST " + group + "/members", `{"users":["carl"],"groups":[]}`, false},
		{group, "POST " + group + "/members", `{}`, false},
		{group, "DELETE " + group + "/members/carl", "", true},
		{group, "DELETE " + group + "/members/bob", "", false},
		{group, "PUT " + group + "/groups/juniors", "", true},
		{group, "DELETE " + group + "/groups/juniors", "", false},
		{group, "PUT " + group + "/roles/bookkeeper", "", false},
		{group, "DELETE " + group + "/roles/hand", "", false},
		{group, "DELETE /v1/orgs/tom/members/carl", "", true}, // who is put out of everything
		{group, "DELETE /v1/orgs/tom/members/auth0%7Cada", "", false},
		{group, "PUT /v1/orgs/tom/groups/juniors/members/bob", "", false},
		{set, "PUT " + set + "/resources/lawn-2", "", true},
		{set, "PUT " + set + "/resources/lawn-1", "", false},
		{set, "POST " + set + "/resources", `{"resources":["lawn-2","lawn-1"]}`, true},
		{set, "POST " + set + "/resources", `{"resources":["lawn-1"]}`, false},
		{set, "DELETE " + set + "/resources/lawn-1", "", true},
		{set, "DELETE " + set + "/resources/lawn-2", "", false},
		{org, "PUT /v1/orgs/tom/members/bob/roles/hand", "", false},
		{org, "POST /v1/orgs/tom/roles", `{"id":"x","profile":"worker"}`, false},
		{org, "POST /v1/orgs", `{"id":"branch","parent":"tom"}`, false},
		{org, "DELETE /v1/orgs/tom.north", "", false},
		{org, "PATCH /v1/orgs/tom", `{"label":"Tom & Sons"}`, true},
		{org, "PATCH /v1/orgs/tom", `{"label":"Tom's Lawn Care"}`, false}, // as it is
		{role, "PUT /v1/orgs/tom/members/bob/roles/bookkeeper", "", false},
		{role, "POST " + role + "/copy", `{"id":"x"}`, false},
		{role, "PATCH " + role, `{}`, false},
		{role, "PATCH " + role, `{"description":"More"}`, true},
	} {
		w := newWorld(t)
		seen := w.ask(admin, "GET "+c.at, "").header.Get("ETag")
		changed := w.ask(admin, c.request, c.body)
		if changed.status >= 300 {
			t.Errorf("%s: %d %s", c.request, changed.status, changed.body)
			continue
		}
		now := w.ask(admin, "GET "+c.at, "").header.Get("ETag")
		if now == "" || (now != seen) != c.moves {
			t.Errorf("%s %s: the tag of %s is %s after %s", c.request, c.body, c.at, now, seen)
		}
		_, path, _ := strings.Cut(c.request, " ")
		within := strings.HasPrefix(path, c.at) && !strings.Contains(path, "/roles/") && c.at != org
		if told := changed.header.Get("ETag"); within && told != now {
			t.Errorf("%s: answered with %q, and it is %q", c.request, told, now)
		}
	}
}

// Who is put out of an organisation does not come back by a list that was read
// before.
func TestMembersAreReplacedAsSeen(t *testing.T) {
	const at = "/v1/orgs/tom/groups/crew/members"
	for name, change := range map[string]string{
		"taken out of the group":        "DELETE " + at + "/carl",
		"taken out of the organisation": "DELETE /v1/orgs/tom/members/carl",
		"another who comes in":          "PUT " + at + "/bob",
		"a group that goes":             "DELETE /v1/orgs/tom/groups/juniors",
	} {
		w := newWorld(t)
		w.done(admin, "PUT /v1/orgs/tom/groups/crew/groups/juniors", "")
		seen := w.ask(admin, "GET "+at+"?limit=1", "")
		if seen.status != 200 || seen.header.Get("ETag") == "" || seen.body != `{"items":["carl"]}`+"\n" {
			t.Fatalf("%d %s", seen.status, seen.body)
		}
		w.done(admin, change, "")
		before := w.dump()
		a := w.ask(admin, "PUT "+at, `{"users":["carl","dora"],"groups":[]}`, "If-Match", seen.header.Get("ETag"))
		if isProblem(t, a); a.status != http.StatusPreconditionFailed {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		unchanged(t, w, before)
		now := w.ask(admin, "GET "+at, "")
		a = w.ask(admin, "PUT "+at, `{"users":["dora","erin","dora"],"groups":[]}`, "If-Match", now.header.Get("ETag"))
		if a.status != 204 || a.header.Get("ETag") == "" {
			t.Errorf("%s, as it is now: %d %s", name, a.status, a.body)
		}
		if got := w.ask(admin, "GET "+at, ""); got.body != `{"items":["dora","erin"]}`+"\n" || got.header.Get("ETag") != a.header.Get("ETag") {
			t.Errorf("%s: %s", name, got.body)
		}
		var whole struct{ Groups []string }
		if w.read(w.ask(admin, "GET /v1/orgs/tom/groups/crew", ""), &whole); len(whole.Groups) != 0 {
			t.Errorf("groups that were to go: %v", whole.Groups)
		}
	}
}

func TestMembersAndResourcesInPages(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom/groups/crew/members", `{"users":["a1","a2","a/3","b"],"groups":["juniors"]}`)
	w.done(admin, "POST /v1/orgs/tom/sets/lawns/resources", `{"resources":["a1","a2","a/3","b"]}`)
	for at, last := range map[string]string{"/v1/orgs/tom/groups/crew/members": "carl", "/v1/orgs/tom/sets/lawns/resources": "lawn-1"} {
		for query, want := range map[string][]string{
			"": {"a/3", "a1", "a2", "b", last}, "prefix=a": {"a/3", "a1", "a2"}, "prefix=A": nil, "prefix=a1": {"a1"}, "after=a2": {"b", last}, "after=a1&prefix=a": {"a2"},
		} {
			var l struct{ Items []string }
			if w.read(w.ask(admin, "GET "+at+"?"+query, ""), &l); !slices.Equal(l.Items, want) {
				t.Errorf("%s?%s: %v, want %v", at, query, l.Items, want)
			}
		}
		var first, rest struct {
			Items []string
			Next  string
		}
		w.read(w.ask(admin, "GET "+at+"?limit=2&prefix=a", ""), &first)
		w.read(w.ask(admin, "GET "+at+"?limit=2&prefix=a&after="+first.Next, ""), &rest)
		if !slices.Equal(append(first.Items, rest.Items...), []string{"a/3", "a1", "a2"}) || rest.Next != "" {
			t.Errorf("%s: %v, %v", at, first, rest)
		}
	}
}

// Many come in at once, or none of them.
func TestManyComeInOrNone(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for request, body := range map[string]string{
		"POST /v1/orgs/tom/groups/crew/members":  `{"users":["bob",""],"groups":[]}`,
		"POST /v1/orgs/tom/groups/crew/members ": `{"users":["bob"],"groups":["nothing"]}`,
		"PUT /v1/orgs/tom/groups/crew/members":   `{"users":["bob"],"groups":["jacks-crew"]}`,
		"POST /v1/orgs/tom/sets/lawns/resources": `{"resources":["x","y\u0000"]}`,
	} {
		if a := w.ask(admin, strings.TrimSpace(request), body); a.status < 400 {
			t.Errorf("%s %s: %d %s", request, body, a.status, a.body)
		}
	}
	unchanged(t, w, before)
	many := make([]string, 1001)
	for i := range many {
		many[i] = "u" + show(t, i)
	}
	for request, name := range map[string]string{"POST /v1/orgs/tom/groups/crew/members": "users", "POST /v1/orgs/tom/sets/lawns/resources": "resources"} {
		if a := w.ask(admin, request, show(t, map[string]any{name: many})); a.status != 422 || !strings.Contains(a.body, "body."+name) {
			t.Errorf("%s of 1001: %d %s", request, a.status, a.body)
		}
		if a := w.ask(admin, request, show(t, map[string]any{name: many[:1000]})); a.status != 204 {
			t.Errorf("%s of 1000: %d %s", request, a.status, a.body)
		}
	}
}
