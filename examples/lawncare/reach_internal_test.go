package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
)

func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	w := open(t)
	w.app.Guard.MustCoverAll(t, w.app.Engine)
}

// TestReach lists what each sees of the demonstration's rows.
func TestReach(t *testing.T) {
	w := open(t)
	tests := []struct {
		user rolekit.UserID
		path string
		want []uint64 // ids; nil where it is refused
	}{
		{"tom", "/orgs/toms/jobs", []uint64{1, 2, 3}},
		{"sam", "/orgs/toms/jobs", []uint64{1, 2, 3}},
		{"mia", "/orgs/toms/jobs", nil},
		{"eve", "/orgs/toms/jobs", []uint64{1}},       // her own
		{"xavier", "/orgs/toms/jobs", []uint64{1, 2}}, // his own and his team's
		{"tina", "/orgs/toms/jobs", []uint64{1, 2}},
		{"eve", "/orgs/jacks/jobs", []uint64{4}}, // her own: she is in Tom's green team, not in Jack's
		{"eve", "/orgs/toms/clients", nil},
		{"xavier", "/orgs/toms/clients", []uint64{1, 2}},
		{"rosa", "/orgs/toms/clients", []uint64{1}},
		{"rosa", "/orgs/toms/invoices", []uint64{1}},
		{"rosa", "/orgs/jacks/invoices", []uint64{3}},
		{"carver", "/orgs/toms/invoices", []uint64{2}},
		{"rosa", "/orgs/toms/newsletters", nil},
		{"carver", "/orgs/toms/newsletters", []uint64{1}},
		{"rosa", "/orgs/blue-meadows/newsletters", []uint64{2}},
		{"rosa", "/orgs/blue-meadows/schedule", []uint64{3}},
		{"beth", "/orgs/blue-meadows/invoices", nil}, // no profile of hers has it
		{"beth", "/orgs/toms/newsletters", nil},
		{"xavier", "/orgs/toms/schedule", []uint64{1, 2, 4}}, // as every worker
		{"tom", "/orgs/toms/invoices?after=1", []uint64{2}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s", test.user, test.path), func(t *testing.T) {
			got := w.ask(test.user, "GET", test.path, "")
			if test.want == nil {
				if got.status != 403 {
					t.Errorf("answered %d %s", got.status, got.body)
				}
				return
			}
			if diff := cmp.Diff(test.want, ids(t, got)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func ids(t *testing.T, a answer) []uint64 {
	t.Helper()
	var rows []Row
	if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	var ids []uint64
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestOneRow reads and changes single rows, within reach and out of it.
func TestOneRow(t *testing.T) {
	w := open(t)
	for _, s := range []step{
		{story: "Eve sees her job", user: "eve", method: "GET", path: "/orgs/toms/jobs/1", status: 200, has: []string{"Mow the lawn"}},
		{story: "not Xavier's", user: "eve", method: "GET", path: "/orgs/toms/jobs/2", status: 404, lacks: []string{"hedge"}},
		{story: "not one of hers elsewhere", user: "eve", method: "GET", path: "/orgs/toms/jobs/4", status: 404, lacks: []string{"terrace"}},
		{story: "not one that is not there", user: "eve", method: "GET", path: "/orgs/toms/jobs/99", status: 404},
		{story: "not one without a number", user: "eve", method: "GET", path: "/orgs/toms/jobs/1%20OR%201=1", status: 404},
		{story: "she completes her own", user: "eve", method: "POST", path: "/orgs/toms/jobs/1/complete", status: 204},
		{story: "which is done then", user: "eve", method: "GET", path: "/orgs/toms/jobs/1", status: 200, has: []string{`"done":true`}},
		{story: "not Xavier's", user: "eve", method: "POST", path: "/orgs/toms/jobs/2/complete", status: 404},
		{story: "not one of hers elsewhere", user: "eve", method: "POST", path: "/orgs/toms/jobs/4/complete", status: 404},
		{story: "Xavier's is not done", user: "tom", method: "GET", path: "/orgs/toms/jobs/2", status: 200, has: []string{`"done":false`}},
		{story: "nor Jack's", user: "jack", method: "GET", path: "/orgs/jacks/jobs/4", status: 200, has: []string{`"done":false`}},
		{
			story: "Tina plans for her team", user: "tina", method: "POST", path: "/orgs/toms/jobs", status: 201,
			body: `{"client":"Rosa Diaz","task":"Rake","owner":"eve","team":"green"}`,
		},
		{
			story: "not for another", user: "tina", method: "POST", path: "/orgs/toms/jobs", status: 403,
			body: `{"client":"Rosa Diaz","task":"Dig","team":"blue"}`, has: []string{`"permission":"jobs:write"`},
		},
		{story: "nor for none", user: "tina", method: "POST", path: "/orgs/toms/jobs", status: 403, body: `{"client":"Rosa Diaz","task":"Dig"}`},
		{story: "what was refused is not there", user: "tom", method: "GET", path: "/orgs/toms/jobs", status: 200, has: []string{"Rake"}, lacks: []string{"Dig"}},
	} {
		w.take(s)
	}
}

// TestRowsStayInTheirOrganisation asks for every list as each organisation's
// head, and as the other organisations' heads.
func TestRowsStayInTheirOrganisation(t *testing.T) {
	w := open(t)
	heads := map[rolekit.OrgID]rolekit.UserID{toms: "tom", jacks: "jack", blueMeadow: "beth", staff: "sue"}
	for org, head := range heads {
		for _, list := range []string{"clients", "jobs", "invoices", "newsletters", "schedule"} {
			path := fmt.Sprintf("/orgs/%s/%s", org, list)
			got := w.ask(head, "GET", path, "")
			for other, stranger := range heads {
				if other == org {
					continue
				}
				if strings.Contains(got.body, fmt.Sprintf(`"org":%q`, other)) {
					t.Errorf("%s shows %s rows of %s", path, head, other)
				}
				if refused := w.ask(stranger, "GET", path, ""); refused.status != 403 {
					t.Errorf("%s answered %s with %d", path, stranger, refused.status)
				}
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	w := open(t)
	const invoices = "/orgs/toms/invoices"
	tests := []struct {
		name, method, path, body string
		status                   int
		text                     string
	}{
		{"no JSON", "POST", invoices, `{"client":`, 400, "not one JSON object"},
		{"two objects", "POST", invoices, `{"client":"Rosa","cents":1}{}`, 400, "something follows the object"},
		{"an unknown field", "POST", invoices, `{"client":"Rosa","cents":1,"paid":true}`, 400, `unknown field \"paid\"`},
		{"a wrong type", "POST", invoices, `{"client":"Rosa","cents":"1"}`, 422, "cents cannot be a string"},
		{"a list", "POST", invoices, `[]`, 422, "the body cannot be a array"},
		{"a missing field", "POST", invoices, `{"client":"Rosa"}`, 422, "it needs cents above 0"},
		{"an id of one's own", "POST", invoices, `{"client":"Rosa","cents":1,"id":1}`, 422, "not yours to choose"},
		{"another's organisation", "POST", invoices, `{"client":"Rosa","cents":1,"org":"jacks"}`, 422, "not yours to choose"},
		{"too much", "POST", invoices, `{"client":"` + strings.Repeat("x", maxBody) + `"}`, 413, "longer than 65536 bytes"},
		{"a page behind nothing", "GET", invoices + "?after=x", "", 422, "after must be the id of a row"},
		{"an organisation that cannot be", "GET", "/orgs/Toms/invoices", "", 422, "organisation id"},
		{"an organisation by a detour", "GET", "/orgs/jacks%2F..%2Ftoms/invoices", "", 422, "organisation id"},
		{"no such route", "GET", "/orgs/toms/mowers", "", 404, "nothing at this address"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.ask("tom", test.method, test.path, test.body)
			if got.status != test.status || !strings.Contains(got.body, test.text) || got.kind != "application/problem+json" {
				t.Errorf("answered %d %s %s; want %d with %s", got.status, got.kind, got.body, test.status, test.text)
			}
		})
	}
	if diff := cmp.Diff([]uint64{1, 2}, ids(t, w.ask("tom", "GET", invoices, ""))); diff != "" {
		t.Errorf("what was refused was stored (-want +got):\n%s", diff)
	}
}
