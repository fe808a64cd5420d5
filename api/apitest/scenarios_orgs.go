package apitest

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
