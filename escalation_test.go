package rolekit_test

import (
	"testing"

	"github.com/rolekit/rolekit"
)

// hrWorld is one in which carol may manage roles and members of tom, and
// otherwise holds nothing but jobs:read of her own.
func hrWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.role("tom", "hr", append(grantsOf("iam.roles:write", "iam.members:write", "iam.orgs:write"),
		rolekit.Grant{Permission: "jobs:read", Access: "own"}))
	w.role("tom", "bookkeeper", grantsOf("invoices:write"))
	w.role("tom", "chief", nil, "bookkeeper")
	w.role("tom", "empty", nil)
	w.assign("tom", "carol", "hr")
	w.createOrg("tom.north", "tom", "")
	return w
}

func TestNoEscalation(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	ctx, carol := t.Context(), w.as("carol")
	create := func(grants []rolekit.Grant, includes ...rolekit.RoleID) func() error {
		return func() error {
			_, err := carol.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: grants, Includes: includes})
			return err
		}
	}
	set := func(role rolekit.RoleID, grants ...rolekit.Grant) func() error {
		return func() error { _, err := carol.SetGrants(ctx, "tom", role, grants, 0); return err }
	}
	include := func(role rolekit.RoleID, includes ...rolekit.RoleID) func() error {
		return func() error {
			_, err := carol.UpdateRole(ctx, "tom", role, rolekit.RolePatch{Includes: &includes}, 0)
			return err
		}
	}
	for name, do := range map[string]func() error{
		"assign a default role":              func() error { return carol.Assign(ctx, "tom", "bob", "owner") },
		"assign it to herself":               func() error { return carol.Assign(ctx, "tom", "carol", "owner") },
		"assign it to a service of hers":     func() error { return carol.Assign(ctx, "tom", "service:carol", "owner") },
		"assign a role of another profile":   func() error { return carol.Assign(ctx, "tom", "carol", "mower") },
		"assign a custom role":               func() error { return carol.Assign(ctx, "tom", "bob", "bookkeeper") },
		"assign a role that includes it":     func() error { return carol.Assign(ctx, "tom", "bob", "chief") },
		"assign it in an organisation below": func() error { return carol.Assign(ctx, "tom.north", "carol", "chief") },
		"create a role with more":            create(grantsOf("invoices:read")),
		"create a role with wider access":    create(grantsOf("jobs:read")),
		"create a role with other access":    create([]rolekit.Grant{{Permission: "jobs:read", Access: "team"}}),
		"create a role with what implies it": create([]rolekit.Grant{{Permission: "jobs:write", Access: "own"}}),
		"create a role that includes more":   create(nil, "bookkeeper"),
		"create a role that includes owner":  create(nil, "owner"),
		"create one that includes two deep":  create(nil, "chief"),
		"add a grant to her own role":        set("hr", append(grantsOf("iam.roles:write", "iam.members:write", "iam.orgs:write"), grantsOf("invoices:read")...)...),
		"widen a grant of her own role":      set("hr", grantsOf("iam.roles:write", "iam.members:write", "iam.orgs:write", "jobs:read")...),
		"add a grant to an empty role":       set("empty", grantsOf("invoices:approve")...),
		"raise a grant of another's role":    set("bookkeeper", grantsOf("invoices:approve")...),
		"include more in her own role":       include("hr", "chief"),
		"include a default role":             include("empty", "viewer"),
		"name someone else the creator": func() error {
			_, err := carol.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.south", Parent: "tom", Creator: "eve"})
			return err
		},
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrEscalation) })
	}
	for name, do := range map[string]func() error{
		"in an organisation beside": func() error { return carol.Assign(ctx, "jack", "carol", "hr") },
		"at the root":               func() error { _, err := carol.CreateOrg(ctx, rolekit.NewOrg{ID: "carols"}); return err },
		"delete one beside":         func() error { return carol.DeleteOrg(ctx, "jack", rolekit.DeleteOptions{}) },
		"default roles":             func() error { _, err := carol.ApplyDefaults(ctx, rolekit.Defaults{}); return err },
		"called like the system":    func() error { return w.as("system:test").Assign(ctx, "tom", "carol", "owner") },
		"called like a role":        func() error { return w.as("role:owner").Assign(ctx, "tom", "carol", "owner") },
		"as a profile without it": func() error {
			return w.Manager().As(rolekit.Actor{User: "olga", Profile: "worker"}).Assign(ctx, "tom", "carol", "owner")
		},
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrPermissionDenied) })
	}
	for name, m := range map[string]*rolekit.Manager{"nobody": w.Manager(), "an empty actor": w.as("")} {
		w.unchanged(name, func() { isError(t, name, m.Assign(ctx, "tom", "carol", "owner"), rolekit.ErrUnauthenticated) })
		w.unchanged(name, func() {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "new"})
			isError(t, name, err, rolekit.ErrUnauthenticated)
		})
	}
}

// TestWhatOneHoldsOneMayGive is the other side: a guard that refused everything
// would pass the test above.
func TestWhatOneHoldsOneMayGive(t *testing.T) {
	t.Parallel()
	w := hrWorld(t)
	ctx, carol := t.Context(), w.as("carol")
	own := rolekit.Grant{Permission: "jobs:read", Access: "own"}
	_, err := carol.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: "owner", Grants: []rolekit.Grant{own, {Permission: "iam.roles:read"}}, Includes: []rolekit.RoleID{"hr"}})
	w.ok(err)
	w.ok(carol.Assign(ctx, "tom", "bob", "new"))
	w.ok(carol.Assign(ctx, "tom.north", "bob", "hr"))
	// What a role has already may stay in it, and what it has may be taken.
	_, err = carol.SetGrants(ctx, "tom", "bookkeeper", []rolekit.Grant{own, {Permission: "invoices:write"}}, 0)
	w.ok(err)
	_, err = carol.SetGrants(ctx, "tom", "bookkeeper", nil, 0)
	w.ok(err)
	w.ok(carol.Assign(ctx, "tom", "bob", "bookkeeper"))
}

