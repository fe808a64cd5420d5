package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// full is a disk on which there is room for a few writes.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f--; *f < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

// What was done behind a plan that could be told is said to be done.
func TestDoneBehindWhatWasTold(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	policy := "rolekit: 2\norgs:\n- id: tom\n"
	for name, text := range map[string]string{"catalog.yaml": aCatalog, "policy.yaml": policy} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args string
		room full
		code int
		want string
	}{
		{"migrate", 1, 0, ""},
		{"import policy.yaml --apply", 0, 1, "rolekit: no space left\n"}, // the plan comes first
		{"import policy.yaml", 1, 4, "rolekit: nothing was changed yet; --apply does it\n"},
		{"import policy.yaml --apply", 1, 1, "rolekit: done: what the file says is so (organisations: 1, changed: 1), but that could not be told: no space left\n"},
		{"seed --operators ops --operator kim", 1, 1, "rolekit: organisation ops: created; kim is admin, but that could not be told: no space left\n"},
	} {
		args := strings.Fields(test.args + " --database app.db")
		if args[0] != "migrate" {
			args = append(args, "--catalog", "catalog.yaml")
		}
		var stderr strings.Builder
		code := run(t.Context(), args, &test.room, &stderr)
		if code != test.code || stderr.String() != test.want {
			t.Errorf("%s: %d: %s", test.args, code, &stderr)
		}
	}
}

const aCatalog = `
actions: {read: {}}
objects:
  jobs: {actions: [read]}
permissions: {jobs:read: {}}
roles:
  admin: {grants: [jobs:read, iam.roles:write, iam.members:write]}
creator: admin
`
