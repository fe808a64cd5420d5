package api

import (
	"context"
	"net/http"
	"time"

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
		Description: "Who belongs to the organisation itself, and what it gave them. It needs iam.members:read.",
	}, s.listMembers)
	changing(s, huma.Operation{
		OperationID: "add-member", Method: http.MethodPut, Path: "/v1/orgs/{org}/members/{user}", Tags: []string{tagMembers},
		Errors:  []int{403, 404, 409},
		Summary: "Make a user belong to the organisation",
		Description: "Without any role. Adding one who is there changes nothing. It needs iam.members:write and, " +
			"where there is one profile, the baseline that every member has, without end.",
	}, s.addMember)
	changing(s, huma.Operation{
		OperationID: "remove-member", Method: http.MethodDelete, Path: "/v1/orgs/{org}/members/{user}", Tags: []string{tagMembers},
		Errors:      []int{403, 404, 409},
		Summary:     "Take everything from a user",
		Description: "Roles, groups and membership, as far as the organisation itself gave them; what an ancestor gave stays. It needs iam.members:write.",
	}, s.removeMember)
	changing(s, huma.Operation{
		OperationID: "assign-role", Method: http.MethodPut, Path: "/v1/orgs/{org}/members/{user}/roles/{role}", Tags: []string{tagMembers},
		Errors:  []int{400, 403, 404, 409, 413, 415},
		Summary: "Give a user a role",
		Description: "From now on and without end, or for the time that the body says; it takes the place of the time that was said before. " +
			"It needs iam.members:write, and everything that the role grants.",
	}, s.assign)
	changing(s, huma.Operation{
		OperationID: "unassign-role", Method: http.MethodDelete, Path: "/v1/orgs/{org}/members/{user}/roles/{role}", Tags: []string{tagMembers},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a role from a user",
		Description: "The user's next request is decided without it. Taking what is not held changes nothing. It needs iam.members:write.",
	}, s.unassign)
	s.memberRolesOperations()
	s.assignmentsOperation()
	s.effectiveOperation()
}

type listMembersInput struct {
	param.OrgPath
	param.MemberListing
}

func (s *server) listMembers(ctx context.Context, by caller, in *listMembersInput) (*output[list[member]], error) {
	query, cursor, err := in.Listing()
	if err != nil {
		return nil, err
	}
	members, err := by.Members(ctx, in.Org, query)
	if err != nil {
		return nil, err
	}
	return &output[list[member]]{page(each(members, memberOf), in.Limit, func(m member) string { return cursor(string(m.User), "") })}, nil
}

func (s *server) addMember(ctx context.Context, by caller, in *param.MemberPath) (*struct{}, error) {
	return nil, by.AddMember(ctx, in.Org, in.User)
}

func (s *server) removeMember(ctx context.Context, by caller, in *param.MemberPath) (*struct{}, error) {
	return nil, by.RemoveMember(ctx, in.Org, in.User)
}

// period is when an assignment counts; both ends to the second.
type period struct {
	From  *time.Time `json:"from,omitempty" doc:"when it starts; where left out, it holds already"`
	Until *time.Time `json:"until,omitempty" doc:"when it has ended; where left out, it does not end"`
}

// period refuses the zero time, which the kit would take for none.
func (p *period) period() (during rolekit.Period, err error) {
	if p == nil {
		return during, nil
	}
	if during.From, err = moment(p.From); err == nil {
		during.Until, err = moment(p.Until)
	}
	return during, err
}

func moment(t *time.Time) (time.Time, error) {
	switch {
	case t == nil:
		return time.Time{}, nil
	case t.IsZero():
		return *t, &rolekit.Error{Code: rolekit.CodeInvalid, Message: "the year 1 cannot be stored", Hint: "leave the time out where there is none"}
	}
	return *t, nil
}

type assignInput struct {
	param.AssignmentPath

	Body *period
}

func (s *server) assign(ctx context.Context, by caller, in *assignInput) (*struct{}, error) {
	during, err := in.Body.period()
	if err != nil {
		return nil, err
	}
	return nil, by.PutAssignment(ctx, in.Org, rolekit.Assignment{User: in.User, Role: in.Role, Period: during})
}

func (s *server) unassign(ctx context.Context, by caller, in *param.AssignmentPath) (*struct{}, error) {
	return nil, by.Unassign(ctx, in.Org, in.User, in.Role)
}
