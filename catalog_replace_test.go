package rolekit_test

import (
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestTwoRolesThatLeaveForOne: who holds both, and the one already, for a time, holds
// that in the end for as long as any of them.
func TestTwoRolesThatLeaveForOne(t *testing.T) {
	t.Parallel()
	w := applied(t).with("clerk: {profile", "teller: {profile: staff, grants: [\"bills:read\"]}\n  clerk: {profile")
	w.planned(rolekit.CatalogChoices{})
	until := func(days int) rolekit.Period {
		return rolekit.Period{Until: time.Now().AddDate(0, 0, days).Truncate(time.Second)}
	}
	// bob is clerk for ever; dora is teller for longer than she is owner, and clerk for less.
	for _, a := range []rolekit.Assignment{
		{User: "bob", Role: "owner", Period: until(5)},
		{User: "bob", Role: "teller", Period: until(7)},
		{User: "dora", Role: "owner", Period: until(5)},
		{User: "dora", Role: "teller", Period: until(9)},
		{User: "dora", Role: "clerk", Period: until(3)},
	} {
		w.ok(w.system().PutAssignment(t.Context(), "tom", a))
	}
	next := w.with("  clerk: {profile: staff, grants: [\"bills:edit\"]}\n", "")
	_, err := next.apply(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "owner", "teller": "owner"}})
	w.ok(err)
	for user, day := range map[rolekit.UserID]int{"bob": 1000, "dora": 8} {
		at := time.Now().AddDate(0, 0, day)
		later := next.again(rolekit.Config{Catalog: next.Catalog(), Clock: func() time.Time { return at }})
		if !later.can(user, "tom", "bills:edit") {
			t.Errorf("after %d days, %s may not any more", day, user)
		}
	}
	at := time.Now().AddDate(0, 0, 20)
	if next.again(rolekit.Config{Catalog: next.Catalog(), Clock: func() time.Time { return at }}).can("dora", "tom", "news:read") {
		t.Error("dora holds it for longer than any")
	}
	events, err := next.system().Audit(t.Context(), "tom", rolekit.AuditQuery{Action: "member.assign", Target: "user:dora"})
	w.ok(err)
	if len(events) < 2 {
		t.Errorf("the log has %+v", events)
	}
}
