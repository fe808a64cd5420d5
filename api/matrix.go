package api

import (
	"context"
	"slices"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

type matrix struct {
	Org      rolekit.OrgID    `json:"org" example:"tom"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy" example:"42"`
	Profiles []profile        `json:"profiles" nullable:"false"`
	Objects  []matrixObject   `json:"objects" nullable:"false" doc:"the columns: permissions grouped by what they are about, in the catalog's order"`
	Accesses []matrixAccess   `json:"accesses" nullable:"false" doc:"those that cells name, with what they are called"`
	Baseline []baseline       `json:"baseline" nullable:"false" doc:"what everybody has who has the profile, sorted by it"`
	Roles    []matrixRole     `json:"roles" nullable:"false" doc:"the rows"`
	Next     string           `json:"next,omitempty" doc:"pass it as after to get more roles; absent where there are none"`
}

type matrixObject struct {
	ID          rolekit.ObjectID `json:"id" example:"invoices"`
	Label       string           `json:"label" example:"Invoices"`
	Permissions []permission     `json:"permissions" nullable:"false"`
}

type matrixAccess struct {
	ID    rolekit.Access `json:"id" example:"set:marketing"`
	Label string         `json:"label" doc:"of a resource set, or of what the application added; of others their id" example:"Marketing"`
}

type matrixRole struct {
	ID          rolekit.RoleID    `json:"id" example:"bookkeeper"`
	Label       string            `json:"label" doc:"for people" example:"Bookkeeper"`
	Description string            `json:"description" example:"Keeps the books"`
	Profile     rolekit.ProfileID `json:"profile" doc:"the kind of user that it is for" example:"worker"`
	Origin      rolekit.Origin    `json:"origin" enum:"default,custom"`
	Org         rolekit.OrgID     `json:"org,omitempty" doc:"whose custom role it is" example:"tom"`
	Own         bool              `json:"own" doc:"the organisation may change it, as it is neither a default role nor an ancestor's"`
	Includes    []rolekit.RoleID  `json:"includes" nullable:"false" doc:"roles whose grants it has too" example:"[\"clerk\"]"`
	Revision    rolekit.Revision  `json:"revision" doc:"when it last changed; its ETag, without the quotes" example:"42"`
	Cells       []matrixCell      `json:"cells" nullable:"false" doc:"in the order of the columns, the widest access first"`
}

type matrixCell struct {
	Permission rolekit.Permission `json:"permission" example:"invoices:read"`
	Access     rolekit.Access     `json:"access" example:"any"`
	How        rolekit.MatrixHow  `json:"how" enum:"explicit,implied,included" doc:"the role grants it, or what implies it, or includes one that does"`
	By         rolekit.Permission `json:"by,omitempty" doc:"the permission that is granted and implies it" example:"invoices:write"`
	From       rolekit.RoleID     `json:"from,omitempty" doc:"the included role that grants it" example:"clerk"`
}

func matrixRoleOf(r rolekit.MatrixRole) matrixRole {
	return matrixRole{
		ID: r.ID, Label: r.Label, Description: r.Description, Profile: r.Profile, Origin: r.Origin, Org: customOf(r.Role), Own: r.Own,
		Includes: listed(r.Includes), Revision: r.Revision,
		Cells: each(r.Cells, func(c rolekit.MatrixCell) matrixCell {
			return matrixCell{c.Permission, c.Access, c.How, c.By, c.From}
		}),
	}
}

type getMatrixInput struct {
	param.OrgPath
	param.WholeListing

	Origin  rolekit.Origin    `query:"origin" enum:"default,custom" doc:"only these roles"`
	Profile rolekit.ProfileID `query:"profile" maxLength:"63" doc:"only roles for this profile" example:"worker"`
}

func (s *server) getMatrix(ctx context.Context, by caller, in *getMatrixInput) (*output[matrix], error) {
	listing, cursor, err := in.Listing(string(in.Origin), string(in.Profile))
	if err != nil {
		return nil, err
	}
	m, err := by.Matrix(ctx, in.Org, rolekit.RoleQuery{Listing: listing, Origin: in.Origin, Profile: in.Profile})
	if err != nil {
		return nil, err
	}
	c := s.kit.Catalog()
	rows := page(each(m.Roles, matrixRoleOf), in.Limit, func(r matrixRole) string { return cursor(string(r.ID), r.Label) })
	return &output[matrix]{matrix{
		Org: m.Org, Revision: m.Revision,
		Profiles: each(c.Profiles(), profileOf),
		Objects:  matrixObjects(c),
		Accesses: matrixAccesses(c, rows.Items, m.Sets),
		Baseline: baselines(m.Baseline),
		Roles:    rows.Items, Next: rows.Next,
	}}, nil
}

func matrixObjects(c *rolekit.Catalog) []matrixObject {
	return each(c.Objects(), func(o rolekit.ObjectInfo) matrixObject {
		of := slices.DeleteFunc(c.Permissions(), func(p rolekit.PermissionInfo) bool { return p.ID.Object() != o.ID })
		return matrixObject{o.ID, o.Label, each(of, permissionOf)}
	})
}

// matrixAccesses names each access that the rows hold, in the order in which they
// come.
func matrixAccesses(c *rolekit.Catalog, rows []matrixRole, sets []rolekit.ResourceSet) []matrixAccess {
	labels := map[rolekit.Access]string{}
	for _, a := range c.Accesses() {
		labels[a.ID] = a.Label
	}
	for _, s := range sets {
		labels[rolekit.InSet(s.ID)] = s.Label
	}
	named := map[rolekit.Access]bool{}
	all := []matrixAccess{}
	for _, r := range rows {
		for _, cell := range r.Cells {
			if named[cell.Access] {
				continue
			}
			named[cell.Access] = true
			label, ok := labels[cell.Access]
			if !ok {
				label = string(cell.Access)
			}
			all = append(all, matrixAccess{cell.Access, label})
		}
	}
	return all
}
