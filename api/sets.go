package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagSets = "Resource sets"

func (s *server) setOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-sets", Method: http.MethodGet, Path: "/v1/orgs/{org}/sets", Tags: []string{tagSets},
		Errors:      []int{403, 404},
		Summary:     "List resource sets",
		Description: "The organisation's own and its ancestors'. It needs iam.roles:read.",
	}, s.listSets)
	guarded(s, huma.Operation{
		OperationID: "get-set", Method: http.MethodGet, Path: "/v1/orgs/{org}/sets/{set}", Tags: []string{tagSets},
		Errors:      []int{403, 404},
		Summary:     "Get a resource set",
		Description: "Without what is in it. It needs iam.roles:read.",
	}, s.getSet)
	creating(s, huma.Operation{
		OperationID: "put-set", Method: http.MethodPut, Path: "/v1/orgs/{org}/sets/{set}", Tags: []string{tagSets},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary:     "Create a resource set, or change its label and description",
		Description: "What is in it stays. Without If-Match it is only created: 201; with it, only changed. It needs iam.roles:write.",
	}, s.putSet)
	changing(s, huma.Operation{
		OperationID: "delete-set", Method: http.MethodDelete, Path: "/v1/orgs/{org}/sets/{set}", Tags: []string{tagSets},
		Errors:      []int{403, 404, 409, 412, 428},
		Summary:     "Delete a resource set",
		Description: "One that a custom role's grant reaches as far as is in use. It needs iam.roles:write.",
	}, s.deleteSet)
	s.setResourceOperations()
}

type set struct {
	ID          rolekit.SetID    `json:"id" example:"marketing"`
	Org         rolekit.OrgID    `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string           `json:"label" doc:"for people" example:"Marketing"`
	Description string           `json:"description" example:"What the summer interns may see"`
	Revision    rolekit.Revision `json:"revision" doc:"when it, or what is in it, last changed; also in its ETag" example:"42"`
}

func setOf(s rolekit.ResourceSet) set { return set{s.ID, s.Org, s.Label, s.Description, s.Revision} }

func taggedSet(s rolekit.ResourceSet) *tagged[set] {
	return &tagged[set]{param.ETag(s.Revision), setOf(s)}
}

type listSetsInput struct {
	param.OrgPath
	param.Listing
}

func (s *server) listSets(ctx context.Context, by caller, in *listSetsInput) (*output[list[set]], error) {
	listing, cursor, err := in.Listing.Listing()
	if err != nil {
		return nil, err
	}
	sets, err := by.Sets(ctx, in.Org, listing)
	if err != nil {
		return nil, err
	}
	return &output[list[set]]{page(each(sets, setOf), in.Limit, func(s set) string { return cursor(string(s.ID), s.Label) })}, nil
}

func (s *server) getSet(ctx context.Context, by caller, in *param.SetPath) (*tagged[set], error) {
	found, err := by.Set(ctx, in.Org, in.Set)
	return taggedSet(found), err
}

type putSetInput struct {
	param.SetPath
	param.Matching

	Body naming
}

func (s *server) putSet(ctx context.Context, by caller, in *putSetInput) (*put[set], error) {
	return ifMatch(in, func(seen rolekit.Revision) (*put[set], error) {
		made, err := by.PutSet(ctx, in.Org, rolekit.SetSpec{ID: in.Set, Label: in.Body.Label, Description: in.Body.Description}, seen)
		return putting(s, seen, setOf(made), made.Revision, "orgs", string(in.Org), "sets", string(in.Set)), err
	})
}

type deleteSetInput struct {
	param.SetPath
	param.IfMatch
}

func (s *server) deleteSet(ctx context.Context, by caller, in *deleteSetInput) (*struct{}, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*struct{}, error) { return nil, by.DeleteSet(ctx, in.Org, in.Set, seen) })
}
