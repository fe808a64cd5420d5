package apitest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/api/internal/openapi"
)

func TestMissing(t *testing.T) {
	operations := []openapi.Operation{{ID: "a", Method: "GET", Path: "/a"}, {ID: "b", Method: "PUT", Path: "/b"}}
	whole := []Scenario{
		{Operation: "a", Request: "GET /a", Statuses: [6]int{401, 403, 0, 200, 403, 200}, Lacks: []string{"x"}},
		{Operation: "a", Request: "GET /a?x", Statuses: [6]int{0, 0, 200, 0, 0, 0}, Lacks: []string{"x"}},
		{Operation: "b", Request: "PUT /b", Statuses: [6]int{401, 403, 403, 200, 403, 200}, Lacks: []string{"x"}},
	}
	for name, c := range map[string]struct {
		scenarios []Scenario
		want      []string
	}{
		"whole":                {whole, nil},
		"one asker":            {whole[:1:1], []string{"a (GET /a) has no row that says how it answers a member"}},
		"an unknown operation": {append(slices.Clone(whole), Scenario{Operation: "c", Lacks: []string{"x"}}), []string{"there is no operation c"}},
		"anything goes":        {append(slices.Clone(whole), Scenario{Operation: "a", Request: "GET /a?y"}), []string{"GET /a?y does not say what is in no answer"}},
	} {
		asked := operations
		if name == "one asker" {
			asked = operations[:1]
		}
		if diff := cmp.Diff(c.want, missing(asked, c.scenarios)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if got := len(missing(operations, nil)); got != 12 {
		t.Errorf("of two operations without rows, %d are missing", got)
	}
}
