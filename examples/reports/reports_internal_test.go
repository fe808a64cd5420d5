package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	w := open(t)
	w.app.Guard.MustCoverAll(t, w.app.Engine)
}

// TestWhoSeesWhat lists what everybody sees, and gets each row by itself.
func TestWhoSeesWhat(t *testing.T) {
	w := open(t)
	type rows = []string
	none, sum := rows{}, 0
	for _, test := range []struct {
		user              rolekit.UserID
		org               rolekit.OrgID
		projects, reports rows // nil where the list is refused
	}{
		{"ada", acme, rows{"launch", "payroll", "pricing", "rebrand", "survey"}, rows{"audit", "colours", "prices", "survey-notes", "survey-summary"}},
		{"ana", acme, rows{"launch", "payroll", "pricing", "rebrand", "survey"}, rows{"prices", "survey-notes", "survey-summary"}}, // her team's
		{"lea", acme, rows{"launch", "payroll", "pricing", "rebrand", "survey"}, rows{"prices", "survey-notes", "survey-summary"}},
		{"bob", acme, rows{"launch", "payroll", "pricing", "rebrand", "survey"}, rows{"colours"}},
		{"rae", acme, rows{"rebrand", "survey"}, rows{"survey-notes", "survey-summary"}}, // her own, and what was shared
		{"mara", acme, rows{"launch", "rebrand", "survey"}, none},
		{"zoe", acme, nil, rows{"colours"}},
		{"otto", acme, nil, nil},
		{"stranger", acme, nil, nil},

		// The same names, and other people.
		{"otto", globex, rows{"launch", "survey"}, rows{"colours", "survey-summary"}},
		{"ana", globex, rows{"launch", "survey"}, rows{"colours"}}, // of team brand here
		{"rae", globex, rows{"launch"}, none},
		{"zoe", globex, nil, nil}, // with whom something was shared, but who is nobody here
		{"ada", globex, nil, nil},
		{"mara", globex, nil, nil},
	} {
		for table, want := range map[string]rows{"projects": test.projects, "reports": test.reports} {
			sum += len(want)
			path := fmt.Sprintf("/orgs/%s/%s", test.org, table)
			if diff := cmp.Diff(want, w.listed(test.user, path)); diff != "" {
				t.Errorf("%s reads %s (-want +got):\n%s", test.user, path, diff)
			}
		}
	}
	if seen := w.agrees(); seen != sum {
		t.Errorf("everybody together saw %d rows; want %d", seen, sum)
	}
	w.takes("", "GET", "/orgs/acme/projects", "", 401)
	if diff := cmp.Diff(rows{"rebrand", "survey"}, w.listed("ada", "/orgs/acme/projects?after=pricing")); diff != "" {
		t.Errorf("the second page (-want +got):\n%s", diff)
	}
}

// TestWhoChangesWhat tries to change everything as everybody.
func TestWhoChangesWhat(t *testing.T) {
	w := open(t)
	for _, test := range []struct {
		path, body string
		want       map[rolekit.UserID]int // 403 for the others
	}{
		{"/orgs/acme/projects/survey", `{"name":"New"}`, map[rolekit.UserID]int{"ada": 200, "lea": 200}},
		{"/orgs/acme/projects/rebrand", `{"name":"New"}`, map[rolekit.UserID]int{"ada": 200, "mara": 200}},
		{"/orgs/acme/projects/launch", `{"name":"New"}`, map[rolekit.UserID]int{"ada": 200, "mara": 200}},
		{"/orgs/acme/projects/payroll", `{"name":"New"}`, map[rolekit.UserID]int{"ada": 200}},
		{"/orgs/acme/projects/nothing", `{"name":"New"}`, map[rolekit.UserID]int{"ada": 404}}, // which others cannot tell from one that is there
		{"/orgs/globex/projects/survey", `{"name":"New"}`, map[rolekit.UserID]int{"otto": 200}},
		{"/orgs/acme/reports/survey-summary", `{"title":"New","text":"x"}`, map[rolekit.UserID]int{"ada": 200, "ana": 200, "lea": 200}},
		{"/orgs/acme/reports/survey-notes", `{"title":"New","text":"x"}`, map[rolekit.UserID]int{"ada": 200, "lea": 200, "rae": 200}},
		{"/orgs/acme/reports/colours", `{"title":"New","text":"x"}`, map[rolekit.UserID]int{"ada": 200, "bob": 200}},
	} {
		for _, user := range everybody() {
			want := test.want[user]
			if want == 0 {
				want = 403
			}
			w.takes(user, "PUT", test.path, test.body, want)
		}
	}
}

