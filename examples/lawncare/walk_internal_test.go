package main

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/lawncare/perm"
)

// sees checks which rows a list shows: none where it is refused (nil).
func (w *world) sees(profile rolekit.ProfileID, user rolekit.UserID, path string, want []uint64) {
	w.t.Helper()
	got := w.askAs(profile, user, "GET", path, "")
	if want == nil {
		if got.status != 403 {
			w.t.Errorf("%s %s reads %s: answered %d %s; want 403", profile, user, path, got.status, got.body)
		}
		return
	}
	if got.status != 200 {
		w.t.Errorf("%s %s reads %s: answered %d %s; want 200", profile, user, path, got.status, got.body)
		return
	}
	if diff := cmp.Diff(want, append([]uint64{}, ids(w.t, got)...)); diff != "" {
		w.t.Errorf("%s %s reads %s (-want +got):\n%s", profile, user, path, diff)
	}
}

func (w *world) done(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestSixProfiles walks through every list as each kind of user.
func TestSixProfiles(t *testing.T) {
	w := open(t)
	type rows = []uint64
	none := rows{}
	for _, test := range []struct {
		profile                                      rolekit.ProfileID
		user                                         rolekit.UserID
		org                                          rolekit.OrgID
		clients, jobs, invoices, newsletters, agenda rows
	}{
		{"owner", "tom", toms, rows{1, 2}, rows{1, 2, 3}, rows{1, 2}, rows{1}, rows{1, 2, 4}},
		{"owner", "sam", toms, rows{1, 2}, rows{1, 2, 3}, nil, nil, rows{1, 2, 4}}, // Scheduler
		{"owner", "mia", toms, rows{1, 2}, nil, nil, rows{1}, nil},                 // Marketer
		{"owner", "jack", jacks, rows{3}, rows{4, 5, 7}, rows{3, 5}, none, none},
		{"worker", "eve", toms, nil, rows{1}, nil, rows{1}, rows{1, 2, 4}},              // Entry Level
		{"worker", "xavier", toms, rows{1, 2}, rows{1, 2}, nil, rows{1}, rows{1, 2, 4}}, // Experienced
		{"worker", "tina", toms, rows{1, 2}, rows{1, 2}, nil, rows{1}, rows{1, 2, 4}},   // Team Lead
		{"client", "rosa", toms, rows{1}, nil, rows{1}, nil, nil},                       // Residential
		{"client", "carver", toms, rows{2}, nil, rows{2}, rows{1}, nil},                 // Commercial
		{"hoa-rep", "beth", blueMeadow, nil, nil, nil, rows{2}, rows{3}},                // President
		{"hoa-rep", "rosa", blueMeadow, nil, nil, nil, rows{2}, rows{3}},                // Member
		{"brand-rep", "bram", toms, nil, nil, nil, rows{1}, nil},
		{"staff", "sue", staff, nil, nil, nil, none, none},  // Superuser
		{"staff", "carl", staff, nil, nil, nil, none, none}, // Customer Support
	} {
		t.Run(fmt.Sprintf("%s %s at %s", test.profile, test.user, test.org), func(t *testing.T) {
			w := w.in(t)
			for list, want := range map[string][]uint64{
				"clients": test.clients, "jobs": test.jobs, "invoices": test.invoices, "newsletters": test.newsletters, "schedule": test.agenda,
			} {
				path := fmt.Sprintf("/orgs/%s/%s", test.org, list)
				w.sees("", test.user, path, want) // a user who is one thing is that thing
				w.sees(test.profile, test.user, path, want)
				for _, p := range w.app.Kit.Catalog().Profiles() {
					if p.ID != test.profile {
						w.sees(p.ID, test.user, path, nil)
					}
				}
			}
		})
	}
}

// TestWhatEachProfileDoes has each kind of user do what the story lets them, and
// try what it does not.
func TestWhatEachProfileDoes(t *testing.T) {
	w := open(t)
	const newsletter, agenda = `{"subject":"Hello"}`, `{"day":"2026-04-07T08:00:00Z"}`
	for _, s := range []step{
		{story: "Mia, who markets, writes to the clients", user: "mia", method: "POST", path: "/orgs/toms/newsletters", body: newsletter, status: 201},
		{story: "but plans nothing", user: "mia", method: "POST", path: "/orgs/toms/schedule", body: agenda, status: 403},
		{story: "Sam plans", user: "sam", method: "POST", path: "/orgs/toms/schedule", body: agenda, status: 201},
		{story: "but writes no newsletter", user: "sam", method: "POST", path: "/orgs/toms/newsletters", body: newsletter, status: 403},
		{story: "Eve, a worker, plans nothing", user: "eve", method: "POST", path: "/orgs/toms/schedule", body: agenda, status: 403},
		{story: "Rosa, a client, writes no invoice", user: "rosa", method: "POST", path: "/orgs/toms/invoices", body: `{"client":"Rosa","cents":1}`, status: 403},
		{story: "nor does she complete a job", user: "rosa", method: "POST", path: "/orgs/toms/jobs/1/complete", status: 403},
		{story: "Beth presides, and writes to the members", user: "beth", method: "POST", path: "/orgs/blue-meadows/newsletters", body: newsletter, status: 201},
		{story: "who do not", user: "rosa", method: "POST", path: "/orgs/blue-meadows/newsletters", body: newsletter, status: 403},
		{
			story: "Beth makes a role for her association", user: "beth", method: "POST", path: "/v1/orgs/blue-meadows/roles", status: 201,
			body: `{"id":"editor","profile":"hoa-rep","grants":[{"permission":"newsletters:write","access":"any"}]}`,
		},
		{story: "Bram speaks for a brand", user: "bram", method: "POST", path: "/orgs/toms/newsletters", body: newsletter, status: 201},
		{story: "and nothing else", user: "bram", method: "GET", path: "/v1/orgs/toms/members", status: 403},
		{story: "Carl, of customer support, sees who is a customer", user: "carl", method: "GET", path: "/v1/orgs", status: 200, has: []string{"oak-hill", "toms-north"}},
		{story: "but none of their rows", user: "carl", method: "GET", path: "/orgs/toms/invoices", status: 403},
		{story: "Sue signs up another", user: "sue", method: "POST", path: "/v1/orgs", body: `{"id":"greens"}`, status: 201},
	} {
		w.take(s)
	}
}

// TestPat is a worker at Tom's and at Jack's, whose client they are too, and
// with two associations: three profiles in four organisations, one at a time.
func TestPat(t *testing.T) {
	w := open(t)
	var me struct {
		Orgs []struct {
			ID       rolekit.OrgID
			Profiles []rolekit.ProfileID
		}
	}
	w.done(json.Unmarshal([]byte(w.ask("pat", "GET", "/v1/me", "").body), &me))
	got := map[rolekit.OrgID][]rolekit.ProfileID{}
	for _, m := range me.Orgs {
		got[m.ID] = m.Profiles
	}
	if diff := cmp.Diff(map[rolekit.OrgID][]rolekit.ProfileID{
		// What Pat is at Tom's, Pat is in Tom's branch too.
		toms: {"worker"}, tomsNorth: {"worker"}, jacks: {"client", "worker"}, blueMeadow: {"hoa-rep"}, oakHill: {"hoa-rep"},
	}, got); diff != "" {
		t.Errorf("what Pat is (-want +got):\n%s", diff)
	}

	// Where Pat is one thing, nobody asks which.
	w.sees("", "pat", "/orgs/toms/schedule", []uint64{1, 2, 4})
	w.sees("", "pat", "/orgs/toms/invoices", nil)
	w.sees("", "pat", "/orgs/blue-meadows/newsletters", []uint64{2})
	w.sees("", "pat", "/orgs/oak-hill/newsletters", []uint64{3})
	w.take(step{story: "a member of one", user: "pat", method: "POST", path: "/orgs/blue-meadows/newsletters", body: `{"subject":"No"}`, status: 403})
	w.take(step{story: "the president of the other", user: "pat", method: "POST", path: "/orgs/oak-hill/newsletters", body: `{"subject":"Yes"}`, status: 201})

	// At Jack's a request must say, or Pat must have.
	const jobs, invoices = "/orgs/jacks/jobs", "/orgs/jacks/invoices"
	w.take(step{story: "which", user: "pat", method: "GET", path: jobs, status: 422, has: []string{"several profiles"}, lacks: []string{"Edge"}})
	w.take(step{story: "a profile that is none", user: "pat", profile: "gardener", method: "GET", path: jobs, status: 422, has: []string{"there is no profile"}})
	both := func() {
		t.Helper()
		w.sees("worker", "pat", jobs, []uint64{7})
		w.sees("worker", "pat", invoices, nil)
		w.sees("client", "pat", invoices, []uint64{5})
		w.sees("client", "pat", jobs, nil)
		w.sees("hoa-rep", "pat", jobs, nil) // which Pat is elsewhere
		w.sees("owner", "pat", invoices, nil)
	}
	both()

	switches := func(profile string, status int) {
		t.Helper()
		w.take(step{
			story: "Pat switches", user: "pat", method: "PUT", path: "/v1/me/profile", status: status,
			body: fmt.Sprintf(`{"org":"jacks","profile":%q}`, profile),
		})
	}
	switches("client", 204)
	w.sees("", "pat", invoices, []uint64{5})
	w.sees("", "pat", jobs, nil)
	switches("worker", 204)
	w.sees("", "pat", jobs, []uint64{7})
	w.sees("", "pat", invoices, nil)
	both() // a request may still say otherwise
	switches("owner", 403)
	switches("hoa-rep", 403)
	switches("gardener", 422)
	w.sees("", "pat", jobs, []uint64{7})
	w.sees("", "pat", "/orgs/toms/schedule", []uint64{1, 2, 4}) // the choice was Jack's only

	// What there is to pay is a client's, even while Pat works.
	w.sees("", "pat", "/my/invoices", []uint64{5})
	w.sees("worker", "pat", "/my/invoices", []uint64{})
}

// TestOneList shows what a client has to pay, whoever sent it.
func TestOneList(t *testing.T) {
	w := open(t)
	const mine = "/my/invoices"
	w.sees("", "rosa", mine, []uint64{1, 3})
	w.sees("", "rosa", mine+"?after=1", []uint64{3})
	w.sees("", "carver", mine, []uint64{2, 4}) // Tom's clients are his branch's too
	w.sees("", "beth", mine, []uint64{})
	w.sees("", "nobody", mine, []uint64{})
	w.sees("", "tom", mine, []uint64{})             // who is no client
	w.sees("owner", "tom", mine, []uint64{1, 2, 4}) // but owns these two
	w.sees("owner", "nora", mine, []uint64{4})      // and she one
	w.sees("owner", "rosa", mine, []uint64{})       // who says so and is not
	w.take(step{story: "a stranger", method: "GET", path: mine, status: 401})
	w.take(step{story: "a page behind nothing", user: "rosa", method: "GET", path: mine + "?after=x", status: 422})
}

// A part of the list of which it is not known how far it reaches is no part
// that is empty.
func TestOneListOrNone(t *testing.T) {
	w := open(t)
	s := &shop{db: w.app.db, kit: w.app.Kit}
	who := rolekit.Identity{User: "xavier", Profile: "worker"}
	query, err := s.everywhere(t.Context(), who, perm.JobsRead)
	w.done(err)
	var jobs []uint64
	w.done(query.Model(&Job{}).Order("id").Pluck("id", &jobs).Error)
	if diff := cmp.Diff([]uint64{1, 2}, jobs); diff != "" {
		t.Errorf("Xavier's jobs (-want +got):\n%s", diff)
	}
	w.done(w.app.db.Migrator().DropTable(&TeamMember{}))
	if _, err := s.everywhere(t.Context(), who, perm.JobsRead); err == nil {
		t.Error("there is a list though nobody knows the teams")
	}
	for _, path := range []string{"/orgs/toms/jobs", "/orgs/toms/jobs/1"} {
		w.take(step{story: "nor is there one at Tom's", user: "xavier", method: "GET", path: path, status: 503, lacks: []string{"team_members"}})
	}
	w.sees("", "sam", "/orgs/toms/jobs", []uint64{1, 2, 3}) // it does not depend on teams
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.everywhere(gone, who, perm.JobsRead); err == nil {
		t.Error("there is a list for a request that is gone")
	}
}

// TestTomRemovesAllClientPermissions gives Tom's clients a role of Tom's own in
// place of those that all companies share, and empties it: in the one list of
// someone who is Jack's client too, only Jack's invoices remain.
func TestTomRemovesAllClientPermissions(t *testing.T) {
	w := open(t)
	const role, grants = "/v1/orgs/toms/roles/household", `{"grants":[{"permission":"invoices:read","access":"own"}]}`
	household := func(user string) string { return "/v1/orgs/toms/members/" + user + "/roles/household" }
	for _, s := range []step{
		{
			story: "Tom makes a role for clients", user: "tom", method: "POST", path: "/v1/orgs/toms/roles", status: 201,
			body: `{"id":"household","profile":"client","grants":[{"permission":"invoices:read","access":"own"}]}`,
		},
		{story: "and gives it to Rosa", user: "tom", method: "PUT", path: household("rosa"), status: 204},
		{story: "and to Carver", user: "tom", method: "PUT", path: household("carver"), status: 204},
		{story: "in place of the old one", user: "tom", method: "DELETE", path: "/v1/orgs/toms/members/rosa/roles/residential", status: 204},
		{story: "for both", user: "tom", method: "DELETE", path: "/v1/orgs/toms/members/carver/roles/commercial", status: 204},
	} {
		w.take(s)
	}
	w.sees("", "rosa", "/my/invoices", []uint64{1, 3})
	w.sees("", "carver", "/my/invoices", []uint64{2, 4})
	w.sees("", "carver", "/orgs/toms/newsletters", nil)

	w.take(step{story: "Tom takes it all", user: "tom", method: "PUT", path: role + "/permissions", body: `{"grants":[]}`, status: 200})
	w.sees("", "rosa", "/my/invoices", []uint64{3})
	w.sees("", "carver", "/my/invoices", []uint64{})
	for _, list := range []string{"clients", "jobs", "invoices", "newsletters", "schedule"} {
		w.sees("", "rosa", "/orgs/toms/"+list, nil)
		w.sees("", "carver", "/orgs/toms-north/"+list, nil)
	}
	w.sees("", "rosa", "/orgs/jacks/invoices", []uint64{3})
	w.sees("", "tom", "/orgs/toms/invoices", []uint64{1, 2})
	w.take(step{story: "Rosa is a client still", user: "rosa", method: "GET", path: "/v1/me?org=toms", status: 200, has: []string{`"client"`}, lacks: []string{"invoices:read"}})

	w.take(step{story: "Jack's clients are not Tom's", user: "tom", method: "DELETE", path: "/v1/orgs/jacks/members/rosa/roles/residential", status: 403})
	w.take(step{story: "Tom gives it back", user: "tom", method: "PUT", path: role + "/permissions", body: grants, status: 200})
	w.sees("", "rosa", "/my/invoices", []uint64{1, 3})
}

// TestBaseline shows that whoever is a worker sees the schedule, by whatever way
// they are one, and that nobody else does for that.
func TestBaseline(t *testing.T) {
	w := open(t)
	all := []uint64{1, 2, 4}
	for _, user := range []rolekit.UserID{"eve", "xavier", "tina", "gus", "hank", "pat"} {
		w.sees("", user, "/orgs/toms/schedule", all)
	}
	w.sees("", "tia", "/orgs/toms/schedule", nil)
	w.take(step{story: "a role of nothing", user: "tom", method: "POST", path: "/v1/orgs/toms/roles", body: `{"id":"trainee","profile":"worker"}`, status: 201})
	w.take(step{story: "for Tia", user: "tom", method: "PUT", path: "/v1/orgs/toms/members/tia/roles/trainee", status: 204})
	w.sees("", "tia", "/orgs/toms/schedule", all)
	w.sees("", "tia", "/orgs/toms/jobs", nil)
	w.sees("", "tia", "/orgs/jacks/schedule", nil)
	w.sees("", "rosa", "/orgs/toms/schedule", nil)
	w.sees("", "eve", "/orgs/blue-meadows/schedule", nil)
}

// TestSeason hires a helper whose time ends by itself.
func TestSeason(t *testing.T) {
	w := open(t)
	const jobs = "/orgs/toms/jobs"
	start := w.clock.Now()
	end := start.AddDate(0, season, 0)
	w.sees("", "hank", jobs, []uint64{})
	w.clock.set(end.Add(-time.Second))
	w.sees("", "hank", jobs, []uint64{})
	w.clock.set(end)
	w.sees("", "hank", jobs, nil)
	w.sees("", "hank", "/orgs/toms/schedule", nil)
	w.sees("", "eve", jobs, []uint64{1})

	w.take(step{
		story: "he is listed with when he left", user: "tom", method: "GET", path: "/v1/orgs/toms/members?prefix=hank", status: 200,
		has: []string{`"user":"hank"`, `"until":"2026-10-01T09:00:00Z"`, `"ended":true`},
	})

	next := rolekit.Period{From: end.AddDate(0, 6, 0), Until: end.AddDate(1, 0, 0)}
	w.take(step{
		story: "Tom hires him for the next", user: "tom", method: "PUT", path: "/v1/orgs/toms/members/hank/roles/experienced", status: 204,
		body: fmt.Sprintf(`{"from":%q,"until":%q}`, next.From.Format(time.RFC3339), next.Until.Format(time.RFC3339)),
	})
	w.sees("", "hank", "/orgs/toms/clients", nil)
	w.clock.set(next.From)
	w.sees("", "hank", "/orgs/toms/clients", []uint64{1, 2})
	w.clock.set(next.Until)
	w.sees("", "hank", "/orgs/toms/clients", nil)
}

// TestCrew shows what a group's role is worth to those who are in it.
func TestCrew(t *testing.T) {
	w := open(t)
	for _, s := range []step{
		{story: "Sam has work for Gus", user: "sam", method: "POST", path: "/orgs/toms/jobs", body: `{"client":"Rosa Diaz","task":"Rake","owner":"gus"}`, status: 201},
		{story: "which Gus does", user: "gus", method: "POST", path: "/orgs/toms/jobs/8/complete", status: 204},
		{story: "and Gwen does not", user: "gwen", method: "POST", path: "/orgs/toms/jobs/8/complete", status: 404},
	} {
		w.take(s)
	}
	w.sees("", "gus", "/orgs/toms/jobs", []uint64{8})
	w.sees("", "gwen", "/orgs/toms/jobs", []uint64{})
	w.sees("", "gus", "/orgs/toms/clients", nil)

	const crew = "/v1/orgs/toms/groups/crew"
	w.take(step{story: "Tom promotes the crew", user: "tom", method: "PUT", path: crew + "/roles/experienced", status: 204})
	w.sees("", "gus", "/orgs/toms/clients", []uint64{1, 2})
	w.sees("", "gwen", "/orgs/toms/clients", []uint64{1, 2})
	w.take(step{story: "Gwen leaves it", user: "tom", method: "DELETE", path: crew + "/members/gwen", status: 204})
	w.sees("", "gwen", "/orgs/toms/clients", nil)
	w.sees("", "gwen", "/orgs/toms/jobs", nil)
	w.take(step{story: "she does not join by herself", user: "gwen", method: "PUT", path: crew + "/members/gwen", status: 403})
	w.take(step{story: "nor does Gus bring her", user: "gus", method: "PUT", path: crew + "/members/gwen", status: 403})
	w.sees("", "gwen", "/orgs/toms/jobs", nil)
	w.take(step{story: "the crew was not worth it", user: "tom", method: "DELETE", path: crew + "/roles/experienced", status: 204})
	w.sees("", "gus", "/orgs/toms/clients", nil)
	w.sees("", "gus", "/orgs/toms/jobs", []uint64{8})
}

// TestBranches shows that an owner sees what is below, and nobody what is above
// or beside them.
func TestBranches(t *testing.T) {
	w := open(t)
	w.hireAda()
	w.sees("", "tom", "/orgs/toms/jobs", []uint64{1, 2, 3}) // rows stay where they are
	w.sees("", "tom", "/orgs/toms-north/jobs", []uint64{6})
	w.sees("", "tom", "/orgs/toms-north/invoices", []uint64{4})
	w.sees("", "ada", "/orgs/toms-north/invoices", []uint64{4}) // Tom's bookkeeper keeps all his books
	w.sees("", "xavier", "/orgs/toms-north/jobs", []uint64{})   // his team is not theirs
	w.sees("", "nora", "/orgs/toms-north/jobs", []uint64{6})
	w.sees("", "nora", "/orgs/toms/jobs", nil)
	w.sees("", "nora", "/orgs/jacks/jobs", nil)
	w.sees("", "jack", "/orgs/toms-north/jobs", nil)

	for _, s := range []step{
		{story: "Tom opens another branch", user: "tom", method: "POST", path: "/v1/orgs", body: `{"id":"toms-south","parent":"toms"}`, status: 201},
		{story: "and hires Sol to run it", user: "tom", method: "PUT", path: "/v1/orgs/toms-south/members/sol/roles/owner", status: 204},
		{story: "Sol runs it", user: "sol", method: "POST", path: "/orgs/toms-south/jobs", body: `{"client":"Ann","task":"Dig"}`, status: 201},
		{story: "not Tom's", user: "sol", method: "PUT", path: "/v1/orgs/toms/members/sol/roles/owner", status: 403},
		{story: "nor the North", user: "sol", method: "PUT", path: "/v1/orgs/toms-north/members/sol/roles/owner", status: 403},
		{story: "Nora opens none under Tom's", user: "nora", method: "POST", path: "/v1/orgs", body: `{"id":"mine","parent":"toms"}`, status: 403},
		{story: "nor beside it", user: "nora", method: "POST", path: "/v1/orgs", body: `{"id":"mine"}`, status: 403},
		{story: "but under her own", user: "nora", method: "POST", path: "/v1/orgs", body: `{"id":"far-north","parent":"toms-north"}`, status: 201},
		{story: "Nora hires Nick by a role of Tom's", user: "nora", method: "PUT", path: "/v1/orgs/toms-north/members/nick/roles/bookkeeper", status: 204},
	} {
		w.take(s)
	}
	w.sees("", "sol", "/orgs/toms-south/jobs", []uint64{8})
	w.sees("", "sol", "/orgs/toms-north/jobs", nil)
	w.sees("", "sol", "/orgs/toms/jobs", nil)
	w.sees("", "nora", "/orgs/toms-south/jobs", nil)
	w.sees("", "nora", "/orgs/far-north/jobs", []uint64{})
	w.sees("", "tom", "/orgs/toms-south/jobs", []uint64{8})
	w.sees("", "tom", "/orgs/far-north/jobs", []uint64{})
	w.sees("", "nick", "/orgs/toms-north/invoices", []uint64{4})
	w.sees("", "nick", "/orgs/far-north/invoices", []uint64{})
	w.sees("", "nick", "/orgs/toms/invoices", nil)
	w.sees("", "nick", "/orgs/toms-south/invoices", nil)
}
