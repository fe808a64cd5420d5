package rolekit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
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

// What is named to be kept or overwritten has to be, or to have been: else it would go
// the way of what is not named.
func TestMistypedNamesAreRefused(t *testing.T) {
	t.Parallel()
	edited := func(t *testing.T) *world {
		t.Helper()
		w := applied(t)
		d := w.Catalog().Defaults()
		d.Roles = append(d.Roles, rolekit.RoleSpec{ID: "old", Profile: "staff"})
		d.Baseline["guest"] = nil
		_, err := w.system().ApplyDefaults(t.Context(), d)
		w.ok(err)
		return w
	}
	for name, test := range map[string]struct {
		choices rolekit.CatalogChoices
		want    string
	}{
		"kept":            {rolekit.CatalogChoices{Keep: []string{"clerck"}, OverwriteAll: true}, `there is and was no default role or baseline "clerck", to be kept or overwritten (did you mean "clerk"?)`},
		"overwritten":     {rolekit.CatalogChoices{Overwrite: []string{"zzzzzz"}, KeepAll: true}, `there is and was no default role or baseline "zzzzzz", to be kept or overwritten (rolekit plan tells what was edited, and what it is called)`},
		"a baseline":      {rolekit.CatalogChoices{Keep: []string{"baseline:guets"}, OverwriteAll: true}, `there is and was no default role or baseline "baseline:guets", to be kept or overwritten (did you mean "baseline:guest"?)`},
		"no name of any":  {rolekit.CatalogChoices{Keep: []string{"Clerk\x1b"}, OverwriteAll: true}, `there is and was no default role or baseline "Clerk\x1b", to be kept or overwritten (did you mean "clerk"?)`},
		"a custom role":   {rolekit.CatalogChoices{Keep: []string{"editor"}, OverwriteAll: true}, `there is and was no default role or baseline "editor", to be kept or overwritten (did you mean "visitor"?)`},
		"no permission":   {rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news"}}, `"news" is no permission (write OBJECT:ACTION)`},
		"nor one either":  {rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"News:read"}}, `"News:read" is no permission (write OBJECT:ACTION)`},
		"nor one":         {rolekit.CatalogChoices{MapGrants: map[rolekit.Permission]rolekit.Permission{"news:": "news:read"}}, `"news:" is no permission (write OBJECT:ACTION)`},
		"a successor":     {rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"gone": "clrk"}}, `the file declares no role "clrk", by which "gone" could be replaced (did you mean "clerk"?)`},
		"all and all":     {rolekit.CatalogChoices{KeepAll: true, OverwriteAll: true}, "what was edited cannot all be kept and all be overwritten"},
		"kept and gone":   {rolekit.CatalogChoices{Keep: []string{"clerk"}, Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "owner"}}, `"clerk" cannot both be kept and be replaced`},
		"one and the one": {rolekit.CatalogChoices{Keep: []string{"clerk"}, Overwrite: []string{"clerk"}}, `"clerk" cannot both be kept and be overwritten`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := edited(t)
			w.unchanged("applying", func() {
				_, planned := w.system().PlanCatalog(t.Context(), test.choices)
				_, err := w.apply(test.choices)
				for what, err := range map[string]error{"planning": planned, "applying": err} {
					isError(t, what, err, rolekit.ErrInvalid)
					same(t, what, test.want, err.Error())
				}
			})
		})
	}
	t.Run("by a name of before", func(t *testing.T) {
		t.Parallel()
		w := edited(t).with("  clerk: {", "  bookkeeper: {renamed_from: clerk, ", "{staff: {}, guest: {}}", "{staff: {}, visitors: {renamed_from: guest}}", "{profile: guest", "{profile: visitors", "guest: [", "visitors: [")
		for _, name := range []string{"clerk", "baseline:guest"} {
			_, err := w.apply(rolekit.CatalogChoices{Keep: []string{name}, OverwriteAll: true})
			isError(t, name, err, rolekit.ErrInvalid)
		}
	})
	t.Run("not where it was there once", func(t *testing.T) {
		t.Parallel()
		w := edited(t)
		for range 2 { // old goes: neither the file nor an earlier one declares it
			_, err := w.apply(rolekit.CatalogChoices{Overwrite: []string{"old", "clerk", "baseline:guest"}})
			w.ok(err)
		}
		if _, err := w.system().Role(t.Context(), "tom", "old"); !errors.Is(err, rolekit.ErrRoleNotFound) {
			t.Errorf("old is still there: %v", err)
		}
	})
}

