package rolekit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
)

func TestFailClosedOnUnknownNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := rolekit.Identity{User: "olga", Org: "tom", Profile: "owner"}
	with := func(change func(*rolekit.Identity)) rolekit.Identity {
		who := good
		change(&who)
		return who
	}
	org := func(id rolekit.OrgID) rolekit.Identity {
		return with(func(who *rolekit.Identity) { who.Org = id })
	}
	for _, c := range []struct {
		name string
		who  rolekit.Identity
		want rolekit.Permission
		err  error
	}{
		{"no organisation", org(""), "invoices:read", rolekit.ErrOrgNotFound},
		{"all organisations", org(rolekit.AllOrgs), "invoices:read", rolekit.ErrOrgNotFound},
		{"an unknown organisation", org("nowhere"), "invoices:read", rolekit.ErrOrgNotFound},
		{"another case", org("Tom"), "invoices:read", rolekit.ErrOrgNotFound},
		{"a path", org("../tom"), "invoices:read", rolekit.ErrOrgNotFound},
		{"no permission", good, "", rolekit.ErrInvalid},
		{"an unknown object", good, "newsletters:read", rolekit.ErrInvalid},
		{"an unknown action", good, "invoices:shred", rolekit.ErrInvalid},
		{"an object alone", good, "invoices", rolekit.ErrInvalid},
		{"a wildcard", good, "*:*", rolekit.ErrInvalid},
		{"a wildcard action", good, "invoices:*", rolekit.ErrInvalid},
		{"an unknown profile", with(func(who *rolekit.Identity) { who.Profile = "boss" }), "invoices:read", rolekit.ErrInvalid},
		{"no user", with(func(who *rolekit.Identity) { who.User = "" }), "invoices:read", rolekit.ErrUnauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := w.Can(t.Context(), c.who, c.want, nil)
			isError(t, "Can", err, c.err)
			ensured, err := w.Ensure(t.Context(), c.who, c.want, nil)
			isError(t, "Ensure", err, c.err)
			if d.Allowed || len(d.Access()) > 0 || ensured.Allowed || len(d.Reasons()) > 0 {
				t.Errorf("allowed: %v", d)
			}
		})
	}
	if d, err := w.Ensure(t.Context(), good, "invoices:read", nil); err != nil || !d.Allowed {
		t.Errorf("the question that all of these spoil: %v, %v", d.Allowed, err)
	}
}

// resource is one that goes wrong.
type resource struct{ facts func() rolekit.Facts }

func (r *resource) AccessFacts() rolekit.Facts { return r.facts() }

func TestFailClosedOnPanics(t *testing.T) {
	t.Parallel()
	var teams func() ([]rolekit.TeamID, error)
	w := newWorld(t).again(rolekit.Config{Teams: func(context.Context, rolekit.Identity) ([]rolekit.TeamID, error) { return teams() }})
	w.role("tom", "crew", []rolekit.Grant{{Permission: "jobs:read", Access: rolekit.AccessTeam}})
	w.assign("tom", "carl", "crew") // whose answer depends on teams; olga's never does
	team := &resource{func() rolekit.Facts { return rolekit.Facts{Team: "a"} }}
	for _, c := range []struct {
		name     string
		resource rolekit.Resource
		teams    func() ([]rolekit.TeamID, error)
	}{
		{"AccessFacts panics", &resource{func() rolekit.Facts { panic("s3cret") }}, nil},
		{"AccessFacts panics with nil’s error", &resource{func() rolekit.Facts { panic(errors.New("s3cret")) }}, nil},
		{"the resource is a nil pointer", (*resource)(nil), nil},
		{"Teams panics", team, func() ([]rolekit.TeamID, error) { panic("s3cret") }},
		{"Teams fails", team, func() ([]rolekit.TeamID, error) { return []rolekit.TeamID{"a"}, errors.New("s3cret") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			teams = c.teams
			d, err := w.Can(t.Context(), rolekit.Identity{User: "carl", Org: "tom"}, "jobs:read", c.resource)
			isError(t, "Can", err, rolekit.ErrUnavailable)
			if d.Allowed || len(d.Access()) > 0 {
				t.Errorf("allowed: %v", d)
			}
			if e, ok := errors.AsType[*rolekit.Error](err); !ok || strings.Contains(e.Message+e.Hint, "s3cret") {
				t.Errorf("the message tells the cause: %v", err)
			}
		})
	}
}

func TestFailClosedOnMissingFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t).again(rolekit.Config{Teams: func(_ context.Context, who rolekit.Identity) ([]rolekit.TeamID, error) {
		return map[rolekit.UserID][]rolekit.TeamID{"ada": {"", "north"}}[who.User], nil
	}})
	grants := []rolekit.Grant{{Permission: "jobs:read", Access: "own"}, {Permission: "jobs:write", Access: "team"}}
	w.role("tom", "clerk", grants)
	w.assign("tom", "ada", "clerk")
	for _, c := range []struct {
		want    rolekit.Permission
		facts   rolekit.Facts
		allowed bool
	}{
		{"jobs:read", rolekit.Facts{}, false},
		{"jobs:read", rolekit.Facts{Owner: "bob"}, false},
		{"jobs:read", rolekit.Facts{Owner: "Ada"}, false},
		{"jobs:read", rolekit.Facts{Owner: "ada"}, true},
		{"jobs:write", rolekit.Facts{}, false},
		{"jobs:write", rolekit.Facts{Owner: "ada"}, false},
		{"jobs:write", rolekit.Facts{Team: "south"}, false},
		{"jobs:write", rolekit.Facts{Team: "north"}, true},
		{"jobs:read", rolekit.Facts{Team: "north"}, true}, // by write, which implies it
	} {
		d, err := w.Can(t.Context(), rolekit.Identity{User: "ada", Org: "tom"}, c.want, c.facts)
		if err != nil || d.Allowed != c.allowed {
			t.Errorf("%s on %+v: %v, %v; want %v", c.want, c.facts, d.Allowed, err, c.allowed)
		}
	}
}

