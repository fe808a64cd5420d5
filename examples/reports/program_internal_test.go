package main

import (
	"bufio"
	"context"
	"encoding/json"
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

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/examples/reports/perm"
)

// TestTheProgram builds the program, and does what it says to try: twice, on
// the same database.
func TestTheProgram(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "reports")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".") //nolint:gosec // the path is a temporary one
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	t.Run("routes", func(t *testing.T) { writesRoutes(t, program, dir) })
	for _, start := range []string{"first", "second"} {
		t.Run(start, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "-listen", "127.0.0.1:0", "-db", "reports.db")
			cmd.Dir = dir
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill() }() // it fails where it has ended, as it should have
			tryThree(t, commands(bufio.NewScanner(stdout)))
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("it did not end well: %v", err)
			}
		})
	}
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
		if r.Method == http.MethodPost && r.Path == "/orgs/:org/reports" {
			found = len(r.Declared) == 1 && slices.Equal(r.Declared[0].Permissions, []rolekit.Permission{perm.ReportsWrite})
		}
	}
	if !found {
		t.Errorf("the route that creates reports does not ask for %s:\n%s", perm.ReportsWrite, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "reports.db")); err == nil {
		t.Error("it made a database")
	}
}

// commands returns those that the program prints.
func commands(lines *bufio.Scanner) (found []string) {
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Stop it") {
		if strings.HasPrefix(lines.Text(), "curl ") {
			found = append(found, lines.Text())
		}
	}
	return found
}

// tryThree does what the printed commands do, and the third as Rae too.
func tryThree(t *testing.T, all []string) {
	t.Helper()
	if len(all) != 3 {
		t.Fatalf("there are %d commands: %q", len(all), all)
	}
	bearer := regexp.MustCompile(`Bearer [^']+`)
	asRae := bearer.ReplaceAllString(all[2], bearer.FindString(all[0]))
	for _, try := range []struct {
		what, command string
		status, rows  int
	}{
		{"Rae lists", all[0], 200, 2},
		{"Mara lists", all[1], 200, 3},
		{"Mara renames", all[2], 200, 1},
		{"Rae renames", asRae, 403, 0},
	} {
		got := send(t, curl(t, try.command))
		if rows := strings.Count(got.body, `"org":"acme"`); got.status != try.status || rows != try.rows {
			t.Errorf("%s: answered %d with %d rows: %s", try.what, got.status, rows, got.body)
		}
	}
}

// curl makes the request that a printed command makes.
func curl(t *testing.T, command string) *http.Request {
	t.Helper()
	method, url, header, body := "GET", "", http.Header{}, ""
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	for i := 1; i < len(words); i++ {
		switch flag := words[i]; flag {
		case "-i":
		case "-X", "-H", "-d":
			i++
			value := strings.Trim(words[i], "'")
			if name, text, ok := strings.Cut(value, ": "); flag == "-H" && ok {
				header.Set(name, text)
			} else if flag == "-X" {
				method = value
			} else {
				body = value
			}
		default:
			url = flag
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	return request
}
