package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const catalogFlagName = "catalog"

// catalogFlag is the path of a catalog.
type catalogFlag string

func (c *catalogFlag) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(c), catalogFlagName, "", "YAML `file` that declares permissions and default roles (required)")
}

func (c *catalogFlag) read() (*rolekit.Catalog, error) {
	if *c == "" {
		return nil, usagef("--catalog is missing; name the YAML file that declares the permissions")
	}
	src, err := os.ReadFile(string(*c))
	if err != nil {
		return nil, usagef("the catalog cannot be read: %w", err)
	}
	return rolekit.ParseCatalog(string(*c), src)
}
