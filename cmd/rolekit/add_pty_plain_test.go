//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// TestItIsAskedInPlainLines where the terminal can do no more, or where that is wanted:
// nothing is drawn, and the same is refused.
func TestItIsAskedInPlainLines(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct{ env, args []string }{
		"TERM=dumb":     {[]string{"TERM=dumb"}, nil},
		"--plain":       {nil, []string{"--plain"}},
		"ROLEKIT_PLAIN": {[]string{"ROLEKIT_PLAIN=true"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := company(t, append(how.env, "NO_COLOR=1")...)
			d := p.talk(append([]string{"add", "permission", "--catalog", "catalog.yaml"}, how.args...)...)
			d.answers(answers{
				{"Object:\n1. invoices  Invoices\n2. jobs  Jobs\nEnter a number between 1 and 2:", "3\r"},
				{"Invalid: must be a number between 1 and 2", "\r"},
				{"The new action:", "Void\r"},
				{`action id "Void" is not valid; use 1 to 63 characters`, "void\r"},
				{"What people read for void:", "strike out\r"},
				{"  read  see\n  write  change\nActions that void implies, with commas between (none if empty):", "raed\r"},
				{`action "void" implies "raed"`, "read\r"},
				{`Label ("Invoices: strike out" if empty):`, "\r"},
				{"Description (none if empty):", "\r"},
				{"Profiles that it is for, with commas between (all if empty):", "\r"},
				{"Accesses that roles may have it with, with commas between (any if empty):", "any, own\r"},
				{"role owner gets invoices:void\n", ""},
				{"  worker (own)\nRoles that get it too, with commas between (none if empty):", "wroker=own\r"},
				{`there is no role "wroker"; did you mean "worker"?`, "worker=own\r"},
				{"Write it? [Y/n]", "\r"},
				{"Make perm/perm.go, web/perm.ts again too? [Y/n]", "\r"},
			})
			d.ends(0)
			p.wantCatalog(
				"implies: [read]}\n", "implies: [read]}\n  void: {label: strike out, implies: [read]}\n",
				"Invoices, actions: [read, write]", "Invoices, actions: [read, write, void]",
				"access: [any, own]}\n", "access: [any, own]}\n  invoices:void: {access: [any, own]}\n",
				"# their own\n", "# their own\n      - {permission: \"invoices:void\", access: own}\n",
			)
			p.wantFresh(true)
			if strings.Contains(d.raw.String(), "\x1b") {
				t.Errorf("it draws: %q", d.raw.String())
			}
		})
	}
}

