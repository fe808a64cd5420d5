package apitest

import "slices"

// Scenarios returns the table: each operation of the API, and how it answers
// each of the six.
func Scenarios() []Scenario {
	return slices.Concat(
		orgScenarios(), roleScenarios(), memberScenarios(), groupScenarios(), setScenarios(), keyScenarios(), decisionScenarios(), otherScenarios(),
		manyQuestionScenarios(), whoCanScenarios(), effectiveScenarios(),
	)
}

// jacks is what no answer about tom holds.
func jacks() []string { return []string{"Jack's", "jacks-", "jim", string(other)} }

func orgScenarios() []Scenario {
	return []Scenario{
		{
			"list-orgs", "GET /v1/orgs", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"items":[`},
			[]string{"auth0|ada"},
		},
		{
			"list-orgs", "GET /v1/orgs?parent=tom&sort=-label&limit=1", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"items":[`},
			[]string{"Jack's", `"id":"tom"`},
		},
		{
			"get-org-tree", "GET /v1/orgs/tom/tree", "",
			[6]int{401, 403, 200, 200, 403, 200},
			[]string{`{"id":"tom","label":"Tom's Lawn Care",`, `"children":[{"id":"tom.north","label":"Tom's in the North","parent":"tom",`, `"child_count":2,"revision":`},
			jacks(),
		},
		{
			"create-org", "POST /v1/orgs", `{"id":"new","label":"New & Co"}`,
			[6]int{401, 403, 403, 403, 403, 201},
			[]string{`"id":"new"`, `"label":"New & Co"`},
			jacks(),
		},
		{
			"create-org", "POST /v1/orgs", `{"id":"branch","parent":"tom"}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"id":"branch"`, `"label":"branch"`, `"parent":"tom"`},
			jacks(),
		},
		{
			"get-org", "GET /v1/orgs/tom", "",
			[6]int{401, 403, 200, 200, 403, 200},
			[]string{`"label":"Tom's Lawn Care"`},
			jacks(),
		},
		{
			"update-org", "PATCH /v1/orgs/tom", `{"label":"Tom & Sons"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"id":"tom","label":"Tom & Sons"`},
			jacks(),
		},
		{
			"move-org", "POST /v1/orgs/tom.north/move", `{"parent":"tom.south"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"id":"tom.north"`, `"parent":"tom.south"`},
			jacks(),
		},
		{
			"move-org", "POST /v1/orgs/tom.north/move", `{"parent":""}`, // only operators may, who have no rights in it
			[6]int{401, 403, 403, 403, 403, 403},
			nil, jacks(),
		},
		{
			"delete-org", "DELETE /v1/orgs/tom", "", // it has branches
			[6]int{401, 403, 403, 409, 403, 409},
			nil, jacks(),
		},
		{
			"delete-org", "DELETE /v1/orgs/tom?descendants=true", "",
			[6]int{401, 403, 403, 204, 403, 204},
			nil, jacks(),
		},
		{
			"delete-org", "DELETE /v1/orgs/tom.north", "",
			[6]int{401, 403, 403, 204, 403, 204},
			nil, jacks(),
		},
	}
}

