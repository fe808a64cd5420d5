package rolekit_test

import (
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// made is the error alone of a key that was to be made.
func made(_ rolekit.Key, _ string, err error) error { return err }

// Nobody makes a key that holds more than they do, or for longer.
func TestKeysAreNoEscalation(t *testing.T) {
	t.Parallel()
	w, _ := keyWorld(t)
	ctx, kim := t.Context(), w.as("kim")
	friday := noon().Add(72 * time.Hour)
	w.role("tom", "invoicer", grantsOf("invoices:write"))
	w.role("tom", "chief", nil, "invoicer")
	w.ok(w.system().PutAssignment(ctx, "tom", rolekit.Assignment{User: "fay", Role: "keeper", Period: rolekit.Period{Until: friday}}))
	create := func(by *rolekit.Manager, org rolekit.OrgID, expires time.Time, roles ...rolekit.RoleID) func() error {
		return func() error {
			return made(by.CreateKey(ctx, org, rolekit.NewKey{Label: "x", Expires: expires, Roles: roles}))
		}
	}
	for name, do := range map[string]func() error{
		"a role of which she lacks a grant":      create(kim, "tom", time.Time{}, "invoicer"),
		"one of several":                         create(kim, "tom", time.Time{}, "clerk", "invoicer"),
		"one that includes it":                   create(kim, "tom", time.Time{}, "chief"),
		"a default role":                         create(kim, "tom", time.Time{}, "owner"),
		"the same for the organisation below":    create(kim, "tom.north", time.Time{}, "invoicer"),
		"for longer than she holds it":           create(w.as("fay"), "tom", friday.Add(time.Second), "clerk"),
		"for as long as keys last by themselves": create(w.as("fay"), "tom", time.Time{}, "clerk"),
		"another's role, to a key that is there": func() error {
			w.role("tom", "members", grantsOf(rolekit.MembersWrite))
			w.assign("tom", "mia", "members")
			key, _ := w.newKey(kim, "clerk")
			return w.as("mia").Assign(ctx, "tom", key.User(), "invoicer")
		},
	} {
		isError(t, name, do(), rolekit.ErrEscalation)
	}
	w.ok(create(w.as("fay"), "tom", friday, "clerk")())
	w.ok(create(kim, "tom", time.Time{}, "clerk", "keeper")())
	for name, do := range map[string]func() error{
		"who may not":                 create(w.as("carol"), "tom", time.Time{}),
		"in an organisation beside":   create(kim, "jack", time.Time{}, "clerk"),
		"where there is none":         create(kim, "nowhere", time.Time{}),
		"a stranger":                  create(w.as("eve"), "tom", time.Time{}),
		"who may not revoke":          func() error { return w.as("carol").RevokeKey(ctx, "tom", "aaaaaaaaaaaaaaaa") },
		"who may not read":            func() error { _, err := w.as("carol").Keys(ctx, "tom", rolekit.KeyQuery{}); return err },
		"who may not read one":        func() error { _, err := w.as("carol").Key(ctx, "tom", "aaaaaaaaaaaaaaaa"); return err },
		"of all organisations":        create(kim, rolekit.AllOrgs, time.Time{}),
		"of all, and who may nothing": create(w.as("eve"), rolekit.AllOrgs, time.Time{}),
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrPermissionDenied) })
	}
	isError(t, "the system, of all organisations", create(w.system(), rolekit.AllOrgs, time.Time{})(), rolekit.ErrOrgNotFound)
	isError(t, "a role that is not there", create(kim, "tom", time.Time{}, "nosuch")(), rolekit.ErrRoleNotFound)
	isError(t, "nobody", create(w.Manager(), "tom", time.Time{})(), rolekit.ErrUnauthenticated)
}

