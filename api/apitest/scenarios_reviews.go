package apitest

const (
	readWaits  = `{"role":"bookkeeper","permission":"jobs:read","access":["any","own","set"],"since":`
	writeWaits = `{"role":"bookkeeper","permission":"jobs:write","access":["any"],"since":`
)

func reviewScenarios() []Scenario {
	admins := [6]int{401, 403, 403, 200, 403, 403}
	const one = "PUT /v1/orgs/tom/reviews/bookkeeper/jobs:read"
	return []Scenario{
		{"list-reviews", "GET /v1/orgs/tom/reviews", "", admins, []string{`{"items":[` + readWaits, writeWaits}, append(jacks(), "next", "hand")},
		{"list-reviews", "GET /v1/orgs/tom/reviews?limit=1", "", admins, []string{readWaits, `],"next":"`}, append(jacks(), "jobs:write")},
		{"list-reviews", "GET /v1/orgs/tom/reviews?permission=jobs:write&role=bookkeeper", "", admins, []string{writeWaits}, append(jacks(), "jobs:read")},
		{"list-reviews", "GET /v1/orgs/tom/reviews?role=jacks-own", "", admins, []string{`{"items":[]}`}, jacks()},
		{"decide-review", one, `{"decision":"grant"}`, admins, []string{`{"id":"bookkeeper"`, `{"permission":"jobs:read","access":"any"}`}, jacks()},
		{"decide-review", one, `{"decision":"grant","access":"set:lawns"}`, admins, []string{`{"permission":"jobs:read","access":"set:lawns"}`}, jacks()},
		{"decide-review", one, `{"decision":"decline"}`, admins, []string{`{"id":"bookkeeper"`, `"grants":[{"permission":"invoices:read","access":"any"}]`}, jacks()},
		{
			"decide-review", one, `{"decision":"grant","access":"team"}`,
			[6]int{401, 403, 403, 422, 403, 403},
			[]string{"invalid", "jobs:read", "team"},
			jacks(),
		},
		{
			"decide-review", one, `{"decision":"grant","access":"set:jacks-ponds"}`,
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"set_not_found"},
			[]string{"Jack's", "jim", string(other)},
		},
		{ // it is not newer than the role
			"decide-review", "PUT /v1/orgs/tom/reviews/bookkeeper/invoices:write", `{"decision":"grant"}`,
			[6]int{401, 403, 403, 422, 403, 403},
			[]string{"invalid", `role \"bookkeeper\" has nothing to review about invoices:write`},
			jacks(),
		},
		{
			"decide-review", "PUT /v1/orgs/tom/reviews/nosuch/jobs:read", `{"decision":"decline"}`,
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"role_not_found"},
			jacks(),
		},
	}
}
