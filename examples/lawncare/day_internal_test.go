package main

import "testing"

const (
	bookkeeperURL = "/v1/orgs/toms/roles/bookkeeper"
	grantsURL     = bookkeeperURL + "/permissions"
	adaURL        = "/v1/orgs/toms/members/ada/roles/bookkeeper"
)

// TestADay plays a day at Tom's, Jack's and the platform that both are on. Each
// step depends on those before it.
func TestADay(t *testing.T) {
	w := open(t)
	day := []step{
		{
			story: "Ada is not hired yet", user: "ada", method: "GET", path: "/orgs/toms/invoices", status: 403,
			has: []string{`"code":"permission_denied"`}, lacks: []string{"marketer", "owner"},
		},
		{
			story: "Tom makes up a role", user: "tom", method: "POST", path: "/v1/orgs/toms/roles", status: 201,
			body: `{"id":"bookkeeper","label":"Bookkeeper","profile":"owner","grants":[{"permission":"invoices:write","access":"any"},{"permission":"clients:read","access":"any"}]}`,
			has:  []string{`"origin":"custom"`, `"invoices:write"`},
		},
		{story: "not twice", user: "tom", method: "POST", path: "/v1/orgs/toms/roles", status: 409, body: `{"id":"bookkeeper","profile":"owner"}`},
		{story: "and gives it to Ada", user: "tom", method: "PUT", path: adaURL, status: 204},

		{
			story: "Ada reads invoices", user: "ada", method: "GET", path: "/orgs/toms/invoices", status: 200,
			has: []string{"Rosa Diaz", `"cents":21000`}, lacks: []string{"380000", "jacks"},
		},
		{
			story: "and writes one", user: "ada", method: "POST", path: "/orgs/toms/invoices", status: 201,
			body: `{"client":"Carver's Diner","cents":700,"owner":"carver"}`, has: []string{`"org":"toms"`},
		},
		{
			story: "but no newsletter, and is told what it takes", user: "ada", method: "POST", path: "/orgs/toms/newsletters", status: 403,
			body: `{"subject":"Hello"}`, has: []string{`"permission":"newsletters:write"`, `"roles":["marketer","owner"]`},
		},
		{story: "the refused newsletter is not there", user: "tom", method: "GET", path: "/orgs/toms/newsletters", status: 200, lacks: []string{"Hello"}},
		{
			story: "Ada sees none of Jack's invoices, nor his roles", user: "ada", method: "GET", path: "/orgs/jacks/invoices", status: 403,
			lacks: []string{"marketer", "Rosa"},
		},
		{story: "nor one of them by its number", user: "ada", method: "GET", path: "/orgs/toms/invoices/3", status: 404, lacks: []string{"Rosa"}},
		{story: "an organisation that is not there looks the same", user: "ada", method: "GET", path: "/orgs/nobodys/invoices", status: 403},
		{
			story: "Ada gives herself nothing", user: "ada", method: "PUT", path: grantsURL, status: 403,
			body: `{"grants":[{"permission":"newsletters:write","access":"any"}]}`,
		},
		{story: "nor the owner's role", user: "ada", method: "PUT", path: "/v1/orgs/toms/members/ada/roles/owner", status: 403},

		{story: "Jack changes nothing of Tom's role", user: "jack", method: "PUT", path: grantsURL, status: 403, body: `{"grants":[]}`},
		{story: "nor its name", user: "jack", method: "PATCH", path: bookkeeperURL, status: 403, body: `{"label":"Mine"}`},
		{story: "nor is it his to delete", user: "jack", method: "DELETE", path: bookkeeperURL, status: 403},
		{
			story: "nor to give, not even through his own organisation", user: "jack", method: "PUT",
			path: "/v1/orgs/jacks/members/ada/roles/bookkeeper", status: 404,
		},
		{story: "nor does he hire himself at Tom's", user: "jack", method: "PUT", path: "/v1/orgs/toms/members/jack/roles/owner", status: 403},
		{story: "nor read about it", user: "jack", method: "GET", path: "/v1/orgs/toms/audit", status: 403, lacks: []string{"bookkeeper"}},
		{story: "nobody at all gets in", user: "", method: "GET", path: "/orgs/toms/invoices", status: 401},

		{
			story: "Tom takes the invoices from the role", user: "tom", method: "PUT", path: grantsURL, status: 200,
			body: `{"grants":[{"permission":"clients:read","access":"any"}]}`, lacks: []string{"invoices"},
		},
		{
			story: "and Ada's next request is refused", user: "ada", method: "GET", path: "/orgs/toms/invoices", status: 403,
			has: []string{`"permission":"invoices:read"`}, lacks: []string{"Rosa"},
		},
		{story: "while she keeps what is left", user: "ada", method: "GET", path: "/orgs/toms/clients", status: 200, has: []string{"Elm Street"}},
		{
			story: "the kit says why", user: "tom", method: "POST", path: "/v1/orgs/toms/check", status: 200,
			body: `{"user":"ada","permission":"clients:read"}`, has: []string{`"allowed":true`, `"role":"bookkeeper"`},
		},
		{
			story: "the audit log says who did it", user: "tom", method: "GET", path: "/v1/orgs/toms/audit?limit=1", status: 200,
			has: []string{`"actor":"user:tom"`, `"action":"role.grants"`, `"target":"role:bookkeeper"`, "invoices:write (any)"}, lacks: []string{"jack"},
		},
		{
			story: "Tom cannot leave his people without an owner", user: "tom", method: "DELETE", path: "/v1/orgs/toms/members/tom/roles/owner",
			status: 409, has: []string{`"code":"last_holder"`},
		},
		{
			story: "nor change the roles that all share", user: "tom", method: "PUT", path: "/v1/orgs/toms/roles/marketer/permissions", status: 403,
			body: `{"grants":[]}`, has: []string{`"code":"reserved"`},
		},

		{story: "Tom founds no organisations", user: "tom", method: "POST", path: "/v1/orgs", status: 403, body: `{"id":"greens"}`},
		{
			story: "customer support sees which there are", user: "carl", method: "GET", path: "/v1/orgs", status: 200,
			has: []string{"toms", "jacks", "blue-meadows"},
		},
		{story: "and founds none", user: "carl", method: "POST", path: "/v1/orgs", status: 403, body: `{"id":"greens"}`},
		{story: "a superuser does", user: "sue", method: "POST", path: "/v1/orgs", status: 201, body: `{"id":"greens","label":"Green's Gardens"}`},
		{story: "and hands it over", user: "sue", method: "PUT", path: "/v1/orgs/greens/members/nina/roles/owner", status: 204},
		{story: "to Nina, who begins with nothing", user: "nina", method: "GET", path: "/orgs/greens/invoices", status: 200, lacks: []string{"Rosa"}},
		{story: "and is nobody at Tom's", user: "nina", method: "GET", path: "/orgs/toms/invoices", status: 403},
		{story: "as Sue is", user: "sue", method: "GET", path: "/orgs/toms/invoices", status: 403},
	}
	for _, s := range day {
		w.take(s)
	}
}
