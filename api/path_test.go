package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
)

func TestMethodsThatAreNotThere(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) {
		e.HandleMethodNotAllowed = true
		e.NoMethod(api.MethodNotAllowed)
	})
	for request, want := range map[string]struct {
		status int
		code   string
	}{
		"DELETE /v1/orgs": {405, "method_not_allowed"},
		"POST /v1/orgs/tom/members/a%2Fb/roles/hand": {405, "method_not_allowed"},
		"DELETE /v1/organisations":                   {404, "not_found"},
	} {
		a := w.ask(admin, request, "")
		if p := isProblem(t, a); a.status != want.status || p["code"] != want.code || (a.header.Get("Allow") != "") != (a.status == 405) {
			t.Errorf("%s: %d %s, Allow %q", request, a.status, a.body, a.header.Get("Allow"))
		}
	}
}

// A user's id arrives as it was meant, however it is written in the path.
func TestUserIDsInPaths(t *testing.T) {
	file := settled(t)
	for _, c := range []struct {
		sent    string
		user    rolekit.UserID
		rawOnly bool // needs the engine's UseRawPath
	}{
		{"bob", "bob", false},
		{"auth0|bob", "auth0|bob", false},
		{"auth0%7Cbob", "auth0|bob", false},
		{"bob@example.com", "bob@example.com", false},
		{"bob+lawns@example.com", "bob+lawns@example.com", false},
		{"bob+lawns%40example.com", "bob+lawns@example.com", false}, // Gin makes a space of this plus
		{"bob%2Blawns%40example.com", "bob+lawns@example.com", false},
		{"a%20b", "a b", false},
		{"100%25", "100%", false},
		{"%2525", "%25", false}, // decoded once, not twice
		{"%C3%A5se", "åse", false},
		{"..", "..", false},
		{"service:ci", "service:ci", false},
		{"a%2Fb", "a/b", true},
		{"a%2Fb+c%2F..%2Fd", "a/b+c/../d", true},
	} {
		for _, raw := range []bool{true, false} {
			w := serve(t, copied(t, file), api.Config{}, func(e *gin.Engine) { e.UseRawPath = raw })
			before := w.dump()
			a := w.ask(admin, "PUT /v1/orgs/tom/members/"+c.sent+"/roles/hand", "")
			if c.rawOnly && !raw {
				if isProblem(t, a); a.status != 404 {
					t.Errorf("%s without UseRawPath: %d %s", c.sent, a.status, a.body)
				}
				unchanged(t, w, before)
				continue
			}
			if a.status != 204 {
				t.Errorf("%s (raw %v): %d %s", c.sent, raw, a.status, a.body)
				continue
			}
			var members struct {
				Items []struct {
					User  rolekit.UserID
					Roles []struct{ Role string }
				}
			}
			if err := json.Unmarshal([]byte(w.ask(admin, "GET /v1/orgs/tom/members", "").body), &members); err != nil {
				t.Fatal(err)
			}
			var users []rolekit.UserID
			for _, m := range members.Items {
				if slices.ContainsFunc(m.Roles, func(r struct{ Role string }) bool { return r.Role == "hand" }) {
					users = append(users, m.User)
				}
			}
			if !slices.Equal(users, []rolekit.UserID{c.user}) {
				t.Errorf("%s (raw %v) is %q, want %q", c.sent, raw, users, c.user)
			}
			if a := w.ask(admin, "DELETE /v1/orgs/tom/members/"+c.sent+"/roles/hand", ""); a.status != 204 {
				t.Errorf("taking from %s: %d", c.sent, a.status)
			}
		}
	}
}

