package main

import "github.com/spf13/cobra"

// completeToken completes the names in a token. The command itself asks nothing: they
// are what show user would be completed with, by variables and the file of --config.
func completeToken(cmd *cobra.Command, org *string) {
	as := func(flag string) completion {
		return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			other, _, err := cmd.Root().Find([]string{"show", "user"})
			if err == nil && *org != "" {
				err = other.Flags().Set("org", *org)
			}
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			other.InheritedFlags() // --config is among its flags only then
			if by, ok := other.GetFlagCompletionFunc(flag); ok {
				return by(other, nil, begun)
			}
			return other.ValidArgsFunction(other, nil, begun)
		}
	}
	for _, flag := range []string{"org", "profile", "user"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, as(flag)) // it fails only for a flag that is not there
	}
}
