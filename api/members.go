package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagMembers = "Members"

func (s *server) memberOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-members", Method: http.MethodGet, Path: "/v1/orgs/{org}/members", Tags: []string{tagMembers},
		Errors:      []int{403, 404},
		Summary:     "List members",
		Description: "Who was given a role in the organisation itself, sorted by user, byte for byte. It needs iam.members:read.",
	}, s.listMembers)
	guarded(s, huma.Operation{
		OperationID: "assign-role", Method: http.MethodPut, Path: "/v1/orgs/{org}/members/{user}/roles/{role}", Tags: []string{tagMembers},
		Errors:      []int{403, 404, 409},
		Summary:     "Give a user a role",
		Description: "Giving it again changes nothing. It needs iam.members:write, and everything that the role grants.",
	}, s.assign)
	guarded(s, huma.Operation{
		OperationID: "unassign-role", Method: http.MethodDelete, Path: "/v1/orgs/{org}/members/{user}/roles/{role}", Tags: []string{tagMembers},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a role from a user",
		Description: "The user's next request is decided without it. Taking what is not held changes nothing. It needs iam.members:write.",
	}, s.unassign)
	guarded(s, huma.Operation{
		OperationID: "check", Method: http.MethodPost, Path: "/v1/orgs/{org}/check", Tags: []string{tagMembers},
		Errors:      []int{400, 403, 404, 413, 415},
		Summary:     "Ask what a user may do",
		Description: "A denial is an answer, not an error. Asking about others needs iam.members:read; about oneself, to belong to the organisation.",
	}, s.check)
}

type listMembersInput struct {
	param.OrgPath
	param.Page
}

func (s *server) listMembers(ctx context.Context, by caller, in *listMembersInput) (*output[list[member]], error) {
	members, err := by.Members(ctx, in.Org, rolekit.MemberQuery{After: rolekit.UserID(in.After), Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	return &output[list[member]]{page(each(members, memberOf), in.Limit, func(m member) string { return string(m.User) })}, nil
}

func (s *server) assign(ctx context.Context, by caller, in *param.AssignmentPath) (*struct{}, error) {
	return nil, by.Assign(ctx, in.Org, in.User, in.Role)
}

func (s *server) unassign(ctx context.Context, by caller, in *param.AssignmentPath) (*struct{}, error) {
	return nil, by.Unassign(ctx, in.Org, in.User, in.Role)
}

type question struct {
	User       rolekit.UserID     `json:"user" example:"auth0|ada"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Profile    rolekit.ProfileID  `json:"profile,omitempty" doc:"the one they act as; where left out, the only one they have" example:"worker"`
}

type checkInput struct {
	param.OrgPath

	Body question
}

// Check implements checked; the permission and profile are the manager's to
// check.
func (in *checkInput) Check() error {
	if err := in.OrgPath.Check(); err != nil {
		return err
	}
	return in.Body.User.Validate()
}

type reason struct {
	Role       rolekit.RoleID     `json:"role" doc:"the role that grants it, which may be included by one that they were given" example:"bookkeeper"`
	Org        rolekit.OrgID      `json:"org,omitempty" doc:"where the role is defined; absent for a default role" example:"tom"`
	Permission rolekit.Permission `json:"permission" doc:"what it grants, which may imply what was asked for" example:"invoices:write"`
	Access     rolekit.Access     `json:"access" example:"any"`
}

func reasonOf(r rolekit.Reason) reason {
	shown := reason{Role: r.Role, Org: r.Org, Permission: r.Grant.Permission, Access: r.Grant.Access}
	if shown.Org == rolekit.AllOrgs {
		shown.Org = ""
	}
	return shown
}

type decision struct {
	Allowed  bool             `json:"allowed"`
	Access   []rolekit.Access `json:"access" nullable:"false" doc:"how far it reaches, widest first; empty when not allowed" example:"[\"any\"]"`
	Reasons  []reason         `json:"reasons" nullable:"false" doc:"the grants that allow it, one an access"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy that it was decided by" example:"42"`
}

func (s *server) check(ctx context.Context, by caller, in *checkInput) (*output[decision], error) {
	who := rolekit.Identity{User: in.Body.User, Org: in.Org, Profile: in.Body.Profile}
	d, err := by.Check(ctx, who, in.Body.Permission, nil)
	if err != nil {
		return nil, err
	}
	return &output[decision]{decision{
		Allowed: d.Allowed, Access: listed(d.Access), Reasons: each(d.Reasons(), reasonOf), Revision: d.Revision,
	}}, nil
}
