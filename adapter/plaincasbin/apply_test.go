package plaincasbin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"
	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
)

// shop is a policy as programs have it, written by Casbin itself.
func shop(t testing.TB, db *gorm.DB) *casbin.Enforcer {
	t.Helper()
	e := enforcer(t, db)
	_, p := e.AddPolicies([][]string{
		{"admin", "acme", "invoices", "write", "allow"},
		{"admin", "acme", "invoices", "delete", "allow"},
		{"clerk", "acme", "invoices", "read", "allow"},
		{"clerk", "globex", "invoices", "read", "allow"},
		{"clerk", "globex", "reports", "write", "allow"},
		{"Alice", "acme", "reports", "read", "allow"},
	})
	_, g := e.AddGroupingPolicies([][]string{
		{"admin", "clerk", "acme"},
		{"alice", "admin", "acme"},
		{"Alice", "clerk", "acme"}, // not alice
		{"bob", "clerk", "acme"},
		{"bob", "clerk", "globex"},
		{"auth0|carol", "clerk", "globex"},
	})
	if err := errors.Join(p, g); err != nil {
		t.Fatal(err)
	}
	return e
}

// enforcer is one that keeps its policy in the database, through gorm-adapter.
func enforcer(t testing.TB, db *gorm.DB) *casbin.Enforcer {
	t.Helper()
	rules, err := gormadapter.NewAdapterByDB(db)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewModelFromString(usual)
	if err != nil {
		t.Fatal(err)
	}
	e, err := casbin.NewEnforcer(m, rules)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// rowsIn returns every row of a table, as text, sorted.
func rowsIn(t testing.TB, db *gorm.DB, table string) []string {
	t.Helper()
	var rows []map[string]any
	if err := db.Table(table).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = fmt.Sprint(row)
	}
	slices.Sort(all)
	return all
}

// contents returns every row of every table.
func contents(t testing.TB, db *gorm.DB) []string {
	t.Helper()
	tables, err := db.Migrator().GetTables()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(tables)
	var all []string
	for _, table := range tables {
		if table == "sqlite_sequence" { // ids that were used and rolled back are not reused elsewhere either
			continue
		}
		all = append(append(all, table), rowsIn(t, db, table)...)
	}
	return all
}

// TestImport adopts the shop: every decision stays as it was, and every row.
func TestImport(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		before := shop(t, db)
		to := target(t, db, parseCatalog(t, catalogYAML))
		rows := rowsIn(t, db, "casbin_rule")
		found := read(t, db)
		if len(found.Rows) != 12 {
			t.Fatalf("%d rows are read", len(found.Rows))
		}
		plan := planOf(t, found, plaincasbin.Config{Catalog: to.Kit.Catalog()})
		if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); err != nil {
			t.Fatalf("%v\n%s", err, plan)
		}

		// This process, and one that starts now.
		for who, kit := range map[string]*rolekit.Kit{"this process": to.Kit, "another": target(t, db, to.Kit.Catalog()).Kit} {
			allowed := 0
			for _, user := range []string{"alice", "Alice", "bob", "auth0|carol", "nobody", "ALICE"} {
				for _, domain := range []string{"acme", "globex"} {
					for _, p := range kit.Catalog().Permissions() {
						want, err := before.Enforce(user, domain, string(p.ID.Object()), string(p.ID.Action()))
						if err != nil {
							t.Fatal(err)
						}
						d, err := kit.Can(t.Context(), rolekit.Identity{User: rolekit.UserID(user), Org: rolekit.OrgID(domain)}, p.ID, nil)
						if err != nil || d.Allowed != want {
							t.Errorf("%s: %s %s in %s: %v, %v; Casbin said %v", who, user, p.ID, domain, d.Allowed, err, want)
						}
						if want {
							allowed++
						}
					}
				}
			}
			if allowed != 10 {
				t.Errorf("Casbin allowed %d", allowed)
			}
			if h := kit.Health(); len(h.Broken) > 0 {
				t.Errorf("%s: %v", who, h.Broken)
			}
		}
		if diff := cmp.Diff(rows, rowsIn(t, db, plaincasbin.Backup)); diff != "" {
			t.Errorf("the rows that are kept: %s", diff)
		}
		again := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
		state := contents(t, db)
		if err := plaincasbin.Apply(t.Context(), to, again, plaincasbin.Consent{}); err != nil || again.Rows() != 0 {
			t.Errorf("the second time: %v\n%s", err, again)
		}
		if diff := cmp.Diff(state, contents(t, db)); diff != "" {
			t.Errorf("the second time changed something: %s", diff)
		}
	})
}

// interrupted is a transaction of which the nth change fails.
type interrupted struct {
	rolekit.Transaction

	left *int
}

var errInterrupted = errors.New("the plug was pulled")

func (i interrupted) Update(ctx context.Context, fn func(rolekit.Writer) error) error {
	if *i.left--; *i.left < 0 {
		return errInterrupted
	}
	return i.Transaction.Update(ctx, fn)
}

