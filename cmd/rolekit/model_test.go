package main_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

const profiles = `
profiles:
  owner: {label: Owner}
  worker: {label: Worker}
objects:
  jobs: {actions: [read, write]}
permissions:
  jobs:read: {access: [any, own, set]}
roles:
  owner: {profile: owner, grants: ["*:*"]}
  mower: {profile: worker, grants: [{permission: jobs:read, access: own}]}
creator: owner
`

// TestAUserWithTwoProfiles goes through what a front end does for one: choose,
// be remembered across a restart, and ask for another in a single request.
func TestAUserWithTwoProfiles(t *testing.T) {
	p := newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops")
	p.write("catalog.yaml", profiles)
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s := p.serve()
	sue := p.token("--user", "sue")
	s.want(201, `"id":"toms"`, "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	s.want(204, "", "PUT", "/v1/orgs/toms/members/sue/roles/mower", sue, "")

	s.want(422, "act as one of: owner, worker", "GET", "/v1/orgs/toms/roles", sue, "")
	s.want(200, `"profiles":["owner","worker"],"permissions":[]`, "GET", "/v1/me?org=toms", sue, "")
	s.want(403, `"code":"permission_denied"`, "PUT", "/v1/me/profile", p.token("--user", "ada"), `{"org":"toms","profile":"owner"}`)
	s.want(204, "", "PUT", "/v1/me/profile", sue, `{"org":"toms","profile":"worker"}`)
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, s.logged())
	}

	s = p.serve()
	s.want(200, `"profile":"worker"`, "GET", "/v1/me?org=toms", sue, "")
	s.want(200, `"permissions":[{"permission":"jobs:read","access":"own"}]`, "GET", "/v1/me?org=toms", sue, "")
	s.want(403, `"code":"permission_denied"`, "GET", "/v1/orgs/toms/roles", sue, "")
	s.want(200, `"items":[`, "GET", "/v1/orgs/toms/roles", p.token("--user", "sue", "--profile", "owner"), "")
	if got := s.as("owner", "/v1/orgs/toms/roles", sue); got != http.StatusOK {
		t.Errorf("with the header X-Profile: owner: %d", got)
	}
	if got := s.as("worker", "/v1/orgs/toms/roles", p.token("--user", "sue", "--profile", "owner")); got != http.StatusForbidden {
		t.Errorf("with the header X-Profile: worker: %d", got)
	}
}

// as gets a path with the header X-Profile and returns the status.
func (s *server) as(profile, path, token string) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("X-Profile", profile)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode
}

// TestGroupsSetsAndTimes gives a crew a role for some resources and a season,
// and asks why.
func TestGroupsSetsAndTimes(t *testing.T) {
	p := newPlace(t, "ROLEKIT_SECRET="+secret, "ROLEKIT_OPERATORS=ops")
	p.write("catalog.yaml", profiles)
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operator", "sue"); got.code != 0 {
		t.Fatalf("seed: %+v", got)
	}
	s := p.serve()
	sue := p.token("--user", "sue")
	const org = "/v1/orgs/toms"
	for _, step := range []struct {
		status             int
		method, path, body string
	}{
		{201, "POST", "/v1/orgs", `{"id":"toms"}`},
		{201, "PUT", org + "/sets/hedges", `{"label":"Hedges"}`},
		{204, "POST", org + "/sets/hedges/resources", `{"resources":["hedge-1","hedge-2"]}`},
		{201, "POST", org + "/roles", `{"id":"cutter","profile":"worker","grants":[{"permission":"jobs:read","access":"set:hedges"}]}`},
		{201, "PUT", org + "/groups/crew", `{}`},
		{204, "PUT", org + "/groups/crew/members/carl", ""},
		{204, "PUT", org + "/groups/crew/roles/cutter", `{"until":"2120-01-01T00:00:00Z"}`},
	} {
		s.want(step.status, "", step.method, step.path, sue, step.body)
	}
	ask := func(resource string) string { return `{"user":"carl","permission":"jobs:read"` + resource + `}` }
	s.want(200, `"allowed":true,"access":["set:hedges"]`, "POST", org+"/check", sue, ask(""))
	s.want(200, `"allowed":true`, "POST", org+"/check", sue, ask(`,"resource":{"id":"hedge-2"}`))
	s.want(200, `"allowed":false`, "POST", org+"/check", sue, ask(`,"resource":{"id":"lawn-1"}`))
	s.want(200, `"steps":[{"to":"group:crew","org":"toms"},{"to":"role:cutter","org":"toms","until":"2120-01-01T00:00:00Z"}]`, "POST", org+"/explain", sue, ask(""))
	s.want(200, `by group:crew in \"toms\" > role:cutter in \"toms\"`, "POST", org+"/explain", sue, ask(""))
	s.want(200, `"kind":"access"`, "POST", org+"/explain", sue, ask(`,"resource":{"id":"lawn-1"}`))
	s.want(204, "", "PUT", org+"/groups/crew/roles/cutter", sue, `{"until":"2020-01-01T00:00:00Z"}`)
	s.want(200, `"allowed":false`, "POST", org+"/check", sue, ask(""))
	s.want(200, `"kind":"ended"`, "POST", org+"/explain", sue, ask(""))
	s.want(200, `"ended":true`, "GET", org+"/groups/crew", sue, "")
	if strings.Contains(s.logged(), "carl") {
		t.Errorf("the log shows who it was about:\n%s", s.logged())
	}
}
