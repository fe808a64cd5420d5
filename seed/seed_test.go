package seed_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/glebarez/sqlite"
	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
	"github.com/rolekit/rolekit/seed"
)

const before = `
objects:
  invoices: {actions: [read, write]}
roles:
  owner: {grants: ["*:*"]}
  clerk: {grants: ["invoices:write"]}
  temp: {grants: ["invoices:read"]}
creator: owner
`

// after changes clerk, adds auditor and a baseline, and no longer declares temp.
const after = `
objects:
  invoices: {actions: [read, write]}
permissions:
  invoices:read: {access: [any, set]}
baseline:
  default: [{permission: invoices:read, access: "set:public"}]
roles:
  owner: {grants: ["*:*"]}
  clerk: {grants: ["invoices:read"]}
  auditor: {grants: ["iam.audit:read"]}
creator: owner
`

// open returns a kit with the catalog on the database file.
func open(t *testing.T, file, catalog string) *rolekit.Kit {
	t.Helper()
	db, err := gorm.Open(sqlite.Open(adapter.SQLiteDSN(file)), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	store, err := adapter.Open(t.Context(), db, adapter.Config{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := rolekit.ParseCatalog("catalog.yaml", []byte(catalog))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: parsed, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

func apply(t *testing.T, kit *rolekit.Kit) string {
	t.Helper()
	report, err := seed.Apply(t.Context(), kit)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := report.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestApplyTellsWhatItDid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roles.db")
	steps := []struct{ name, catalog, want string }{
		{"an empty store", before, "default roles: 3 added, 0 changed, 0 as they were\n  + clerk\n  + owner\n  + temp\n"},
		{"again", before, "default roles: 0 added, 0 changed, 3 as they were\n"},
		{"a changed catalog", after, "default roles: 1 added, 1 changed, 1 as they were\n  + auditor\n  ~ clerk\n  ? temp is not in the catalog; left alone\n  ~ the baseline of profile default\n"},
		{"that again", after, "default roles: 0 added, 0 changed, 3 as they were\n  ? temp is not in the catalog; left alone\n"},
		{"the first catalog", before, "default roles: 0 added, 1 changed, 2 as they were\n  ~ clerk\n  ? auditor is not in the catalog; left alone\n  ~ the baseline of profile default\n"},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, apply(t, open(t, file, step.catalog))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

func TestApplyAgainIsNoChange(t *testing.T) {
	kit := open(t, filepath.Join(t.TempDir(), "roles.db"), before)
	apply(t, kit)
	system := kit.Manager().As(rolekit.System("test"))
	was, err := system.Audit(t.Context(), rolekit.AllOrgs, rolekit.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, kit)
	is, err := system.Audit(t.Context(), rolekit.AllOrgs, rolekit.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("seeding twice left a trace (-before +after):\n%s", diff)
	}
	if len(was) != 4 || was[0].Actor != "system:seed" {
		t.Errorf("the audit log has %v; want an event a role and one of the catalog, by system:seed", was)
	}
}

func TestApplyDoesNotTakeOverACustomRole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roles.db")
	kit := open(t, file, before)
	apply(t, kit)
	system := kit.Manager().As(rolekit.System("test"))
	if _, err := system.CreateOrg(t.Context(), rolekit.NewOrg{ID: "toms", Creator: "tom"}); err != nil {
		t.Fatal(err)
	}
	tom := kit.Manager().As(rolekit.Actor{User: "tom"})
	if _, err := tom.CreateRole(t.Context(), "toms", rolekit.RoleSpec{ID: "auditor"}); err != nil {
		t.Fatal(err)
	}
	later := open(t, file, after)
	if _, err := seed.Apply(t.Context(), later); !errors.Is(err, rolekit.ErrExists) {
		t.Fatalf("got %v; want ErrExists", err)
	}
	role, err := later.Manager().As(rolekit.System("test")).Role(t.Context(), "toms", "clerk")
	if err != nil {
		t.Fatal(err)
	}
	if role.Grants[0].Permission != "invoices:write" {
		t.Errorf("the refused seed changed clerk to %v", role.Grants)
	}
}

func TestOrganisationsAreCreatedOnce(t *testing.T) {
	kit := open(t, filepath.Join(t.TempDir(), "roles.db"), before)
	apply(t, kit)
	toms := seed.Organisation{
		NewOrg:  rolekit.NewOrg{ID: "toms", Label: "Tom's", Creator: "tom"},
		Members: []rolekit.Assignment{{User: "ada", Role: "clerk"}},
	}
	created, err := seed.Organisations(t.Context(), kit, toms)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]rolekit.OrgID{"toms"}, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	tom := kit.Manager().As(rolekit.Actor{User: "tom"})
	if err := tom.Unassign(t.Context(), "toms", "ada", "clerk"); err != nil {
		t.Fatal(err)
	}
	created, err = seed.Organisations(t.Context(), kit, toms)
	if err != nil || created != nil {
		t.Fatalf("the second time created %v, %v; want nothing", created, err)
	}
	decision, err := kit.Can(t.Context(), rolekit.Identity{User: "ada", Org: "toms"}, "invoices:write", nil)
	if err != nil || decision.Allowed {
		t.Errorf("seeding again gave Ada back what Tom took: %v, %v", decision.Allowed, err)
	}
}

// An organisation starts with all it should have: its own sets, groups in
// groups, in any order, and what both have by their roles.
func TestOrganisationsStartWhole(t *testing.T) {
	kit := open(t, filepath.Join(t.TempDir(), "roles.db"), after)
	apply(t, kit)
	toms := seed.Organisation{
		NewOrg: rolekit.NewOrg{ID: "toms", Creator: "tom"},
		Sets:   []seed.Set{{SetSpec: rolekit.SetSpec{ID: "public", Label: "Public"}, Resources: []rolekit.ResourceID{"flyer", "price-list"}}},
		Groups: []seed.Group{
			{GroupSpec: rolekit.GroupSpec{ID: "office"}, Users: []rolekit.UserID{"ada"}, Groups: []rolekit.GroupID{"audit"}},
			{GroupSpec: rolekit.GroupSpec{ID: "audit"}, Users: []rolekit.UserID{"abe"}},
		},
		Members: []rolekit.Assignment{{Group: "office", Role: "clerk"}, {Group: "audit", Role: "auditor"}},
	}
	for range 2 { // the second time changes nothing
		if _, err := seed.Organisations(t.Context(), kit, toms); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		user    rolekit.UserID
		want    rolekit.Permission
		allowed bool
	}{
		{"ada", "invoices:read", true},
		{"ada", rolekit.AuditRead, false},
		{"abe", "invoices:read", true},
		{"abe", rolekit.AuditRead, true},
	} {
		decision, err := kit.Can(t.Context(), rolekit.Identity{User: test.user, Org: "toms"}, test.want, nil)
		if err != nil || decision.Allowed != test.allowed {
			t.Errorf("%s may %s: %v, %v; want %v", test.user, test.want, decision.Allowed, err, test.allowed)
		}
	}
	tom := kit.Manager().As(rolekit.Actor{User: "tom"})
	resources, err := tom.SetResources(t.Context(), "toms", "public", rolekit.ResourceQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]rolekit.ResourceID{"flyer", "price-list"}, resources); diff != "" {
		t.Errorf("the public set (-want +got):\n%s", diff)
	}
	if err := tom.AddMember(t.Context(), "toms", "moe"); err != nil { // who has but the baseline
		t.Fatal(err)
	}
	for id, want := range map[rolekit.ResourceID]bool{"flyer": true, "ledger": false} {
		decision, err := kit.Can(t.Context(), rolekit.Identity{User: "moe", Org: "toms"}, "invoices:read", rolekit.Facts{ID: id})
		if err != nil || decision.Allowed != want {
			t.Errorf("a member may read %s: %v, %v; want %v", id, decision.Allowed, err, want)
		}
	}
}

func TestOrganisationsNameWhatFailed(t *testing.T) {
	kit := open(t, filepath.Join(t.TempDir(), "roles.db"), before)
	apply(t, kit)
	tests := []struct {
		name string
		org  seed.Organisation
		want error
		text string
	}{
		{"a bad id", seed.Organisation{NewOrg: rolekit.NewOrg{ID: "../etc"}}, rolekit.ErrInvalid, `seed organisation "../etc"`},
		{"a parent that is not there", seed.Organisation{NewOrg: rolekit.NewOrg{ID: "branch", Parent: "nowhere"}}, rolekit.ErrOrgNotFound, `"branch"`},
		{
			"a role that is not there",
			seed.Organisation{NewOrg: rolekit.NewOrg{ID: "jacks"}, Members: []rolekit.Assignment{{User: "jim", Role: "clerc"}}},
			rolekit.ErrRoleNotFound, `did you mean "clerk"?`,
		},
		{
			"a role for a group that is not there",
			seed.Organisation{NewOrg: rolekit.NewOrg{ID: "greens"}, Members: []rolekit.Assignment{{Group: "crew", Role: "clerk"}}},
			rolekit.ErrGroupNotFound, `seed "crew" of "greens"`,
		},
		{
			"a group in itself",
			seed.Organisation{NewOrg: rolekit.NewOrg{ID: "browns"}, Groups: []seed.Group{{GroupSpec: rolekit.GroupSpec{ID: "crew"}, Groups: []rolekit.GroupID{"crew"}}}},
			rolekit.ErrCycle, `seed group "crew" of "browns"`,
		},
		{
			"a bad group id",
			seed.Organisation{NewOrg: rolekit.NewOrg{ID: "whites"}, Groups: []seed.Group{{GroupSpec: rolekit.GroupSpec{ID: "The Crew"}}}},
			rolekit.ErrInvalid, `seed group "The Crew" of "whites"`,
		},
		{
			"a bad resource id",
			seed.Organisation{NewOrg: rolekit.NewOrg{ID: "blacks"}, Sets: []seed.Set{{SetSpec: rolekit.SetSpec{ID: "public"}, Resources: []rolekit.ResourceID{"a\x00b"}}}},
			rolekit.ErrInvalid, `seed resource set "public" of "blacks"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := seed.Organisations(t.Context(), kit, test.org)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v; want %v that says %s", err, test.want, test.text)
			}
		})
	}
}
