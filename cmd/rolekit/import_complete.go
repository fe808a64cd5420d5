package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
)

// completes sets what completes the flags that take names.
func (i *importFlags) completes(cmd *cobra.Command) {
	for name, by := range map[string]completion{
		"org":           i.completeOrg,
		"profile":       i.completeProfile,
		"lone-subjects": fixed(string(plaincasbin.KindRole), string(plaincasbin.KindUser)),
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, by) // it fails only for a flag that is not there
	}
}

// completeOrg completes the organisations of the file, or of the database while none
// is named.
func (i *importFlags) completeOrg(cmd *cobra.Command, files []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(files) == 0 {
		c := completer{from: &i.kit}
		return c.complete(c.orgs)(cmd, files, begun)
	}
	return inTime(cmd, begun, func(context.Context) ([]string, error) { return orgsIn(files[0]) })
}

// orgsIn returns the organisations of a file, sorted.
func orgsIn(file string) ([]string, error) {
	src, err := os.Open(file) //nolint:gosec // the file is the caller's own choice
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }() // it was only read
	r := restoring{file: file, src: src}
	next, err := r.parts()
	if err != nil {
		return nil, err
	}
	var all []string
	for {
		e, err := next()
		if errors.Is(err, io.EOF) {
			slices.Sort(all)
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if e.ID != rolekit.AllOrgs {
			all = append(all, string(e.ID))
		}
	}
}

// completeProfile completes from the catalog alone: rows of a Casbin program may be in
// a database that has nothing of rolekit yet.
func (i *importFlags) completeProfile(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return inTime(cmd, begun, func(context.Context) ([]string, error) {
		catalog, err := i.kit.catalog.read()
		if err != nil {
			return nil, err
		}
		return named(catalog.Profiles(), func(p rolekit.ProfileInfo) string { return string(p.ID) }), nil
	})
}
