package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) groupMemberOperations() {
	const members, member, inner = "/v1/orgs/{org}/groups/{group}/members", "/{user}", "/v1/orgs/{org}/groups/{group}/groups/{inner}"
	guarded(s, huma.Operation{
		OperationID: "list-group-members", Method: http.MethodGet, Path: members, Tags: []string{tagGroups},
		Errors:      []int{403, 404},
		Summary:     "List the users in a group",
		Description: "Those who are in it directly, sorted byte for byte. To replace them all, send the ETag of the first page. It needs iam.members:read.",
	}, s.listGroupMembers)
	changing(s, huma.Operation{
		OperationID: "replace-group-members", Method: http.MethodPut, Path: members, Tags: []string{tagGroups},
		Errors:  []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary: "Replace who is in a group",
		Description: "Users and groups, at once: nobody sees it half replaced. It needs iam.members:write and, where anybody comes in, " +
			"everything that the group has.",
	}, s.replaceGroupMembers)
	changing(s, huma.Operation{
		OperationID: "add-group-members", Method: http.MethodPost, Path: members, Tags: []string{tagGroups},
		Errors:  []int{400, 403, 404, 409, 413, 415},
		Summary: "Put users and groups into a group",
		Description: "All of them or none; adding who is there changes nothing. It needs iam.members:write and, where anybody comes in, " +
			"everything that the group has.",
	}, s.addGroupMembers)
	changing(s, huma.Operation{
		OperationID: "add-user-to-group", Method: http.MethodPut, Path: members + member, Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a user into a group",
		Description: "Adding one who is there changes nothing. It needs iam.members:write, and everything that the group has.",
	}, s.addUserToGroup)
	changing(s, huma.Operation{
		OperationID: "remove-user-from-group", Method: http.MethodDelete, Path: members + member, Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a user out of a group",
		Description: "Removing one who is not there changes nothing. It needs iam.members:write.",
	}, s.removeUserFromGroup)
	changing(s, huma.Operation{
		OperationID: "add-group-to-group", Method: http.MethodPut, Path: inner, Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a group into a group",
		Description: "Those in the inner one then have what the outer one has. It needs iam.members:write, and everything that the outer group has.",
	}, s.addGroupToGroup)
	changing(s, huma.Operation{
		OperationID: "remove-group-from-group", Method: http.MethodDelete, Path: inner, Tags: []string{tagGroups},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a group out of a group",
		Description: "Removing one that is not there changes nothing. It needs iam.members:write.",
	}, s.removeGroupFromGroup)
}

type listGroupMembersInput struct {
	param.GroupPath
	param.Page

	Prefix string `query:"prefix" maxLength:"100" doc:"only users whose id begins so" example:"auth0|"`
}

// listGroupMembers reads the tag before the members: see listResources.
func (s *server) listGroupMembers(ctx context.Context, by caller, in *listGroupMembersInput) (*tagged[list[rolekit.UserID]], error) {
	of, users, err := by.GroupUsers(ctx, in.Org, in.Group, rolekit.GroupUserQuery{
		Prefix: in.Prefix, After: rolekit.UserID(in.After), Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	return &tagged[list[rolekit.UserID]]{
		param.ETag(of.Revision), page(users, in.Limit, func(u rolekit.UserID) string { return string(u) }),
	}, nil
}

// groupMembers are who is to be in a group, or to come in.
type groupMembers struct {
	Users  []rolekit.UserID  `json:"users,omitempty" nullable:"false" maxItems:"1000" example:"[\"auth0|ada\"]"`
	Groups []rolekit.GroupID `json:"groups,omitempty" nullable:"false" maxItems:"1000" example:"[\"interns\"]"`
}

type replaceGroupMembersInput struct {
	param.GroupPath
	param.IfMatch

	Body struct {
		Users  []rolekit.UserID  `json:"users" nullable:"false" doc:"all that are to be in it, in any order" example:"[\"auth0|ada\"]"`
		Groups []rolekit.GroupID `json:"groups" nullable:"false" doc:"all that are to be in it, in any order" example:"[\"interns\"]"`
	} `nameHint:"AllGroupMembers"`
}

func taggedAs(r rolekit.Revision, err error) (*tag, error) { return &tag{param.ETag(r)}, err }

func (s *server) replaceGroupMembers(ctx context.Context, by caller, in *replaceGroupMembersInput) (*tag, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*tag, error) {
		g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditReplace, in.Body.Users, in.Body.Groups, seen)
		return taggedAs(g.Revision, err)
	})
}

type addGroupMembersInput struct {
	param.GroupPath

	Body groupMembers
}

func (s *server) addGroupMembers(ctx context.Context, by caller, in *addGroupMembersInput) (*tag, error) {
	g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditAdd, in.Body.Users, in.Body.Groups, rolekit.Whatever)
	return taggedAs(g.Revision, err)
}

func (s *server) addUserToGroup(ctx context.Context, by caller, in *param.GroupUserPath) (*tag, error) {
	g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditAdd, []rolekit.UserID{in.User}, nil, rolekit.Whatever)
	return taggedAs(g.Revision, err)
}

func (s *server) removeUserFromGroup(ctx context.Context, by caller, in *param.GroupUserPath) (*tag, error) {
	g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditRemove, []rolekit.UserID{in.User}, nil, rolekit.Whatever)
	return taggedAs(g.Revision, err)
}

func (s *server) addGroupToGroup(ctx context.Context, by caller, in *param.GroupGroupPath) (*tag, error) {
	g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditAdd, nil, []rolekit.GroupID{in.Inner}, rolekit.Whatever)
	return taggedAs(g.Revision, err)
}

func (s *server) removeGroupFromGroup(ctx context.Context, by caller, in *param.GroupGroupPath) (*tag, error) {
	g, err := by.EditGroup(ctx, in.Org, in.Group, rolekit.EditRemove, nil, []rolekit.GroupID{in.Inner}, rolekit.Whatever)
	return taggedAs(g.Revision, err)
}
