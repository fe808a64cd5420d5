package yamlinsert_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/yamlinsert"
)

func value(t *testing.T, src string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

func sections() []string { return []string{"actions", "objects", "roles"} }

// TestPut: | in a want is where the text was inserted, so that all else is as it was.
func TestPut(t *testing.T) {
	tests := []struct{ name, path, key, value, want string }{
		{"last of a block", "objects", "x", "{a: [b]}", "objects:\n  o: {a: [c]} # why|\n  x: {a: [b]}|\n\n# next\nroles: {}\n"},
		{"as those beside it", "objects", "x", "{a: [b], c: d}", "objects:\n  o:\n    a: [c]|\n  x:\n    a: [b]\n    c: d|\n"},
		{"many items, a line each", "objects", "x", "{a: [b, c, d, e]}", "objects:\n  o:\n    a: [c]|\n  x:\n    a:\n      - b\n      - c\n      - d\n      - e|\n"},
		{"by the file's indentation", "objects", "x", "{a: b}", "objects:\n    o:\n        a: c|\n    x:\n        a: b|\n"},
		{"apart, as those", "objects", "x", "{a: b}", "objects:\n  o: {a: b}\n\n  p: {a: b}|\n\n  x: {a: b}|\n"},
		{"the file ends without a line's end", "objects", "x", "{a: b}", "objects:\n  o: {a: b}|\n  x: {a: b}|"},
		{"lines of Windows", "objects", "x", "{a: b}", "objects:\r\n  o: {a: b}|\r\n  x: {a: b}|\r\nroles: {}\r\n"},
		{"a comment belongs to what follows", "objects", "x", "{a: b}", "objects:\n  o: {a: b}|\n  x: {a: b}|\n  # p: later\n\n  # and\nroles: {}\n"},
		{"a comment belongs to what is before", "objects", "x", "{a: b}", "objects:\n  o:\n    a: b\n    # c: d|\n  x:\n    a: b|\n  # p: later\nroles: {}\n"},
		{"text with what looks like a comment", "objects", "x", "{a: b}", "objects:\n  o:\n    a: |\n      one\n      # two|\n  x:\n    a: b|\n\n# next\nroles: {}\n"},
		{"in brackets", "objects", "x", "{a: b}", "objects: {o: {a: b}|, x: {a: b}|} # why\n"},
		{"in brackets, a line each", "objects", "x", "{a: b}", "objects: {\n  o: {a: b}|,| # why|\n  x: {a: b}|\n}\n"},
		{"in brackets, with a last comma", "objects", "x", "{a: b}", "objects: {\n  o: {a: b}, # why|\n  x: {a: b},|\n}\n"},
		{"in brackets that are empty", "objects", "x", "{a: b}", "objects: {|x: {a: b}|}\n"},
		{"nothing yet", "roles.r", "x", "b", "roles:\n  r: # why|\n    x: b|\n  s: {}\n"},
		{"a new section between others", "objects", "x", "{a: b}", "# of the file\nactions:\n  read: {}|\n\nobjects:\n  x: {a: b}|\n\n# of roles\nroles: {}\n"},
		{"a new section without one before it", "actions", "x", "{a: b}", "# of the file\nobjects: {}|\n\nactions:\n  x: {a: b}|\n"},
		{"brackets and quotes in texts", "objects", "x", "b", `objects: {o: "}\"", p: 'it''s }', q: Tom's "x"|, x: b|}` + "\n"},
		{"wide characters in front", "objects.ö", "x", "b", "objects:\n  ö: {ключ: ü|, x: b|}\n"},
		{"behind an anchor", "objects", "x", "b", "objects: &all {o: a|, x: b|}\n"},
		{"words that YAML would read otherwise", "objects", "a: b", `{x: "7", y: "# no", z: "*:*"}`, "objects:\n  o: {}|\n  \"a: b\": {x: \"7\", y: \"# no\", z: \"*:*\"}|\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check(t, test.want, func(f *yamlinsert.File) error {
				return f.Put(strings.Split(test.path, "."), test.key, value(t, test.value))
			})
		})
	}
}

func TestAppend(t *testing.T) {
	tests := []struct{ name, path, item, want string }{
		{"in brackets", "objects.o.actions", "b", "objects:\n  o: {actions: [a|, b|], label: x}\n"},
		{"in brackets that are empty", "objects.o.actions", "b", "objects:\n  o: {actions: [|b|]}\n"},
		{"in brackets, with a last comma", "objects.o.actions", "b", "objects:\n  o: {actions: [a,| b|]}\n"},
		{"in brackets on several lines", "objects.o.actions", "b", "objects:\n  o:\n    actions: [a, # first\n      c|,||\n      b|]\n"},
		{"a line each", "roles.r.grants", "{p: x, a: own}", "roles:\n  r:\n    grants:\n      - a # why|\n      - {p: x, a: own}|\n  s: {}\n"},
		{"a line each, not further in", "roles.r.grants", "b", "roles:\n  r:\n    grants:\n    - a|\n    - b|\n    label: x\n"},
		{"there is none yet", "roles.r.grants", "b", "roles:\n  r:\n    label: x|\n    grants: [b]|\n\n  s: {}\n"},
		{"there is none yet, in brackets", "roles.r.grants", "b:c", "roles:\n  r: {label: x|, grants: [\"b:c\"]|}\n"},
		{"nothing is there yet", "roles.r.grants", "b", "roles:\n  r:|\n    grants: [b]|\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check(t, test.want, func(f *yamlinsert.File) error { return f.Append(strings.Split(test.path, "."), value(t, test.item)) })
		})
	}
}

// check runs an insertion on what a want says was there.
func check(t *testing.T, want string, insert func(*yamlinsert.File) error) {
	t.Helper()
	want = strings.ReplaceAll(want, ": |\n", ": \x00\n") // YAML's own
	var before strings.Builder
	for i, part := range strings.Split(want, "|") {
		if i%2 == 0 {
			before.WriteString(part)
		}
	}
	yamls := func(s string) string { return strings.ReplaceAll(s, "\x00", "|") }
	f := yamlinsert.File{Text: yamls(before.String()), Sections: sections()}
	if err := insert(&f); err != nil {
		t.Fatalf("%v\n%s", err, f.Text)
	}
	if diff := cmp.Diff(yamls(strings.ReplaceAll(want, "|", "")), f.Text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRefused: what cannot be done changes nothing.
func TestRefused(t *testing.T) {
	tests := []struct{ name, path, key, text, want string }{
		{"there already", "objects", "o", "objects:\n  o: {}\n", `line 1: "o" is there already`},
		{"no mapping on the way", "objects.o", "x", "objects: [a]\n", "line 1: it is no mapping"},
		{"no mapping at the end", "objects", "x", "objects: [a]\n", "line 1: nothing can be added to this"},
		{"a written null", "objects", "x", "objects: ~\n", "line 1: nothing can be added to this"},
		{"nothing, in brackets", "objects.o", "x", "objects: {o: }\n", "line 1: nothing can be added to this"},
		{"not YAML", "objects", "x", "objects: [\n", "yaml"},
		{"no mapping at all", "objects", "x", "- a\n", "the file holds no mapping"},
		{"text that ends like a comment", "objects", "x", "objects:\n  o: \"a\n  # b\"\nroles: {}\n", "line 1: nothing can be added to what is written like this"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := yamlinsert.File{Text: test.text, Sections: sections()}
			err := f.Put(strings.Split(test.path, "."), test.key, value(t, "{a: b}"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if f.Text != test.text {
				t.Errorf("it was changed:\n%s", f.Text)
			}
		})
	}
}
