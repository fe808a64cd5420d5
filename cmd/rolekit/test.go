package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/internal/policytest"
)

const testHelp = `Runs policy tests: YAML files that state a policy (roles, members, groups, sets,
organisations), ask questions of it, and say what the answers must be. Each names
its catalog. Nothing but these files is read; it takes milliseconds.

  about: Leads plan their own organisation's jobs.
  catalog: catalog.yaml
  orgs: [toms, jacks]
  assign: [ada is lead in toms]
  cases:
    - {ask: ada jobs:write in toms, want: yes}
    - {ask: ada jobs:write in jacks, want: no}

It exits with 0 when every answer is as wanted, 1 when one is not, and 2 when a
file is wrong.`

func newTest() *cobra.Command {
	var junit string
	cmd := &cobra.Command{
		Use:   "test FILE…",
		Short: "Run policy tests",
		Long:  testHelp,
		Args:  someFiles,
		RunE:  func(cmd *cobra.Command, files []string) error { return runTests(cmd, files, junit) },
	}
	cmd.Flags().StringVar(&junit, "junit", "", "`file` for a report in JUnit's form, which CI servers read")
	return cmd
}

func someFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s needs the names of files; %[1]s --help shows one", cmd.CommandPath())
	}
	return nil
}

func runTests(cmd *cobra.Command, files []string, junit string) error {
	var (
		results         []policytest.Result
		broken          []policytest.Broken
		answers, wrong  int
		paint, problems = painter(cmd.OutOrStdout()), []string{}
	)
	if err := mayReport(junit); err != nil {
		return err
	}
	for _, name := range files {
		result, err := runTest(cmd, name)
		if err != nil {
			broken, problems = append(broken, policytest.Broken{Name: name, Err: err}), append(problems, err.Error())
			if err := say(cmd, "%s %s\n", paint(red, "BROKEN"), screen.Safe(name)); err != nil {
				return err
			}
			continue
		}
		results = append(results, result)
		answers, wrong = answers+len(result.Outcomes), wrong+result.Wrong()
		if err := say(cmd, "%s", describeResult(result, paint)); err != nil {
			return err
		}
	}
	if junit != "" {
		report, err := policytest.JUnit(results, broken)
		if err != nil {
			return err
		}
		if err := writeFile(junit, report); err != nil {
			return err
		}
	}
	switch {
	case len(problems) > 0:
		return usagef("%s", strings.Join(problems, "\n"))
	case wrong > 0:
		return fmt.Errorf("%d of %d answers are not as wanted", wrong, answers)
	}
	return nil
}

// mayReport refuses to write the report over a file that is none: without its name,
// --junit takes the first of the tests for it.
func mayReport(junit string) error {
	have, err := os.ReadFile(junit) //nolint:gosec // the file is the caller's own choice, and "" is none
	if err == nil && len(have) > 0 && !bytes.HasPrefix(have, []byte("<?xml")) {
		return usagef("%s is no report, and is left alone; name another file for --junit, or delete it", junit)
	}
	return noFolder(junit) // what else is wrong with it, writing tells
}

func runTest(cmd *cobra.Command, name string) (policytest.Result, error) {
	f, err := policytest.Load(name)
	if err != nil {
		return policytest.Result{}, err
	}
	return f.Run(cmd.Context())
}

// describeResult is a line on the file, and a diff for each answer that is wrong.
func describeResult(r policytest.Result, paint func(colour, string) string) string {
	took, name := r.Took.Round(10*time.Microsecond), screen.Safe(r.File.Name)
	if r.Wrong() == 0 {
		return fmt.Sprintf("%s     %s  %s  %s\n", paint(green, "ok"), name, count(len(r.Outcomes), "answer"), took)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s  %d of %s  %s\n", paint(red, "FAIL"), name, r.Wrong(), count(len(r.Outcomes), "answer"), took)
	for _, o := range r.Outcomes {
		if o.Wrong == "" {
			continue
		}
		fmt.Fprintf(&b, "%s:%d: %s\n", name, o.Case.Line, screen.SafeLines(o.Case.String()))
		for line := range strings.Lines(screen.SafeLines(o.Wrong)) {
			line = strings.TrimSuffix(line, "\n")
			switch line[0] {
			case '-':
				line = paint(green, line)
			case '+':
				line = paint(red, line)
			}
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	return b.String()
}
