package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) reviewOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-reviews", Method: http.MethodGet, Path: "/v1/orgs/{org}/reviews", Tags: []string{tagRoles},
		Errors:  []int{403, 404},
		Summary: "List new permissions that wait in custom roles",
		Description: "Permissions of a role's profile that came after the organisation's own role was made, that the role does not give, and about which " +
			"nobody has decided, sorted by role and permission. It needs iam.roles:read.",
	}, s.listReviews)
	changing(s, huma.Operation{
		OperationID: "decide-review", Method: http.MethodPut, Path: "/v1/orgs/{org}/reviews/{role}/{permission}", Tags: []string{tagRoles},
		Errors:  []int{400, 403, 404, 409, 413, 415},
		Summary: "Grant a new permission to a custom role, or decline that",
		Description: "Either way it waits no longer. To say the same again changes nothing; what was declined can be granted later. It needs iam.roles:write " +
			"and, to grant it, the permission itself.",
	}, s.decideReview)
}

type review struct {
	Role       rolekit.RoleID     `json:"role" example:"bookkeeper"`
	Permission rolekit.Permission `json:"permission" doc:"that the role does not grant as long as it waits" example:"reports:export"`
	Access     []rolekit.Access   `json:"access" nullable:"false" doc:"with which it can be granted; set stands for every set:<id>" example:"[\"any\",\"own\"]"`
	Since      rolekit.Revision   `json:"since" doc:"the id of the audit event with which the permission came" example:"17"`
}

func reviewOf(r rolekit.Review) review { return review{r.Role, r.Permission, r.Access, r.Since} }

type listReviewsInput struct {
	param.OrgPath
	param.ReviewListing
}

func (s *server) listReviews(ctx context.Context, by caller, in *listReviewsInput) (*output[list[review]], error) {
	query, cursor, err := in.Listing()
	if err != nil {
		return nil, err
	}
	reviews, err := by.Reviews(ctx, in.Org, query)
	if err != nil {
		return nil, err
	}
	return &output[list[review]]{page(each(reviews, reviewOf), in.Limit, func(r review) string { return cursor(r.Role, r.Permission) })}, nil
}

type decideReviewInput struct {
	param.ReviewPath

	Body reviewDecision
}

type reviewDecision struct {
	Decision string         `json:"decision" enum:"grant,decline"`
	Access   rolekit.Access `json:"access,omitempty" maxLength:"67" doc:"with which it is granted; any where left out" example:"own"`
}

func (s *server) decideReview(ctx context.Context, by caller, in *decideReviewInput) (*tagged[role], error) {
	decision := rolekit.ReviewDecision{Grant: in.Body.Decision == "grant", Access: in.Body.Access}
	r, err := by.DecideReview(ctx, in.Org, in.Role, in.Permission, decision)
	if err != nil {
		return nil, err
	}
	return taggedRole(r), nil
}
