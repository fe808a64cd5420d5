package main

import (
	"github.com/spf13/cobra"
)

func newShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Short: "Show roles, or a user", Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newShowRoles(), newShowUser())
	return cmd
}
