package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const rootHelp = `rolekit decides who may do what, per organisation, by roles that admins edit.

Every setting is a flag, an environment variable and a key of the file that
--config names; where several say something, the flag counts, then the
environment, then the file, then the default. The variable of --secret-file is
ROLEKIT_SECRET_FILE and its key secret-file. An empty variable says nothing.

No secret is ever a flag, because command lines can be read by everyone on the
machine. Put the signing secret into ROLEKIT_SECRET, the key secret, or a file
that --secret-file names; and a database's address that has a password into
ROLEKIT_DATABASE, the key database, or a file that --database-file names.

Exit codes: 0 all went well, 1 something failed on the way, 2 the command line,
configuration or catalog is wrong, 3 the database or the server cannot be used,
4 something is still to be done (migrate --status, import without --apply, add
where nobody says yes, and generate --check), 130 it was broken off (SIGINT or
SIGTERM). can exits with 1 where the answer is no, and with 5 where there is none;
routes with 1 where a route is unguarded.
Those of rolekit plan are 0 nothing to do, 2 something to do, 1 anything else.`

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot() //nolint:contextcheck // a command has the context that it is run with
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	err = brokenOff(ctx, err, "")
	if _, denied := errors.AsType[deniedError](err); err != nil && !denied {
		_, _ = fmt.Fprintln(stderr, "rolekit:", screen.SafeLines(err.Error())) // nothing is left to tell it to
	}
	if cmd.Annotations[detailed] != "" {
		return detailedExitCode(err)
	}
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:               "rolekit",
		Short:             "Roles and permissions per organisation",
		Long:              rootHelp,
		SilenceUsage:      true, // a page of help hides the error
		SilenceErrors:     true,
		Args:              noSuchCommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return applySettings(cmd) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().String(configFlag, "", "YAML `file` with settings")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; %s --help lists the flags", plainly(err), cmd.CommandPath())
	})
	root.AddCommand(
		newServe(), newPlan(), newApply(), newReview(), newSeed(), newMigrate(), newExport(), newImport(),
		newInit(), newGenerate(), newAdd(), newTest(), newLint(), newRoutes(),
		newCan(), newExplain(), newWhoCan(), newShow(), newOrgs(), newMembers(), newAssign(), newUnassign(), newAudit(),
		newToken(), newVersion(),
	)
	refuseWhatIsNotThere(root)
	for cmd := range allCommands(root) {
		cmd.SuggestionsMinimumDistance = 2
		nameVariables(cmd)
	}
	return root
}

// refuseWhatIsNotThere has the commands that cobra adds refuse shells and commands that
// are not there, for which they would show help and succeed.
func refuseWhatIsNotThere(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args = noSuchCommand
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		case "help":
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
					return noSuchCommand(cmd.Root(), args)
				}
				return nil
			}
		}
	}
}

// allCommands are a command and all below it.
func allCommands(cmd *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) {
		if !yield(cmd) {
			return
		}
		for _, below := range cmd.Commands() {
			for each := range allCommands(below) {
				if !yield(each) {
					return
				}
			}
		}
	}
}

// noSuchCommand is asked where no command matched.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := cmd.CommandPath() + " --help lists the commands"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("there is no command %q; %s", args[0], hint)
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes no arguments, and was given %q; %[1]s --help lists the flags", cmd.CommandPath(), args)
}