func roleScenarios() []Scenario {
	return []Scenario{
		{
			"list-roles", "GET /v1/orgs/tom/roles", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"id":"bookkeeper","label":"Keeper of Tom's books","description":"","profile":"worker","origin":"custom","org":"tom",` +
					`"grants":[{"permission":"invoices:read","access":"any"}],"includes":[],"revision":`,
				`"id":"hand"`, `"origin":"default"`, `{"permission":"jobs:read","access":"own"}`,
			},
			jacks(),
		},
		{
			"create-role", "POST /v1/orgs/tom/roles",
			`{"id":"clerk","label":"Clerk","profile":"worker","grants":[{"permission":"jobs:write"}],"includes":["bookkeeper"]}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"id":"clerk"`, `"grants":[{"permission":"jobs:write","access":"any"}],"includes":["bookkeeper"]`},
			jacks(),
		},
		{
			"create-role", "POST /v1/orgs/tom/roles", `{"id":"mower","profile":"worker","grants":[{"permission":"jobs:read","access":"set:lawns"}]}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"grants":[{"permission":"jobs:read","access":"set:lawns"}]`},
			jacks(),
		},
		{
			"copy-role", "POST /v1/orgs/tom/roles/bookkeeper/copy", `{"id":"second","label":"Second"}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`"id":"second","label":"Second"`, `"origin":"custom","org":"tom","grants":[{"permission":"invoices:read","access":"any"}]`},
			jacks(),
		},
		{
			"get-role-matrix", "GET /v1/orgs/tom/roles/matrix", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"org":"tom","revision":`, `{"id":"worker","label":"Worker"}`, `{"id":"invoices","label":"invoices","permissions":[{"id":"invoices:read",`,
				`"accesses":[{"id":"any","label":"any"},{"id":"own","label":"own"}]`, `"own":true,`, `"cells":[{"permission":"jobs:read","access":"own","how":"explicit"}]`,
			},
			jacks(),
		},
		{
			"get-role", "GET /v1/orgs/tom/roles/bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{"Keeper of Tom's books", "invoices:read"},
			append([]string{"invoices:write"}, jacks()...),
		},
		{
			"update-role", "PATCH /v1/orgs/tom/roles/bookkeeper", `{"label":"Books"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"label":"Books"`, "invoices:read"},
			jacks(),
		},
		{
			"update-role", "PATCH /v1/orgs/tom/roles/bookkeeper", `{"includes":["hand"]}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"includes":["hand"]`},
			jacks(),
		},
		{
			"delete-role", "DELETE /v1/orgs/tom/roles/bookkeeper", "", // ada holds it
			[6]int{401, 403, 403, 409, 403, 403},
			nil, jacks(),
		},
		{
			"delete-role", "DELETE /v1/orgs/tom/roles/bookkeeper?successor=hand", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"delete-role", "DELETE /v1/orgs/tom/roles/bookkeeper?successor=jacks-own", "", // of the other organisation
			[6]int{401, 403, 403, 404, 403, 403},
			nil,
			[]string{"Jack's", "jim", string(other)},
		},
		{
			"set-role-permissions", "PUT /v1/orgs/tom/roles/bookkeeper/permissions", `{"grants":[{"permission":"jobs:read","access":"own"}]}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"grants":[{"permission":"jobs:read","access":"own"}]`},
			jacks(),
		},
	}
}

func memberScenarios() []Scenario {
	return []Scenario{
		{
			"list-members", "GET /v1/orgs/tom/members", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"user":"auth0|ada","roles":[{"role":"bookkeeper"}],"groups":[]}`,
				`{"user":"carl","roles":[],"groups":["crew"]}`,
				`{"user":"tom@example.com","roles":[{"role":"owner"}],"groups":[]}`,
			},
			jacks(),
		},
		{
			"list-members", "GET /v1/orgs/tom/members?group=crew&sort=-user&prefix=c", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"user":"carl","roles":[],"groups":["crew"]}]}`},
			jacks(),
		},
		{
			"list-members", "GET /v1/orgs/tom/members?role=bookkeeper&profile=worker", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"user":"auth0|ada","roles":[{"role":"bookkeeper"}],"groups":[]}]}`},
			jacks(),
		},
		{
			"add-member", "PUT /v1/orgs/tom/members/bob", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"remove-member", "DELETE /v1/orgs/tom/members/auth0%7Cada", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"assign-role", "PUT /v1/orgs/tom/members/bob/roles/hand", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"assign-role", "PUT /v1/orgs/tom/members/bob/roles/hand", `{"from":"2026-01-01T00:00:00Z","until":"2036-01-01T00:00:00+01:00"}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"edit-assignments", "POST /v1/orgs/tom/assignments",
			`{"give":[{"user":"bob","role":"hand","until":"2096-01-01T00:00:00Z"},{"group":"crew","role":"bookkeeper"}],"take":[{"user":"auth0|ada","role":"bookkeeper"}]}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"unassign-role", "DELETE /v1/orgs/tom/members/auth0%7Cada/roles/bookkeeper", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
	}
}

