package rolekit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

// The catalog that the tests of plans begin with.
const firstCatalog = `
actions:
  edit: {implies: [read]}
  send: {implies: [read]}
profiles: {staff: {}, guest: {}}
objects:
  bills: {actions: [read, edit]}
  news: {actions: [read, send]}
permissions:
  bills:edit: {access: [any, own, set]}
  bills:read: {access: [any, own, set]}
baseline:
  guest: ["news:read"]
roles:
  owner: {profile: staff, grants: ["*:*"]}
  clerk: {profile: staff, grants: ["bills:edit"]}
  visitor: {profile: guest, grants: ["bills:read"]}
creator: owner
`

// applied is a world whose catalog is the first one, in which tom, made by olga, has
// roles of its own and people.
func applied(t testing.TB) *world {
	t.Helper()
	w := emptyWorld(t).again(rolekit.Config{Catalog: parseCatalog(t, firstCatalog)})
	_, err := w.apply(rolekit.CatalogChoices{})
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.createOrg("tom.north", "tom", "")
	w.custom("tom", "editor", "staff", []rolekit.RoleID{"clerk"}, rolekit.Grant{Permission: "bills:edit", Access: rolekit.AccessOwn}, rolekit.Grant{Permission: "news:send", Access: "any"})
	w.assign("tom", "ada", "editor")
	w.assign("tom", "bob", "clerk")
	w.assign("tom.north", "bob", "visitor")
	return w
}

func (w *world) custom(org rolekit.OrgID, id rolekit.RoleID, profile rolekit.ProfileID, includes []rolekit.RoleID, grants ...rolekit.Grant) {
	w.t.Helper()
	_, err := w.system().CreateRole(w.t.Context(), org, rolekit.RoleSpec{ID: id, Profile: profile, Includes: includes, Grants: grants})
	w.ok(err)
}

func (w *world) apply(choices rolekit.CatalogChoices) (rolekit.CatalogPlan, error) {
	return w.system().ApplyCatalog(w.t.Context(), choices)
}

// with is the world as a process with another catalog has it: pairs of what is to be
// replaced in the first one, and by what.
func (w *world) with(pairs ...string) *world {
	w.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(firstCatalog, pairs[i]) {
			w.t.Fatalf("the catalog does not hold %q", pairs[i])
		}
	}
	return w.again(rolekit.Config{Catalog: parseCatalog(w.t, strings.NewReplacer(pairs...).Replace(firstCatalog))})
}

// planned is what the plan says, which applying it has to say too, and which is empty
// afterwards.
func (w *world) planned(choices rolekit.CatalogChoices) rolekit.CatalogPlan {
	w.t.Helper()
	var p rolekit.CatalogPlan
	w.unchanged("planning", func() {
		var err error
		p, err = w.system().PlanCatalog(w.t.Context(), choices)
		w.ok(err)
	})
	did, err := w.apply(choices)
	w.ok(err)
	same(w.t, "what applying says, beside the plan", p, did)
	again, err := w.system().PlanCatalog(w.t.Context(), choices)
	w.ok(err)
	if !again.Empty() {
		w.t.Errorf("applied, there is still to do: %+v", again)
	}
	before := adaptertest.Dump(w.t, w.store)
	_, err = w.apply(choices)
	w.ok(err)
	same(w.t, "the store after applying again", before, adaptertest.Dump(w.t, w.store))
	return p
}

// definition is what a custom role of tom says.
func (w *world) definition(id rolekit.RoleID) rolekit.RoleSpec {
	w.t.Helper()
	r, err := w.system().Role(w.t.Context(), "tom", id)
	w.ok(err)
	return r.RoleSpec
}

