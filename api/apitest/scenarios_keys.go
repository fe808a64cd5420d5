package apitest

func keyScenarios() []Scenario {
	return []Scenario{
		{
			"list-keys", "GET /v1/orgs/tom/keys", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"items":[{"id":"`, `"org":"tom","user":"service:rkey_`, `"label":"Tom's export"`, `"created_by":"system:test"`, `"roles":[]}`,
			},
			append([]string{"secret", "hash"}, jacks()...),
		},
		{
			"list-keys", "GET /v1/orgs/tom/keys?created_by=user:eve", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[]}`},
			append([]string{"export"}, jacks()...),
		},
		{
			"create-key", "POST /v1/orgs/tom/keys", `{"label":"CI","roles":["bookkeeper"]}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`{"key":{"id":"`, `"label":"CI"`, `"created_by":"user:tom@example.com"`, `"roles":[{"role":"bookkeeper","until":"`, `"secret":"rkey_`},
			append([]string{"hash"}, jacks()...),
		},
		{
			"create-key", "POST /v1/orgs/tom/keys", `{"label":"CI","roles":["nosuch"]}`,
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"role_not_found"},
			append([]string{"rkey_"}, jacks()...),
		},
		{
			"get-key", "GET /v1/orgs/tom/keys/{key}", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"org":"tom","user":"service:rkey_`, `"label":"Tom's export"`},
			append([]string{"secret", "hash"}, jacks()...),
		},
		{
			"get-key", "GET /v1/orgs/tom/keys/" + anyKey, "",
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"key_not_found"},
			jacks(),
		},
		{
			"revoke-key", "DELETE /v1/orgs/tom/keys/{key}", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"revoke-key", "DELETE /v1/orgs/tom/keys/" + anyKey, "",
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"key_not_found"},
			jacks(),
		},
	}
}