// TestPlainLinesAreBrokenOff by Ctrl-C, by Ctrl-D, which ends the input, and by a signal.
func TestPlainLinesAreBrokenOff(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"Enter a number between 1 and 2:", "What people read for void:", "Roles that get it too", "Write it? [Y/n]", "again too? [Y/n]"} {
		for how, off := range map[string]func(d *dialogue){
			"Ctrl-C":  func(d *dialogue) { d.types(interrupt) },
			"Ctrl-D":  func(d *dialogue) { d.types(endOfFile) },
			"SIGTERM": func(d *dialogue) { d.signals(syscall.SIGTERM) },
		} {
			t.Run(at+"/"+how, func(t *testing.T) {
				t.Parallel()
				p := company(t)
				before := p.files()
				d := p.talk("add", "permission", "--catalog", "catalog.yaml", "--plain")
				for _, a := range (answers{
					{"Enter a number between 1 and 2:", "1\r"},
					{"The new action:", "void\r"},
					{"What people read for void:", "void\r"},
					{"Actions that void implies", "\r"},
					{"Label (", "\r"},
					{"Description (", "\r"},
					{"Profiles that it is for", "\r"},
					{"Accesses that roles", "\r"},
					{"Roles that get it too", "bookkeeper\r"},
					{"Write it? [Y/n]", "y\r"},
					{"again too? [Y/n]", ""},
				}) {
					d.sees(a[0])
					if a[0] == at {
						break
					}
					d.types(a[1])
				}
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

// TestQuestionsHaveColoursWhereTheyAreWanted, and can be answered without.
func TestQuestionsHaveColoursWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	colours := regexp.MustCompile("\x1b\\[[0-9;]*3[0-9]m")
	for env, want := range map[string]bool{"NO_COLOR=": true, "NO_COLOR=1": false} {
		p := company(t, env)
		d := p.talk("add", "permission", "jobs:void", "--catalog", "catalog.yaml", "--action-label", "void", "--implies", "read", "--label", "", "--description", "",
			"--access", "any")
		d.answers(answers{
			{"┃ Profiles that it is for", down + space},
			{"> [•] worker", enter},
			{"┃ Roles that get it too", enter},
			{"┃ Write it?", "n"},
		})
		d.ends(4)
		if got := colours.MatchString(d.raw.String()); got != want {
			t.Errorf("%s: there are colours: %t\n%q", env, got, d.raw.String())
		}
	}
}

// TestNobodyIsAskedWithoutATerminal for each stream that is none.
func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	t.Parallel()
	for name, redirect := range map[string]func(cmd *exec.Cmd, to *os.File){
		"input":  func(cmd *exec.Cmd, to *os.File) { cmd.Stdin = to },
		"output": func(cmd *exec.Cmd, to *os.File) { cmd.Stdout = to },
		"errors": func(cmd *exec.Cmd, to *os.File) { cmd.Stderr = to },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := company(t)
			for _, test := range []struct {
				args  []string
				code  int
				wants string
			}{
				{[]string{"add", "role", "--catalog", "catalog.yaml"}, 2, "rolekit: rolekit add role needs ROLE, --label, --profile, --grant (or --include); rolekit add role --help says more"},
				{[]string{"add", "object", "quotes", "--label", "x", "--action", "read", "--catalog", "catalog.yaml"}, 4, "rolekit: catalog.yaml is as it was; --yes writes this"},
			} {
				to, err := os.Create(filepath.Join(t.TempDir(), "stream"))
				if err != nil {
					t.Fatal(err)
				}
				cmd := p.command(test.args...)
				redirect(cmd, to)
				d := p.talkAt(pty.Winsize{Rows: 60, Cols: 160}, cmd)
				d.ends(test.code)
				_ = to.Close() // it was for the command
				text, err := os.ReadFile(to.Name())
				if err != nil {
					t.Fatal(err)
				}
				if all := d.text() + string(text); !strings.Contains(all, test.wants) || strings.Contains(all, "?") {
					t.Errorf("%q shows\n%s", test.args, all)
				}
			}
			p.wantCatalog()
		})
	}
}

// TestWhatIsAskedIsSafe shows names as they are where a terminal would obey them, or
// would turn the direction of writing.
func TestWhatIsAskedIsSafe(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("catalog.yaml", "objects: {jobs: {label: \"Jobs\u202esboJ\", actions: [read]}}\n")
	for _, args := range [][]string{nil, {"--plain"}} {
		d := p.talk(append([]string{"add", "permission", "--catalog", "catalog.yaml"}, args...)...)
		d.sees(`"jobs  Jobs\u202esboJ"`)
		d.types(interrupt)
		d.ends(1)
	}
}

// TestALongListFits into a small terminal, with its title and the keys.
func TestALongListFits(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("catalog.yaml", readFile(t, os.DirFS("../../testdata/catalogs"), "project-hosting.yaml"))
	d := p.talkAt(pty.Winsize{Rows: 9, Cols: 100}, p.command("add", "role", "auditor", "--label", "Auditor", "--description", "", "--catalog", "catalog.yaml"))
	d.answers(answers{{"┃ Roles that it includes (none if empty)", enter}})
	d.sees("┃ Permissions that it gives (none if empty)\n┃ > [ ] *:*  everything\n", "x toggle")
	d.types("G") // to the end
	d.sees("┃ Permissions that it gives (none if empty)\n", "┃ > [ ] iam.keys:write\n", "x toggle")
	d.types(interrupt)
	d.ends(1)
}
