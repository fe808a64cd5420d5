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
	changing(s, huma.Operation{
		OperationID: "put-set", Method: http.MethodPut, Path: "/v1/orgs/{org}/sets/{set}", Tags: []string{tagSets},
		Errors:      []int{400, 403, 404, 409, 412, 413, 415},
		Summary:     "Create a resource set, or change its label and description",
		Description: "What is in it stays. With If-Match, one that is not there is not created. It needs iam.roles:write.",
	}, s.putSet)
	changing(s, huma.Operation{
		OperationID: "delete-set", Method: http.MethodDelete, Path: "/v1/orgs/{org}/sets/{set}", Tags: []string{tagSets},
		Errors:      []int{403, 404, 409, 412},
		Summary:     "Delete a resource set",
		Description: "One that a custom role's grant reaches as far as is in use. It needs iam.roles:write.",
	}, s.deleteSet)
	s.setResourceOperations()
}

func (s *server) setResourceOperations() {
	guarded(s, huma.Operation{
		OperationID: "list-set-resources", Method: http.MethodGet, Path: "/v1/orgs/{org}/sets/{set}/resources", Tags: []string{tagSets},
		Errors:      []int{403, 404},
		Summary:     "List what is in a resource set",
		Description: "Sorted, byte for byte. To replace it as a whole, send the ETag of the first page. It needs iam.roles:read.",
	}, s.listResources)
	changing(s, huma.Operation{
		OperationID: "replace-set-resources", Method: http.MethodPut, Path: "/v1/orgs/{org}/sets/{set}/resources", Tags: []string{tagSets},
		Errors:  []int{400, 403, 404, 409, 412, 413, 415},
		Summary: "Replace what is in a resource set",
		Description: "At once: nobody sees it half replaced. It needs iam.roles:write, and for resources that are new to the set " +
			"everything that roles grant within it.",
	}, s.replaceResources)
	changing(s, huma.Operation{
		OperationID: "add-resource-to-set", Method: http.MethodPut, Path: "/v1/orgs/{org}/sets/{set}/resources/{resource}", Tags: []string{tagSets},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a resource into a set",
		Description: "Adding one that is there changes nothing. It needs iam.roles:write, and everything that roles grant within the set.",
	}, s.addResource)
	changing(s, huma.Operation{
		OperationID: "remove-resource-from-set", Method: http.MethodDelete, Path: "/v1/orgs/{org}/sets/{set}/resources/{resource}", Tags: []string{tagSets},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a resource out of a set",
		Description: "Removing one that is not there changes nothing. It needs iam.roles:write.",
	}, s.removeResource)
}

type set struct {
	ID          rolekit.SetID    `json:"id" example:"marketing"`
	Org         rolekit.OrgID    `json:"org" doc:"where it is defined; it holds in the organisations below too" example:"heap"`
	Label       string           `json:"label" doc:"for people" example:"Marketing"`
	Description string           `json:"description"`
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
	listing, err := in.Listing.Listing()
	if err != nil {
		return nil, err
	}
	sets, err := by.Sets(ctx, in.Org, listing)
	if err != nil {
		return nil, err
	}
	return &output[list[set]]{page(each(sets, setOf), in.Limit, func(s set) string { return in.Cursor(string(s.ID), s.Label) })}, nil
}

func (s *server) getSet(ctx context.Context, by caller, in *param.SetPath) (*tagged[set], error) {
	found, err := by.Set(ctx, in.Org, in.Set)
	return taggedSet(found), err
}

type putSetInput struct {
	param.SetPath
	param.IfMatch

	Body naming
}

func (s *server) putSet(ctx context.Context, by caller, in *putSetInput) (*tagged[set], error) {
	changed, err := ifMatch(in.IfMatch, by.setNow(ctx, in.SetPath), func(seen rolekit.Revision) (rolekit.ResourceSet, error) {
		return by.PutSet(ctx, in.Org, rolekit.SetSpec{ID: in.Set, Label: in.Body.Label, Description: in.Body.Description}, seen)
	})
	return taggedSet(changed), err
}

type deleteSetInput struct {
	param.SetPath
	param.IfMatch
}

func (s *server) deleteSet(ctx context.Context, by caller, in *deleteSetInput) (*struct{}, error) {
	return ifMatch(in.IfMatch, by.setNow(ctx, in.SetPath), func(seen rolekit.Revision) (*struct{}, error) {
		return nil, by.DeleteSet(ctx, in.Org, in.Set, seen)
	})
}

// setNow returns a function that tells the revision that the set is at.
func (by caller) setNow(ctx context.Context, at param.SetPath) func() (rolekit.Revision, error) {
	return func() (rolekit.Revision, error) {
		s, err := by.Set(ctx, at.Org, at.Set)
		return s.Revision, err
	}
}

type listResourcesInput struct {
	param.SetPath
	param.Page
}

// listResources reads the tag before the resources: one that is too old makes a
// change fail that could have been made, one too new would lose somebody's.
func (s *server) listResources(ctx context.Context, by caller, in *listResourcesInput) (*tagged[list[rolekit.ResourceID]], error) {
	of, err := by.Set(ctx, in.Org, in.Set)
	if err != nil {
		return nil, err
	}
	ids, err := by.SetResources(ctx, in.Org, in.Set, rolekit.ResourceQuery{After: rolekit.ResourceID(in.After), Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	return &tagged[list[rolekit.ResourceID]]{
		param.ETag(of.Revision), page(ids, in.Limit, func(id rolekit.ResourceID) string { return string(id) }),
	}, nil
}

type replaceResourcesInput struct {
	param.SetPath
	param.IfMatch

	Body struct {
		Resources []rolekit.ResourceID `json:"resources" nullable:"false" doc:"all that is to be in it, in any order" example:"[\"project-7\"]"`
	} `nameHint:"Resources"`
}

func (s *server) replaceResources(ctx context.Context, by caller, in *replaceResourcesInput) (*struct{}, error) {
	return ifMatch(in.IfMatch, by.setNow(ctx, in.SetPath), func(seen rolekit.Revision) (*struct{}, error) {
		return nil, by.ReplaceResources(ctx, in.Org, in.Set, in.Body.Resources, seen)
	})
}

func (s *server) addResource(ctx context.Context, by caller, in *param.SetResourcePath) (*struct{}, error) {
	return nil, by.AddResources(ctx, in.Org, in.Set, in.Resource)
}

func (s *server) removeResource(ctx context.Context, by caller, in *param.SetResourcePath) (*struct{}, error) {
	return nil, by.RemoveResources(ctx, in.Org, in.Set, in.Resource)
}
