package main

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
)

// TestWhatAnApplicationDecidesIsMarked by a ?: who may do it only perhaps is not told
// to be one who may.
func TestWhatAnApplicationDecidesIsMarked(t *testing.T) {
	var b strings.Builder
	found := policies.WhoCan{Items: []policies.Holder{{User: "kim", As: []policies.Capacity{{
		Profile: "worker", Access: []policies.Reach{{Access: "own"}, {Access: "nearby", Conditional: true}},
	}}}}}
	if err := writeHolders(&b, found); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "own nearby?\n") {
		t.Errorf("it says\n%s", &b)
	}
}
