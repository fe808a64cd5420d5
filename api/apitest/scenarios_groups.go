package apitest

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
