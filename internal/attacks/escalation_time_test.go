package attacks_test

import (
	"context"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// managesForAnHour is the world with Tessa, who manages members and organisations
// in tom until one o'clock, and belongs there by nothing else.
func managesForAnHour(w *world) {
	w.give("tom", rolekit.Assignment{User: "tessa", Role: "hr", Period: until(noon().Add(hour))})
}

// belonging are attempts of somebody who manages for a time to make others belong
// to an organisation for longer, where to belong there is to have rights.
func belonging() []attacks.Attempts[attempt] {
	readsLater := func(org rolekit.OrgID) func(*world) bool {
		return later(2*hour, winsIn(org, "mallory", "invoices:read", ""))
	}
	friends := []rolekit.UserID{"mallory"}
	return []attacks.Attempts[attempt]{
		{"member", []attempt{
			{
				name: "by adding a friend", catalog: onlyOwners(), given: managesForAnHour,
				do:   func(w *world) error { return w.as("tessa").AddMember(context.Background(), "tom", "mallory") },
				want: rolekit.ErrEscalation, won: readsLater("tom"),
			},
			{
				name: "by adding herself", catalog: onlyOwners(), given: managesForAnHour,
				do:   func(w *world) error { return w.as("tessa").AddMember(context.Background(), "tom", "tessa") },
				want: rolekit.ErrEscalation, won: later(2*hour, wins("tessa", "invoices:read")),
			},
			{
				name: "by adding a friend further down", catalog: onlyOwners(), given: managesForAnHour,
				do:   func(w *world) error { return w.as("tessa").AddMember(context.Background(), "tom.north", "mallory") },
				want: rolekit.ErrEscalation, won: readsLater("tom.north"),
			},
			{
				name: "by a service key, which ends", catalog: onlyOwners(), given: func(w *world) { w.newKey("hr") },
				do:   func(w *world) error { return w.as(w.key.User()).AddMember(context.Background(), "tom", "mallory") },
				want: rolekit.ErrEscalation, won: later(200*24*hour, wins("mallory", "invoices:read")),
			},
		}},
		{"baseline-of-members", []attempt{
			{
				name: "by a group that has no role", catalog: onlyOwners(),
				given: func(w *world) { managesForAnHour(w); w.group("tom", "crew", nil) },
				do:    joins("tessa", "tom", "crew", friends), want: rolekit.ErrEscalation, won: readsLater("tom"),
			},
			{
				name: "by a group of her own", catalog: onlyOwners(),
				given: func(w *world) {
					managesForAnHour(w)
					_, err := w.as("tessa").PutGroup(context.Background(), "tom", rolekit.GroupSpec{ID: "crew"}, 0)
					w.ok(err)
				},
				do: joins("tessa", "tom", "crew", friends), want: rolekit.ErrEscalation, won: readsLater("tom"),
			},
			{
				name: "by moving a part to where a friend belongs", catalog: onlyOwners(),
				given: func(w *world) {
					managesForAnHour(w)
					w.org("tom.south", "tom", "olga")
					w.org("tom.west", "tom", "")
					w.ok(w.system().AddMember(context.Background(), "tom.west", "mallory"))
				},
				do: func(w *world) error {
					_, err := w.as("tessa").MoveOrg(context.Background(), "tom.south", "tom.west", 0)
					return err
				},
				want: rolekit.ErrEscalation, won: readsLater("tom.south"),
			},
		}},
		{"role-for-long", []attempt{
			{name: "into a role what oneself holds for a while", given: lending, do: grants("dora", "tom", "minor", anyOf("invoices:write")...), want: rolekit.ErrEscalation, won: later(2*hour, wins("mallory", "invoices:write"))},
			{name: "a role included that oneself holds for a while", given: lending, do: includes("dora", "tom", "minor", "bookkeeper"), want: rolekit.ErrEscalation, won: later(2*hour, wins("mallory", "invoices:write"))},
			{name: "a friend into a group that has more", given: lending, do: joins("dora", "tom", "bosses", friends), want: rolekit.ErrEscalation, won: approvesLater("tom")},
			{
				name: "a thing into a set that a friend's role reaches", given: lending,
				do:   func(w *world) error { return w.as("dora").AddResources(context.Background(), "tom", "secret", "2") },
				want: rolekit.ErrEscalation, won: later(2*hour, winsIn("tom", "mallory", "invoices:read", "2")),
			},
			{
				name: "a part to where a friend is the owner", given: lending,
				do: func(w *world) error {
					_, err := w.as("dora").MoveOrg(context.Background(), "tom.south", "tom.west", 0)
					return err
				},
				want: rolekit.ErrEscalation, won: approvesLater("tom.south"),
			},
		}},
		{"successor-for-long", []attempt{
			{
				name: "a role in the place of one that a friend has", given: lending,
				do: replaces("dora", "minor", "owner"), want: rolekit.ErrEscalation, won: approvesLater("tom"),
			},
			{
				name: "a role in the place of one that a friend's includes", given: lending,
				do: replaces("dora", "empty", "owner"), want: rolekit.ErrEscalation, won: approvesLater("tom"),
			},
		}},
		{"replace-kept", []attempt{{
			name: "a role that a friend has, for a second longer", given: func(w *world) {
				lending(w)
				w.ok(w.as("dora").PutAssignment(context.Background(), "tom", rolekit.Assignment{User: "mallory", Role: "owner", Period: until(noon().Add(hour))}))
			},
			do:   replacesRoles("dora", "mallory", rolekit.AssignedRole{Role: "owner", Period: until(noon().Add(hour + time.Second))}),
			want: rolekit.ErrEscalation, won: later(hour, wins("mallory", "invoices:approve")),
		}}},
		{"successor-of-all", []attempt{{
			name: "a role in the place of one that others have for less", given: lending,
			do: replaces("dora", "minor", "owner"), want: rolekit.ErrEscalation, won: approvesLater("tom"),
		}}},
		{"successor-included", []attempt{{
			name: "a role in the place of one that others have for less, and a friend's includes", given: lending,
			do: replaces("dora", "empty", "owner"), want: rolekit.ErrEscalation, won: approvesLater("tom"),
		}}},
		{"assign-many-for-long", []attempt{{
			name: "a role among all of a friend's, for a second longer", given: lending,
			do: replacesRoles("dora", "mallory",
				rolekit.AssignedRole{Role: "minor"}, rolekit.AssignedRole{Role: "owner", Period: until(noon().Add(hour + time.Second))}),
			want: rolekit.ErrEscalation, won: later(hour, wins("mallory", "invoices:approve")),
		}, {
			name: "a role among many, for a second longer", given: lending,
			do: func(w *world) error {
				return w.as("dora").EditAssignments(context.Background(), "tom", []rolekit.Assignment{
					{User: "bob", Role: "empty", Period: until(noon().Add(hour))}, {User: "mallory", Role: "owner", Period: until(noon().Add(hour + time.Second))},
				}, nil)
			},
			want: rolekit.ErrEscalation, won: later(hour, wins("mallory", "invoices:approve")),
		}}},
	}
}

func replacesRoles(who, user rolekit.UserID, all ...rolekit.AssignedRole) func(*world) error {
	return func(w *world) error {
		_, err := w.as(who).ReplaceRoles(context.Background(), "tom", user, all, rolekit.AnyRoles)
		return err
	}
}

// lending is the world with Dora, who is the owner of tom until one o'clock, and
// with all that somebody could be left by her.
func lending(w *world) {
	w.give("tom", rolekit.Assignment{User: "dora", Role: "owner", Period: until(noon().Add(hour))})
	w.group("tom", "bosses", nil)
	w.give("tom", rolekit.Assignment{Group: "bosses", Role: "owner"})
	w.set("tom", "secret", "1")
	w.role("tom", "researcher", []rolekit.Grant{inSet("secret")}, "empty")
	w.assign("tom", "mallory", "researcher")
	w.role("tom", "minor", nil)
	w.assign("tom", "mallory", "minor")
	for _, role := range []rolekit.RoleID{"empty", "minor"} { // which others have for less
		w.give("tom", rolekit.Assignment{User: "bob", Role: role, Period: until(noon().Add(hour / 2))})
	}
	w.org("tom.south", "tom", "")
	w.org("tom.west", "tom", "mallory")
}

func approvesLater(org rolekit.OrgID) func(*world) bool {
	return later(2*hour, winsIn(org, "mallory", "invoices:approve", ""))
}

// TestBelongingIsNotRefusedForNothing is the other side of belonging: whoever holds
// what others get by it may add them, and to add who is there gives nothing.
func TestBelongingIsNotRefusedForNothing(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*world) error{
		"who is there already": func(w *world) error {
			w.ok(w.system().AddMember(context.Background(), "tom", "mallory"))
			return w.as("tessa").AddMember(context.Background(), "tom", "mallory")
		},
		"by one who belongs there without end": func(w *world) error {
			w.ok(w.system().AddMember(context.Background(), "tom", "tessa"))
			return w.as("tessa").AddMember(context.Background(), "tom", "mallory")
		},
		"for as long": puts("tessa", "tom", rolekit.Assignment{User: "mallory", Role: "empty", Period: until(noon().Add(hour))}),
	} {
		w := newWorldOf(t, onlyOwners())
		managesForAnHour(w)
		if err := do(w); err != nil || !w.may("mallory", "tom", "invoices:read", "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t) // of two profiles, to belong is to have nothing
	managesForAnHour(w)
	w.ok(w.as("tessa").AddMember(t.Context(), "tom", "mallory"))
}

// TestWhoCreatesForATimeRunsWhatTheyMade: the creator's role has no end, reaches
// nothing but what was created, and can be taken by whoever is above. See ADR 7.
func TestWhoCreatesForATimeRunsWhatTheyMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	managesForAnHour(w)
	_, err := w.as("tessa").CreateOrg(t.Context(), rolekit.NewOrg{ID: "tom.new", Parent: "tom"})
	w.ok(err)
	w.at(noon().Add(2 * hour))
	if !w.may("tessa", "tom.new", "invoices:approve", "") || w.may("tessa", "tom", "iam.orgs:read", "") || w.may("tessa", "tom.north", "jobs:read", "") {
		t.Error("tessa runs another organisation than the one that she made")
	}
	w.ok(w.as("olga").RemoveMember(t.Context(), "tom.new", "tessa"))
	if w.may("tessa", "tom.new", "invoices:approve", "") {
		t.Error("the owner above could not take it from her")
	}
}
