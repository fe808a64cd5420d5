package attacks_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/attacks"
)

// lockedOut reports whether an organisation will be without anybody who manages
// roles, or members, once all that ends has ended.
func lockedOut(org rolekit.OrgID) func(*world) bool {
	return func(w *world) bool {
		defer w.at(noon())
		w.at(noon().AddDate(50, 0, 0))
		for _, p := range []rolekit.Permission{rolekit.RolesWrite, rolekit.MembersWrite} {
			if !slices.ContainsFunc(everybody(), func(u rolekit.UserID) bool { return w.may(u, org, p, "") }) {
				return true
			}
		}
		return false
	}
}

func everybody() []rolekit.UserID {
	return []rolekit.UserID{"olga", "ada", "bob", "carol", "dave", "hank", "service:ci"}
}

// asSystem is for what binds the system too.
func asSystem(do func(context.Context, *rolekit.Manager) error) func(*world) error {
	return func(w *world) error { return do(context.Background(), w.system()) }
}

// small makes small.co, where ada alone manages roles, by a role of its own, and
// bob alone members, by a role that includes one.
func small(w *world) {
	w.org("small.co", "", "")
	w.role("small.co", "roles", anyOf("iam.roles:write"))
	w.role("small.co", "members", anyOf("iam.members:write"))
	w.role("small.co", "both", nil, "members")
	w.assign("small.co", "ada", "roles")
	w.assign("small.co", "bob", "both")
}

// grouped makes grouped.co, which a group within a group runs, with ada in it.
func grouped(w *world) {
	w.org("grouped.co", "", "")
	w.group("grouped.co", "inner", []rolekit.UserID{"ada"})
	w.group("grouped.co", "outer", nil, "inner")
	w.give("grouped.co", rolekit.Assignment{Group: "outer", Role: "owner"})
}

// single makes single.co, which ada owns, and bob until next year.
func single(w *world) {
	w.org("single.co", "", "ada")
	w.give("single.co", rolekit.Assignment{User: "bob", Role: "owner", Period: until(noon().AddDate(1, 0, 0))})
}

// family makes up.co and up.co.part below it, which ada runs because she runs
// up.co; mid.co, which nobody runs, and mid.co.part below it, which ada runs by a
// role of mid.co and, by a group of mid.co, bob.
func family(w *world) {
	w.org("up.co", "", "ada")
	w.org("up.co.part", "up.co", "")
	w.org("empty.co", "", "")
	w.org("mid.co", "", "")
	w.org("mid.co.part", "mid.co", "")
	w.role("mid.co", "boss", anyOf("iam.roles:write", "iam.members:write"))
	w.role("mid.co", "chief", nil, "boss")
	w.assign("mid.co.part", "ada", "chief")
}

func below(w *world) {
	w.org("above.co", "", "")
	w.org("above.co.part", "above.co", "")
	w.group("above.co", "team", []rolekit.UserID{"ada"})
	w.give("above.co.part", rolekit.Assignment{Group: "team", Role: "owner"})
}

