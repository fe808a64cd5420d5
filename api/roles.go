package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagRoles = "Roles"

func (s *server) roleOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-roles", Method: http.MethodGet, Path: "/v1/orgs/{org}/roles", Tags: []string{tagRoles},
		Errors:      []int{403, 404},
		Summary:     "List roles",
		Description: "Those that can be given in the organisation: its own, its ancestors' and the default ones. It needs iam.roles:read.",
	}, s.listRoles)
	changing(s, huma.Operation{
		OperationID: "create-role", Method: http.MethodPost, Path: "/v1/orgs/{org}/roles", Tags: []string{tagRoles},
		DefaultStatus: http.StatusCreated, Errors: []int{400, 403, 404, 409, 413, 415},
		Summary:     "Create a custom role",
		Description: "It needs iam.roles:write, and everything that the role grants: nobody gives what they do not hold.",
	}, s.createRole)
	changing(s, huma.Operation{
		OperationID: "copy-role", Method: http.MethodPost, Path: "/v1/orgs/{org}/roles/{role}/copy", Tags: []string{tagRoles},
		DefaultStatus: http.StatusCreated, Errors: []int{400, 403, 404, 409, 413, 415},
		Summary: "Make a custom role that begins as a copy of another",
		Description: "Of an own role, an ancestor's or a default one; from then on the two have nothing to do with each other. Grants that the catalog " +
			"does not have any more are left out. It needs iam.roles:write, and everything that the role grants.",
	}, s.copyRole)
	guarded(s, huma.Operation{
		OperationID: "get-role-matrix", Method: http.MethodGet, Path: "/v1/orgs/{org}/roles/matrix", Tags: []string{tagRoles},
		Errors:  []int{403, 404},
		Summary: "Get all roles with all that they give",
		Description: "A table of roles by permissions, with every label that a page needs: each role's cells say which permission it gives, how far " +
			"it reaches, and whether the role grants it itself or by what it includes or implies. It needs iam.roles:read.",
	}, s.getMatrix)
	guarded(s, huma.Operation{
		OperationID: "get-role", Method: http.MethodGet, Path: "/v1/orgs/{org}/roles/{role}", Tags: []string{tagRoles},
		Errors:      []int{403, 404},
		Summary:     "Get a role",
		Description: "As the organisation sees it. It needs iam.roles:read.",
	}, s.getRole)
	changing(s, huma.Operation{
		OperationID: "update-role", Method: http.MethodPatch, Path: "/v1/orgs/{org}/roles/{role}", Tags: []string{tagRoles},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary:     "Change a custom role",
		Description: "What is left out stays as it is. It needs iam.roles:write, and everything that new includes bring.",
	}, s.updateRole)
	changing(s, huma.Operation{
		OperationID: "delete-role", Method: http.MethodDelete, Path: "/v1/orgs/{org}/roles/{role}", Tags: []string{tagRoles},
		Errors:  []int{403, 404, 409, 412, 428},
		Summary: "Delete a custom role",
		Description: "One that a user or group holds, now or later, or that another role includes, is in use (role_in_use), also where that is in " +
			"an organisation below; holders in the answer counts them. With successor, they get that role instead, for the same time, all at once: it needs " +
			"everything that the successor grants and, where users or groups hold the role, iam.members:write. It needs iam.roles:write.",
	}, s.deleteRole)
	changing(s, huma.Operation{
		OperationID: "set-role-permissions", Method: http.MethodPut, Path: "/v1/orgs/{org}/roles/{role}/permissions", Tags: []string{tagRoles},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary:     "Replace a custom role's grants",
		Description: "It needs iam.roles:write, and everything that is new to the role. Who holds the role has the new grants from the next request on.",
	}, s.setGrants)
}

type listRolesInput struct {
	param.OrgPath
	param.Listing

	Origin  rolekit.Origin    `query:"origin" enum:"default,custom" doc:"only these"`
	Profile rolekit.ProfileID `query:"profile" maxLength:"63" doc:"only those for this profile" example:"worker"`
}

func (s *server) listRoles(ctx context.Context, by caller, in *listRolesInput) (*output[list[role]], error) {
	listing, cursor, err := in.Listing.Listing(string(in.Origin), string(in.Profile))
	if err != nil {
		return nil, err
	}
	roles, err := by.Roles(ctx, in.Org, rolekit.RoleQuery{Listing: listing, Origin: in.Origin, Profile: in.Profile})
	if err != nil {
		return nil, err
	}
	return &output[list[role]]{page(each(roles, roleOf), in.Limit, func(r role) string { return cursor(string(r.ID), r.Label) })}, nil
}

