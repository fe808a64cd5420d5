package main

import (
	"errors"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

// Organisations below each other in a circle, which only a database that somebody
// edited can hold, make no tree without an end.
func TestACircleIsNoTree(t *testing.T) {
	orgs := []policies.Org{{ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}}
	forest, err := forestOf(orgs, "a")
	if err != nil || len(forest) != 1 {
		t.Fatalf("%v: %v", forest, err)
	}
	depth := 0
	for at := forest; len(at) > 0; at = at[0].Children {
		depth++
	}
	if depth > rolekit.MaxOrgDepth+2 {
		t.Errorf("it is %d deep", depth)
	}
}

func TestTimes(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 10, time.UTC)
	for text, want := range map[string]string{
		"+8h": "2026-05-06T15:08:09Z", "2026-12-31": "2026-12-31T00:00:00Z", "2026-12-31T18:00:00+01:00": "2026-12-31T17:00:00Z",
		"+0s": "", "+-8h": "", "+8": "", "8h": "", "2026-13-01": "",
	} {
		got, err := parseTime("until", text, now)
		switch _, usage := errors.AsType[usageError](err); {
		case want == "" && !usage:
			t.Errorf("%s: %v, %v", text, got, err)
		case want != "" && (err != nil || got.UTC().Format(time.RFC3339) != want):
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
}

// What a terminal would obey is shown, wherever it stands.
func TestNothingIsObeyed(t *testing.T) {
	const evil = "x\x1b[2Jy"
	for what, text := range map[string]string{
		"an unread route":      describeDeclared(routeShown{Unread: evil}),
		"a route's operation":  describeDeclared(routeShown{Declared: []declaration{{Mode: "public", Operation: evil}}}),
		"a route's permission": describeDeclared(routeShown{Declared: []declaration{{Mode: "any", Permissions: []rolekit.Permission{evil}}}}),
		"a reason":             describeReason(policies.Reason{Baseline: evil}),
		"a role that is given": describeAssigned(policies.AssignedRole{Role: evil}),
		"a cell":               cellsOf(policies.MatrixRole{Cells: []policies.MatrixCell{{Permission: "a:b", Access: evil}}})["a:b"],
	} {
		if text != screen.SafeLines(text) || text == "" {
			t.Errorf("%s: %q", what, text)
		}
	}
}
