package attacks_test

import (
	"cmp"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/attacks"
	"github.com/rolekit/rolekit/internal/memstore"
)

const catalogYAML = `
actions:
  read: {}
  write: {implies: [read]}
  approve: {implies: [write]}
profiles:
  owner: {}
  worker: {}
objects:
  invoices: {actions: [read, write, approve]}
  jobs: {actions: [read, write]}
permissions:
  invoices:read: {access: [any, team, own, set]}
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
creator: owner
`

// onlyOwners has but one profile, so that everybody who belongs to an organisation
// has its baseline.
func onlyOwners() string {
	return strings.NewReplacer(
		"  worker: {}\n", "", "  helper: {profile: worker}\n", "",
		"  worker: [{permission: \"jobs:read\", access: own}, {permission: \"invoices:read\", access: \"set:board\"}]\n",
		"  owner: [\"invoices:read\"]\n",
	).Replace(catalogYAML)
}

// world is a kit in memory. Olga owns tom, tom.north below it, and jack. In tom,
// Carol may manage roles, members and organisations, and otherwise holds nothing
// but jobs:read of her own; so it is with hank and dave, of whom each may manage
// one of the first two alone. There are roles that give more: bookkeeper, chief
// who includes it, and what default roles give. Vera is a viewer.
type world struct {
	*rolekit.Kit

	t     *testing.T
	store rolekit.Store
	now   atomic.Pointer[time.Time]

	key    rolekit.Key // of the organisation's; none where its id is empty
	secret string      // and its holder's
	gained rolekit.Key // that an attempt made
	tried  bool        // an attempt was made
	told   string      // what somebody was told
}

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, catalogYAML)
}

func newWorldOf(t *testing.T, catalog string) *world {
	t.Helper()
	w := &world{t: t, store: memstore.New()}
	w.at(noon())
	w.Kit = w.kit(catalog)
	_, err := w.system().ApplyDefaults(t.Context(), w.Catalog().Defaults())
	w.ok(err)
	w.org("tom", "", "olga")
	w.org("tom.north", "tom", "olga")
	w.org("jack", "", "olga")
	own := rolekit.Grant{Permission: "jobs:read", Access: "own"}
	w.role("tom", "hr", append(anyOf("iam.roles:write", "iam.members:write", "iam.orgs:write"), own))
	w.role("tom", "composer", append(anyOf("iam.roles:write"), own))
	w.role("tom", "recruiter", append(anyOf("iam.members:write"), own))
	w.role("tom", "bookkeeper", anyOf("invoices:write"))
	w.role("tom", "chief", nil, "bookkeeper")
	w.role("tom", "empty", nil)
	for user, role := range map[rolekit.UserID]rolekit.RoleID{"carol": "hr", "hank": "recruiter", "dave": "composer", "vera": "viewer"} {
		w.assign("tom", user, role)
	}
	return w
}

// kit is another one on the store: what another process has, or a later version
// of the program.
func (w *world) kit(catalog string) *rolekit.Kit {
	w.t.Helper()
	c, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalog))
	w.ok(err)
	kit, err := rolekit.New(w.t.Context(), w.store, rolekit.Config{
		Catalog: c, Logger: slog.New(slog.DiscardHandler), Operators: "staff", MaxReplies: 3, Clock: func() time.Time { return *w.now.Load() },
	})
	w.ok(err)
	return kit
}

func (w *world) at(now time.Time) { w.now.Store(&now) }

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) system() *rolekit.Manager { return w.Manager().As(rolekit.System("test")) }

func (w *world) as(user rolekit.UserID) *rolekit.Manager {
	return w.Manager().As(rolekit.Actor{User: user})
}

func (w *world) org(id, parent rolekit.OrgID, creator rolekit.UserID) {
	w.t.Helper()
	_, err := w.system().CreateOrg(w.t.Context(), rolekit.NewOrg{ID: id, Parent: parent, Creator: creator})
	w.ok(err)
}

func (w *world) role(org rolekit.OrgID, id rolekit.RoleID, grants []rolekit.Grant, includes ...rolekit.RoleID) {
	w.t.Helper()
	_, err := w.system().CreateRole(w.t.Context(), org, rolekit.RoleSpec{ID: id, Profile: "owner", Grants: grants, Includes: includes})
	w.ok(err)
}

func (w *world) assign(org rolekit.OrgID, user rolekit.UserID, role rolekit.RoleID) {
	w.t.Helper()
	w.ok(w.system().Assign(w.t.Context(), org, user, role))
}

