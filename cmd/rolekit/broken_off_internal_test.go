package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// signalled breaks the work off at the first write.
type signalled context.CancelFunc

func (s signalled) Write(b []byte) (int, error) { s(); return len(b), nil }

// What a signal ends says what became of it, and does not blame the database.
func TestBrokenOff(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"catalog.yaml": aCatalog, "policy.yaml": "rolekit: 2\norgs:\n- id: tom\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code := run(t.Context(), []string{"migrate"}, io.Discard, io.Discard); code != 0 {
		t.Fatal(code)
	}
	for _, test := range []struct {
		args  string
		later bool // the signal comes once something was told
		code  int
		want  string
	}{
		{"apply", false, 130, "broken off: the catalog was not applied, unless that was being committed just then: rolekit plan tells"},
		{"plan", false, 1, "broken off"},
		{"can kim jobs:read --org tom", false, 130, "broken off"},
		{"export", false, 130, "broken off"},
		{"import policy.yaml", false, 130, "broken off: nothing was changed"},
		{"import policy.yaml --apply", true, 130, "broken off: organisations restored before: 0; they stay so, and are found done when it is run again"},
		{"assign kim admin --org /", false, 2, `organisation id "/" is not valid (use 1 to 63 characters of a-z, 0-9, dot, underscore and hyphen, starting with a letter or digit)`},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if !test.later {
			cancel()
		}
		var stderr strings.Builder
		code := run(ctx, append(strings.Fields(test.args), "--catalog", "catalog.yaml"), signalled(cancel), &stderr)
		if want := "rolekit: " + test.want + "\n"; code != test.code || stderr.String() != want {
			t.Errorf("%s: %d: %s", test.args, code, &stderr)
		}
	}
}
