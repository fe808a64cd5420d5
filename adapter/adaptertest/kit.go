package adaptertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
)

func kitTests() []storeTest {
	tests := []storeTest{
		{"what a kit wrote, a new kit reads", newKitAgrees},
		{"two kits on one store see each other’s edits after Refresh", twoKits},
		{"lists of one organisation tell nothing of another", readsAreIsolated},
	}
	for _, op := range operations() {
		tests = append(tests, storeTest{"all or nothing: " + op.name, func(t *testing.T, s rolekit.Store) { allOrNothing(t, s, op) }})
		if !op.all {
			tests = append(tests, storeTest{"isolation: " + op.name, func(t *testing.T, s rolekit.Store) { isolation(t, s, op) }})
		}
	}
	return tests
}

// isolation does an operation in one of two organisations that hold the same
// ids, and looks for any trace of it in the other.
func isolation(t *testing.T, s rolekit.Store, op operation) {
	kit := newKit(t, s)
	populate(t, kit)
	system := kit.Manager().As(rolekit.System("test"))
	// Lena may do everything in one organisation, and nothing in the other.
	ok(t, "Assign", system.Assign(t.Context(), "left", "lena", "owner"))
	lena := kit.Manager().As(rolekit.Actor{User: "lena"})

	before, answers := Dump(t, s), decisions(t, kit, twins...)
	isError(t, "in the organisation that is not hers", op.do(t, lena, "right"), rolekit.ErrPermissionDenied)
	same(t, "the store", before, Dump(t, s))
	same(t, "the decisions", answers, decisions(t, kit, twins...))

	answers = decisions(t, kit, "right")
	ok(t, op.name, op.do(t, lena, "left"))
	after := Dump(t, s)
	same(t, "the other organisation", before.Layers["right"], after.Layers["right"])
	same(t, "the other's audit log", before.Audit["right"], after.Audit["right"])
	same(t, "the default roles", before.Layers[rolekit.AllOrgs], after.Layers[rolekit.AllOrgs])
	same(t, "the decisions there", answers, decisions(t, kit, "right"))
	same(t, "the decisions there, read anew", answers, decisions(t, newKit(t, s), "right"))
	if fmt.Sprint(before.Layers["left"], before.Audit["left"], before.Orgs) == fmt.Sprint(after.Layers["left"], after.Audit["left"], after.Orgs) {
		t.Error("the operation changed nothing in its own organisation, so this proves nothing")
	}
}

func readsAreIsolated(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, kit)
	system := kit.Manager().As(rolekit.System("test"))
	ok(t, "Assign", system.Assign(t.Context(), "left", "lena", "owner"))
	ok(t, "Assign", system.Assign(t.Context(), "right", "rita", "owner"))
	lena := kit.Manager().As(rolekit.Actor{User: "lena"})
	ctx := t.Context()

	for name, read := range map[string]func(rolekit.OrgID) (any, error){
		"Org":     func(org rolekit.OrgID) (any, error) { return lena.Org(ctx, org) },
		"Roles":   func(org rolekit.OrgID) (any, error) { return lena.Roles(ctx, org) },
		"Role":    func(org rolekit.OrgID) (any, error) { return lena.Role(ctx, org, "clerk") },
		"Members": func(org rolekit.OrgID) (any, error) { return lena.Members(ctx, org, rolekit.MemberQuery{}) },
		"Audit":   func(org rolekit.OrgID) (any, error) { return lena.Audit(ctx, org, rolekit.AuditQuery{}) },
		"Check": func(org rolekit.OrgID) (any, error) {
			return lena.Check(ctx, rolekit.Identity{User: "rita", Org: org}, "invoices:read", nil)
		},
	} {
		if _, err := read("left"); err != nil {
			t.Errorf("%s of her own: %v", name, err)
		}
		// An organisation that does not exist looks the same as one that is not hers.
		for _, org := range []rolekit.OrgID{"right", "nowhere", rolekit.AllOrgs, "", "left.child", "LEFT"} {
			_, err := read(org)
			isError(t, name+" of "+string(org), err, rolekit.ErrPermissionDenied)
		}
	}
	orgs, err := lena.Orgs(ctx, rolekit.OrgQuery{})
	ok(t, "Orgs", err)
	if len(orgs) != 1 || orgs[0].ID != "left" {
		t.Errorf("Orgs: %v, want her own alone", orgs)
	}
	members, err := lena.Members(ctx, "left", rolekit.MemberQuery{})
	ok(t, "Members", err)
	for _, m := range members {
		if m.User == "rita" {
			t.Error("Members of left names rita, who is of right")
		}
	}
	if of := kit.Memberships(ctx, "lena"); len(of) != 1 || of[0].Org.ID != "left" {
		t.Errorf("Memberships: %v, want left alone", of)
	}
}

func newKitAgrees(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, kit)
	for _, op := range operations() {
		if op.name != "DeleteOrg" {
			ok(t, op.name, op.do(t, kit.Manager().As(actorFor(op)), "left"))
		}
		orgs := slices.Concat(twins, []rolekit.OrgID{"left.child", "right.child"})
		same(t, "the decisions after "+op.name, decisions(t, kit, orgs...), decisions(t, newKit(t, s), orgs...))
	}
}

func twoKits(t *testing.T, s rolekit.Store) {
	one, two := newKit(t, s), newKit(t, s)
	populate(t, one)
	ok(t, "Refresh", two.Refresh(t.Context()))
	orgs := slices.Concat(twins, []rolekit.OrgID{"left.child", "right.child"})
	for i, op := range append(operations()[:7:7], operations()[8]) { // all but DeleteOrg, which has its turn below
		writer, reader := one, two
		if i%2 == 1 {
			writer, reader = two, one
		}
		ok(t, op.name, op.do(t, writer.Manager().As(actorFor(op)), "left"))
		ok(t, "Refresh", reader.Refresh(t.Context()))
		same(t, "the decisions after "+op.name, decisions(t, writer, orgs...), decisions(t, reader, orgs...))
	}
	olga := one.Manager().As(rolekit.Actor{User: "olga"})
	ok(t, "DeleteOrg", olga.DeleteOrg(t.Context(), "right"))
	ok(t, "Refresh", two.Refresh(t.Context()))
	same(t, "the decisions without it", decisions(t, one, orgs...), decisions(t, two, orgs...))
	_, err := two.Can(t.Context(), rolekit.Identity{User: "olga", Org: "right"}, "invoices:read", nil)
	isError(t, "a check in the deleted organisation", err, rolekit.ErrOrgNotFound)

	// Made again, it is not what it was.
	_, err = two.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: "right", Creator: "bob"})
	ok(t, "CreateOrg", err)
	ok(t, "Refresh", one.Refresh(t.Context()))
	same(t, "the decisions in the new one", decisions(t, two, orgs...), decisions(t, one, orgs...))
	d, err := one.Can(t.Context(), rolekit.Identity{User: "olga", Org: "right", Profile: "owner"}, "invoices:read", nil)
	if err != nil || d.Allowed {
		t.Errorf("the owner of the deleted organisation in the new one: %v, %v", d.Allowed, err)
	}
}

// actorFor is olga, wherever she may.
func actorFor(op operation) rolekit.Actor {
	if op.all {
		return rolekit.System("test")
	}
	return rolekit.Actor{User: "olga"}
}
