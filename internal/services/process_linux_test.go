package services_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A test program that is killed, or ended by go test's timeout, cleans nothing up.
func TestServersDieWithTheProcess(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServesUntilKilled$") //nolint:gosec // itself
	cmd.Env = append(os.Environ(), "ROLEKIT_SERVE_UNTIL_KILLED=1", "TMPDIR="+visibleFolder(t))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close() //nolint:errcheck // nothing is written
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line == "PASS\n" {
		t.Skip("a server is not installed: stderr tells which")
	}
	all, serving := strings.CutPrefix(line, "serving ")
	if err != nil || !serving {
		t.Fatalf("read %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	for dsn := range strings.FieldsSeq(all) {
		awaitRefusal(t, dsn)
	}
}
