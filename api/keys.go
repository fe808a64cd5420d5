package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/internal/param"
)

const tagKeys = "Service keys"

func (s *server) keyOperations() {
	const all, one = "/v1/orgs/{org}/keys", "/v1/orgs/{org}/keys/{key}"
	guarded(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: all, Tags: []string{tagKeys},
		Errors:  []int{403, 404},
		Summary: "List service keys",
		Description: "Those of the organisation itself, ended ones included, with the roles that they hold there. Nobody is ever told a secret again. " +
			"It needs iam.keys:read.",
	}, s.listKeys)
	changing(s, showingSecret(huma.Operation{
		OperationID: "create-key", Method: http.MethodPost, Path: all, Tags: []string{tagKeys},
		DefaultStatus: http.StatusCreated, Errors: []int{400, 403, 404, 409, 413, 415},
		Summary: "Make a service key",
		Description: "The answer holds the secret, this once: nothing but a hash of it is kept. It is sent as a bearer token. What the key holds ends " +
			"with it at the latest; more is given to it like to any other user, by the name that user tells. It needs iam.keys:write, and everything that " +
			"the roles grant, for as long as the key lasts.",
	}), s.createKey)
	guarded(s, huma.Operation{
		OperationID: "get-key", Method: http.MethodGet, Path: one, Tags: []string{tagKeys},
		Errors:      []int{403, 404},
		Summary:     "Get a service key",
		Description: "Without its secret. It needs iam.keys:read.",
	}, s.getKey)
	changing(s, huma.Operation{
		OperationID: "revoke-key", Method: http.MethodDelete, Path: one, Tags: []string{tagKeys},
		Errors:  []int{403, 404, 409},
		Summary: "Revoke a service key",
		Description: "Its next request is answered 401, and all that it held in the organisation is gone; the audit log keeps what that was. " +
			"It needs iam.keys:write.",
	}, s.revokeKey)
}

type serviceKey struct {
	ID        rolekit.KeyID  `json:"id" doc:"the key begins with rkey_ and this" example:"3lqx5ck7wd2aotz6"`
	Org       rolekit.OrgID  `json:"org" doc:"the organisation that it is of" example:"tom"`
	User      rolekit.UserID `json:"user" doc:"who a request with it is, to roles, checks and the audit log" example:"service:rkey_3lqx5ck7wd2aotz6"`
	Label     string         `json:"label" doc:"what it is for" example:"Nightly export"`
	CreatedAt time.Time      `json:"created_at"`
	CreatedBy string         `json:"created_by" doc:"as the audit log names actors" example:"user:ada"`
	Expires   time.Time      `json:"expires" doc:"from when on it is none any more"`
	Ended     bool           `json:"ended,omitempty" doc:"that time has come"`
	Roles     []assignedRole `json:"roles" nullable:"false" doc:"what the organisation gave it, ended ones included"`
}

func serviceKeyOf(k rolekit.Key) serviceKey {
	return serviceKey{k.ID, k.Org, k.User(), k.Label, k.CreatedAt, k.CreatedBy, k.Expires, k.Ended, each(k.Roles, assignedRoleOf)}
}

type listKeysInput struct {
	param.OrgPath
	param.Listing

	CreatedBy string `query:"created_by" maxLength:"255" doc:"only those that this actor made" example:"user:ada"`
}

func (s *server) listKeys(ctx context.Context, by caller, in *listKeysInput) (*output[list[serviceKey]], error) {
	listing, cursor, err := in.Listing.Listing(in.CreatedBy)
	if err != nil {
		return nil, err
	}
	keys, err := by.Keys(ctx, in.Org, rolekit.KeyQuery{Listing: listing, CreatedBy: in.CreatedBy})
	if err != nil {
		return nil, err
	}
	return &output[list[serviceKey]]{page(each(keys, serviceKeyOf), in.Limit, func(k serviceKey) string { return cursor(string(k.ID), k.Label) })}, nil
}

type newKey struct {
	Label   string           `json:"label" minLength:"1" maxLength:"200" doc:"what it is for, so that others know when it can go" example:"Nightly export"`
	Expires *time.Time       `json:"expires,omitempty" doc:"from when on it is none any more, to the second; as the server is set where left out: in 90 days"`
	Roles   []rolekit.RoleID `json:"roles,omitempty" nullable:"false" maxItems:"100" doc:"what it holds from the start" example:"[\"auditor\"]"`
}

type createKeyInput struct {
	param.OrgPath

	Body newKey
}

type createdKey struct {
	Location string `header:"Location" doc:"where it is"`
	Body     struct {
		Key    serviceKey `json:"key"`
		Secret string     `json:"secret" doc:"the key itself, told this once" example:"rkey_3lqx5ck7wd2aotz6_…"`
	} `nameHint:"CreatedKey"`
}

func (s *server) createKey(ctx context.Context, by caller, in *createKeyInput) (*createdKey, error) {
	expires, err := moment(in.Body.Expires)
	if err != nil {
		return nil, err
	}
	key, secret, err := by.CreateKey(ctx, in.Org, rolekit.NewKey{Label: in.Body.Label, Expires: expires, Roles: in.Body.Roles})
	if err != nil {
		return nil, err
	}
	out := &createdKey{Location: s.location("orgs", string(in.Org), "keys", string(key.ID))}
	out.Body.Key, out.Body.Secret = serviceKeyOf(key), secret
	return out, nil
}

func (s *server) getKey(ctx context.Context, by caller, in *param.KeyPath) (*output[serviceKey], error) {
	key, err := by.Key(ctx, in.Org, in.Key)
	if err != nil {
		return nil, err
	}
	return &output[serviceKey]{serviceKeyOf(key)}, nil
}

func (s *server) revokeKey(ctx context.Context, by caller, in *param.KeyPath) (*struct{}, error) {
	return nil, by.RevokeKey(ctx, in.Org, in.Key)
}
