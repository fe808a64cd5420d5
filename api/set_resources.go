package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) setResourceOperations() {
	const resources, resource = "/v1/orgs/{org}/sets/{set}/resources", "/{resource}"
	guarded(s, huma.Operation{
		OperationID: "list-set-resources", Method: http.MethodGet, Path: resources, Tags: []string{tagSets},
		Errors:      []int{403, 404},
		Summary:     "List what is in a resource set",
		Description: "Sorted, byte for byte. To replace it as a whole, send the ETag of the first page. It needs iam.roles:read.",
	}, s.listResources)
	changing(s, huma.Operation{
		OperationID: "replace-set-resources", Method: http.MethodPut, Path: resources, Tags: []string{tagSets},
		Errors:  []int{400, 403, 404, 409, 412, 413, 415, 428},
		Summary: "Replace what is in a resource set",
		Description: "At once: nobody sees it half replaced. It needs iam.roles:write, and for resources that are new to the set " +
			"everything that roles grant within it.",
	}, s.replaceResources)
	changing(s, huma.Operation{
		OperationID: "add-set-resources", Method: http.MethodPost, Path: resources, Tags: []string{tagSets},
		Errors:  []int{400, 403, 404, 409, 413, 415},
		Summary: "Put resources into a set",
		Description: "All of them or none; adding what is there changes nothing. It needs iam.roles:write, and for resources that are new to the set " +
			"everything that roles grant within it.",
	}, s.addResources)
	changing(s, huma.Operation{
		OperationID: "add-resource-to-set", Method: http.MethodPut, Path: resources + resource, Tags: []string{tagSets},
		Errors:      []int{403, 404, 409},
		Summary:     "Put a resource into a set",
		Description: "Adding one that is there changes nothing. It needs iam.roles:write, and everything that roles grant within the set.",
	}, s.addResource)
	changing(s, huma.Operation{
		OperationID: "remove-resource-from-set", Method: http.MethodDelete, Path: resources + resource, Tags: []string{tagSets},
		Errors:      []int{403, 404, 409},
		Summary:     "Take a resource out of a set",
		Description: "Removing one that is not there changes nothing. It needs iam.roles:write.",
	}, s.removeResource)
}

type listResourcesInput struct {
	param.SetPath
	param.Page

	Prefix string `query:"prefix" maxLength:"100" doc:"only resources whose id begins so" example:"project-"`
}

// listResources reads the tag before the resources: one that is too old makes a
// change fail that could have been made, one too new would lose somebody's.
func (s *server) listResources(ctx context.Context, by caller, in *listResourcesInput) (*tagged[list[rolekit.ResourceID]], error) {
	of, err := by.Set(ctx, in.Org, in.Set)
	if err != nil {
		return nil, err
	}
	ids, err := by.SetResources(ctx, in.Org, in.Set, rolekit.ResourceQuery{
		Prefix: in.Prefix, After: rolekit.ResourceID(in.After), Limit: in.Limit + 1,
	})
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

func (s *server) replaceResources(ctx context.Context, by caller, in *replaceResourcesInput) (*tag, error) {
	return ifMatch(in, func(seen rolekit.Revision) (*tag, error) {
		set, err := by.EditSet(ctx, in.Org, in.Set, rolekit.EditReplace, in.Body.Resources, seen)
		return taggedAs(set.Revision, err)
	})
}

type addResourcesInput struct {
	param.SetPath

	Body struct {
		Resources []rolekit.ResourceID `json:"resources" nullable:"false" maxItems:"1000" doc:"in any order" example:"[\"project-7\"]"`
	} `nameHint:"MoreResources"`
}

func (s *server) addResources(ctx context.Context, by caller, in *addResourcesInput) (*tag, error) {
	set, err := by.EditSet(ctx, in.Org, in.Set, rolekit.EditAdd, in.Body.Resources, rolekit.Whatever)
	return taggedAs(set.Revision, err)
}

func (s *server) addResource(ctx context.Context, by caller, in *param.SetResourcePath) (*tag, error) {
	set, err := by.EditSet(ctx, in.Org, in.Set, rolekit.EditAdd, []rolekit.ResourceID{in.Resource}, rolekit.Whatever)
	return taggedAs(set.Revision, err)
}

func (s *server) removeResource(ctx context.Context, by caller, in *param.SetResourcePath) (*tag, error) {
	set, err := by.EditSet(ctx, in.Org, in.Set, rolekit.EditRemove, []rolekit.ResourceID{in.Resource}, rolekit.Whatever)
	return taggedAs(set.Revision, err)
}
