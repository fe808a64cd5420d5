//go:build unix

package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const companyCatalog = `# The catalog of a company.

actions:
  read: {label: see}
  write: {label: change, implies: [read]}

profiles: {owner: {}, worker: {}}

objects:
  # What customers pay.
  invoices: {label: Invoices, actions: [read, write]} # and no more
  jobs: {label: Jobs, actions: [read, write]}

permissions:
  jobs:write: {access: [any, own]}

roles:
  owner: {label: Owner, profile: owner, grants: ["*:*"]}
  bookkeeper: {label: Bookkeeper, profile: owner, grants: ["invoices:write"]}

  # In the field.
  worker:
    label: Worker
    profile: worker
    grants:
      - {permission: jobs:write, access: own} # their own

creator: owner
`

// company is a place with a catalog that has profiles and accesses, and what is
// generated of it.
func company(t *testing.T, env ...string) *place {
	t.Helper()
	p := newPlace(t, env...)
	p.write("catalog.yaml", companyCatalog)
	for _, args := range generated() {
		if got := p.run(args...); got.code != 0 {
			t.Fatalf("%q: %+v", args, got)
		}
	}
	return p
}

// generated are the commands that make what is generated.
func generated() [][]string {
	return [][]string{
		{"generate", "go", "--catalog", "catalog.yaml", "--output", "perm/perm.go"},
		{"generate", "typescript", "--catalog", "catalog.yaml", "--output", "web/perm.ts"},
	}
}

func (p *place) read(name string) string {
	p.t.Helper()
	return readFile(p.t, os.DirFS(p.dir), name)
}

