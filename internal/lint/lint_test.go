package lint_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/lint"
)

// objects is what the catalogs of the tests begin with, five lines; in all of them,
// what a test adds to the roles begins on line 9.
const (
	objects = `actions: {read: {}, write: {implies: [read]}, send: {implies: [write]}}
objects: {jobs: {actions: [read, write, send]}, notes: {actions: [read, write]}}
permissions:
  jobs:read: {access: [any, team, own, set]}
  jobs:write: {access: [any, team, own, set]}
`
	all   = "roles:\n  all: {grants: [\"*:*\"]}\n"
	roles = objects + "\n" + all
	two   = objects + "profiles: {staff: {}, client: {}}\nroles:\n  all: {profile: staff, grants: [\"*:*\"]}\n"
)

// TestRules has for each rule what it finds, and what comes near and is meant.
func TestRules(t *testing.T) {
	for name, test := range map[string]struct {
		catalog string
		finds   []string // line rule words of the message
	}{
		"nothing": {roles, nil},

		"a role that grants nothing":            {roles + "  a: {}\n  b: {grants: []}\n", []string{`9 empty-role role "a" grants`, `10 empty-role role "b" grants`}},
		"one that includes such a role":         {roles + "  a: {}\n  b: {includes: [a]}\n", []string{`9 empty-role "a"`, `10 empty-role "b"`}},
		"one that has all by what it includes":  {roles + "  a: {grants: [\"jobs:read\"]}\n  b: {includes: [a], grants: [\"notes:read\"]}\n", nil},
		"one that is another with another name": {roles + "  a: {grants: [\"jobs:read\"]}\n  b: {includes: [a]}\n", []string{`10 same-role role "b" gives what "a" gives`}},

		"permissions that nobody can get": {
			objects + "\n\nroles:\n  a: {grants: [\"*:read\", {permission: \"jobs:write\", access: own}]}\n",
			[]string{
				"2:41 unreachable-permission no baseline gives jobs:send,", "2:73 unreachable-permission gives notes:write",
				"1 unreachable-permission iam.orgs:write", "1 unreachable-permission iam.roles:write", "1 unreachable-permission iam.members:write",
				"1 unreachable-permission iam.audit:write", "1 unreachable-permission iam.keys:write",
			},
		},
		"ones that a baseline gives": {
			objects + "baseline: {default: [\"notes:write\"]}\n\nroles:\n  all: {grants: [\"iam.orgs:write\", \"iam.roles:write\", \"iam.members:write\", \"iam.audit:write\", \"iam.keys:write\", \"jobs:send\"]}\n",
			nil,
		},

		"a grant twice":                       {roles + "  a: {grants: [\"jobs:read\", \"jobs:read\"]}\n", []string{`9 duplicate-grant role "a" grants jobs:read on line 9 already`}},
		"once as text, once as a mapping":     {roles + "  a:\n    grants:\n      - jobs:read\n      - {permission: \"jobs:read\"}\n", []string{`12 duplicate-grant jobs:read on line 11`}},
		"the same with an access":             {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}, {permission: \"jobs:read\", access: own}]}\n", []string{"9 duplicate-grant jobs:read own on"}},
		"the same with other accesses":        {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}, {permission: \"jobs:read\", access: team}]}\n", nil},
		"the same in a baseline":              {objects + "baseline: {default: [\"jobs:read\", \"jobs:read\"]}\n" + all, []string{`6 duplicate-grant the baseline of "default" grants jobs:read`}},
		"any and own":                         {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}, \"jobs:read\"]}\n", []string{"9 implied-grant jobs:read own by its grant jobs:read on"}},
		"any and a set":                       {roles + "  a: {grants: [\"jobs:read\", {permission: \"jobs:read\", access: \"set:x\"}]}\n", []string{"9 implied-grant jobs:read set:x by its grant jobs:read"}},
		"two sets":                            {roles + "  a: {grants: [{permission: \"jobs:read\", access: \"set:y\"}, {permission: \"jobs:read\", access: \"set:x\"}]}\n", nil},
		"an action that implies another":      {roles + "  a: {grants: [\"jobs:read\", \"jobs:write\"]}\n", []string{"9 implied-grant jobs:read by its grant jobs:write"}},
		"one that implies it through a third": {roles + "  a: {grants: [\"jobs:send\", \"jobs:read\"]}\n", []string{"9 implied-grant jobs:read by its grant jobs:send"}},
		"one on another object":               {roles + "  a: {grants: [\"jobs:read\", \"notes:write\"]}\n", nil},
		"one that does not reach as far":      {roles + "  a: {grants: [\"jobs:read\", {permission: \"jobs:write\", access: own}]}\n", nil},
		"one with the same access":            {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}, {permission: \"jobs:write\", access: own}]}\n", []string{"9 implied-grant jobs:read own by its grant jobs:write own"}},
		"one that reaches further":            {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}, \"jobs:write\"]}\n", []string{"9 implied-grant jobs:read own by its grant jobs:write"}},
		"a wildcard over an object":           {roles + "  a: {grants: [\"jobs:send\", \"jobs:*\"]}\n", []string{"9 implied-grant jobs:* by its grant jobs:send"}},
		"grants that imply each other":        {roles + "  a:\n    grants:\n      - jobs:*\n      - jobs:send\n", []string{"12 implied-grant jobs:send by its grant jobs:* on line 11"}},
		"a wildcard over actions":             {roles + "  a: {grants: [\"*:read\", \"notes:read\", \"jobs:write\"]}\n", []string{"9 implied-grant notes:read by its grant *:read"}},
		"a wildcard with an access":           {roles + "  a: {grants: [{permission: \"jobs:*\", access: own}, {permission: \"jobs:read\", access: own}, \"jobs:send\"]}\n", []string{"9 implied-grant jobs:read own by its grant jobs:* own", "9 implied-grant jobs:* own by its grant jobs:send"}},
		"one that implies in a baseline":      {objects + "baseline: {default: [\"jobs:write\", \"jobs:read\"]}\n" + all, []string{`6 implied-grant the baseline of "default" has jobs:read by its grant jobs:write`}},

		"a grant that an included role has": {
			roles + "  a: {grants: [\"jobs:write\"]}\n  b: {includes: [a], grants: [\"jobs:read\", \"notes:read\"]}\n", []string{`10 included-grant role "b" has jobs:read by the roles that it includes`},
		},
		"one that is there twice, too": {
			roles + "  a: {grants: [\"jobs:write\"]}\n  b: {includes: [a], grants: [\"jobs:read\", \"jobs:read\", \"notes:read\"]}\n",
			[]string{"10 included-grant jobs:read", "10 duplicate-grant jobs:read"},
		},
		"one that another grant has, too": {
			roles + "  a: {grants: [\"jobs:read\"]}\n  b: {includes: [a], grants: [\"jobs:read\", \"jobs:write\"]}\n", []string{"10 implied-grant jobs:read"},
		},
		"one that it has through a third": {
			roles + "  a: {grants: [\"jobs:write\"]}\n  b: {includes: [a], grants: [\"notes:read\"]}\n  c: {includes: [b], grants: [\"jobs:read\", \"notes:write\"]}\n", []string{`11 included-grant role "c" has jobs:read`},
		},
		"one that it has less far": {
			roles + "  a: {grants: [{permission: \"jobs:write\", access: team}]}\n  b: {includes: [a], grants: [\"jobs:write\"]}\n", nil,
		},

		"a grant that the baseline has": {
			objects + "baseline: {default: [\"jobs:write\"]}\n" + all + "  a: {grants: [\"jobs:read\", \"notes:read\"]}\n", []string{`9 baseline-grant role "a" has jobs:read by the baseline of "default"`},
		},
		"one that it has less far, too": {
			objects + "baseline: {default: [{permission: \"jobs:write\", access: own}]}\n" + all + "  a: {grants: [\"jobs:read\", {permission: \"jobs:write\", access: own}]}\n",
			[]string{`9 baseline-grant role "a" has jobs:write own`},
		},
		"one of another profile's baseline": {
			two + "  a: {profile: staff, grants: [\"jobs:read\"]}\n  b: {profile: client, grants: [\"notes:read\"]}\nbaseline: {client: [\"jobs:read\"]}\n", nil,
		},

		"a role within another": {
			roles + "  a: {grants: [\"jobs:read\", \"notes:read\"]}\n  b: {grants: [\"jobs:write\", \"notes:read\", \"iam.orgs:read\"]}\n", []string{`9 subset-role role "a" gives nothing that "b" does not give; let "b" include it`},
		},
		"one that the other includes": {roles + "  a: {grants: [\"jobs:read\"]}\n  b: {includes: [a], grants: [\"jobs:write\"]}\n", nil},
		"one that it includes through a third": {
			roles + "  a: {grants: [\"jobs:read\"]}\n  b: {includes: [a], grants: [\"notes:read\"]}\n  c: {includes: [b], grants: [\"notes:write\"]}\n", nil,
		},
		"one that reaches less far": {roles + "  a: {grants: [{permission: \"jobs:read\", access: own}]}\n  b: {grants: [\"jobs:read\"]}\n", []string{`9 subset-role "a" gives nothing that "b"`}},
		"ones of other accesses": {
			roles + "  a: {grants: [{permission: \"jobs:read\", access: own}]}\n  b: {grants: [{permission: \"jobs:read\", access: team}]}\n", nil,
		},
		"one of another profile":   {two + "  a: {profile: staff, grants: [\"jobs:read\"]}\n  b: {profile: client, grants: [\"jobs:write\"]}\n", nil},
		"within one that has all":  {roles + "  a: {grants: [\"jobs:read\"]}\n", nil},
		"two that overlap":         {roles + "  a: {grants: [\"jobs:read\", \"notes:read\"]}\n  b: {grants: [\"jobs:write\"]}\n", nil},
		"two that give the same":   {roles + "  a: {grants: [\"jobs:*\"]}\n  b: {grants: [\"jobs:send\"]}\n", []string{`10 same-role role "b" gives what "a" gives`}},
		"two that give everything": {roles + "  a: {grants: [\"*:write\", \"jobs:send\"]}\n", []string{`9 same-role role "a" gives what "all" gives`}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.catalog, test.finds) })
	}
}

