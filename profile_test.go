package rolekit_test

import (
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestProfiles: a user has the profiles of their roles and acts as one: the one
// asked for, the one chosen last, the only one; else they must choose.
func TestProfiles(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	who := rolekit.Identity{User: "ada", Org: "tom"}
	expect := func(what string, mine []rolekit.ProfileID, active rolekit.ProfileID) {
		t.Helper()
		got, acts, err := w.Profiles(ctx, "tom", "ada")
		w.ok(err)
		same(t, what+": profiles", mine, got)
		if acts != active {
			t.Errorf("%s: acts as %q, want %q", what, acts, active)
		}
		for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
			is, err := w.Is(ctx, who, profile)
			if active != "" {
				w.ok(err)
			}
			if is != (profile == active) {
				t.Errorf("%s: Is(%s): %v", what, profile, is)
			}
		}
	}
	expect("a stranger", nil, "")
	w.ok(system.AddMember(ctx, "tom", "ada"))
	expect("a member without a role", nil, "")
	w.assign("tom", "ada", "viewer")
	expect("one role", []rolekit.ProfileID{"owner"}, "owner")
	w.refuses(rolekit.ErrPermissionDenied, map[string]func() error{
		"a profile one does not have":        func() error { return w.SwitchProfile(ctx, who, "worker") },
		"in an organisation one is not of":   func() error { return w.SwitchProfile(ctx, rolekit.Identity{User: "ada", Org: "jack"}, "owner") },
		"in an organisation that is not":     func() error { return w.SwitchProfile(ctx, rolekit.Identity{User: "ada", Org: "nowhere"}, "owner") },
		"in the domain of the default roles": func() error { return w.SwitchProfile(ctx, rolekit.Identity{User: "ada", Org: "*"}, "owner") },
		"of someone else, by acting as them": func() error { return w.SwitchProfile(ctx, rolekit.Identity{User: "bob", Org: "tom"}, "owner") },
	})
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"one that is not": func() error { return w.SwitchProfile(ctx, who, "gardener") },
		"nobody":          func() error { return w.SwitchProfile(ctx, rolekit.Identity{Org: "tom"}, "owner") },
	})

	w.group("tom", "crew", []rolekit.UserID{"ada"})
	w.ok(system.PutAssignment(ctx, "tom", rolekit.Assignment{Group: "crew", Role: "mower", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	both := []rolekit.ProfileID{"owner", "worker"}
	expect("two, none chosen", both, "")
	if _, err := w.Can(ctx, who, "jobs:read", nil); rolekit.CodeOf(err) != rolekit.CodeInvalid {
		t.Errorf("a check without a profile: %v", err)
	}
	w.ok(w.SwitchProfile(ctx, who, "worker"))
	expect("the chosen one", both, "worker")
	w.ok(w.again(modelConfig(t, clock)).SwitchProfile(ctx, who, "owner"))
	w.ok(w.Refresh(ctx))
	expect("chosen in another process", both, "owner")
	w.ok(w.SwitchProfile(ctx, who, "worker"))
	w = w.again(modelConfig(t, clock))
	expect("after a restart", both, "worker")
	clock.set(clock.in(time.Hour))
	expect("its time is over", []rolekit.ProfileID{"owner"}, "owner")
	clock.set(noon())
	w.ok(w.system().RemoveMember(ctx, "tom", "ada"))
	w.assign("tom", "ada", "viewer")
	w.assign("tom", "ada", "mower")
	expect("forgotten with the member", both, "")
}

// TestOnlyRolesOfTheActiveProfileCount, and its baseline.
func TestOnlyRolesOfTheActiveProfileCount(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.assign("tom", "ada", "viewer")
	w.assign("tom", "ada", "helper")
	for profile, want := range map[rolekit.ProfileID][]rolekit.Access{"owner": {"any"}, "worker": {"own"}} {
		d, err := w.Can(t.Context(), rolekit.Identity{User: "ada", Org: "tom", Profile: profile}, "jobs:read", nil)
		w.ok(err)
		same(t, string(profile), want, d.Access())
	}
	d, err := w.Can(t.Context(), rolekit.Identity{User: "carol", Org: "tom", Profile: "worker"}, "jobs:read", nil)
	if err != nil || d.Allowed {
		t.Errorf("the baseline of a profile that one does not have: %v, %v", d.Allowed, err)
	}
}

// TestForeignGrantsAreRefused: neither a role nor a baseline gets a permission
// of another profile, or an access that it does not come with; and a role only
// includes roles of its profile.
func TestForeignGrantsAreRefused(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	ctx, system := t.Context(), w.system()
	w.role("tom", "clerk", nil)
	_, err := system.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "gardener", Profile: "worker"})
	w.ok(err)
	foreign := grantsOf("invoices:approve")
	create := func(profile rolekit.ProfileID, grants []rolekit.Grant, includes ...rolekit.RoleID) func() error {
		return func() error {
			_, err := system.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: profile, Grants: grants, Includes: includes})
			return err
		}
	}
	w.refuses(rolekit.ErrInvalid, map[string]func() error{
		"a role of another profile":   create("worker", foreign),
		"in place of what it had":     func() error { _, err := system.SetGrants(ctx, "tom", "gardener", foreign, 0); return err },
		"an access it lacks":          create("owner", []rolekit.Grant{{Permission: "jobs:write", Access: rolekit.InSet("shelf")}}),
		"an access there is not":      create("owner", []rolekit.Grant{{Permission: "jobs:write", Access: "enemy"}}),
		"a set without a name":        create("owner", []rolekit.Grant{{Permission: "invoices:read", Access: "set:"}}),
		"the word set by itself":      create("owner", []rolekit.Grant{{Permission: "invoices:read", Access: "set"}}),
		"a wildcard":                  create("owner", grantsOf("invoices:*")),
		"a permission there is not":   create("owner", grantsOf("invoices:eat")),
		"including another profile's": create("worker", nil, "clerk"),
		"include it later": func() error {
			_, err := system.UpdateRole(ctx, "tom", "gardener", rolekit.RolePatch{Includes: &[]rolekit.RoleID{"clerk"}}, 0)
			return err
		},
		"a default role that was another profile's": func() error {
			_, err := system.ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "owner", Profile: "worker"}}})
			return err
		},
		"a baseline": func() error {
			_, err := system.ApplyDefaults(ctx, rolekit.Defaults{
				Roles: w.Catalog().DefaultRoles(), Baseline: map[rolekit.ProfileID][]rolekit.Grant{"worker": foreign},
			})
			return err
		},
	})
	w.refuses(rolekit.ErrSetNotFound, map[string]func() error{
		"a set there is not":      create("owner", inSet("nowhere")),
		"in place of what it had": func() error { _, err := system.SetGrants(ctx, "tom", "clerk", inSet("nowhere"), 0); return err },
	})
}
