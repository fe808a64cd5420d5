package attacks_test

import (
	"context"
	"strings"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

func joining() []attacks.Attempts[attempt] {
	// In jack, which has nothing below, carol and hank manage members; within
	// bosses, which owns it, is inner.
	bosses := func(w *world) {
		w.role("jack", "recruiter", anyOf("iam.members:write"))
		w.assign("jack", "carol", "recruiter")
		w.assign("jack", "hank", "recruiter")
		w.group("jack", "inner", nil)
		w.group("jack", "bosses", nil, "inner")
		w.group("jack", "hers", herself())
		w.group("jack", "guests", nil)
		w.give("jack", rolekit.Assignment{Group: "bosses", Role: "owner"})
		w.give("jack", rolekit.Assignment{Group: "guests", Role: "owner", Period: until(noon().Add(hour))})
	}
	owns := func(user rolekit.UserID) func(*world) bool { return winsIn("jack", user, "invoices:approve", "") }
	friends := []rolekit.UserID{"mallory"}
	return []attacks.Attempts[attempt]{
		{"join", []attempt{
			{name: "a group that has more", given: bosses, do: joins("carol", "jack", "bosses", herself()), want: rolekit.ErrEscalation, won: owns("carol")},
			{name: "a group within it", given: bosses, do: joins("carol", "jack", "inner", herself()), want: rolekit.ErrEscalation, won: owns("carol")},
			{name: "with a friend", given: bosses, do: joins("hank", "jack", "inner", friends), want: rolekit.ErrEscalation, won: owns("mallory")},
			{name: "with a group that she is in", given: bosses, do: joins("carol", "jack", "bosses", nil, "hers"), want: rolekit.ErrEscalation, won: owns("carol")},
			{
				name: "by saying all who are in it", given: bosses,
				do: func(w *world) error {
					_, err := w.as("carol").EditGroup(context.Background(), "jack", "bosses", rolekit.EditReplace, herself(), []rolekit.GroupID{"inner"}, 0)
					return err
				},
				want: rolekit.ErrEscalation, won: owns("carol"),
			},
			{name: "a group that has more for an hour", given: bosses, do: joins("carol", "jack", "guests", herself()), want: rolekit.ErrEscalation, won: owns("carol")},
		}},
		{"brings-later", []attempt{{
			name: "a group that will have more tomorrow",
			given: func(w *world) {
				bosses(w)
				w.group("jack", "heirs", nil)
				w.give("jack", rolekit.Assignment{Group: "heirs", Role: "owner", Period: from(noon().Add(24 * hour))})
			},
			do: joins("carol", "jack", "heirs", herself()), want: rolekit.ErrEscalation, won: later(25*hour, owns("carol")),
		}}},
		{"join-below", []attempt{{
			name: "a group that has more in a branch",
			given: func(w *world) {
				w.group("tom", "crew", nil)
				w.give("tom.north", rolekit.Assignment{Group: "crew", Role: "owner"})
			},
			do: joins("carol", "tom", "crew", herself()), want: rolekit.ErrEscalation, won: winsIn("tom.north", "carol", "invoices:approve", ""),
		}}},
		{"group-of-another", []attempt{{
			name: "a group of the organisation above, by one who manages members below",
			given: func(w *world) {
				w.group("tom", "hands", nil)
				w.give("tom", rolekit.Assignment{Group: "hands", Role: "recruiter"})
				w.assign("tom.north", "ned", "recruiter")
			},
			do: joins("ned", "tom.north", "hands", friends), want: rolekit.ErrReserved, won: winsIn("tom.north", "mallory", rolekit.MembersWrite, ""),
		}}},
		{"group-leaves-nothing", []attempt{{
			name:  "a group of the same name, made anew",
			given: func(w *world) { w.group("tom", "interns", friends) },
			do:    func(w *world) error { return w.as("hank").DeleteGroup(context.Background(), "tom", "interns", 0) },
			then: func(w *world) {
				w.group("tom", "interns", []rolekit.UserID{"ina"})
				w.give("tom", rolekit.Assignment{Group: "interns", Role: "bookkeeper"})
			},
			won: wins("mallory", "invoices:write"),
		}}},
	}
}

func filling() []attacks.Attempts[attempt] {
	secret := func(w *world) { // researchers read what is in secret, and carol is none
		w.set("tom", "secret", "1")
		w.role("tom", "researcher", []rolekit.Grant{inSet("secret")})
		w.assign("tom", "mallory", "researcher")
	}
	return []attacks.Attempts[attempt]{
		{"fill-set", []attempt{
			{name: "that a friend's role reaches", given: secret, do: fills("secret"), want: rolekit.ErrEscalation, won: winsIn("tom", "mallory", "invoices:read", "2")},
			{
				name: "by saying all that is in it", given: secret,
				do: func(w *world) error {
					return w.as("carol").ReplaceResources(context.Background(), "tom", "secret", []rolekit.ResourceID{"1", "2"}, 0)
				},
				want: rolekit.ErrEscalation, won: winsIn("tom", "mallory", "invoices:read", "2"),
			},
			{
				name: "that a default role reaches",
				given: func(w *world) {
					w.set("tom", "shelf", "1")
					w.assign("tom", "mallory", "reader")
				},
				do: fills("shelf"), want: rolekit.ErrEscalation, won: winsIn("tom", "mallory", "invoices:read", "2"),
			},
		}},
		{"fill-set-anywhere", []attempt{{
			name: "that limits oneself",
			given: func(w *world) {
				w.set("tom", "hers", "1")
				w.has("tom", "carol", inSet("hers"))
			},
			do: fills("hers"), want: rolekit.ErrEscalation, won: winsIn("tom", "carol", "invoices:read", "2"),
		}}},
		{"fill-set-below", []attempt{{
			name: "that a role of a branch reaches",
			given: func(w *world) {
				w.set("tom", "deep", "1")
				w.role("tom.north", "explorer", []rolekit.Grant{inSet("deep")})
				w.assign("tom.north", "mallory", "explorer")
			},
			do: fills("deep"), want: rolekit.ErrEscalation, won: winsIn("tom.north", "mallory", "invoices:read", "2"),
		}}},
		{"fill-set-baseline", []attempt{{
			name: "that everybody of a profile reaches",
			given: func(w *world) {
				w.set("tom", "board", "1")
				w.assign("tom", "mallory", "helper")
			},
			do: fills("board"), want: rolekit.ErrEscalation, won: winsIn("tom", "mallory", "invoices:read", "2"),
		}}},
		{"set-leaves-nothing", []attempt{{
			name:  "a set of the same name, made anew",
			given: func(w *world) { w.set("tom", "old", "2") },
			do:    func(w *world) error { return w.as("carol").DeleteSet(context.Background(), "tom", "old", 0) },
			then: func(w *world) {
				_, err := w.system().PutSet(context.Background(), "tom", rolekit.SetSpec{ID: "old"}, 0)
				w.ok(err)
				w.has("tom", "mallory", inSet("old"))
			},
			won: winsIn("tom", "mallory", "invoices:read", "2"),
		}}},
	}
}

func moving() []attacks.Attempts[attempt] {
	empire := func(w *world) { // eve's, where carol may manage organisations; tom.south is tom's
		w.org("empire", "", "eve")
		w.has("empire", "carol", anyOf("iam.orgs:write")...)
		w.org("tom.south", "tom", "")
	}
	created := func(id, parent rolekit.OrgID, creator rolekit.UserID) func(*world) error {
		return func(w *world) error {
			_, err := w.as("carol").CreateOrg(context.Background(), rolekit.NewOrg{ID: id, Parent: parent, Creator: creator})
			return err
		}
	}
	there := func(id rolekit.OrgID, user rolekit.UserID) func(*world) bool {
		return winsIn(id, user, "invoices:approve", "")
	}
	return []attacks.Attempts[attempt]{
		{"move", []attempt{
			{name: "a branch below an organisation whose owner would own it", given: empire, do: moves("tom.south", "empire"), want: rolekit.ErrEscalation, won: there("tom.south", "eve")},
			{name: "the whole below it", given: empire, do: moves("tom", "empire"), want: rolekit.ErrEscalation, won: there("tom", "eve")},
			{
				name: "below one that she made, and so owns",
				given: func(w *world) {
					w.org("tom.south", "tom", "")
					w.ok(created("hers", "tom", "")(w))
				},
				do: moves("tom.south", "hers"), want: rolekit.ErrEscalation, won: there("tom.south", "carol"),
			},
			{
				name: "below one where a group would own it",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.group("empire", "legion", []rolekit.UserID{"mallory"})
					w.give("empire", rolekit.Assignment{Group: "legion", Role: "owner"})
					w.org("tom.south", "tom", "")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrEscalation, won: there("tom.south", "mallory"),
			},
			{
				name: "below one where a friend will be its owner tomorrow",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.give("empire", rolekit.Assignment{User: "mallory", Role: "owner", Period: from(noon().Add(24 * hour))})
					w.org("tom.south", "tom", "olga")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrEscalation, won: later(25*hour, there("tom.south", "mallory")),
			},
		}},
		{"move-where", []attempt{{
			name: "below one that somebody else manages", given: func(w *world) { w.org("tom.south", "tom", "carol"); w.assign("jack", "jill", "owner") },
			do: moves("tom.south", "jack"), want: rolekit.ErrPermissionDenied, won: there("tom.south", "jill"),
		}}},
		{"move-told", []attempt{{
			name: "below one of which she wants to know who is in it", given: func(w *world) { w.org("tom.south", "tom", "carol"); w.assign("jack", "jill", "owner") },
			do: previews("carol", func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.MoveOrg(ctx, "tom.south", "jack", 0)
				return err
			}),
			want: rolekit.ErrPermissionDenied, won: func(w *world) bool { return strings.Contains(w.told, "jill") },
		}}},
		{"move-what", []attempt{{
			name:  "one that somebody else manages below her own",
			given: func(w *world) { w.org("carols", "", "carol") }, do: moves("jack", "carols"),
			want: rolekit.ErrPermissionDenied, won: func(w *world) bool { return w.parent("jack") == "carols" },
		}}},
		{"move-to-root", []attempt{{
			name: "a branch out of the sight of the owner above", given: func(w *world) { w.org("tom.south", "tom", "carol") },
			do: moves("tom.south", ""), want: rolekit.ErrPermissionDenied, won: func(w *world) bool { return !w.may("olga", "tom.south", "invoices:read", "") },
		}}},
		{"move-names", []attempt{
			{
				name: "to where a role that she has stands for more",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.role("tom", "clerk", nil)
					w.role("empire", "clerk", anyOf("invoices:write"))
					w.org("tom.south", "tom", "olga")
					w.assign("tom.south", "carol", "clerk")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrInUse, won: winsIn("tom.south", "carol", "invoices:write", ""),
			},
			{
				name: "to where a role that hers includes stands for more",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.role("tom", "clerk", nil)
					w.role("empire", "clerk", anyOf("invoices:write"))
					w.org("tom.south", "tom", "olga")
					w.role("tom.south", "southern", nil, "clerk")
					w.assign("tom.south", "carol", "southern")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrInUse, won: winsIn("tom.south", "carol", "invoices:write", ""),
			},
			{
				name: "to where a group that has a role there is of other people",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.group("tom", "team", []rolekit.UserID{"tina"})
					w.group("empire", "team", []rolekit.UserID{"mallory"})
					w.org("tom.south", "tom", "olga")
					w.give("tom.south", rolekit.Assignment{Group: "team", Role: "viewer"})
					w.assign("tom.south", "carol", "viewer")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrInUse, won: winsIn("tom.south", "mallory", "invoices:read", ""),
			},
			{
				name: "to where a set that a role reaches holds more",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.set("tom", "papers", "1")
					w.set("empire", "papers", "2")
					w.org("tom.south", "tom", "olga")
					w.has("tom.south", "mallory", inSet("papers"))
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrInUse, won: winsIn("tom.south", "mallory", "invoices:read", "2"),
			},
			{
				name: "to where a default role reaches a set",
				given: func(w *world) {
					w.org("empire", "", "")
					w.has("empire", "carol", anyOf("iam.orgs:write")...)
					w.set("empire", "shelf", "2")
					w.org("tom.south", "tom", "olga")
					w.assign("tom.south", "mallory", "reader")
				},
				do: moves("tom.south", "empire"), want: rolekit.ErrInUse, won: winsIn("tom.south", "mallory", "invoices:read", "2"),
			},
		}},
		{"create-where", []attempt{{name: "below one that somebody else manages", do: created("jacks.part", "jack", ""), want: rolekit.ErrPermissionDenied, won: there("jacks.part", "carol")}}},
		{"create-at-root", []attempt{{name: "an organisation at the root", given: func(w *world) { w.org("staff", "", "olga") }, do: created("carols", "", ""), want: rolekit.ErrPermissionDenied, won: there("carols", "carol")}}},
		{"creator", []attempt{{name: "for somebody else to own", do: created("gift", "tom", "eve"), want: rolekit.ErrEscalation, won: there("gift", "eve")}}},
		{"deleted-org", []attempt{{
			name:  "of the id that one had which is gone",
			given: func(w *world) { w.ok(w.as("olga").DeleteOrg(context.Background(), "jack", rolekit.DeleteOptions{})) },
			do:    created("jack", "tom", ""), want: rolekit.ErrExists, won: there("jack", "carol"),
		}}},
	}
}

func (w *world) parent(id rolekit.OrgID) rolekit.OrgID {
	o, err := w.system().Org(context.Background(), id)
	w.ok(err)
	return o.Parent
}
