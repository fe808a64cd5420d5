package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// hireAda has Tom hire Ada, which nobody refuses him.
func (w *world) hireAda() {
	w.t.Helper()
	refused, err := hireAda(w.t.Context(), w.app.Kit)
	w.done(err)
	if refused != "" {
		w.t.Fatal(refused)
	}
}

// TestItStartsWhateverTheAPIDid changes what the start itself works with, as the
// API allows, and starts the program: twice, as a start is a change too.
func TestItStartsWhateverTheAPIDid(t *testing.T) {
	const bookkeeper, owners = "/v1/orgs/toms/roles/bookkeeper", "/v1/orgs/toms/members/"
	tests := []struct {
		name  string
		steps []step
		note  string // why Tom is refused; empty where he is not
	}{
		{"nothing", nil, ""},
		{"the role has other grants", []step{
			{method: "PUT", path: bookkeeper + "/permissions", body: `{"grants":[{"permission":"jobs:read","access":"own"}]}`, status: 200},
		}, ""},
		{"Tom has sold his company", []step{
			{method: "PUT", path: owners + "uma/roles/owner", status: 204},
			{method: "DELETE", path: owners + "tom/roles/owner", status: 204},
		}, "iam.roles:write"},
		{"the role is of another profile", []step{
			{method: "DELETE", path: owners + "ada/roles/bookkeeper", status: 204},
			{method: "DELETE", path: bookkeeper, status: 204},
			{method: "POST", path: "/v1/orgs/toms/roles", body: `{"id":"bookkeeper","profile":"client"}`, status: 201},
		}, "client"},
		{"Ada runs the company as a bookkeeper", []step{
			{method: "PUT", path: bookkeeper + "/permissions", body: `{"grants":[{"permission":"iam.roles:write","access":"any"},` +
				`{"permission":"iam.members:write","access":"any"},{"permission":"iam.orgs:write","access":"any"}]}`, status: 200},
			{method: "DELETE", path: owners + "tom/roles/owner", status: 204},
		}, "iam.roles:write"},
		{"there are no companies any more", []step{
			{user: "sue", method: "DELETE", path: "/v1/orgs/toms?descendants=true", status: 204},
			{user: "sue", method: "DELETE", path: "/v1/orgs/jacks", status: 204},
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t)
			w.hireAda()
			for _, s := range test.steps {
				if s.user == "" {
					s.user = "tom"
				}
				w.take(s)
			}
			for range 2 {
				said := started(t, w.file)
				if strings.Contains(said, "Tom could not hire Ada") != (test.note != "") || !strings.Contains(said, test.note) {
					t.Errorf("it said %s; want a note with %q", said, test.note)
				}
			}
		})
	}
}

// started runs the program until it has said all that it says, which it returns.
func started(t *testing.T, database string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stdout, end := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0", "-db", database}, end, io.Discard)
		_ = end.CloseWithError(err) // it never fails
		ended <- err
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Stop it") {
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatalf("it did not start: %v", err)
	}
	return said.String()
}

// TestADeletedOrganisationLeavesNothing deletes Tom's company. The next start
// founds another of its name, which sees nothing of the old.
func TestADeletedOrganisationLeavesNothing(t *testing.T) {
	w := open(t)
	w.sees("", "tom", "/orgs/toms/jobs", []uint64{1, 2, 3})
	w.done(w.app.db.Create(&TeamMember{Org: toms, User: "mallory", Team: greenTeam}).Error)
	w.take(step{user: "sue", method: "DELETE", path: "/v1/orgs/toms?descendants=true", status: 204})

	w.app = newTestApp(t, w.file, w.secret, w.clock.Now)
	w.url = w.serve(w.app.Engine)
	for _, table := range []string{"clients", "jobs", "invoices", "newsletters", "schedule"} {
		w.sees("", "tom", "/orgs/toms/"+table, []uint64{})
	}
	var teams []rolekit.TeamID
	w.done(teamsOf(w.app.db, rolekit.Identity{User: "mallory", Org: toms}).Find(&teams).Error)
	if len(teams) > 0 {
		t.Errorf("who was in a team of the old company is in %v of the new one", teams)
	}
	w.sees("", "jack", "/orgs/jacks/jobs", []uint64{4, 5, 7}) // others keep theirs
}

// TestUsersWithASlash names a user whose id holds one in a path of the API.
func TestUsersWithASlash(t *testing.T) {
	w := open(t)
	for sent, user := range map[string]rolekit.UserID{"ada%2Fx": "ada/x", "ada+%2Fx": "ada+/x"} {
		w.sees("", user, "/orgs/toms/schedule", nil)
		w.take(step{user: "tom", method: http.MethodPut, path: "/v1/orgs/toms/members/" + sent + "/roles/scheduler", status: 204})
		w.sees("", user, "/orgs/toms/schedule", []uint64{1, 2, 4})
		w.take(step{user: "tom", method: http.MethodDelete, path: "/v1/orgs/toms/members/" + sent + "/roles/scheduler", status: 204})
		w.sees("", user, "/orgs/toms/schedule", nil)
	}
}
