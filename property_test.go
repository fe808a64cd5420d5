package rolekit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
)

// TestDecisionsAgreeWithTheMeaning makes random edits, and after each asks
// everything of the kit (which asks Casbin), of its list of permissions (which
// walks the policy), and of a reference that knows only what DESIGN says a
// policy means. Now and then a new kit reads it all from the database.
func TestDecisionsAgreeWithTheMeaning(t *testing.T) {
	t.Parallel()
	done, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := emptyWorld(t)
		m := newMeaning()
		m.create(w, "a", "")
		m.create(w, "a.b", "a")
		m.create(w, "c", "")
		_, err := w.system().ApplyDefaults(t.Context(), rolekit.Defaults{Roles: m.defaults(nil, "owner", nil)})
		w.ok(err)
		for _, r := range []assignment{{org: "a", role: "r1"}, {org: "a", role: "r2"}, {org: "a.b", role: "r3"}, {org: "c", role: "r1"}} {
			w.role(r.org, r.role, nil)
			m.roles[r.org][r.role] = rolekit.RoleSpec{ID: r.role, Profile: "owner"}
		}
		for step := range rapid.IntRange(1, 12).Draw(rt, "edits") {
			what, err := m.edit(rt, w)
			if err != nil {
				refused++
			} else {
				done++
			}
			m.compare(rt, w, fmt.Sprintf("after edit %d, %s (%v)", step, what, err))
		}
		m.compare(rt, w.again(rolekit.Config{}), "read anew")
		w.close()
	})
	t.Logf("%d random edits done, %d refused", done, refused)
	if done < refused/4 {
		t.Error("too few edits came through to prove anything")
	}
}

// meaning is a policy as plain facts, and what they mean.
type meaning struct {
	parents map[rolekit.OrgID]rolekit.OrgID
	roles   map[rolekit.OrgID]map[rolekit.RoleID]rolekit.RoleSpec // default ones under AllOrgs
	given   map[assignment]bool
}

type assignment struct {
	org  rolekit.OrgID
	user rolekit.UserID
	role rolekit.RoleID
}

func newMeaning() *meaning {
	return &meaning{
		parents: map[rolekit.OrgID]rolekit.OrgID{},
		roles:   map[rolekit.OrgID]map[rolekit.RoleID]rolekit.RoleSpec{rolekit.AllOrgs: {}},
		given:   map[assignment]bool{},
	}
}

func (m *meaning) create(w *world, id, parent rolekit.OrgID) {
	w.createOrg(id, parent, "")
	m.parents[id], m.roles[id] = parent, map[rolekit.RoleID]rolekit.RoleSpec{}
}

// edit makes one random edit of both; of an edit that the kit refuses, the
// meaning knows nothing.
func (m *meaning) edit(rt *rapid.T, w *world) (string, error) {
	org := rapid.SampledFrom([]rolekit.OrgID{"a", "a.b", "c"}).Draw(rt, "org")
	user := rapid.SampledFrom([]rolekit.UserID{"ada", "bob", "service:ci"}).Draw(rt, "user")
	roleIDs := rapid.SampledFrom([]rolekit.RoleID{"r1", "r2", "r3", "r4", "d1", "d2"})
	role := roleIDs.Draw(rt, "role")
	grants := rapid.SliceOfN(grantGen(), 0, 4)
	includes := rapid.SliceOfN(roleIDs, 0, 2)
	profile := rapid.SampledFrom([]rolekit.ProfileID{"owner", "owner", "worker"})
	ctx, s := w.t.Context(), w.system()

	switch what := rapid.SampledFrom([]string{"create", "create", "assign", "assign", "assign", "unassign", "grants", "includes", "delete", "defaults"}).Draw(rt, "what"); what {
	case "create":
		spec := rolekit.RoleSpec{ID: role, Profile: profile.Draw(rt, "profile"), Grants: grants.Draw(rt, "grants"), Includes: includes.Draw(rt, "includes")}
		_, err := s.CreateRole(ctx, org, spec)
		if err == nil {
			m.roles[org][role] = spec
		}
		return what, err
	case "assign":
		err := s.Assign(ctx, org, user, role)
		if err == nil {
			m.given[assignment{org, user, role}] = true
		}
		return what, err
	case "unassign":
		err := s.Unassign(ctx, org, user, role)
		if err == nil {
			delete(m.given, assignment{org, user, role})
		}
		return what, err
	case "grants":
		spec := m.roles[org][role]
		spec.Grants = grants.Draw(rt, "grants")
		_, err := s.SetGrants(ctx, org, role, spec.Grants, 0)
		if err == nil {
			m.roles[org][role] = spec
		}
		return what, err
	case "includes":
		spec := m.roles[org][role]
		spec.Includes = includes.Draw(rt, "includes")
		_, err := s.UpdateRole(ctx, org, role, rolekit.RolePatch{Includes: &spec.Includes}, 0)
		if err == nil {
			m.roles[org][role] = spec
		}
		return what, err
	case "delete":
		err := s.DeleteRole(ctx, org, role, 0)
		if err == nil {
			delete(m.roles[org], role)
		}
		return what, err
	default:
		had := m.roles[rolekit.AllOrgs]
		roles := m.defaults(grants.Draw(rt, "grants"), profile.Draw(rt, "profile"), grants.Draw(rt, "more grants"))
		_, err := s.ApplyDefaults(ctx, rolekit.Defaults{Roles: roles})
		if err != nil {
			m.roles[rolekit.AllOrgs] = had
		}
		return what, err
	}
}

