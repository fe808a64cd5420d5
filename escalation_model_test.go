package rolekit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// TestNoEscalationRoundACorner goes the ways to rights that groups, sets, trees
// and time add: Carol goes all of them, and gets nothing that she does not hold.
func TestNoEscalationRoundACorner(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	w.group("tom", "empty", []rolekit.UserID{"ada"})
	w.group("tom", "inner", nil)
	w.group("tom", "bosses", nil, "inner")
	w.give("tom", "bosses", "owner")
	w.group("tom", "helpers", nil)
	w.give("tom", "helpers", "helper")
	w.group("tom", "crew", nil) // has nothing in tom, and everything in tom.north
	w.give("tom.north", "crew", "owner")
	for _, set := range []rolekit.SetID{"secret", "deep", "shelf", "board"} {
		w.set("tom", set, "1")
	}
	w.role("tom", "researcher", inSet("secret"))
	w.role("tom.north", "explorer", inSet("deep"))
	w.createOrg("tom.south", "tom", "")
	w.createOrg("empire", "", "eve") // where eve is the owner, and carol manages organisations
	w.role("empire", "orgs", grantsOf("iam.orgs:write"))
	w.assign("empire", "carol", "orgs")
	w.group("empire", "legion", []rolekit.UserID{"mallory"})

	w.role("jack", "hr", grantsOf("iam.members:write")) // nothing is below jack
	w.assign("jack", "carol", "hr")
	w.group("jack", "bosses", nil)
	w.give("jack", "bosses", "owner")
	w.group("jack", "helpers", nil)
	w.give("jack", "helpers", "helper")

	ctx, carol := t.Context(), w.as("carol")
	join := func(group rolekit.GroupID, users []rolekit.UserID, groups ...rolekit.GroupID) func() error {
		return func() error { return carol.AddToGroup(ctx, "tom", group, users, groups) }
	}
	give := func(org rolekit.OrgID, a rolekit.Assignment) func() error {
		return func() error { return carol.PutAssignment(ctx, org, a) }
	}
	during := func(p rolekit.Period) rolekit.Assignment {
		return rolekit.Assignment{User: "carol", Role: "owner", Period: p}
	}
	fill := func(set rolekit.SetID) func() error {
		return func() error { return carol.AddResources(ctx, "tom", set, "2") }
	}
	create := func(spec rolekit.RoleSpec) func() error {
		spec.ID, spec.Profile = "new", "owner"
		return func() error { _, err := carol.CreateRole(ctx, "tom", spec); return err }
	}
	herself := []rolekit.UserID{"carol"}
	w.refuses(rolekit.ErrEscalation, map[string]func() error{
		"join a group that has more":                    join("bosses", herself),
		"put someone else into it":                      join("bosses", []rolekit.UserID{"bob"}),
		"put a service into it":                         join("bosses", []rolekit.UserID{"service:carol"}),
		"put a group into it":                           join("bosses", nil, "empty"),
		"join a group within it":                        join("inner", herself),
		"join one where nothing is below":               func() error { return carol.AddToGroup(ctx, "jack", "bosses", herself, nil) },
		"join one with a baseline where nothing is":     func() error { return carol.AddToGroup(ctx, "jack", "helpers", herself, nil) },
		"join a group that has more further down":       join("crew", herself),
		"join a group whose profile has a baseline":     join("helpers", herself),
		"give a group a role":                           give("tom", rolekit.Assignment{Group: "empty", Role: "owner"}),
		"give a group a role further down":              give("tom.north", rolekit.Assignment{Group: "empty", Role: "owner"}),
		"give a role for a time":                        give("tom", during(rolekit.Period{Until: clock.in(time.Hour)})),
		"give a role that starts later":                 give("tom", during(rolekit.Period{From: clock.in(time.Hour)})),
		"give a role whose time is over":                give("tom", during(rolekit.Period{Until: clock.in(-time.Hour)})),
		"give a role whose profile has a baseline":      give("tom", rolekit.Assignment{User: "bob", Role: "helper"}),
		"give a role that reaches a set":                give("tom", rolekit.Assignment{User: "carol", Role: "researcher"}),
		"create a role that reaches a set":              create(rolekit.RoleSpec{Grants: inSet("secret")}),
		"include a role that reaches a set":             create(rolekit.RoleSpec{Includes: []rolekit.RoleID{"reader"}}),
		"add to a set that a role reaches":              fill("secret"),
		"add to a set that a role further down reaches": fill("deep"),
		"add to a set that a default role reaches":      fill("shelf"),
		"add to a set that a baseline reaches":          fill("board"),
		"replace what is in a set": func() error {
			return carol.ReplaceResources(ctx, "tom", "secret", []rolekit.ResourceID{"2"}, 0)
		},
		"move under a parent whose owner would own it": func() error { return moved(carol.MoveOrg(ctx, "tom", "empire", 0)) },
		"move a part under it":                         func() error { return moved(carol.MoveOrg(ctx, "tom.south", "empire", 0)) },
	})
	// A group of the new parent gives as well.
	w.give("empire", "legion", "owner")
	w.ok(w.system().RemoveMember(ctx, "empire", "eve"))
	w.refuses(rolekit.ErrEscalation, map[string]func() error{
		"move under a parent one of whose groups would own it": func() error { return moved(carol.MoveOrg(ctx, "tom.south", "empire", 0)) },
	})
	w.refuses(rolekit.ErrPermissionDenied, map[string]func() error{
		"move under a parent that is not hers": func() error { return moved(carol.MoveOrg(ctx, "tom.south", "jack", 0)) },
		"move under a parent that is not":      func() error { return moved(carol.MoveOrg(ctx, "tom.south", "nowhere", 0)) },
		"move what is not hers":                func() error { return moved(carol.MoveOrg(ctx, "jack", "tom", 0)) },
		"move to the root":                     func() error { return moved(carol.MoveOrg(ctx, "tom.south", "", 0)) },
	})
}

