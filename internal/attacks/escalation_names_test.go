package attacks_test

import (
	"context"
	"slices"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

func naming() []attacks.Attempts[attempt] {
	const lookAlike = "оlga" // its first letter is Cyrillic
	created := func(id rolekit.RoleID) func(*world) error {
		return func(w *world) error {
			_, err := w.as("dave").CreateRole(context.Background(), "tom", rolekit.RoleSpec{ID: id, Profile: "owner", Grants: anyOf("iam.roles:write")})
			return err
		}
	}
	listed := func(id rolekit.RoleID) func(*world) bool {
		return func(w *world) bool {
			_, err := w.system().Role(context.Background(), "tom", id)
			return err == nil
		}
	}
	return []attacks.Attempts[attempt]{
		{"shadow", []attempt{{
			name: "a role of one's own in the place of a default role", do: created("viewer"),
			want: rolekit.ErrExists, won: wins("vera", rolekit.RolesWrite),
		}}},
		{"default-role", []attempt{
			{name: "into a default role", do: grants("dave", "tom", "viewer", anyOf("iam.roles:write")...), want: rolekit.ErrReserved, won: wins("vera", rolekit.RolesWrite)},
			{
				name: "a role into a default role", given: func(w *world) { w.role("tom", "composers", anyOf("iam.roles:write")) },
				do: includes("dave", "tom", "viewer", "composers"), want: rolekit.ErrReserved, won: wins("vera", rolekit.RolesWrite),
			},
		}},
		{"role-of-another", []attempt{{
			name: "into a role of the organisation above, by one who manages roles below",
			given: func(w *world) {
				w.assign("tom.north", "mallory", "empty")
				w.assign("tom.north", "ned", "composer")
			},
			do: grants("ned", "tom.north", "empty", anyOf("iam.roles:write")...), want: rolekit.ErrReserved, won: winsIn("tom.north", "mallory", rolekit.RolesWrite, ""),
		}}},
		{"names", []attempt{
			{name: "a role that looks like the owner's", do: created("оwner"), want: rolekit.ErrInvalid, won: listed("оwner")},
			{name: "a role that is the owner's to databases which ignore case", do: created("Owner"), want: rolekit.ErrInvalid, won: listed("Owner")},
			{name: "a role that is the owner's to databases which ignore spaces", do: created("owner "), want: rolekit.ErrInvalid, won: listed("owner ")},
			{name: "a role with a character that is not seen", do: created("owner\u200b"), want: rolekit.ErrInvalid, won: listed("owner\u200b")},
			{name: "a role that is called like a subject", do: created("role:owner"), want: rolekit.ErrInvalid, won: listed("role:owner")},
			{name: "an organisation that looks like tom", do: func(w *world) error {
				_, err := w.as("carol").CreateOrg(context.Background(), rolekit.NewOrg{ID: "tоm", Parent: "tom"})
				return err
			}, want: rolekit.ErrInvalid, won: winsIn("tоm", "carol", "invoices:approve", "")},
		}},
		{"exact", []attempt{
			{name: "as one who differs in case from the owner", do: assigns("OLGA", "tom", "mallory", "bookkeeper"), want: rolekit.ErrPermissionDenied, won: wins("mallory", "invoices:write")},
		}},
		{"kinds", []attempt{
			{
				name: "as a user who is called like a subject", given: func(w *world) { w.ok(w.system().AddMember(context.Background(), "tom", "role:owner")) },
				do: assigns("role:owner", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory"),
			},
		}},
		{"permission", []attempt{
			{name: "by a stranger", do: assigns("mallory", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory")},
			{
				name: "by a stranger, with a key", want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory"),
				do: once("mallory", "k", "h", func(m *rolekit.Manager) (string, error) {
					return "done", m.Assign(context.Background(), "tom", "mallory", "empty")
				}),
			},
			{
				name: "by a stranger, who asks what it would do", want: rolekit.ErrPermissionDenied, won: func(w *world) bool { return w.told != "" },
				do: previews("mallory", func(ctx context.Context, m *rolekit.Manager) error { return m.RemoveMember(ctx, "tom", "vera") }),
			},
			{name: "as one who looks like the owner", do: assigns(lookAlike, "tom", lookAlike, "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty(lookAlike)},
			{name: "as one who may read members", given: func(w *world) { w.has("tom", "reba", anyOf("iam.members:read")...) }, do: assigns("reba", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory")},
			{name: "as one who may manage roles", do: assigns("dave", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory")},
			{name: "as one who may in an organisation below", given: func(w *world) { w.assign("tom.north", "ned", "owner") }, do: assigns("ned", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory")},
			{
				name: "as one who may from tomorrow on", given: func(w *world) {
					w.give("tom", rolekit.Assignment{User: "tess", Role: "owner", Period: from(noon().Add(24 * hour))})
				},
				do: assigns("tess", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory"),
			},
			{
				name: "as one who might until now", given: func(w *world) {
					w.give("tom", rolekit.Assignment{User: "tess", Role: "owner", Period: until(noon())})
				},
				do: assigns("tess", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory"),
			},
			{name: "as the system, by a name", do: assigns("system:test", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied, won: holdsEmpty("mallory")},
		}},
	}
}

func acting() []attacks.Attempts[attempt] {
	return []attacks.Attempts[attempt]{
		{"permission-stored", []attempt{{
			name: "by a process that has not heard that one was removed",
			given: func(w *world) {
				w.assign("tom", "ed", "owner")
				other := w.kit(catalogYAML) // by which ed is removed, and the world's does not hear of it
				w.ok(other.Manager().As(rolekit.System("test")).Unassign(context.Background(), "tom", "ed", "owner"))
			},
			do: assigns("ed", "tom", "mallory", "empty"), want: rolekit.ErrPermissionDenied,
			won: holdsEmpty("mallory"),
		}}},
		{"nobody", []attempt{{
			name: "without saying who one is", do: assigns("", "tom", "mallory", "owner"), want: rolekit.ErrUnauthenticated, won: wins("mallory", "invoices:approve"),
		}}},
		{"profile", []attempt{{
			name: "as a profile that one does not have",
			do: func(w *world) error {
				m := w.Manager().As(rolekit.Actor{User: "olga", Profile: "worker"})
				return m.Assign(context.Background(), "tom", "mallory", "bookkeeper")
			},
			want: rolekit.ErrPermissionDenied, won: wins("mallory", "invoices:write"),
		}}},
		{"defaults", []attempt{{
			name: "more into a default role",
			do: func(w *world) error {
				_, err := w.as("olga").ApplyDefaults(context.Background(), rolekit.Defaults{Roles: []rolekit.RoleSpec{
					{ID: "viewer", Profile: "owner", Grants: anyOf("invoices:approve")},
				}})
				return err
			},
			want: rolekit.ErrPermissionDenied, won: wins("vera", "invoices:approve"),
		}}},
		{"elsewhere", []attempt{{
			name:  "to be told where else a member is somebody",
			given: func(w *world) { w.has("tom", "nosy", anyOf("iam.members:read")...) },
			do:    func(*world) error { return nil },
			won: func(w *world) bool {
				e, err := w.as("nosy").Explain(context.Background(), rolekit.Identity{User: "spy", Org: "tom", Profile: "owner"}, "invoices:read", nil)
				w.ok(err)
				return slices.ContainsFunc(e.Misses, func(m rolekit.Miss) bool { return m.Org == "jack" })
			},
			then: func(w *world) { w.assign("jack", "spy", "owner") },
		}}},
	}
}

// holdsEmpty is whether a user was given the role empty in tom, which gives nothing.
func holdsEmpty(user rolekit.UserID) func(*world) bool {
	return func(w *world) bool {
		w.t.Helper()
		all, err := w.system().Members(context.Background(), "tom", rolekit.MemberQuery{Limit: 1000})
		w.ok(err)
		return slices.ContainsFunc(all, func(m rolekit.Member) bool {
			return m.User == user && slices.ContainsFunc(m.Roles, func(r rolekit.AssignedRole) bool { return r.Role == "empty" })
		})
	}
}