// Where the decoded path matches a route that the path as sent does not have
// the parts of, nobody guesses which was meant.
func TestAmbiguousPaths(t *testing.T) {
	w := serve(t, settled(t), api.Config{}, func(e *gin.Engine) { e.UseRawPath = false })
	before := w.dump()
	for _, request := range []string{
		"GET /v1/orgs%2Ftom",
		"DELETE /v1/orgs/tom%2Froles/bookkeeper",
		"PUT /v1/orgs/tom/members/bob%2Froles/hand",
	} {
		a := w.ask(admin, request, "")
		if p := isProblem(t, a); a.status != 422 || p["detail"] != "the path is ambiguous" {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
	unchanged(t, w, before)
}

// Users whose ids look alike are two users.
func TestLookAlikeUsersAreTwo(t *testing.T) {
	w := newWorld(t)
	cyrillic := "аda" // the first letter is U+0430
	if a := w.ask(admin, "PUT /v1/orgs/tom/members/"+url.PathEscape(cyrillic)+"/roles/owner", ""); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.ask("ada", "GET /v1/orgs/tom/roles", ""); a.status != 403 {
		t.Errorf("ada: %d", a.status)
	}
	if a := w.ask("user:"+cyrillic, "GET /v1/orgs/tom/roles", ""); a.status != 403 {
		t.Errorf("with a kind before it: %d", a.status)
	}
}

// Below a group, everything is below its path.
func TestMountedInAGroup(t *testing.T) {
	kit, _ := open(t, settled(t))
	a, err := api.New(kit, api.Config{Title: "Lawns", Version: "7"})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	a.Mount(engine, engine.Group("/iam", identify))
	w := &world{t: t, client: http.DefaultClient, url: listen(t, engine), prefix: "/iam"}
	if a := w.ask(nobody, "GET /iam/healthz", ""); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
	created := w.ask(admin, "POST /iam/v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`)
	if at := created.header.Get("Location"); at != "/iam/v1/orgs/tom/roles/clerk" {
		t.Errorf("Location %q: %d %s", at, created.status, created.body)
	}
	if a := w.ask(admin, "GET "+created.header.Get("Location"), ""); a.status != 200 {
		t.Errorf("what was created: %d %s", a.status, a.body)
	}
	document := w.ask(nobody, "GET /iam/openapi.json", "")
	for _, part := range []string{`"servers":[{"url":"/iam"}]`, `"title":"Lawns","version":"7"`} {
		if !strings.Contains(document.body, part) {
			t.Errorf("the document lacks %s", part)
		}
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	for _, org := range []string{"b1", "b2", "b3"} {
		if a := w.ask(operator, "POST /v1/orgs", `{"id":"`+org+`"}`); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if a := w.ask(admin, "PUT /v1/orgs/tom/members/a%2Fb%26c/roles/hand", ""); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	type list struct {
		Items []json.RawMessage
		Next  string
	}
	get := func(who, path string) (l list) {
		t.Helper()
		a := w.ask(who, "GET "+path, "")
		if err := json.Unmarshal([]byte(a.body), &l); a.status != 200 || err != nil {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		return l
	}
	for _, request := range []string{
		"PUT /v1/orgs/tom/groups/drivers", "PUT /v1/orgs/tom/sets/hedges",
		"PUT /v1/orgs/tom/sets/lawns/resources/a%2Fb%26c", "PUT /v1/orgs/tom/sets/lawns/resources/Z",
	} {
		body := "{}"
		if strings.Contains(request, "resources") {
			body = ""
		}
		if a := w.ask(admin, request, body); a.status >= 400 {
			t.Fatalf("%s: %d %s", request, a.status, a.body)
		}
	}
	for path, who := range map[string]string{
		"/v1/orgs": operator, "/v1/orgs/tom/roles": admin, "/v1/orgs/tom/members": admin, "/v1/orgs/tom/audit": admin,
		"/v1/orgs/tom/groups": admin, "/v1/orgs/tom/sets": admin, "/v1/orgs/tom/sets/lawns/resources": admin,
	} {
		whole := get(who, path)
		if len(whole.Items) < 3 || whole.Next != "" {
			t.Fatalf("%s: %d items, next %q", path, len(whole.Items), whole.Next)
		}
		for limit := 1; limit <= len(whole.Items); limit++ {
			var items []json.RawMessage
			after := ""
			for range whole.Items { // a page has one of them at least
				query := url.Values{"limit": {show(t, limit)}}
				if after != "" {
					query.Set("after", after)
				}
				l := get(who, path+"?"+query.Encode())
				if items = append(items, l.Items...); len(l.Items) > limit {
					t.Fatalf("%s by %d: %d items", path, limit, len(l.Items))
				}
				if after = l.Next; after == "" {
					break
				}
			}
			if show(t, items) != show(t, whole.Items) {
				t.Errorf("%s by %d:\n%s\nwhole:\n%s", path, limit, show(t, items), show(t, whole.Items))
			}
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	kit, _ := open(t, settled(t))
	if _, err := api.New(nil, api.Config{}); rolekit.CodeOf(err) != rolekit.CodeInvalid {
		t.Errorf("without a kit: %v", err)
	}
	if _, err := api.New(kit, api.Config{MaxBodyBytes: -1}); rolekit.CodeOf(err) != rolekit.CodeInvalid {
		t.Errorf("with a negative limit: %v", err)
	}
	w := serve(t, copied(t, settled(t)), api.Config{MaxBodyBytes: 30}, func(*gin.Engine) {})
	if a := w.ask(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker"}`); a.status != 413 {
		t.Errorf("33 bytes of 30: %d", a.status)
	}
}
