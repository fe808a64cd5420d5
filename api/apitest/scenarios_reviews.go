package apitest

func reviewScenarios() []Scenario {
	return []Scenario{
		{
			"list-reviews", "GET /v1/orgs/tom/reviews", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[]}`},
			jacks(),
		},
		{ // nothing came after the role
			"decide-review", "PUT /v1/orgs/tom/reviews/bookkeeper/jobs:read", `{"decision":"grant","access":"own"}`,
			[6]int{401, 403, 403, 422, 403, 403},
			[]string{"invalid", `role \"bookkeeper\" has nothing to review about jobs:read`},
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