// make writes a file, and the folder that it is in.
func (p *place) make(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(p.dir, name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	p.write(name, text)
}

// files are the texts of all files.
func (p *place) files() map[string]string {
	p.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(p.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(p.dir, path)
		files[filepath.ToSlash(name)] = p.read(filepath.ToSlash(name))
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return files
}

// wantCatalog compares the catalog with the company's, in which texts are replaced.
func (p *place) wantCatalog(oldnew ...string) {
	p.t.Helper()
	if diff := cmp.Diff(strings.NewReplacer(oldnew...).Replace(companyCatalog), p.read("catalog.yaml")); diff != "" {
		p.t.Errorf("the catalog (-want +got):\n%s", diff)
	}
}

// wantFresh asks whether what is generated fits the catalog.
func (p *place) wantFresh(fresh bool) {
	p.t.Helper()
	for _, args := range generated() {
		got := p.run(append(args, "--check")...)
		if want := map[bool]int{true: 0, false: 4}[fresh]; got.code != want {
			p.t.Errorf("%q: %+v; want code %d", args, got, want)
		}
	}
}

// voided is what is asked for a permission that is new in each way, up to the diff.
func voided() answers {
	return answers{
		{"┃ Object", enter},
		{"┃ The new action", "Void\r"},
		{`* action id "Void" is not valid; use 1 to 63 characters`, eraseLine + "read\r"},
		{`* there is a permission "invoices:read" already`, eraseLine + enter},
		{"* it cannot be empty", "void\r"},
		{"┃ What people read for void", enter},
		{"* it cannot be empty", "strike out\r"},
		{"┃ Actions that void implies", space + enter},
		{`┃ Label ("Invoices: strike out" if empty)`, enter},
		{"┃ Description (none if empty)", "It stays in the books.\r"},
		{"┃ Profiles that it is for (all if empty)", enter},
		{"┃ Accesses that roles may have it with (any if empty)", space + down + down + space + enter},
		{"┃ Roles that get it too (none if empty)", space},
		{"> [•] bookkeeper", down + down + down + space},
		{"> [•] worker (own)", enter},
	}
}

func TestAPermissionIsAskedFor(t *testing.T) {
	t.Parallel()
	p := company(t)
	d := p.talk("add", "permission", "--catalog", "catalog.yaml")
	d.answers(voided())
	d.sees(
		"role owner gets invoices:void\nRoles that get it too: bookkeeper, worker=own\n", // before it was asked, and what was answered
		"+      - {permission: \"invoices:void\", access: own}\n",
		"role owner gets invoices:void\nrole bookkeeper gets invoices:void\nrole worker gets invoices:void (own)\n",
	)
	d.answers(answers{{"┃ Write it?", enter}, {"┃ Make perm/perm.go, web/perm.ts again too?", "y"}})
	d.ends(0)
	d.sees("catalog.yaml: written\nperm/perm.go: written\nweb/perm.ts: written\n")
	p.wantCatalog(
		"implies: [read]}\n", "implies: [read]}\n  void: {label: strike out, implies: [read]}\n",
		"Invoices, actions: [read, write]", "Invoices, actions: [read, write, void]",
		"access: [any, own]}\n", "access: [any, own]}\n  invoices:void: {description: It stays in the books., access: [any, own]}\n",
		`["invoices:write"]`, `["invoices:write", "invoices:void"]`,
		"# their own\n", "# their own\n      - {permission: \"invoices:void\", access: own}\n",
	)
	p.wantFresh(true)
}

// TestProfilesAreAskedForFirst where what is implied is not for all of them: whatever else
// is asked would be refused.
func TestProfilesAreAskedForFirst(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("catalog.yaml", "profiles: {owner: {}, worker: {}}\nobjects:\n  bills: {actions: [read]}\npermissions:\n  bills:read: {profiles: [owner]}\n"+
		"roles:\n  owner: {profile: owner, grants: [\"*:*\"]}\ncreator: owner\n")
	d := p.talk("add", "permission", "--catalog", "catalog.yaml")
	d.answers(answers{
		{"┃ Object", enter},
		{"┃ Action", enter},
		{"┃ Profiles that it is for (all if empty)", enter},
	})
	const refusal = `permission "bills:write" is for worker, and implies "bills:read", which is not`
	d.waits("it does not refuse that, and ask again", func() bool {
		_, below, refused := strings.Cut(d.text(), refusal)
		return refused && strings.Contains(below, "┃ Profiles that it is for (all if empty)")
	})
	d.types(space)
	d.answers(answers{
		{"> [•] owner", enter},
		{`┃ Label ("bills: write" if empty)`, enter},
		{"┃ Description (none if empty)", enter},
		{"┃ Accesses that roles may have it with (any if empty)", enter},
		{"┃ Write it?", enter},
	})
	d.ends(0)
	if got := p.read("catalog.yaml"); !strings.Contains(got, "  bills:write: {profiles: [owner]}\n") {
		t.Errorf("it was written\n%s", got)
	}
}

func TestAnObjectIsAskedFor(t *testing.T) {
	t.Parallel()
	p := company(t)
	d := p.talk("add", "object", "--catalog", "catalog.yaml")
	d.answers(answers{
		{"┃ Object", "jobs\r"},
		{`* there is an object "jobs" already; rolekit add permission adds an action to it`, eraseLine + "quotes\r"},
		{"┃ What people read for quotes", "Quotes & offers\r"},
		{"┃ Actions that make sense on quotes (none if empty)", down + space},
		{"> [•] write", enter},
		{"┃ An action that is new (none if empty)", "write\r"},
		{`* there is an action "write" already; --action takes it`, eraseLine + "send\r"},
		{"┃ What people read for send", "send\r"},
		{"┃ Actions that send implies", space + enter},
		{"Actions that send implies: read\n┃ An action that is new (none if empty)", enter},
		{"┃ Write it?", "y"},
		{"┃ Make perm/perm.go, web/perm.ts again too?", "n"},
	})
	d.ends(0)
	d.sees("catalog.yaml: written\nperm/perm.go: stale now; rolekit generate makes it again\nweb/perm.ts: stale now;")
	p.wantCatalog(
		"implies: [read]}\n", "implies: [read]}\n  send: {label: send, implies: [read]}\n",
		"Jobs, actions: [read, write]}\n", "Jobs, actions: [read, write]}\n  quotes: {label: Quotes & offers, actions: [write, send]}\n",
	)
	p.wantFresh(false)
}

func TestAnObjectHasAnAction(t *testing.T) {
	t.Parallel()
	p := company(t)
	d := p.talk("add", "object", "quotes", "--label", "Quotes", "--catalog", "catalog.yaml")
	d.answers(answers{
		{"┃ Actions that make sense on quotes (none if empty)", enter},
		{"┃ An action that is new (none if empty)", enter},
		{"* an object has one action at least; name one", interrupt},
	})
	d.ends(1)
	p.wantCatalog()
}

func TestARoleIsAskedFor(t *testing.T) {
	t.Parallel()
	p := company(t)
	d := p.talk("add", "role", "--catalog", "catalog.yaml", "--generate")
	d.answers(answers{
		{"┃ Profile that it is for", down},
		{"> worker", enter},
		{"┃ Role", "worker\r"},
		{`* there is a role "worker" already`, eraseLine + "fore man\r"},
		{`* role id "fore man" is not valid`, eraseLine + "foreman\r"},
		{"┃ What people read for foreman", "Foreman\r"},
		{"┃ Description (none if empty)", enter},
		{"┃ Roles that it includes (none if empty)", space},
		{"> [•] worker  Worker", enter},
		{"┃ Permissions that it gives (none if empty)", "/"},
		{"┃ /", "jobs:w"},
		{"> [ ] jobs:write\n┃   [ ] jobs:write (own)", escape}, // of the filter alone
		{"backspace clear filter", space},
		{"> [•] jobs:write\n", enter},
		{"┃ Write it?", "y"},
	})
	d.ends(0)
	p.wantCatalog("# their own\n", `# their own

  foreman:
    label: Foreman
    profile: worker
    includes: [worker]
    grants: ["jobs:write"]
`)
	p.wantFresh(true)
}

func TestARoleGivesSomething(t *testing.T) {
	t.Parallel()
	p := company(t)
	d := p.talk("add", "role", "helper", "--label", "Helper", "--profile", "worker", "--description", "", "--catalog", "catalog.yaml")
	d.answers(answers{
		{"┃ Roles that it includes (none if empty)", enter},
		{"┃ Permissions that it gives", enter},
		{"a role gives or includes something; choose one at least\n┃ Permissions that it gives", space + enter},
		{"┃ Write it?", "n"},
	})
	d.ends(4)
	p.wantCatalog()
}

// TestWhatIsBrokenOffChangesNothing breaks off at the first question and at each after
// which something would be written.
func TestWhatIsBrokenOffChangesNothing(t *testing.T) {
	t.Parallel()
	toTheEnd := append(voided(), [2]string{"┃ Write it?", "y"})
	for name, asked := range map[string]struct {
		before answers
		at     string
	}{
		"first": {nil, "┃ Object"},
		"write": {toTheEnd[:len(toTheEnd)-1], "┃ Write it?"},
		"again": {toTheEnd, "┃ Make perm/perm.go, web/perm.ts again too?"},
	} {
		for how, off := range map[string]func(d *dialogue){
			"Ctrl-C":  func(d *dialogue) { d.types(interrupt) },
			"Esc":     func(d *dialogue) { d.types(escape) },
			"SIGTERM": func(d *dialogue) { d.signals(syscall.SIGTERM) },
			"SIGINT":  func(d *dialogue) { d.signals(syscall.SIGINT) },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				p := company(t)
				before := p.files()
				d := p.talk("add", "permission", "--catalog", "catalog.yaml")
				d.answers(asked.before)
				d.sees(asked.at)
				off(d)
				d.ends(1)
				d.sees("rolekit: broken off; catalog.yaml is as it was\n")
				if diff := cmp.Diff(before, p.files()); diff != "" {
					t.Errorf("files have changed (-before +now):\n%s", diff)
				}
			})
		}
	}
}

