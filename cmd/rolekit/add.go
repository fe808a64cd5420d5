package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

const addHelp = `Adds a permission, an object or a role to the catalog. What was in the file stays as
it was, byte for byte, with its comments and its order.

At a terminal it asks for what is missing, then shows what would change and who gets
what by it, wildcards included, and asks whether to write that. --yes answers before;
with it and all that is needed, nothing is asked. Ctrl-C and Esc break off: nothing is
changed, and it exits with 1. --plain asks line by line, for screen readers; so it
does where TERM is dumb.

Where no terminal reads and writes, it asks nothing. What is missing is an error then,
and without --yes the change is shown and not written, and it exits with 4, as it does
where the answer is no. A catalog that would be wrong is not written, and a command
that fails changes nothing.

Files beside the catalog and below it that rolekit generate made of it are made again
with --generate, or where the answer is yes.`

func newAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add a permission, an object or a role to the catalog",
		Long:  addHelp,
		Args:  noSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAddPermission(), newAddObject(), newAddRole())
	return cmd
}

// addFlags are the settings of what adds to a catalog.
type addFlags struct {
	catalog              catalogFlag
	yes, plain           bool
	generate, noGenerate bool
}

const generateFlag, noGenerateFlag = "generate", "no-generate"

func (f *addFlags) declare(cmd *cobra.Command) {
	f.catalog.declare(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "write it without asking")
	flags.BoolVar(&f.generate, generateFlag, false, "make the files again that were generated from the catalog")
	flags.BoolVar(&f.plain, "plain", false, "ask line by line, and draw nothing")
	flags.BoolVar(&f.noGenerate, noGenerateFlag, false, "leave the files that were generated from the catalog as they are")
}

// oneAtMost takes one argument, or none.
func oneAtMost(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= 1 {
			return nil
		}
		return usagef("%s takes %s, and was given %q", cmd.CommandPath(), what, args)
	}
}

// first is the first argument; empty where there is none.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// missing is what a command was not told.
type missing []string

// need notes a flag or an argument where it is not there.
func (m *missing) need(there bool, name string) {
	if !there {
		*m = append(*m, name)
	}
}

func (m *missing) err(cmd *cobra.Command) error {
	if len(*m) == 0 {
		return nil
	}
	return usagef("%s needs %s; %[1]s --help says more", cmd.CommandPath(), strings.Join(*m, ", "))
}

// grantOf reads NAME or NAME=ACCESS.
func grantOf(written string) (name string, access rolekit.Access) {
	name, reach, ok := strings.Cut(written, "=")
	if !ok {
		return name, rolekit.AccessAny
	}
	return name, rolekit.Access(reach)
}

// grantNode is a grant as the catalog writes it.
func grantNode(permission string, access rolekit.Access) *yaml.Node {
	if access == rolekit.AccessAny {
		return scalar(permission)
	}
	return entry("permission", permission, "access", string(access))
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func list[T ~string](texts []T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, text := range texts {
		n.Content = append(n.Content, scalar(string(text)))
	}
	return n
}

// entry is a mapping of keys to texts; what is empty is left out.
func entry(keysAndTexts ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for i := 0; i < len(keysAndTexts); i += 2 {
		if text := keysAndTexts[i+1]; text != "" { //nolint:gosec // they come in pairs
			n.Content = append(n.Content, scalar(keysAndTexts[i]), scalar(text))
		}
	}
	return n
}

// with adds a list to an entry, unless it is empty.
func with[T ~string](n *yaml.Node, key string, texts []T) *yaml.Node {
	if len(texts) > 0 {
		n.Content = append(n.Content, scalar(key), list(texts))
	}
	return n
}

// unknown says that something named is not there, and what was meant.
func unknown(what, name string, known []string, otherwise string) error {
	hint := otherwise
	if len(known) > 0 && isNear(name, nearest(name, known)) {
		hint = fmt.Sprintf("did you mean %q? If not, %s", nearest(name, known), otherwise)
	}
	return usagef("there is no %s %q; %s", what, name, hint)
}
