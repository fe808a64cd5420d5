package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) assignmentsOperation() {
	changing(s, huma.Operation{
		OperationID: "edit-assignments", Method: http.MethodPost, Path: "/v1/orgs/{org}/assignments", Tags: []string{tagMembers},
		DefaultStatus: http.StatusNoContent, Errors: []int{400, 403, 404, 409, 413, 415},
		Summary: "Give and take many roles at once",
		Description: "All of it or nothing, up to 1,000 lines, of users and groups; no role twice for one of them. Where lines cannot be done, the answer " +
			"has the code of the first, and errors names up to 20 of them. It needs iam.members:write, and everything that the given roles grant.",
	}, s.editAssignments)
}

// taken is a role of a user or of a group.
type taken struct {
	User  rolekit.UserID  `json:"user,omitempty" doc:"either a user" example:"auth0|ada"`
	Group rolekit.GroupID `json:"group,omitempty" doc:"or a group" example:"researchers"`
	Role  rolekit.RoleID  `json:"role" example:"bookkeeper"`
}

func (t taken) assignment() rolekit.Assignment {
	return rolekit.Assignment{User: t.User, Group: t.Group, Role: t.Role}
}

// given is taken with a time.
type given struct {
	User  rolekit.UserID  `json:"user,omitempty" doc:"either a user" example:"auth0|ada"`
	Group rolekit.GroupID `json:"group,omitempty" doc:"or a group" example:"researchers"`
	Role  rolekit.RoleID  `json:"role" example:"bookkeeper"`
	From  *time.Time      `json:"from,omitempty" doc:"when it starts; where left out, it holds already"`
	Until *time.Time      `json:"until,omitempty" doc:"when it has ended; where left out, it does not end"`
}

type editAssignmentsInput struct {
	param.OrgPath

	Body struct {
		Give []given `json:"give,omitempty" nullable:"false" maxItems:"1000" doc:"takes the place of when they were given that role before"`
		Take []taken `json:"take,omitempty" nullable:"false" maxItems:"1000" doc:"whenever it held; taking what is not held changes nothing"`
	} `nameHint:"Assignments"`
}

func (s *server) editAssignments(ctx context.Context, by caller, in *editAssignmentsInput) (*struct{}, error) {
	give := make([]rolekit.Assignment, len(in.Body.Give))
	for i, g := range in.Body.Give {
		during, err := (&period{g.From, g.Until}).period()
		if err != nil {
			return nil, inLine(fmt.Sprintf("give[%d]", i), err)
		}
		give[i] = rolekit.Assignment{User: g.User, Group: g.Group, Role: g.Role, Period: during}
	}
	return nil, by.EditAssignments(ctx, in.Org, give, each(in.Body.Take, taken.assignment))
}