// Choices about what would leave may be made again once it has left: what decides
// nothing is told.
func TestChoicesThatDecideNothingAreTold(t *testing.T) {
	t.Parallel()
	first := applied(t)
	w := first.with("{actions: [read, send]}", "{actions: [read]}", "bills: {actions", "invoices: {renamed_from: bills, actions", "bills:", "invoices:",
		`  clerk: {profile: staff,`, `  bookkeeper: {renamed_from: clerk, profile: staff,`)
	choices := rolekit.CatalogChoices{
		DropGrants: []rolekit.Permission{"news:send", "news:snd", "bills:read", "invoices:read"},
		MapGrants:  map[rolekit.Permission]rolekit.Permission{"else:where": "news:read"},
		Replace:    map[rolekit.RoleID]rolekit.RoleID{"clerk": "visitor", "onwer": "owner", "visitor": "visitor", "bookkeeper": "owner"},
	}
	p := w.planned(choices)
	same(t, "what decides nothing", []rolekit.IdleChoice{
		{Choice: "replace", Name: "bookkeeper", Reason: "the file declares that role, so that it does not leave"},
		{Choice: "replace", Name: "clerk", Reason: "the file says that it is bookkeeper now"},
		{Choice: "replace", Name: "onwer", Reason: `no default role of that name is stored; did you mean "owner"?`},
		{Choice: "drop_grants", Name: "news:snd", Reason: `the catalog that was applied last has no such permission; did you mean "news:send"?`},
		{Choice: "drop_grants", Name: "bills:read", Reason: "that permission is called invoices:read now"},
		{Choice: "drop_grants", Name: "invoices:read", Reason: "the file has that permission, and no custom role loses it"},
		{Choice: "map_grants", Name: "else:where", Reason: "the catalog that was applied last has no such permission"},
	}, p.Idle)
	for name, quiet := range map[string]rolekit.CatalogChoices{
		"the new name":            {Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "bookkeeper"}, OverwriteAll: true},
		"what nobody has":         {DropGrants: []rolekit.Permission{"news:send"}},
		"what goes from somebody": {DropGrants: []rolekit.Permission{"bills:edit"}},
	} {
		w := applied(t)
		_, err := w.system().SetGrants(t.Context(), "tom", "editor", []rolekit.Grant{{Permission: "bills:edit", Access: rolekit.AccessOwn}}, rolekit.Whatever)
		w.ok(err)
		switch {
		case quiet.Replace != nil:
			w = w.with(`  clerk: {profile: staff,`, `  bookkeeper: {renamed_from: clerk, profile: staff,`)
		case quiet.DropGrants[0] == "news:send":
			w = w.with("{actions: [read, send]}", "{actions: [read]}")
		default:
			w = w.with("bills:edit: {access: [any, own, set]}", "bills:edit: {access: [any, set]}")
		}
		same(t, name+": what decides nothing", []rolekit.IdleChoice(nil), w.planned(quiet).Idle)
	}
	again, err := w.apply(choices)
	w.ok(err)
	if i := slices.IndexFunc(again.Idle, func(i rolekit.IdleChoice) bool { return i.Name == "news:send" }); i < 0 || !again.Empty() {
		t.Errorf("once more it says %v", again.Idle)
	}
}

