package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagOrgs = "Organisations"

func (s *server) orgOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-orgs", Method: http.MethodGet, Path: "/v1/orgs", Tags: []string{tagOrgs},
		Summary:     "List organisations",
		Description: "Those that the caller belongs to; all of them for operators. To draw a tree, ask for the tops, and for what is below each.",
	}, s.listOrgs)
	changing(s, huma.Operation{
		OperationID: "create-org", Method: http.MethodPost, Path: "/v1/orgs", Tags: []string{tagOrgs},
		DefaultStatus: http.StatusCreated, Errors: []int{400, 403, 404, 409, 413, 415},
		Summary:     "Create an organisation",
		Description: "Under a parent it needs iam.orgs:write there; at the root only operators may. Its creator gets the catalog's creator role.",
	}, s.createOrg)
	guarded(s, huma.Operation{
		OperationID: "get-org", Method: http.MethodGet, Path: "/v1/orgs/{org}", Tags: []string{tagOrgs},
		Errors:      []int{403, 404},
		Summary:     "Get an organisation",
		Description: "For those who belong to it, and operators.",
	}, s.getOrg)
	guarded(s, huma.Operation{
		OperationID: "get-org-tree", Method: http.MethodGet, Path: "/v1/orgs/{org}/tree", Tags: []string{tagOrgs},
		Errors:  []int{403, 404},
		Summary: "Get an organisation with those below it",
		Description: "As deep and as many as asked for, filled level by level. Where child_count says that there are more than children holds, " +
			"ask for the tree of that organisation, or list what is below it. For those who belong to it, and operators.",
	}, s.getOrgTree)
	changing(s, huma.Operation{
		OperationID: "update-org", Method: http.MethodPatch, Path: "/v1/orgs/{org}", Tags: []string{tagOrgs},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary:     "Change an organisation's label",
		Description: "It needs iam.orgs:write there.",
	}, s.updateOrg)
	changing(s, huma.Operation{
		OperationID: "move-org", Method: http.MethodPost, Path: "/v1/orgs/{org}/move", Tags: []string{tagOrgs},
		Errors:  []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary: "Hang an organisation under another parent",
		Description: "With all below it. It needs iam.orgs:write in it and in the new parent (at the root: as an operator), " +
			"and everything that anybody gains in it by what the new parent and those above say.",
	}, s.moveOrg)
	making(s, huma.Operation{
		OperationID: "delete-org", Method: http.MethodDelete, Path: "/v1/orgs/{org}", Tags: []string{tagOrgs},
		Errors:  []int{403, 404, 409, 412, 428},
		Summary: "Delete an organisation",
		Description: "With its roles, members, groups and resource sets; its audit log stays, for operators. One that has organisations below it is in use, " +
			"unless descendants says that they go along. It needs iam.orgs:write there, or as an operator.",
	}, s.deleteOrg)
}

type listOrgsInput struct {
	param.Listing

	Parent rolekit.OrgID `query:"parent" doc:"only those right below this one" example:"lawns"`
	Tops   bool          `query:"tops" doc:"only those whose parent the caller does not see"`
}

// Check implements checked.
func (in *listOrgsInput) Check() error {
	if in.Parent == "" {
		return nil
	}
	return in.Parent.Validate()
}

func (s *server) listOrgs(ctx context.Context, by caller, in *listOrgsInput) (*output[list[org]], error) {
	listing, cursor, err := in.Listing.Listing(string(in.Parent), strconv.FormatBool(in.Tops))
	if err != nil {
		return nil, err
	}
	orgs, err := by.Orgs(ctx, rolekit.OrgQuery{Listing: listing, Parent: in.Parent, Tops: in.Tops})
	if err != nil {
		return nil, err
	}
	return &output[list[org]]{page(each(orgs, orgOf), in.Limit, func(o org) string { return cursor(string(o.ID), o.Label) })}, nil
}

type newOrg struct {
	ID     rolekit.OrgID `json:"id" doc:"1 to 63 characters of a-z, 0-9, dot, underscore and hyphen" example:"tom"`
	Label  string        `json:"label,omitempty" doc:"for people; the id where left out" example:"Tom's Lawn Care"`
	Parent rolekit.OrgID `json:"parent,omitempty" doc:"the organisation that it is part of" example:"lawns"`
}

type createOrgInput struct{ Body newOrg }

// Check implements checked; the rest of the body is the manager's to check.
func (in *createOrgInput) Check() error {
	if in.Body.Parent == "" {
		return nil
	}
	return in.Body.Parent.Validate()
}

