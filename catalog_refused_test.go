package rolekit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// refused is what a plan is refused for, which applying it has to be refused for too,
// and then it has changed nothing.
func (w *world) refused(choices rolekit.CatalogChoices) (all []string) {
	w.t.Helper()
	w.unchanged("a refused catalog", func() {
		p, err := w.system().PlanCatalog(w.t.Context(), choices)
		w.ok(err)
		did, err := w.apply(choices)
		same(w.t, "what applying says, beside the plan", p, did)
		for _, e := range p.Refused {
			all = append(all, string(e.Code)+": "+e.Error())
		}
		if len(p.Refused) == 0 {
			w.t.Errorf("the plan says that nothing refuses it; applying it: %v", err)
		} else if !errors.Is(err, p.Refused[0]) {
			w.t.Errorf("applying it: %v, and not %v", err, p.Refused[0])
		}
	})
	return all
}

func TestPlansTellWhatApplyingRefuses(t *testing.T) {
	t.Parallel()
	const clerk, owner = `  clerk: {profile: staff, grants: ["bills:edit"]}`, `owner: {profile: staff, grants: ["*:*"]}`
	weak := []string{owner, `owner: {profile: staff, grants: ["bills:edit"]}`, "creator: owner", ""}
	for name, test := range map[string]struct {
		prepare func(*world)
		pairs   []string
		choices rolekit.CatalogChoices
		want    []string
	}{
		"a new default role whose id custom roles have": {
			prepare: func(w *world) {
				for i := range 12 {
					org := rolekit.OrgID(fmt.Sprintf("org-%02d", i))
					w.createOrg(org, "", "")
					w.custom(org, "auditor", "staff", nil)
				}
			},
			pairs: []string{clerk, clerk + "\n  auditor: {profile: staff}\n  editor: {profile: staff}\n  free: {profile: staff}"},
			want: []string{
				`already_exists: there are custom roles with the id of the default role "auditor", in "org-00", "org-01", "org-02", "org-03", "org-04", "org-05", "org-06", "org-07", "org-08", "org-09" and 2 more (give the default role another id)`,
				`already_exists: there are custom roles with the id of the default role "editor", in "tom" (give the default role another id)`,
			},
		},
		"another name that a custom role has": {
			pairs: []string{clerk, `  editor: {renamed_from: clerk, profile: staff, grants: ["bills:edit"]}`},
			want:  []string{`already_exists: there are custom roles with the id of the default role "editor", in "tom" (give the default role another id)`},
		},
		"a successor whose id a custom role has": {
			pairs:   []string{clerk, `  editor: {profile: staff, grants: ["bills:edit"]}`},
			choices: rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "editor"}},
			want:    []string{`already_exists: there are custom roles with the id of the default role "editor", in "tom" (give the default role another id)`},
		},
		"nobody who manages, in several organisations": {
			prepare: func(w *world) {
				w.createOrg("jack", "", "ada")
				w.createOrg("free", "", "ada") // is managed otherwise
				w.custom("free", "boss", "staff", nil, grantsOf(rolekit.RolesWrite, rolekit.MembersWrite)...)
				w.group("free", "bosses", []rolekit.UserID{"bob"})
				w.give("free", "bosses", "boss")
				w.createOrg("nobody", "", "")
			},
			pairs: weak,
			want:  []string{`last_holder: nobody in "jack", "tom", "tom.north" would hold iam.roles:write any more, without end (give it to someone else first)`},
		},
		"nobody who manages members": {
			pairs: []string{owner, `owner: {profile: staff, grants: ["iam.roles:write"]}`, "creator: owner", ""},
			want:  []string{`last_holder: nobody in "tom", "tom.north" would hold iam.members:write any more, without end (give it to someone else first)`},
		},
		"nobody who manages, by a custom role that loses it": {
			prepare: func(w *world) {
				w.createOrg("jack", "", "")
				w.custom("jack", "boss", "guest", nil, grantsOf(rolekit.RolesWrite, rolekit.MembersWrite)...)
				w.createOrg("jack.below", "jack", "")
				w.assign("jack.below", "ada", "boss")
				w.ok(w.system().PutAssignment(w.t.Context(), "jack.below", rolekit.Assignment{User: "bob", Role: "owner", Period: rolekit.Period{Until: time.Now().Add(time.Hour)}}))
			},
			pairs:   []string{"bills:edit: {access: [any, own, set]}", "iam.roles:write: {profiles: [staff]}\n  bills:edit: {access: [any, own, set]}"},
			choices: rolekit.CatalogChoices{DropGrants: []rolekit.Permission{rolekit.RolesWrite}},
			want:    []string{`last_holder: nobody in "jack.below" would hold iam.roles:write any more, without end (give it to someone else first)`},
		},
		"nobody who manages, by a successor": {
			prepare: func(w *world) {
				w.createOrg("jack", "", "")
				w.group("jack", "bosses", []rolekit.UserID{"bob"})
				w.give("jack", "bosses", "owner")
			},
			pairs:   []string{"  " + owner + "\n", "  second: {profile: staff, grants: [\"bills:edit\"]}\n", "creator: owner", ""},
			choices: rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"owner": "second"}},
			want:    []string{`last_holder: nobody in "jack", "tom", "tom.north" would hold iam.roles:write any more, without end (give it to someone else first)`},
		},
		"a default role that becomes one of another profile": {
			prepare: func(w *world) { w.custom("tom.north", "local", "staff", []rolekit.RoleID{"clerk"}) },
			pairs:   []string{clerk, `  clerk: {profile: guest, grants: ["bills:edit"]}`},
			want: []string{`role_in_use: the file makes the default role "clerk" one of profile "guest", and as one of "staff" it is held by 1 user and 0 groups, and included by 2 roles ` +
				`(name the role that they get instead, or itself where users and groups are to hold it as one of its new profile)`},
		},
		"and that who holds it is to keep": {
			pairs:   []string{clerk, `  clerk: {profile: guest, grants: ["bills:edit"]}`},
			choices: rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "clerk"}},
			want: []string{`role_in_use: the file makes the default role "clerk" one of profile "guest", which roles of "staff" cannot include: editor of tom ` +
				`(change those roles first, or name the role that they get instead)`},
		},
		"and that a default role includes which no file declares": {
			prepare: func(w *world) {
				w.createOrg("free", "", "")
				w.ok(w.system().Unassign(w.t.Context(), "tom", "bob", "clerk"))
				w.ok(errOf(w.system().UpdateRole(w.t.Context(), "tom", "editor", rolekit.RolePatch{Includes: &[]rolekit.RoleID{}}, rolekit.Whatever)))
				d := w.Catalog().Defaults()
				d.Roles = append(d.Roles, rolekit.RoleSpec{ID: "old", Profile: "staff", Includes: []rolekit.RoleID{"clerk"}})
				_, err := w.system().ApplyDefaults(w.t.Context(), d)
				w.ok(err)
			},
			pairs: []string{clerk, `  clerk: {profile: guest, grants: ["bills:edit"]}`},
			want: []string{`role_in_use: the file makes the default role "clerk" one of profile "guest", and as one of "staff" it is held by 0 users and 0 groups, and included by 1 role ` +
				`(name the role that they get instead, or itself where users and groups are to hold it as one of its new profile)`},
		},
		"a default role that leaves, and that one includes which no file declares": {
			prepare: func(w *world) {
				w.ok(w.system().Unassign(w.t.Context(), "tom.north", "bob", "visitor"))
				d := w.Catalog().Defaults()
				d.Roles = append(d.Roles, rolekit.RoleSpec{ID: "old", Profile: "guest", Includes: []rolekit.RoleID{"visitor"}})
				_, err := w.system().ApplyDefaults(w.t.Context(), d)
				w.ok(err)
			},
			pairs: []string{`  visitor: {profile: guest, grants: ["bills:read"]}`, ""},
			want: []string{`role_in_use: the file does not declare the default role "visitor" any more, and it is held by 0 users and 0 groups, and included by 1 role ` +
				`(name the role that they get instead, or say in the file what it was renamed to)`},
		},
		"includes that lead back to what was kept": {
			prepare: func(w *world) {
				d := w.Catalog().Defaults()
				clerk := slices.IndexFunc(d.Roles, func(r rolekit.RoleSpec) bool { return r.ID == "clerk" })
				d.Roles[clerk].Includes = []rolekit.RoleID{"owner"}
				_, err := w.system().ApplyDefaults(w.t.Context(), d)
				w.ok(err)
			},
			pairs:   []string{owner, `owner: {profile: staff, grants: ["*:*"], includes: [clerk]}`},
			choices: rolekit.CatalogChoices{Keep: []string{"clerk"}},
			want:    []string{`cycle: role "clerk" includes "owner" already, so "owner" cannot include it`},
		},
		"who would be locked out is told once the rest is decided": {
			pairs: slices.Concat(weak, []string{"news: {actions: [read, send]}", "news: {actions: [read]}"}),
			want: []string{`grants_held: the file takes news:send away from custom roles that grant it: editor of tom ` +
				`(say that they lose it, or which permission they get instead, or in the file what it was renamed to)`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := applied(t)
			if test.prepare != nil {
				test.prepare(w)
			}
			same(t, "what refuses it", test.want, w.with(test.pairs...).refused(test.choices))
		})
	}
}

