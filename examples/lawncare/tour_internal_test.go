package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestTour runs tour.sh against the app, twice: what the first left behind must not
// be in the second's way.
func TestTour(t *testing.T) {
	needs(t, "sh", "curl")
	secret := []byte(strings.Repeat("s", 32))
	a := newTestApp(t, filepath.Join(t.TempDir(), "lawncare.db"), secret, time.Now)
	tour := filepath.Join(t.TempDir(), "tour.env")
	if err := writeTour(tour, listen(t, a.Engine), secret, time.Now()); err != nil {
		t.Fatal(err)
	}
	before, err := a.Kit.Permissions(t.Context(), rolekit.Identity{User: "tom", Org: toms})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := runTour(t, tour)
		if err != nil || !bytes.HasSuffix(out, []byte("every answer was as it says.\n")) {
			t.Fatalf("%v\n%s", err, out)
		}
		if steps := bytes.Count(out, []byte("\n== ")); steps < 30 {
			t.Errorf("there were %d steps:\n%s", steps, out)
		}
	}
	after, err := a.Kit.Permissions(t.Context(), rolekit.Identity{User: "tom", Org: toms})
	if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("Tom has %v after it and had %v: %v", after, before, err)
	}
}

// TestTheTourNotices: one that is answered wrongly ends, and says by what.
func TestTheTourNotices(t *testing.T) {
	needs(t, "sh", "curl")
	tour := filepath.Join(t.TempDir(), "tour.env")
	url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":"nonsense"}`)) }))
	if err := writeTour(tour, url, []byte(strings.Repeat("s", 32)), time.Now()); err != nil {
		t.Fatal(err)
	}
	out, err := runTour(t, tour)
	if err == nil || !bytes.Contains(out, []byte("the answer should have been 201")) || !bytes.Contains(out, []byte("nonsense")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// runTour runs it as its first lines say: the file is named without a folder.
func runTour(t *testing.T, tour string) ([]byte, error) {
	t.Helper()
	script, err := filepath.Abs("tour.sh")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", script, filepath.Base(tour)) //nolint:gosec // the path is a temporary one
	cmd.Dir = filepath.Dir(tour)
	return cmd.CombinedOutput()
}

// needs skips the test where a program is not installed; where everything has to be
// (CI=true), that fails it.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed; make services installs it on Debian", program)
		}
		_, _ = fmt.Fprintf(os.Stderr, "%s is skipped: %s is not installed\n", t.Name(), program)
		t.Skipf("%s is not installed", program)
	}
}

// listen serves on a port of the machine's choice until the test ends.
func listen(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}