func groupScenarios() []Scenario {
	return []Scenario{
		{
			"list-groups", "GET /v1/orgs/tom/groups", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"id":"crew","org":"tom","label":"Tom's group","description":"","revision":`, `"id":"juniors"`},
			jacks(),
		},
		{
			"get-group", "GET /v1/orgs/tom/groups/crew", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"label":"Tom's group"`, `"user_count":1,"groups":[],"roles":[{"role":"hand"}]`},
			jacks(),
		},
		{
			"put-group", "PUT /v1/orgs/tom/groups/crew If-Match: *", `{"label":"Crew","description":"Mows"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"id":"crew","org":"tom","label":"Crew","description":"Mows","revision":`},
			jacks(),
		},
		{
			"put-group", "PUT /v1/orgs/tom/groups/new", `{}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`{"id":"new","org":"tom","label":"new","description":"","revision":`},
			jacks(),
		},
		{
			"delete-group", "DELETE /v1/orgs/tom/groups/crew", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"list-group-members", "GET /v1/orgs/tom/groups/crew/members", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":["carl"]}`},
			jacks(),
		},
		{
			"replace-group-members", "PUT /v1/orgs/tom/groups/crew/members", `{"users":["bob","carl"],"groups":["juniors"]}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"add-group-members", "POST /v1/orgs/tom/groups/crew/members", `{"users":["bob","carl"],"groups":["juniors"]}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"add-user-to-group", "PUT /v1/orgs/tom/groups/crew/members/bob", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"remove-user-from-group", "DELETE /v1/orgs/tom/groups/crew/members/carl", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"add-group-to-group", "PUT /v1/orgs/tom/groups/crew/groups/juniors", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"remove-group-from-group", "DELETE /v1/orgs/tom/groups/crew/groups/juniors", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"assign-role-to-group", "PUT /v1/orgs/tom/groups/crew/roles/bookkeeper", `{"until":"2036-01-01T00:00:00Z"}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"unassign-role-from-group", "DELETE /v1/orgs/tom/groups/crew/roles/hand", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
	}
}

func setScenarios() []Scenario {
	return []Scenario{
		{
			"list-sets", "GET /v1/orgs/tom/sets", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"id":"lawns","org":"tom","label":"Tom's set","description":"","revision":`, `"id":"ponds"`},
			jacks(),
		},
		{
			"get-set", "GET /v1/orgs/tom/sets/lawns", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"id":"lawns","org":"tom","label":"Tom's set","description":"","revision":`},
			jacks(),
		},
		{
			"put-set", "PUT /v1/orgs/tom/sets/lawns If-Match: *", `{"label":"Lawns","description":"All"}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"id":"lawns","org":"tom","label":"Lawns","description":"All","revision":`},
			jacks(),
		},
		{
			"delete-set", "DELETE /v1/orgs/tom/sets/lawns", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"list-set-resources", "GET /v1/orgs/tom/sets/lawns/resources", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":["lawn-1"]}`},
			jacks(),
		},
		{
			"replace-set-resources", "PUT /v1/orgs/tom/sets/lawns/resources", `{"resources":["lawn-3","lawn-2","lawn-3"]}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"add-set-resources", "POST /v1/orgs/tom/sets/lawns/resources", `{"resources":["lawn-1","lawn-2"]}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"put-set", "PUT /v1/orgs/tom/sets/new", `{}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`{"id":"new","org":"tom","label":"new","description":"","revision":`},
			jacks(),
		},
		{
			"add-resource-to-set", "PUT /v1/orgs/tom/sets/lawns/resources/lawn-9", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"remove-resource-from-set", "DELETE /v1/orgs/tom/sets/lawns/resources/lawn-1", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
	}
}

func decisionScenarios() []Scenario {
	return []Scenario{
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read"}`,
			[6]int{401, 403, 200, 200, 403, 403}, // the member asks about themselves
			[]string{`{"allowed":true,"access":["any"],"reasons":[{"role":"bookkeeper","org":"tom","permission":"invoices:read","access":"any"}],"revision":`},
			jacks(),
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"jim","permission":"invoices:read"}`, // of the other organisation
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"allowed":false,"access":[],"reasons":[],"revision":`},
			[]string{"Jack's", "jacks-"},
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read","profile":"owner"}`,
			[6]int{401, 403, 200, 200, 403, 403},
			[]string{`{"allowed":false,`},
			jacks(),
		},
		{
			"check", "POST /v1/orgs/tom/check", `{"user":"auth0|ada","permission":"invoices:read","resource":{"id":"7","owner":"carl","team":"x"}}`,
			[6]int{401, 403, 200, 200, 403, 403},
			[]string{`{"allowed":true,"access":["any"],`},
			jacks(),
		},
		{
			"explain", "POST /v1/orgs/tom/explain", `{"user":"auth0|ada","permission":"invoices:read"}`,
			[6]int{401, 403, 200, 200, 403, 403}, // the member asks about themselves
			[]string{
				`{"allowed":true,"user":"auth0|ada","org":"tom","profile":"worker","permission":"invoices:read","access":["any"],"revision":`,
				`"paths":[{"steps":[{"to":"role:bookkeeper","org":"tom"}],"grant":{"permission":"invoices:read","access":"any"}}],"misses":[],`,
				`"text":"user:auth0|ada may invoices:read in \"tom\" as worker, as far as: any (revision `,
			},
			jacks(),
		},
		{
			"explain", "POST /v1/orgs/tom/explain", `{"user":"auth0|ada","permission":"invoices:write"}`,
			[6]int{401, 403, 200, 200, 403, 403},
			[]string{`{"allowed":false,`, `"access":[],`, `"paths":[],"misses":[{"kind":"role_lacks_it","text":"the roles of user:auth0|ada in \"tom\" (bookkeeper) do not give`},
			jacks(),
		},
		{
			"explain", "POST /v1/orgs/tom/explain", `{"user":"carl","permission":"jobs:read","resource":{"id":"lawn-1","owner":"carl"}}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"allowed":true,"user":"carl","org":"tom"`, `"access":["own"]`},
			jacks(),
		},
		{
			"explain", "POST /v1/orgs/tom/explain", `{"user":"jim","permission":"invoices:read","profile":"worker"}`, // who may, in the other organisation
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"misses":[{"kind":"no_role","text":"user:jim holds no role in \"tom\""}]`},
			[]string{"Jack's", "jacks-", `jack\"`, `"jack"`},
		},
	}
}

