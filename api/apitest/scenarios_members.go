package apitest

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
			"get-member-roles", "GET /v1/orgs/tom/members/auth0%7Cada/roles", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"user":"auth0|ada","roles":[{"role":"bookkeeper"}]}`},
			jacks(),
		},
		{
			"replace-member-roles", "PUT /v1/orgs/tom/members/auth0%7Cada/roles",
			`{"roles":[{"role":"bookkeeper","until":"2096-01-01T00:00:00Z"},{"role":"hand"}]}`,
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"user":"auth0|ada","roles":[{"role":"bookkeeper","until":"2096-01-01T00:00:00Z"},{"role":"hand"}]}`},
			jacks(),
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
