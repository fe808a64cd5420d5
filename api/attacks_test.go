package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/internal/attacks"
)

// request is an attempt over HTTP of somebody to win what they must not. carol may
// manage roles, members and organisations of tom, and holds nothing else; temp owns
// it for an hour.
type request struct {
	name    string
	who     string
	request string
	body    string
	headers []string
	status  int
	code    string
	// Who would win what, where, and whether that is after an hour. Where it is no
	// permission, they would have the role empty, which gives nothing.
	user  rolekit.UserID
	org   rolekit.OrgID
	wins  rolekit.Permission
	later bool
}

// TestAttacksOverHTTP are attempts that the Manager refuses, sent to the API as a
// client would send them, and in ways in which no client should: what counts is
// what the caller holds, however it is asked.
func TestAttacksOverHTTP(t *testing.T) {
	file := settled(t)
	const escalation, denied = "escalation", "permission_denied"
	owner := "/v1/orgs/tom/members/carol/roles/owner"
	assign := func(name, path, body string, headers ...string) request {
		return request{name, "carol", "PUT " + path, body, headers, 403, escalation, "carol", "tom", "invoices:write", false}
	}
	table := []attacks.Attempts[request]{
		{Guard: "assign", All: []request{
			assign("a role to herself", owner, ""),
			assign("as another profile", owner, "", "Test-Profile", "owner"),
			assign("with an end", owner, `{"until":"2999-01-01T00:00:00Z"}`),
			assign("with a start", owner, `{"from":"2001-01-01T00:00:00Z"}`),
			assign("by a path that is escaped", "/v1/orgs/%74om/members/%63arol/roles/%6fwner", ""),
			assign("to a group that she is in", "/v1/orgs/tom/groups/hers/roles/owner", ""),
			{
				"a role in a branch", "carol", "PUT /v1/orgs/tom.north/members/carol/roles/owner", "", nil, 403, escalation,
				"carol", "tom.north", "invoices:write", false,
			},
		}},
		{Guard: "assign-for-long", All: []request{
			{"without end", "temp", "PUT /v1/orgs/tom/members/eve/roles/owner", "", nil, 403, escalation, "eve", "tom", "invoices:write", true},
			{
				"for longer", "temp", "PUT /v1/orgs/tom/members/eve/roles/owner", `{"until":"2999-01-01T00:00:00Z"}`, nil, 403, escalation,
				"eve", "tom", "invoices:write", true,
			},
		}},
		{Guard: "role", All: []request{
			{
				"more into her role", "carol", "PUT /v1/orgs/tom/roles/hr/permissions",
				`{"grants":[{"permission":"iam.roles:write"},{"permission":"iam.members:write"},{"permission":"iam.orgs:write"},{"permission":"invoices:write"}]}`,
				nil, 403, escalation, "carol", "tom", "invoices:write", false,
			},
			{
				"more into her role, with no access said", "carol", "PUT /v1/orgs/tom/roles/hr/permissions",
				`{"grants":[{"permission":"iam.roles:write"},{"permission":"iam.members:write"},{"permission":"iam.orgs:write"},{"permission":"jobs:read"}]}`,
				nil, 403, escalation, "carol", "tom", "jobs:read", false,
			},
		}},
		{Guard: "role-includes", All: []request{
			{"a role into hers", "carol", "PATCH /v1/orgs/tom/roles/hr", `{"includes":["owner"]}`, nil, 403, escalation, "carol", "tom", "invoices:write", false},
		}},
		{Guard: "join", All: []request{
			{"a group that has more", "carol", "PUT /v1/orgs/tom.south/groups/bosses/members/carol", "", nil, 403, escalation, "carol", "tom.south", "invoices:write", false},
			{
				"among others", "carol", "POST /v1/orgs/tom.south/groups/bosses/members", `{"users":["bob","carol"]}`, nil, 403, escalation,
				"carol", "tom.south", "invoices:write", false,
			},
			{
				"by saying all who are in it", "carol", "PUT /v1/orgs/tom.south/groups/bosses/members", `{"users":["carol"],"groups":[]}`, nil, 403, escalation,
				"carol", "tom.south", "invoices:write", false,
			},
		}},
		{Guard: "permission", All: []request{
			{"by a member", member, "PUT /v1/orgs/tom/members/eve/roles/empty", "", nil, 403, denied, "eve", "tom", "", false},
			{"by another organisation's admin", other, "PUT /v1/orgs/tom/members/eve/roles/empty", "", nil, 403, denied, "eve", "tom", "", false},
			{"by an operator", operator, "PUT /v1/orgs/tom/members/eve/roles/empty", "", nil, 403, denied, "eve", "tom", "", false},
			{"in the name of the system", "system:api", "PUT /v1/orgs/tom/members/eve/roles/empty", "", nil, 403, denied, "eve", "tom", "", false},
		}},
	}
	attacks.Each(t, table, func(r request) string { return r.name }, func(t *testing.T, r request) {
		t.Helper()
		r.try(t, copied(t, file))
	})
}

