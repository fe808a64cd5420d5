package rolekit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// That someone may do a thing in another organisation is told to themselves,
// and to those who may read the members there.
func TestExplanationsTellNothingOfOtherOrganisations(t *testing.T) {
	w := newWorld(t)
	w.assign("tom", "ada", "owner")
	w.assign("jack", "bob", "owner")
	w.assign("tom", "bob", "mower")
	w.role("jack", "nosy", grantsOf(rolekit.MembersRead))
	w.role("jack", "blind", grantsOf("invoices:read"))
	ask := func(asker rolekit.UserID) []rolekit.OrgID {
		t.Helper()
		bob := rolekit.Identity{User: "bob", Org: "tom", Profile: "owner"}
		e, err := w.as(asker).Explain(t.Context(), bob, "invoices:read", nil)
		w.ok(err)
		told := []rolekit.OrgID{}
		for _, miss := range e.Misses {
			if miss.Kind == rolekit.MissOtherOrg {
				told = append(told, miss.Org)
			}
		}
		return told
	}
	same(t, "to the user themself", []rolekit.OrgID{"jack"}, ask("bob"))
	same(t, "to one who holds both", []rolekit.OrgID{"jack"}, ask("olga"))
	same(t, "to a stranger there", []rolekit.OrgID{}, ask("ada"))
	w.assign("jack", "ada", "blind")
	same(t, "to a member there without the permission", []rolekit.OrgID{}, ask("ada"))
	w.assign("jack", "ada", "nosy")
	same(t, "to one who may read members there", []rolekit.OrgID{"jack"}, ask("ada"))
}

// Whoever may not ask what someone may do may not ask why.
func TestExplainIsGuardedAsCheckIs(t *testing.T) {
	w := newWorld(t)
	w.assign("tom", "ada", "mower")
	ada := rolekit.Identity{User: "ada", Org: "tom"}
	for _, asker := range []rolekit.UserID{"", "eve", "bob"} {
		w.unchanged(string(asker)+" asks", func() {
			e, err := w.as(asker).Explain(t.Context(), ada, "jobs:read", nil)
			if err == nil || e.Allowed || len(e.Paths) > 0 || len(e.Misses) > 0 {
				t.Errorf("%q is told %v (%v)", asker, e, err)
			}
			_, unknown := w.as(asker).Explain(t.Context(), rolekit.Identity{User: "ada", Org: "xyz"}, "jobs:read", nil)
			if rolekit.CodeOf(err) != rolekit.CodeOf(unknown) {
				t.Errorf("%q can tell tom (%v) from what is not there (%v)", asker, err, unknown)
			}
		})
	}
	for _, asker := range []rolekit.UserID{"ada", "olga"} {
		e, err := w.as(asker).Explain(t.Context(), ada, "jobs:read", nil)
		if w.ok(err); !e.Allowed || len(e.Paths) != 1 {
			t.Errorf("%q is told %v", asker, e)
		}
	}
}

// What ended stays listed, as ended, to the second that its end is.
func TestEndedAssignmentsAreListedAsEnded(t *testing.T) {
	clock := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	first := newWorld(t)
	w := first.again(rolekit.Config{Clock: func() time.Time { return clock }})
	end := clock.Add(time.Hour)
	_, err := w.system().PutGroup(t.Context(), "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	for _, a := range []rolekit.Assignment{{User: "ada"}, {Group: "crew"}} {
		a.Role, a.Period = "mower", rolekit.Period{Until: end}
		w.ok(w.system().PutAssignment(t.Context(), "tom", a))
	}
	listed := func() (of, group bool) {
		t.Helper()
		members, err := w.system().Members(t.Context(), "tom", rolekit.MemberQuery{})
		w.ok(err)
		_, in, err := w.system().Group(t.Context(), "tom", "crew")
		w.ok(err)
		if len(members) != 2 || members[0].User != "ada" || len(members[0].Roles) != 1 || len(in.Roles) != 1 || members[1].Roles[0].Ended {
			t.Fatalf("%+v %+v", members, in)
		}
		return members[0].Roles[0].Ended, in.Roles[0].Ended
	}
	clock = end.Add(-time.Nanosecond)
	if user, group := listed(); user || group {
		t.Error("listed as ended before the end")
	}
	clock = end
	if user, group := listed(); !user || !group {
		t.Error("not listed as ended at the end")
	}
}