// An import that fails anywhere has changed nothing: not a row, not a table.
func TestAFailureInTheMiddle(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		shop(t, db)
		to := target(t, db, parseCatalog(t, catalogYAML))
		join := to.Join
		plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
		before := contents(t, db)
		for _, changes := range []int{0, 1, 3, 7} {
			left := changes
			to.Join = func(tx *gorm.DB) rolekit.Transaction { return interrupted{join(tx), &left} }
			if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); !errors.Is(err, errInterrupted) || !errors.Is(err, rolekit.ErrUnavailable) {
				t.Fatalf("after %d changes: %v", changes, err)
			}
			if diff := cmp.Diff(before, contents(t, db)); diff != "" {
				t.Errorf("after %d changes: %s", changes, diff)
			}
			if _, err := to.Kit.Revision(t.Context(), "acme"); !errors.Is(err, rolekit.ErrOrgNotFound) {
				t.Errorf("after %d changes, the kit: %v", changes, err)
			}
		}
		to.Join = join
		if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// What was not agreed to is not done.
func TestConsent(t *testing.T) {
	db := open(t, databases()[0].create(t))
	shop(t, db)
	exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4) VALUES ('p', 'clerk', 'acme', 'bills', 'read', 'allow'), ('p', 'clerk', 'globex', 'invoices', 'manage', 'allow')")
	to := target(t, db, parseCatalog(t, catalogYAML))
	plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
	before, rows := contents(t, db), rowsIn(t, db, "casbin_rule")
	for consent, want := range map[plaincasbin.Consent]string{
		{}: "1 of the rows cannot be said", {Gains: true}: "1 of the rows cannot be said", {Leave: true}: "the plan would allow what",
	} {
		if err := plaincasbin.Apply(t.Context(), to, plan, consent); !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", consent, err)
		}
		if diff := cmp.Diff(before, contents(t, db)); diff != "" {
			t.Errorf("%+v: %s", consent, diff)
		}
	}
	if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{Leave: true, Gains: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, rowsIn(t, db, plaincasbin.Backup)); diff != "" {
		t.Errorf("what was left is not kept: %s", diff)
	}
	if found := read(t, db); len(found.Rows) > 0 {
		t.Errorf("still there: %v", found.Rows)
	}
}

// The plan that is done is the one that was shown.
func TestRowsThatChangedMeanwhile(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		for name, change := range map[string]string{
			"one more":  "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'mallory', 'admin', 'acme')",
			"one less":  "DELETE FROM casbin_rule WHERE v0 = 'bob' AND v2 = 'acme'",
			"one other": "UPDATE casbin_rule SET v1 = 'admin' WHERE v0 = 'bob' AND v2 = 'acme'",
		} {
			if !db.Migrator().HasTable("casbin_rule") {
				shop(t, db)
			}
			to := target(t, db, parseCatalog(t, catalogYAML))
			plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
			exec(t, db, change)
			before := contents(t, db)
			if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); !errors.Is(err, rolekit.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(before, contents(t, db)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			exec(t, db, "DELETE FROM casbin_rule")
			shop(t, db)
		}
	})
}

// Once the rows are compared with the plan's, nobody else writes any until the end.
func TestNobodyWritesMeanwhile(t *testing.T) {
	for _, d := range databases() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			dialector := d.create(t)
			db, other := open(t, dialector), open(t, dialector)
			shop(t, db)
			exec(t, db, "CREATE TABLE "+plaincasbin.Backup+" AS SELECT id, ptype, v0, v1, v2, v3, v4, v5 FROM casbin_rule WHERE 1 = 0") // its creation would keep others out
			to := target(t, db, parseCatalog(t, catalogYAML))
			plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
			impatient := map[string]string{
				"sqlite": "PRAGMA busy_timeout = 0", "postgres": "SET lock_timeout = '100ms'", "mysql": "SET innodb_lock_wait_timeout = 1",
			}[db.Name()]
			tried := 0
			err := db.Callback().Query().After("gorm:query").Register("test", func(q *gorm.DB) {
				if _, compares := q.Statement.Dest.(*[]gormadapter.CasbinRule); !compares {
					return
				}
				tried++
				err := other.Connection(func(conn *gorm.DB) error {
					exec(t, conn, impatient)
					return conn.Exec("INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'mallory', 'admin', 'acme')").Error
				})
				if err == nil {
					t.Error("somebody else wrote a row")
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); err != nil || tried == 0 {
				t.Errorf("%v, after %d", err, tried)
			}
		})
	}
}

// Where the database keeps rows that it was told to delete, nothing is done: a
// plan that leaves them would not be the one that was shown.
func TestRowsThatStay(t *testing.T) {
	db := open(t, databases()[0].create(t))
	shop(t, db)
	exec(t, db, "CREATE TRIGGER stay BEFORE DELETE ON casbin_rule WHEN OLD.v2 = 'globex' BEGIN SELECT RAISE(IGNORE); END")
	to := target(t, db, parseCatalog(t, catalogYAML))
	plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
	before := contents(t, db)
	if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{}); !errors.Is(err, rolekit.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, contents(t, db)); diff != "" {
		t.Error(diff)
	}
}

