package main

import (
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

// sizeFlags are the settings of what an organisation may hold.
type sizeFlags rolekit.Limits

// sizeFlag is one of them.
type sizeFlag struct {
	name  string
	value *int
	most  int // where it is not set
	what  string
}

func (s *sizeFlags) flags() []sizeFlag {
	return []sizeFlag{
		{"max-roles", &s.Roles, 1000, "custom roles in an organisation"},
		{"max-members", &s.Members, 100_000, "members of an organisation"},
		{"max-groups", &s.Groups, 1000, "groups in an organisation"},
		{"max-keys", &s.Keys, 200, "service keys of an organisation, ended ones included"},
		{"max-sets", &s.Sets, 1000, "resource sets in an organisation"},
		{"max-set-resources", &s.Resources, 100_000, "resources in a resource set"},
		{"max-assignments", &s.Assignments, 200, "roles and groups that one user, or group, is given in an organisation"},
	}
}

func (s *sizeFlags) declare(cmd *cobra.Command) {
	for _, f := range s.flags() {
		cmd.Flags().IntVar(f.value, f.name, f.most, "`number` of "+f.what+" at most; -1 for any")
	}
}

func (s *sizeFlags) check() error {
	for _, f := range s.flags() {
		if *f.value < -1 || *f.value == 0 {
			return usagef("--%s is %d; use 1 or more, or -1 for any number", f.name, *f.value)
		}
	}
	return nil
}