// Who changes what was deleted meanwhile does not bring it back.
func TestADeletedGroupOrSetIsNotBroughtBack(t *testing.T) {
	w := newWorld(t)
	ctx, m := t.Context(), w.system()
	group, err := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	set, err := m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "north"}, 0)
	w.ok(err)
	w.ok(m.DeleteGroup(ctx, "tom", "crew", group.Revision))
	w.ok(m.DeleteSet(ctx, "tom", "north", set.Revision))
	w.unchanged("changing what is gone", func() {
		_, err := m.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: "crew", Label: "Crew"}, group.Revision)
		isError(t, "the group", err, rolekit.ErrConflict)
		_, err = m.PutSet(ctx, "tom", rolekit.SetSpec{ID: "north", Label: "North"}, set.Revision)
		isError(t, "the set", err, rolekit.ErrConflict)
	})
}

// A set is seen, with what is in it, where it is defined and below.
func TestSetsAreSeenBelow(t *testing.T) {
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	_, err := w.system().PutSet(t.Context(), "tom", rolekit.SetSpec{ID: "lawns"}, 0)
	w.ok(err)
	w.ok(w.system().AddResources(t.Context(), "tom", "lawns", "l2", "l1"))
	for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
		s, err := w.as("olga").Set(t.Context(), org, "lawns")
		w.ok(err)
		in, err := w.as("olga").SetResources(t.Context(), org, "lawns", rolekit.ResourceQuery{})
		w.ok(err)
		if s.Org != "tom" {
			t.Errorf("in %s it is of %q", org, s.Org)
		}
		same(t, "what is in it", []rolekit.ResourceID{"l1", "l2"}, in)
	}
	_, err = w.as("olga").Set(t.Context(), "jack", "lawns")
	isError(t, "beside", err, rolekit.ErrSetNotFound)
	_, err = w.as("olga").SetResources(t.Context(), "jack", "lawns", rolekit.ResourceQuery{})
	isError(t, "resources beside", err, rolekit.ErrSetNotFound)
	_, err = w.as("eve").Set(t.Context(), "tom", "lawns")
	isError(t, "a stranger", err, rolekit.ErrPermissionDenied)
}

// TestExplainSaysWhenABaselineEnded: the profile went with the role.
func TestExplainSaysWhenABaselineEnded(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	end := clock.tell().Add(time.Hour)
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "una", Role: "helper", Period: rolekit.Period{Until: end}}))
	clock.set(end)
	for _, profile := range []rolekit.ProfileID{"", "worker"} {
		e, err := w.Explain(t.Context(), rolekit.Identity{User: "una", Org: "tom", Profile: profile}, "jobs:read", nil)
		w.ok(err)
		if len(e.Misses) == 0 || e.Misses[0].Kind != rolekit.MissEnded || e.Misses[0].At == nil || !e.Misses[0].At.Equal(end) {
			t.Errorf("as %q: %+v", profile, e.Misses)
		}
	}
}

// TestExplainFindsTheShortWay among very many long ones.
func TestExplainFindsTheShortWay(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	inner := []rolekit.GroupID{}
	for layer := range 15 {
		var outer []rolekit.GroupID
		for i := range 2 {
			id := rolekit.GroupID(fmt.Sprintf("d%d-%d", layer, i))
			w.group("tom", id, nil, inner...)
			outer = append(outer, id)
		}
		inner = outer
	}
	w.ok(w.system().AddToGroup(t.Context(), "tom", "d0-0", []rolekit.UserID{"deep"}, nil))
	w.assign("tom", "deep", "owner")
	e, err := w.Explain(t.Context(), rolekit.Identity{User: "deep", Org: "tom"}, "invoices:read", nil)
	w.ok(err)
	if !e.Allowed || len(e.Paths) == 0 {
		t.Errorf("allowed %v, by %v", e.Allowed, e.Paths)
	}
}
