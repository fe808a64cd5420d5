package adapter_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rolekit/rolekit"
)

// manyYAML is the catalog of many organisations, as it was first.
const manyYAML = `
actions:
  read: {}
  edit: {implies: [read]}
profiles: {staff: {}}
objects:
  bills: {actions: [read, edit]}
  news: {actions: [read]}
roles:
  owner: {profile: staff, grants: ["*:*"]}
  clerk: {profile: staff, grants: ["bills:read"]}
creator: owner
`

// rollouts are the catalogs that are applied to them, one after the other.
func rollouts() []rollout {
	archive := strings.NewReplacer("  news: {actions: [read]}", "  news: {actions: [read, archive]}", "  read: {}", "  read: {}\n  archive: {}").Replace(manyYAML)
	rule := archive + "permissions:\n  news:archive: {grant_to_roles_holding: \"bills:edit\"}\n"
	renamed := strings.NewReplacer("  bills: {actions", "  invoices: {renamed_from: bills, actions", "bills:", "invoices:",
		"  clerk: {profile: staff", "  accountant: {renamed_from: clerk, profile: crew", "staff: {}", "crew: {renamed_from: staff}", "profile: staff", "profile: crew").Replace(rule)
	dropped := strings.NewReplacer(", archive]", "]", "  archive: {}\n", "", "permissions:\n  news:archive: {grant_to_roles_holding: \"invoices:edit\"}\n", "").Replace(renamed)
	return []rollout{
		{name: "a permission that waits", yaml: archive, pending: 3, can: "bills:edit", cannot: "news:archive"},
		{name: "a rule", yaml: rule, roles: 1, pending: 2, can: "news:archive", cannot: "news:read"},
		{name: "other names", yaml: renamed, roles: 3, pending: 2, can: "invoices:edit", cannot: "news:read"},
		{name: "grants that go", yaml: dropped, roles: 1, can: "invoices:edit", cannot: "news:archive", choices: rolekit.CatalogChoices{DropGrants: []rolekit.Permission{"news:archive"}}},
	}
}

// rollout is a catalog, and what it does in each organisation: how many roles it
// edits, in how many something waits to be reviewed, and what an editor may do then.
type rollout struct {
	name, yaml     string
	choices        rolekit.CatalogChoices
	roles, pending int
	can, cannot    rolekit.Permission
}

// manyOf is how many organisations catalogs are applied to in a test: 10,000 take a
// database minutes in which nothing else is tested.
var manyOf = flag.Int("organisations", 1_000, "how many organisations TestApplyToManyOrganisations makes") //nolint:gochecknoglobals // a flag

