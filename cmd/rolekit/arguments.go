package main

import (
	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
)

const jsonFlag = "json"

// arguments wants so many arguments, which what names.
func arguments(what string, count int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == count {
			return nil
		}
		return usagef("%s needs %s, and was given %q; %[1]s --help shows how", cmd.CommandPath(), what, args)
	}
}

// isNear reports whether a word can have been meant for another.
func isNear(written, known string) bool {
	return levenshtein.ComputeDistance(written, known) <= len(written)/2
}
