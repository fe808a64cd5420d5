package generate_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/internal/services"
	"github.com/rolekit/rolekit/internal/skip"
)

// node runs a program of npm in a folder, and returns what it says and whether it
// exits with 0.
func node(t *testing.T, folder, program string, args ...string) (string, bool) {
	t.Helper()
	skip.Short(t, "it runs programs of npm, which take seconds")
	cmd := exec.CommandContext(t.Context(), filepath.Join(services.NodeModules(t), ".bin", program), args...) //nolint:gosec // these are the tests' own
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out), err == nil
}

// module is the name that a catalog's TypeScript has in the tests: "lawncare" for
// examples/lawncare/catalog.yaml, "cluster" for testdata/catalogs/cluster.yaml.
func module(file string) string {
	name := strings.TrimSuffix(path.Base(file), ".yaml")
	if name == "catalog" {
		return path.Base(path.Dir(file))
	}
	return name
}

// modules are what is generated from all catalogs, by file.
func modules(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, file := range catalogs() {
		all[module(file)+".ts"] = string(typescript(t, file))
	}
	return all
}

func write(t *testing.T, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestPrettierChangesNothing(t *testing.T) {
	files := modules(t)
	folder := write(t, files)
	names := slices.Sorted(maps.Keys(files))
	if out, ok := node(t, folder, "prettier", append([]string{"--no-config", "--no-editorconfig", "--check"}, names...)...); !ok {
		for _, name := range names {
			formatted, _ := node(t, folder, "prettier", "--no-config", "--no-editorconfig", name)
			if diff := cmp.Diff(formatted, files[name]); diff != "" {
				t.Errorf("%s is not as Prettier writes it (-Prettier +rolekit):\n%s", name, diff)
			}
		}
		t.Error(out)
	}
}

// line is one of a program in TypeScript, and what the compiler says of it: the
// number of an error and words of its text; nothing where it has nothing to say.
type line struct{ text, says string }

// compile gives the compiler a program that stands beside what is generated from all
// catalogs, and fails where it says anything else than the lines expect.
func compile(t *testing.T, program []line) {
	t.Helper()
	files := modules(t)
	for i, l := range program {
		files["program.ts"] += l.text + "\n"
		if strings.Contains(l.text, "\n") {
			t.Fatalf("line %d is several", i+1)
		}
	}
	out, _ := node(t, write(t, files), "tsc", append([]string{
		"--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--isolatedModules", "--verbatimModuleSyntax",
		"--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--pretty", "false",
	}, slices.Sorted(maps.Keys(files))...)...)
	said := make([]string, len(program))
	at := regexp.MustCompile(`^program\.ts\((\d+),\d+\): (.*)$`)
	last := -1
	for text := range strings.Lines(out) {
		text = strings.TrimSuffix(text, "\n")
		if m := at.FindStringSubmatch(text); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			last, text = n-1, m[2]
		}
		if last < 0 {
			t.Errorf("the compiler says: %s", text)
			continue
		}
		said[last] += text + "\n"
	}
	for i, l := range program {
		if (said[i] == "") != (l.says == "") || !regexp.MustCompile(l.says).MatchString(said[i]) {
			t.Errorf("%s\nthe compiler says %q, and should %q", l.text, said[i], l.says)
		}
	}
}

// TestTheCompilerFindsWhatIsMisspelt: what is generated compiles, so does what uses
// it as it should, and names that there are not do not.
func TestTheCompilerFindsWhatIsMisspelt(t *testing.T) {
	compile(t, []line{
		{`import { actions, groups, permissions, profiles, roles, type Access, type Action, type DefaultRole, type Me, type Permission, type Profile } from "./reports";`, ""},
		{`import * as lawncare from "./lawncare";`, ""},
		{`import * as hosting from "./project-hosting";`, ""},
		{`import * as odd from "./odd";`, ""},
		{`import * as bare from "./bare";`, ""},
		{`const asked: Permission = "reports:read";`, ""},
		{`export const reach: Access[] = ["any", "set:public", "shared"];`, ""},
		{`export const shown = groups.filter((g) => g.permissions.includes(asked)).map((g) => [g.label, permissions[asked].implies]);`, ""},
		{`export const may = (me: Me, wanted: Permission) => me.permissions?.some((grant) => grant.permission === wanted);`, ""},
		{`export const labels: string[] = [actions.read.label, profiles.default.label, roles.analyst.description, odd.permissions["2fa:read"].label];`, ""},
		{`export const merge: hosting.Permission = "merge-requests:merge";`, ""},
		{`export const none: readonly lawncare.Permission[] = lawncare.permissions["invoices:write"].implies;`, ""},
		{`export const misspelt: Permission = "reports:raed";`, `TS2820: .*Did you mean '"reports:read"'`},
		{`export const hosted: hosting.Permission = "merge-request:merge";`, `TS2820: .*Did you mean '"merge-requests:merge"'`},
		{`export const wide: Permission = "*:*";`, `TS2322: `},
		{`export const asks = (me: Me) => me.permissions?.some((grant) => grant.permission === "reports:raed");`, `TS2367: `},
		{`export const info = permissions["reports:raed"];`, `TS(7053|2551): `},
		{`export const action: Action = "raed";`, `TS2322: `},
		{`export const profile: Profile = "worker";`, `TS2322: `},
		{`export const role: DefaultRole = "analist";`, `TS2820: `},
		{`export const far: Access = "sets:public";`, `TS(2322|2820): `},
		{`export const sold: bare.DefaultRole = "owner";`, `TS2322: .*never`},
		{`groups[0].label;`, `TS2532: `},
		{`permissions[asked].label = "other";`, `TS2540: `},
		{`permissions[asked].implies.push(asked);`, `TS2339: `},
	})
}
