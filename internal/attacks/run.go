package attacks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Packages have tests whose names begin with TestAttack: tables of attempts.
func Packages() []string { return []string{"./internal/attacks", "./api", "./adapter"} }

// Removing is the environment variable that is set where attempts are made to see
// whether they succeed: some take long, and are made elsewhere as well.
const Removing = "ROLEKIT_TEST_ATTACKS"

// Outcome is how an attempt ended.
type Outcome struct {
	Package  string
	Test     string // TestAttacks/guard/attempt
	Guard    string // whose it is
	Passed   bool   // it was refused as it should be
	Skipped  bool
	Succeeds bool // it came through
	Output   string
}

// Run runs the attempts of a guard, of all where that is empty, in some packages
// as they are with an overlay; an empty one changes nothing.
func Run(ctx context.Context, root, overlay, guard string, packages ...string) ([]Outcome, error) {
	pattern := "^TestAttack"
	if guard != "" {
		pattern += "/^" + guard + "$"
	}
	args := []string{"test", "-json", "-vet=off", "-count=1", "-run", pattern}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...) //nolint:gosec // the arguments are this package's own
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, &stdout, &stderr
	cmd.Env = append(os.Environ(), Removing+"=true")
	err := cmd.Run() // fails where a test fails, which is no news
	outcomes, parseErr := parse(&stdout)
	if parseErr != nil {
		return nil, parseErr
	}
	if len(outcomes) == 0 {
		return nil, fmt.Errorf("no attempt was made: %w\n%s", err, stderr.Bytes())
	}
	return outcomes, nil
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

func parse(r io.Reader) ([]Outcome, error) {
	type key struct{ pkg, test string }
	output := map[key]*strings.Builder{}
	var (
		outcomes []Outcome
		build    strings.Builder
	)
	for d := json.NewDecoder(r); ; {
		var e event
		switch err := d.Decode(&e); { //nolint:musttag // the fields are named as go test names them
		case errors.Is(err, io.EOF) && build.Len() > 0:
			return nil, fmt.Errorf("it does not compile:\n%s", build.String())
		case errors.Is(err, io.EOF):
			return outcomes, nil
		case err != nil:
			return nil, fmt.Errorf("read what go test says: %w", err)
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "output":
			if output[k] == nil {
				output[k] = &strings.Builder{}
			}
			_, _ = output[k].WriteString(e.Output)
		case "build-output":
			_, _ = build.WriteString(e.Output)
		case "pass", "fail", "skip":
			names := strings.Split(e.Test, "/")
			if len(names) < 3 { // TestAttacks and TestAttacks/guard are not attempts
				continue
			}
			text := ""
			if output[k] != nil {
				text = output[k].String()
			}
			outcomes = append(outcomes, Outcome{
				Package: e.Package, Test: e.Test, Guard: names[1],
				Passed: e.Action == "pass", Skipped: e.Action == "skip",
				Succeeds: e.Action == "fail" && strings.Contains(text, Succeeds), Output: text,
			})
		}
	}
}
