package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagGroups = "Groups"

func (s *server) groupOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-groups", Method: http.MethodGet, Path: "/v1/orgs/{org}/groups", Tags: []string{tagGroups},
		Errors:      []int{403, 404},
		Summary:     "List groups",
		Description: "The organisation's own and its ancestors'. It needs iam.members:read.",
	}, s.listGroups)
	guarded(s, huma.Operation{
		OperationID: "get-group", Method: http.MethodGet, Path: "/v1/orgs/{org}/groups/{group}", Tags: []string{tagGroups},
		Errors:      []int{403, 404},
		Summary:     "Get a group",
		Description: "With who is in it, and which roles the organisation gave it. It needs iam.members:read.",
	}, s.getGroup)
	creating(s, huma.Operation{
		OperationID: "put-group", Method: http.MethodPut, Path: "/v1/orgs/{org}/groups/{group}", Tags: []string{tagGroups},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary:     "Create a group, or change its label and description",
		Description: "Who is in it stays. Without If-Match it is only created: 201; with it, only changed. It needs iam.members:write.",
	}, s.putGroup)
	changing(s, huma.Operation{
		OperationID: "delete-group", Method: http.MethodDelete, Path: "/v1/orgs/{org}/groups/{group}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409, 412, 428},
		Summary:     "Delete a group",
		Description: "With its members and roles. One that an organisation below uses is in use. It needs iam.members:write.",
	}, s.deleteGroup)
	s.groupMemberOperations()
	changing(s, huma.Operation{
		OperationID: "assign-role-to-group", Method: http.MethodPut, Path: "/v1/orgs/{org}/groups/{group}/roles/{role}", Tags: []string{tagGroups},
		Errors:  []int{400, 403, 404, 409, 413, 415},
		Summary: "Give a group a role",
		Description: "From now on and without end, or for the time that the body says; it takes the place of the time that was said before. " +
			"It needs iam.members:write, and everything that the role grants.",
	}, s.assignToGroup)
	changing(s, huma.Operation{
		OperationID: "unassign-role-from-group", Method: http.MethodDelete, Path: "/v1/orgs/{org}/groups/{group}/roles/{role}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a role from a group",
		Description: "Taking what is not held changes nothing. It needs iam.members:write.",
	}, s.unassignFromGroup)
}

type group struct {
	ID          rolekit.GroupID  `json:"id" example:"researchers"`
	Org         rolekit.OrgID    `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string           `json:"label" doc:"for people" example:"Researchers"`
	Description string           `json:"description" example:"Who works in the northern branch"`
	Revision    rolekit.Revision `json:"revision" doc:"when it, or who is in it, last changed; also in its ETag" example:"42"`
}

func groupOf(g rolekit.Group) group { return group{g.ID, g.Org, g.Label, g.Description, g.Revision} }

type listGroupsInput struct {
	param.OrgPath
	param.Listing
}

func (s *server) listGroups(ctx context.Context, by caller, in *listGroupsInput) (*output[list[group]], error) {
	listing, cursor, err := in.Listing.Listing()
	if err != nil {
		return nil, err
	}
	groups, err := by.Groups(ctx, in.Org, listing)
	if err != nil {
		return nil, err
	}
	return &output[list[group]]{page(each(groups, groupOf), in.Limit, func(g group) string { return cursor(string(g.ID), g.Label) })}, nil
}

type wholeGroup struct {
	ID          rolekit.GroupID   `json:"id" example:"researchers"`
	Org         rolekit.OrgID     `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string            `json:"label" doc:"for people" example:"Researchers"`
	Description string            `json:"description" example:"Who works in the northern branch"`
	Revision    rolekit.Revision  `json:"revision" doc:"when it, or who is in it, last changed; also in its ETag" example:"42"`
	UserCount   int               `json:"user_count" doc:"how many are in it directly; a list of its own names them" example:"12"`
	Groups      []rolekit.GroupID `json:"groups" nullable:"false" doc:"in it directly, sorted" example:"[\"interns\"]"`
	Roles       []assignedRole    `json:"roles" nullable:"false" doc:"that the organisation of the path gave it, ended ones included"`
}

func (s *server) getGroup(ctx context.Context, by caller, in *param.GroupPath) (*tagged[wholeGroup], error) {
	g, has, err := by.Group(ctx, in.Org, in.Group)
	if err != nil {
		return nil, err
	}
	return &tagged[wholeGroup]{param.ETag(g.Revision), wholeGroup{
		ID: g.ID, Org: g.Org, Label: g.Label, Description: g.Description, Revision: g.Revision,
		UserCount: len(has.Users), Groups: listed(has.Groups), Roles: each(has.Roles, assignedRoleOf),
	}}, nil
}

// naming is what is said of a group or a set besides what is in it.
type naming struct {
	Label       string `json:"label,omitempty" doc:"for people; the id where left out" example:"Marketing"`
	Description string `json:"description,omitempty" example:"What they are for"`
}

type putGroupInput struct {
	param.GroupPath
	param.Matching

	Body naming
}

func (s *server) putGroup(ctx context.Context, by caller, in *putGroupInput) (*put[group], error) {
	return ifMatch(in, func(seen rolekit.Revision) (*put[group], error) {
		g, err := by.PutGroup(ctx, in.Org, rolekit.GroupSpec{ID: in.Group, Label: in.Body.Label, Description: in.Body.Description}, seen)
		return putting(s, seen, groupOf(g), g.Revision, "orgs", string(in.Org), "groups", string(in.Group)), err
	})
}

type deleteGroupInput struct {
	param.GroupPath
	param.IfMatch
}

func (s *server) deleteGroup(ctx context.Context, by caller, in *deleteGroupInput) (*struct{}, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*struct{}, error) {
		return nil, by.DeleteGroup(ctx, in.Org, in.Group, seen)
	})
}

type assignToGroupInput struct {
	param.GroupRolePath

	Body *period
}

func (s *server) assignToGroup(ctx context.Context, by caller, in *assignToGroupInput) (*struct{}, error) {
	during, err := in.Body.period()
	if err != nil {
		return nil, err
	}
	return nil, by.PutAssignment(ctx, in.Org, rolekit.Assignment{Group: in.Group, Role: in.Role, Period: during})
}

func (s *server) unassignFromGroup(ctx context.Context, by caller, in *param.GroupRolePath) (*struct{}, error) {
	return nil, by.RemoveAssignment(ctx, in.Org, rolekit.Assignment{Group: in.Group, Role: in.Role})
}