func TestExceptions(t *testing.T) {
	for name, test := range map[string]struct {
		catalog string
		finds   []string
	}{
		"on the line":                {roles + "  a: {} # lint:allow empty-role, because\n", nil},
		"above it":                   {roles + "  # lint:allow empty-role: because\n  a: {}\n", nil},
		"above more comments":        {roles + "  # lint:allow empty-role because\n  # or not\n  #\n  a: {}\n", nil},
		"of another line":            {roles + "  # lint:allow empty-role, because\n\n  a: {}\n", []string{"9 idle-exception there is no empty-role here", "11 empty-role"}},
		"of the line after":          {roles + "  b: {grants: [\"jobs:read\"]} # lint:allow empty-role, because\n  a: {}\n", []string{"9 idle-exception", "10 empty-role"}},
		"of another rule":            {roles + "  a: {} # lint:allow subset-role, because\n", []string{"9 empty-role", "9 idle-exception there is no subset-role here"}},
		"without a reason":           {roles + "  a: {} # lint:allow empty-role\n", []string{"9 empty-role", "9 bad-exception says which rule and why"}},
		"without a rule":             {roles + "  a: {} # lint:allow\n", []string{"9 empty-role", "9 bad-exception"}},
		"one for two on the line":    {roles + "  a: {grants: [\"jobs:write\", \"jobs:read\", \"jobs:read\"]} # lint:allow implied-grant, because\n", []string{"9 duplicate-grant"}},
		"within a text":              {roles + "  a: {label: \"a# lint:allow x\", grants: [\"jobs:read\"]}\n", nil},
		"at the end, above nothing":  {roles + "  # lint:allow empty-role, because", []string{"9 idle-exception"}},
		"two that stand on one line": {roles + "  # lint:allow same-role, because\n  a: {grants: [\"*:*\"]}\n", nil},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.catalog, test.finds) })
	}
}