// TestRightsNeverGoUpward: who may do everything in an organisation may do
// nothing in the one above.
func TestRightsNeverGoUpward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "carol")
	ctx, carol := t.Context(), w.as("carol")
	_, err := carol.CreateRole(ctx, "tom.north", rolekit.RoleSpec{ID: "below", Profile: "owner", Grants: grantsOf("invoices:approve")})
	w.ok(err)
	for _, p := range w.Catalog().Permissions() {
		if w.can("carol", "tom", p.ID) || !w.can("carol", "tom.north", p.ID) || !w.can("olga", "tom.north", p.ID) {
			t.Errorf("%s is held upward, or not downward", p.ID)
		}
	}
	w.unchanged("upward", func() {
		isError(t, "Assign", carol.Assign(ctx, "tom", "carol", "owner"), rolekit.ErrPermissionDenied)
		isError(t, "a role of the organisation below", w.as("olga").Assign(ctx, "tom", "bob", "below"), rolekit.ErrRoleNotFound)
		isError(t, "DeleteOrg", carol.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{}), rolekit.ErrPermissionDenied)
	})
}

// TestRevokedElsewhereMayChangeNothing: who lost their rights in another
// process is refused by what the store holds, though this one has not heard.
func TestRevokedElsewhereMayChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("tom.north", "tom", "")
	w.assign("tom", "carol", "owner")
	stale := w.again(rolekit.Config{})
	ctx, carol := t.Context(), stale.as("carol")
	w.ok(w.as("olga").Unassign(ctx, "tom", "carol", "owner"))
	for name, do := range map[string]func() error{
		"Assign":       func() error { return carol.Assign(ctx, "tom", "bob", "viewer") },
		"Assign below": func() error { return carol.Assign(ctx, "tom.north", "bob", "viewer") },
		"CreateOrg":    func() error { _, err := carol.CreateOrg(ctx, rolekit.NewOrg{ID: "new", Parent: "tom"}); return err },
		"DeleteOrg":    func() error { return carol.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{}) },
		"CreateRole": func() error {
			_, err := carol.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "new", Profile: "owner"})
			return err
		},
		"DeleteOrg beneath": func() error { return carol.DeleteOrg(ctx, "tom.north", rolekit.DeleteOptions{}) },
	} {
		w.unchanged(name, func() { isError(t, name, do(), rolekit.ErrPermissionDenied) })
	}
}

// TestTreesEnd: an organisation may have 15 above it, not 16.
func TestTreesEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := rolekit.OrgID("tom")
	for range rolekit.MaxOrgDepth - 1 {
		w.createOrg(id+".x", id, "")
		id += ".x"
	}
	if !w.can("olga", id, "invoices:read") {
		t.Error("the root’s owner is denied at the bottom")
	}
	_, err := w.as("olga").CreateOrg(t.Context(), rolekit.NewOrg{ID: "deeper", Parent: id})
	isError(t, "CreateOrg", err, rolekit.ErrInvalid)
	w.ok(w.as("olga").Assign(t.Context(), id, "ada", "viewer"))
	isError(t, "DeleteOrg of one with others below", w.as("olga").DeleteOrg(t.Context(), "tom", rolekit.DeleteOptions{}), rolekit.ErrInUse)
}

// TestDeletedIDsAreNotGivenOutAgain: whoever may create organisations must not
// come into what the application still holds under the id of one that is gone.
func TestDeletedIDsAreNotGivenOutAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.as("olga").DeleteOrg(t.Context(), "jack", rolekit.DeleteOptions{}))
	_, err := w.as("olga").CreateOrg(t.Context(), rolekit.NewOrg{ID: "jack", Parent: "tom"})
	isError(t, "the id of one that is gone", err, rolekit.ErrExists)
	_, err = w.as("olga").CreateOrg(t.Context(), rolekit.NewOrg{ID: "jill", Parent: "tom"})
	w.ok(err)
	w.createOrg("jack", "", "olga") // the system knows what it does
}

// TestOperatorsAreAskedOfTheStore too: one who was revoked by another process
// neither creates, nor moves, nor deletes.
func TestOperatorsAreAskedOfTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createOrg("hq", "", "olga")
	w.assign("hq", "otto", "owner")
	stale := w.again(rolekit.Config{Operators: "hq"})
	w.ok(w.system().Unassign(t.Context(), "hq", "otto", "owner"))
	_, err := stale.as("otto").CreateOrg(t.Context(), rolekit.NewOrg{ID: "ottos"})
	isError(t, "create at the root", err, rolekit.ErrPermissionDenied)
	isError(t, "delete", stale.as("otto").DeleteOrg(t.Context(), "jack", rolekit.DeleteOptions{}), rolekit.ErrPermissionDenied)
	fresh := w.again(rolekit.Config{Operators: "hq"})
	_, err = fresh.as("olga").CreateOrg(t.Context(), rolekit.NewOrg{ID: "olgas"})
	w.ok(err)
}