func otherScenarios() []Scenario {
	return []Scenario{
		{
			"get-me", "GET /v1/me", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`"orgs":[`},
			[]string{`"permissions"`},
		},
		{
			"get-me", "GET /v1/me?org=tom", "",
			[6]int{401, 403, 200, 200, 403, 200},
			[]string{`"org":"tom"`, `"profiles":[`, `"permissions":[`},
			[]string{"jacks-", "jim"},
		},
		{
			"switch-profile", "PUT /v1/me/profile", `{"org":"tom","profile":"worker"}`,
			[6]int{401, 403, 204, 403, 403, 403},
			nil, jacks(),
		},
		{
			"switch-profile", "PUT /v1/me/profile", `{"org":"tom","profile":"owner"}`,
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"get-catalog", "GET /v1/catalog", "",
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{
				`"id":"invoices:write"`, `{"id":"write","label":"write","implies":["read"]}`, `{"id":"worker","label":"Worker"}`,
				`"creator":"owner"`, `"id":"iam.orgs"`, `"operations":["listJobs"]`, `"accesses":[]`, `"baseline":[]`,
			},
			[]string{"bookkeeper", "tom"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"actor":"system:test"`, `"action":"role.create","target":"role:bookkeeper","after":{`, `"target":"org:tom"`},
			[]string{"Jack's", "jacks-", "jim"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit?kind=role&action=role.create&limit=1", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"export-audit-events", "GET /v1/orgs/tom/audit/export?until=2100-01-01T00:00:00Z", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`, `"target":"org:tom"`, `{"end":true,"events":`},
			[]string{"Jack's", "jacks-", "jim"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit?actor=system:test&target=role:bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"export-audit-events", "GET /v1/orgs/tom/audit/export?actor=system:test&target=role:bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`, `{"end":true,"events":`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"list-operator-audit-events", "GET /v1/audit?actor=system:test&target=org:tom", "",
			[6]int{401, 403, 403, 403, 403, 200},
			[]string{`"items":[]`},
			[]string{"Tom's", "Jack's", "jim"},
		},
		{
			"list-operator-audit-events", "GET /v1/audit", "",
			[6]int{401, 403, 403, 403, 403, 200},
			[]string{`"actor":"system:test"`},
			[]string{"Tom's", "Jack's", "jim"},
		},
		{
			"healthz", "GET /healthz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`{"status":"ok"}`},
			[]string{"tom"},
		},
		{
			"readyz", "GET /readyz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`"status":"ready"`, `"broken_orgs":0`},
			[]string{"tom", "jack", "staff"},
		},
	}
}

func manyQuestionScenarios() []Scenario {
	const denied = `{"allowed":false,"access":[],"reasons":[],"problem":{"type":"urn:rolekit:problem:`
	return []Scenario{
		{
			"check-many", "POST /v1/check", `{"questions":[{"org":"tom","user":"auth0|ada","permission":"invoices:read"},{"org":"tom","user":"carl","permission":"invoices:read"}]}`,
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"answers":[{"allowed":`},
			jacks(),
		},
		{
			"check-many", "POST /v1/check", `{"questions":[{"org":"tom","user":"carl","permission":"jobs:read","resource":{"id":"lawn-1","owner":"carl"}}]}`,
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"answers":[{"allowed":`},
			jacks(),
		},
		{
			"check-many", "POST /v1/check", `{"questions":[{"org":"nowhere","user":"auth0|ada","permission":"invoices:read"},{"org":"../x","user":"carl","permission":"invoices:read"}]}`,
			[6]int{401, 200, 200, 200, 200, 200},
			[]string{`{"answers":[` + denied, `"code":"permission_denied"`, `,` + denied + `invalid"`},
			append(jacks(), `"allowed":true`),
		},
		{
			"check-many", "POST /v1/check", `{"questions":[]}`,
			[6]int{401, 422, 422, 422, 422, 422},
			nil, jacks(),
		},
	}
}

func whoCanScenarios() []Scenario {
	return []Scenario{
		{
			"who-can", "GET /v1/orgs/tom/who-can?permission=invoices:read", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"items":[{"user":"auth0|ada","as":[{"profile":"worker","access":[{"access":"any"}]}]},` +
					`{"user":"tom@example.com","as":[{"profile":"owner","access":[{"access":"any"}]}]}],"revision":`,
			},
			append(jacks(), "carl", `"next"`),
		},
		{
			"who-can", "GET /v1/orgs/tom/who-can?permission=jobs:read&owner=carl&profile=worker", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"user":"carl","as":[{"profile":"worker","access":[{"access":"own"}]}]}],"revision":`},
			append(jacks(), "pam"), // who holds the same role, and does not own it
		},
		{
			"who-can", "GET /v1/orgs/tom/who-can?permission=jobs:read&resource=lawn-1", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[{"user":"tom@example.com","as":[{"profile":"owner","access":[{"access":"any"}]}]}],"revision":`},
			jacks(),
		},
		{
			"what-can", "GET /v1/orgs/tom/what-can?user=auth0%7Cada", "",
			[6]int{401, 403, 200, 200, 403, 403}, // the member asks about themselves
			[]string{`{"items":[{"profile":"worker","permission":"invoices:read","access":[{"access":"any"}]}],"revision":`},
			jacks(),
		},
		{
			"what-can", "GET /v1/orgs/tom/what-can?user=jim", "", // of the other organisation
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[],"revision":`},
			[]string{"Jack's", "jacks-", string(other)},
		},
	}
}

func effectiveScenarios() []Scenario {
	return []Scenario{
		{
			"list-member-permissions", "GET /v1/orgs/tom/members/auth0%7Cada/permissions", "",
			[6]int{401, 403, 200, 200, 403, 403}, // the member asks about themselves
			[]string{
				`{"items":[{"profile":"worker","permission":"invoices:read","access":"any","sources":[{"steps":[{"to":"role:bookkeeper","org":"tom"}],` +
					`"grant":{"permission":"invoices:read","access":"any"}}]}],"revision":`,
			},
			jacks(),
		},
		{
			"list-member-permissions", "GET /v1/orgs/tom/members/jim/permissions?profile=worker", "", // of the other organisation
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[],"revision":`},
			[]string{"Jack's", "jacks-", string(other)},
		},
	}
}
