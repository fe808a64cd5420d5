package main_test

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"
)

// TestAuditFollows watches a log, directly and by a server, while somebody else
// makes changes.
func TestAuditFollows(t *testing.T) {
	p := newPlace(t)
	if got := p.run("seed", "--catalog", "catalog.yaml", "--operators", "ops", "--operator", "sue"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	s := p.serve("--dev", "--operators", "ops")
	p.write("token", p.token("--dev", "--user", "sue"))
	for name, args := range map[string][]string{
		"directly": {"--catalog", "catalog.yaml"}, "as a user": {"--catalog", "catalog.yaml", "--as", "sue"}, "by a server": {"--server", s.url, "--token-file", "token"},
	} {
		t.Run(name, func(t *testing.T) {
			user := strings.ReplaceAll(name, " ", "-")
			watcher := p.command(append([]string{"audit", "--org", "ops", "--follow", "--interval", "20ms", "--limit", "1"}, args...)...)
			stdout, err := watcher.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := watcher.Start(); err != nil {
				t.Fatal(err)
			}
			defer time.AfterFunc(patience, func() { _ = watcher.Process.Kill() }).Stop() // the lines end then
			lines := bufio.NewScanner(stdout)
			next := func(want ...string) {
				t.Helper()
				if !lines.Scan() {
					t.Fatalf("nothing came; want a line with %q", want)
				}
				for _, w := range want {
					if !strings.Contains(lines.Text(), w) {
						t.Errorf("got %q; want %q in it", lines.Text(), w)
					}
				}
			}
			next("AT", "ACTOR", "CHANGE")
			next("T") // the newest that was there before
			for _, change := range []string{"assign", "unassign", "assign"} {
				if got := p.run(change, user, "clerk", "--org", "ops", "--catalog", "catalog.yaml"); got.code != 0 {
					t.Fatalf("%+v", got)
				}
				next("system:cli", "member."+change, "user:"+user)
			}
			if err := watcher.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if lines.Scan() {
				t.Errorf("got %q more", lines.Text())
			}
			if err := watcher.Wait(); err != nil {
				t.Errorf("it ended with %v; want 0", err)
			}
		})
	}
}
