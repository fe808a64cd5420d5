package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

// ofCatalog returns names that a catalog has.
type ofCatalog func(*rolekit.Catalog) []string

// completes sets what completes the flags and the argument, by the catalog alone.
func (f *addFlags) completes(cmd *cobra.Command, argument ofCatalog) {
	for name, of := range map[string][2]ofCatalog{ // by itself, and behind NAME=
		"profile": {profileNames}, "access": {accessNames}, "action": {actionNames}, "include": {roleNames},
		"role": {roleNames, reachNames}, "grant": {permissionNames, reachNames}, "implies": {actionNames, actionNames},
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, f.complete(of[0], of[1])) // it fails only for a flag that is not there
		}
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found, directive := f.complete(argument, nil)(cmd, args, begun)
		return found, directive | cobra.ShellCompDirectiveNoSpace // what is new goes on
	}
}

// complete completes the last of some names, or what stands behind its sign.
func (f *addFlags) complete(of, behind ofCatalog) completion {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndex(begun, ",")+1]
		if sign := strings.LastIndex(begun, "="); sign >= len(before) {
			before, of = begun[:sign+1], behind
		}
		return inTime(cmd, begun, func(context.Context) ([]string, error) {
			catalog, err := f.catalog.read()
			if err != nil || of == nil {
				return nil, err
			}
			return named(of(catalog), func(name string) string { return before + name }), nil
		})
	}
}

func profileNames(c *rolekit.Catalog) []string {
	return named(c.Profiles(), func(p rolekit.ProfileInfo) string { return string(p.ID) })
}

func accessNames(c *rolekit.Catalog) []string {
	return append([]string{"set"}, reachNames(c)...)
}

// reachNames are accesses that a grant can have without more words.
func reachNames(c *rolekit.Catalog) []string {
	return append([]string{"any", "team", "own"}, named(c.Accesses(), func(a rolekit.AccessInfo) string { return string(a.ID) })...)
}

func roleNames(c *rolekit.Catalog) []string {
	return named(c.DefaultRoles(), func(r rolekit.RoleSpec) string { return string(r.ID) })
}

func actionNames(c *rolekit.Catalog) []string {
	return named(c.Actions(), func(a rolekit.ActionInfo) string { return string(a.ID) })
}

func permissionNames(c *rolekit.Catalog) []string {
	return named(c.Permissions(), func(p rolekit.PermissionInfo) string { return string(p.ID) })
}

// objectNames begin the names of permissions that can be added.
func objectNames(c *rolekit.Catalog) []string {
	names := named(c.Objects(), func(o rolekit.ObjectInfo) string { return string(o.ID) + ":" })
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "iam.") })
}

func nothing(*rolekit.Catalog) []string { return nil }
