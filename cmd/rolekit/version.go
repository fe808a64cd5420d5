package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which rolekit this is",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("this program was built without build information; build it with go build or go install")
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), describeBuild(info))
			return err
		},
	}
}

// describeBuild says it in one line: the module's version, the commit where it
// is known, and the Go that built it.
func describeBuild(info *debug.BuildInfo) string {
	line := "rolekit " + info.Main.Version
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if commit := settings["vcs.revision"]; commit != "" {
		line += " commit " + commit[:min(12, len(commit))]
		if settings["vcs.modified"] == "true" {
			line += " with changes"
		}
	}
	return line + " " + info.GoVersion
}

// buildVersion is the module's version, (devel) where it was built from a
// checkout without one.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(unknown)"
}
