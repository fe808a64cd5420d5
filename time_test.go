package rolekit_test

import (
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestTimeIsExact asks a nanosecond before and at each end of a period: it
// counts from its start on, and at its end no more, for all that is asked.
func TestTimeIsExact(t *testing.T) {
	t.Parallel()
	from, until := noon().Add(time.Hour), noon().Add(2*time.Hour)
	for name, c := range map[string]struct {
		period rolekit.Period
		want   map[time.Time]bool
	}{
		"from and until": {rolekit.Period{From: from, Until: until}, map[time.Time]bool{
			noon(): false, from.Add(-1): false, from: true, from.Add(1): true, until.Add(-1): true, until: false, until.Add(time.Hour): false,
		}},
		"until": {rolekit.Period{Until: until}, map[time.Time]bool{noon(): true, until.Add(-1): true, until: false, until.Add(1): false}},
		"from":  {rolekit.Period{From: from}, map[time.Time]bool{noon(): false, from.Add(-1): false, from: true, until: true}},
		"to the second, in any zone": {
			rolekit.Period{From: from.Add(999 * time.Millisecond).In(time.FixedZone("", 5*3600)), Until: until.Add(time.Millisecond)},
			map[time.Time]bool{from.Add(-1): false, from: true, until.Add(-1): true, until: false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clock := newModelWorld(t)
			ctx := t.Context()
			w.group("tom", "crew", []rolekit.UserID{"zoe"})
			for _, a := range []rolekit.Assignment{
				{User: "ada", Role: "owner", Period: c.period}, {Group: "crew", Role: "owner", Period: c.period},
			} {
				w.ok(w.system().PutAssignment(ctx, "tom", a))
			}
			again := w.again(modelConfig(t, clock))
			for at, want := range c.want { // in any order: a clock may be set back
				clock.set(at)
				for _, kit := range []*world{w, again} {
					for _, user := range []rolekit.UserID{"ada", "zoe"} {
						for _, org := range []rolekit.OrgID{"tom", "tom.north"} {
							kit.holdsAt(user, org, want)
						}
					}
				}
				members, err := w.as("olga").Members(ctx, "tom", rolekit.MemberQuery{Limit: 1})
				w.ok(err)
				if len(members) != 1 || len(members[0].Roles) != 1 || members[0].Roles[0].Until.After(until) {
					t.Errorf("at %s the assignment is not listed: %v", at, members)
				}
			}
		})
	}
}

// holdsAt checks that everything that can be asked of a user who is the owner or
// nobody says the one or the other.
func (w *world) holdsAt(user rolekit.UserID, org rolekit.OrgID, want bool) {
	w.t.Helper()
	ctx, who := w.t.Context(), rolekit.Identity{User: user, Org: org}
	may, err := w.Permissions(ctx, who)
	w.ok(err)
	is, err := w.Is(ctx, who, "owner")
	w.ok(err)
	orgs, err := w.Orgs(ctx, user, "", "invoices:read")
	w.ok(err)
	_, rolesErr := w.as(user).Roles(ctx, org, rolekit.RoleQuery{})
	why, err := w.Explain(ctx, who, "invoices:read", nil)
	w.ok(err)
	for what, got := range map[string]bool{
		"Can": w.can(user, org, "invoices:read"), "Permissions": len(may) > 0, "Is": is, "Orgs": len(orgs) > 0,
		"Manager": rolesErr == nil, "Explain": len(why.Paths) > 0,
	} {
		if got != want && (what != "Permissions" || user == "ada") {
			w.t.Errorf("%s of %s in %s: %v, want %v", what, user, org, got, want)
		}
	}
}

// TestPeriodsThatCannotBe are refused.
func TestPeriodsThatCannotBe(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	put := func(p rolekit.Period) func() error {
		return func() error {
			return w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "ada", Role: "viewer", Period: p})
		}
	}
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"ends before it starts":    put(rolekit.Period{From: noon(), Until: noon().Add(-time.Second)}),
		"ends as it starts":        put(rolekit.Period{From: noon(), Until: noon()}),
		"shorter than a second":    put(rolekit.Period{From: noon(), Until: noon().Add(time.Millisecond)}),
		"before there were clocks": put(rolekit.Period{Until: time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)}),
		"after the year 9999":      put(rolekit.Period{Until: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
	})
}

// TestAssignmentTakesThePlaceOfTheOther: of one role, a user or group is given
// one thing in an organisation, and it can be changed and taken as such.
func TestAssignmentTakesThePlaceOfTheOther(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	for _, period := range []rolekit.Period{{}, {Until: clock.in(time.Hour)}, {From: clock.in(-time.Hour)}, {Until: clock.in(2 * time.Hour)}, {}} {
		w.ok(system.PutAssignment(ctx, "tom", rolekit.Assignment{User: "ada", Role: "viewer", Period: period}))
		members, err := system.Members(ctx, "tom", rolekit.MemberQuery{Limit: 1})
		w.ok(err)
		same(t, "the member", []rolekit.Member{{User: "ada", Roles: []rolekit.AssignedRole{{Role: "viewer", Period: period}}}}, members)
	}
	w.ok(system.PutAssignment(ctx, "tom", rolekit.Assignment{User: "ada", Role: "viewer", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	w.ok(system.Unassign(ctx, "tom", "ada", "viewer"))
	if w.can("ada", "tom", "invoices:read") {
		t.Error("what was taken is still held")
	}
}
