package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagSelf = "Self"

func (s *server) meOperations() {
	guarded(s, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/v1/me", Tags: []string{tagSelf},
		Errors: []int{403, 404}, Responses: unchangedResponse(),
		Summary: "Who am I?",
		Description: "The caller's organisations with their profiles and roles there; with org, also their profiles and permissions in that one, " +
			"by which a front end shows and hides. They act as the profile that the request asks for or, in org, the one they switched to " +
			"last, or their only one; while they must choose, they may do nothing. The ETag changes exactly when the answer does, whatever made it: a role " +
			"given or taken, one that begins or ends, a default role, one of an organisation above. Send it as If-None-Match, and 304 says that what you " +
			"have is true.",
	}, s.me)
	changing(s, huma.Operation{
		OperationID: "switch-profile", Method: http.MethodPut, Path: "/v1/me/profile", Tags: []string{tagSelf},
		Errors:  []int{400, 403, 413, 415},
		Summary: "Act as another of one's profiles",
		Description: "From now on, where a request does not say itself which one it is made as (by default in the header X-Profile). " +
			"One that the caller does not have in the organisation is refused.",
	}, s.switchProfile)
	guarded(s, huma.Operation{
		OperationID: "get-catalog", Method: http.MethodGet, Path: "/v1/catalog", Tags: []string{tagSelf},
		Summary:     "Get the catalog",
		Description: "What the developers declare: actions, objects, profiles, permissions and default roles. Roles are made of these.",
	}, s.catalog)
}

type membership struct {
	ID       rolekit.OrgID       `json:"id" example:"tom"`
	Label    string              `json:"label" example:"Tom's Lawn Care"`
	Profiles []rolekit.ProfileID `json:"profiles" nullable:"false" doc:"those that the caller can act as there" example:"[\"worker\"]"`
	Roles    []rolekit.RoleID    `json:"roles" nullable:"false" doc:"given there or in an ancestor" example:"[\"bookkeeper\"]"`
}

func membershipOf(m rolekit.Membership) membership {
	return membership{m.Org.ID, m.Org.Label, listed(m.Profiles), listed(m.Roles)}
}

type me struct {
	User        rolekit.UserID      `json:"user" example:"auth0|ada"`
	Profile     rolekit.ProfileID   `json:"profile,omitempty" doc:"the caller acts as; absent where they must choose one" example:"worker"`
	Orgs        []membership        `json:"orgs" nullable:"false" doc:"sorted by id"`
	Org         rolekit.OrgID       `json:"org,omitempty" doc:"the organisation of profiles and permissions" example:"tom"`
	Profiles    []rolekit.ProfileID `json:"profiles,omitzero" nullable:"false" doc:"those that the caller can act as in org" example:"[\"worker\"]"`
	Permissions []grant             `json:"permissions,omitzero" nullable:"false" doc:"what the caller may do in org as profile, implied actions spelled out"`
}

type meInput struct {
	param.IfNoneMatch

	Org rolekit.OrgID `query:"org" doc:"tell the profiles and permissions in this organisation too" example:"tom"`
}

// Check implements checked.
func (in *meInput) Check() error {
	if in.Org == "" {
		return nil
	}
	return in.Org.Validate()
}

// Concerns is the organisation that is asked about, if one is.
func (in *meInput) Concerns() rolekit.OrgID { return in.Org }

func (s *server) me(ctx context.Context, by caller, in *meInput) (*cached[me], error) {
	mine, err := s.about(ctx, by, in.Org)
	if err != nil {
		return nil, err
	}
	return cachedAs(mine, in.IfNoneMatch)
}

// about is what a caller is told of themselves.
func (s *server) about(ctx context.Context, by caller, org rolekit.OrgID) (*me, error) {
	memberships, err := s.kit.Memberships(ctx, by.who.User)
	if err != nil {
		return nil, err
	}
	answer := me{User: by.who.User, Profile: by.who.Profile, Orgs: each(memberships, membershipOf)}
	if org == "" {
		return &answer, nil
	}
	if _, err := by.Org(ctx, org); err != nil { // a stranger learns nothing
		return nil, err
	}
	mine, active, err := s.kit.Profiles(ctx, org, by.who.User)
	if err != nil {
		return nil, err
	}
	answer.Org, answer.Profiles, answer.Permissions = org, listed(mine), []grant{}
	if answer.Profile = cmp.Or(answer.Profile, active); answer.Profile == "" {
		return &answer, nil
	}
	grants, err := s.kit.Permissions(ctx, rolekit.Identity{User: by.who.User, Org: org, Profile: answer.Profile})
	if err != nil {
		return nil, err
	}
	answer.Permissions = each(grants, grantOf)
	return &answer, nil
}

type switchProfileInput struct {
	Body struct {
		Org     rolekit.OrgID     `json:"org" doc:"where to act so" example:"tom"`
		Profile rolekit.ProfileID `json:"profile" example:"worker"`
	} `nameHint:"ProfileChoice"`
}

// Check implements checked; the profile is the kit's to check.
func (in *switchProfileInput) Check() error { return in.Body.Org.Validate() }

// Concerns is the organisation to act in.
func (in *switchProfileInput) Concerns() rolekit.OrgID { return in.Body.Org }

func (s *server) switchProfile(ctx context.Context, by caller, in *switchProfileInput) (*struct{}, error) {
	return nil, by.SwitchProfile(ctx, in.Body.Org, in.Body.Profile)
}
