package api_test

import (
	"fmt"
	"strings"
	"testing"
)

type table struct {
	Accesses []struct{ ID, Label string }
	Baseline []struct{ Profile string }
	Roles    []struct {
		ID, Org string
		Own     bool
		Cells   []struct{ Permission, Access, How, By, From string }
	}
	Next string
}

func (r table) row(id string) string {
	var cells []string
	for _, row := range r.Roles {
		for _, c := range row.Cells {
			if row.ID == id {
				cells = append(cells, strings.TrimSpace(fmt.Sprintln(c.Permission, c.Access, c.How, c.By, c.From)))
			}
		}
	}
	return strings.Join(cells, "; ")
}

func TestTheMatrixSaysWhereEachCellComesFrom(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "PUT /v1/orgs/tom/sets/lawns If-Match: *", `{"label":"Lawns"}`)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"clerk","profile":"worker","grants":[{"permission":"jobs:read","access":"set:lawns"},{"permission":"invoices:write"}]}`)
	w.done(admin, "POST /v1/orgs/tom.north/roles", `{"id":"chief","profile":"worker","grants":[{"permission":"jobs:write"}],"includes":["clerk"]}`)
	var got table
	w.read(w.ask(admin, "GET /v1/orgs/tom.north/roles/matrix?profile=worker&origin=custom", ""), &got)
	for id, want := range map[string]string{
		"bookkeeper": "invoices:read any explicit",
		"clerk":      "invoices:read any implied invoices:write; invoices:write any explicit; jobs:read set:lawns explicit",
		"chief": "invoices:read any included invoices:write clerk; invoices:write any included  clerk; " +
			"jobs:read any implied jobs:write; jobs:read set:lawns included  clerk; jobs:write any explicit",
		"hand": "",
	} {
		if row := got.row(id); row != want {
			t.Errorf("%s:\n%s, want\n%s", id, row, want)
		}
	}
	if s := fmt.Sprint(got.Accesses); s != "[{any any} {set:lawns Lawns}]" {
		t.Error(s)
	}
	for _, r := range got.Roles {
		if want := map[string]string{"chief": "tom.north"}[r.ID]; (want != "") != r.Own || r.Own && r.Org != want {
			t.Errorf("%s of %s: own %v", r.ID, r.Org, r.Own)
		}
	}
	var first, rest table
	w.read(w.ask(admin, "GET /v1/orgs/tom.north/roles/matrix?limit=3", ""), &first)
	w.read(w.ask(admin, "GET /v1/orgs/tom.north/roles/matrix?limit=3&after="+first.Next, ""), &rest)
	if len(first.Roles) != 3 || len(rest.Roles) != 2 || rest.Next != "" {
		t.Errorf("%d roles, next %q, then %d, next %q", len(first.Roles), first.Next, len(rest.Roles), rest.Next)
	}
}

// A page may copy what it cannot change, and change the copy.
func TestADefaultRoleIsCopiedAndTheCopyChanged(t *testing.T) {
	w := newWorld(t)
	for _, request := range []string{"PATCH /v1/orgs/tom/roles/hand", "PUT /v1/orgs/tom/roles/hand/permissions", "DELETE /v1/orgs/tom/roles/hand"} {
		body := map[string]string{"PATCH": `{"label":"Mine"}`, "PUT": `{"grants":[]}`}[strings.Fields(request)[0]]
		a := w.ask(admin, request, body)
		if p := isProblem(t, a); a.status != 403 || p["code"] != "reserved" {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
	made := w.ask(admin, "POST /v1/orgs/tom/roles/hand/copy", `{"id":"our-hand","label":"Our hand"}`)
	at, tag := made.header.Get("Location"), made.header.Get("ETag")
	if made.status != 201 || at != "/v1/orgs/tom/roles/our-hand" || tag == "" {
		t.Fatalf("%d, Location %q, ETag %q: %s", made.status, at, tag, made.body)
	}
	changed := w.ask(admin, "PUT "+at+"/permissions", `{"grants":[]}`, "If-Match", tag)
	if changed.status != 200 || !strings.Contains(changed.body, `"grants":[]`) {
		t.Errorf("%d %s", changed.status, changed.body)
	}
	if a := w.ask(admin, "GET /v1/orgs/tom/roles/hand", ""); !strings.Contains(a.body, `{"permission":"jobs:read","access":"own"}`) {
		t.Error(a.body)
	}
}

// Who may manage roles and no more copies no role that gives more.
func TestNobodyEscalatesByACopy(t *testing.T) {
	w := newWorld(t)
	w.done(admin, "POST /v1/orgs/tom/roles", `{"id":"hr","profile":"owner","grants":[{"permission":"iam.roles:write"},{"permission":"iam.members:write"}]}`)
	w.done(admin, "PUT /v1/orgs/tom/members/helen/roles/hr", "")
	before := w.dump()
	for _, role := range []string{"owner", "bookkeeper", "hand"} {
		a := w.ask("helen", "POST /v1/orgs/tom/roles/"+role+"/copy", `{"id":"helens"}`)
		if p := isProblem(t, a); a.status != 403 || p["code"] != "escalation" {
			t.Errorf("%s: %d %s", role, a.status, a.body)
		}
	}
	unchanged(t, w, before)
	w.done("helen", "POST /v1/orgs/tom/roles/hr/copy", `{"id":"helens"}`)
}
