package adaptertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/rolekit/rolekit"
)

func kitTests() []storeTest {
	tests := []storeTest{
		{"what a kit wrote, a new kit reads", newKitAgrees},
		{"two kits on one store see each other’s edits after Refresh", twoKits},
		{"lists of one organisation tell nothing of another", readsAreIsolated},
		{"a preview tells what an operation does, and does nothing", previews},
		{"previews of several changes", previewsAddUp},
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
	populate(t, s, kit)
	system := kit.Manager().As(rolekit.System("test"))
	// Lena may do everything in one organisation, and nothing in the other.
	for _, role := range []rolekit.RoleID{"owner", "mower"} {
		ok(t, "Assign", system.Assign(t.Context(), "left", "lena", role))
	}
	lena := handOf(kit, boss("lena"))

	before, answers := Dump(t, s), decisions(t, kit, family()...)
	isError(t, "in the organisation that is not hers", op.do(t, lena, "right"), rolekit.ErrPermissionDenied)
	same(t, "the store", before, Dump(t, s))
	same(t, "the decisions", answers, decisions(t, kit, family()...))

	rights := []rolekit.OrgID{"right", "right.other", "right.part", "right.child"}
	answers = decisions(t, kit, rights...)
	ok(t, op.name, op.do(t, lena, "left"))
	after := Dump(t, s)
	for _, org := range rights {
		same(t, "the other organisation", before.Layers[org], after.Layers[org])
		same(t, "the other's audit log", before.Audit[org], after.Audit[org])
	}
	same(t, "the default roles", before.Layers[rolekit.AllOrgs], after.Layers[rolekit.AllOrgs])
	same(t, "the decisions there", answers, decisions(t, kit, rights...))
	same(t, "the decisions there, read anew", answers, decisions(t, newKit(t, s), rights...))
	if fmt.Sprint(before.Layers["left"], before.Audit["left"], before.Orgs) == fmt.Sprint(after.Layers["left"], after.Audit["left"], after.Orgs) {
		t.Error("the operation changed nothing in its own organisation, so this proves nothing")
	}
}

func readsAreIsolated(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, s, kit)
	system := kit.Manager().As(rolekit.System("test"))
	ok(t, "Assign", system.Assign(t.Context(), "left", "lena", "owner"))
	ok(t, "Assign", system.Assign(t.Context(), "right", "rita", "owner"))
	lena := kit.Manager().As(rolekit.Actor{User: "lena"})
	ctx := t.Context()
	for name, read := range reads(ctx, lena) {
		if _, err := read("left"); err != nil {
			t.Errorf("%s of her own: %v", name, err)
		}
		// An organisation that does not exist looks the same as one that is not hers.
		for _, org := range []rolekit.OrgID{"right", "nowhere", rolekit.AllOrgs, "", "left.child", "LEFT", "right.part"} {
			_, err := read(org)
			isError(t, name+" of "+string(org), err, rolekit.ErrPermissionDenied)
		}
	}
	orgs, err := lena.Orgs(ctx, rolekit.OrgQuery{})
	ok(t, "Orgs", err)
	var ids []rolekit.OrgID
	for _, o := range orgs {
		ids = append(ids, o.ID)
	}
	hers := []rolekit.OrgID{"left", "left.other", "left.part"}
	same(t, "Orgs", hers, ids)
	mayRead, err := kit.Orgs(ctx, "lena", "", "invoices:read")
	ok(t, "Orgs", err)
	same(t, "Orgs of a permission", hers, mayRead)
	members, err := lena.Members(ctx, "left", rolekit.MemberQuery{})
	ok(t, "Members", err)
	for _, m := range members {
		if m.User == "rita" {
			t.Error("Members of left names rita, who is of right")
		}
	}
	same(t, "Memberships", hers, memberships(t, kit, "lena"))
}