// TestAttackLockOuts are attempts to leave an organisation without anybody who
// manages roles, or members: there, nobody could give rights again.
func TestAttackLockOuts(t *testing.T) {
	t.Parallel()
	end, over := until(noon().Add(hour)), until(noon().Add(-hour))
	single1 := func(name string, do func(*world) error) attempt {
		return attempt{name: name, given: single, do: do, want: rolekit.ErrLastHolder, won: lockedOut("single.co")}
	}
	grouped1 := func(name string, do func(*world) error) attempt {
		return attempt{name: name, given: grouped, do: do, want: rolekit.ErrLastHolder, won: lockedOut("grouped.co")}
	}
	small1 := func(name string, do func(*world) error) attempt {
		return attempt{name: name, given: small, do: do, want: rolekit.ErrLastHolder, won: lockedOut("small.co")}
	}
	ada := []rolekit.UserID{"ada"}
	try(t, []attacks.Attempts[attempt]{
		{"holders", []attempt{
			single1("the last one leaves", func(w *world) error { return w.as("ada").Unassign(context.Background(), "single.co", "ada", "owner") }),
			single1("the last one is removed by the system", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.Unassign(ctx, "single.co", "ada", "owner")
			})),
			single1("the last one is removed by one who may for a year", func(w *world) error {
				return w.as("bob").Unassign(context.Background(), "single.co", "ada", "owner")
			}),
			single1("the last one goes as a member", func(w *world) error { return w.as("bob").RemoveMember(context.Background(), "single.co", "ada") }),
			single1("the last one's role is taken among many", edits("ada", "single.co", []rolekit.Assignment{{User: "eve", Role: "owner", Period: end}}, []rolekit.Assignment{{User: "ada", Role: "owner"}})),
			small1("the role loses the permission", grants("ada", "small.co", "roles")),
			small1("the role keeps what is less", grants("ada", "small.co", "roles", anyOf("iam.roles:read")...)),
			small1("the included role loses it", grants("ada", "small.co", "members")),
			small1("the role is replaced by one that gives less", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.ReplaceRole(ctx, "small.co", "roles", "both", 0)
			})),
			small1("the role stops including it", includes("ada", "small.co", "both")),
			grouped1("the group loses its last member", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.RemoveFromGroup(ctx, "grouped.co", "inner", ada, nil)
			})),
			grouped1("another takes her place in the group for no rights", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				_, err := m.EditGroup(ctx, "grouped.co", "inner", rolekit.EditReplace, nil, nil, 0)
				return err
			})),
			grouped1("the group leaves the other", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.RemoveFromGroup(ctx, "grouped.co", "outer", nil, []rolekit.GroupID{"inner"})
			})),
			grouped1("the inner group is deleted", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.DeleteGroup(ctx, "grouped.co", "inner", 0)
			})),
			grouped1("the outer group is deleted", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.DeleteGroup(ctx, "grouped.co", "outer", 0)
			})),
			grouped1("the group loses the role", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.RemoveAssignment(ctx, "grouped.co", rolekit.Assignment{Group: "outer", Role: "owner"})
			})),
			grouped1("the last member goes", asSystem(func(ctx context.Context, m *rolekit.Manager) error { return m.RemoveMember(ctx, "grouped.co", "ada") })),
			{
				name:  "a service is the last one, and goes",
				given: func(w *world) { w.org("bot.co", "", "service:ci") },
				do: func(w *world) error {
					return w.as("service:ci").Unassign(context.Background(), "bot.co", "service:ci", "owner")
				},
				want: rolekit.ErrLastHolder, won: lockedOut("bot.co"),
			},
			{
				name: "who runs the part goes from above, where a second one stays for a year", given: func(w *world) {
					family(w)
					w.give("up.co", rolekit.Assignment{User: "bob", Role: "owner", Period: until(noon().AddDate(1, 0, 0))})
				},
				do:   func(w *world) error { return w.as("bob").Unassign(context.Background(), "up.co", "ada", "owner") },
				want: rolekit.ErrLastHolder, won: lockedOut("up.co.part"),
			},
		}},
		{"holders-of-members", []attempt{
			{
				name: "the last who manages members loses the role", given: small,
				do:   asSystem(func(ctx context.Context, m *rolekit.Manager) error { return m.Unassign(ctx, "small.co", "bob", "both") }),
				want: rolekit.ErrLastHolder, won: lockedOut("small.co"),
			},
		}},
		{"holders-of-roles", []attempt{
			{
				name: "the last who manages roles loses the role", given: small,
				do:   func(w *world) error { return w.as("bob").Unassign(context.Background(), "small.co", "ada", "roles") },
				want: rolekit.ErrLastHolder, won: lockedOut("small.co"),
			},
		}},
		{"holders-end", []attempt{
			single1("the last one gets an end", puts("ada", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: end})),
			single1("the last one gets a far end", puts("ada", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: until(noon().AddDate(10, 0, 0))})),
			grouped1("the group gets an end", asSystem(func(ctx context.Context, m *rolekit.Manager) error {
				return m.PutAssignment(ctx, "grouped.co", rolekit.Assignment{Group: "outer", Role: "owner", Period: end})
			})),
			{
				name: "one without end goes for one with a longer end", given: single,
				do: func(w *world) error {
					return w.system().PutAssignments(context.Background(), "single.co",
						rolekit.Assignment{User: "bob", Role: "owner", Period: until(noon().AddDate(10, 0, 0))},
						rolekit.Assignment{User: "ada", Role: "owner", Period: end})
				},
				want: rolekit.ErrLastHolder, won: lockedOut("single.co"),
			},
		}},
		{"holders-now", []attempt{
			{
				name: "the last one is to start later", given: single,
				do:   puts("ada", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: from(noon().AddDate(2, 0, 0))}),
				want: rolekit.ErrLastHolder,
				won: func(w *world) bool { // bob's year is over, and hers has not begun
					defer w.at(noon())
					w.at(noon().AddDate(1, 1, 0))
					return !w.may("ada", "single.co", rolekit.RolesWrite, "") && !w.may("bob", "single.co", rolekit.RolesWrite, "")
				},
			},
		}},
		{"holders-over", []attempt{
			single1("the last one gets an end that is over", puts("bob", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: over})),
		}},
		{"holders-below", []attempt{
			{
				name: "a role loses the permission that somebody has below", given: family,
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					_, err := m.SetGrants(ctx, "mid.co", "boss", nil, 0)
					return err
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("mid.co.part"),
			},
			{
				name: "a role stops including what somebody has below", given: family,
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					_, err := m.UpdateRole(ctx, "mid.co", "chief", rolekit.RolePatch{Includes: &[]rolekit.RoleID{}}, 0)
					return err
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("mid.co.part"),
			},
			{
				name: "the group above that runs it loses its last member", given: below,
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					return m.RemoveFromGroup(ctx, "above.co", "team", ada, nil)
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("above.co.part"),
			},
			{
				name: "the last member of it goes from the organisation above", given: below,
				do:   asSystem(func(ctx context.Context, m *rolekit.Manager) error { return m.RemoveMember(ctx, "above.co", "ada") }),
				want: rolekit.ErrLastHolder, won: lockedOut("above.co.part"),
			},
		}},
		{"holders-move", []attempt{
			{
				name: "the part moves to the root", given: family,
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					_, err := m.MoveOrg(ctx, "up.co.part", "", 0)
					return err
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("up.co.part"),
			},
			{
				name: "the part moves below one that nobody runs", given: family,
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					_, err := m.MoveOrg(ctx, "up.co.part", "empty.co", 0)
					return err
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("up.co.part"),
			},
		}},
		{"holders-defaults", []attempt{
			{
				name: "the default role loses its grants",
				do: asSystem(func(ctx context.Context, m *rolekit.Manager) error {
					_, err := m.ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "owner", Profile: "owner"}}})
					return err
				}),
				want: rolekit.ErrLastHolder, won: lockedOut("jack"),
			},
		}},
		{"holders-role-deleted", []attempt{
			{
				name: "the role that the last one has is deleted", given: small,
				do:   func(w *world) error { return w.as("ada").DeleteRole(context.Background(), "small.co", "roles", 0) },
				want: rolekit.ErrRoleInUse, won: lockedOut("small.co"),
			},
			{
				name: "the role that the last one's includes is deleted", given: small,
				do:   func(w *world) error { return w.as("ada").DeleteRole(context.Background(), "small.co", "members", 0) },
				want: rolekit.ErrRoleInUse, won: lockedOut("small.co"),
			},
		}},
		{"holders-role-deleted-above", []attempt{{
			name: "the role that the last one has below is deleted above", given: family,
			do:   asSystem(func(ctx context.Context, m *rolekit.Manager) error { return m.DeleteRole(ctx, "mid.co", "chief", 0) }),
			want: rolekit.ErrRoleInUse, won: lockedOut("mid.co.part"),
		}}},
		{"group-in-use-below", []attempt{{
			name: "the group that runs it is deleted above", given: below,
			do:   asSystem(func(ctx context.Context, m *rolekit.Manager) error { return m.DeleteGroup(ctx, "above.co", "team", 0) }),
			want: rolekit.ErrInUse, won: lockedOut("above.co.part"),
		}}},
		{"operators", []attempt{{
			name:  "the operators' organisation is deleted",
			given: func(w *world) { w.org("staff", "", "olga") },
			do: func(w *world) error {
				return w.as("olga").DeleteOrg(context.Background(), "staff", rolekit.DeleteOptions{})
			},
			want: rolekit.ErrReserved, won: func(w *world) bool {
				_, err := w.system().Org(context.Background(), "staff")
				return err != nil
			},
		}}},
	})
}

