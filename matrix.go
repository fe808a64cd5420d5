package rolekit

import (
	"cmp"
	"context"
	"slices"
)

// Matrix is every role that can be assigned in an organisation, with all that it
// gives: a table of roles by permissions, as a page shows it.
type Matrix struct {
	Org      OrgID
	Revision Revision // of the organisation's policy
	Roles    []MatrixRole
	Baseline map[ProfileID][]Grant // what everyone has who has the profile
	Sets     []ResourceSet         // those that cells reach as far as, sorted by id
}

// MatrixRole is one row.
type MatrixRole struct {
	Role

	Own   bool         // a custom role of this very organisation, which it may change
	Cells []MatrixCell // in the catalog's order of permissions, the widest access first
}

// MatrixCell is one permission that a role gives, as far as one access.
type MatrixCell struct {
	Grant

	How MatrixHow
	// By is the permission that is granted and implies this one; empty where this
	// one is granted itself.
	By Permission
	// From is the included role in which the grant stands; empty where it stands in
	// the role itself.
	From RoleID
}

// MatrixHow says how a role comes to give a permission.
type MatrixHow string

// The ways, the most direct first. A cell shows the first that applies.
const (
	MatrixExplicit MatrixHow = "explicit" // the role grants it
	MatrixImplied  MatrixHow = "implied"  // the role grants a permission that implies it
	MatrixIncluded MatrixHow = "included" // a role that it includes does either
)

// Matrix returns the roles that the query selects, in its order, with all that
// they give. It needs iam.roles:read.
func (m *Manager) Matrix(ctx context.Context, org OrgID, q RoleQuery) (Matrix, error) {
	if err := m.require(ctx, org, RolesRead); err != nil {
		return Matrix{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return Matrix{}, err
	}
	found, err := page(q.among(p.roles()), q.Listing, func(r *Role) Mark { return Mark{string(r.ID), r.Label} })
	if err != nil {
		return Matrix{}, err
	}
	table := Matrix{Org: org, Revision: p.revision, Roles: []MatrixRole{}, Baseline: map[ProfileID][]Grant{}, Sets: []ResourceSet{}}
	for _, pr := range m.kit.catalog.profiles {
		table.Baseline[pr.ID] = p.baseline(pr.ID)
	}
	named := map[SetID]bool{}
	for _, r := range found {
		row := MatrixRole{Role: r.clone(), Own: r.Org == org, Cells: p.cells(r)}
		for _, c := range row.Cells {
			set, ok := c.Access.Set()
			if s := p.resourceSet(set); ok && !named[set] && s != nil {
				table.Sets = append(table.Sets, *s)
			}
			named[set] = true
		}
		table.Roles = append(table.Roles, row)
	}
	slices.SortFunc(table.Sets, func(a, b ResourceSet) int { return cmp.Compare(a.ID, b.ID) })
	return table, nil
}

// cells returns all that a role gives, each permission and access once, by the
// most direct way.
func (p *policy) cells(r *Role) []MatrixCell {
	ways := map[Grant]MatrixCell{}
	for _, from := range p.rolesOf(roleSubject(r.ID), always) {
		for _, g := range p.live(from.Profile, from.Grants) {
			for _, number := range p.catalog.implied[g.Permission] {
				way := newCell(r, from, g, p.catalog.permissions[number].ID)
				if known, ok := ways[way.Grant]; !ok || way.compare(known) < 0 {
					ways[way.Grant] = way
				}
			}
		}
	}
	cells := make([]MatrixCell, 0, len(ways))
	for _, c := range ways {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b MatrixCell) int {
		return cmp.Or(cmp.Compare(p.catalog.number(a.Permission), p.catalog.number(b.Permission)), compareAccess(a.Access, b.Access))
	})
	return cells
}

// newCell is what a role gives by a grant that stands in another, or in itself.
func newCell(r, from *Role, g Grant, given Permission) MatrixCell {
	c := MatrixCell{Grant: Grant{given, g.Access}, How: MatrixExplicit}
	if g.Permission != given {
		c.How, c.By = MatrixImplied, g.Permission
	}
	if from.ID != r.ID {
		c.How, c.From = MatrixIncluded, from.ID
	}
	return c
}

// compare orders ways to the same, the most direct first.
func (c MatrixCell) compare(other MatrixCell) int {
	rank := func(c MatrixCell) int {
		return slices.Index([]MatrixHow{MatrixExplicit, MatrixImplied, MatrixIncluded}, c.How)
	}
	return cmp.Or(rank(c)-rank(other), cmp.Compare(c.By, other.By), cmp.Compare(c.From, other.From))
}
