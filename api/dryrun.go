package api

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
)

// dryRun is the query's parameter that asks what a change would do.
const dryRun = "dry_run"

// metaDryRun is what an operation's metadata say where it can be asked so.
const metaDryRun = "dry run"

// preview is the answer to a dry run of any change.
type preview struct {
	DryRun  bool         `json:"dry_run" doc:"always true: nothing was changed" example:"true"`
	Effects []effect     `json:"effects" nullable:"false" doc:"at most 1000, sorted by org, user, profile, permission, access, change and start"`
	Orgs    []orgEffects `json:"orgs" nullable:"false" doc:"in which somebody would gain or lose something, at most 1000, sorted"`
	Gained  int          `json:"gained" doc:"how many effects are gains, in effects or not" example:"2"`
	Lost    int          `json:"lost" doc:"how many effects are losses, in effects or not" example:"1"`
	LeftOut int          `json:"left_out" doc:"how many effects are not in effects: they are too many, or the caller may not read the members there" example:"0"` //nolint:lll // a tag is one line

	OrgsLeftOut int `json:"orgs_left_out" doc:"how many organisations are not in orgs, as they are too many; their effects are counted" example:"0"`
	OrgsUnseen  int `json:"orgs_unseen" doc:"how many organisations were not looked at, as too many users are concerned; their effects are not counted" example:"0"` //nolint:lll // a tag is one line
}

type effect struct {
	Org        rolekit.OrgID      `json:"org" example:"tom"`
	User       rolekit.UserID     `json:"user" example:"auth0|ada"`
	Profile    rolekit.ProfileID  `json:"profile" doc:"as which they would have it, or not have it any more" example:"worker"`
	Permission rolekit.Permission `json:"permission" example:"invoices:write"`
	Access     rolekit.Access     `json:"access" doc:"how far it reaches; what reaches less far than what they hold makes no difference" example:"any"`
	Change     string             `json:"change" enum:"gained,lost"`
	From       *time.Time         `json:"from,omitempty" doc:"when it begins to make a difference; absent: with the change"`
	Until      *time.Time         `json:"until,omitempty" doc:"when it makes none any more; absent: never"`
}

type orgEffects struct {
	Org    rolekit.OrgID `json:"org" example:"tom"`
	Users  int           `json:"users" doc:"who would gain or lose something" example:"1"`
	Gained int           `json:"gained" doc:"how many effects are gains, in effects or not" example:"2"`
	Lost   int           `json:"lost" doc:"how many effects are losses, in effects or not" example:"1"`
	Hidden bool          `json:"hidden" doc:"the caller may not read the members there, and is told of no effects but their own" example:"false"`
}

func previewOf(p rolekit.Preview) preview {
	return preview{
		DryRun: true, Effects: each(p.Effects, effectOf), Gained: p.Gained, Lost: p.Lost, LeftOut: p.LeftOut,
		Orgs:        each(p.Orgs, func(o rolekit.OrgEffects) orgEffects { return orgEffects(o) }),
		OrgsLeftOut: p.OrgsLeftOut, OrgsUnseen: p.OrgsUnseen,
	}
}

func effectOf(e rolekit.Effect) effect {
	change := "gained"
	if e.Lost {
		change = "lost"
	}
	return effect{e.Org, e.User, e.Profile, e.Permission, e.Access, change, optional(e.From), optional(e.Until)}
}

// making adds an operation that changes something: how many of them somebody may
// ask for is limited, and each can be asked for as a dry run.
func making[I, O any](s *server, op huma.Operation, do func(context.Context, caller, *I) (*O, error)) {
	describeDryRun(&op)
	guarded(s, s.limited(op), func(ctx context.Context, by caller, in *I) (*O, error) {
		if !requestOf(ctx).dry {
			return do(ctx, by, in)
		}
		p, err := by.Preview(ctx, func(m *rolekit.Manager) error {
			_, err := do(ctx, caller{m, by.who}, in)
			return err
		})
		if err != nil {
			return nil, err
		}
		return nil, &rehearsed{previewOf(p)}
	})
}

// rehearsed is the answer to a dry run on its way through Huma, which knows of each
// operation just one kind of answer that is no error.
type rehearsed struct{ preview preview }

// Error implements error.
func (*rehearsed) Error() string { return "nothing was changed" }

// GetStatus implements huma.StatusError.
func (*rehearsed) GetStatus() int { return http.StatusOK }

// readDryRun takes the parameter out of the query, of operations that have it.
func (r *request) readDryRun() *failure {
	if r.Operation().Metadata[metaDryRun] == nil {
		return nil
	}
	asked := r.humaContext.URL()
	values := asked.Query()[dryRun]
	if len(values) == 0 || slices.Equal(values, []string{"false"}) {
		return nil
	}
	if r.dry = slices.Equal(values, []string{"true"}); !r.dry {
		return &failure{Problem: invalidRequest([]problem.FieldError{{Location: "query." + dryRun, Message: "expected true or false, once"}})}
	}
	return nil
}

// URL returns the request's, without what was read of it already: Huma refuses
// parameters that are no field of an operation's input.
func (r *request) URL() url.URL {
	u := r.humaContext.URL()
	if r.Operation().Metadata[metaDryRun] != nil {
		query := u.Query()
		query.Del(dryRun)
		u.RawQuery = query.Encode()
	}
	return u
}

// describeDryRun documents the parameter.
func describeDryRun(op *huma.Operation) {
	op.Metadata = maps.Clone(op.Metadata)
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[metaDryRun] = true
	op.Parameters = append(slices.Clone(op.Parameters), &huma.Param{
		Name: dryRun, In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean, Default: false},
		Description: "Change nothing, and answer who would gain and lose which permission. What would refuse the change refuses this.",
	})
}

// describePreviews documents the answers to dry runs, once all operations are added.
func (s *server) describePreviews() {
	api := s.huma.OpenAPI()
	schema := api.Components.Schemas.Schema(reflect.TypeFor[preview](), true, "")
	for _, path := range api.Paths {
		for _, op := range []*huma.Operation{path.Put, path.Post, path.Patch, path.Delete} {
			if op == nil || op.Metadata[metaDryRun] == nil {
				continue
			}
			answer := huma.Response{Description: "With " + dryRun + ": what the change would do"}
			dry := schema
			if other := op.Responses["200"]; other != nil {
				answer = *other
				answer.Description += ". With " + dryRun + ": what the change would do"
				dry = &huma.Schema{OneOf: []*huma.Schema{other.Content[jsonType].Schema, schema}}
			}
			answer.Content = map[string]*huma.MediaType{jsonType: {Schema: dry}}
			op.Responses["200"] = &answer
		}
	}
}