// defaults are d1, and d2, which includes it where it may; both are noted.
func (m *meaning) defaults(one []rolekit.Grant, profile rolekit.ProfileID, two []rolekit.Grant) []rolekit.RoleSpec {
	specs := []rolekit.RoleSpec{{ID: "d1", Profile: "owner", Grants: one}, {ID: "d2", Profile: profile, Grants: two}}
	if profile == "owner" {
		specs[1].Includes = []rolekit.RoleID{"d1"}
	}
	m.roles[rolekit.AllOrgs] = map[rolekit.RoleID]rolekit.RoleSpec{"d1": specs[0], "d2": specs[1]}
	return specs
}

func grantGen() *rapid.Generator[rolekit.Grant] {
	return rapid.Custom(func(rt *rapid.T) rolekit.Grant {
		p := rapid.SampledFrom([]rolekit.Permission{"invoices:read", "invoices:write", "jobs:read", "jobs:write", "iam.roles:write"}).Draw(rt, "permission")
		access := rolekit.AccessAny
		if p.Object() == "jobs" {
			access = rapid.SampledFrom([]rolekit.Access{"any", "team", "own"}).Draw(rt, "access")
		}
		return rolekit.Grant{Permission: p, Access: access}
	})
}

// compare asks everything of all three.
func (m *meaning) compare(rt *rapid.T, w *world, when string) {
	asked := []rolekit.Permission{"invoices:read", "invoices:write", "invoices:approve", "jobs:read", "jobs:write", "iam.roles:read", "iam.roles:write"}
	for org := range m.parents {
		for _, user := range []rolekit.UserID{"ada", "bob", "service:ci", "r1"} {
			for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
				who := rolekit.Identity{User: user, Org: org, Profile: profile}
				listed, err := w.Permissions(w.t.Context(), who)
				if err != nil {
					rt.Fatal(err)
				}
				for _, p := range asked {
					want := m.access(user, org, profile, p)
					d, err := w.Can(w.t.Context(), who, p, nil)
					if err != nil || d.Allowed != (len(want) > 0) || !slices.Equal(d.Access(), want) {
						rt.Fatalf("%s: %v, %s: Can says %v %v (%v), the reference %v", when, who, p, d.Allowed, d.Access(), err, want)
					}
					for _, access := range []rolekit.Access{"any", "team", "own"} {
						if slices.Contains(listed, rolekit.Grant{Permission: p, Access: access}) != slices.Contains(want, access) {
							rt.Fatalf("%s: %v, %s: Permissions says %v, the reference %v", when, who, p, listed, want)
						}
					}
				}
			}
		}
	}
}

// access is how far a user may do something: what the words of DESIGN say, with
// no thought for speed, and nothing shared with the kit.
func (m *meaning) access(user rolekit.UserID, org rolekit.OrgID, profile rolekit.ProfileID, want rolekit.Permission) []rolekit.Access {
	reached := map[rolekit.Access]bool{}
	for given := range m.given {
		if given.user == user && m.above(given.org, org) {
			m.collect(given.role, org, profile, want, reached, map[rolekit.RoleID]bool{})
		}
	}
	var all []rolekit.Access
	for _, a := range []rolekit.Access{"any", "team", "own"} {
		if reached[a] {
			all = append(all, a)
			if a == "any" {
				break
			}
		}
	}
	return all
}

// above reports whether one organisation is the other or an ancestor of it.
func (m *meaning) above(one, other rolekit.OrgID) bool {
	return other != "" && (one == other || m.above(one, m.parents[other]))
}

// collect notes the accesses with which a role gives the permission.
func (m *meaning) collect(role rolekit.RoleID, org rolekit.OrgID, profile rolekit.ProfileID, want rolekit.Permission, into map[rolekit.Access]bool, been map[rolekit.RoleID]bool) {
	if been[role] {
		return
	}
	been[role] = true
	for defined, specs := range m.roles {
		spec, ok := specs[role]
		if !ok || spec.Profile != profile || defined != rolekit.AllOrgs && !m.above(defined, org) {
			continue
		}
		for _, g := range spec.Grants {
			have, asked := strings.Split(string(g.Permission), ":"), strings.Split(string(want), ":")
			if have[0] == asked[0] && (have[1] == asked[1] || have[1] == "write" && asked[1] == "read") {
				into[g.Access] = true
			}
		}
		for _, included := range spec.Includes {
			m.collect(included, org, profile, want, into, been)
		}
	}
}

// TestProfilesStayApart: a default role whose profile was changed takes nobody with
// it who holds it by way of a custom role of the old one.
func TestProfilesStayApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", nil, "viewer")
	w.assign("tom", "ada", "clerk")
	if !w.can("ada", "tom", "invoices:read") {
		t.Fatal("denied before")
	}
	w.sql("UPDATE rolekit_roles SET profile = 'worker' WHERE org_id = '*' AND id = 'viewer'") // the kit does not do that unasked
	w = w.again(rolekit.Config{})
	for _, profile := range []rolekit.ProfileID{"owner", "worker", ""} {
		who := rolekit.Identity{User: "ada", Org: "tom", Profile: profile}
		d, err := w.Can(t.Context(), who, "invoices:read", nil)
		listed, listErr := w.Permissions(t.Context(), who)
		if err != nil || listErr != nil || d.Allowed || len(listed) > 0 {
			t.Errorf("as %q: %v, %v; %v, %v", profile, d.Allowed, err, listed, listErr)
		}
	}
}
