package apitest

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
