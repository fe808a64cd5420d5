package apitest

func healthScenarios() []Scenario {
	return []Scenario{
		{
			"healthz", "GET /healthz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`{"status":"ok"}`},
			[]string{"tom"},
		},
		{
			"readyz", "GET /readyz", "",
			[6]int{200, 200, 200, 200, 200, 200},
			[]string{`"status":"ready"`, `"broken_orgs":0`},
			[]string{"tom", "jack", "staff"},
		},
	}
}
