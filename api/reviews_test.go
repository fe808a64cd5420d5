package api_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
)

// TestReviewsAreListedAndDecided: jobs:read came after bookkeeper was made.
func TestReviewsAreListedAndDecided(t *testing.T) {
	w := newWorld(t)
	newly(t, w.kit, w.store, "jobs:read")
	const all, one = "/v1/orgs/tom/reviews", "/v1/orgs/tom/reviews/bookkeeper/jobs:read"
	const waits = `{"role":"bookkeeper","permission":"jobs:read","access":["any"`
	ask := func(request, body string, status int) string {
		t.Helper()
		a := w.ask("tom@example.com", request, body)
		if a.status != status {
			t.Fatalf("%s: %d %s", request, a.status, a.body)
		}
		return a.body
	}
	has(t, ask("GET "+all, "", 200), waits)
	ask("PUT "+one, `{"decision":"perhaps"}`, 422)
	ask("PUT "+one+"?dry_run=true", `{"decision":"grant","access":"own"}`, 200)
	has(t, ask("GET "+all, "", 200), waits)
	ask("PUT "+one, `{"decision":"decline"}`, 200)
	lacks(t, ask("GET "+all, "", 200), waits)
	has(t, ask("PUT "+one, `{"decision":"grant","access":"own"}`, 200), `{"permission":"jobs:read","access":"own"}`)
	has(t, ask("PUT "+one, `{"decision":"decline"}`, 422), "so that it cannot be declined")
}

// newly makes a permission one that came after all custom roles.
func newly(t *testing.T, kit *rolekit.Kit, store rolekit.Store, p rolekit.Permission) {
	t.Helper()
	if _, err := kit.Manager().As(rolekit.System("test")).ApplyCatalog(t.Context(), rolekit.CatalogChoices{LeaveRoles: true}); err != nil {
		t.Fatal(err)
	}
	err := store.Update(t.Context(), func(tx rolekit.Writer) error {
		record, _, err := tx.AppliedCatalog(t.Context())
		if err != nil {
			return err
		}
		record.Body = strings.Replace(record.Body, `"since":{}`, `"since":{"`+string(p)+`":1099511627776}`, 1)
		return tx.PutAppliedCatalog(t.Context(), record)
	})
	if err != nil {
		t.Fatal(err)
	}
}
