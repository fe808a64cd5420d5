package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) whoCanOperations() {
	guarded(s, huma.Operation{
		OperationID: "who-can", Method: http.MethodGet, Path: "/v1/orgs/{org}/who-can", Tags: []string{tagDecisions},
		Errors:  []int{403, 404},
		Summary: "List who may do something",
		Description: "Every user who may, by what the organisation or one above it gave them, and as which of their profiles, sorted by user, byte " +
			"for byte. With resource, owner or team, to a thing of which these are the facts: those whom no access reaches it for are left out, and " +
			"those whom only the application's own functions can tell about are marked as conditional. It needs iam.members:read.",
	}, s.whoCan)
	guarded(s, huma.Operation{
		OperationID: "what-can", Method: http.MethodGet, Path: "/v1/orgs/{org}/what-can", Tags: []string{tagDecisions},
		Errors:  []int{403, 404},
		Summary: "List what a user may do",
		Description: "As each of their profiles, with implied actions spelled out, sorted by profile and permission. About others it needs " +
			"iam.members:read; about oneself, to belong to the organisation.",
	}, s.whatCan)
}

type whoCanInput struct {
	param.OrgPath
	param.Page

	Permission rolekit.Permission `query:"permission" required:"true" doc:"what they may do" example:"invoices:write"`
	Profile    rolekit.ProfileID  `query:"profile" doc:"only what they may as this one" example:"worker"`
	Resource   rolekit.ResourceID `query:"resource" doc:"the id of what they may do it to, for access set:<id>" example:"project-7"`
	Owner      rolekit.UserID     `query:"owner" doc:"whose it is, for access own" example:"auth0|ada"`
	Team       rolekit.TeamID     `query:"team" doc:"which team's it is, for access team" example:"north"`
}

// Check implements checked; the rest is the manager's to check.
func (in *whoCanInput) Check() error {
	if err := in.OrgPath.Check(); err != nil {
		return err
	}
	return (resource{in.Resource, in.Owner, in.Team}).check()
}

func (in *whoCanInput) query() rolekit.WhoQuery {
	q := rolekit.WhoQuery{Permission: in.Permission, Profile: in.Profile, After: rolekit.UserID(in.After), Limit: in.Limit + 1}
	if facts := (rolekit.Facts{ID: in.Resource, Owner: in.Owner, Team: in.Team}); facts != (rolekit.Facts{}) {
		q.Resource = facts
	}
	return q
}

type reach struct {
	Access      rolekit.Access `json:"access" example:"own"`
	Conditional bool           `json:"conditional,omitempty" doc:"the application's own functions decide what it reaches, and were not asked"`
}

func reachOf(r rolekit.Reach) reach { return reach(r) }

type holder struct {
	User rolekit.UserID `json:"user" example:"auth0|ada"`
	As   []capacity     `json:"as" nullable:"false" doc:"one a profile that they may as, sorted"`
}

type capacity struct {
	Profile rolekit.ProfileID `json:"profile" example:"worker"`
	Access  []reach           `json:"access" nullable:"false" doc:"how far, widest first"`
}

func holderOf(h rolekit.Holder) holder {
	return holder{h.User, each(h.As, func(c rolekit.Capacity) capacity { return capacity{c.Profile, each(c.Reaches, reachOf)} })}
}

type whoCan struct {
	Items    []holder         `json:"items" nullable:"false"`
	Next     string           `json:"next,omitempty" doc:"pass it as after to get the next page; absent on the last"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy that says so; another page may be by another" example:"42"`
}

func (s *server) whoCan(ctx context.Context, by caller, in *whoCanInput) (*output[whoCan], error) {
	holders, revision, err := by.WhoCan(ctx, in.Org, in.query())
	if err != nil {
		return nil, err
	}
	l := page(each(holders, holderOf), in.Limit, func(h holder) string { return string(h.User) })
	return &output[whoCan]{whoCan{l.Items, l.Next, revision}}, nil
}

type whatCanInput struct {
	param.OrgPath

	User    rolekit.UserID    `query:"user" required:"true" doc:"whose permissions" example:"auth0|ada"`
	Profile rolekit.ProfileID `query:"profile" doc:"only what they may as this one" example:"worker"`
}

// Check implements checked.
func (in *whatCanInput) Check() error {
	if err := in.OrgPath.Check(); err != nil {
		return err
	}
	return in.User.Validate()
}

type right struct {
	Profile    rolekit.ProfileID  `json:"profile" example:"worker"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Access     []reach            `json:"access" nullable:"false" doc:"how far, widest first"`
}

type whatCan struct {
	Items    []right          `json:"items" nullable:"false" doc:"sorted by profile and permission, all at once: there are no more than the catalog has"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy that says so" example:"42"`
}

func rightOf(r rolekit.Right) right { return right{r.Profile, r.Permission, each(r.Reaches, reachOf)} }

func (s *server) whatCan(ctx context.Context, by caller, in *whatCanInput) (*output[whatCan], error) {
	rights, revision, err := by.WhatCan(ctx, in.Org, in.User, in.Profile)
	if err != nil {
		return nil, err
	}
	return &output[whatCan]{whatCan{each(rights, rightOf), revision}}, nil
}
