package adaptertest

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/rolekit/rolekit"
)

const catalogYAML = `
actions:
  read: {}
  write: {implies: [read]}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write]}
  jobs: {actions: [read, write]}
permissions:
  jobs:read: {access: [any, team, own]}
roles:
  owner: {profile: owner, grants: ["*:*"]}
  viewer: {profile: owner, grants: ["*:read"]}
  mower: {profile: worker, grants: [{permission: jobs:read, access: own}]}
creator: owner
`

// The two organisations of most tests hold the same ids, so that whatever goes
// by an id alone hits the wrong one.
var twins = []rolekit.OrgID{"left", "right"} //nolint:gochecknoglobals // read only

func catalog(t testing.TB) *rolekit.Catalog {
	t.Helper()
	c, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalogYAML))
	ok(t, "ParseCatalog", err)
	return c
}

func newKit(t testing.TB, s rolekit.Store) *rolekit.Kit {
	t.Helper()
	kit, err := rolekit.New(t.Context(), s, rolekit.Config{Catalog: catalog(t), Logger: slog.New(slog.DiscardHandler)})
	ok(t, "New", err)
	return kit
}

// populate seeds the default roles and makes the twins: each with owner olga,
// who made it; a custom role clerk that ada and service:ci hold; a role spare
// that nobody holds; and a child whose owner is olga by inheritance.
func populate(t testing.TB, kit *rolekit.Kit) {
	t.Helper()
	system := kit.Manager().As(rolekit.System("test"))
	_, err := system.ApplyDefaultRoles(t.Context(), kit.Catalog().DefaultRoles())
	ok(t, "ApplyDefaultRoles", err)
	for _, org := range twins {
		_, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: org, Creator: "olga"})
		ok(t, "CreateOrg", err)
		olga := kit.Manager().As(rolekit.Actor{User: "olga"})
		for _, spec := range []rolekit.RoleSpec{
			{ID: "clerk", Profile: "owner", Grants: []rolekit.Grant{{Permission: "invoices:read"}}},
			{ID: "spare", Profile: "owner", Grants: []rolekit.Grant{{Permission: "jobs:read", Access: "own"}}},
		} {
			_, err := olga.CreateRole(t.Context(), org, spec)
			ok(t, "CreateRole", err)
		}
		for _, user := range []rolekit.UserID{"ada", "service:ci"} {
			ok(t, "Assign", olga.Assign(t.Context(), org, user, "clerk"))
		}
	}
}

// operation is one way to change something through a Manager.
type operation struct {
	name string
	do   func(*testing.T, *rolekit.Manager, rolekit.OrgID) error
	// all says that it concerns every organisation, and only the system may.
	all bool
}

// operations are all of a Manager's. Each succeeds for olga, once, on a twin.
func operations() []operation {
	one := func(name string, do func(*testing.T, *rolekit.Manager, rolekit.OrgID) error) operation {
		return operation{name: name, do: do}
	}
	return []operation{
		one("CreateRole", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			_, err := m.CreateRole(t.Context(), org, rolekit.RoleSpec{
				ID: "fresh", Profile: "owner", Grants: []rolekit.Grant{{Permission: "jobs:write"}}, Includes: []rolekit.RoleID{"clerk"},
			})
			return err
		}),
		one("UpdateRole", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			label, includes := "Clerks", []rolekit.RoleID{"viewer"}
			_, err := m.UpdateRole(t.Context(), org, "clerk", rolekit.RolePatch{Label: &label, Includes: &includes}, 0)
			return err
		}),
		one("SetGrants", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			grants := []rolekit.Grant{{Permission: "jobs:write"}, {Permission: "jobs:read", Access: "team"}}
			_, err := m.SetGrants(t.Context(), org, "clerk", grants, 0)
			return err
		}),
		one("DeleteRole", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			return m.DeleteRole(t.Context(), org, "spare", 0)
		}),
		one("Assign", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			return m.Assign(t.Context(), org, "bob", "clerk")
		}),
		one("Unassign", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			return m.Unassign(t.Context(), org, "ada", "clerk")
		}),
		one("CreateOrg", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			_, err := m.CreateOrg(t.Context(), rolekit.NewOrg{ID: org + ".child", Parent: org})
			return err
		}),
		one("DeleteOrg", func(t *testing.T, m *rolekit.Manager, org rolekit.OrgID) error {
			return m.DeleteOrg(t.Context(), org)
		}),
		{all: true, name: "ApplyDefaultRoles", do: func(t *testing.T, m *rolekit.Manager, _ rolekit.OrgID) error {
			specs := catalog(t).DefaultRoles()
			specs = append(specs, rolekit.RoleSpec{ID: "added", Profile: "worker", Grants: []rolekit.Grant{{Permission: "jobs:read"}}})
			for i := range specs {
				if specs[i].ID == "viewer" {
					specs[i].Grants = specs[i].Grants[:1]
				}
			}
			_, err := m.ApplyDefaultRoles(t.Context(), specs)
			return err
		}},
	}
}

// decisions asks everything that can be asked about the organisations, and
// returns the answers by question.
func decisions(t testing.TB, kit *rolekit.Kit, orgs ...rolekit.OrgID) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for _, org := range orgs {
		for _, user := range []rolekit.UserID{"olga", "ada", "bob", "service:ci", "clerk", "role:clerk", "nobody"} {
			for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
				for _, p := range kit.Catalog().Permissions() {
					who := rolekit.Identity{User: user, Org: org, Profile: profile}
					d, err := kit.Can(t.Context(), who, p.ID, nil)
					answers[fmt.Sprintf("%v %s", who, p.ID)] = fmt.Sprintf("%v %v at %d, %v", d.Allowed, d.Access, d.Revision, err)
				}
			}
		}
	}
	return answers
}
