package apitest

func auditScenarios() []Scenario {
	return []Scenario{
		{
			"list-audit-events", "GET /v1/orgs/tom/audit", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"actor":"system:test"`, `"action":"role.create","target":"role:bookkeeper","after":{`, `"target":"org:tom"`},
			[]string{"Jack's", "jacks-", "jim"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit?kind=role&action=role.create&limit=1", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"export-audit-events", "GET /v1/orgs/tom/audit/export?until=2100-01-01T00:00:00Z", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`, `"target":"org:tom"`, `{"end":true,"events":`},
			[]string{"Jack's", "jacks-", "jim"},
		},
		{
			"list-audit-events", "GET /v1/orgs/tom/audit?actor=system:test&target=role:bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"export-audit-events", "GET /v1/orgs/tom/audit/export?actor=system:test&target=role:bookkeeper", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"action":"role.create","target":"role:bookkeeper","after":{`, `{"end":true,"events":`},
			[]string{"Jack's", "jacks-", "jim", `"target":"org:tom"`},
		},
		{
			"list-operator-audit-events", "GET /v1/audit?actor=system:test&target=org:tom", "",
			[6]int{401, 403, 403, 403, 403, 200},
			[]string{`"items":[]`},
			[]string{"Tom's", "Jack's", "jim"},
		},
		{
			"list-operator-audit-events", "GET /v1/audit?org=tom", "", // which is there, so that its log is its own
			[6]int{401, 403, 403, 403, 403, 200},
			[]string{`"items":[]`},
			[]string{"Tom's", "Jack's", "jim"},
		},
		{
			"list-operator-audit-events", "GET /v1/audit", "",
			[6]int{401, 403, 403, 403, 403, 200},
			[]string{`"actor":"system:test"`},
			[]string{"Tom's", "Jack's", "jim"},
		},
	}
}
