package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

// planned are what the file would do, and the catalog in it.
type planned struct {
	rolekit.CatalogPlan

	catalog *rolekit.Catalog
	choices *rolekit.CatalogChoices
}

// completes sets what completes the choices: what has to be decided, and what it can
// become.
func (f *applyFlags) completes(cmd *cobra.Command) {
	for name, by := range map[string]completion{
		"keep": f.completeOne(planned.drifted), "overwrite": f.completeOne(planned.drifted), "drop-grants": f.completeOne(planned.lost),
		"map-grants": f.completePair(planned.lost, planned.permissions), "replace": f.completePair(planned.leaving, planned.successors),
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, by) // it fails only for a flag that is not there
	}
}

// completeOne completes the last of some names.
func (f *applyFlags) completeOne(names func(planned) []string) completion {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return f.complete(cmd, begun, begun[:strings.LastIndex(begun, ",")+1], names)
	}
}

// completePair completes the last of some pairs: what becomes another thing and, behind
// the sign, which.
func (f *applyFlags) completePair(from func(planned) []string, to func(planned, string) []string) completion {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndex(begun, ",")+1]
		if left, _, ok := strings.Cut(begun[len(before):], "="); ok {
			return f.complete(cmd, begun, before+left+"=", func(p planned) []string { return to(p, left) })
		}
		found, directive := f.complete(cmd, begun, before, from)
		for i := range found {
			found[i] += "="
		}
		return found, directive | cobra.ShellCompDirectiveNoSpace
	}
}

// complete completes names behind what stands before them, by the plan of what was
// chosen so far.
func (f *applyFlags) complete(cmd *cobra.Command, begun, before string, names func(planned) []string) ([]string, cobra.ShellCompDirective) {
	return inTime(cmd, begun, func(ctx context.Context) ([]string, error) {
		f.choose()
		k, err := f.kit.openToLook(ctx, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		defer k.close()
		plan, err := k.Manager().As(rolekit.System("apply")).PlanCatalog(ctx, f.choices)
		return named(names(planned{plan, k.Catalog(), &f.choices}), func(name string) string { return before + name }), err
	})
}

func (p planned) drifted() []string { return named(p.Drift, driftName) }

func (p planned) lost() []string {
	return named(p.Lost, func(l rolekit.LostGrants) string { return string(l.Permission) })
}

func (p planned) permissions(string) []string {
	return named(p.catalog.Permissions(), func(i rolekit.PermissionInfo) string { return string(i.ID) })
}

// leaving are the roles about which something has to be decided by a pair.
func (p planned) leaving() (all []string) {
	for _, l := range p.Leaving {
		if strings.Contains(deciding(&l, p.choices), "--replace") {
			all = append(all, string(l.ID))
		}
	}
	return all
}

// successors are what a role can be replaced by: itself, where it can be held on.
func (p planned) successors(role string) (all []string) {
	for _, l := range p.Leaving {
		if string(l.ID) != role {
			continue
		}
		all = named(l.Others, func(id rolekit.RoleID) string { return string(id) })
		if l.Profile != "" && l.Holders.Roles == 0 {
			all = append(all, role)
		}
	}
	return all
}
