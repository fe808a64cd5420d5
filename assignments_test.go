package rolekit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestPutAssignments gives many roles in one change, with an event each, and none
// where one of them may not be given.
func TestPutAssignments(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	_, err := w.system().PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	clerk := func(user rolekit.UserID) rolekit.Assignment { return rolekit.Assignment{User: user, Role: "clerk"} }
	w.ok(w.as("olga").PutAssignments(ctx, "tom", clerk("ada"), clerk("bob"), rolekit.Assignment{Group: "crew", Role: "viewer"}))
	if !w.can("ada", "tom", "invoices:read") || !w.can("bob", "tom", "invoices:read") {
		t.Error("they were not given")
	}
	events, err := w.system().Audit(ctx, "tom", rolekit.AuditQuery{})
	w.ok(err)
	if len(events) < 3 || events[2].Action != "member.assign" || events[2].Target != "user:ada" || events[0].Target != "group:crew" {
		t.Errorf("%+v", events)
	}

	w.role("tom", "membership", grantsOf(rolekit.MembersWrite))
	w.assign("tom", "mia", "clerk")
	w.assign("tom", "max", "membership")
	for name, c := range map[string]struct {
		by   rolekit.UserID
		all  []rolekit.Assignment
		want error
	}{
		"no such role":   {"olga", []rolekit.Assignment{clerk("eve"), {User: "eve", Role: "clrk"}}, rolekit.ErrRoleNotFound},
		"no such group":  {"olga", []rolekit.Assignment{clerk("eve"), {Group: "crow", Role: "clerk"}}, rolekit.ErrGroupNotFound},
		"nobody":         {"olga", []rolekit.Assignment{clerk("eve"), {Role: "clerk"}}, rolekit.ErrInvalid},
		"no such time":   {"olga", []rolekit.Assignment{clerk("eve"), {User: "x", Role: "clerk", Period: rolekit.Period{From: time.Unix(2, 0), Until: time.Unix(1, 0)}}}, rolekit.ErrInvalid},
		"one twice":      {"olga", []rolekit.Assignment{clerk("eve"), clerk("eve")}, rolekit.ErrInvalid},
		"not permitted":  {"mia", []rolekit.Assignment{clerk("eve")}, rolekit.ErrPermissionDenied},
		"more than held": {"max", []rolekit.Assignment{{User: "eve", Role: "membership"}, {User: "eve", Role: "owner"}}, rolekit.ErrEscalation},
	} {
		t.Run(name, func(t *testing.T) {
			w.unchanged(name, func() {
				if err := w.as(c.by).PutAssignments(ctx, "tom", c.all...); !errors.Is(err, c.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
	w.unchanged("none", func() { w.ok(w.as("olga").PutAssignments(ctx, "tom")) })
}
