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
	changing(s, huma.Operation{
		OperationID: "put-group", Method: http.MethodPut, Path: "/v1/orgs/{org}/groups/{group}", Tags: []string{tagGroups},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415},
		Summary:     "Create a group, or change its label and description",
		Description: "Who is in it stays. With If-Match, one that is not there is not created. It needs iam.members:write.",
	}, s.putGroup)
	changing(s, huma.Operation{
		OperationID: "delete-group", Method: http.MethodDelete, Path: "/v1/orgs/{org}/groups/{group}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409, 412},
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

func (s *server) groupMemberOperations() {
	changing(s, huma.Operation{
		OperationID: "add-user-to-group", Method: http.MethodPut, Path: "/v1/orgs/{org}/groups/{group}/members/{user}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a user into a group",
		Description: "Adding one who is there changes nothing. It needs iam.members:write, and everything that the group has.",
	}, s.addUserToGroup)
	changing(s, huma.Operation{
		OperationID: "remove-user-from-group", Method: http.MethodDelete, Path: "/v1/orgs/{org}/groups/{group}/members/{user}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a user out of a group",
		Description: "Removing one who is not there changes nothing. It needs iam.members:write.",
	}, s.removeUserFromGroup)
	changing(s, huma.Operation{
		OperationID: "add-group-to-group", Method: http.MethodPut, Path: "/v1/orgs/{org}/groups/{group}/groups/{inner}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a group into a group",
		Description: "Those in the inner one then have what the outer one has. It needs iam.members:write, and everything that the outer group has.",
	}, s.addGroupToGroup)
	changing(s, huma.Operation{
		OperationID: "remove-group-from-group", Method: http.MethodDelete, Path: "/v1/orgs/{org}/groups/{group}/groups/{inner}", Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a group out of a group",
		Description: "Removing one that is not there changes nothing. It needs iam.members:write.",
	}, s.removeGroupFromGroup)
}

type group struct {
	ID          rolekit.GroupID  `json:"id" example:"researchers"`
	Org         rolekit.OrgID    `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string           `json:"label" doc:"for people" example:"Researchers"`
	Description string           `json:"description"`
	Revision    rolekit.Revision `json:"revision" doc:"when its label or description last changed; also in its ETag" example:"42"`
}

func groupOf(g rolekit.Group) group { return group{g.ID, g.Org, g.Label, g.Description, g.Revision} }

func taggedGroup(g rolekit.Group) *tagged[group] {
	return &tagged[group]{param.ETag(g.Revision), groupOf(g)}
}

type listGroupsInput struct {
	param.OrgPath
	param.Listing
}

func (s *server) listGroups(ctx context.Context, by caller, in *listGroupsInput) (*output[list[group]], error) {
	listing, err := in.Listing.Listing()
	if err != nil {
		return nil, err
	}
	groups, err := by.Groups(ctx, in.Org, listing)
	if err != nil {
		return nil, err
	}
	return &output[list[group]]{page(each(groups, groupOf), in.Limit, func(g group) string { return in.Cursor(string(g.ID), g.Label) })}, nil
}

type wholeGroup struct {
	ID          rolekit.GroupID   `json:"id" example:"researchers"`
	Org         rolekit.OrgID     `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string            `json:"label" doc:"for people" example:"Researchers"`
	Description string            `json:"description"`
	Revision    rolekit.Revision  `json:"revision" doc:"when its label or description last changed; also in its ETag" example:"42"`
	Users       []rolekit.UserID  `json:"users" nullable:"false" doc:"in it directly, sorted" example:"[\"auth0|ada\"]"`
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
		Users: listed(has.Users), Groups: listed(has.Groups), Roles: each(has.Roles, assignedRoleOf),
	}}, nil
}

// naming is what is said of a group or a set besides what is in it.
type naming struct {
	Label       string `json:"label,omitempty" doc:"for people; the id where left out" example:"Marketing"`
	Description string `json:"description,omitempty"`
}

type putGroupInput struct {
	param.GroupPath
	param.IfMatch

	Body naming
}

func (s *server) putGroup(ctx context.Context, by caller, in *putGroupInput) (*tagged[group], error) {
	g, err := ifMatch(in.IfMatch, by.groupNow(ctx, in.GroupPath), func(seen rolekit.Revision) (rolekit.Group, error) {
		return by.PutGroup(ctx, in.Org, rolekit.GroupSpec{ID: in.Group, Label: in.Body.Label, Description: in.Body.Description}, seen)
	})
	return taggedGroup(g), err
}

type deleteGroupInput struct {
	param.GroupPath
	param.IfMatch
}

func (s *server) deleteGroup(ctx context.Context, by caller, in *deleteGroupInput) (*struct{}, error) {
	return ifMatch(in.IfMatch, by.groupNow(ctx, in.GroupPath), func(seen rolekit.Revision) (*struct{}, error) {
		return nil, by.DeleteGroup(ctx, in.Org, in.Group, seen)
	})
}

// groupNow returns a function that tells the revision that the group is at.
func (by caller) groupNow(ctx context.Context, at param.GroupPath) func() (rolekit.Revision, error) {
	return func() (rolekit.Revision, error) {
		g, _, err := by.Group(ctx, at.Org, at.Group)
		return g.Revision, err
	}
}

func (s *server) addUserToGroup(ctx context.Context, by caller, in *param.GroupUserPath) (*struct{}, error) {
	return nil, by.AddToGroup(ctx, in.Org, in.Group, []rolekit.UserID{in.User}, nil)
}

func (s *server) removeUserFromGroup(ctx context.Context, by caller, in *param.GroupUserPath) (*struct{}, error) {
	return nil, by.RemoveFromGroup(ctx, in.Org, in.Group, []rolekit.UserID{in.User}, nil)
}

func (s *server) addGroupToGroup(ctx context.Context, by caller, in *param.GroupGroupPath) (*struct{}, error) {
	return nil, by.AddToGroup(ctx, in.Org, in.Group, nil, []rolekit.GroupID{in.Inner})
}

func (s *server) removeGroupFromGroup(ctx context.Context, by caller, in *param.GroupGroupPath) (*struct{}, error) {
	return nil, by.RemoveFromGroup(ctx, in.Org, in.Group, nil, []rolekit.GroupID{in.Inner})
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
