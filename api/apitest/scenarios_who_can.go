package apitest

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