// Concerns is the parent, by whose policy it is decided.
func (in *createOrgInput) Concerns() rolekit.OrgID { return in.Body.Parent }

// Changes is the new organisation.
func (in *createOrgInput) Changes() rolekit.OrgID { return in.Body.ID }

type createdOrg struct {
	ETag     string `header:"ETag" doc:"for If-Match"`
	Location string `header:"Location" doc:"where it is"`
	Body     org
}

func (s *server) createOrg(ctx context.Context, by caller, in *createOrgInput) (*createdOrg, error) {
	created, err := by.CreateOrg(ctx, rolekit.NewOrg{ID: in.Body.ID, Label: in.Body.Label, Parent: in.Body.Parent})
	if err != nil {
		return nil, err
	}
	return &createdOrg{param.ETag(created.Revision), s.location("orgs", string(created.ID)), orgOf(created)}, nil
}

func taggedOrg(o rolekit.Org) *tagged[org] { return &tagged[org]{param.ETag(o.Revision), orgOf(o)} }

func (s *server) getOrg(ctx context.Context, by caller, in *param.OrgPath) (*tagged[org], error) {
	o, err := by.Org(ctx, in.Org)
	return taggedOrg(o), err
}

type orgTree struct {
	ID         rolekit.OrgID `json:"id" example:"tom"`
	Label      string        `json:"label" doc:"for people" example:"Tom's Lawn Care"`
	Parent     rolekit.OrgID `json:"parent,omitempty" doc:"absent at the root" example:"lawns"`
	CreatedAt  time.Time     `json:"created_at"`
	Children   []orgTree     `json:"children" nullable:"false" doc:"sorted by id, as far as depth and limit let them through"`
	ChildCount int           `json:"child_count" doc:"how many are right below it, also those left out" example:"2"`

	Revision rolekit.Revision `json:"revision" doc:"its ETag, without the quotes" example:"42"`
}

func orgTreeOf(t rolekit.OrgTree) orgTree {
	return orgTree{t.ID, t.Label, t.Parent, t.CreatedAt, each(t.Children, orgTreeOf), t.ChildCount, t.Revision}
}

type getOrgTreeInput struct {
	param.OrgPath

	Depth int `query:"depth" minimum:"1" maximum:"16" default:"3" doc:"how many levels below the first"`
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"at most this many organisations in all"`
}

func (s *server) getOrgTree(ctx context.Context, by caller, in *getOrgTreeInput) (*output[orgTree], error) {
	tree, err := by.OrgTree(ctx, in.Org, rolekit.TreeBounds{Depth: in.Depth, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &output[orgTree]{orgTreeOf(tree)}, nil
}

type updateOrgInput struct {
	param.OrgPath
	param.IfMatch

	Body struct {
		Label string `json:"label" doc:"for people; the id where empty" example:"Tom's Lawn Care"`
	} `nameHint:"OrgPatch"`
}

func (s *server) updateOrg(ctx context.Context, by caller, in *updateOrgInput) (*tagged[org], error) {
	o, err := ifMatch(in, func(seen rolekit.Revision) (rolekit.Org, error) {
		return by.UpdateOrg(ctx, in.Org, in.Body.Label, seen)
	})
	return taggedOrg(o), err
}

type moveOrgInput struct {
	param.OrgPath
	param.IfMatch

	Body struct {
		Parent rolekit.OrgID `json:"parent" doc:"the organisation that it is to be part of; empty for the root" example:"lawns"`
	} `nameHint:"Move"`
}

// Check implements checked.
func (in *moveOrgInput) Check() error {
	if err := in.OrgPath.Check(); err != nil || in.Body.Parent == "" {
		return err
	}
	return in.Body.Parent.Validate()
}

func (s *server) moveOrg(ctx context.Context, by caller, in *moveOrgInput) (*tagged[org], error) {
	o, err := ifMatch(in, func(seen rolekit.Revision) (rolekit.Org, error) { return by.MoveOrg(ctx, in.Org, in.Body.Parent, seen) })
	return taggedOrg(o), err
}

type deleteOrgInput struct {
	param.OrgPath
	param.IfMatch

	Descendants bool `query:"descendants" doc:"take the organisations below along"`
}

func (s *server) deleteOrg(ctx context.Context, by caller, in *deleteOrgInput) (*struct{}, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*struct{}, error) {
		return nil, by.DeleteOrg(ctx, in.Org, rolekit.DeleteOptions{Descendants: in.Descendants, IfRevision: seen})
	})
}

// location returns the path of a thing under /v1.
func (s *server) location(parts ...string) string {
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.TrimSuffix(s.base, "/") + "/v1/" + strings.Join(parts, "/")
}