func TestACatalogThatIsWrong(t *testing.T) {
	for _, catalog := range []string{"objets: {}\n", "", "a: b: c\n"} {
		if found, err := lint.Catalog("c.yaml", []byte(catalog)); !errors.Is(err, rolekit.ErrInvalid) || found != nil {
			t.Errorf("%q: %v, %v", catalog, found, err)
		}
	}
}

// expect compares what is found, in the order of the file, with lines, columns where
// they are said, rules and words of the messages.
func expect(t *testing.T, catalog string, want []string) {
	t.Helper()
	found, err := lint.Catalog("c.yaml", []byte(catalog))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		if i > 0 && f.Line < found[i-1].Line {
			t.Errorf("%s comes after %s", f, found[i-1])
		}
		if f.Column < 1 || !strings.HasPrefix(f.String(), fmt.Sprintf("c.yaml:%d:%d: %s: %s", f.Line, f.Column, f.Rule, f.Message)) {
			t.Errorf("%s: where is that?", f)
		}
	}
	left := make([]string, 0, len(found))
	for _, f := range found {
		left = append(left, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Rule, f.Message))
	}
	for _, w := range want {
		at, words, _ := strings.Cut(w, " ")
		rule, words, _ := strings.Cut(words, " ")
		i := slices.IndexFunc(left, func(f string) bool {
			return (strings.HasPrefix(f, at+" ") || strings.HasPrefix(f, at+":")) && strings.Contains(f, " "+rule+" ") && strings.Contains(f, words)
		})
		if i < 0 {
			t.Errorf("%s was not found; this is left: %q", w, left)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if diff := cmp.Diff([]string{}, left); diff != "" {
		t.Errorf("found as well (+):\n%s", diff)
	}
}
