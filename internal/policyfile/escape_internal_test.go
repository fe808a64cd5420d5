package policyfile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

// What is not seen is escaped wherever it stands, and read back as it was; what is
// beside it is written as if it were not there.
func TestUnseen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Tom's \u202etseW":           `"Tom's \u202EtseW"`,
		"Bücher":                     "Bücher",
		"one\n\ttwo":                 "|-\n    one\n    \ttwo",
		"\u200b":                     `"\u200B"`,
		"a\u00a0b":                   `"a\u00A0b"`,
		"one\ntwo \u2066three \"x\"": `"one\ntwo \u2066three \"x\""`,
		"\U000e0001 tag \\u202E":     `"\U000E0001 tag \\u202E"`,
		"\x1b[2J\u009b":              `"\e[2J\x9B"`,
		"one\ntwo":                   "|-\n    one\n    two",
		"\u202e: [x, #y]":            `"\u202E: [x, #y]"`,
	} {
		o := org{ID: "tom", Label: text, Groups: map[rolekit.GroupID]group{"crew": {Description: text, Users: []rolekit.UserID{"ann"}}}}
		got, err := dump([]org{o})
		if err != nil {
			t.Fatal(err)
		}
		head := "- id: tom\n  label: " + want + "\n  groups:\n    crew:\n"
		if !strings.HasPrefix(string(got), head) || strings.ContainsFunc(string(got), unseen) || !strings.HasSuffix(string(got), "      users:\n      - ann\n") {
			t.Errorf("%q is written as\n%s, and not as\n%s", text, got, head)
		}
		var back []org
		if err := yaml.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff([]org{o}, back); diff != "" {
			t.Errorf("%q (-was +read back):\n%s", text, diff)
		}
	}
}

// One text that is quoted changes how nothing else is written.
func TestUnseenChangesNothingElse(t *testing.T) {
	t.Parallel()
	none := []rolekit.Permission{}
	o := org{
		ID: "tom", Parent: "ops", Members: []rolekit.UserID{"yes", "12"}, Acting: map[rolekit.UserID]rolekit.ProfileID{"ann": "staff"},
		Roles: map[rolekit.RoleID]role{"clerk": {
			Description: "one\n  two\n", Profile: "staff", Grants: grants([]rolekit.Grant{{Permission: "jobs:read", Access: "own"}}), Waiting: &none,
		}},
		Sets:        map[rolekit.SetID]set{"north": {Resources: []rolekit.ResourceID{"a: b", "#c", "'"}}},
		Assignments: []assignment{{User: "ann", Role: "clerk", From: moment{time.Unix(0, 0).UTC()}}, {Group: "crew", Role: "clerk"}},
	}
	seen, unseen := o, o
	seen.Label, unseen.Label = "LABEL", "LABEL\u200b"
	want, err := dump([]org{seen})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dump([]org{unseen})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), strings.Replace(string(got), `"LABEL\u200B"`, "LABEL", 1)); diff != "" {
		t.Error(diff)
	}
}