func errOf[T any](_ T, err error) error { return err }

// A default role becomes one of another profile: who held it gets another one of theirs,
// or holds it on, and roles that include it include the other one.
func TestDefaultRolesChangeTheirProfile(t *testing.T) {
	t.Parallel()
	const clerk = `  clerk: {profile: staff, grants: ["bills:edit"]}`
	pairs := []string{clerk, `  clerk: {profile: guest, grants: ["bills:edit"]}` + "\n" + `  second: {profile: staff, grants: ["bills:read"]}`}
	choose := func(to rolekit.RoleID) rolekit.CatalogChoices {
		return rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": to}}
	}
	may := func(w *world, profile rolekit.ProfileID) (all []rolekit.Permission) {
		w.t.Helper()
		grants, err := w.Permissions(w.t.Context(), rolekit.Identity{User: "bob", Org: "tom", Profile: profile})
		w.ok(err)
		for _, g := range grants {
			all = append(all, g.Permission)
		}
		return all
	}
	t.Run("another one", func(t *testing.T) {
		t.Parallel()
		first := applied(t)
		d := first.Catalog().Defaults() // one that no file declares, and that follows
		d.Roles = append(d.Roles, rolekit.RoleSpec{ID: "old", Profile: "staff", Includes: []rolekit.RoleID{"clerk"}})
		_, err := first.system().ApplyDefaults(t.Context(), d)
		first.ok(err)
		w := first.with(pairs...)
		w.unchanged("a successor of another profile", func() {
			_, err := w.apply(choose("visitor"))
			isError(t, "ApplyCatalog", err, rolekit.ErrInvalid)
		})
		p := w.planned(choose("second"))
		same(t, "who leaves", []rolekit.LeavingRole{{
			ID: "clerk", Profile: "guest", To: "second", Holders: rolekit.Holders{Users: 1, Roles: 2},
			IncludedBy: []rolekit.RoleRef{{Org: rolekit.AllOrgs, Role: "old"}, {Org: "tom", Role: "editor"}},
			Others:     []rolekit.RoleID{"owner", "second"},
		}}, p.Leaving)
		same(t, "editor includes", []rolekit.RoleID{"second"}, w.definition("editor").Includes)
		same(t, "old includes", []rolekit.RoleID{"second"}, w.definition("old").Includes)
		same(t, "bob, as staff", []rolekit.Permission{"bills:read"}, may(w, "staff"))
		same(t, "bob, as a guest", []rolekit.Permission(nil), may(w, "guest"))
	})
	t.Run("the same one", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.ok(errOf(w.system().UpdateRole(t.Context(), "tom", "editor", rolekit.RolePatch{Includes: &[]rolekit.RoleID{}}, rolekit.Whatever)))
		w = w.with(pairs...)
		w.planned(choose("clerk"))
		same(t, "bob, as staff", []rolekit.Permission(nil), may(w, "staff"))
		if now := may(w, "guest"); !slices.Contains(now, "bills:edit") {
			t.Errorf("bob may, as a guest: %v", now)
		}
	})
	t.Run("that nobody holds", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.ok(w.system().Unassign(t.Context(), "tom.north", "bob", "visitor"))
		w.with(`visitor: {profile: guest`, `visitor: {profile: staff`).planned(rolekit.CatalogChoices{})
	})
	t.Run("back to that of roles which include it in vain", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.sql("UPDATE rolekit_roles SET profile = 'guest' WHERE id = 'clerk'")
		w.sql("UPDATE casbin_rule SET v2 = 'guest' WHERE ptype = 'p' AND v0 = 'role:clerk'")
		w = w.again(rolekit.Config{Catalog: w.Catalog()})
		keep := choose("clerk")
		keep.OverwriteAll = true
		w.planned(keep)
	})
	t.Run("and is kept as it was edited", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		d := w.Catalog().Defaults()
		for i := range d.Roles {
			d.Roles[i].Label = "Edited"
		}
		_, err := w.system().ApplyDefaults(t.Context(), d)
		w.ok(err)
		p := w.with(pairs...).planned(rolekit.CatalogChoices{KeepAll: true})
		same(t, "who leaves", []rolekit.LeavingRole(nil), p.Leaving)
	})
	t.Run("with its profile, which has another name", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with("{staff: {}, guest: {}}", "{staff: {}, visitors: {renamed_from: guest}}", "{profile: guest", "{profile: visitors", "guest: [", "visitors: [")
		w.planned(rolekit.CatalogChoices{})
	})
}

