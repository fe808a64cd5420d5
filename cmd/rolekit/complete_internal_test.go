package main

import (
	"strings"
	"testing"
)

// Each flag that takes a name of something in policies is completed, of each command
// that asks for them.
func TestFlagsThatTakeNamesAreCompleted(t *testing.T) {
	names := []string{
		"as", "as-profile", "drop-grants", "group", "keep", "map-grants", "object", "operators", "org", "overwrite", "owner", "permission", "profile", "replace", "role", "user",
	}
	seen := 0
	for cmd := range allCommands(newRoot()) {
		if words := strings.Fields(cmd.CommandPath()); len(words) > 1 && words[1] == "init" {
			continue // it knows nothing yet
		}
		for _, name := range names {
			if cmd.Flags().Lookup(name) == nil || name == "group" && cmd.Flags().Lookup(name).Value.Type() == "bool" {
				continue
			}
			seen++
			if _, ok := cmd.GetFlagCompletionFunc(name); !ok {
				t.Errorf("%s --%s is not completed", cmd.CommandPath(), name)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d flags were seen", seen)
	}
}