func layerOf(t testing.TB, s rolekit.Store, org rolekit.OrgID) (l rolekit.Layer) {
	t.Helper()
	if err := s.View(t.Context(), func(r rolekit.Reader) (err error) {
		l, err = r.Layer(t.Context(), org)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

func verbs(p rolekit.CatalogPlan) (all []string) {
	for _, c := range p.Changes {
		all = append(all, strings.TrimSpace(string(c.Verb)+" "+c.Kind+" "+c.ID))
	}
	for _, r := range p.Renames {
		all = append(all, "rename "+r.Kind+" "+r.From+" "+r.To)
	}
	return all
}

func TestApplyCatalogAddsChangesAndRemoves(t *testing.T) {
	t.Parallel()
	w := applied(t).with("{actions: [read, send]}", "{label: News, actions: [read, send]}\n  jobs: {actions: [read]}",
		`grants: ["bills:edit"]}`, `grants: ["bills:read"]}`+"\n"+`  second: {profile: staff, includes: [clerk]}`, `guest: ["news:read"]`, `guest: ["jobs:read"]`,
		`  visitor: {profile: guest, grants: ["bills:read"]}`, "  # renamed", "creator: owner", "creator: owner")
	w.ok(w.system().Unassign(t.Context(), "tom.north", "bob", "visitor"))
	p := w.planned(rolekit.CatalogChoices{})
	same(t, "the changes", []string{
		"change baseline guest", "add object jobs", "change object news", "add permission jobs:read", "change permission news:read", "change permission news:send",
		"change role clerk", "change role owner", "add role second", "remove role visitor",
	}, verbs(p))
	clerk := p.Changes[slices.IndexFunc(p.Changes, func(c rolekit.CatalogChange) bool { return c.ID == "clerk" })]
	same(t, "how clerk changes", []rolekit.FieldChange{{Name: "grants", Added: []string{"bills:read"}, Removed: []string{"bills:edit"}}}, clerk.Fields)
	if clerk.Last == nil || clerk.Last.By != "system:test" || clerk.Last.Action != "role.apply" || clerk.Last.Unaudited {
		t.Errorf("clerk was changed last: %+v", clerk.Last)
	}
	if w.can("bob", "tom", "bills:edit") || !w.can("bob", "tom", "bills:read") {
		t.Error("bob does not have what clerk grants now")
	}
}

func TestApplyCatalogIsTheSystems(t *testing.T) {
	t.Parallel()
	w := applied(t)
	w.unchanged("applying", func() {
		for _, m := range []*rolekit.Manager{w.as("olga"), w.Manager(), w.as("")} {
			_, err := m.ApplyCatalog(t.Context(), rolekit.CatalogChoices{})
			isError(t, "ApplyCatalog", err, rolekit.ErrPermissionDenied)
			_, err = m.PlanCatalog(t.Context(), rolekit.CatalogChoices{})
			isError(t, "PlanCatalog", err, rolekit.ErrPermissionDenied)
		}
	})
}

// All that can have another name gets one, and everybody may what they might.
func TestApplyCatalogCarriesRenames(t *testing.T) {
	t.Parallel()
	w := applied(t)
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{User: "carol", Role: "clerk", Period: rolekit.Period{Until: until}}))
	_, err := w.system().PutGroup(t.Context(), "tom", rolekit.GroupSpec{ID: "crew"}, 0)
	w.ok(err)
	w.ok(w.system().PutAssignment(t.Context(), "tom", rolekit.Assignment{Group: "crew", Role: "clerk"}))
	_, err = w.system().PutSet(t.Context(), "tom", rolekit.SetSpec{ID: "north"}, 0)
	w.ok(err)
	w.custom("tom", "small", "staff", nil, rolekit.Grant{Permission: "bills:read", Access: "set:north"})
	w.ok(w.as("olga").SwitchProfile(t.Context(), "tom", "staff"))

	now := w.with("edit: {implies: [read]}", "write: {renamed_from: edit, implies: [read]}", "{staff: {}, guest: {}}", "{people: {renamed_from: staff}, guest: {}}",
		"bills: {actions: [read, edit]}", "invoices: {renamed_from: bills, actions: [read, write]}", "news: {actions: [read, send]}", "news: {actions: [read, publish]}",
		"send: {implies", "publish: {implies", "bills:edit: {access", "news:publish: {renamed_from: [news:post, news:send]}\n  invoices:write: {access",
		"bills:read: {access", "invoices:read: {access", "staff, grants: [\"*", "people, grants: [\"*", "clerk: {profile: staff, grants: [\"bills:edit\"]}", "bookkeeper: {renamed_from: clerk, profile: people, grants: [\"invoices:write\"]}",
		`grants: ["bills:read"]`, `grants: ["invoices:read"]`)
	p := now.planned(rolekit.CatalogChoices{})
	var renames []string
	for _, r := range p.Renames {
		renames = append(renames, strings.Join([]string{r.Kind, r.From, r.To}, " "))
	}
	same(t, "the renames", []string{"action edit write", "object bills invoices", "permission news:send news:publish", "profile staff people", "role clerk bookkeeper"}, renames)
	same(t, "how many follow the role", [2]int{1, 3}, [2]int{p.Renames[4].Roles, p.Renames[4].Assignments})
	same(t, "how many follow the object", 2, p.Renames[1].Roles)

	same(t, "editor", rolekit.RoleSpec{
		ID: "editor", Label: "editor", Profile: "people", Includes: []rolekit.RoleID{"bookkeeper"},
		Grants: []rolekit.Grant{{Permission: "invoices:write", Access: "own"}, {Permission: "news:publish", Access: "any"}},
	}, now.definition("editor"))
	same(t, "small", []rolekit.Grant{{Permission: "invoices:read", Access: "set:north"}}, now.definition("small").Grants)
	var held []string
	for _, r := range layerOf(t, now.store, "tom").Rules {
		if r.Ptype != "p" && strings.HasPrefix(r.V[1], "role:") {
			held = append(held, strings.Join(r.V[:], " "))
		}
	}
	slices.Sort(held)
	same(t, "who holds what", []string{
		"group:crew role:bookkeeper tom   ", "role:editor role:bookkeeper tom   ", "user:ada role:editor tom   ", "user:bob role:bookkeeper tom   ",
		"user:carol role:bookkeeper tom _ " + until.Format(time.DateTime) + " ", "user:olga role:owner tom   ",
	}, held)
	for user, want := range map[rolekit.UserID]map[rolekit.Permission]bool{
		"ada": {"invoices:write": true, "news:publish": true}, "bob": {"invoices:write": true, "news:publish": false}, "olga": {"invoices:write": true, rolekit.RolesWrite: true},
	} {
		for permission, may := range want {
			if now.can(user, "tom", permission) != may {
				t.Errorf("%s may %s is not %v", user, permission, may)
			}
		}
	}
	_, active, err := now.Profiles(t.Context(), "tom", "olga")
	w.ok(err)
	same(t, "olga acts as", rolekit.ProfileID("people"), active)
	if _, err := now.system().Role(t.Context(), "tom", "clerk"); !errors.Is(err, rolekit.ErrRoleNotFound) {
		t.Errorf("clerk is still there: %v", err)
	}
	// An organisation may use the name from now on, and it is not taken for the old role.
	now.custom("tom", "clerk", "people", nil)
	now.assign("tom", "dora", "clerk")
	again, err := now.apply(rolekit.CatalogChoices{})
	w.ok(err)
	if !again.Empty() {
		t.Errorf("the custom role is taken for the default one: %+v", again)
	}
}

func TestApplyCatalogDoesNotOverwriteWhatWasEdited(t *testing.T) {
	t.Parallel()
	edit := func(w *world) {
		d := w.Catalog().Defaults()
		i := slices.IndexFunc(d.Roles, func(r rolekit.RoleSpec) bool { return r.ID == "clerk" })
		d.Roles[i].Grants = grantsOf("bills:edit", "news:read")
		d.Baseline["guest"] = nil
		_, err := w.Manager().As(rolekit.System("night")).ApplyDefaults(t.Context(), d)
		w.ok(err)
	}
	grants := func(w *world) []rolekit.Grant { return w.definition("clerk").Grants }
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		edit(w)
		for _, w := range []*world{w, w.with(`clerk: {profile: staff, grants: ["bills:edit"]}`, `clerk: {profile: staff, grants: ["news:read"]}`)} {
			w.unchanged("applying", func() {
				for _, choices := range []rolekit.CatalogChoices{{}, {Keep: []string{"clerk"}}, {Overwrite: []string{"baseline:guest"}}, {LeaveRoles: true}} {
					p, err := w.apply(choices)
					isError(t, "ApplyCatalog", err, rolekit.ErrDrifted)
					if len(p.Drift) != 2 || p.Drift[1].ID != "clerk" || p.Drift[1].Last.By != "system:night" || p.Drift[1].Last.Unaudited {
						t.Errorf("the drift is %+v", p.Drift)
					}
				}
			})
		}
	})
	t.Run("kept", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		edit(w)
		other := w.with(`clerk: {profile: staff, grants: ["bills:edit"]}`, `clerk: {profile: staff, label: Clerk, grants: ["news:read"]}`, "news: {actions", "news: {label: The news, actions")
		keep := rolekit.CatalogChoices{Keep: []string{"clerk", "baseline:guest"}}
		other.planned(keep)
		same(t, "clerk", grantsOf("bills:edit", "news:read"), grants(other))
		_, err := other.apply(rolekit.CatalogChoices{}) // it is still not what the file says
		isError(t, "applying once more", err, rolekit.ErrDrifted)
		_, err = w.apply(rolekit.CatalogChoices{})
		isError(t, "applying the first one", err, rolekit.ErrDrifted)
	})
	t.Run("overwritten", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		edit(w)
		p := w.planned(rolekit.CatalogChoices{OverwriteAll: true})
		same(t, "clerk", grantsOf("bills:edit"), grants(w))
		same(t, "the changes", []string{"add baseline guest", "change role clerk"}, verbs(p))
		_, err := w.apply(rolekit.CatalogChoices{})
		w.ok(err)
	})
	t.Run("one of each", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		edit(w)
		w.planned(rolekit.CatalogChoices{KeepAll: true, Overwrite: []string{"clerk"}})
		same(t, "clerk", grantsOf("bills:edit"), grants(w))
	})
	t.Run("by hand", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.sql("UPDATE casbin_rule SET v4 = 'read' WHERE v0 = 'role:clerk' AND v1 = '*'")
		p, err := w.apply(rolekit.CatalogChoices{})
		isError(t, "ApplyCatalog", err, rolekit.ErrDrifted)
		if len(p.Drift) != 1 || p.Drift[0].Last == nil || !p.Drift[0].Last.Unaudited {
			t.Errorf("the drift is %+v", p.Drift)
		}
	})
	t.Run("deleted by hand", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.sql("DELETE FROM casbin_rule WHERE v0 = 'role:clerk' AND v1 = '*'")
		w.sql("DELETE FROM rolekit_roles WHERE id = 'clerk'")
		p, err := w.apply(rolekit.CatalogChoices{})
		isError(t, "ApplyCatalog", err, rolekit.ErrDrifted)
		same(t, "what was done", rolekit.VerbRemove, p.Drift[0].Verb)
		_, err = w.apply(rolekit.CatalogChoices{Overwrite: []string{"clerk"}})
		w.ok(err)
		same(t, "clerk", grantsOf("bills:edit"), grants(w))
	})
	t.Run("what the file says meanwhile has not drifted", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		edit(w)
		other := w.with(`clerk: {profile: staff, grants: ["bills:edit"]}`, `clerk: {profile: staff, grants: ["bills:edit", "news:read"]}`, `  guest: ["news:read"]`, "  guest: []")
		_, err := other.apply(rolekit.CatalogChoices{})
		w.ok(err)
		_, err = w.apply(rolekit.CatalogChoices{}) // and is what was applied last
		w.ok(err)
		same(t, "clerk", grantsOf("bills:edit"), grants(w))
	})
}