func (w *world) give(org rolekit.OrgID, a rolekit.Assignment) {
	w.t.Helper()
	w.ok(w.system().PutAssignment(w.t.Context(), org, a))
}

func (w *world) group(org rolekit.OrgID, id rolekit.GroupID, users []rolekit.UserID, groups ...rolekit.GroupID) {
	w.t.Helper()
	_, err := w.system().PutGroup(w.t.Context(), org, rolekit.GroupSpec{ID: id}, 0)
	w.ok(err)
	w.ok(w.system().AddToGroup(w.t.Context(), org, id, users, groups))
}

func (w *world) set(org rolekit.OrgID, id rolekit.SetID, resources ...rolekit.ResourceID) {
	w.t.Helper()
	_, err := w.system().PutSet(w.t.Context(), org, rolekit.SetSpec{ID: id}, 0)
	w.ok(err)
	w.ok(w.system().ReplaceResources(w.t.Context(), org, id, resources, 0))
}

// newKey makes a service key of tom, as olga, who may.
func (w *world) newKey(roles ...rolekit.RoleID) {
	w.t.Helper()
	var err error
	w.key, w.secret, err = w.as("olga").CreateKey(w.t.Context(), "tom", rolekit.NewKey{Label: "A key", Roles: roles})
	w.ok(err)
}

func anyOf(permissions ...rolekit.Permission) []rolekit.Grant {
	var grants []rolekit.Grant
	for _, p := range permissions {
		grants = append(grants, rolekit.Grant{Permission: p, Access: rolekit.AccessAny})
	}
	return grants
}

func until(t time.Time) rolekit.Period { return rolekit.Period{Until: t} }
func from(t time.Time) rolekit.Period  { return rolekit.Period{From: t} }

// thing is a resource by its id.
type thing rolekit.ResourceID

func (r thing) AccessFacts() rolekit.Facts {
	return rolekit.Facts{ID: rolekit.ResourceID(r), Owner: "somebody else"}
}

// may reports whether the user may do it, to a thing of somebody else's, as any
// of their profiles.
func (w *world) may(user rolekit.UserID, org rolekit.OrgID, p rolekit.Permission, what thing) bool {
	w.t.Helper()
	return mayBy(w.t, w.Kit, user, org, p, what)
}

func mayBy(t *testing.T, kit *rolekit.Kit, user rolekit.UserID, org rolekit.OrgID, p rolekit.Permission, what thing) bool {
	t.Helper()
	for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
		if !kit.Catalog().HasProfile(profile) {
			continue
		}
		d, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: profile}, p, what)
		if err != nil && !errors.Is(err, rolekit.ErrOrgNotFound) {
			t.Fatal(err)
		}
		if d.Allowed {
			return true
		}
	}
	return false
}

// attempt is one of somebody to win what they must not.
type attempt struct {
	name string
	// catalog is another than catalogYAML; empty for that.
	catalog string
	// given is what there is beside the world; nil for nothing.
	given func(*world)
	// do is done by whoever tries. It must fail with want, and change nothing.
	do   func(*world) error
	want error // nil where what is done is no wrong by itself
	// then is what honest people or time do after it; nil for nothing.
	then func(*world)
	// won reports whether it was won. It must not hold before.
	won func(*world) bool
}

func (a attempt) try(t *testing.T) {
	t.Helper()
	t.Parallel()
	w := newWorldOf(t, cmp.Or(a.catalog, catalogYAML))
	if a.given != nil {
		a.given(w)
	}
	if a.won(w) {
		t.Fatal("it is won before it is tried")
	}
	before := adaptertest.Dump(t, w.store)
	err := a.do(w)
	after := adaptertest.Dump(t, w.store)
	if a.then != nil {
		a.then(w)
	}
	if a.won(w) {
		attacks.Fail(t, a.name, err)
		return
	}
	if !errors.Is(err, a.want) {
		t.Errorf("it ended with %v, and should have with %v", err, a.want)
	}
	if diff := gocmp.Diff(before, after, cmpopts.EquateEmpty()); a.want != nil && diff != "" {
		t.Errorf("it was refused, and changed:\n%s", diff)
	}
}

func try(t *testing.T, table []attacks.Attempts[attempt]) {
	t.Helper()
	attacks.Each(t, table, func(a attempt) string { return a.name }, func(t *testing.T, a attempt) {
		t.Helper()
		a.try(t)
	})
}