// TestApplyToManyOrganisations applies catalogs that touch each of many
// organisations, in each database, and asks another process for what came of it. It
// writes many rows with each statement: one a role would take minutes.
func TestApplyToManyOrganisations(t *testing.T) {
	heavy(t)
	t.Parallel()
	orgs := *manyOf
	onEach(t, func(t *testing.T, open opener) {
		counter := &statements{}
		db := open(&gorm.Config{Logger: counter})
		store := openStore(t, db)
		applyFirst(t, kitWith(t, store, manyYAML))
		manyOrgs(t, db, orgs)
		var replica *rolekit.Kit
		for _, r := range rollouts() {
			kit := kitWith(t, store, r.yaml)
			if replica == nil || r.name != "grants that go" { // that one it sees with the catalog of before
				replica = kitWith(t, store, r.yaml)
			}
			began := time.Now()
			planned, err := kit.Manager().As(rolekit.System("test")).PlanCatalog(t.Context(), r.choices)
			if err != nil {
				t.Fatal(err)
			}
			plan := time.Since(began)
			counter.n.Store(0)
			var told []int
			r.choices.Progress = func(done, of int) { told = append(told, done*1000/max(of, 1)) }
			did := measure(func() any {
				done, err := kit.Manager().As(rolekit.System("test")).ApplyCatalog(t.Context(), r.choices)
				if err != nil {
					t.Fatal(err)
				}
				return done
			})
			n := int(counter.n.Load())
			awaited, read := follows(t, r, kit, replica, orgs)
			t.Logf("%s: planned in %v, applied in %v by %d statements (%.0f MB more at most, %.0f MB kept); another process has one in %v, all in %v",
				r.name, ms(plan), ms(did.took), n, did.peak, did.retained, ms(awaited), ms(read))
			if n > orgs {
				t.Errorf("%s: %d statements for %d organisations", r.name, n, orgs)
			}
			if planned.Roles != r.roles*orgs {
				t.Errorf("%s: %d roles were edited, not %d", r.name, planned.Roles, r.roles*orgs)
			}
			if last := len(told) - 1; !slices.IsSorted(told) || r.roles > 0 && (last < 2 || told[0] != 0 || told[last] != 1000) {
				t.Errorf("%s: it told of its progress: %v", r.name, told)
			}
			rolledOut(t, r, kit, orgs)
		}
	})
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func applyFirst(t testing.TB, kit *rolekit.Kit) {
	t.Helper()
	if _, err := kit.Manager().As(rolekit.System("test")).ApplyCatalog(t.Context(), rolekit.CatalogChoices{}); err != nil {
		t.Fatal(err)
	}
}

// follows lets another process catch up, with one organisation and with all, and asks
// both what editors may.
func follows(t *testing.T, r rollout, kit, replica *rolekit.Kit, orgs int) (one, all time.Duration) {
	t.Helper()
	began := time.Now()
	last := rolekit.OrgID(fmt.Sprintf("org-%d", orgs-1))
	at, err := kit.Revision(t.Context(), last)
	if err := errors.Join(err, replica.Await(t.Context(), last, at)); err != nil {
		t.Fatal(err)
	}
	one = time.Since(began)
	edits(t, r, replica, orgs-1)
	began = time.Now()
	if err := replica.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	all = time.Since(began)
	for i := range orgs {
		edits(t, r, kit, i)
		edits(t, r, replica, i)
	}
	return one, all
}

// edits asks what an organisation's editor may do.
func edits(t *testing.T, r rollout, kit *rolekit.Kit, org int) {
	t.Helper()
	who := rolekit.Identity{User: rolekit.UserID(fmt.Sprintf("eve-org-%d", org)), Org: rolekit.OrgID(fmt.Sprintf("org-%d", org))}
	for want, is := range map[rolekit.Permission]bool{r.can: true, r.cannot: false} {
		d, err := kit.Can(t.Context(), who, want, nil)
		if unknown := !is && kit.Catalog().CheckPermission(want) != nil; err != nil && !unknown || d.Allowed != is {
			t.Fatalf("%s: %s %s: %v, %v", r.name, who.User, want, d.Allowed, err)
		}
	}
}

// rolledOut asks what a rollout came to in all organisations.
func rolledOut(t *testing.T, r rollout, kit *rolekit.Kit, orgs int) {
	t.Helper()
	m := kit.Manager().As(rolekit.System("test"))
	sums, _, err := m.ReviewSums(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pending := 0
	for _, s := range sums {
		pending += s.Roles
	}
	if pending != r.pending*orgs {
		t.Errorf("%s: %d reviews wait, not %d", r.name, pending, r.pending*orgs)
	}
	again, err := m.PlanCatalog(t.Context(), rolekit.CatalogChoices{})
	if err != nil || !again.Empty() {
		t.Errorf("%s: there is still to do: %v %v", r.name, again.Changes, err)
	}
}

// TestEditsWhileACatalogIsApplied: what admins do meanwhile comes before or after it,
// and neither is lost or given up for the other.
func TestEditsWhileACatalogIsApplied(t *testing.T) {
	t.Parallel()
	const orgs, admins, each = 400, 4, 5
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		store := openStore(t, db)
		applyFirst(t, kitWith(t, store, manyYAML))
		manyOrgs(t, db, orgs)
		rule := rollouts()[1]
		kit := kitWith(t, store, rule.yaml)
		var edits sync.WaitGroup
		errs := make([]error, admins)
		var begin sync.Once
		_, err := kit.Manager().As(rolekit.System("test")).ApplyCatalog(t.Context(), rolekit.CatalogChoices{Progress: func(done, _ int) {
			if done == 0 {
				return
			}
			begin.Do(func() { // all is written but not committed
				for i := range admins {
					edits.Go(func() {
						m := kit.Manager().As(rolekit.Actor{User: "olga"})
						for j := range each {
							org := rolekit.OrgID(fmt.Sprintf("org-%d", (i+j*97)%orgs))
							spec := rolekit.RoleSpec{ID: rolekit.RoleID(fmt.Sprintf("more-%d", i)), Profile: "staff", Grants: []rolekit.Grant{{Permission: "bills:edit"}}}
							_, err := m.CreateRole(t.Context(), org, spec)
							errs[i] = errors.Join(errs[i], err)
						}
					})
				}
			})
		}})
		edits.Wait()
		if err := errors.Join(err, errors.Join(errs...)); err != nil {
			t.Fatal(err)
		}
		fresh := kitWith(t, store, rule.yaml)
		m := fresh.Manager().As(rolekit.System("test"))
		more := 0
		for i := range orgs {
			roles, err := m.Roles(t.Context(), rolekit.OrgID(fmt.Sprintf("org-%d", i)), rolekit.RoleQuery{Origin: rolekit.OriginCustom})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range roles {
				archives := slices.ContainsFunc(r.Grants, func(g rolekit.Grant) bool { return g.Permission == "news:archive" })
				if isNew := strings.HasPrefix(string(r.ID), "more-"); isNew {
					more++
				} else if archives != (r.ID == "editor") {
					t.Errorf("role %s of org-%d: %v", r.ID, i, r.Grants)
				}
			}
		}
		if more != admins*each {
			t.Errorf("%d roles of %d were made", more, admins*each)
		}
	})
}

