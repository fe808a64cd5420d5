package api_test

import (
	"strings"
	"testing"
)

// What somebody holds is told with the groups, organisations and roles that it
// comes by, and for how long.
func TestPermissionsAreToldWithTheirSources(t *testing.T) {
	w := serveSites(t)
	const east = "GET /v1/orgs/east/members/"
	w.done("bea", "POST /v1/orgs", `{"id":"east","parent":"sites"}`)
	w.done("bea", "PUT /v1/orgs/sites/groups/crew", `{}`)
	w.done("bea", "PUT /v1/orgs/sites/groups/juniors", `{}`)
	w.done("bea", "PUT /v1/orgs/sites/groups/crew/groups/juniors", "")
	w.done("bea", "PUT /v1/orgs/sites/groups/juniors/members/carl", "")
	w.done("bea", "PUT /v1/orgs/east/groups/crew/roles/mate", `{"from":"2020-01-01T00:00:00Z","until":"2120-01-01T00:00:00Z"}`)
	w.done("bea", "POST /v1/orgs/east/roles", `{"id":"lead","includes":["mate"]}`)
	w.done("bea", "PUT /v1/orgs/east/members/carl/roles/lead", `{"until":"2120-01-01T00:00:00Z"}`)
	w.done("bea", "PUT /v1/orgs/east/members/carl/roles/boss", `{"until":"2020-01-01T00:00:00Z"}`)
	const (
		group    = `{"to":"group:juniors","org":"sites"},{"to":"group:crew","org":"sites"}`
		mate     = `{"to":"role:mate","org":"east","until":"2120-01-01T00:00:00Z"}`
		lead     = `{"to":"role:lead","org":"east","until":"2120-01-01T00:00:00Z"}`
		baseline = `{"to":"profile:default","org":"*"}`
	)
	got := w.ask("bea", east+"carl/permissions", "")
	for _, want := range []string{
		`{"items":[{"profile":"default","permission":"plans:read","access":"team","sources":[`,
		`{"steps":[` + lead + `,{"to":"role:mate","org":"east"}],"grant":{"permission":"plans:read","access":"team"},"until":"2120-01-01T00:00:00Z"}`,
		`{"steps":[` + group + `,` + mate + `],"grant":{"permission":"plans:read","access":"team"},"from":"2020-01-01T00:00:00Z","until":"2120-01-01T00:00:00Z"}`,
		`{"profile":"default","permission":"plans:read","access":"own","sources":[{"steps":[`,
		`{"steps":[{"to":"group:juniors","org":"sites"},` + baseline + `],"grant":{"permission":"plans:read","access":"own"}}`,
	} {
		if got.status != 200 || !strings.Contains(got.body, want) {
			t.Errorf("%d %s\nlacks %s", got.status, got.body, want)
		}
	}
	if strings.Contains(got.body, "boss") {
		t.Errorf("what ended is told: %s", got.body)
	}
	if a := w.ask("bea", east+"dora/permissions", ""); a.status != 200 || !strings.HasPrefix(a.body, `{"items":[],"revision":`) {
		t.Errorf("of somebody who holds nothing: %d %s", a.status, a.body)
	}
	a := w.ask("bea", east+"carl/permissions?profile=boss", "")
	if isProblem(t, a); a.status != 422 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
