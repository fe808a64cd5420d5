package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/lawncare/perm"
)

// TestAgain opens the app twice on one database: the second time nothing is
// added, and what people changed stays.
func TestAgain(t *testing.T) {
	file, secret := filepath.Join(t.TempDir(), "lawncare.db"), []byte(strings.Repeat("s", 32))
	first := newTestApp(t, file, secret, newClock().Now)
	tom := first.Kit.Manager().As(rolekit.Actor{User: "tom"})
	if err := tom.Unassign(t.Context(), toms, "mia", "marketer"); err != nil {
		t.Fatal(err)
	}
	if err := first.db.Delete(&Invoice{}, 1).Error; err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if refused, err := hireAda(t.Context(), first.Kit); err != nil || refused != "" {
			t.Fatal(refused, err)
		}
	}

	second := newTestApp(t, file, secret, newClock().Now)
	if len(second.Seeded.Added)+len(second.Seeded.Changed)+len(second.Seeded.Unknown) > 0 {
		t.Errorf("the second start seeded %s", second.Seeded)
	}
	for user, want := range map[rolekit.UserID]bool{"mia": false, "sam": false, "ada": true} {
		decision, err := second.Kit.Can(t.Context(), rolekit.Identity{User: user, Org: toms}, perm.InvoicesWrite, nil)
		if err != nil || decision.Allowed != want {
			t.Errorf("%s may write invoices: %v, %v; want %v", user, decision.Allowed, err, want)
		}
	}
	var invoices []uint64
	if err := second.db.Model(&Invoice{}).Order("id").Pluck("id", &invoices).Error; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint64{2, 3, 4, 5}, invoices); diff != "" {
		t.Errorf("invoices (-want +got):\n%s", diff)
	}
}

// TestTheProgram builds the program, and does what it says to try: twice, on
// the same database.
func TestTheProgram(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "lawncare")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".") //nolint:gosec // the path is a temporary one
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	t.Run("routes", func(t *testing.T) { writesRoutes(t, program, dir) })
	for _, start := range []string{"first", "second"} {
		t.Run(start, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "-listen", "127.0.0.1:0", "-db", "shop.db")
			cmd.Dir = dir
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill() }() // it fails where it has ended, as it should have
			tryThree(t, readWelcome(t, bufio.NewScanner(stdout)))
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("it did not end well: %v", err)
			}
		})
	}
}

// tryThree does what the printed commands do, in the order that is printed.
func tryThree(t *testing.T, commands []string) {
	t.Helper()
	if len(commands) != 3 {
		t.Fatalf("there are %d commands: %q", len(commands), commands)
	}
	read, write, edit := commands[0], commands[1], commands[2]
	for _, try := range []struct {
		what, command string
		status        int
		text          string
	}{
		{"Ada reads", read, 200, "Rosa Diaz"},
		{"Ada writes", write, 403, `"permission":"newsletters:write"`},
		{"Tom edits", edit, 200, `"newsletters:write"`},
		{"Ada writes again", write, 201, "Hello"},
		{"Ada reads again", read, 403, `"permission":"invoices:read"`},
	} {
		got := send(t, curl(t, try.command))
		if got.status != try.status || !strings.Contains(got.body, try.text) {
			t.Errorf("%s: answered %d %s; want %d with %s", try.what, got.status, got.body, try.status, try.text)
		}
	}
}

// readWelcome returns the commands that the program prints, once it has said
// all that it says.
func readWelcome(t *testing.T, lines *bufio.Scanner) []string {
	t.Helper()
	var commands []string
	described := false
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "curl ") {
			commands = append(commands, lines.Text())
		}
		if strings.HasSuffix(lines.Text(), "/openapi.json") {
			described = true
			url := lines.Text()[strings.LastIndex(lines.Text(), "http"):]
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if got := send(t, request); !strings.Contains(got.body, `"openapi":"3.1`) {
				t.Errorf("%s is %d %.100s", url, got.status, got.body)
			}
		}
		if strings.HasPrefix(lines.Text(), "Stop it") {
			break
		}
	}
	if !described {
		t.Error("it does not say where the API is described")
	}
	return commands
}

// curl makes the request that a printed command makes.
func curl(t *testing.T, command string) *http.Request {
	t.Helper()
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	method, url, body, headers := http.MethodGet, "", "", http.Header{}
	for i := 1; i < len(words); i++ {
		value := func() string { i++; return strings.Trim(words[i], "'") }
		switch words[i] {
		case "-i":
		case "-X":
			method = value()
		case "-H":
			name, text, _ := strings.Cut(value(), ": ")
			headers.Set(name, text)
		case "-d":
			body = value()
			if method == http.MethodGet {
				method = http.MethodPost
			}
		default:
			url = words[i]
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", command, err))
	}
	request.Header = headers
	return request
}

// writesRoutes asks the program for its routes, for which it makes no database.
func writesRoutes(t *testing.T, program, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-routes")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Routes []struct {
			Method, Path string
			Declared     []struct{ Permissions []rolekit.Permission }
		}
	}
	if err := json.Unmarshal(out, &document); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	found := false
	for _, r := range document.Routes {
		if len(r.Declared) == 0 {
			t.Errorf("%s %s is unguarded", r.Method, r.Path)
		}
		if r.Method == http.MethodPost && r.Path == "/orgs/:org/invoices" {
			found = len(r.Declared) == 1 && slices.Equal(r.Declared[0].Permissions, []rolekit.Permission{perm.InvoicesWrite})
		}
	}
	if !found {
		t.Errorf("the route that creates invoices does not ask for %s:\n%s", perm.InvoicesWrite, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "lawncare.db")); err == nil {
		t.Error("it made a database")
	}
}