func TestApplyCatalogKeepsGrantsOfCustomRoles(t *testing.T) {
	t.Parallel()
	without := []string{"news: {actions: [read, send]}", "news: {actions: [read]}"}
	narrow := []string{"bills:edit: {access: [any, own, set]}", "bills:edit: {access: [any, set]}", "bills:read: {access: [any, own, set]}", "bills:read: {}"}
	grants := func(w *world) []rolekit.Grant { return w.definition("editor").Grants }
	own := rolekit.Grant{Permission: "bills:edit", Access: "own"}
	send := rolekit.Grant{Permission: "news:send", Access: "any"}
	for name, test := range map[string]struct {
		catalog []string
		choices rolekit.CatalogChoices
		want    []rolekit.Grant // nil for a refusal
		lost    rolekit.Permission
		code    error
	}{
		"a permission removed":              {without, rolekit.CatalogChoices{}, nil, "news:send", rolekit.ErrGrantsHeld},
		"another dropped":                   {without, rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"bills:edit"}}, nil, "news:send", rolekit.ErrGrantsHeld},
		"dropped":                           {without, rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:send"}}, []rolekit.Grant{own}, "news:send", nil},
		"mapped":                            {without, rolekit.CatalogChoices{MapGrants: map[rolekit.Permission]rolekit.Permission{"news:send": "news:read"}}, []rolekit.Grant{own, {Permission: "news:read", Access: "any"}}, "news:send", nil},
		"mapped to nothing":                 {without, rolekit.CatalogChoices{MapGrants: map[rolekit.Permission]rolekit.Permission{"news:send": "news:post"}}, nil, "", rolekit.ErrInvalid},
		"mapped and dropped":                {without, rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:send"}, MapGrants: map[rolekit.Permission]rolekit.Permission{"news:send": "news:read"}}, nil, "", rolekit.ErrInvalid},
		"an access less":                    {narrow, rolekit.CatalogChoices{}, nil, "bills:edit", rolekit.ErrGrantsHeld},
		"an access less, dropped":           {narrow, rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"bills:edit"}}, []rolekit.Grant{send}, "bills:edit", nil},
		"mapped to what has no such access": {narrow, rolekit.CatalogChoices{MapGrants: map[rolekit.Permission]rolekit.Permission{"bills:edit": "bills:read"}}, nil, "bills:edit", rolekit.ErrInvalid},
		"a profile less": {
			[]string{"bills:edit: {access: [any, own, set]}", "news:send: {profiles: [guest]}\n  bills:edit: {access: [any, own, set]}"},
			rolekit.CatalogChoices{},
			nil, "news:send", rolekit.ErrGrantsHeld,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := applied(t)
			w := first.with(test.catalog...)
			if test.want != nil {
				p := w.planned(test.choices)
				same(t, "who lost it", []rolekit.RoleRef{{Org: "tom", Role: "editor"}}, p.Lost[0].Roles)
				same(t, "editor", test.want, grants(w))
				return
			}
			w.unchanged("applying", func() {
				p, err := w.apply(test.choices)
				isError(t, "ApplyCatalog", err, test.code)
				if test.lost != "" && (len(p.Lost) != 1 || p.Lost[0].Permission != test.lost || !strings.Contains(err.Error(), "editor of tom")) {
					t.Errorf("it lost %+v: %v", p.Lost, err)
				}
			})
		})
	}
}