// What is named to be replaced leaves, though all that was edited is kept; and at once.
func TestWhatIsReplacedIsNotKept(t *testing.T) {
	t.Parallel()
	w := applied(t)
	d := w.Catalog().Defaults()
	i := slices.IndexFunc(d.Roles, func(r rolekit.RoleSpec) bool { return r.ID == "clerk" })
	d.Roles[i].Grants = grantsOf("bills:read")
	_, err := w.system().ApplyDefaults(t.Context(), d)
	w.ok(err)
	w.custom("tom", "lead", "staff", []rolekit.RoleID{"clerk"})
	w = w.with("  clerk: {profile: staff, grants: [\"bills:edit\"]}\n", "  aide: {profile: staff}\n")
	choices := rolekit.CatalogChoices{KeepAll: true, Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "aide"}}
	p, err := w.apply(choices)
	w.ok(err)
	if len(p.Idle) > 0 || len(p.Leaving) != 1 || p.Leaving[0].To != "aide" {
		t.Errorf("it leaves: %+v", p)
	}
	lead, err := w.system().Role(t.Context(), "tom", "lead")
	w.ok(err)
	same(t, "what lead includes", []rolekit.RoleID{"aide"}, lead.Includes)
	w.unchanged("a second time", func() {
		_, err := w.apply(choices)
		w.ok(err)
	})
}

// What is to be kept and was not edited becomes what the file says, and that is told.
func TestKeepingWhatIsNotEdited(t *testing.T) {
	t.Parallel()
	p := applied(t).planned(rolekit.CatalogChoices{Keep: []string{"clerk"}})
	same(t, "what decides nothing", []rolekit.IdleChoice{{Choice: "keep", Name: "clerk", Reason: "nothing edited it, so that there is nothing to keep"}}, p.Idle)
}