// A program that goes on writing plain rows makes an organisation unreadable. Its
// rows can be put away, and that mends it.
func TestRowsThatCameAfterwards(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		shop(t, db)
		to := target(t, db, parseCatalog(t, catalogYAML))
		config := plaincasbin.Config{Catalog: to.Kit.Catalog()}
		if err := plaincasbin.Apply(t.Context(), to, planOf(t, read(t, db), config), plaincasbin.Consent{}); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'mallory', 'admin', 'acme')")
		exec(t, db, "UPDATE rolekit_revisions SET revision = revision + 1 WHERE org_id = 'acme'") // so that it is looked at
		to = target(t, db, to.Kit.Catalog())
		if len(to.Kit.Health().Broken) != 1 {
			t.Fatalf("%v", to.Kit.Health().Broken)
		}
		plan := planOf(t, read(t, db), config)
		if len(plan.Refused) != 1 || plan.Rows() != 1 || !strings.Contains(plan.String(), "acme is there already") {
			t.Fatalf("%s", plan)
		}
		if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{Leave: true}); err != nil {
			t.Fatal(err)
		}
		if n := len(rowsIn(t, db, plaincasbin.Backup)); n != 13 {
			t.Errorf("%d rows are kept", n)
		}
		if h := target(t, db, to.Kit.Catalog()).Kit.Health(); len(h.Broken) > 0 {
			t.Errorf("%v", h.Broken)
		}
	})
}

// Rows that rolekit wrote are not read, whatever a plain program's look like.
func TestRolekitsOwnRows(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		to := target(t, db, parseCatalog(t, catalogYAML))
		ctx, m := t.Context(), to.Kit.Manager().As(rolekit.System("test"))
		_, err := m.ApplyDefaults(ctx, rolekit.Defaults{Roles: []rolekit.RoleSpec{
			{ID: "owner", Grants: []rolekit.Grant{{Permission: "invoices:read"}}}, {ID: "chief", Includes: []rolekit.RoleID{"owner"}},
		}})
		_, create := m.CreateOrg(ctx, rolekit.NewOrg{ID: "acme", Creator: "olga"})
		_, group := m.PutGroup(ctx, "acme", rolekit.GroupSpec{ID: "crew"}, 0)
		_, set := m.PutSet(ctx, "acme", rolekit.SetSpec{ID: "lawns"}, 0)
		err = errors.Join(err, create, group, set,
			m.AddToGroup(ctx, "acme", "crew", []rolekit.UserID{"bob"}, nil), m.AddMember(ctx, "acme", "eve"),
			m.AddResources(ctx, "acme", "lawns", "lawn-1"),
			m.PutAssignment(ctx, "acme", rolekit.Assignment{Group: "crew", Role: "chief", Period: rolekit.Period{Until: to.Kit.Health().Synced.AddDate(1, 0, 0)}}))
		if err != nil {
			t.Fatal(err)
		}
		if found := read(t, db); len(found.Rows) != 0 || !slices.Equal(found.Orgs, []rolekit.OrgID{"acme"}) {
			t.Errorf("%+v", found)
		}
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:alice', 'role:admin', 'globex')")
		if found := read(t, db); len(found.Rows) != 1 || found.Rows[0].String() != "g, user:alice, role:admin, globex" {
			t.Errorf("%+v", found)
		}
	})
}

// Some versions of gorm-adapter had two columns more. They are kept too, and a row
// that uses them is refused.
func TestColumnsBehindTheLast(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		shop(t, db)
		exec(t, db, "ALTER TABLE casbin_rule ADD COLUMN v6 varchar(100)")
		exec(t, db, "ALTER TABLE casbin_rule ADD COLUMN note varchar(100)")
		exec(t, db, "UPDATE casbin_rule SET v6 = '', note = 'kept'")
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v6) VALUES ('p', 'clerk', 'acme', 'reports', 'read', 'more')")
		to := target(t, db, parseCatalog(t, catalogYAML))
		rows := rowsIn(t, db, "casbin_rule")
		plan := planOf(t, read(t, db), plaincasbin.Config{Catalog: to.Kit.Catalog()})
		if len(plan.Refused) != 1 || !strings.Contains(plan.Refused[0].Reasons[0], "behind v5") {
			t.Fatalf("%s", plan)
		}
		if err := plaincasbin.Apply(t.Context(), to, plan, plaincasbin.Consent{Leave: true}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, rowsIn(t, db, plaincasbin.Backup)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNoTableToRead(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		if _, err := plaincasbin.Read(t.Context(), db); !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), "no table casbin_rule") {
			t.Errorf("without one: %v", err)
		}
		exec(t, db, "CREATE TABLE casbin_rule (p_type varchar(100), v0 varchar(100))")
		if _, err := plaincasbin.Read(t.Context(), db); !errors.Is(err, rolekit.ErrInvalid) || !strings.Contains(err.Error(), "it needs the columns id, ptype") {
			t.Errorf("another one: %v", err)
		}
	})
}

// Reading is all that making a plan does.
func TestReadingChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, db *gorm.DB) {
		shop(t, db)
		before := contents(t, db)
		read(t, db)
		if diff := cmp.Diff(before, contents(t, db)); diff != "" {
			t.Error(diff)
		}
	})
}
