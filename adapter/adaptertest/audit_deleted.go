package adaptertest

import (
	"context"
	"testing"

	"github.com/rolekit/rolekit"
)

// eventsStay deletes an organisation and makes it again, twice: each has a log of its
// own, and what the earlier ones left is found by itself.
func eventsStay(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack", "tom.north")
	actions := func(org rolekit.OrgID, q rolekit.AuditQuery) []string {
		t.Helper()
		if q.Limit == 0 {
			q.Limit = 10
		}
		names := []string{}
		for _, e := range events(t, s, org, q) {
			if want := max(q.Deleted, org); e.Org != want {
				t.Errorf("an event of %s among those of %s", e.Org, want)
			}
			names = append(names, e.Action)
		}
		return names
	}
	gone := func(org rolekit.OrgID) []string {
		t.Helper()
		return actions(rolekit.AllOrgs, rolekit.AuditQuery{Deleted: org})
	}
	for _, org := range []rolekit.OrgID{"tom", "jack", "tom.north"} {
		appendEvent(t, s, rolekit.AuditEvent{Org: org, Actor: "user:ada", Action: "first of " + string(org)})
	}
	appendEvent(t, s, rolekit.AuditEvent{Org: "tom", Actor: "user:bob", Action: "second of tom"})
	same(t, "of one that is there", []string{}, gone("tom"))
	deleteLogged(t, s, "tom")
	same(t, "what the first left", []string{"second of tom", "first of tom"}, gone("tom"))
	same(t, "who deleted it", []string{"org.delete"}, actions(rolekit.AllOrgs, rolekit.AuditQuery{}))
	same(t, "the log of none", []string{}, actions("tom", rolekit.AuditQuery{}))
	same(t, "the log of another", []string{"first of jack"}, actions("jack", rolekit.AuditQuery{}))
	same(t, "what one left that is there", []string{}, gone("jack"))

	insert(t, s, "tom")
	same(t, "the second's log, at first", []string{}, actions("tom", rolekit.AuditQuery{}))
	id := appendEvent(t, s, rolekit.AuditEvent{Org: "tom", Actor: "user:ada", Action: "third of tom"})
	same(t, "the second's log", []string{"third of tom"}, actions("tom", rolekit.AuditQuery{}))
	same(t, "the second's log, by who", []string{"third of tom"}, actions("tom", rolekit.AuditQuery{Actor: "user:ada"}))
	same(t, "the second's log, a page on", []string{}, actions("tom", rolekit.AuditQuery{Before: id}))
	same(t, "what the first left, once more", []string{"second of tom", "first of tom"}, gone("tom"))
	deleteLogged(t, s, "tom")
	all := []string{"third of tom", "second of tom", "first of tom"}
	same(t, "what both left", all, gone("tom"))
	insert(t, s, "tom")
	same(t, "what both left, beside the third", all, gone("tom"))
	same(t, "by who", []string{"third of tom", "first of tom"}, actions(rolekit.AllOrgs, rolekit.AuditQuery{Deleted: "tom", Actor: "user:ada"}))
	same(t, "a page", all[:1], actions(rolekit.AllOrgs, rolekit.AuditQuery{Deleted: "tom", Limit: 1}))
	same(t, "the next page", all[1:], actions(rolekit.AllOrgs, rolekit.AuditQuery{Deleted: "tom", Before: id}))
}

// deleteLogged deletes an organisation, and says so in the log of none.
func deleteLogged(t *testing.T, s rolekit.Store, org rolekit.OrgID) {
	t.Helper()
	in(t, s, org, func(ctx context.Context, w rolekit.Writer) error {
		if err := w.DeleteOrg(ctx, org); err != nil {
			return err
		}
		_, err := w.Append(ctx, rolekit.AuditEvent{Org: rolekit.AllOrgs, Action: "org.delete", Target: "org:" + string(org)})
		return err
	})
}
