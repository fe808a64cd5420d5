package apitest

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
