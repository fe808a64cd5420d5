package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

func (s *server) effectiveOperation() {
	guarded(s, huma.Operation{
		OperationID: "list-member-permissions", Method: http.MethodGet, Path: "/v1/orgs/{org}/members/{user}/permissions", Tags: []string{tagMembers},
		Errors:  []int{403, 404},
		Summary: "List what a user may do, and where it comes from",
		Description: "By which roles, groups and baselines, given in which organisation, and until when: what what-can lists, with its sources. " +
			"About others it needs iam.members:read; about oneself, to belong to the organisation.",
	}, s.effective)
}

type effectiveInput struct {
	param.MemberPath

	Profile rolekit.ProfileID `query:"profile" doc:"only what they may as this one" example:"worker"`
}

type effective struct {
	Items    []effectiveGrant `json:"items" nullable:"false" doc:"sorted by profile, permission and access, the widest first; all at once"`
	Revision rolekit.Revision `json:"revision" doc:"of the organisation's policy that says so" example:"42"`
}

type effectiveGrant struct {
	Profile    rolekit.ProfileID  `json:"profile" example:"worker"`
	Permission rolekit.Permission `json:"permission" example:"invoices:read"`
	Access     rolekit.Access     `json:"access" example:"any"`
	Sources    []source           `json:"sources" nullable:"false" doc:"up to ten ways by which they have it now, the shortest first"`
	More       bool               `json:"more,omitempty" doc:"there are more ways than these, or may be"`
}

type source struct {
	Steps []step     `json:"steps" nullable:"false" doc:"from the user to who has the grant"`
	Grant grant      `json:"grant" doc:"which may imply the permission"`
	From  *time.Time `json:"from,omitempty" doc:"since when the way holds; absent where its steps say no start"`
	Until *time.Time `json:"until,omitempty" doc:"when it has ended; absent: never"`
}

func effectiveGrantOf(e rolekit.EffectiveGrant) effectiveGrant {
	return effectiveGrant{e.Profile, e.Permission, e.Access, each(e.Sources, sourceOf), e.More}
}

func sourceOf(by rolekit.Source) source {
	way := pathOf(by.Path)
	return source{way.Steps, way.Grant, optional(by.From), optional(by.Until)}
}

func (s *server) effective(ctx context.Context, by caller, in *effectiveInput) (*output[effective], error) {
	all, revision, err := by.Effective(ctx, in.Org, in.User, in.Profile)
	if err != nil {
		return nil, err
	}
	return &output[effective]{effective{each(all, effectiveGrantOf), revision}}, nil
}