// reads are the ways to read what an organisation holds.
func reads(ctx context.Context, lena *rolekit.Manager) map[string]func(rolekit.OrgID) (any, error) {
	group := func(org rolekit.OrgID) (any, error) {
		g, members, err := lena.Group(ctx, org, "team")
		return []any{g, members}, err
	}
	return map[string]func(rolekit.OrgID) (any, error){
		"Org":     func(org rolekit.OrgID) (any, error) { return lena.Org(ctx, org) },
		"Roles":   func(org rolekit.OrgID) (any, error) { return lena.Roles(ctx, org, rolekit.RoleQuery{}) },
		"OrgTree": func(org rolekit.OrgID) (any, error) { return lena.OrgTree(ctx, org, rolekit.TreeBounds{}) },
		"Matrix":  func(org rolekit.OrgID) (any, error) { return lena.Matrix(ctx, org, rolekit.RoleQuery{}) },
		"Role":    func(org rolekit.OrgID) (any, error) { return lena.Role(ctx, org, "clerk") },
		"Reviews": func(org rolekit.OrgID) (any, error) { return lena.Reviews(ctx, org, rolekit.ReviewQuery{}) },
		"Members": func(org rolekit.OrgID) (any, error) { return lena.Members(ctx, org, rolekit.MemberQuery{}) },
		"Group":   group,
		"Groups":  func(org rolekit.OrgID) (any, error) { return lena.Groups(ctx, org, rolekit.Listing{}) },
		"Sets":    func(org rolekit.OrgID) (any, error) { return lena.Sets(ctx, org, rolekit.Listing{}) },
		"Resources": func(org rolekit.OrgID) (any, error) {
			return lena.SetResources(ctx, org, "shelf", rolekit.ResourceQuery{})
		},
		"Keys":  func(org rolekit.OrgID) (any, error) { return lena.Keys(ctx, org, rolekit.KeyQuery{}) },
		"Audit": func(org rolekit.OrgID) (any, error) { return lena.Audit(ctx, org, rolekit.AuditQuery{}) },
		"Check": func(org rolekit.OrgID) (any, error) {
			return lena.Check(ctx, rolekit.Identity{User: "rita", Org: org}, "invoices:read", nil)
		},
		"CheckAll": func(org rolekit.OrgID) (any, error) {
			answers, err := lena.CheckAll(ctx, []rolekit.Question{{Who: rolekit.Identity{User: "rita", Org: org}, Want: "invoices:read"}})
			if err == nil {
				err = answers[0].Err
			}
			return answers, err
		},
		"WhoCan": func(org rolekit.OrgID) (any, error) {
			holders, _, err := lena.WhoCan(ctx, org, rolekit.WhoQuery{Permission: "invoices:read"})
			return holders, err
		},
		"WhatCan": func(org rolekit.OrgID) (any, error) {
			rights, _, err := lena.WhatCan(ctx, org, "rita", "")
			return rights, err
		},
		"Effective": func(org rolekit.OrgID) (any, error) {
			held, _, err := lena.Effective(ctx, org, "rita", "")
			return held, err
		},
	}
}

func memberships(t testing.TB, kit *rolekit.Kit, user rolekit.UserID) (ids []rolekit.OrgID) {
	t.Helper()
	all, err := kit.Memberships(t.Context(), user)
	ok(t, "Memberships", err)
	for _, m := range all {
		ids = append(ids, m.Org.ID)
	}
	return ids
}

func newKitAgrees(t *testing.T, s rolekit.Store) {
	kit := newKit(t, s)
	populate(t, s, kit)
	for _, op := range operations() {
		if !op.last {
			ok(t, op.name, op.do(t, op.hand(kit), "left"))
		}
		same(t, "the decisions after "+op.name, decisions(t, kit, family()...), decisions(t, newKit(t, s), family()...))
	}
}

func twoKits(t *testing.T, s rolekit.Store) {
	one, two := newKit(t, s), newKit(t, s)
	populate(t, s, one)
	ok(t, "Refresh", two.Refresh(t.Context()))
	orgs := family()
	for i, op := range operations() {
		if op.last { // it has its turn below
			continue
		}
		writer, reader := one, two
		if i%2 == 1 {
			writer, reader = two, one
		}
		ok(t, op.name, op.do(t, op.hand(writer), "left"))
		ok(t, "Refresh", reader.Refresh(t.Context()))
		same(t, "the decisions after "+op.name, decisions(t, writer, orgs...), decisions(t, reader, orgs...))
	}
	olga := one.Manager().As(boss("olga"))
	ok(t, "DeleteOrg", olga.DeleteOrg(t.Context(), "right", rolekit.DeleteOptions{Descendants: true}))
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
