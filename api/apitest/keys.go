package apitest

import (
	"context"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

const (
	// anyKey is the id of no service key.
	anyKey = "aaaaaaaaaaaaaaaa"
	// jacksKey stands for that of jack's, in whatever organisation.
	jacksKey = "jacks-key"
)

// WithKey returns a request of the table with the id of a service key in the place
// of {key}, since those are made up anew each time: of the organisation that the
// path names, or of none where that has no key.
func WithKey(t testing.TB, kit *rolekit.Kit, request string) string {
	t.Helper()
	_, org, _ := strings.Cut(request, "/orgs/")
	org, _, _ = strings.Cut(org, "/")
	for _, stands := range []struct{ text, of string }{{"{key}", org}, {jacksKey, "jack"}} {
		if before, after, ok := strings.Cut(request, stands.text); ok {
			request = before + keyOf(t, kit, rolekit.OrgID(stands.of)) + after
		}
	}
	return request
}

// keyOf returns the id of an organisation's service key.
func keyOf(t testing.TB, kit *rolekit.Kit, org rolekit.OrgID) string {
	t.Helper()
	keys, err := kit.Manager().As(rolekit.System("test")).Keys(t.Context(), org, rolekit.KeyQuery{})
	if err != nil || len(keys) == 0 {
		return anyKey
	}
	return string(keys[0].ID)
}

// key makes a service key that holds nothing yet.
func (s *settler) key(org rolekit.OrgID, label string) {
	s.do(func(ctx context.Context) error {
		_, _, err := s.CreateKey(ctx, org, rolekit.NewKey{Label: label})
		return err
	})
}

func keyScenarios() []Scenario {
	return []Scenario{
		{
			"list-keys", "GET /v1/orgs/tom/keys", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{
				`{"items":[{"id":"`, `"org":"tom","user":"service:rkey_`, `"label":"Tom's export"`, `"created_by":"system:test"`, `"roles":[]}`,
			},
			append([]string{"secret", "hash"}, jacks()...),
		},
		{
			"list-keys", "GET /v1/orgs/tom/keys?created_by=user:eve", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`{"items":[]}`},
			append([]string{"export"}, jacks()...),
		},
		{
			"create-key", "POST /v1/orgs/tom/keys", `{"label":"CI","roles":["bookkeeper"]}`,
			[6]int{401, 403, 403, 201, 403, 403},
			[]string{`{"key":{"id":"`, `"label":"CI"`, `"created_by":"user:tom@example.com"`, `"roles":[{"role":"bookkeeper","until":"`, `"secret":"rkey_`},
			append([]string{"hash"}, jacks()...),
		},
		{
			"create-key", "POST /v1/orgs/tom/keys", `{"label":"CI","roles":["nosuch"]}`,
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"role_not_found"},
			append([]string{"rkey_"}, jacks()...),
		},
		{
			"get-key", "GET /v1/orgs/tom/keys/{key}", "",
			[6]int{401, 403, 403, 200, 403, 403},
			[]string{`"org":"tom","user":"service:rkey_`, `"label":"Tom's export"`},
			append([]string{"secret", "hash"}, jacks()...),
		},
		{
			"get-key", "GET /v1/orgs/tom/keys/" + anyKey, "",
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"key_not_found"},
			jacks(),
		},
		{
			"revoke-key", "DELETE /v1/orgs/tom/keys/{key}", "",
			[6]int{401, 403, 403, 204, 403, 403},
			nil, jacks(),
		},
		{
			"revoke-key", "DELETE /v1/orgs/tom/keys/" + anyKey, "",
			[6]int{401, 403, 403, 404, 403, 403},
			[]string{"key_not_found"},
			jacks(),
		},
	}
}