// A profile that leaves takes all from the roles of it, which stay: they are named.
func TestPlansNameWhatStaysOfAProfile(t *testing.T) {
	t.Parallel()
	guestless := []string{"{staff: {}, guest: {}}", "{staff: {}}", "baseline:\n  guest: [\"news:read\"]\n", "", `  visitor: {profile: guest, grants: ["bills:read"]}`, ""}
	world := func() *world {
		w := applied(t)
		w.custom("tom", "reader", "guest", []rolekit.RoleID{"visitor"})
		w.custom("tom", "none", "guest", nil)
		w.createOrg("jack", "", "olga")
		w.custom("jack", "viewer", "guest", nil)
		w.assign("tom", "gus", "reader")
		w.assign("tom", "gus", "none") // and counts once
		w.assign("tom.north", "gus", "reader")
		w.group("tom", "crew", []rolekit.UserID{"eve"})
		w.give("tom", "crew", "reader")
		w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "una", Role: "reader", Period: rolekit.Period{Until: time.Now().Add(-time.Hour)}}))
		return w
	}
	mine := []rolekit.RoleRef{{Org: "jack", Role: "viewer"}, {Org: "tom", Role: "none"}, {Org: "tom", Role: "reader"}}
	t.Run("with the default roles that stay of it", func(t *testing.T) {
		t.Parallel()
		p := world().with(guestless...).planned(rolekit.CatalogChoices{LeaveRoles: true})
		same(t, "what stays", []rolekit.LeavingProfile{{ID: "guest", Roles: append([]rolekit.RoleRef{{Org: rolekit.AllOrgs, Role: "visitor"}}, mine...), Users: 3, Groups: 1}}, p.Profiles)
	})
	t.Run("also where something is to be decided", func(t *testing.T) {
		t.Parallel()
		w := world().with(guestless...)
		p, err := w.apply(rolekit.CatalogChoices{})
		isError(t, "applying it", err, rolekit.ErrRoleInUse)
		same(t, "what stays", []rolekit.LeavingProfile{{ID: "guest", Roles: mine, Users: 2, Groups: 1}}, p.Profiles)
	})
	t.Run("not where it has another name", func(t *testing.T) {
		t.Parallel()
		w := world().with("{staff: {}, guest: {}}", "{staff: {}, visitors: {renamed_from: guest}}", "{profile: guest", "{profile: visitors", "guest: [", "visitors: [")
		same(t, "what stays", []rolekit.LeavingProfile(nil), w.planned(rolekit.CatalogChoices{}).Profiles)
	})
	t.Run("not where nothing is of it", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.ok(w.system().Unassign(t.Context(), "tom.north", "bob", "visitor"))
		same(t, "what stays", []rolekit.LeavingProfile(nil), w.with(guestless...).planned(rolekit.CatalogChoices{}).Profiles)
	})
}

