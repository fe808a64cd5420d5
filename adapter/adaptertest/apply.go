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
	const replicas, edits = 3, 4
	ctx, old := t.Context(), kitOf(t, s, beforeApply)
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
		kits[i] = kitOf(t, s, afterApply)
	}
	for i, err := range applyWhileEdited(t, kits, old, edits) {
		ok(t, fmt.Sprint("the ", i, "th at once"), err)
	}
	appliedOnce(t, s)
	same(t, "tom's roles", 1+edits, len(layer(t, s, "tom").Roles))
	for _, k := range kits {
		ok(t, "Refresh", k.Refresh(ctx))
		d, err := k.Can(ctx, rolekit.Identity{User: "ada", Org: "jack"}, "invoices:write", nil)
		ok(t, "Can", err)
		if !d.Allowed {
			t.Error("ada may not do what her role had under another name")
		}
	}
	declinedForAll(t, s, kits[0])
}

func kitOf(t testing.TB, s rolekit.Store, catalog string) *rolekit.Kit {
	t.Helper()
	c, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalog))
	ok(t, "ParseCatalog", err)
	k, err := rolekit.New(t.Context(), s, rolekit.Config{Catalog: c, Logger: slog.New(slog.DiscardHandler)})
	ok(t, "New", err)
	return k
}

// applyWhileEdited lets all kits apply their catalog at once, while olga makes roles
// by a process that has the old one still. It returns how each of them ended.
func applyWhileEdited(t *testing.T, kits []*rolekit.Kit, old *rolekit.Kit, edits int) []error {
	t.Helper()
	var all sync.WaitGroup
	ended := make([]error, len(kits)+edits)
	for i, k := range kits {
		all.Go(func() {
			_, ended[i] = k.Manager().As(rolekit.System("deploy")).ApplyCatalog(t.Context(), rolekit.CatalogChoices{})
		})
	}
	for i := range edits {
		all.Go(func() {
			_, ended[len(kits)+i] = old.Manager().As(rolekit.Actor{User: "olga"}).CreateRole(t.Context(), "tom", rolekit.RoleSpec{
				ID: rolekit.RoleID(fmt.Sprint("new-", i)), Label: "New",
			})
		})
	}
	all.Wait()
	return ended
}

// appliedOnce: the log has the first catalog and the second, and no rule an old name.
func appliedOnce(t *testing.T, s rolekit.Store) {
	t.Helper()
	applied := Dump(t, s).Audit[rolekit.AllOrgs]
	same(t, "how often it was applied", 2, len(slices.DeleteFunc(applied, func(e rolekit.AuditEvent) bool { return e.Action != "catalog.apply" })))
	for _, org := range []rolekit.OrgID{rolekit.AllOrgs, "tom", "jack"} {
		for _, r := range layer(t, s, org).Rules {
			if text := strings.Join(r.V[:], " "); strings.Contains(text, "bills") || strings.Contains(text, "clerk") {
				t.Errorf("%s holds an old name: %s", org, text)
			}
		}
	}
}

// declinedForAll: what was declined by one process waits in no other, and what was
// not still does.
func declinedForAll(t *testing.T, s rolekit.Store, one *rolekit.Kit) {
	t.Helper()
	_, err := one.Manager().As(rolekit.Actor{User: "olga"}).DecideReview(t.Context(), "tom", "editor", "invoices:export", rolekit.ReviewDecision{})
	ok(t, "DecideReview", err)
	again := kitOf(t, s, afterApply).Manager().As(rolekit.System("test"))
	reviews, err := again.Reviews(t.Context(), "tom", rolekit.ReviewQuery{})
	ok(t, "Reviews", err)
	for _, r := range reviews {
		if r.Role == "editor" {
			t.Error("what was declined waits in another process")
		}
	}
	reviews, err = again.Reviews(t.Context(), "jack", rolekit.ReviewQuery{})
	ok(t, "Reviews", err)
	same(t, "what waits in jack", 1, len(reviews))
}