// TestARefusedChangeIsNone reads back what was refused.
func TestARefusedChangeIsNone(t *testing.T) {
	w := open(t)
	w.takes("rae", "PUT", "/orgs/acme/reports/survey-summary", `{"title":"Mine"}`, 403)
	w.takes("mara", "PUT", "/orgs/acme/projects/payroll", `{"name":"Mine"}`, 403)
	w.takes("ana", "PUT", "/orgs/acme/reports/survey-summary", `{"title":"Hers","text":"Still."}`, 200)
	for path, want := range map[string]string{
		"/orgs/acme/projects/payroll":          `"name":"Payroll"`,
		"/orgs/acme/reports/survey-summary":    `"title":"Hers"`,
		"/orgs/acme/reports/survey-notes":      `"title":"Notes"`,
		"/orgs/acme/reports?after=survey-note": `"owner":"rae"`,
	} {
		if got := w.takes("ada", "GET", path, "", 200); !strings.Contains(got.body, want) {
			t.Errorf("%s is %s; want %s", path, got.body, want)
		}
	}
	if got := w.takes("otto", "GET", "/orgs/globex/reports/survey-summary", "", 200); !strings.Contains(got.body, "What we know") {
		t.Errorf("a change at Acme reached Globex: %s", got.body)
	}
}

// TestResearch plays how rights change: by sharing, by sets, by groups, by teams.
// Each step is seen in the next list and in the next single request.
func TestResearch(t *testing.T) {
	w := open(t)
	ada := w.manages("ada")
	projects := func(user rolekit.UserID, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, w.listed(user, "/orgs/acme/projects")); diff != "" {
			t.Errorf("%s's projects (-want +got):\n%s", user, diff)
		}
		w.agrees()
	}
	reports := func(user rolekit.UserID, want ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, want...), w.listed(user, "/orgs/acme/reports")); diff != "" {
			t.Errorf("%s's reports (-want +got):\n%s", user, diff)
		}
		w.agrees()
	}

	// Rae shares her notes with Mara, who cannot share them on.
	const notes = "/orgs/acme/reports/survey-notes/readers/"
	w.takes("mara", "PUT", notes+"mara", "", 403)
	w.takes("ana", "PUT", notes+"zoe", "", 403) // she sees them, and they are not hers
	for range 2 {
		w.takes("rae", "PUT", notes+"mara", "", 204)
	}
	reports("mara", "survey-notes")
	w.takes("mara", "PUT", notes+"zoe", "", 403)
	w.takes("rae", "DELETE", notes+"mara", "", 204)
	reports("mara")

	// Ids of users may hold what else means something in a path.
	for sent, user := range map[string]rolekit.UserID{"ada%2Fx": "ada/x", "ada+%2Fx": "ada+/x", "ada+x": "ada+x"} {
		w.takes("rae", "PUT", notes+sent, "", 204)
		var readers []rolekit.UserID
		w.done(w.app.db.Model(&Share{}).Where("report = ?", "survey-notes").Pluck("reader", &readers).Error)
		if diff := cmp.Diff([]rolekit.UserID{user}, readers); diff != "" {
			t.Errorf("shared with %s (-want +got):\n%s", sent, diff)
		}
		w.takes("rae", "DELETE", notes+sent, "", 204)
	}
	reports("mara")

	// A new campaign becomes marketing's in one step; the colours stay public.
	w.takes("mara", "PUT", "/orgs/acme/projects/pricing", `{"name":"x"}`, 403)
	w.done(ada.ReplaceResources(t.Context(), acme, "marketing", []rolekit.ResourceID{"launch", "pricing"}, 0))
	projects("mara", "launch", "pricing", "rebrand", "survey")
	w.takes("mara", "PUT", "/orgs/acme/projects/pricing", `{"name":"Prices of spring"}`, 200)
	w.takes("mara", "PUT", "/orgs/acme/projects/rebrand", `{"name":"x"}`, 403)
	projects("rae", "rebrand", "survey")

	// Mara reports on it, and Rae cannot.
	got := w.takes("mara", "POST", "/orgs/acme/reports", `{"project":"pricing","title":"What they would pay"}`, 201)
	if !strings.Contains(got.body, `"owner":"mara","team":"insight"`) {
		t.Errorf("the report is %s", got.body)
	}
	w.takes("rae", "POST", "/orgs/acme/reports", `{"project":"pricing","title":"x"}`, 422)
	w.takes("zoe", "POST", "/orgs/acme/reports", `{"project":"survey","title":"x"}`, 403) // a guest

	// Whoever leaves marketing leaves its projects, and the researchers with them.
	w.done(ada.RemoveFromGroup(t.Context(), acme, "marketing-researchers", []rolekit.UserID{"mara"}, nil))
	projects("mara")
	w.done(ada.AddToGroup(t.Context(), acme, "researchers", []rolekit.UserID{"mara"}, nil))
	projects("mara", "rebrand", "survey")

	// Bob helps another team: no role changes, only the app's own table.
	w.done(w.app.db.Create(&TeamMember{acme, insight, "bob"}).Error)
	if list := w.listed("bob", "/orgs/acme/reports"); len(list) != 5 { // his own, three of insight's, and Mara's
		t.Errorf("Bob sees %v", list)
	}
	w.agrees()
}

