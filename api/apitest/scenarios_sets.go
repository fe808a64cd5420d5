package apitest

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