// TestFailClosedWithoutDatabase closes the database under a kit at work.
func TestFailClosedWithoutDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role("tom", "clerk", grantsOf("invoices:read"))
	w.assign("tom", "ada", "clerk")
	healthy := w.Health()
	if healthy.StoreError != nil || healthy.Synced.IsZero() {
		t.Errorf("health before: %+v", healthy)
	}
	answers := w.answers()
	w.close()

	same(t, "the decisions without a database", answers, w.answers())
	m, ctx, label := w.as("olga"), t.Context(), "x"
	for name, do := range map[string]func() error{
		"CreateOrg": func() error {
			_, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: "tom.north", Parent: "tom"})
			return err
		},
		"DeleteOrg": func() error { return m.DeleteOrg(ctx, "tom", rolekit.DeleteOptions{}) },
		"Assign":    func() error { return m.Assign(ctx, "tom", "bob", "clerk") },
		"Unassign":  func() error { return m.Unassign(ctx, "tom", "ada", "clerk") },
		"CreateRole": func() error {
			_, err := m.CreateRole(ctx, "tom", rolekit.RoleSpec{ID: "x", Profile: "owner"})
			return err
		},
		"UpdateRole": func() error {
			_, err := m.UpdateRole(ctx, "tom", "clerk", rolekit.RolePatch{Label: &label}, 0)
			return err
		},
		"SetGrants":  func() error { _, err := m.SetGrants(ctx, "tom", "clerk", nil, 0); return err },
		"DeleteRole": func() error { return m.DeleteRole(ctx, "tom", "clerk", 0) },
		"Audit":      func() error { _, err := m.Audit(ctx, "tom", rolekit.AuditQuery{}); return err },
		"ApplyDefaults": func() error {
			_, err := w.system().ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{{ID: "x", Profile: "owner"}}})
			return err
		},
		"Refresh": func() error { return w.Refresh(ctx) },
		"New":     func() error { _, err := rolekit.New(ctx, w.store, rolekit.Config{Catalog: w.Catalog()}); return err },
	} {
		err := do()
		isError(t, name, err, rolekit.ErrUnavailable)
		if e, ok := errors.AsType[*rolekit.Error](err); !ok || strings.Contains(e.Message+e.Hint, "sql") {
			t.Errorf("%s tells too much: %v", name, err)
		}
		same(t, "the decisions after "+name, answers, w.answers())
	}
	sick := w.Health()
	if sick.StoreError == nil || !sick.Synced.Equal(healthy.Synced) {
		t.Errorf("health without a database: %+v, before %+v", sick, healthy)
	}
}

// TestAllOrgsIsNoOrganisation: where default roles are stored, nothing else is
// done, not even by the system.
func TestAllOrgsIsNoOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, label := t.Context(), "x"
	for _, org := range []rolekit.OrgID{rolekit.AllOrgs, "", "nowhere"} {
		for who, m := range map[string]*rolekit.Manager{"the system": w.system(), "olga": w.as("olga")} {
			want := error(rolekit.ErrOrgNotFound)
			if who == "olga" {
				want = rolekit.ErrPermissionDenied
			}
			for name, do := range map[string]func() error{
				"Assign":   func() error { return m.Assign(ctx, org, "eve", "owner") },
				"Unassign": func() error { return m.Unassign(ctx, org, "olga", "owner") },
				"CreateRole": func() error {
					_, err := m.CreateRole(ctx, org, rolekit.RoleSpec{ID: "x", Profile: "owner"})
					return err
				},
				"UpdateRole": func() error {
					_, err := m.UpdateRole(ctx, org, "owner", rolekit.RolePatch{Label: &label}, 0)
					return err
				},
				"SetGrants":  func() error { _, err := m.SetGrants(ctx, org, "viewer", nil, 0); return err },
				"DeleteRole": func() error { return m.DeleteRole(ctx, org, "mower", 0) },
				"DeleteOrg":  func() error { return m.DeleteOrg(ctx, org, rolekit.DeleteOptions{}) },
				"Roles":      func() error { _, err := m.Roles(ctx, org, rolekit.RoleQuery{}); return err },
				"Members":    func() error { _, err := m.Members(ctx, org, rolekit.MemberQuery{}); return err },
				"Org":        func() error { _, err := m.Org(ctx, org); return err },
			} {
				w.unchanged(name, func() { isError(t, who+", "+name+" in "+string(org), do(), want) })
			}
		}
	}
	for _, bad := range []rolekit.NewOrg{{ID: rolekit.AllOrgs}, {ID: ""}, {ID: "Tom"}, {ID: "x", Parent: rolekit.AllOrgs}, {ID: "x", Parent: "nowhere"}} {
		w.unchanged("CreateOrg", func() {
			if _, err := w.system().CreateOrg(ctx, bad); err == nil {
				t.Errorf("the system made %+v", bad)
			}
		})
	}
	if orgs := adaptertest.Dump(t, w.store).Orgs; len(orgs) != 2 {
		t.Errorf("organisations: %v", orgs)
	}
}
