package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) memberRolesOperations() {
	const roles = "/v1/orgs/{org}/members/{user}/roles"
	guarded(s, huma.Operation{
		OperationID: "get-member-roles", Method: http.MethodGet, Path: roles, Tags: []string{tagMembers},
		Errors:      []int{403, 404},
		Summary:     "Get the roles of a user",
		Description: "Those that the organisation itself gave them, directly; none for one who does not belong to it. It needs iam.members:read.",
	}, s.getMemberRoles)
	changing(s, huma.Operation{
		OperationID: "replace-member-roles", Method: http.MethodPut, Path: roles, Tags: []string{tagMembers},
		Errors:  []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary: "Replace all roles of a user",
		Description: "At once; what they have from groups and ancestors stays. Where roles cannot be given, the answer has the code of the first, and errors " +
			"names up to 20 of them. It needs iam.members:write and, for what the user does not have already, everything that the role grants.",
	}, s.replaceMemberRoles)
}

type memberRoles struct {
	User  rolekit.UserID `json:"user" example:"auth0|ada"`
	Roles []assignedRole `json:"roles" nullable:"false" doc:"given to them directly, ended ones included"`
}

func memberRolesOf(m rolekit.MemberRoles) memberRoles {
	return memberRoles{m.User, each(m.Roles, assignedRoleOf)}
}

func taggedMemberRoles(m rolekit.MemberRoles, err error) (*tagged[memberRoles], error) {
	return &tagged[memberRoles]{param.RolesETag(m.State), memberRolesOf(m)}, err
}

func (s *server) getMemberRoles(ctx context.Context, by caller, in *param.MemberPath) (*tagged[memberRoles], error) {
	return taggedMemberRoles(by.MemberRoles(ctx, in.Org, in.User))
}

// wantedRole is a role that a user is to have, for a time.
type wantedRole struct {
	Role  rolekit.RoleID `json:"role" example:"bookkeeper"`
	From  *time.Time     `json:"from,omitempty" doc:"when it starts; where left out, it holds already"`
	Until *time.Time     `json:"until,omitempty" doc:"when it has ended; where left out, it does not end"`
}

type replaceMemberRolesInput struct {
	param.MemberPath
	param.RolesMatch

	Body struct {
		Roles []wantedRole `json:"roles" nullable:"false" maxItems:"1000" doc:"all that the organisation gives them itself; one may come for several periods"`
	} `nameHint:"AllMemberRoles"`
}

func (s *server) replaceMemberRoles(ctx context.Context, by caller, in *replaceMemberRolesInput) (*tagged[memberRoles], error) {
	seen, said, err := in.Said()
	if err != nil {
		return nil, err
	}
	roles := make([]rolekit.AssignedRole, len(in.Body.Roles))
	for i, r := range in.Body.Roles {
		during, err := (&period{r.From, r.Until}).period()
		if err != nil {
			return nil, inLine(fmt.Sprintf("roles[%d]", i), err)
		}
		roles[i] = rolekit.AssignedRole{Role: r.Role, Period: during}
	}
	out, err := taggedMemberRoles(by.ReplaceRoles(ctx, in.Org, in.User, roles, seen))
	if err != nil {
		return nil, unmatched(err, said)
	}
	return out, nil
}

// inLine is an error that is about one line of many.
func inLine(at string, err error) error {
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		return err
	}
	return &rolekit.Error{Code: e.Code, Message: at + ": " + e.Message, Hint: e.Hint, Parts: []rolekit.Part{{At: at, Err: e}}}
}
