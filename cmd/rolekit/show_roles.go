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

const showRolesHelp = `Shows the roles that can be assigned in an organisation, and what they give: a
line a permission, a column a role, and in each cell how far it reaches. Where a
terminal is too narrow for all roles, further tables follow; what is not written to
a terminal is 100 columns wide.

Named roles alone are shown, where some are named.`

// showRolesFlags are the settings of show roles.
type showRolesFlags struct {
	policies policiesFlags
	org      orgFlag
	profile  string
	objects  []string
	json     bool
}

func newShowRoles() *cobra.Command {
	var s showRolesFlags
	cmd := &cobra.Command{
		Use: "roles [ROLE…]", Short: "Show roles by permissions", Long: showRolesHelp,
		RunE: s.run,
	}
	s.org.declare(cmd, "`organisation` whose roles (required)")
	flags := cmd.Flags()
	flags.StringVar(&s.profile, "profile", "", "only roles for this `profile`")
	flags.StringSliceVar(&s.objects, "object", nil, "only permissions on these `objects`")
	flags.BoolVar(&s.json, jsonFlag, false, "print the table as JSON")
	s.policies.declare(cmd)
	c := completer{&s.policies, &s.org}
	c.flags(cmd)
	cmd.ValidArgsFunction = c.arguments(true, c.roles)
	return cmd
}

func (s *showRolesFlags) run(cmd *cobra.Command, roles []string) error {
	org, err := s.org.need()
	if err != nil {
		return err
	}
	return withPolicies(cmd, &s.policies, func(p policies.Policies) error {
		m, err := p.Matrix(cmd.Context(), org, policies.MatrixQuery{Profile: rolekit.ProfileID(s.profile)})
		if err == nil && s.profile != "" {
			err = checkProfile(cmd, p, s.profile)
		}
		if err != nil {
			return nearestOrg(cmd, p, org, err)
		}
		if m, err = s.narrow(m, roles); err != nil {
			return err
		}
		if s.json {
			return screen.WriteJSON(cmd.OutOrStdout(), m, true)
		}
		return writeMatrix(cmd.OutOrStdout(), m)
	})
}

// checkProfile refuses a profile that is none: a list that it selects would be empty.
func checkProfile(cmd *cobra.Command, p policies.Policies, profile string) error {
	catalog, err := p.Catalog(cmd.Context())
	if err != nil {
		return err
	}
	var known []string
	for _, one := range catalog.Profiles {
		known = append(known, string(one.ID))
	}
	return mustBeAmong("profile", profile, known)
}

// mustBeAmong refuses a name that is not known, and says which it may be.
func mustBeAmong(what, name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	hint := "there is none at all"
	if len(known) > 0 {
		hint = "use one of: " + strings.Join(known, ", ")
		if near := nearest(name, known); isNear(name, near) {
			hint = "did you mean " + near + "?"
		}
	}
	return usagef("there is no %s %q; %s", what, name, hint)
}

// narrow leaves the roles and objects that are wanted.
func (s *showRolesFlags) narrow(m policies.Matrix, roles []string) (policies.Matrix, error) {
	var knownRoles, knownObjects []string
	for _, r := range m.Roles {
		knownRoles = append(knownRoles, string(r.ID))
	}
	for _, o := range m.Objects {
		knownObjects = append(knownObjects, string(o.ID))
	}
	for _, role := range roles {
		if err := mustBeAmong("role", role, knownRoles); err != nil {
			return m, err
		}
	}
	for _, object := range s.objects {
		if err := mustBeAmong("object", object, knownObjects); err != nil {
			return m, err
		}
	}
	if len(roles) > 0 {
		m.Roles = slices.DeleteFunc(m.Roles, func(r policies.MatrixRole) bool { return !slices.Contains(roles, string(r.ID)) })
	}
	if len(s.objects) == 0 {
		return m, nil
	}
	m.Objects = slices.DeleteFunc(m.Objects, func(o policies.MatrixObject) bool { return !slices.Contains(s.objects, string(o.ID)) })
	for i, r := range m.Roles {
		m.Roles[i].Cells = slices.DeleteFunc(r.Cells, func(c policies.MatrixCell) bool {
			return !slices.Contains(s.objects, string(c.Permission.Object()))
		})
	}
	return m, nil
}

// The marks of a cell that is not granted by the role itself.
const (
	impliedMark  = "*"
	includedMark = "+"
)

