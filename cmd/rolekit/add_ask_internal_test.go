package main

import (
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestGrantOptions are what default roles can be given: a set is an organisation's.
func TestGrantOptions(t *testing.T) {
	var got []string
	for _, option := range grantOptions("clerk", []rolekit.Access{rolekit.AccessAny, "own", "set"}) {
		got = append(got, option.Value)
	}
	if want := []string{"clerk", "clerk=own"}; !slices.Equal(got, want) {
		t.Errorf("they are %q, and not %q", got, want)
	}
}
