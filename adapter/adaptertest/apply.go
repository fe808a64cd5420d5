package adaptertest

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rolekit/rolekit"
)

func applyTests() []storeTest {
	return []storeTest{{"a catalog is applied by several at once, while admins edit", applyAtOnce}}
}

const beforeApply = `
objects:
  bills: {actions: [read, write]}
roles:
  owner: {grants: ["*:*"]}
  clerk: {grants: ["bills:write"]}
creator: owner
`

const afterApply = `
actions: {export: {}}
objects:
  invoices: {renamed_from: bills, actions: [read, write, export]}
roles:
  owner: {grants: ["*:*"]}
  bookkeeper: {renamed_from: clerk, grants: ["invoices:write"]}
creator: owner
`

// applyAtOnce: whoever is first applies it, the others find it done, and no change of
// an admin's is lost or keeps an old name.
func applyAtOnce(t *testing.T, s rolekit.Store) {
	kit := func(catalog string) *rolekit.Kit {
		c, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalog))
		ok(t, "ParseCatalog", err)
		k, err := rolekit.New(t.Context(), s, rolekit.Config{Catalog: c, Logger: slog.New(slog.DiscardHandler)})
		ok(t, "New", err)
		return k
	}
	const replicas, edits = 3, 4
	ctx, old := t.Context(), kit(beforeApply)
	system := old.Manager().As(rolekit.System("test"))
	_, err := system.ApplyCatalog(ctx, rolekit.CatalogChoices{})
	ok(t, "ApplyCatalog", err)
	for _, org := range []rolekit.OrgID{"tom", "jack"} {
		_, err := system.CreateOrg(ctx, rolekit.NewOrg{ID: org, Creator: "olga"})
		ok(t, "CreateOrg", err)
		_, err = system.CreateRole(ctx, org, rolekit.RoleSpec{
			ID: "editor", Grants: []rolekit.Grant{{Permission: "bills:write"}}, Includes: []rolekit.RoleID{"clerk"},
		})
		ok(t, "CreateRole", err)
		ok(t, "Assign", system.Assign(ctx, org, "ada", "clerk"))
	}
	kits := make([]*rolekit.Kit, replicas)
	for i := range kits {
		kits[i] = kit(afterApply)
	}
	var all sync.WaitGroup
	failed := make([]error, replicas+edits)
	for i, k := range kits {
		all.Go(func() {
			_, failed[i] = k.Manager().As(rolekit.System("deploy")).ApplyCatalog(ctx, rolekit.CatalogChoices{})
		})
	}
	for i := range edits { // by a process that has the old catalog still
		all.Go(func() {
			_, failed[replicas+i] = old.Manager().As(rolekit.Actor{User: "olga"}).CreateRole(ctx, "tom", rolekit.RoleSpec{
				ID: rolekit.RoleID(fmt.Sprint("new-", i)), Label: "New",
			})
		})
	}
	all.Wait()
	for i, err := range failed {
		ok(t, fmt.Sprint("the ", i, "th at once"), err)
	}
	applied := Dump(t, s).Audit[rolekit.AllOrgs]
	same(t, "how often it was applied", 2, len(slices.DeleteFunc(applied, func(e rolekit.AuditEvent) bool { return e.Action != "catalog.apply" })))
	for _, org := range []rolekit.OrgID{rolekit.AllOrgs, "tom", "jack"} {
		for _, r := range layer(t, s, org).Rules {
			if text := strings.Join(r.V[:], " "); strings.Contains(text, "bills") || strings.Contains(text, "clerk") {
				t.Errorf("%s holds an old name: %s", org, text)
			}
		}
	}
	same(t, "tom's roles", 1+edits, len(layer(t, s, "tom").Roles))
	for _, k := range kits {
		ok(t, "Refresh", k.Refresh(ctx))
		d, err := k.Can(ctx, rolekit.Identity{User: "ada", Org: "jack"}, "invoices:write", nil)
		ok(t, "Can", err)
		if !d.Allowed {
			t.Error("ada may not do what her role had under another name")
		}
	}
	_, err = kits[0].Manager().As(rolekit.Actor{User: "olga"}).DecideReview(ctx, "tom", "editor", "invoices:export", rolekit.ReviewDecision{})
	ok(t, "DecideReview", err)
	again := kit(afterApply).Manager().As(rolekit.System("test"))
	reviews, err := again.Reviews(ctx, "tom")
	ok(t, "Reviews", err)
	for _, r := range reviews {
		if r.Role == "editor" {
			t.Error("what was declined waits in another process")
		}
	}
	reviews, err = again.Reviews(ctx, "jack")
	ok(t, "Reviews", err)
	same(t, "what waits in jack", 1, len(reviews))
}
