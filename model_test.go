package rolekit_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// modelYAML has one of everything that a policy can be made of.
const modelYAML = `
actions:
  read: {}
  write: {implies: [read]}
  approve: {implies: [write]}
access:
  friend: {label: Friends}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write, approve]}
  jobs: {actions: [read, write]}
permissions:
  invoices:read: {access: [any, team, own, set, friend]}
  invoices:write: {access: [any, own, set]}
  invoices:approve: {profiles: [owner]}
  jobs:read: {access: [any, team, own, set]}
  jobs:write: {access: [any, team, own]}
baseline:
  worker: [{permission: "jobs:read", access: own}, {permission: "invoices:read", access: "set:board"}]
roles:
  owner: {profile: owner, grants: ["*:*"]}
  viewer: {profile: owner, grants: ["*:read"]}
  reader: {profile: owner, grants: [{permission: "invoices:read", access: "set:shelf"}]}
  helper: {profile: worker}
  mower: {profile: worker, includes: [helper], grants: [{permission: "jobs:write", access: own}]}
creator: owner
`

// fakeClock is a clock that a test sets.
type fakeClock struct{ now atomic.Pointer[time.Time] }

func clockAt(t time.Time) *fakeClock {
	c := &fakeClock{}
	c.set(t)
	return c
}

func (c *fakeClock) set(t time.Time)              { c.now.Store(&t) }
func (c *fakeClock) tell() time.Time              { return *c.now.Load() }
func (c *fakeClock) in(d time.Duration) time.Time { return c.tell().Add(d) }

// noon is when the clock of a world of modelYAML starts.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// modelConfig configures a kit for modelYAML. Whose owner is named
// friend-of-ada is reached by access friend for ada; whose team is named
// team-of-ada, by access team.
func modelConfig(t testing.TB, clock *fakeClock) rolekit.Config {
	t.Helper()
	return rolekit.Config{
		Catalog: parseCatalog(t, modelYAML), Clock: clock.tell,
		Access: map[rolekit.Access]rolekit.AccessRule{"friend": {
			Reaches: func(_ context.Context, who rolekit.Identity, r rolekit.Resource) (bool, error) {
				return r.AccessFacts().Owner == "friend-of-"+who.User, nil
			},
		}},
		Teams: func(_ context.Context, who rolekit.Identity) ([]rolekit.TeamID, error) {
			return []rolekit.TeamID{"team-of-" + rolekit.TeamID(who.User)}, nil
		},
	}
}

// newModelWorld is a world of modelYAML in which olga made tom, its part
// tom.north, and jack. Carol manages roles, members and organisations of tom,
// and otherwise holds no more than to read jobs of her own.
func newModelWorld(t *testing.T) (*world, *fakeClock) {
	t.Helper()
	clock := clockAt(noon())
	w := (&world{t: t, store: memstore.New()}).again(modelConfig(t, clock))
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.createOrg("tom", "", "olga")
	w.createOrg("tom.north", "tom", "olga")
	w.createOrg("jack", "", "olga")
	w.role("tom", "hr", append(grantsOf("iam.roles:write", "iam.members:write", "iam.orgs:write"),
		rolekit.Grant{Permission: "jobs:read", Access: "own"}))
	w.assign("tom", "carol", "hr")
	return w, clock
}

// group makes a group and puts users and groups into it.
func (w *world) group(org rolekit.OrgID, id rolekit.GroupID, users []rolekit.UserID, groups ...rolekit.GroupID) {
	w.t.Helper()
	_, err := w.system().PutGroup(w.t.Context(), org, rolekit.GroupSpec{ID: id}, 0)
	w.ok(err)
	w.ok(w.system().AddToGroup(w.t.Context(), org, id, users, groups))
}

// set makes a resource set of these resources.
func (w *world) set(org rolekit.OrgID, id rolekit.SetID, resources ...rolekit.ResourceID) {
	w.t.Helper()
	_, err := w.system().PutSet(w.t.Context(), org, rolekit.SetSpec{ID: id}, 0)
	w.ok(err)
	w.ok(w.system().ReplaceResources(w.t.Context(), org, id, resources, 0))
}

// give gives a role to a group.
func (w *world) give(org rolekit.OrgID, group rolekit.GroupID, role rolekit.RoleID) {
	w.t.Helper()
	w.ok(w.system().PutAssignment(w.t.Context(), org, rolekit.Assignment{Group: group, Role: role}))
}

func inSet(id rolekit.SetID) []rolekit.Grant {
	return []rolekit.Grant{{Permission: "invoices:read", Access: rolekit.InSet(id)}}
}

// refuses calls each and fails the test where it does not fail with the error,
// or changes anything.
func (w *world) refuses(want error, all map[string]func() error) {
	w.t.Helper()
	for name, do := range all {
		w.unchanged(name, func() { isError(w.t, name, do(), want) })
	}
}