// TestWithASecondHolderAllOfItGoes is the other side of the lock-outs: a guard that
// refused everything would pass them.
func TestWithASecondHolderAllOfItGoes(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*world) error{
		"leaves":          func(w *world) error { return w.as("ada").Unassign(context.Background(), "single.co", "ada", "owner") },
		"gets an end":     puts("ada", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: until(noon().Add(hour))}),
		"is to start":     puts("ada", "single.co", rolekit.Assignment{User: "ada", Role: "owner", Period: from(noon().Add(hour))}),
		"goes as member":  func(w *world) error { return w.as("ada").RemoveMember(context.Background(), "single.co", "ada") },
		"out of the role": func(w *world) error { return w.as("olga").Unassign(context.Background(), "single.co", "ada", "owner") },
	} {
		w := newWorld(t)
		single(w)
		w.assign("single.co", "olga", "owner")
		if err := do(w); err != nil || lockedOut("single.co")(w) {
			t.Errorf("ada %s: %v", name, err)
		}
	}
	w := newWorld(t)
	w.org("short.co", "", "")
	w.give("short.co", rolekit.Assignment{User: "ada", Role: "owner", Period: until(noon().Add(time.Hour))})
	if err := w.as("ada").Unassign(t.Context(), "short.co", "ada", "owner"); errors.Is(err, rolekit.ErrLastHolder) {
		t.Errorf("where nobody held it without end, nobody is kept: %v", err)
	}
}
