package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

// completionPatience is how long a shell waits for words; then it has none.
const completionPatience = 2 * time.Second

// words returns what an argument or a flag can be.
type words func(context.Context, policies.Policies) ([]string, error)

// completer is what completes for a command: from its policies, in its organisation.
type completer struct {
	from asked
	org  *orgFlag // nil where the command has none
}

// asked are the settings of a command by which it gets policies.
type asked interface {
	// toComplete are those that completion asks, once the command's are applied.
	toComplete() *policiesFlags
}

func (p *policiesFlags) toComplete() *policiesFlags { return p }

// toComplete makes and migrates no database, of a command that would.
func (k *kitFlags) toComplete() *policiesFlags {
	p := policiesFlags{kit: *k, log: logFlags{format: "text"}}
	p.kit.database.there, p.kit.database.migrate = true, false
	return &p
}

type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// complete makes a completion of words.
func (c completer) complete(list words) completion {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return inTime(cmd, begun, func(ctx context.Context) (found []string, err error) {
			from := c.from.toComplete()
			from.log.level = "error"
			err = withPolicies(cmd, from, func(p policies.Policies) (err error) {
				found, err = list(ctx, p)
				return err
			})
			return found, err
		})
	}
}

// inTime applies the command's settings, and returns which of the words that are found
// go on with what was begun. What goes wrong leaves the shell without words: nobody
// would read why.
func inTime(cmd *cobra.Command, begun string, find func(context.Context) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmp.Or(cmd.Context(), context.Background()), completionPatience)
	defer cancel()
	cmd.SetContext(ctx)
	answer := make(chan []string, 1) // a database that hangs while it is opened keeps nobody waiting
	go func() {
		var found []string
		err := applySettings(cmd)
		if err == nil {
			found, err = find(ctx)
		}
		if err != nil {
			found = nil
		}
		answer <- found
	}()
	var found []string
	select {
	case found = <-answer:
	case <-ctx.Done():
	}
	// A tab begins a description, and a line's end the next word; a shell would obey others.
	found = slices.DeleteFunc(found, func(word string) bool { return !strings.HasPrefix(word, begun) || screen.Safe(word) != word })
	return found, cobra.ShellCompDirectiveNoFileComp
}

// arguments completes the first argument by the first of the words, and so on; the
// last of them goes on where many is true.
func (c completer) arguments(many bool, each ...words) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		at := len(args)
		if many {
			at = min(at, len(each)-1)
		}
		if at >= len(each) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.complete(each[at])(cmd, args, begun)
	}
}

// flags completes those flags of a command that name what policies hold.
func (c completer) flags(cmd *cobra.Command) {
	for name, list := range map[string]words{
		"org": c.orgs, "operators": c.orgs, "profile": c.profiles, "as-profile": c.profiles, "role": c.roles, "group": c.groups,
		"object": c.objects, "owner": c.users, asFlag: c.users,
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, c.complete(list)) // it fails only for a flag that is not there, or is done
		}
	}
}

func (c completer) id() rolekit.OrgID {
	if c.org == nil {
		return ""
	}
	return rolekit.OrgID(*c.org)
}

func (c completer) orgs(ctx context.Context, p policies.Policies) ([]string, error) {
	orgs, err := p.Orgs(ctx)
	return named(orgs, func(o policies.Org) string { return string(o.ID) }), err
}

func (c completer) users(ctx context.Context, p policies.Policies) ([]string, error) {
	members, err := p.Members(ctx, c.id(), policies.MemberQuery{})
	return named(members, func(m policies.Member) string { return string(m.User) }), err
}

// groups are those that somebody is in.
func (c completer) groups(ctx context.Context, p policies.Policies) ([]string, error) {
	members, err := p.Members(ctx, c.id(), policies.MemberQuery{})
	var ids []string
	for _, m := range members {
		ids = append(ids, named(m.Groups, func(g rolekit.GroupID) string { return string(g) })...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

func (c completer) roles(ctx context.Context, p policies.Policies) ([]string, error) {
	m, err := p.Matrix(ctx, c.id(), policies.MatrixQuery{})
	return named(m.Roles, func(r policies.MatrixRole) string { return string(r.ID) }), err
}

func (c completer) objects(ctx context.Context, p policies.Policies) ([]string, error) {
	catalog, err := p.Catalog(ctx)
	return slices.Compact(named(catalog.Permissions, func(p policies.Permission) string { return string(p.ID.Object()) })), err
}

func (c completer) permissions(ctx context.Context, p policies.Policies) ([]string, error) {
	catalog, err := p.Catalog(ctx)
	return named(catalog.Permissions, func(p policies.Permission) string { return string(p.ID) }), err
}

func (c completer) profiles(ctx context.Context, p policies.Policies) ([]string, error) {
	catalog, err := p.Catalog(ctx)
	return named(catalog.Profiles, func(p policies.Profile) string { return string(p.ID) }), err
}

// fixed completes by words that are always the same.
func fixed(all ...string) completion {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return slices.DeleteFunc(slices.Clone(all), func(word string) bool { return !strings.HasPrefix(word, begun) }), cobra.ShellCompDirectiveNoFileComp
	}
}

func named[T any](items []T, name func(T) string) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return names
}