// TestWhatOneHoldsOneMayGiveRoundACorner is the other side: guards that refused
// everything would pass the test above.
func TestWhatOneHoldsOneMayGiveRoundACorner(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	ctx, carol := t.Context(), w.as("carol")
	for _, id := range []rolekit.GroupID{"inner", "outer"} {
		_, err := carol.PutGroup(ctx, "tom", rolekit.GroupSpec{ID: id}, 0)
		w.ok(err)
	}
	w.ok(carol.AddToGroup(ctx, "tom", "inner", []rolekit.UserID{"bob", "carol"}, nil))
	w.ok(carol.AddToGroup(ctx, "tom", "outer", nil, []rolekit.GroupID{"inner"}))
	w.ok(carol.PutAssignment(ctx, "tom", rolekit.Assignment{Group: "outer", Role: "hr"}))
	w.ok(carol.PutAssignment(ctx, "tom.north", rolekit.Assignment{Group: "inner", Role: "hr", Period: rolekit.Period{Until: clock.in(time.Hour)}}))
	w.ok(carol.AddToGroup(ctx, "tom", "inner", []rolekit.UserID{"ada"}, nil))
	_, err := carol.PutSet(ctx, "tom", rolekit.SetSpec{ID: "mine"}, 0)
	w.ok(err)
	w.ok(carol.AddResources(ctx, "tom", "mine", "1", "2"))
	_, err = carol.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: "owner", Includes: []rolekit.RoleID{"hr"}})
	w.ok(err)
	w.ok(carol.AddMember(ctx, "tom", "dora"))
	w.createOrg("tom.west", "tom", "")
	w.createOrg("tom.east", "tom", "")
	w.ok(moved(carol.MoveOrg(ctx, "tom.east", "tom.west", 0)))
	w.ok(moved(carol.MoveOrg(ctx, "tom.east", "tom", 0))) // olga owned it all along, by tom
	w.assign("tom.west", "ada", "owner")
	w.ok(moved(w.as("olga").MoveOrg(ctx, "tom.east", "tom.west", 0))) // now ada owns it too, as olga does
	if !w.can("ada", "tom.north", rolekit.RolesWrite) || !w.can("bob", "tom.east", rolekit.RolesWrite) {
		t.Error("what was given is not there")
	}
}