// signals sends a signal, as kill does.
func (d *dialogue) signals(signal os.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(signal); err != nil {
		d.t.Fatal(err)
	}
}

func TestNoIsNo(t *testing.T) {
	t.Parallel()
	p := company(t)
	before := p.files()
	d := p.talk("add", "permission", "--catalog", "catalog.yaml")
	d.answers(append(voided(), [2]string{"┃ Write it?", "n"}))
	d.ends(4)
	d.sees("Write it? no\nrolekit: catalog.yaml is as it was\n")
	if diff := cmp.Diff(before, p.files()); diff != "" {
		t.Errorf("files have changed (-before +now):\n%s", diff)
	}
}

// TestOnlyWhatIsMissingIsAsked gives some of it by flags and as an argument.
func TestOnlyWhatIsMissingIsAsked(t *testing.T) {
	t.Parallel()
	p := company(t)
	complete := []string{"add", "permission", "invoices:void", "--role", "bookkeeper", "--catalog", "catalog.yaml", "--action-label", "void"}
	d := p.talk(append(complete, "--yes")...)
	d.ends(0)
	if text := d.text(); strings.Contains(text, "?") || !strings.Contains(text, "perm/perm.go: stale now; rolekit generate makes it again\n") {
		t.Errorf("with all that is needed and --yes it shows\n%s", text)
	}

	p = company(t)
	d = p.talk(append(complete, "--no-generate")...)
	d.answers(answers{{"┃ Write it?", "y"}})
	d.ends(0)
	if text := d.text(); strings.Contains(text, "again") || strings.Contains(text, "Label") {
		t.Errorf("with all that is needed it shows\n%s", text)
	}

	p = company(t)
	d = p.talk("add", "permission", "invoices:raed", "--no-roles", "--catalog", "catalog.yaml", "--label", "", "--description", "x", "--access", "any", "--profile", "owner",
		"--implies", "read", "--yes")
	d.sees(`there is no action "raed"; did you mean "read"? If not, it becomes a new one`)
	d.answers(answers{{"┃ What people read for raed", "x\r"}, {"┃ Make perm/perm.go, web/perm.ts again too?", "y"}})
	d.ends(0)
	p.wantFresh(true)
	if text := d.text(); strings.Count(text, "?") != 3 { // the headline, did you mean, and what is made again
		t.Errorf("it shows\n%s", text)
	}
}
