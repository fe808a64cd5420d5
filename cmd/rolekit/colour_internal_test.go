//go:build linux

package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/rolekit/rolekit/internal/skip"
)

// A terminal gets colours, unless the environment forbids them; a file, a device
// and whatever is none of these never do.
func TestColours(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		skip.Because(t, "there are no terminals here: "+err.Error())
	}
	t.Cleanup(func() { _ = terminal.Close() })
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if got := painter(terminal)(red, "FAIL"); got != "\x1b[31mFAIL\x1b[0m" {
		t.Errorf("a terminal gets %q", got)
	}
	if got := painter(null)(red, "FAIL"); got != "FAIL" {
		t.Errorf("a device gets %q", got)
	}
	if got := painter(new(bytes.Buffer))(red, "FAIL"); got != "FAIL" {
		t.Errorf("a buffer gets %q", got)
	}
	for variable, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			if got := painter(terminal)(red, "FAIL"); got != "FAIL" {
				t.Errorf("got %q", got)
			}
		})
	}
}