// What acts by a key is held to what the key holds, and to the time that it has.
func TestAKeyThatManages(t *testing.T) {
	t.Parallel()
	w, clock := keyWorld(t)
	ctx := t.Context()
	w.role("tom", "manager", grantsOf(rolekit.KeysWrite, rolekit.MembersWrite, rolekit.RolesWrite, rolekit.OrgsWrite, "invoices:read"))
	parent, _ := w.newKey(w.as("olga"), "manager")
	by, end := w.as(parent.User()), parent.Expires
	until := func(at time.Time) rolekit.Period { return rolekit.Period{Until: at} }
	create := func(expires time.Time, roles ...rolekit.RoleID) error {
		return made(by.CreateKey(ctx, "tom", rolekit.NewKey{Label: "child", Expires: expires, Roles: roles}))
	}
	w.group("tom", "crew", nil)
	for name, do := range map[string]func() error{
		"a key with more":                        func() error { return create(end, "owner") },
		"a key that outlasts it":                 func() error { return create(end.Add(time.Second), "clerk") },
		"one that outlasts it and holds nothing": func() error { return create(end.Add(time.Second)) },
		"a role without end":                     func() error { return by.Assign(ctx, "tom", "bob", "clerk") },
		"a role beyond its end": func() error {
			return by.PutAssignment(ctx, "tom", rolekit.Assignment{User: "bob", Role: "clerk", Period: until(end.Add(time.Second))})
		},
		"a role to a group": func() error {
			return by.PutAssignment(ctx, "tom", rolekit.Assignment{Group: "crew", Role: "clerk"})
		},
		"a role that grants what it holds": func() error {
			_, err := by.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: grantsOf("invoices:read")})
			return err
		},
		"a copy":           func() error { _, err := by.CopyRole(ctx, "tom", "clerk", rolekit.RoleCopy{ID: "new"}); return err },
		"a role to itself": func() error { return by.Assign(ctx, "tom", parent.User(), "owner") },
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrEscalation) })
	}
	w.ok(create(end, "clerk", "manager"))
	w.ok(create(end))
	w.ok(by.PutAssignment(ctx, "tom", rolekit.Assignment{User: "bob", Role: "clerk", Period: until(end)}))

	// Nobody would be left to run what it creates at the root; under a parent, its
	// people do.
	if _, err := by.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.south", Parent: "tom"}); err != nil {
		t.Error(err)
	}
	members, err := w.as("olga").Members(ctx, "tom.south", rolekit.MemberQuery{})
	if err != nil || len(members) != 0 {
		t.Errorf("the new organisation has %+v, %v", members, err)
	}
	config := modelConfig(t, clock)
	config.Operators = "tom"
	isError(t, "at the root", errorOf(w.again(config).as(parent.User()).CreateOrg(ctx, rolekit.NewOrg{ID: "new"})), rolekit.ErrReserved)
	isError(t, "as another's creator", errorOf(w.system().CreateOrg(ctx, rolekit.NewOrg{ID: "new", Creator: parent.User()})), rolekit.ErrReserved)
}

// errorOf is the error alone of a call.
func errorOf[T any](_ T, err error) error { return err }