// Who manages by a default role that gets another name, or a successor that gives as
// much, manages on.
func TestSuccessorsKeepHolders(t *testing.T) {
	t.Parallel()
	const owner, boss = `  owner: {profile: staff, grants: ["*:*"]}`, `boss: {profile: staff, grants: ["*:*"]}`
	for name, c := range map[string]struct {
		pairs   []string
		choices rolekit.CatalogChoices
	}{
		"another name": {[]string{owner, strings.Replace("  "+boss, "{", "{renamed_from: owner, ", 1), "creator: owner", "creator: boss"}, rolekit.CatalogChoices{}},
		"a successor":  {[]string{owner, "  " + boss, "creator: owner", "creator: boss"}, rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"owner": "boss"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := applied(t)
			w.createOrg("jack", "", "")
			w.group("jack", "bosses", []rolekit.UserID{"bob"})
			w.give("jack", "bosses", "owner")
			w = w.with(c.pairs...)
			w.planned(c.choices)
			if !w.can("bob", "jack", rolekit.RolesWrite) || !w.can("olga", "tom", rolekit.RolesWrite) {
				t.Error("they do not manage any more")
			}
		})
	}
}

// A custom role that has the id of a default one, as it came back from where it could
// not be read, is the custom role: who holds it does not manage.
func TestCustomRolesOfADefaultRolesIDManageNothing(t *testing.T) {
	t.Parallel()
	const clerk = `  clerk: {profile: staff, grants: ["bills:edit"]}`
	w := applied(t).with(clerk, clerk+"\n"+`  second: {profile: staff, grants: ["*:*"]}`)
	_, err := w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	w.custom("tom", "other", "staff", nil)
	w.assign("tom", "bob", "other")
	w.sql("UPDATE rolekit_roles SET id = 'second' WHERE id = 'other'")
	w.sql("UPDATE casbin_rule SET v1 = 'role:second' WHERE v1 = 'role:other'")
	w = w.with(clerk, clerk+"\n"+`  second: {profile: staff, grants: ["*:*"]}`, `owner: {profile: staff, grants: ["*:*"]}`, `owner: {profile: staff, grants: ["bills:edit"]}`, "creator: owner", "creator: second")
	same(t, "what refuses it", []string{
		`last_holder: nobody in "tom", "tom.north" would hold iam.roles:write any more, without end (give it to someone else first)`,
	}, w.refused(rolekit.CatalogChoices{}))
	*w.upset = true
}

// An organisation whose policy cannot be read is left as it is; those below it are not.
func TestCatalogsReachBelowWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := applied(t)
	w.custom("tom.north", "local", "staff", nil, rolekit.Grant{Permission: "bills:edit", Access: rolekit.AccessOwn})
	w.sql("INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES ('g', 'nobody', 'role:clerk', 'tom', '', '', '')")
	w = w.with("bills: {actions: [read, edit]}", "invoices: {renamed_from: bills, actions: [read, edit]}", "bills:", "invoices:")
	p, err := w.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{})
	w.ok(err)
	did, err := w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	same(t, "what applying says, beside the plan", p, did)
	same(t, "what cannot be read", []rolekit.OrgID{"tom"}, p.Unread)
	var grants []string
	for _, r := range layerOf(t, w.store, "tom.north").Rules {
		if r.Ptype == "p" {
			grants = append(grants, strings.Join(r.V[:], " "))
		}
	}
	same(t, "what the role below grants", []string{"role:local tom.north staff invoices edit own"}, grants)
	*w.upset = true
}
