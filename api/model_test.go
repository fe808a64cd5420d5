package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
)

// allowed asks the organisation's admin's question, with the resource where one
// is given.
func (w *world) allowed(user, permission, resource string) (yes bool, reach []string) {
	w.t.Helper()
	body := `{"user":"` + user + `","permission":"` + permission + `"` + resource + `}`
	var d struct {
		Allowed bool
		Access  []string
	}
	w.read(w.ask(admin, "POST /v1/orgs/tom/check", body), &d)
	return d.Allowed, d.Access
}

func (w *world) read(a answer, into any) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); a.status != 200 || err != nil {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
}

func (w *world) done(who, request, body string) {
	w.t.Helper()
	if a := w.ask(who, request, body); a.status >= 300 {
		w.t.Fatalf("%s %s: %d %s", request, body, a.status, a.body)
	}
}

func TestChecksOfAResource(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[{"permission":"jobs:read","access":"set:lawns"}]}`)
	w.done(admin, "PUT /v1/orgs/tom/members/auth0%7Cada/roles/hand", "")
	for resource, want := range map[string]string{
		"":                                  "[own set:lawns]",
		`,"resource":{"id":"lawn-1"}`:       "[set:lawns]",
		`,"resource":{"id":"pond-1"}`:       "[]",
		`,"resource":{"owner":"auth0|ada"}`: "[own]",
		`,"resource":{"owner":"carl"}`:      "[]",
		`,"resource":{"id":"pond-1","owner":"auth0|ada"}`:     "[own]",
		`,"resource":{"id":"jacks-lawn"}`:                     "[]", // in the other organisation's set of that name
		`,"resource":{}`:                                      "[]",
		`,"resource":{"team":"north"}`:                        "[]",
		`,"profile":"owner","resource":{"owner":"auth0|ada"}`: "[]",
	} {
		yes, reach := w.allowed("auth0|ada", "jobs:read", resource)
		if got := "[" + strings.Join(reach, " ") + "]"; got != want || yes != (want != "[]") {
			t.Errorf("%s: %v as far as %s, want %s", resource, yes, got, want)
		}
	}
	w.done(admin, "DELETE /v1/orgs/tom/sets/lawns/resources/lawn-1", "")
	if yes, _ := w.allowed("auth0|ada", "jobs:read", `,"resource":{"id":"lawn-1"}`); yes {
		t.Error("still reaches what was taken out of the set")
	}
	w.done(admin, "PUT /v1/orgs/tom/sets/lawns/resources", `{"resources":["a/b"]}`)
	if yes, _ := w.allowed("auth0|ada", "jobs:read", `,"resource":{"id":"a/b"}`); !yes {
		t.Error("does not reach what replaced it")
	}
}

func TestGroupsHoldRolesAsOne(t *testing.T) {
	w := newWorld(t)
	can := func(user string) bool {
		t.Helper()
		yes, _ := w.allowed(user, "invoices:read", "")
		return yes
	}
	const crew = "/v1/orgs/tom/groups/crew"
	for _, step := range []struct {
		request   string
		carl, pam bool
	}{
		{"PUT " + crew + "/roles/bookkeeper", true, false},
		{"PUT " + crew + "/groups/juniors", true, true},
		{"DELETE " + crew + "/members/carl", false, true},
		{"DELETE " + crew + "/groups/juniors", false, false},
		{"PUT " + crew + "/members/pam", false, true},
		{"DELETE " + crew + "/roles/bookkeeper", false, false},
	} {
		w.done(admin, step.request, "")
		if carl, pam := can("carl"), can("pam"); carl != step.carl || pam != step.pam {
			t.Errorf("after %s: carl %v, pam %v", step.request, carl, pam)
		}
	}
	w.done(admin, "PUT "+crew+"/groups/juniors", "")
	a := w.ask(admin, "PUT /v1/orgs/tom/groups/juniors/groups/crew", "")
	if p := isProblem(t, a); a.status != 422 || p["code"] != "cycle" {
		t.Errorf("a circle: %d %s", a.status, a.body)
	}
	w.done(admin, "DELETE "+crew, "")
	if a := w.ask(admin, "GET "+crew, ""); a.status != 404 {
		t.Errorf("after its deletion: %d", a.status)
	}
}

// An assignment counts for its time; what ended stays listed as that.
func TestAssignmentsWithATime(t *testing.T) {
	w := newWorld(t)
	const assign = "PUT /v1/orgs/tom/members/bob/roles/bookkeeper"
	for _, c := range []struct {
		period string
		counts bool
		listed string
	}{
		{`{"until":"2020-01-01T00:00:00Z"}`, false, `{"role":"bookkeeper","until":"2020-01-01T00:00:00Z","ended":true}`},
		{`{"from":"2020-01-01T00:00:00Z","until":"2120-01-01T02:00:00.9+02:00"}`, true, `{"role":"bookkeeper","from":"2020-01-01T00:00:00Z","until":"2120-01-01T00:00:00Z"}`},
		{`{"from":"2120-01-01T00:00:00Z"}`, false, `{"role":"bookkeeper","from":"2120-01-01T00:00:00Z"}`},
		{`{}`, true, `{"role":"bookkeeper"}`},
		{`{"until":"2120-01-01T00:00:00Z"}`, true, `{"role":"bookkeeper","until":"2120-01-01T00:00:00Z"}`},
		{"", true, `{"role":"bookkeeper"}`},
	} {
		w.done(admin, assign, c.period)
		w.done(admin, strings.Replace(assign, "members/bob", "groups/crew", 1), c.period)
		for _, user := range []string{"bob", "carl"} {
			if yes, _ := w.allowed(user, "invoices:read", ""); yes != c.counts {
				t.Errorf("%s: %s may %v", c.period, user, yes)
			}
		}
		if a := w.ask(admin, "GET /v1/orgs/tom/members", ""); !strings.Contains(a.body, `{"user":"bob","roles":[`+c.listed+`],"groups":[]}`) {
			t.Errorf("%s: %s", c.period, a.body)
		}
		if a := w.ask(admin, "GET /v1/orgs/tom/groups/crew", ""); !strings.Contains(a.body, `"roles":[`+c.listed+`,{"role":"hand"}]`) {
			t.Errorf("%s: %s", c.period, a.body)
		}
	}
}

// Who runs an organisation alone cannot do so until some day only.
func TestTheLastHolderHasNoEnd(t *testing.T) {
	w := newWorld(t)
	before := w.dump()
	for request, body := range map[string]string{
		"PUT /v1/orgs/tom/members/tom@example.com/roles/owner": `{"until":"2120-01-01T00:00:00Z"}`,
		"DELETE /v1/orgs/tom/members/tom@example.com":          "",
	} {
		a := w.ask(admin, request, body)
		if p := isProblem(t, a); a.status != 409 || p["code"] != "last_holder" {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
	unchanged(t, w, before)
}

func TestMembersWithoutARole(t *testing.T) {
	w := newWorld(t)
	bob := func() int { return w.ask("bob", "GET /v1/orgs/tom", "").status }
	if bob() != 403 {
		t.Fatal("bob belongs to tom already")
	}
	w.done(admin, "PUT /v1/orgs/tom/members/bob", "")
	if a := w.ask(admin, "GET /v1/orgs/tom/members", ""); bob() != 200 || !strings.Contains(a.body, `{"user":"bob","roles":[],"groups":[]}`) {
		t.Errorf("%d: %s", bob(), a.body)
	}
	w.done(admin, "PUT /v1/orgs/tom/groups/crew/members/bob", "")
	w.done(admin, "PUT /v1/orgs/tom/members/bob/roles/hand", "")
	w.done(admin, "DELETE /v1/orgs/tom/members/bob", "")
	if a := w.ask(admin, "GET /v1/orgs/tom/members", ""); bob() != 403 || strings.Contains(a.body, "bob") {
		t.Errorf("%d: %s", bob(), a.body)
	}
}

// The profile that a caller switches to is remembered; one that a request asks
// for comes first.
func TestSwitchingProfiles(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/members/auth0%7Cada/roles/owner", "")
	type self struct {
		Profile     string
		Profiles    []string
		Permissions []struct{ Permission string }
	}
	look := func(path string, headers ...string) (s self) {
		t.Helper()
		w.read(w.ask(member, "GET "+path, "", headers...), &s)
		return s
	}
	const me = "/v1/me?org=tom"
	if s := look(me); s.Profile != "" || !cmp.Equal(s.Profiles, []string{"owner", "worker"}) || len(s.Permissions) != 0 {
		t.Errorf("before any choice: %+v", s)
	}
	if a := w.ask(member, "GET /v1/orgs/tom/roles", ""); a.status != 422 {
		t.Errorf("before any choice: %d %s", a.status, a.body)
	}
	for profile, want := range map[string]struct{ permissions, status int }{"worker": {1, 403}, "owner": {14, 200}} {
		w.done(member, "PUT /v1/me/profile", `{"org":"tom","profile":"`+profile+`"}`)
		if s := look(me); s.Profile != profile || len(s.Permissions) != want.permissions {
			t.Errorf("as %s: %+v", profile, s)
		}
		if a := w.ask(member, "GET /v1/orgs/tom/roles", ""); a.status != want.status {
			t.Errorf("as %s: %d %s", profile, a.status, a.body)
		}
		if s := look(me, "Test-Profile", "owner"); s.Profile != "owner" || len(s.Permissions) != 14 {
			t.Errorf("as %s, asking for owner: %+v", profile, s)
		}
		if s := look("/v1/me"); s.Profile != "" || s.Profiles != nil {
			t.Errorf("of no organisation: %+v", s)
		}
	}
	// It is remembered for one organisation, and only while one has it.
	w.done(admin, "DELETE /v1/orgs/tom/members/auth0%7Cada/roles/owner", "")
	if s := look(me); s.Profile != "worker" || len(s.Permissions) != 1 {
		t.Errorf("after losing it: %+v", s)
	}
	if s := look(me, "Test-Profile", "owner"); len(s.Permissions) != 0 {
		t.Errorf("asking for what one does not have: %+v", s)
	}
}

// Over HTTP an explanation is what it is in Go, and as text.
func TestExplanationsAreTheKits(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/members/auth0%7Cada/roles/hand", `{"until":"2120-01-01T00:00:00Z"}`)
	w.done(admin, "PUT /v1/orgs/tom/members/bob/roles/bookkeeper", `{"until":"2020-01-01T00:00:00Z"}`)
	w.done(admin, "PUT /v1/orgs/tom/groups/crew/groups/juniors", "")
	for _, c := range []struct {
		user       rolekit.UserID
		permission rolekit.Permission
		profile    rolekit.ProfileID
		facts      *rolekit.Facts
	}{
		{user: member, permission: "invoices:read"},
		{user: member, permission: "invoices:write"},
		{user: member, permission: "jobs:read"},
		{user: member, permission: "jobs:read", facts: &rolekit.Facts{Owner: "carl"}},
		{user: member, permission: "jobs:read", facts: &rolekit.Facts{Owner: member}},
		{user: member, permission: "jobs:read", profile: "owner"},
		{user: "pam", permission: "jobs:read"},
		{user: "bob", permission: "invoices:read"},
		{user: "nobody", permission: "invoices:read"},
		{user: admin, permission: "iam.roles:write"},
	} {
		question := map[string]any{"user": c.user, "permission": c.permission}
		var resource rolekit.Resource
		if c.profile != "" {
			question["profile"] = c.profile
		}
		if c.facts != nil {
			resource, question["resource"] = *c.facts, map[string]any{"owner": c.facts.Owner}
		}
		want, err := w.kit.Explain(t.Context(), rolekit.Identity{User: c.user, Org: "tom", Profile: c.profile}, c.permission, resource)
		if err != nil {
			t.Fatal(err)
		}
		var got, kits map[string]any
		w.read(w.ask(admin, "POST /v1/orgs/tom/explain", show(t, question)), &got)
		if err := json.Unmarshal([]byte(show(t, want)), &kits); err != nil {
			t.Fatal(err)
		}
		kits["text"] = want.String()
		if diff := cmp.Diff(kits, got); diff != "" {
			t.Errorf("%v:\n%s", question, diff)
		}
	}
}

// That somebody may do it elsewhere is told to those who may know that.
func TestExplanationsOfOtherOrganisations(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/members/jim/roles/hand", "")
	ask := func(who string) bool {
		t.Helper()
		a := w.ask(who, "POST /v1/orgs/tom/explain", `{"user":"jim","permission":"invoices:read"}`)
		if a.status != 200 || !strings.Contains(a.body, "role_lacks_it") {
			t.Fatalf("%s: %d %s", who, a.status, a.body)
		}
		told := strings.Contains(a.body, `"kind":"other_org"`)
		if told != strings.Contains(a.body, "jack") {
			t.Errorf("%s: %s", who, a.body)
		}
		return told
	}
	if !ask("jim") {
		t.Error("jim himself is not told")
	}
	if ask(admin) {
		t.Error("a stranger in jack is told")
	}
	w.done(other, "PUT /v1/orgs/jack/members/tom@example.com/roles/owner", "")
	if !ask(admin) {
		t.Error("one who reads the members there is not told")
	}
}

func TestMovingAndDeletingTrees(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom.north/move", `{"parent":"tom.south"}`)
	var o struct{ Parent, Label string }
	w.read(w.ask(admin, "GET /v1/orgs/tom.north", ""), &o)
	if o.Parent != "tom.south" {
		t.Errorf("%+v", o)
	}
	a := w.ask(admin, "POST /v1/orgs/tom.south/move", `{"parent":"tom.north"}`)
	if p := isProblem(t, a); a.status != 422 || p["code"] != "cycle" {
		t.Errorf("a circle: %d %s", a.status, a.body)
	}
	w.done(admin, "PATCH /v1/orgs/tom.north", `{"label":"North of South"}`)
	w.read(w.ask(admin, "GET /v1/orgs/tom.north", ""), &o)
	if o.Label != "North of South" {
		t.Errorf("%+v", o)
	}
	if a := w.ask(admin, "DELETE /v1/orgs/tom.south?descendants=false", ""); a.status != 409 {
		t.Errorf("%d %s", a.status, a.body)
	}
	w.done(admin, "DELETE /v1/orgs/tom.south?descendants=true", "")
	for _, org := range []string{"tom.south", "tom.north"} {
		if a := w.ask(operator, "GET /v1/orgs/"+org, ""); a.status != 404 {
			t.Errorf("%s: %d", org, a.status)
		}
	}
	if a := w.ask(admin, "GET /v1/orgs/tom", ""); a.status != 200 {
		t.Errorf("the parent: %d", a.status)
	}
}