// A default role or profile does not get the name of another one: who has either would
// have both. That something was renamed may stay in the file for good.
func TestTwoDoNotBecomeOne(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pairs []string
		want  string
	}{
		"roles": {
			[]string{`  clerk: {profile: staff, grants: ["bills:edit"]}` + "\n", "", "owner: {profile", "owner: {renamed_from: clerk, profile"},
			`the file calls the role "clerk" "owner" now, and there is one of that name already: the two would become one`,
		},
		"profiles": {
			[]string{"{staff: {}, guest: {}}", "{staff: {renamed_from: guest}}", "profile: guest", "profile: staff", "guest: [", "staff: ["},
			`the file calls the profile "guest" "staff" now, and there is one of that name already: the two would become one`,
		},
		"a name that nothing has": {[]string{"  clerk: {", "  bookkeeper: {renamed_from: clerk, "}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := applied(t).with(test.pairs...)
			if test.want == "" {
				_, err := w.apply(rolekit.CatalogChoices{})
				w.ok(err)
				p, err := w.apply(rolekit.CatalogChoices{})
				w.ok(err)
				if !p.Empty() {
					t.Errorf("a second time: %+v", p)
				}
				return
			}
			w.unchanged("a merge", func() {
				_, planned := w.system().PlanCatalog(t.Context(), rolekit.CatalogChoices{})
				_, err := w.apply(rolekit.CatalogChoices{OverwriteAll: true})
				for what, err := range map[string]error{"planning": planned, "applying": err} {
					if isError(t, what, err, rolekit.ErrInvalid); err != nil && !strings.Contains(err.Error(), test.want) {
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		})
	}
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

// drawnCatalog is a catalog that is drawn, by what differs.
type drawnCatalog struct {
	send, guests bool // whether there are news:send, and the profile of guests
	bills        string
	roles        []rolekit.RoleSpec
	former       map[rolekit.RoleID]rolekit.RoleID
}

func drawCatalog(rt *rapid.T, first *drawnCatalog) drawnCatalog {
	often := func(what string) bool { return rapid.IntRange(0, 3).Draw(rt, what) > 0 }
	c := drawnCatalog{send: true, guests: true, bills: "bills", former: map[rolekit.RoleID]rolekit.RoleID{}}
	ids := []rolekit.RoleID{"owner", "clerk", "aide"}
	if first != nil {
		c.send, c.guests = often("news can be sent"), often("guests")
		for _, id := range []rolekit.RoleID{"chief", "own"} {
			if !often("no " + string(id)) {
				ids = append(ids, id)
			}
		}
		if !often("the old name") {
			c.bills = "invoices"
		}
	}
	for _, id := range ids {
		if (first == nil && id == "owner") || often("role "+string(id)) {
			c.drawRole(rt, id, first)
		}
	}
	return c
}

// drawRole adds a role: often as it was, else another one, which may have had the name
// of one that is gone.
func (c *drawnCatalog) drawRole(rt *rapid.T, id rolekit.RoleID, first *drawnCatalog) {
	s := rolekit.RoleSpec{ID: id, Profile: "staff"}
	if first != nil {
		if i := first.index(id); i >= 0 && rapid.IntRange(0, 2).Draw(rt, "as it was") > 0 {
			s = first.roles[i]
		}
	}
	if s.Grants == nil {
		if c.guests && rapid.IntRange(0, 4).Draw(rt, "profile") == 0 {
			s.Profile = "guest"
		}
		some := []rolekit.Permission{"bills:edit", "bills:read", rolekit.RolesWrite, rolekit.MembersWrite, "*:*"}
		s.Grants = grantsOf(rapid.SliceOfNDistinct(rapid.SampledFrom(some), 0, 3, rapid.ID).Draw(rt, "grants")...)
		if id == "owner" && first == nil {
			s.Grants, s.Profile = grantsOf("*:*"), "staff"
		}
		for _, other := range c.roles {
			if other.Profile == s.Profile && rapid.IntRange(0, 2).Draw(rt, "includes") == 0 {
				s.Includes = append(s.Includes, other.ID)
			}
		}
		if first != nil && first.index(id) < 0 && rapid.Bool().Draw(rt, "renamed") {
			c.former[id] = rapid.SampledFrom(first.roles).Draw(rt, "former").ID
		}
	}
	if s.Profile == "guest" && !c.guests {
		s.Profile = "staff"
	}
	s.Includes = slices.DeleteFunc(slices.Clone(s.Includes), func(id rolekit.RoleID) bool {
		i := c.index(id)
		return i < 0 || c.roles[i].Profile != s.Profile
	})
	c.roles = append(c.roles, s)
}

func (c *drawnCatalog) index(id rolekit.RoleID) int {
	return slices.IndexFunc(c.roles, func(r rolekit.RoleSpec) bool { return r.ID == id })
}

// parse returns it as a catalog; former names that are still declared, or that two have,
// are left out.
func (c *drawnCatalog) parse(t testing.TB) *rolekit.Catalog {
	t.Helper()
	var b strings.Builder
	b.WriteString("actions:\n  edit: {implies: [read]}\n  send: {implies: [read]}\nprofiles:\n  staff: {}\n")
	if c.guests {
		b.WriteString("  guest: {}\n")
	}
	renamed := ""
	if c.bills != "bills" {
		renamed = "renamed_from: bills, "
	}
	actions := "[read, send]"
	if !c.send {
		actions = "[read]"
	}
	fmt.Fprintf(&b, "objects:\n  %s: {%sactions: [read, edit]}\n  news: {actions: %s}\n", c.bills, renamed, actions)
	if len(c.roles) > 0 {
		b.WriteString("roles:\n")
	}
	seen := map[rolekit.RoleID]bool{}
	for _, r := range c.roles {
		var grants []string
		for _, g := range r.Grants {
			grants = append(grants, fmt.Sprintf("%q", strings.Replace(string(g.Permission), "bills", c.bills, 1)))
		}
		fmt.Fprintf(&b, "  %s: {profile: %s, grants: [%s], includes: [%s]", r.ID, r.Profile, strings.Join(grants, ", "), strings.Join(strs(r.Includes), ", "))
		if from := c.former[r.ID]; from != "" && c.index(from) < 0 && !seen[from] {
			seen[from] = true
			fmt.Fprintf(&b, ", renamed_from: %s", from)
		}
		b.WriteString("}\n")
	}
	return parseCatalog(t, b.String())
}

func strs[T ~string](all []T) []string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = string(s)
	}
	return texts
}

// drawOrgs makes organisations with custom roles, groups and people, as far as that can
// be made.
func drawOrgs(rt *rapid.T, w *world, first *drawnCatalog) {
	ctx, m := w.t.Context(), w.system()
	roles := []rolekit.RoleID{"own", "chief", "mine"} // that the second catalog may have too
	for _, r := range first.roles {
		roles = append(roles, r.ID)
	}
	for i, o := range []rolekit.NewOrg{{ID: "tom"}, {ID: "tom.north", Parent: "tom"}, {ID: "jack"}} {
		_, err := m.CreateOrg(ctx, o)
		w.ok(err)
		_, err = m.PutGroup(ctx, o.ID, rolekit.GroupSpec{ID: rolekit.GroupID(fmt.Sprint("g", i))}, rolekit.Absent)
		w.ok(err)
		w.ok(m.AddToGroup(ctx, o.ID, rolekit.GroupID(fmt.Sprint("g", i)), []rolekit.UserID{"carol"}, nil))
		for _, id := range roles[:3] {
			s := rolekit.RoleSpec{ID: id, Profile: rapid.SampledFrom([]rolekit.ProfileID{"staff", "staff", "guest"}).Draw(rt, "profile")}
			some := []rolekit.Permission{"bills:edit", "news:send", rolekit.RolesWrite, rolekit.MembersWrite}
			s.Grants = grantsOf(rapid.SliceOfNDistinct(rapid.SampledFrom(some), 0, 2, rapid.ID).Draw(rt, "grants")...)
			if rapid.Bool().Draw(rt, "includes") {
				s.Includes = []rolekit.RoleID{rapid.SampledFrom(first.roles).Draw(rt, "included").ID}
			}
			if rapid.IntRange(0, 2).Draw(rt, "made") == 0 {
				_, _ = m.CreateRole(ctx, o.ID, s) // of another profile, or taken above: then it is not there
			}
		}
		for range rapid.IntRange(0, 4).Draw(rt, "assignments") {
			a := rolekit.Assignment{Role: rapid.SampledFrom(roles).Draw(rt, "role")}
			if rapid.IntRange(0, 3).Draw(rt, "who") == 0 {
				a.Group = rolekit.GroupID(fmt.Sprint("g", i))
			} else {
				a.User = rapid.SampledFrom([]rolekit.UserID{"olga", "ada"}).Draw(rt, "user")
			}
			if rapid.IntRange(0, 3).Draw(rt, "until") == 0 {
				a.Until = noon().Add(time.Hour)
			}
			_ = m.PutAssignment(ctx, o.ID, a) // of a role that is not there: then it is not made
		}
	}
}

func drawChoices(rt *rapid.T) (c rolekit.CatalogChoices) {
	some := func(what string) bool { return rapid.Bool().Draw(rt, what) }
	c.LeaveRoles = some("leave")
	c.KeepAll = some("keep")
	c.OverwriteAll = !c.KeepAll && some("overwrite")
	if some("drop") {
		c.DropGrants = []rolekit.Permission{"news:send"}
	} else if some("map") {
		c.MapGrants = map[rolekit.Permission]rolekit.Permission{"news:send": "news:read"}
	}
	if rapid.IntRange(0, 3).Draw(rt, "replace") == 0 {
		from := rapid.SampledFrom([]rolekit.RoleID{"owner", "clerk", "aide"}).Draw(rt, "from")
		c.Replace = map[rolekit.RoleID]rolekit.RoleID{from: rapid.SampledFrom([]rolekit.RoleID{"owner", "clerk", "chief"}).Draw(rt, "to")}
	}
	return c
}

// managed says in which organisations somebody may do what nobody else could give then,
// long after all has ended that does end.
func (w *world) managed(c *rolekit.Catalog) map[string]bool {
	w.t.Helper()
	later := w.again(rolekit.Config{Catalog: c, Clock: clockAt(noon().AddDate(50, 0, 0)).tell})
	all := map[string]bool{}
	for _, org := range []rolekit.OrgID{"tom", "tom.north", "jack"} {
		for _, user := range []rolekit.UserID{"olga", "ada", "carol"} {
			for _, p := range c.Profiles() {
				for _, want := range []rolekit.Permission{rolekit.RolesWrite, rolekit.MembersWrite} {
					d, err := later.Can(w.t.Context(), rolekit.Identity{User: user, Org: org, Profile: p.ID}, want, nil)
					w.ok(err)
					all[fmt.Sprint(want, " in ", org)] = all[fmt.Sprint(want, " in ", org)] || d.Allowed
				}
			}
		}
	}
	return all
}

// includesWork checks that what any role includes gives it something: that it is there,
// and of the role's profile.
func (w *world) includesWork() {
	w.t.Helper()
	for _, org := range []rolekit.OrgID{"tom", "tom.north", "jack"} {
		roles, err := w.system().Roles(w.t.Context(), org, rolekit.RoleQuery{})
		w.ok(err)
		for _, r := range roles {
			for _, id := range r.Includes {
				i := slices.IndexFunc(roles, func(r rolekit.Role) bool { return r.ID == id })
				if i < 0 || roles[i].Profile != r.Profile {
					w.t.Errorf("in %s, %s of profile %s includes %s in vain", org, r.ID, r.Profile, id)
				}
			}
		}
	}
}

// TestNothingIsRefusedThatIsNotPlanned: a plan is refused for nothing where applying it
// goes through, and nowhere else; and where it does, no organisation is locked out, and no role includes
// another one in vain.
func TestNothingIsRefusedThatIsNotPlanned(t *testing.T) {
	t.Parallel()
	met := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		first := drawCatalog(rt, nil)
		second := drawCatalog(rt, &first)
		tb := drawn{t, rt}
		w := (&world{t: tb, store: memstore.New()}).again(rolekit.Config{Catalog: first.parse(tb), Clock: clockAt(noon()).tell})
		_, err := w.apply(rolekit.CatalogChoices{})
		w.ok(err)
		drawOrgs(rt, w, &first)
		if rapid.Bool().Draw(rt, "edited") {
			d := w.Catalog().Defaults()
			d.Roles[0].Grants = grantsOf("bills:read")
			_, _ = w.system().ApplyDefaults(t.Context(), d) // it may lock somebody out: then it is not made
		}
		before := w.managed(w.Catalog())
		now := w.again(rolekit.Config{Catalog: second.parse(tb), Clock: clockAt(noon()).tell})
		choices := drawChoices(rt)
		p, planErr := now.system().PlanCatalog(t.Context(), choices)
		stored := adaptertest.Dump(tb, w.store)
		_, err = now.apply(choices)
		if (err == nil) != (planErr == nil && len(p.Refused) == 0) {
			rt.Fatalf("the plan is refused for %v %v, and applying it: %v", planErr, p.Refused, err)
		}
		if err != nil {
			same(tb, "the store after a refusal", stored, adaptertest.Dump(tb, w.store))
			for _, e := range p.Refused {
				met[string(e.Code)]++
			}
			return
		}
		met["applied"]++
		done := adaptertest.Dump(tb, w.store)
		again, err := now.apply(choices)
		if err != nil || again.Roles > 0 || len(again.Leaving) > 0 {
			rt.Fatalf("a second time: %+v, %v", again, err)
		}
		same(tb, "the store after a second time", done, adaptertest.Dump(tb, w.store))
		now.includesWork()
		after := now.managed(now.Catalog())
		for what, is := range before {
			if is && !after[what] {
				rt.Fatalf("nobody has %s any more", what)
			}
		}
	})
	t.Logf("%v", met)
	for _, what := range []string{"applied", "last_holder"} { // which nearly every tenth case comes to
		if met[what] == 0 {
			t.Errorf("no case came to %s", what)
		}
	}
}