// TestNobodyGivesForLongerThanTheyHold: an assignment that ends would otherwise
// end for nobody who may assign.
func TestNobodyGivesForLongerThanTheyHold(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	end := clock.tell().Add(time.Hour)
	ctx, m := t.Context(), w.as("temp")
	w.ok(w.system().PutAssignment(ctx, "tom", rolekit.Assignment{User: "temp", Role: "owner", Period: rolekit.Period{Until: end}}))
	put := func(a rolekit.Assignment) func() error {
		return func() error { return m.PutAssignment(ctx, "tom", a) }
	}
	w.refuses(rolekit.ErrEscalation, map[string]func() error{
		"to oneself, without end": put(rolekit.Assignment{User: "temp", Role: "owner"}),
		"to oneself, for longer":  put(rolekit.Assignment{User: "temp", Role: "owner", Period: rolekit.Period{Until: end.Add(time.Second)}}),
		"to a friend":             put(rolekit.Assignment{User: "friend", Role: "owner"}),
		"by a role": func() error {
			_, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "mine", Profile: "owner", Grants: grantsOf("invoices:read")})
			return err
		},
	})
	w.ok(put(rolekit.Assignment{User: "friend", Role: "owner", Period: rolekit.Period{Until: end}})())
}

// TestAMoveGivesNoSetAMeaning that default roles name: what is in it would be
// given to all who hold one.
func TestAMoveGivesNoSetAMeaning(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.createOrg("up", "", "olga")
	w.createOrg("leaf", "", "olga")
	w.set("up", "shelf", "inv-1")
	w.refuses(rolekit.ErrInUse, map[string]func() error{
		"move": func() error { return moved(w.as("olga").MoveOrg(t.Context(), "leaf", "up", 0)) },
	})
}

// TestAllOrgsIsNoPlaceToMoveTo, nor to move.
func TestAllOrgsIsNoPlaceToMoveTo(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.refuses(rolekit.ErrOrgNotFound, map[string]func() error{
		"under it": func() error { return moved(w.system().MoveOrg(t.Context(), "tom", rolekit.AllOrgs, 0)) },
		"itself":   func() error { return moved(w.system().MoveOrg(t.Context(), rolekit.AllOrgs, "jack", 0)) },
	})
}

// TestAGrantIsWhatTheCatalogSaysNow: a permission that was narrowed to other
// profiles or accesses grants nothing to those it was taken from.
func TestAGrantIsWhatTheCatalogSaysNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read", "jobs:read"))
	w.assign("tom", "ada", "clerk")
	for asked, narrow := range map[rolekit.Permission][2]string{
		"jobs:read": {"jobs:read: {access: [any, team, own]}", "jobs:read: {access: [team, own]}"},
		"invoices:read": {
			"invoices:approve: {profiles: [owner]}\n",
			"invoices:approve: {profiles: [worker]}\n  invoices:write: {profiles: [worker]}\n  invoices:read: {profiles: [worker]}\n",
		},
	} {
		narrowed := narrow[1]
		if !w.can("ada", "tom", asked) {
			t.Fatalf("%s is denied before", asked)
		}
		catalog := parseCatalog(t, strings.Replace(catalogYAML, narrow[0], narrowed, 1))
		after := w.again(rolekit.Config{Catalog: catalog})
		if after.can("ada", "tom", asked) {
			t.Errorf("%s is allowed by a catalog that says %s", asked, narrowed)
		}
		listed, err := after.Permissions(t.Context(), rolekit.Identity{User: "ada", Org: "tom"})
		w.ok(err)
		for _, g := range listed {
			if g.Permission == asked {
				t.Errorf("%s is listed by a catalog that says %s", asked, narrowed)
			}
		}
	}
}
