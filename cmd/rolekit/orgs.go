package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

const orgsHelp = `Shows the organisations that whoever asks may see, as a tree. A named organisation
is shown with those below it alone.`

func newOrgs() *cobra.Command {
	var (
		from   policiesFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "orgs [ORG]", Short: "Show the tree of organisations", Long: orgsHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return nil
			}
			return usagef("%s takes one organisation at most, and was given %q", cmd.CommandPath(), args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPolicies(cmd, &from, func(p policies.Policies) error {
				orgs, err := p.Orgs(cmd.Context())
				if err != nil {
					return err
				}
				forest, err := forestOf(orgs, rolekit.OrgID(strings.Join(args, "")))
				switch {
				case err != nil:
					return nearestOrg(cmd, p, rolekit.OrgID(args[0]), err)
				case asJSON:
					return screen.WriteJSON(cmd.OutOrStdout(), map[string]any{"items": forest}, true)
				}
				return writeForest(cmd.OutOrStdout(), forest)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, jsonFlag, false, "print the trees as JSON")
	from.declare(cmd)
	c := completer{&from, nil}
	c.flags(cmd)
	cmd.ValidArgsFunction = c.arguments(false, c.orgs)
	return cmd
}

// orgTree is an organisation with those below it.
type orgTree struct {
	policies.Org

	Children []orgTree `json:"children"`
}

// forestOf makes trees of organisations: those whose parent is not among them are
// tops, or the one that is named.
func forestOf(orgs []policies.Org, top rolekit.OrgID) ([]orgTree, error) {
	below, seen := map[rolekit.OrgID][]policies.Org{}, map[rolekit.OrgID]bool{}
	for _, o := range orgs {
		below[o.Parent] = append(below[o.Parent], o)
		seen[o.ID] = true
	}
	if top != "" && !seen[top] {
		return nil, &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: fmt.Sprintf("there is no organisation %q that you see", top)}
	}
	forest := []orgTree{}
	for _, o := range orgs {
		if o.ID == top || top == "" && !seen[o.Parent] {
			forest = append(forest, grow(o, below, rolekit.MaxOrgDepth+1))
		}
	}
	return forest, nil
}

// grow makes the tree of an organisation. What a database holds, a circle too,
// never makes it deeper than organisations can lie.
func grow(o policies.Org, below map[rolekit.OrgID][]policies.Org, depth int) orgTree {
	t := orgTree{o, []orgTree{}}
	if depth == 0 {
		return t
	}
	for _, child := range below[o.ID] {
		t.Children = append(t.Children, grow(child, below, depth-1))
	}
	slices.SortFunc(t.Children, func(a, b orgTree) int { return cmp.Compare(a.ID, b.ID) })
	return t
}

func writeForest(w io.Writer, forest []orgTree) error {
	var b strings.Builder
	for _, t := range forest {
		writeTree(&b, t, "", "")
	}
	if len(forest) == 0 {
		b.WriteString("no organisations\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTree writes a tree. lead stands before its own line, and under before those
// below it.
func writeTree(b *strings.Builder, t orgTree, lead, under string) {
	b.WriteString(lead + orgName(t.ID, t.Label) + "\n")
	for i, child := range t.Children {
		if i == len(t.Children)-1 {
			writeTree(b, child, under+"└── ", under+"    ")
		} else {
			writeTree(b, child, under+"├── ", under+"│   ")
		}
	}
}

// orgName is an organisation as people are shown it: its id, and its label where that
// says more.
func orgName(id rolekit.OrgID, label string) string {
	if label == string(id) {
		return screen.Safe(label)
	}
	return screen.Safe(string(id)) + " (" + screen.Safe(label) + ")"
}
