package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

// catalogYAML is the third catalog: the twins know the second, and their roles are
// from before that.
const catalogYAML = `
actions:
  read: {}
  write: {implies: [read]}
  archive: {}
  export: {}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write, export]}
  jobs: {actions: [read, write, archive]}
permissions:
  invoices:export: {grant_to_roles_holding: "invoices:read"}
  jobs:archive: {access: [any, own]}
  jobs:read: {access: [any, team, own, set]}
baseline:
  worker: [{permission: jobs:read, access: team}]
roles:
  owner: {profile: owner, grants: ["*:*"]}
  viewer: {profile: owner, grants: ["*:read"]}
  mower: {profile: worker, grants: [{permission: jobs:read, access: own}]}
  hand: {profile: worker, renamed_from: helper, grants: [{permission: jobs:read, access: own}]}
creator: owner
`

// earlier are the first catalog and the second.
func earlier() (first, second string) {
	second = strings.NewReplacer(
		"  export: {}\n", "", "write, export]", "write]", "  invoices:export: {grant_to_roles_holding: \"invoices:read\"}\n", "",
		"hand: {profile: worker, renamed_from: helper,", "helper: {profile: worker,",
	).Replace(catalogYAML)
	first = strings.NewReplacer("  archive: {}\n", "", "write, archive]", "write]", "  jobs:archive: {access: [any, own]}\n", "").Replace(second)
	return first, second
}

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
	return clockedKit(t, s, nil)
}

func clockedKit(t testing.TB, s rolekit.Store, clock func() time.Time) *rolekit.Kit {
	t.Helper()
	kit, err := rolekit.New(t.Context(), s, rolekit.Config{Catalog: catalog(t), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	ok(t, "New", err)
	return kit
}

// populate makes the twins, all of whose things have the same ids: see furnish. Of
// the catalogs, the first is older than they are, and the second was applied since.
func populate(t testing.TB, s rolekit.Store, kit *rolekit.Kit) {
	t.Helper()
	first, second := earlier()
	before := kitOf(t, s, first)
	system := before.Manager().As(rolekit.System("test"))
	_, err := system.ApplyCatalog(t.Context(), rolekit.CatalogChoices{})
	ok(t, "ApplyCatalog", err)
	for _, org := range twins {
		_, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: org, Creator: "olga"})
		ok(t, "CreateOrg", err)
		ok(t, "furnish", furnish(t.Context(), before.Manager().As(boss("olga")), org))
	}
	_, err = kitOf(t, s, second).Manager().As(rolekit.System("test")).ApplyCatalog(t.Context(), rolekit.CatalogChoices{})
	ok(t, "ApplyCatalog", err)
	ok(t, "Refresh", kit.Refresh(t.Context()))
}

// boss is an owner, who may act as a worker too but does not.
func boss(user rolekit.UserID) rolekit.Actor { return rolekit.Actor{User: user, Profile: "owner"} }

// furnish gives an organisation, whose owner acts, one of everything that an
// operation can change: a custom role clerk that ada and service:ci hold, in which jobs:archive waits, a
// role spare that nobody holds, and a role going that the group team holds, and in
// .part dora; a role waiting, in which jobs:archive waits too; a group team with ada in it, which is in group
// crew, which is clerk for the next years; a set shelf that a role reaches, and
// a set empty; and below it .other and, below that, .part. The owner is a worker
// as well, and dora a helper; a service key labelled spare holds nothing.
func furnish(ctx context.Context, m *rolekit.Manager, org rolekit.OrgID) error {
	var errs []error
	check := func(err error) { errs = append(errs, err) }
	for _, set := range []rolekit.SetID{"shelf", "empty"} {
		_, err := m.PutSet(ctx, org, rolekit.SetSpec{ID: set}, 0)
		check(err)
	}
	check(m.AddResources(ctx, org, "shelf", "1", "2"))
	for _, spec := range []rolekit.RoleSpec{
		{ID: "clerk", Profile: "owner", Grants: []rolekit.Grant{
			{Permission: "invoices:read"}, {Permission: "jobs:read", Access: rolekit.InSet("shelf")},
		}},
		{ID: "spare", Profile: "owner", Grants: []rolekit.Grant{{Permission: "jobs:read", Access: "own"}}},
		{ID: "waiting", Profile: "owner", Grants: []rolekit.Grant{{Permission: "invoices:read"}}},
		{ID: "going", Profile: "owner", Grants: []rolekit.Grant{{Permission: "jobs:read", Access: "own"}}},
	} {
		_, err := m.CreateRole(ctx, org, spec)
		check(err)
	}
	for _, group := range []rolekit.GroupID{"team", "crew", "idle"} {
		_, err := m.PutGroup(ctx, org, rolekit.GroupSpec{ID: group}, 0)
		check(err)
	}
	check(m.AddToGroup(ctx, org, "team", []rolekit.UserID{"ada"}, nil))
	check(m.AddToGroup(ctx, org, "crew", nil, []rolekit.GroupID{"team"}))
	check(m.PutAssignment(ctx, org, rolekit.Assignment{Group: "crew", Role: "clerk", Period: rolekit.Period{Until: farOff()}}))
	for user, role := range map[rolekit.UserID]rolekit.RoleID{"ada": "clerk", "service:ci": "clerk", "olga": "mower"} {
		check(m.Assign(ctx, org, user, role))
	}
	check(m.Assign(ctx, org, "dora", "helper"))
	_, _, err := m.CreateKey(ctx, org, rolekit.NewKey{Label: "spare"})
	check(err)
	_, err = m.CreateOrg(ctx, rolekit.NewOrg{ID: org + ".other", Parent: org})
	check(err)
	_, err = m.CreateOrg(ctx, rolekit.NewOrg{ID: org + ".part", Parent: org + ".other"})
	check(err)
	check(m.PutAssignment(ctx, org, rolekit.Assignment{Group: "team", Role: "going"}))
	check(m.PutAssignment(ctx, org+".part", rolekit.Assignment{User: "dora", Role: "going", Period: rolekit.Period{Until: farOff()}}))
	return errors.Join(errs...)
}

// farOff is a time that no test sees.
func farOff() time.Time { return time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC) }

// family is the twins and what is or will be below them.
func family() []rolekit.OrgID {
	all := slices.Clone(twins)
	for _, org := range twins {
		all = append(all, org+".child", org+".other", org+".part")
	}
	return all
}

// decisions asks what everyone may do in the organisations, and as which policy
// revision, and returns the answers by question.
func decisions(t testing.TB, kit *rolekit.Kit, orgs ...rolekit.OrgID) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for _, org := range orgs {
		for _, user := range []rolekit.UserID{"olga", "ada", "bob", "dora", "service:ci", "clerk", "role:clerk", "nobody"} {
			mine, active, err := kit.Profiles(t.Context(), org, user)
			one, oneErr := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "owner"}, "invoices:read", nil)
			answers[fmt.Sprint(org, " ", user)] = fmt.Sprint(mine, active, err, one.Allowed, one.Access(), one.Revision(), oneErr)
			for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
				who := rolekit.Identity{User: user, Org: org, Profile: profile}
				may, err := kit.Permissions(t.Context(), who)
				answers[fmt.Sprint(who)] = fmt.Sprint(may, err)
			}
		}
	}
	return answers
}