type newRole struct {
	ID          rolekit.RoleID    `json:"id" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"bookkeeper"`
	Label       string            `json:"label,omitempty" doc:"for people; the id where left out" example:"Bookkeeper"`
	Description string            `json:"description,omitempty" example:"Keeps the books"`
	Profile     rolekit.ProfileID `json:"profile,omitempty" doc:"the kind of user that it is for; needed where the catalog has several" example:"worker"`
	Grants      []grant           `json:"grants,omitempty" nullable:"false"`
	Includes    []rolekit.RoleID  `json:"includes,omitempty" nullable:"false" doc:"roles of the same profile whose grants it has too" example:"[\"clerk\"]"`
}

type createRoleInput struct {
	param.OrgPath

	Body newRole
}

type createdRole struct {
	ETag     string `header:"ETag" doc:"for If-Match"`
	Location string `header:"Location" doc:"where it is"`
	Body     role
}

func (s *server) createRole(ctx context.Context, by caller, in *createRoleInput) (*createdRole, error) {
	r, err := by.CreateRole(ctx, in.Org, rolekit.RoleSpec{
		ID: in.Body.ID, Label: in.Body.Label, Description: in.Body.Description, Profile: in.Body.Profile,
		Grants: each(in.Body.Grants, grant.grant), Includes: in.Body.Includes,
	})
	if err != nil {
		return nil, err
	}
	return s.createdRole(in.Org, r), nil
}

func (s *server) createdRole(org rolekit.OrgID, r rolekit.Role) *createdRole {
	return &createdRole{param.ETag(r.Revision), s.location("orgs", string(org), "roles", string(r.ID)), roleOf(r)}
}

type copyRoleInput struct {
	param.RolePath

	Body struct {
		ID          rolekit.RoleID `json:"id" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"senior-bookkeeper"`
		Label       string         `json:"label,omitempty" doc:"for people; the other's where left out" example:"Senior bookkeeper"`
		Description *string        `json:"description,omitempty" doc:"the other's where left out" example:"Keeps the books"`
	} `nameHint:"RoleCopy"`
}

func (s *server) copyRole(ctx context.Context, by caller, in *copyRoleInput) (*createdRole, error) {
	r, err := by.CopyRole(ctx, in.Org, in.Role, rolekit.RoleCopy(in.Body))
	if err != nil {
		return nil, err
	}
	return s.createdRole(in.Org, r), nil
}

func (s *server) getRole(ctx context.Context, by caller, in *param.RolePath) (*tagged[role], error) {
	r, err := by.Role(ctx, in.Org, in.Role)
	return taggedRole(r), err
}

func taggedRole(r rolekit.Role) *tagged[role] {
	return &tagged[role]{param.ETag(r.Revision), roleOf(r)}
}

type rolePatch struct {
	Label       *string           `json:"label,omitempty" doc:"for people" example:"Senior bookkeeper"`
	Description *string           `json:"description,omitempty" example:"Keeps the books"`
	Includes    *[]rolekit.RoleID `json:"includes,omitempty" nullable:"false" doc:"replaces the roles that it includes" example:"[\"clerk\"]"`
}

type updateRoleInput struct {
	param.RolePath
	param.IfMatch

	Body rolePatch
}

func (s *server) updateRole(ctx context.Context, by caller, in *updateRoleInput) (*tagged[role], error) {
	r, err := ifMatch(in, func(seen rolekit.Revision) (rolekit.Role, error) {
		return by.UpdateRole(ctx, in.Org, in.Role, rolekit.RolePatch(in.Body), seen)
	})
	return taggedRole(r), err
}

type setGrantsInput struct {
	param.RolePath
	param.IfMatch

	Body struct {
		Grants []grant `json:"grants" nullable:"false" doc:"all that the role is to grant by itself"`
	} `nameHint:"Grants"`
}

func (s *server) setGrants(ctx context.Context, by caller, in *setGrantsInput) (*tagged[role], error) {
	r, err := ifMatch(in, func(seen rolekit.Revision) (rolekit.Role, error) {
		return by.SetGrants(ctx, in.Org, in.Role, each(in.Body.Grants, grant.grant), seen)
	})
	return taggedRole(r), err
}

type deleteRoleInput struct {
	param.RolePath
	param.IfMatch

	Successor rolekit.RoleID `query:"successor" maxLength:"63" doc:"a role of the same profile, which those who hold this one get instead" example:"accountant"`
}

func (s *server) deleteRole(ctx context.Context, by caller, in *deleteRoleInput) (*struct{}, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*struct{}, error) {
		if in.Successor != "" {
			return nil, by.ReplaceRole(ctx, in.Org, in.Role, in.Successor, seen)
		}
		return nil, by.DeleteRole(ctx, in.Org, in.Role, seen)
	})
}
