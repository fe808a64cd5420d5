package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
)

const tagSelf = "Self"

func (s *server) meOperations() {
	guarded(s, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/v1/me", Tags: []string{tagSelf},
		Errors:  []int{403, 404},
		Summary: "Who am I?",
		Description: "The caller's organisations with their profiles and roles there; with org, also their permissions in that one, " +
			"by which a front end shows and hides.",
	}, s.me)
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
	User        rolekit.UserID    `json:"user" example:"auth0|ada"`
	Profile     rolekit.ProfileID `json:"profile,omitempty" doc:"the one the caller acts as, where they chose" example:"worker"`
	Orgs        []membership      `json:"orgs" nullable:"false" doc:"sorted by id"`
	Org         rolekit.OrgID     `json:"org,omitempty" doc:"the organisation of permissions" example:"tom"`
	Permissions []grant           `json:"permissions,omitzero" nullable:"false" doc:"what the caller may do in org, implied actions spelled out"`
}

type meInput struct {
	Org rolekit.OrgID `query:"org" doc:"tell the permissions in this organisation too" example:"tom"`
}

// Check implements checked.
func (in *meInput) Check() error {
	if in.Org == "" {
		return nil
	}
	return in.Org.Validate()
}

func (s *server) me(ctx context.Context, by caller, in *meInput) (*output[me], error) {
	answer := me{
		User: by.who.User, Profile: by.who.Profile,
		Orgs: each(s.kit.Memberships(ctx, by.who.User), membershipOf),
	}
	if in.Org == "" {
		return &output[me]{answer}, nil
	}
	if _, err := by.Org(ctx, in.Org); err != nil { // a stranger learns nothing
		return nil, err
	}
	grants, err := s.kit.Permissions(ctx, rolekit.Identity{User: by.who.User, Org: in.Org, Profile: by.who.Profile})
	if err != nil {
		return nil, err
	}
	answer.Org, answer.Permissions = in.Org, each(grants, grantOf)
	return &output[me]{answer}, nil
}

type catalog struct {
	Actions     []action       `json:"actions" nullable:"false"`
	Objects     []object       `json:"objects" nullable:"false"`
	Profiles    []profile      `json:"profiles" nullable:"false"`
	Permissions []permission   `json:"permissions" nullable:"false"`
	Roles       []catalogRole  `json:"roles" nullable:"false" doc:"the default ones as declared"`
	Creator     rolekit.RoleID `json:"creator,omitempty" doc:"the role that the creator of an organisation gets" example:"owner"`
}

type action struct {
	ID      rolekit.ActionID   `json:"id" example:"write"`
	Label   string             `json:"label" example:"Write"`
	Implies []rolekit.ActionID `json:"implies" nullable:"false" doc:"directly" example:"[\"read\"]"`
}

type object struct {
	ID      rolekit.ObjectID   `json:"id" example:"invoices"`
	Label   string             `json:"label" example:"Invoices"`
	Actions []rolekit.ActionID `json:"actions" nullable:"false" example:"[\"read\",\"write\"]"`
}

type profile struct {
	ID    rolekit.ProfileID `json:"id" example:"worker"`
	Label string            `json:"label" example:"Worker"`
}

type permission struct {
	ID          rolekit.Permission  `json:"id" example:"invoices:write"`
	Label       string              `json:"label" example:"Write invoices"`
	Description string              `json:"description"`
	Profiles    []rolekit.ProfileID `json:"profiles" nullable:"false" doc:"for which it is valid" example:"[\"worker\"]"`
	Access      []rolekit.Access    `json:"access" nullable:"false" doc:"which a role's author may pick" example:"[\"any\",\"own\"]"`
}

type catalogRole struct {
	ID          rolekit.RoleID    `json:"id" example:"owner"`
	Label       string            `json:"label" example:"Owner"`
	Description string            `json:"description"`
	Profile     rolekit.ProfileID `json:"profile" example:"owner"`
	Grants      []grant           `json:"grants" nullable:"false"`
	Includes    []rolekit.RoleID  `json:"includes" nullable:"false"`
}

func (s *server) catalog(context.Context, caller, *struct{}) (*output[catalog], error) {
	c := s.kit.Catalog()
	return &output[catalog]{catalog{
		Actions:  each(c.Actions(), func(a rolekit.ActionInfo) action { return action{a.ID, a.Label, listed(a.Implies)} }),
		Objects:  each(c.Objects(), func(o rolekit.ObjectInfo) object { return object{o.ID, o.Label, listed(o.Actions)} }),
		Profiles: each(c.Profiles(), func(p rolekit.ProfileInfo) profile { return profile(p) }),
		Permissions: each(c.Permissions(), func(p rolekit.PermissionInfo) permission {
			return permission{p.ID, p.Label, p.Description, listed(p.Profiles), listed(p.Access)}
		}),
		Roles: each(c.DefaultRoles(), func(r rolekit.RoleSpec) catalogRole {
			return catalogRole{r.ID, r.Label, r.Description, r.Profile, each(r.Grants, grantOf), listed(r.Includes)}
		}),
		Creator: c.Creator(),
	}}, nil
}
