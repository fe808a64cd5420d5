// Package skip leaves out tests aloud: without -v, go test does not show which were
// skipped.
package skip

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// Short skips a test with -short, and says why. Where CI is true that is for the race
// detector alone, under which long tests take too long; without it, the test fails.
func Short(t testing.TB, why string) {
	t.Helper()
	if !testing.Short() {
		return
	}
	why += "; run without -short"
	if ci, err := strconv.ParseBool(os.Getenv("CI")); ci && err == nil && !raced {
		t.Fatal(why)
	}
	Because(t, why)
}

// Because skips a test, and tells stderr why.
func Because(t testing.TB, why string) {
	t.Helper()
	fmt.Fprintf(os.Stderr, "%s is skipped: %s\n", t.Name(), why)
	t.Skip(why)
}