func (r request) try(t *testing.T, file string) {
	t.Helper()
	w := serve(t, file, api.Config{}, func(*gin.Engine) {})
	w.recruit()
	won := func() bool {
		if r.later {
			w.store.ahead.Store(int64(2 * time.Hour))
			defer w.store.ahead.Store(0)
		}
		if r.wins == "" {
			return w.hasEmpty(r.user)
		}
		d, err := w.kit.Can(t.Context(), rolekit.Identity{User: r.user, Org: r.org, Profile: "owner"}, r.wins, nil)
		if err != nil {
			t.Fatal(err)
		}
		return d.Allowed
	}
	if won() {
		t.Fatal("it is won before it is tried")
	}
	before := w.dump()
	a := w.ask(r.who, r.request, r.body, r.headers...)
	if won() {
		attacks.Fail(t, http.StatusText(a.status)+" "+a.body, nil)
		return
	}
	if a.status != r.status || !strings.Contains(a.body, `"code":"`+r.code+`"`) {
		t.Errorf("it was answered with %d %s, and should have been with %d %s", a.status, a.body, r.status, r.code)
	}
	if w.dump() != before {
		t.Error("it was refused, and changed something")
	}
}

func (w *world) hasEmpty(user rolekit.UserID) bool {
	w.t.Helper()
	all, err := w.kit.Manager().As(rolekit.System("test")).Members(w.t.Context(), "tom", rolekit.MemberQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(m rolekit.Member) bool {
		return m.User == user && slices.ContainsFunc(m.Roles, func(r rolekit.AssignedRole) bool { return r.Role == "empty" })
	})
}

// recruit brings carol and temp, the role empty, the group hers that carol is in, and in tom.south
// the group bosses, which owns it.
func (w *world) recruit() {
	w.t.Helper()
	ctx, m := w.t.Context(), w.kit.Manager().As(rolekit.System("test"))
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	_, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "hr", Profile: "owner", Grants: []rolekit.Grant{
		{Permission: rolekit.RolesWrite}, {Permission: rolekit.MembersWrite}, {Permission: rolekit.OrgsWrite},
	}})
	must(err)
	_, err = m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "empty", Profile: "owner"})
	must(err)
	must(m.Assign(ctx, "tom", "carol", "hr"))
	must(m.PutAssignment(ctx, "tom", rolekit.Assignment{User: "temp", Role: "owner", Period: rolekit.Period{Until: time.Now().Add(time.Hour)}}))
	for _, g := range []struct {
		org  rolekit.OrgID
		id   rolekit.GroupID
		user rolekit.UserID
	}{{"tom", "hers", "carol"}, {"tom.south", "bosses", "bess"}} {
		_, err := m.PutGroup(ctx, g.org, rolekit.GroupSpec{ID: g.id}, 0)
		must(err)
		must(m.AddToGroup(ctx, g.org, g.id, []rolekit.UserID{g.user}, nil))
	}
	must(m.PutAssignment(ctx, "tom.south", rolekit.Assignment{Group: "bosses", Role: "owner"}))
}
