package policyfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/policyfile"
)

// readAll reads a document.
func readAll(document string) (all []rolekit.Contents, err error) {
	r := policyfile.NewReader("policy.yaml", strings.NewReader(document))
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, e.Contents)
	}
}

// odd draws text that could be taken for something else in YAML or CSV.
func odd() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"yes", "null", "~", "007", "1e3", "- a", "a: b", "#x", "x #y", "'", `"`, `a"b,c`, "{a}", "[a]", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "a:", ":a", "?",
			"=", "<<", "2026-03-02", "true", "0x1f", ".inf", "é", "鍵", "🌱", "a,b", "a\\b", "...", "---", "-", "orgs:", "- id: x", "a/b", "a b", //nolint:gosmopolitan // files hold any
		}),
		rapid.StringMatching(`[!-~]([ -~]{0,12}[!-~])?`),
	)
}

// oddText is odd in several lines.
func oddText() *rapid.Generator[string] {
	return rapid.Custom(func(rt *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(odd(), rapid.SampledFrom([]string{"", " ", "  x", "x ", "\t"})), 1, 4).Draw(rt, "lines"), "\n")
	})
}

// TestTextsStayWhatTheyAre, however odd, in YAML and in CSV.
func TestTextsStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		texts := func(what string) string { // none that is an id: a label that is its thing's is left out
			return oddText().Filter(func(text string) bool { return !slices.Contains([]string{"d", "null", "1", "y", "s"}, text) }).Draw(rt, what)
		}
		user := rolekit.UserID(odd().Draw(rt, "user"))
		want := []rolekit.Contents{
			{
				ID: rolekit.AllOrgs, Roles: []rolekit.RoleSpec{{ID: "d", Label: texts("label"), Profile: "p"}},
				Baseline: map[rolekit.ProfileID][]rolekit.Grant{"p": {{Permission: "a:b", Access: "own"}}},
				Catalog: &rolekit.CatalogContents{
					AppliedBy: texts("actor"), AppliedAt: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Body: texts("catalog"), Later: []rolekit.Permission{"a:b"},
				},
			},
			{
				ID: "null", Label: texts("label"), Members: []rolekit.UserID{user},
				Roles: []rolekit.RoleSpec{{
					ID: "1", Label: texts("label"), Description: texts("description"), Profile: "true",
					Grants: []rolekit.Grant{{Permission: "a:b", Access: "any"}, {Permission: "a:c", Access: "set:s"}}, Includes: []rolekit.RoleID{"no"},
				}},
				Groups: []rolekit.GroupContents{{
					GroupSpec: rolekit.GroupSpec{ID: "y", Label: texts("label"), Description: texts("description")}, Users: []rolekit.UserID{user}, Groups: []rolekit.GroupID{"0"},
				}},
				Sets: []rolekit.SetContents{{
					SetSpec: rolekit.SetSpec{ID: "s", Label: texts("label")}, Resources: []rolekit.ResourceID{rolekit.ResourceID(odd().Draw(rt, "resource"))},
				}},
				Assignments: []rolekit.Assignment{
					{User: user, Role: "1", Period: rolekit.Period{From: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}}, {Group: "y", Role: "1"},
				},
				Acting:  map[rolekit.UserID]rolekit.ProfileID{user: "p"},
				Waiting: map[rolekit.RoleID][]rolekit.Permission{"1": {"a:b"}},
			},
			{ID: "below", Label: "x", Parent: "null", Roles: []rolekit.RoleSpec{{ID: "1", Label: "x"}, {ID: "2", Label: "x"}}, Waiting: map[rolekit.RoleID][]rolekit.Permission{"1": {}}},
		}
		var b bytes.Buffer
		w := policyfile.NewWriter(&b)
		for _, c := range want {
			if err := w.Write(c); err != nil {
				rt.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		got, err := readAll(b.String())
		if err != nil {
			rt.Fatalf("%v in\n%s", err, &b)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("%s in\n%s", diff, &b)
		}
		b.Reset()
		if err := policyfile.WriteCSV(&b, want[1]); err != nil {
			rt.Fatal(err)
		}
		entries, err := policyfile.ReadCSV("policy.csv", bytes.NewReader(b.Bytes()))
		if strings.HasPrefix(string(user), "service:") {
			return
		}
		if err != nil {
			rt.Fatalf("%v in\n%s", err, &b)
		}
		var again bytes.Buffer
		if err := policyfile.WriteCSV(&again, entries[0].Contents); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(b.String(), again.String()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestWhatIsNotADocument(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", policyfile.MaxPart+10)
	comment := "  # " + strings.Repeat("x", policyfile.MaxPart/16) + "\n"
	for document, want := range map[string]string{
		"":                       "policy.yaml:1: the file does not begin with rolekit: 2",
		"# nothing\n":            "policy.yaml:1: the file does not begin with rolekit: 2",
		"rolekit: 3\norgs: []\n": "policy.yaml:1: it must begin with rolekit: 2, the version of the format, or an earlier one; this one says 3",
		"rolekit: 0\norgs: []\n": "policy.yaml:1: it must begin with rolekit: 2",
		"rolekit: 2\ncatalog: {body: a}\norgs: []\n":               "policy.yaml:2: the catalog comes with what all organisations share; write defaults",
		"rolekit: 2\ncatalog: {applied_at: noon}\norgs: []\n":      `policy.yaml:2:23: "noon": write a time such as`,
		"rolekit: 2\norgs:\n- {id: a, roles: {x: {waiting: b}}}\n": "policy.yaml:3:32: waiting must be a list",
		"rolekit: 1\n":                        "policy.yaml:1: orgs is missing; write orgs: [] where there are none",
		"rolekit: 1\norgs:\n":                 "policy.yaml:2: orgs has nothing below it",
		"rolekit: 1\norgs: [a]\n":             "policy.yaml:2: begin each organisation on a line of its own",
		"rolekit: 1\norgs:\n  a: b\n":         "policy.yaml:3: orgs must be a list",
		"rolekit: 1\ndefalts: {}\norgs: []\n": `policy.yaml:2:1: unknown key "defalts" in the file; did you mean "defaults"?`,
		"rolekit: one\norgs: []\n":            "policy.yaml:1: the file is not YAML",
		"rolekit: 1\ndefaults: {roles: {a: {grants: [b]}}}\norgs: []\n":                      `policy.yaml:2:33: "b": write object:action [access]`,
		"rolekit: 1\norgs: []\ndefaults: {}\n":                                               "policy.yaml:3: nothing follows orgs",
		"rolekit: 1\norgs:\n- id: a\ndefaults: {}\n":                                         "policy.yaml:4: nothing follows orgs",
		"rolekit: 1\norgs:\n- id: a\n---\nrolekit: 1\n":                                      "policy.yaml:4: nothing follows orgs",
		"rolekit: 1\n---\nrolekit: 1\norgs: []\n":                                            "policy.yaml:1: a second document begins here",
		"rolekit: 1\norgs:\n- id: a\n- id: b\n- id: a\n":                                     `policy.yaml:5: the organisation "a" comes twice`,
		"rolekit: 1\norgs:\n- id: a\n- id: b\n- id: c\n  parent: a\n":                        `policy.yaml:6: put organisation "c" directly behind "a"`,
		"rolekit: 1\norgs:\n- label: a\n":                                                    "policy.yaml:3: the organisation has no id",
		"rolekit: 1\norgs:\n- a\n":                                                           "orgs must be a mapping",
		"rolekit: 1\norgs:\n-\n":                                                             "policy.yaml:3: an organisation must be a mapping",
		"rolekit: 1\norgs:\n- id: a\n\n  # why\n  rolls: {}\n":                               `policy.yaml:6:3: unknown key "rolls" in orgs; did you mean "roles"?`,
		"rolekit: 1\norgs:\n- id: a\n- id: b\n  roles: {x: {grants: a:b}}\n":                 "policy.yaml:5:23: grants must be a list",
		"rolekit: 1\norgs:\n- id: a\n  roles:\n    x: {}\n    x: {}\n":                       `policy.yaml:6:5: key "x" comes twice in roles`,
		"rolekit: 1\norgs:\n- id: &x a\n  label: *x\n":                                       "policy.yaml:4:10: label is an alias (*x), and aliases are not read",
		"rolekit: 1\norgs:\n- id: a\n  assignments:\n  - {user: u, role: r, until: later}\n": `policy.yaml:5:31: "later": write a time such as 2026-03-02T12:00:00Z`,
		"rolekit: 1\norgs:\n- id: a\n- id: [\n":                                              "policy.yaml:5: the file is not YAML",
		"rolekit: 1\norgs:\n- id: \xff\n":                                                    "policy.yaml:3: it is not valid UTF-8",
		"rolekit: 1\norgs:\n- id: a\n  label: " + long + "\n":                                "policy.yaml:3: the organisation has more than",
		"rolekit: 1\norgs:\n- id: a\n" + strings.Repeat(comment, 17):                         "policy.yaml:3: the organisation has more than",
		strings.Repeat(comment, 33):                                                          "what stands before orgs has more than",
	} {
		_, err := readAll(document)
		short := document[:min(len(document), 100)]
		if !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("%q: %v", short, err)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n%v, want\n%s", short, err, want)
		}
	}
}

// What people write by hand is read too.
func TestDocumentsByHand(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		"---\n# first\nrolekit: 1\norgs: # all\n\n  # the first\n  - id: a\n    label: A\n  -\n    id: b # the second\n    parent: a\n...\n",
		"rolekit: 1\r\norgs:\r\n- {id: a, label: A}\r\n- {id: b, parent: a}\r\n",
		"rolekit: 1\ndefaults:\norgs:\n- id: a\n  label: A\n# between\n- id: b\n  parent: a",
	} {
		got, err := readAll(document)
		if err != nil || len(got) != 2 || got[0].ID != "a" || got[0].Label != "A" || got[1].ID != "b" || got[1].Parent != "a" {
			t.Errorf("%q: %+v, %v", document, got, err)
		}
	}
	if got, err := readAll("rolekit: 1\norgs: []\n"); err != nil || len(got) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// counted counts what is read of an endless document.
type counted struct {
	left []byte
	n    int
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	if len(c.left) == 0 {
		c.left = fmt.Appendf(nil, "- id: o%d\n  members: [%s]\n", c.n, strings.Repeat("ada, ", 200))
		if c.n++; c.n == 1 {
			c.left = append([]byte("rolekit: 1\norgs:\n"), c.left...)
		}
	}
	n := copy(p, c.left)
	c.left, c.read = c.left[n:], c.read+n
	return n, nil
}

// TestADocumentIsNotHeld: what was read is never far ahead of what was returned.
func TestADocumentIsNotHeld(t *testing.T) {
	t.Parallel()
	const size = 1000 // bytes of an organisation, and some more
	endless := &counted{}
	r := policyfile.NewReader("endless", endless)
	for i := range 2000 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if ahead := endless.read - i*size; ahead > 200_000+i*100 {
			t.Fatalf("%d bytes are read, behind %d organisations", endless.read, i)
		}
	}
}

// What stands before the organisations may be two parts of the greatest size.
func TestALongHead(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", policyfile.MaxPart/110)
	var b bytes.Buffer
	w := policyfile.NewWriter(&b)
	err := w.Write(rolekit.Contents{
		ID: rolekit.AllOrgs, Catalog: &rolekit.CatalogContents{Body: text, AppliedAt: time.Unix(1, 0)}, Roles: []rolekit.RoleSpec{{ID: "a", Label: "a", Description: text}},
	})
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := readAll(b.String()); err != nil || len(got) != 1 || got[0].Catalog.Body != text || got[0].Roles[0].Description != text {
		t.Errorf("%d bytes: %d, %v", b.Len(), len(got), err)
	}
	err = policyfile.NewWriter(io.Discard).Write(rolekit.Contents{ID: rolekit.AllOrgs, Catalog: &rolekit.CatalogContents{Body: text + text}})
	if err == nil || !strings.Contains(err.Error(), "the catalog that was applied last has") {
		t.Errorf("what could not be read back was written: %v", err)
	}
}

func TestTooMuchForADocument(t *testing.T) {
	t.Parallel()
	members := make([]rolekit.UserID, policyfile.MaxPart/80)
	for i := range members {
		members[i] = rolekit.UserID(fmt.Sprintf("%090d", i))
	}
	err := policyfile.NewWriter(io.Discard).Write(rolekit.Contents{ID: "a", Members: members})
	if err == nil || !strings.Contains(err.Error(), `organisation "a" has`) {
		t.Errorf("what could not be read back was written: %v", err)
	}
}

func TestWhatIsNotCSV(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\n# c\np, role:a, o, p, x, y\n":                           "policy.csv:3: p, role:a, o, p, x, y: it must have exactly 6 fields",
		"q, a, b\n":                                                `policy.csv:1: q, a, b: type "q" is not one of p, g, g2, g3`,
		"p, role:x\n":                                              `policy.csv:1: p, role:x: it must have exactly 6 fields behind its type`,
		"g, user:a\n":                                              `policy.csv:1: g, user:a: it must have exactly 3 fields behind its type`,
		"g3, user:a, role:b\n":                                     `policy.csv:1: g3, user:a, role:b: it must have exactly 5 fields behind its type`,
		"g, ada, role:a, o\n":                                      `policy.csv:1: g, ada, role:a, o: "ada" is not of a kind that can stand there`,
		"g, user:ada, role:a, O\n":                                 `organisation id "O" is not valid`,
		"g, user:ada, role:a, *\n":                                 "an assignment is of one organisation, never of all",
		"g, user:ada, org:b, a\n":                                  "user:ada is not given org:b",
		"g, role:a, group:b, o\n":                                  "role:a is not given group:b",
		"g, service:rkey_abcdefghijklmnop, role:a, o\n":            "is a service key",
		"p, profile:x, o, x, a, b, any\n":                          "a baseline is of all organisations",
		"p, profile:x, *, y, a, b, any\n":                          "a baseline is of all organisations",
		"p, role:a, o, x, a, b, any\np, role:a, o, y, a, b, any\n": `policy.csv:2: p, role:a, o, y, a, b, any: the role "a" is of profile "x"`,
		"g3, user:a, role:b, o, _, soon\n":                         "policy.csv:1: ",
		"p, \"a\n":                                                 "policy.csv:1: the line is not CSV",
		"p, a, b, c, d, e, f, g\n":                                 "policy.csv:1: it has 7 fields",
	} {
		_, err := policyfile.ReadCSV("policy.csv", strings.NewReader(text))
		if !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// The places of parts of an organisation, in both formats.
func TestPlaces(t *testing.T) {
	t.Parallel()
	wrong := func(at ...string) error {
		e := &rolekit.Error{Code: rolekit.CodeInvalid}
		for _, path := range at {
			e.Parts = append(e.Parts, rolekit.Part{At: path, Err: &rolekit.Error{Message: path}})
		}
		return e
	}
	paths := []string{
		"roles/a", "roles/a/grants/x:y any", "roles/a/grants/x:z own", "groups/g/users/a/b", "groups/g/groups/h", "sets/s/resources/r/1", "members/m",
		"assignments/a/b a", "assignments/group:g a", "roles/none", "nothing",
	}
	const document = `rolekit: 1
orgs:
- id: o
  roles:
    a:
      grants:
      - x:y
      - x:z own
  groups:
    g:
      users: [c,
        a/b]
      groups:
      - h
  sets:
    s: {resources: [
      r/1]}
  members:
  - m
  assignments:
  - {user: a/b, role: a}
  - {group: g, role: a}
`
	e, err := policyfile.NewReader("f", strings.NewReader(document)).Next()
	if err != nil {
		t.Fatal(err)
	}
	places := func(err error) string {
		var lines []string
		for line := range strings.Lines(err.Error()) {
			lines = append(lines, strings.Split(line, ":")[1])
		}
		return strings.Join(lines, " ")
	}
	if got := places(e.Locate(wrong(paths...))); got != "5 7 8 12 14 17 19 21 22 4 3" {
		t.Errorf("YAML: %s", got)
	}
	const lines = `p, role:a, o, p, x, y, any
p, role:a, o, p, x, z, own
g, user:c, group:g, o
g, user:a/b, group:g, o
g, group:h, group:g, o
g2, resource:r/1, set:s, o
g, user:m, org:o, o
g, user:a/b, role:a, o
g3, group:g, role:a, o, _, 2026-03-02 12:00:00
`
	all, err := policyfile.ReadCSV("f", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	if got := places(all[0].Locate(wrong(paths...))); got != "1 1 2 4 5 6 7 8 9 1 1" {
		t.Errorf("CSV: %s", got)
	}
	if err := e.Locate(io.ErrUnexpectedEOF); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("another error: %v", err)
	}
}