// TestAnyChange makes changes at random, and after each asks for everything as
// everybody.
func TestAnyChange(t *testing.T) {
	w := open(t)
	dice := rand.New(rand.NewPCG(1, 2)) // the same changes in every run
	one := func(from ...string) string { return from[dice.IntN(len(from))] }
	user := func() rolekit.UserID { return everybody()[dice.IntN(len(everybody()))] }
	org := func() rolekit.OrgID { return rolekit.OrgID(one("acme", "globex")) }
	project := func() rolekit.ResourceID {
		return rolekit.ResourceID(one("survey", "rebrand", "launch", "pricing", "payroll"))
	}
	report := func() rolekit.ResourceID {
		return rolekit.ResourceID(one("survey-summary", "survey-notes", "colours", "prices", "audit"))
	}
	heads := map[rolekit.OrgID]*rolekit.Manager{acme: w.manages("ada"), globex: w.manages("otto")}
	for range 25 {
		o := org()
		var err error
		switch dice.IntN(7) {
		case 0:
			err = heads[o].Assign(t.Context(), o, user(), rolekit.RoleID(one("analyst", "lead", "researcher", "marketing-researcher")))
		case 1:
			err = heads[o].Unassign(t.Context(), o, user(), rolekit.RoleID(one("analyst", "lead", "researcher")))
		case 2:
			set := rolekit.SetID(one("public", "marketing"))
			err = heads[o].ReplaceResources(t.Context(), o, set, []rolekit.ResourceID{project(), project()}, 0)
		case 3:
			err = heads[acme].AddToGroup(t.Context(), acme, rolekit.GroupID(one("researchers", "marketing-researchers", "guests")), []rolekit.UserID{user()}, nil)
		case 4:
			err = heads[acme].RemoveFromGroup(t.Context(), acme, rolekit.GroupID(one("researchers", "marketing-researchers")), []rolekit.UserID{user()}, nil)
		case 5:
			err = w.app.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&Share{o, report(), user()}).Error
		case 6:
			err = w.app.db.Clauses(clause.OnConflict{DoNothing: true}).Create(&TeamMember{o, rolekit.TeamID(one("insight", "brand")), user()}).Error
		}
		w.done(err)
		if w.agrees(); t.Failed() {
			return
		}
	}
}

// TestWhatIsNotKnown takes the app's own tables away: whoever depends on them is
// told that it cannot be decided, in lists and alone, and the others go on.
func TestWhatIsNotKnown(t *testing.T) {
	w := open(t)
	w.done(w.app.db.Migrator().DropTable(&TeamMember{}))
	w.takes("ana", "GET", "/orgs/acme/reports", "", 503)
	w.takes("ana", "GET", "/orgs/acme/reports/prices", "", 503)
	w.takes("ana", "GET", "/orgs/acme/reports/survey-summary", "", 200) // her own
	w.takes("ana", "GET", "/orgs/acme/projects", "", 200)
	w.takes("zoe", "GET", "/orgs/acme/reports", "", 200)

	w.done(w.app.db.Migrator().DropTable(&Share{}))
	for _, path := range []string{"/orgs/acme/reports", "/orgs/acme/reports/colours"} {
		got := w.ask("zoe", "GET", path, "")
		if got.status < 500 || strings.Contains(got.body, "table") || strings.Contains(got.body, "green") {
			t.Errorf("%s answered %d %s", path, got.status, got.body)
		}
	}
	w.takes("ada", "GET", "/orgs/acme/reports", "", 200) // who sees any
}

func TestBadInput(t *testing.T) {
	w := open(t)
	const reports, launch = "/orgs/acme/reports", "/orgs/acme/projects/launch"
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		text                     string
	}{
		{"no JSON", "POST", reports, `{"title":`, 400, "not one JSON object"},
		{"two objects", "POST", reports, `{"project":"survey","title":"x"}{}`, 400, "something follows"},
		{"an unknown field", "POST", reports, `{"project":"survey","title":"x","owner":"bob"}`, 400, "owner"},
		{"a wrong type", "PUT", launch, `{"name":1}`, 400, "name"},
		{"no title", "POST", reports, `{"project":"survey"}`, 422, "it needs title"},
		{"no project", "POST", reports, `{"title":"x"}`, 422, "a project that you see"},
		{"another's project", "POST", "/orgs/globex/reports", `{"title":"x","project":"survey"}`, 403, "permission"},
		{"no name", "PUT", launch, `{}`, 422, "it needs name"},
		{"too much", "PUT", launch, `{"name":"` + strings.Repeat("x", maxBody) + `"}`, 413, "too large"},
		{"a reader who cannot be", "PUT", reports + "/audit/readers/%00", "", 422, "user"},
		{"an organisation that cannot be", "GET", "/orgs/Acme/reports", "", 422, "organisation id"},
		{"no such route", "GET", "/orgs/acme/reporters", "", 404, "nothing at this address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := w.ask("ada", test.method, test.path, test.body)
			if got.status != test.status || !strings.Contains(got.body, test.text) || got.kind != "application/problem+json" {
				t.Errorf("answered %d %s %s; want %d with %s", got.status, got.kind, got.body, test.status, test.text)
			}
		})
	}
	if got := w.takes("ada", "GET", launch, "", http.StatusOK); !strings.Contains(got.body, "Spring launch") {
		t.Errorf("what was refused was stored: %s", got.body)
	}
}
