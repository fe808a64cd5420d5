package api

import (
	"context"
	"maps"
	"slices"

	"github.com/rolekit/rolekit"
)

type catalog struct {
	Actions     []action       `json:"actions" nullable:"false"`
	Objects     []object       `json:"objects" nullable:"false"`
	Profiles    []profile      `json:"profiles" nullable:"false"`
	Permissions []permission   `json:"permissions" nullable:"false"`
	Accesses    []access       `json:"accesses" nullable:"false" doc:"those that the application adds to any, team, own and set:<id>"`
	Roles       []catalogRole  `json:"roles" nullable:"false" doc:"the default ones as declared"`
	Baseline    []baseline     `json:"baseline" nullable:"false" doc:"what everybody has who has a profile, sorted by it"`
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
	Description string              `json:"description" example:"A client's own are those they have to pay"`
	Profiles    []rolekit.ProfileID `json:"profiles" nullable:"false" doc:"for which it is valid" example:"[\"worker\"]"`
	Access      []rolekit.Access    `json:"access" nullable:"false" doc:"a role's author picks of these; set is any set:<id>" example:"[\"any\",\"own\"]"`
	Operations  []string            `json:"operations" nullable:"false" doc:"routes that need it, where the catalog lists them" example:"[\"createInvoice\"]"`
}

type access struct {
	ID    rolekit.Access `json:"id" example:"friend"`
	Label string         `json:"label" example:"Of friends"`
}

type baseline struct {
	Profile rolekit.ProfileID `json:"profile" example:"worker"`
	Grants  []grant           `json:"grants" nullable:"false"`
}

type catalogRole struct {
	ID          rolekit.RoleID    `json:"id" example:"owner"`
	Label       string            `json:"label" example:"Owner"`
	Description string            `json:"description" example:"Keeps the books"`
	Profile     rolekit.ProfileID `json:"profile" example:"owner"`
	Grants      []grant           `json:"grants" nullable:"false"`
	Includes    []rolekit.RoleID  `json:"includes" nullable:"false"`
}

func (s *server) catalog(context.Context, caller, *struct{}) (*output[catalog], error) {
	c := s.kit.Catalog()
	return &output[catalog]{catalog{
		Actions:     each(c.Actions(), func(a rolekit.ActionInfo) action { return action{a.ID, a.Label, listed(a.Implies)} }),
		Objects:     each(c.Objects(), func(o rolekit.ObjectInfo) object { return object{o.ID, o.Label, listed(o.Actions)} }),
		Profiles:    each(c.Profiles(), profileOf),
		Permissions: each(c.Permissions(), permissionOf),
		Accesses:    each(c.Accesses(), func(a rolekit.AccessInfo) access { return access(a) }),
		Roles: each(c.DefaultRoles(), func(r rolekit.RoleSpec) catalogRole {
			return catalogRole{r.ID, r.Label, r.Description, r.Profile, each(r.Grants, grantOf), listed(r.Includes)}
		}),
		Baseline: baselines(c.Defaults().Baseline),
		Creator:  c.Creator(),
	}}, nil
}

func profileOf(p rolekit.ProfileInfo) profile { return profile(p) }

func permissionOf(p rolekit.PermissionInfo) permission {
	return permission{p.ID, p.Label, p.Description, listed(p.Profiles), listed(p.Access), listed(p.Operations)}
}

func baselines(byProfile map[rolekit.ProfileID][]rolekit.Grant) []baseline {
	return each(slices.Sorted(maps.Keys(byProfile)), func(p rolekit.ProfileID) baseline {
		return baseline{p, each(byProfile[p], grantOf)}
	})
}
