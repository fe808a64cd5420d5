package policytest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/policytest"
)

const head = "about: Something.\ncatalog: c.yaml\norgs: [toms, north under toms]\n"

func TestParse(t *testing.T) {
	f, err := policytest.Parse("x.yaml", []byte(head+`
assign:
  - ada is lead in toms
  - group:crew is lead in north from 2026-03-02T08:00:00Z until 2026-03-02T17:00:00+01:00
switch: [ada acts as worker in toms]
cases:
  - {ask: ada jobs:read in north as worker, of: {id: job-1}, want: yes, reach: [own]}
  - {ask: "- jobs:read in -", want: unauthenticated}
`))
	if err != nil {
		t.Fatal(err)
	}
	if north := f.Orgs[1]; north.ID != "north" || north.Parent != "toms" {
		t.Errorf("organisation %+v", north)
	}
	ada, crew := f.Assign[0], f.Assign[1]
	if ada.Org != "toms" || ada.Assignment != (rolekit.Assignment{User: "ada", Role: "lead"}) {
		t.Errorf("assignment %+v", ada)
	}
	if crew.Org != "north" || crew.Group != "crew" || crew.User != "" || crew.Until.Sub(crew.From) != 8*time.Hour {
		t.Errorf("assignment %+v", crew)
	}
	if who := f.Switch[0].Identity; who != (rolekit.Identity{User: "ada", Org: "toms", Profile: "worker"}) {
		t.Errorf("switch %+v", who)
	}
	if q := f.Cases[0].Ask; q.Identity != (rolekit.Identity{User: "ada", Org: "north", Profile: "worker"}) || q.Permission != "jobs:read" {
		t.Errorf("question %+v", q)
	}
	if who := f.Cases[1].Ask.Identity; who != (rolekit.Identity{}) {
		t.Errorf("nobody is %+v", who)
	}
	if got := f.Cases[1].Resource(); got != nil {
		t.Errorf("it is about %v", got)
	}
	if noon := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC); !f.At.Equal(noon) {
		t.Errorf("it is asked at %v", f.At)
	}
}

