package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// say prints what a command answers.
func say(cmd *cobra.Command, form string, args ...any) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), form, args...)
	return err
}

// untold says of a change that was made why it could not be told, which alone would
// look as if nothing was done; nil where it was told.
func untold(done string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s, but that could not be told: %w", done, err)
}
