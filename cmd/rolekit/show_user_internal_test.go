package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
)

// TestFurtherWaysAreTold where an answer does not have them all: a role that is taken
// may not have been the last.
func TestFurtherWaysAreTold(t *testing.T) {
	got := permissionRows(standing{Permissions: []policies.EffectiveGrant{{
		Profile: "worker", Permission: "jobs:read", Access: "any", Sources: []policies.Source{{}}, More: true,
	}}})
	for i := range got {
		got[i] = got[i][:3]
	}
	if len(got) != 2 || !cmp.Equal(got[1], []string{"", "", ""}) {
		t.Errorf("the rows are %q", got)
	}
}