const permissionHeader = "PERMISSION"

// writeMatrix writes the table for people.
func writeMatrix(w io.Writer, m policies.Matrix) error {
	if len(m.Roles) == 0 {
		_, err := fmt.Fprintf(w, "no roles\n")
		return err
	}
	paint := painter(w)
	cells := map[rolekit.RoleID]map[rolekit.Permission]string{}
	for _, r := range m.Roles {
		cells[r.ID] = cellsOf(r)
	}
	for i, block := range blocksOf(m, cells, screen.Columns(w)) {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, matrixTable(m, block, cells, paint)); err != nil {
			return err
		}
	}
	return writeMatrixNotes(w, m)
}

// cellsOf is what a role's cells say: how far, and how it comes to that.
func cellsOf(r policies.MatrixRole) map[rolekit.Permission]string {
	all := map[rolekit.Permission]string{}
	for _, c := range r.Cells {
		text := screen.Safe(string(c.Access))
		switch c.How {
		case rolekit.MatrixImplied:
			text += impliedMark
		case rolekit.MatrixIncluded:
			text += includedMark
		default:
		}
		if before := all[c.Permission]; before != "" {
			text = before + " " + text
		}
		all[c.Permission] = text
	}
	return all
}

// blocksOf divides the roles so that each table is as wide as the screen at most,
// and has one role at least.
func blocksOf(m policies.Matrix, cells map[rolekit.RoleID]map[rolekit.Permission]string, columns int) [][]policies.MatrixRole {
	first := screen.Width(permissionHeader)
	for _, o := range m.Objects {
		for _, p := range o.Permissions {
			first = max(first, screen.Width(screen.Safe(string(p.ID))))
		}
	}
	var blocks [][]policies.MatrixRole
	width := columns + 1 // so that the first role begins a block
	for _, r := range m.Roles {
		needs := screen.Width(screen.Safe(string(r.ID)))
		for _, text := range cells[r.ID] {
			needs = max(needs, screen.Width(text))
		}
		if width += needs + screen.Gap; width > columns {
			blocks, width = append(blocks, nil), first+needs+screen.Gap
		}
		blocks[len(blocks)-1] = append(blocks[len(blocks)-1], r)
	}
	return blocks
}

func matrixTable(
	m policies.Matrix, roles []policies.MatrixRole, cells map[rolekit.RoleID]map[rolekit.Permission]string, paint func(colour, string) string,
) string {
	headers := []string{permissionHeader}
	for _, r := range roles {
		headers = append(headers, screen.Safe(string(r.ID)))
	}
	var rows [][]string
	for _, o := range m.Objects {
		for _, p := range o.Permissions {
			row := []string{screen.Safe(string(p.ID))}
			for _, r := range roles {
				text, ok := cells[r.ID][p.ID]
				if ok {
					text = paint(green, text)
				}
				row = append(row, cmp.Or(text, "-"))
			}
			rows = append(rows, row)
		}
	}
	return screen.Table(0, headers, rows) // blocksOf has seen to it
}

// writeMatrixNotes says what the table does not: of which kind the roles are, and
// what everybody has.
func writeMatrixNotes(w io.Writer, m policies.Matrix) error {
	rows := make([][]string, len(m.Roles))
	for i, r := range m.Roles {
		origin := "default"
		if r.Origin == rolekit.OriginCustom {
			origin = "custom, of " + screen.Safe(string(r.Org))
		}
		rows[i] = []string{screen.Safe(string(r.ID)), screen.Safe(r.Label), screen.Safe(string(r.Profile)), origin, cmp.Or(joined(r.Includes, ", "), "-")}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s by another permission that the role grants; %s by a role that it includes\n\n", impliedMark, includedMark)
	b.WriteString(screen.Table(screen.Terminal(w), []string{"ROLE", "LABEL", "PROFILE", "ORIGIN", "INCLUDES"}, rows))
	for _, base := range m.Baseline {
		if len(base.Grants) == 0 {
			continue
		}
		words := make([]string, len(base.Grants))
		for i, g := range base.Grants {
			words[i] = screen.Safe(fmt.Sprintf("%s (%s)", g.Permission, g.Access))
		}
		fmt.Fprintf(&b, "\neverybody as %s has: %s\n", screen.Safe(string(base.Profile)), strings.Join(words, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