// A key holds roles, where it is at home, until it ends; nothing else, and no id
// that looks like a key's is anybody else's.
func TestWhatAKeyHoldsIsBounded(t *testing.T) {
	t.Parallel()
	w, _ := keyWorld(t)
	ctx, olga := t.Context(), w.as("olga")
	key, _ := w.newKey(olga)
	w.group("tom", "crew", nil)
	if w.can(key.User(), "tom", "invoices:read") {
		t.Error("it holds something from the start")
	}
	nobodys := rolekit.KeyID("aaaaaaaaaaaaaaaa").User()
	for name, c := range map[string]struct {
		do   func(rolekit.UserID) error
		want error
	}{
		"in a group": {func(u rolekit.UserID) error {
			return olga.AddToGroup(ctx, "tom", "crew", []rolekit.UserID{u}, nil)
		}, rolekit.ErrReserved},
		"in a group, by replacing": {func(u rolekit.UserID) error {
			_, err := olga.EditGroup(ctx, "tom", "crew", rolekit.EditReplace, []rolekit.UserID{u}, nil, 0)
			return err
		}, rolekit.ErrReserved},
		"as a mere member":        {func(u rolekit.UserID) error { return olga.AddMember(ctx, "tom", u) }, rolekit.ErrReserved},
		"in another organisation": {func(u rolekit.UserID) error { return olga.Assign(ctx, "jack", u, "viewer") }, rolekit.ErrKeyNotFound},
		"in another, with others": {func(u rolekit.UserID) error {
			return olga.EditAssignments(ctx, "jack", []rolekit.Assignment{{User: u, Role: "viewer"}}, nil)
		}, rolekit.ErrKeyNotFound},
		"in one below":            {func(u rolekit.UserID) error { return olga.Assign(ctx, "tom.north", u, "viewer") }, rolekit.ErrKeyNotFound},
		"by the system elsewhere": {func(u rolekit.UserID) error { return w.system().Assign(ctx, "jack", u, "viewer") }, rolekit.ErrKeyNotFound},
	} {
		w.unchanged(name, func() { isError(t, name, c.do(key.User()), c.want) })
		w.unchanged(name, func() { isError(t, name+", of nobody's id", c.do(nobodys), rolekit.ErrKeyNotFound) })
	}
	for _, claimed := range []rolekit.UserID{nobodys, "service:rkey_", "service:rkey_ci", key.User() + "_", "service:rkey_AAAAAAAAAAAAAAAA"} {
		isError(t, string(claimed), olga.Assign(ctx, "tom", claimed, "viewer"), rolekit.ErrKeyNotFound)
	}
	for _, free := range []rolekit.UserID{"service:ci", "service:rkey", "rkey_aaaaaaaaaaaaaaaa", "user:service:rkey_x"} {
		w.ok(olga.Assign(ctx, "tom", free, "viewer"))
	}

	// However long it is given for, it holds until it ends, and no group or role
	// of its own stands in the way of taking it.
	end := key.Expires
	for name, c := range map[string]struct{ given, want rolekit.Period }{
		"without end":   {rolekit.Period{}, rolekit.Period{Until: end}},
		"beyond it":     {rolekit.Period{Until: end.Add(time.Hour)}, rolekit.Period{Until: end}},
		"for less":      {rolekit.Period{Until: end.Add(-time.Hour)}, rolekit.Period{Until: end.Add(-time.Hour)}},
		"from later on": {rolekit.Period{From: end.Add(-time.Hour)}, rolekit.Period{From: end.Add(-time.Hour), Until: end}},
	} {
		w.ok(olga.PutAssignment(ctx, "tom", rolekit.Assignment{User: key.User(), Role: "viewer", Period: c.given}))
		got, err := olga.Key(ctx, "tom", key.ID)
		w.ok(err)
		same(t, name, []rolekit.AssignedRole{{Role: "viewer", Period: c.want}}, got.Roles)
	}
	w.ok(olga.RemoveMember(ctx, "tom", key.User()))
	w.ok(olga.EditAssignments(ctx, "tom", []rolekit.Assignment{{User: key.User(), Role: "viewer"}}, nil))
	got, err := olga.Key(ctx, "tom", key.ID)
	w.ok(err)
	same(t, "with others", []rolekit.AssignedRole{{Role: "viewer", Period: rolekit.Period{Until: end}}}, got.Roles)
	isError(t, "from its end on", olga.PutAssignment(ctx, "tom", rolekit.Assignment{User: key.User(), Role: "viewer", Period: rolekit.Period{From: end}}), rolekit.ErrInvalid)
	w.ok(olga.RemoveMember(ctx, "tom", key.User()))
	if got, err := olga.Key(ctx, "tom", key.ID); err != nil || len(got.Roles) != 0 {
		t.Errorf("after all was taken: %+v, %v", got, err)
	}
}

// A key that could manage roles does not keep an organisation from being locked
// out, and stays when its maker goes.
func TestAKeyIsNoLastHolder(t *testing.T) {
	t.Parallel()
	w, _ := keyWorld(t)
	ctx := t.Context()
	w.ok(w.system().RemoveMember(ctx, "tom", "carol"))
	w.assign("tom", "ann", "owner")
	key, secret := w.newKey(w.as("ann"), "owner")
	w.ok(w.as("olga").RemoveMember(ctx, "tom", "ann"))
	if who, err := w.AuthenticateKey(ctx, secret); err != nil || !w.can(who.User, "tom", rolekit.RolesWrite) {
		t.Errorf("its maker has gone, and it: %v", err)
	}
	for name, m := range map[string]*rolekit.Manager{"by herself": w.as("olga"), "by the system": w.system(), "by the key": w.as(key.User())} {
		w.unchanged(name, func() {
			isError(t, name, m.Unassign(ctx, "tom", "olga", "owner"), rolekit.ErrLastHolder)
			isError(t, name, m.RemoveMember(ctx, "tom", "olga"), rolekit.ErrLastHolder)
		})
	}
	w.ok(w.as(key.User()).RevokeKey(ctx, "tom", key.ID)) // itself
	w.notAKey("revoked by itself", secret)
}
