package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// TestLogsOfDeletedOrganisations: operators read what a deleted organisation did, and
// nobody else does, also not who runs the next one of its id.
func TestLogsOfDeletedOrganisations(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.createOrg("staff", "", "sue")
	w = w.again(rolekit.Config{Operators: "staff"})
	w.assign("tom", "ada", "viewer")
	before, err := w.as("olga").Audit(ctx, "tom", rolekit.AuditQuery{})
	w.ok(err)
	left := rolekit.AuditQuery{Deleted: "tom"}
	gone, err := w.as("sue").Audit(ctx, rolekit.AllOrgs, left)
	if w.ok(err); len(gone) != 0 {
		t.Errorf("an operator reads the log of one that is there: %v", gone)
	}
	w.ok(w.as("olga").DeleteOrg(ctx, "tom", rolekit.DeleteOptions{}))
	w.createOrg("tom", "", "eve")
	gone, err = w.as("sue").Audit(ctx, rolekit.AllOrgs, left)
	w.ok(err)
	same(t, "what is left", before, gone)
	mine, err := w.as("eve").Audit(ctx, "tom", rolekit.AuditQuery{})
	w.ok(err)
	if len(mine) != 2 || mine[1].Action != "org.create" || mine[1].ID <= before[0].ID {
		t.Errorf("the log of the next begins with %+v", mine)
	}
	for name, c := range map[string]struct {
		who  rolekit.UserID
		org  rolekit.OrgID
		q    rolekit.AuditQuery
		want error
	}{
		"who runs the next":        {"eve", rolekit.AllOrgs, left, rolekit.ErrPermissionDenied},
		"who ran it":               {"olga", rolekit.AllOrgs, left, rolekit.ErrPermissionDenied},
		"through the next":         {"eve", "tom", left, rolekit.ErrInvalid},
		"through another":          {"olga", "jack", left, rolekit.ErrInvalid},
		"an operator, of no id":    {"sue", rolekit.AllOrgs, rolekit.AuditQuery{Deleted: "*"}, rolekit.ErrInvalid},
		"an operator, of the next": {"sue", "tom", rolekit.AuditQuery{}, rolekit.ErrPermissionDenied},
		"nobody":                   {"", rolekit.AllOrgs, left, rolekit.ErrPermissionDenied},
	} {
		events, err := w.as(c.who).Audit(ctx, c.org, c.q)
		isError(t, name, err, c.want)
		if len(events) > 0 {
			t.Errorf("%s: %v", name, events)
		}
	}
}
