package replicatest_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// edit is one change of a policy as a request.
type edit struct {
	method, path, body string
	gives, takes       []right
	again              int // the status where it was made already; 0 where making it twice changes nothing
}

func assign(org rolekit.OrgID, user rolekit.UserID, role rolekit.RoleID, gives ...right) edit {
	return edit{method: "PUT", path: fmt.Sprintf("/v1/orgs/%s/members/%s/roles/%s", org, user, role), gives: gives}
}

func unassign(org rolekit.OrgID, user rolekit.UserID, role rolekit.RoleID, takes ...right) edit {
	return edit{method: "DELETE", path: fmt.Sprintf("/v1/orgs/%s/members/%s/roles/%s", org, user, role), takes: takes}
}

func createRole(org rolekit.OrgID, role rolekit.RoleID, grants ...rolekit.Permission) edit {
	return edit{
		method: "POST", path: fmt.Sprintf("/v1/orgs/%s/roles", org), again: 409,
		body: fmt.Sprintf(`{"id":%q,"grants":%s}`, role, grantsJSON(grants)),
	}
}

func setGrants(org rolekit.OrgID, role rolekit.RoleID, grants ...rolekit.Permission) edit {
	return edit{
		method: "PUT", path: fmt.Sprintf("/v1/orgs/%s/roles/%s/permissions", org, role),
		body: fmt.Sprintf(`{"grants":%s}`, grantsJSON(grants)),
	}
}

func deleteRole(org rolekit.OrgID, role rolekit.RoleID) edit {
	return edit{method: "DELETE", path: fmt.Sprintf("/v1/orgs/%s/roles/%s", org, role), again: 404}
}

func grantsJSON(permissions []rolekit.Permission) string {
	grants := make([]string, len(permissions))
	for i, p := range permissions {
		grants[i] = fmt.Sprintf(`{"permission":%q,"access":"any"}`, p)
	}
	return "[" + strings.Join(grants, ",") + "]"
}

// writer makes edits, and counts how they went.
type writer struct {
	t      testing.TB
	ledger *ledger

	acknowledged, refused, unanswered atomic.Int64
}

// make asks a replica for an edit, until it is acknowledged; which one is asked
// anew each time. It reports whether it was before the context's end.
func (w *writer) make(ctx context.Context, e edit, which func() *replica) bool {
	w.ledger.begin(e)
	for tries := 1; ; tries++ {
		r := which()
		a, err := r.ask(ctx, e.method, e.path, e.body, "")
		switch {
		case err != nil:
			w.unanswered.Add(1)
		case a.away():
			w.refused.Add(1)
		case a.status/100 == 2, tries > 1 && a.status == e.again:
			w.acknowledged.Add(1)
			w.ledger.done(e, r.name)
			return true
		default:
			w.t.Errorf("%s answers %s %s by %d %s", r.name, e.method, e.path, a.status, a.body)
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}
