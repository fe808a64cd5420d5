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
