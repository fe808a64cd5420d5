package apitest

func selfScenarios() []Scenario {
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
	}
}
