package api_test

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/api/apitest"
	"github.com/rolekit/rolekit/internal/skip"
)

// Two organisations have roles of the same names. Whatever the admin of one
// does, in their own organisation and in the other, the other stays as it is.
func TestSameNamesAreTwoRoles(t *testing.T) {
	skip.Short(t, "one request at a time, each on a database of its own")
	file := settled(t)
	for _, pair := range [][3]string{{"tom", admin, "jack"}, {"jack", other, "tom"}} {
		mine, who, theirs := pair[0], pair[1], pair[2]
		t.Run(mine, func(t *testing.T) {
			for _, s := range apitest.Scenarios() {
				for _, org := range []string{theirs, mine} {
					w := serve(t, copied(t, file), api.Config{}, func(*gin.Engine) {})
					before := rowsOf(w.dump(), theirs)
					request, body := strings.ReplaceAll(s.Request, "/tom", "/"+org), strings.ReplaceAll(s.Body, `"tom"`, `"`+org+`"`)
					a := w.ask(who, request, body)
					if org == theirs && strings.Contains(request+body, org) && a.status != 403 && a.body != `{"items":[]}`+"\n" && s.Operation != "check-many" {
						t.Errorf("%s %s: %d %s", request, body, a.status, a.body)
					}
					if diff := cmp.Diff(before, rowsOf(w.dump(), theirs)); diff != "" || len(before) < 5 {
						t.Errorf("%s %s changed %s:\n%s", request, body, theirs, diff)
					}
				}
			}
		})
	}
}

// What a member may do in one organisation follows that organisation's role.
func TestSameNamesDecideApart(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ who, org, user, permission, want string }{
		{admin, "tom", member, "invoices:read", "true"},
		{admin, "tom", member, "invoices:write", "false"},
		{other, "jack", "jim", "invoices:write", "true"},
		{other, "jack", "jim", "invoices:read", "true"}, // implied
		{other, "jack", member, "invoices:read", "false"},
		{admin, "tom", "jim", "invoices:write", "false"},
	} {
		a := w.ask(c.who, "POST /v1/orgs/"+c.org+"/check", `{"user":"`+c.user+`","permission":"`+c.permission+`"}`)
		if !strings.HasPrefix(a.body, `{"allowed":`+c.want) {
			t.Errorf("%s %s in %s: %d %s", c.user, c.permission, c.org, a.status, a.body)
		}
	}
	if a := w.ask(admin, "PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[]}`); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for org, want := range map[string]string{"tom": "false", "jack": "true"} {
		who, user := admin, member
		if org == "jack" {
			who, user = other, "jim"
		}
		if a := w.ask(who, "POST /v1/orgs/"+org+"/check", `{"user":"`+user+`","permission":"invoices:read"}`); !strings.HasPrefix(a.body, `{"allowed":`+want) {
			t.Errorf("after the change, %s in %s: %d %s", user, org, a.status, a.body)
		}
	}
}

// rowsOf returns the rows of a dump that belong to an organisation.
func rowsOf(dump, org string) []string {
	var rows []string
	for row := range strings.Lines(dump) {
		for _, column := range []string{"v1", "v2", "org_id"} {
			if strings.Contains(row, `"`+column+`":"`+org+`"`) {
				rows = append(rows, row)
			}
		}
		if strings.HasPrefix(row, "rolekit_orgs ") && strings.Contains(row, `"id":"`+org+`"`) {
			rows = append(rows, row)
		}
	}
	return rows
}