func TestApplyCatalogAndDefaultRolesThatLeave(t *testing.T) {
	t.Parallel()
	without := []string{`  clerk: {profile: staff, grants: ["bills:edit"]}`, `  second: {profile: staff, grants: ["bills:read"]}`}
	t.Run("held", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with(without...)
		w.unchanged("applying", func() {
			p, err := w.apply(rolekit.CatalogChoices{})
			isError(t, "ApplyCatalog", err, rolekit.ErrRoleInUse)
			if want := "held by 1 user and 0 groups, and included by 1 role "; !strings.Contains(err.Error(), want) {
				t.Errorf("it says %q, and not %q", err, want)
			}
			same(t, "who leaves", []rolekit.LeavingRole{{ID: "clerk", Holders: rolekit.Holders{Users: 1, Roles: 1}, IncludedBy: []rolekit.RoleRef{{Org: "tom", Role: "editor"}}, Others: []rolekit.RoleID{"owner", "second"}}}, p.Leaving)
			for _, to := range []rolekit.RoleID{"visitor", "nobody"} {
				_, err = w.apply(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": to}})
				isError(t, "replaced by "+string(to), err, rolekit.ErrInvalid)
			}
			p, err = w.apply(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"owner": "second"}})
			isError(t, "one that stays", err, rolekit.ErrRoleInUse)
			same(t, "what decides nothing", []rolekit.IdleChoice{{Choice: "replace", Name: "owner", Reason: "the file declares that role, so that it does not leave"}}, p.Idle)
		})
	})
	t.Run("replaced", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with(without...)
		w.planned(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "second"}})
		same(t, "editor includes", []rolekit.RoleID{"second"}, w.definition("editor").Includes)
		if w.can("bob", "tom", "bills:edit") || !w.can("bob", "tom", "bills:read") {
			t.Error("bob does not have the successor")
		}
	})
	t.Run("left", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with(without...)
		w.planned(rolekit.CatalogChoices{LeaveRoles: true})
		if !w.can("bob", "tom", "bills:edit") {
			t.Error("bob lost what was left")
		}
		p := w.planned(rolekit.CatalogChoices{}) // no file knows it: it is nobody's to delete
		same(t, "what is left", []string{"leave role clerk"}, verbs(p))
		w.planned(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"clerk": "second"}})
	})
	t.Run("nobody manages any more", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with("creator: owner", "", `owner: {profile: staff, grants: ["*:*"]}`, `boss: {profile: staff, grants: ["bills:edit"]}`)
		w.unchanged("applying", func() {
			_, err := w.apply(rolekit.CatalogChoices{Replace: map[rolekit.RoleID]rolekit.RoleID{"owner": "boss"}})
			isError(t, "ApplyCatalog", err, rolekit.ErrLastHolder)
		})
	})
	t.Run("nobody manages any more, by a renamed profile", func(t *testing.T) {
		t.Parallel()
		w := applied(t).with("creator: owner", "", "{staff: {}, guest: {}}", "{people: {renamed_from: staff}, guest: {}}", "staff, grants: [\"*:*\"]", "people, grants: [\"bills:edit\"]",
			"clerk: {profile: staff", "clerk: {profile: people")
		w.unchanged("applying", func() {
			_, err := w.apply(rolekit.CatalogChoices{})
			isError(t, "ApplyCatalog", err, rolekit.ErrLastHolder)
		})
	})
	t.Run("nobody manages any more, as the profile may not", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.custom("tom", "boss", "staff", nil, grantsOf(rolekit.RolesWrite, rolekit.MembersWrite)...)
		w.assign("tom", "ada", "boss")
		w.ok(w.system().Unassign(t.Context(), "tom", "olga", "owner"))
		w = w.with("bills:edit: {access: [any, own, set]}", "iam.roles:write: {profiles: [guest]}\n  iam.roles:read: {profiles: [guest]}\n  bills:edit: {access: [any, own, set]}", "creator: owner", "")
		w.unchanged("applying", func() {
			_, err := w.apply(rolekit.CatalogChoices{DropGrants: []rolekit.Permission{rolekit.RolesWrite}})
			isError(t, "ApplyCatalog", err, rolekit.ErrLastHolder)
		})
	})
	t.Run("nobody manages any more, as a custom role's profile may not", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w.custom("tom", "boss", "guest", nil, grantsOf(rolekit.RolesWrite, rolekit.MembersWrite)...)
		w.assign("tom", "ada", "boss")
		w.ok(w.system().Unassign(t.Context(), "tom", "olga", "owner"))
		w = w.with("bills:edit: {access: [any, own, set]}", "iam.roles:write: {profiles: [staff]}\n  bills:edit: {access: [any, own, set]}")
		w.unchanged("applying", func() {
			_, err := w.apply(rolekit.CatalogChoices{DropGrants: []rolekit.Permission{rolekit.RolesWrite}})
			isError(t, "ApplyCatalog", err, rolekit.ErrLastHolder)
		})
	})
	t.Run("an organisation has the name", func(t *testing.T) {
		t.Parallel()
		w := applied(t)
		w = w.with("  clerk: {", "  editor: {profile: staff}\n  clerk: {")
		w.unchanged("applying", func() {
			_, err := w.apply(rolekit.CatalogChoices{})
			isError(t, "ApplyCatalog", err, rolekit.ErrExists)
		})
	})
}

// What another process decides by is what was applied, once it has heard of it.
func TestApplyCatalogReachesOtherProcesses(t *testing.T) {
	t.Parallel()
	w := applied(t)
	other := w.again(rolekit.Config{Catalog: w.Catalog()})
	w = w.with("news: {actions: [read, send]}", "news: {actions: [read]}")
	w.planned(rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:send"}})
	w.ok(other.Refresh(t.Context()))
	if other.can("ada", "tom", "news:send") {
		t.Error("the other process still allows what was dropped")
	}
}