// TestReadme: the example that explains the format is one.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../docs/policy-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	if f, err := policytest.Parse("policy-tests.md", []byte(example)); err != nil || len(f.Cases) != 6 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestParseRefuses: whatever could make a case pass for nothing is an error, and
// says where.
func TestParseRefuses(t *testing.T) {
	const good = "  - {ask: ada jobs:read in toms, want: yes}\n"
	for name, test := range map[string]struct {
		src  string
		says []string
	}{
		"an unknown key":                {head + "colour: red\ncases:\n" + good, []string{"x.yaml:4:", "colour"}},
		"an unknown key of a case":      {head + "cases:\n  - {ask: ada jobs:read in toms, wants: no}\n", []string{"x.yaml:5:", "wants"}},
		"an unknown key of a role":      {head + "roles: {toms: {r: {grant: [a]}}}\ncases:\n" + good, []string{"x.yaml:4:", "grant"}},
		"an unknown key of a resource":  {head + "cases:\n  - {ask: ada jobs:read in toms, of: {name: x}, want: no}\n", []string{"x.yaml:5:", "name"}},
		"a key twice":                   {head + "members: {toms: [a]}\nmembers: {toms: [b]}\ncases:\n" + good, []string{"x.yaml:5:", "members"}},
		"a second document":             {head + "cases:\n" + good + "---\ncases: []\n", []string{"x.yaml", "one document"}},
		"nothing at all":                {"", []string{"x.yaml:1: the file is empty"}},
		"no text":                       {"\x7fELF\x02\x01\x00", []string{"x.yaml:1: the file is not YAML"}},
		"no YAML":                       {head + "cases: [\n", []string{"x.yaml:5: the file is not YAML"}},
		"no about":                      {strings.Replace(head, "about: Something.", "", 1) + "cases:\n" + good, []string{"x.yaml", "about"}},
		"no catalog":                    {strings.Replace(head, "catalog: c.yaml", "", 1) + "cases:\n" + good, []string{"x.yaml", "catalog"}},
		"no cases":                      {head + "cases: []\n", []string{"x.yaml", "no cases"}},
		"a question asked twice":        {head + "cases:\n" + good + "  - {ask: ada  jobs:read in toms, want: no}\n", []string{"x.yaml:6: ada jobs:read in toms: asked before, at x.yaml:5"}},
		"one asked twice of one thing":  {head + "cases:\n  - {ask: a j:r in toms, of: {id: 1}, want: no}\n  - {ask: a j:r in toms, of: {id: 1}, want: no}\n", []string{"x.yaml:6: a j:r in toms of {id: 1}: asked"}},
		"one asked twice at one time":   {head + "cases:\n  - {ask: a j:r in toms, at: 2026-03-02T13:00:00Z, want: no}\n  - {ask: a j:r in toms, at: 2026-03-02T14:00:00+01:00, want: no}\n", []string{"x.yaml:6: a j:r in toms at 2026-03-02T13:00:00Z: asked"}},
		"no question":                   {head + "cases:\n  - {want: yes}\n", []string{"x.yaml:5", "ask"}},
		"no answer":                     {head + "cases:\n" + good + "  - {ask: bob jobs:read in toms}\n", []string{"x.yaml:6", "want"}},
		"an answer that cannot be":      {head + "cases:\n  - {ask: ada jobs:read in toms, want: maybe}\n", []string{"x.yaml:5", "maybe"}},
		"a reach of a no":               {head + "cases:\n  - {ask: ada jobs:read in toms, want: no, reach: [own]}\n", []string{"x.yaml:5", "reach"}},
		"a reach of nothing":            {head + "cases:\n  - {ask: ada jobs:read in toms, want: yes, reach: []}\n", []string{"x.yaml:5", "reach"}},
		"a question without in":         {head + "cases:\n  - {ask: ada jobs:read at toms, want: no}\n", []string{"x.yaml:5:", "ada jobs:read at toms"}},
		"a question with more":          {head + "cases:\n  - {ask: ada jobs:read in toms as worker now, want: no}\n", []string{"x.yaml:5:"}},
		"a question cut short":          {head + "cases:\n  - {ask: ada jobs:read in toms as, want: no}\n", []string{"x.yaml:5:"}},
		"an assignment that is none":    {head + "assign: [ada has lead in toms]\ncases:\n" + good, []string{"x.yaml:4:", "ada has lead"}},
		"an assignment until teatime":   {head + "assign: [ada is lead in toms until teatime]\ncases:\n" + good, []string{"x.yaml:4:", "teatime"}},
		"a switch that is none":         {head + "switch: [ada is worker in toms]\ncases:\n" + good, []string{"x.yaml:4:", "ada is worker"}},
		"an organisation that is none":  {head + "cases:\n" + good + "groups: {jacks: {crew: {}}}\n", []string{"x.yaml", "groups", "jacks"}},
		"roles of an unknown one":       {head + "roles: {jacks: {r: {}}}\ncases:\n" + good, []string{"x.yaml", "roles", "jacks"}},
		"sets of an unknown one":        {head + "sets: {jacks: {s: []}}\ncases:\n" + good, []string{"x.yaml", "sets", "jacks"}},
		"members of an unknown one":     {head + "members: {jacks: [a]}\ncases:\n" + good, []string{"x.yaml", "members", "jacks"}},
		"an organisation under nothing": {strings.Replace(head, "under toms", "under", 1) + "cases:\n" + good, []string{"x.yaml:3:"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policytest.Parse("x.yaml", []byte(test.src))
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestLoad(t *testing.T) {
	good := head + "cases:\n  - {ask: ada jobs:read in toms, want: yes}\n"
	up := strings.Replace(good, "c.yaml", "../c.yaml", 1)
	const catalog = "access: {friend: {}}\nobjects: {jobs: {actions: [read]}}\n"
	for name, test := range map[string]struct {
		files map[string]string
		says  string // nothing where it is loaded
	}{
		"a file and its catalog":        {map[string]string{"t/a.yaml": strings.Replace(good, "c.yaml", "d/c.yaml", 1), "t/d/c.yaml": catalog}, ""},
		"a catalog elsewhere":           {map[string]string{"t/a.yaml": up, "c.yaml": catalog}, ""},
		"an access that there is":       {map[string]string{"t/a.yaml": up + "access: {friend: {ada: {ids: [job-1]}}}\n", "c.yaml": catalog}, ""},
		"a folder without any":          {map[string]string{"t/a.txt": good}, "there is no *.yaml"},
		"a file without its catalog":    {map[string]string{"t/a.yaml": good}, "a.yaml: the catalog cannot be read: open "},
		"a catalog that is wrong":       {map[string]string{"t/a.yaml": good, "t/c.yaml": "colour: red\n"}, "c.yaml:1: unknown key"},
		"an access that there is not":   {map[string]string{"t/a.yaml": up + "access: {frend: {ada: {ids: [job-1]}}}\n", "c.yaml": catalog}, `access "frend" is none that ../c.yaml adds; did you mean "friend"?`},
		"a catalog for a file of cases": {map[string]string{"t/a.yaml": catalog}, `a.yaml:2:1: unknown key "objects" in a policy test`},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for path, text := range test.files {
				path = filepath.Join(folder, path)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := policytest.LoadFolder(filepath.Join(folder, "t"))
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCheck: a wrong expectation fails, and says where it stands.
func TestCheck(t *testing.T) {
	allowed := func(reach ...rolekit.Access) rolekit.Decision {
		return rolekit.DecisionOf(rolekit.Identity{}, "", reach...)
	}
	denied := rolekit.Decision{}
	reaching := allowed("own")
	reaching.Allowed = false
	for _, test := range []struct {
		expect string
		d      rolekit.Decision
		err    error
		ok     bool
		says   string // of a wrong answer, where it matters
	}{
		{"want: yes", allowed("any"), nil, true, ""},
		{"want: yes", allowed("own"), nil, false, ""}, // any is what is meant where no reach is said
		{"want: yes", denied, nil, false, "want yes, got no"},
		{"want: yes", denied, rolekit.ErrInvalid, false, ""},
		{"want: yes", allowed("any"), rolekit.ErrInvalid, false, ""},
		{"want: yes", allowed(), nil, false, ""},
		{"want: yes, reach: [own]", allowed("own"), nil, true, ""},
		{"want: yes, reach: [own]", allowed("any"), nil, false, ""},
		{"want: yes, reach: [own]", allowed("own", "friend"), nil, false, ""},
		{"want: yes, reach: [team, own]", allowed("team", "own"), nil, true, ""},
		{"want: yes, reach: [team, own]", allowed("own"), nil, false, ""},
		{"want: yes, reach: [team, own]", allowed("own", "team"), nil, false, ""},
		{"of: {id: a}, want: yes", allowed("own"), nil, true, ""},
		{"of: {id: a}, want: yes", rolekit.Decision{Allowed: true}, nil, false, ""},
		{"of: {id: a}, want: yes, reach: [team]", allowed("own"), nil, false, ""},
		{"want: no", denied, nil, true, ""},
		{"want: no", allowed("any"), nil, false, "want no, got yes, as far as [any]"},
		{"want: no", denied, rolekit.ErrInvalid, false, "want no, got invalid ("},
		{"want: no", reaching, nil, false, ""},
		{"want: invalid", denied, rolekit.ErrInvalid, true, ""},
		{"want: invalid", denied, nil, false, ""},
		{"want: invalid", denied, rolekit.ErrOrgNotFound, false, ""},
		{"want: invalid", allowed("any"), rolekit.ErrInvalid, false, ""},
		{"want: unavailable", denied, errors.New("not one of the kit's"), true, ""},
	} {
		src := head + "cases:\n  - {ask: ada jobs:read in toms, " + test.expect + "}\n"
		f, err := policytest.Parse("x.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		switch err := f.Cases[0].Check(test.d, test.err); {
		case test.ok && err != nil:
			t.Errorf("%s: %v", test.expect, err)
		case !test.ok && err == nil:
			t.Errorf("%s: passes with %+v, %v", test.expect, test.d, test.err)
		case !test.ok && !strings.Contains(err.Error(), "x.yaml:5: ada jobs:read in toms"):
			t.Errorf("%s: the error does not say where: %v", test.expect, err)
		case !test.ok && !strings.Contains(err.Error(), test.says):
			t.Errorf("%s: the error does not say %q: %v", test.expect, test.says, err)
		}
	}
}

// TestRolesInACircle: building the policy ends, and says which roles they are.
func TestRolesInACircle(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"c.yaml": "objects: {jobs: {actions: [read]}}\n",
		"a.yaml": head + "roles: {toms: {a: {includes: [b]}, b: {includes: [a]}, c: {grants: [jobs:read]}}}\ncases:\n  - {ask: ada jobs:read in toms, want: no}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := policytest.Load(filepath.Join(folder, "a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `a.yaml: the roles a, b of "toms" include each other`) {
		t.Errorf("got %v", err)
	}
}
