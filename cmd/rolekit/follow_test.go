package main_test

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/internal/services"
)

// follower is a running rolekit audit --follow.
type follower struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner // that it shows
	told  *bufio.Scanner // that it says beside
}

func (p *place) follow(args ...string) *follower {
	p.t.Helper()
	cmd := p.command(slices.Concat([]string{"audit", "--follow", "--interval", "20ms"}, args)...)
	stdout, stderr := must(cmd.StdoutPipe())(p.t), must(cmd.StderrPipe())(p.t)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill() })                // it fails where it has ended, as it should have
	time.AfterFunc(3*patience, func() { _ = cmd.Process.Kill() }) // its lines end then
	return &follower{p.t, cmd, bufio.NewScanner(stdout), bufio.NewScanner(stderr)}
}

// next wants the next line to hold the texts.
func (f *follower) next(want ...string) string {
	f.t.Helper()
	if !f.lines.Scan() {
		f.t.Fatalf("nothing came; want a line with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(f.lines.Text(), w) {
			f.t.Errorf("got %q; want %q in it", f.lines.Text(), w)
		}
	}
	return f.lines.Text()
}

// says waits until it says something beside.
func (f *follower) says(want string) {
	f.t.Helper()
	for f.told.Scan() {
		if strings.Contains(f.told.Text(), want) {
			return
		}
	}
	f.t.Fatalf("it does not say %q", want)
}

// stop interrupts it. It must have nothing more to show, and end with 0.
func (f *follower) stop() {
	f.t.Helper()
	if err := f.cmd.Process.Signal(os.Interrupt); err != nil {
		f.t.Fatal(err)
	}
	if f.lines.Scan() {
		f.t.Errorf("got %q more", f.lines.Text())
	}
	for f.told.Scan() {
		f.t.Errorf("it says %q", f.told.Text())
	}
	if err := f.cmd.Wait(); err != nil {
		f.t.Errorf("it ended with %v; want 0", err)
	}
}

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
			f := p.follow(append(args, "--org", "ops", "--limit", "1", "--log-level", "error")...)
			f.next("AT", "ACTOR", "CHANGE")
			f.next("T") // the newest that was there before
			for _, change := range []string{"assign", "unassign", "assign"} {
				if got := p.run(change, user, "clerk", "--org", "ops", "--catalog", "catalog.yaml"); got.code != 0 {
					t.Fatalf("%+v", got)
				}
				f.next("system:cli", "member."+change, "user:"+user)
			}
			f.stop()
		})
	}
}

// TestAuditFollowsThroughOutages takes away the database, the way to the server, the
// server's database and the server itself, while somebody makes changes: each is shown
// once, and none is left out.
func TestAuditFollowsThroughOutages(t *testing.T) {
	database := must(url.Parse(services.Postgres(t)))(t)
	p, sue := installed(t, database.String())
	p.write("token", sue)
	wayToDatabase := newProxy(t, database.Host)
	behind := *database
	behind.Host = wayToDatabase.listener.Addr().String()
	healthy, ailing := p.serve(), p.serve("--database", behind.String(), "--poll-interval", "50ms")
	wayToServer := newProxy(t, strings.TrimPrefix(healthy.url, "http://"))
	restarted := p.serve("--listen", "127.0.0.1:"+services.FreePort(t)) // which nobody has while it is down
	byServer := func(url string) []string { return []string{"--server", url, "--token-file", "token"} }

	for _, test := range []struct {
		name       string
		args       []string
		away, back func(t *testing.T)
	}{
		{
			"the database",
			[]string{"--catalog", "catalog.yaml", "--database", behind.String()},
			func(*testing.T) { wayToDatabase.set(true) }, func(*testing.T) { wayToDatabase.set(false) },
		},
		{
			"the way to the server", byServer("http://" + wayToServer.listener.Addr().String()),
			func(*testing.T) { wayToServer.set(true) }, func(*testing.T) { wayToServer.set(false) },
		},
		{
			"the server's database", byServer(ailing.url),
			func(*testing.T) { wayToDatabase.set(true) }, func(*testing.T) { wayToDatabase.set(false) },
		},
		{
			"the server", byServer(restarted.url),
			func(*testing.T) { restarted.stop(syscall.SIGTERM) },
			func(*testing.T) { p.serve("--listen", strings.TrimPrefix(restarted.url, "http://")) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			change := func(user string) {
				t.Helper()
				if got := p.run("assign", user, "clerk", "--org", "ops", "--catalog", "catalog.yaml"); got.code != 0 {
					t.Fatalf("%+v", got)
				}
			}
			prefix := strings.ReplaceAll(strings.ReplaceAll(test.name, " ", "-"), "'", "")
			users := []string{prefix + "-before", prefix + "-meanwhile-1", prefix + "-meanwhile-2", prefix + "-after"}
			f := p.follow(append(test.args, "--org", "ops", "--limit", "1", "--json", "--log-level", "error")...)
			f.next(`"id":`) // the newest that was there before
			change(users[0])
			seen := []string{f.next()}
			test.away(t)
			f.says("rolekit: waiting: ")
			change(users[1])
			change(users[2])
			test.back(t)
			seen = append(seen, f.next(), f.next())
			change(users[3])
			seen = append(seen, f.next())
			f.stop()
			for i, line := range seen {
				var event struct{ Action, Target string }
				if err := json.Unmarshal([]byte(line), &event); err != nil || event.Action != "member.assign" {
					t.Errorf("%s: %v", line, err)
				}
				seen[i] = strings.TrimPrefix(event.Target, "user:")
			}
			if diff := cmp.Diff(users, seen); diff != "" {
				t.Errorf("what was shown (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAServiceKeyFollows has a script ask, change and follow by a service key. When it
// is revoked, following ends: that does not pass by waiting.
func TestAServiceKeyFollows(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve()
	s.want(201, "", "POST", "/v1/orgs", sue, `{"id":"toms"}`)
	id, key := s.newKey(sue, "toms", `{"label":"CI","roles":["owner"]}`)
	p.write("token", key)
	user, by := "service:rkey_"+id, []string{"--server", s.url, "--token-file", "token"}
	for _, test := range []struct {
		command, stdout, stderr string
		code                    int
	}{
		{"orgs", "toms\n", "", 0},
		{"can " + user + " invoices:write --org toms", "yes, as far as: any; by role:owner\n", "", 0},
		{"show user " + user, "roles given here: owner until 20", "", 0},
		{"members --org toms", user + " ", "", 0},
		{"assign eve clerk --org toms --until +1h", "eve is clerk in toms until 20", "", 0},
		{"assign eve clerk --org toms", "", "or not for as long", 1}, // for longer than the key lasts
		{"can " + user + " invoices:write --org ops", "", "(it needs the permission iam.orgs:read)", 5},
	} {
		got := p.run(append(strings.Fields(test.command), by...)...)
		if got.code != test.code || !strings.Contains(got.stdout, test.stdout) || !strings.Contains(got.stderr, test.stderr) || strings.Contains(got.stderr, key[22:]) {
			t.Errorf("%s: %+v", test.command, got)
		}
	}
	f := p.follow(append(by, "--org", "toms", "--limit", "1")...)
	f.next("AT")
	f.next(user, "member.assign", "user:eve")
	s.want(204, "", "DELETE", "/v1/orgs/toms/keys/"+id, sue, "")
	f.says("rolekit: the service key is not valid (put a new token into ROLEKIT_TOKEN, or into the file of --token-file)")
	if err := f.cmd.Wait(); err == nil || f.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
}
