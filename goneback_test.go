package rolekit_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// switched is a store that another can take the place of.
type switched struct{ rolekit.Store }

// TestTheStoreGoesBack to a state that lacks the last commits: a backup, or a
// standby that had not received them. What it holds then is what counts, and a
// revocation made there revokes.
func TestTheStoreGoesBack(t *testing.T) {
	t.Parallel()
	for name, loaded := range map[string]int{"eager": 0, "lazy": fewest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			primary, standby := memstore.New(), memstore.New()
			for _, store := range []rolekit.Store{primary, standby} {
				system := kitOn(t, store, rolekit.Config{}).Manager().As(rolekit.System("test"))
				_, err := system.ApplyDefaults(t.Context(), w.Catalog().Defaults())
				w.ok(err)
				_, err = system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "tom", Creator: "olga"})
				w.ok(err)
				w.ok(system.Assign(t.Context(), "tom", "ada", "viewer"))
				if store == standby {
					break
				}
				for _, user := range []rolekit.UserID{"bob", "carol", "dave"} { // what the standby lacks
					w.ok(system.Assign(t.Context(), "tom", user, "viewer"))
				}
				_, err = system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "lost", Creator: "olga"})
				w.ok(err)
				defaults := rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "viewer", Profile: "owner", Grants: grantsOf("invoices:write")}}}
				_, err = system.ApplyDefaults(t.Context(), defaults)
				w.ok(err)
			}
			store := &switched{primary}
			w.store = store
			kit, reader := w.again(rolekit.Config{MaxLoaded: loaded}), w.again(rolekit.Config{MaxLoaded: loaded})
			for _, org := range []rolekit.OrgID{"tom", "lost"} {
				if !kit.can("olga", org, "invoices:write") || !reader.can("olga", org, "invoices:write") {
					t.Fatal("the owner is denied")
				}
			}
			store.Store = standby
			w.ok(reader.Refresh(t.Context()))
			if !reader.can("ada", "tom", "invoices:read") || reader.can("bob", "tom", "invoices:read") {
				t.Error("a reader decides by what the store does not hold")
			}
			if !strings.Contains(reader.log.String(), "the store has gone back") {
				t.Errorf("the log does not say so:\n%s", reader.log)
			}
			w.ok(kit.system().Unassign(t.Context(), "tom", "ada", "viewer"))
			if kit.can("ada", "tom", "invoices:read") {
				t.Error("allowed after it was revoked")
			}
			w.ok(kit.Refresh(t.Context()))
			if kit.can("ada", "tom", "invoices:read") || kit.can("bob", "tom", "invoices:read") {
				t.Error("allowed by what the store does not hold")
			}
			_, err := kit.Can(t.Context(), rolekit.Identity{User: "olga", Org: "lost"}, "invoices:read", nil)
			isError(t, "an organisation that is not there any more", err, rolekit.ErrOrgNotFound)
			w.ok(kit.system().Assign(t.Context(), "tom", "eve", "viewer"))
			if d, err := kit.Can(t.Context(), rolekit.Identity{User: "eve", Org: "tom"}, "invoices:write", nil); err != nil || d.Allowed {
				t.Errorf("by default roles that the store does not hold: %v, %v", d.Allowed, err)
			}
		})
	}
}
