package skip

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestIsLong is what the others run.
func TestIsLong(t *testing.T) {
	Short(t, "it is long")
	t.Log("it ran")
}

// again runs TestIsLong of this program, and returns what it says, and only that on
// stderr.
func again(t *testing.T, ci string, args ...string) (output, stderr string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append(args, "-test.run=^TestIsLong$", "-test.v")...) //nolint:gosec // itself
	var out, loud strings.Builder
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), "CI="+ci), &out, &loud
	err := cmd.Run()
	return out.String(), loud.String(), err != nil
}

func TestShort(t *testing.T) {
	t.Parallel()
	output, stderr, failed := again(t, "", "-test.short")
	if failed || !strings.Contains(output, "--- SKIP: TestIsLong") || stderr != "TestIsLong is skipped: it is long; run without -short\n" {
		t.Errorf("with -short (failed: %t) it says %s and on stderr %q", failed, output, stderr)
	}
	output, stderr, failed = again(t, "true", "-test.short")
	if failed == raced || strings.Contains(output, "--- SKIP: TestIsLong") != raced || (stderr != "") != raced {
		t.Errorf("with -short in CI (failed: %t, race detector: %t) it says %s and on stderr %q", failed, raced, output, stderr)
	}
	for _, ci := range []string{"", "true"} {
		output, stderr, failed = again(t, ci)
		if failed || !strings.Contains(output, "it ran") || stderr != "" {
			t.Errorf("without -short (failed: %t) it says %s and on stderr %q", failed, output, stderr)
		}
	}
}
