package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/internal/lint"
)

const lintHelp = `Finds what a catalog says that is allowed and can hardly be meant:

  empty-role              a role grants nothing
  unreachable-permission  no default role and no baseline gives a permission
  duplicate-grant         a role, or a baseline, grants the same twice
  implied-grant           a role, or a baseline, has it by another of its grants
  included-grant          a role has it by a role that it includes
  baseline-grant          a role has it by the baseline of its profile
  same-role               two roles give the same
  subset-role             a role gives nothing that another does not give, which does
                          not include it; one that gives everything is not counted
  bad-exception           a comment that excepts says not which rule, or not why
  idle-exception          a comment excepts what is not there

What is meant all the same gets a comment on its line, or on the line above it,
with a reason:

  # lint:allow subset-role, because the two will differ next month

It exits with 0 when there is nothing, 1 when there is something, and 2 when a
catalog is wrong; the others are checked all the same.`

func newLint() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint CATALOG…",
		Short: "Find what catalogs can hardly mean",
		Long:  lintHelp,
		Args:  someFiles,
		RunE:  func(cmd *cobra.Command, files []string) error { return lintCatalogs(cmd, files, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of objects with file, line, column, rule and message")
	return cmd
}

func lintCatalogs(cmd *cobra.Command, files []string, asJSON bool) error {
	found, wrong := []lint.Finding{}, []string{}
	for _, file := range files {
		more, err := lintCatalog(file)
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		found = append(found, more...)
	}
	if asJSON {
		if err := screen.WriteJSON(cmd.OutOrStdout(), found, true); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			if err := say(cmd, "%s\n", screen.SafeLines(fmt.Sprint(f))); err != nil {
				return err
			}
		}
	}
	switch {
	case len(wrong) > 0:
		return usagef("%s", strings.Join(wrong, "\n"))
	case len(found) > 0:
		return fmt.Errorf("%d found; change the catalog, or say in a comment why it is meant (rolekit lint --help)", len(found))
	}
	return nil
}

func lintCatalog(file string) ([]lint.Finding, error) {
	src, err := os.ReadFile(file) //nolint:gosec // the file is the caller's own choice
	if err != nil {
		return nil, fmt.Errorf("the catalog cannot be read: %w", err)
	}
	return lint.Catalog(file, src)
}