// kitWith opens a kit with a catalog.
func kitWith(t testing.TB, store rolekit.Store, yaml string) *rolekit.Kit {
	t.Helper()
	catalog, err := rolekit.ParseCatalog("catalog.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := rolekit.New(t.Context(), store, rolekit.Config{Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// manyOrgs adds organisations with an owner, two clerks, one of whom acted last as
// staff, and three roles: editor, which edits bills, and includes clerk; reader, which
// reads them; and empty.
func manyOrgs(t testing.TB, db *gorm.DB, n int) {
	t.Helper()
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("org-%d", i)
	}
	for some := range slices.Chunk(all, 1000) {
		var rules, orgs, revisions, roles, chosen []string
		for _, org := range some {
			rules = append(rules,
				fmt.Sprintf("('p', 'role:editor', '%s', 'staff', 'bills', 'edit', 'any')", org), fmt.Sprintf("('p', 'role:reader', '%s', 'staff', 'bills', 'read', 'any')", org),
				fmt.Sprintf("('g', 'role:editor', 'role:clerk', '%s', '', '', '')", org), fmt.Sprintf("('g', 'user:olga', 'role:owner', '%s', '', '', '')", org),
				fmt.Sprintf("('g', 'user:ada', 'role:clerk', '%s', '', '', '')", org), fmt.Sprintf("('g', 'user:eve-%s', 'role:editor', '%s', '', '', '')", org, org))
			orgs = append(orgs, fmt.Sprintf("('%s', '%s', '', '2026-01-02 03:04:05')", org, org))
			revisions = append(revisions, fmt.Sprintf("('%s', 1, 0)", org))
			chosen = append(chosen, fmt.Sprintf("('%s', 'ada', 'staff')", org))
			for _, role := range []string{"editor", "reader", "empty"} {
				roles = append(roles, fmt.Sprintf("('%s', '%s', '%s', '', 'staff', 1)", org, role, role))
			}
		}
		exec(t, db,
			"INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES "+strings.Join(rules, ", "),
			"INSERT INTO rolekit_orgs (id, label, parent, created_at) VALUES "+strings.Join(orgs, ", "),
			"INSERT INTO rolekit_revisions (org_id, revision, base) VALUES "+strings.Join(revisions, ", "),
			"INSERT INTO rolekit_profiles (org_id, user_id, profile) VALUES "+strings.Join(chosen, ", "),
			"INSERT INTO rolekit_roles (org_id, id, label, description, profile, revision) VALUES "+strings.Join(roles, ", "))
	}
	analyze(t, db, ourTables()...)
}

// statements counts what is asked of a database.
type statements struct {
	logger.Interface

	n atomic.Int64
}

// LogMode implements [logger.Interface].
func (s *statements) LogMode(logger.LogLevel) logger.Interface { return s } //nolint:ireturn // GORM wants it so

// Trace implements [logger.Interface].
func (s *statements) Trace(context.Context, time.Time, func() (string, int64), error) { s.n.Add(1) }
