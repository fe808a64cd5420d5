package adapter_test

import (
	"errors"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"

	"github.com/rolekit/rolekit"
)

// TestPlainCasbin reads and judges the rules as a program would that knows
// nothing of the kit but model.conf.
func TestPlainCasbin(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		kit := newKit(t, db)
		populate(t, kit)
		before := tables(t, db)

		rules, err := gormadapter.NewAdapterByDB(open())
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.NewModelFromString(rolekit.ModelConf)
		if err != nil {
			t.Fatal(err)
		}
		enforcer, err := casbin.NewEnforcer(m, rules)
		if err != nil {
			t.Fatal(err)
		}
		enforcer.AddFunction("implies", func(args ...any) (any, error) {
			return args[0] == args[1] || args[0] == "write" && args[1] == "read", nil
		})
		enforcer.AddFunction("reaches", func(args ...any) (any, error) { return args[0] == "any", nil })
		for _, user := range []rolekit.UserID{"olga", "bob", "nobody"} {
			for _, org := range []rolekit.OrgID{"tom", "jack"} {
				for _, p := range kit.Catalog().Permissions() {
					got, err := enforcer.Enforce("user:"+string(user), string(org), "default", string(p.ID.Object()), string(p.ID.Action()), nil)
					if err != nil {
						t.Fatal(err)
					}
					want, err := kit.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: "default"}, p.ID, nil)
					if err != nil || got != want.Allowed {
						t.Errorf("%s in %s, %s: Casbin says %v, the kit %v (%v)", user, org, p.ID, got, want.Allowed, err)
					}
				}
			}
		}
		equal(t, "the tables, indexes included, after the other program opened them", before, tables(t, db))
		if err := kit.Manager().As(rolekit.System("test")).Unassign(t.Context(), "tom", "bob", "clerk"); err != nil {
			t.Errorf("a change after the other program opened the table: %v", err)
		}
	})
}

// TestNullIsEmpty reads and removes a row in which another program left the
// columns it did not need NULL.
func TestNullIsEmpty(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		populate(t, newKit(t, db))
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:eve', 'role:clerk', 'tom')")
		kit := newKit(t, db)
		if !reads(t, kit, "eve", "tom") || reads(t, kit, "eve", "jack") {
			t.Error("eve may not read in tom, or may in jack")
		}
		if err := kit.Manager().As(rolekit.System("test")).Unassign(t.Context(), "tom", "eve", "clerk"); err != nil {
			t.Errorf("Unassign: %v", err)
		}
		if reads(t, kit, "eve", "tom") {
			t.Error("eve may read after Unassign")
		}
	})
}

// TestOnlyNulls reads an organisation all of whose rules another program wrote so,
// and beside it the others.
func TestOnlyNulls(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		kit := newKit(t, db)
		populate(t, kit)
		_, err := kit.Manager().As(rolekit.System("test")).CreateOrg(t.Context(), rolekit.NewOrg{ID: "tom.bare", Parent: "tom"})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:eve', 'role:clerk', 'tom.bare')")
		kit = newKit(t, db)
		if !reads(t, kit, "eve", "tom.bare") || reads(t, kit, "eve", "tom") {
			t.Error("eve may not read in tom.bare, or may in tom")
		}
		if err := kit.Manager().As(rolekit.System("test")).Unassign(t.Context(), "tom.bare", "eve", "clerk"); err != nil {
			t.Errorf("Unassign: %v", err)
		}
	})
}

// TestSpacesAtTheEnd: other programs' rules of "tom " are not tom's, though to
// MySQL they are the same.
func TestSpacesAtTheEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		kit := newKit(t, db)
		populate(t, kit)
		exec(t, db, `INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES
			('g', 'user:eve', 'role:clerk', 'tom ', '', '', ''), ('g', 'user:eve ', 'role:clerk', 'jack', '', '', ''),
			('g2', 'resource:1', 'set:shelf', 'tom ', '', '', ''), ('p', 'role:clerk', 'tom ', 'default', 'invoices', 'write', 'any')`)
		foreign := rules(t, db)[len(rules(t, db))-4:]
		store := openStore(t, db)
		kit = kitOn(t, store)
		for _, org := range []rolekit.OrgID{"tom", "jack"} {
			d, err := kit.Can(t.Context(), rolekit.Identity{User: "eve", Org: org}, "invoices:read", nil)
			if d.Allowed || org == "tom" && err != nil {
				t.Errorf("eve in %s: %v, %v", org, d.Allowed, err)
			}
		}
		view := func(fn func(rolekit.Reader) error) {
			t.Helper()
			if err := store.View(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		view(func(r rolekit.Reader) error {
			for _, id := range []rolekit.OrgID{"tom ", "tom  ", " tom"} {
				_, layer := r.Layer(t.Context(), id)
				_, line := r.Line(t.Context(), id)
				if !errors.Is(layer, rolekit.ErrOrgNotFound) || !errors.Is(line, rolekit.ErrOrgNotFound) {
					t.Errorf("%q: Layer %v, Line %v", id, layer, line)
				}
				below, err := r.Below(t.Context(), id)
				revisions, errRevisions := r.Revisions(t.Context(), id)
				events, errAudit := r.Audit(t.Context(), id, rolekit.AuditQuery{Limit: 10})
				if err := errors.Join(err, errRevisions, errAudit); err != nil || len(below) > 0 || len(revisions) > 0 || len(events) > 0 {
					t.Errorf("%q: below %v, revisions %v, events %v, %v", id, below, revisions, events, err)
				}
			}
			orgs, err := r.OrgsOf(t.Context(), "eve")
			equal(t, "eve's organisations", 0, len(orgs))
			return err
		})
		system := kit.Manager().As(rolekit.System("test"))
		err := system.Assign(t.Context(), "tom", "eve", "clerk")
		if db.Name() == "mysql" { // there is no place for both
			if !errors.Is(err, rolekit.ErrExists) {
				t.Errorf("Assign: %v, want ErrExists", err)
			}
		} else if err != nil || !reads(t, kit, "eve", "tom") {
			t.Errorf("Assign: %v", err)
		}
		err = store.Update(t.Context(), func(w rolekit.Writer) error {
			return w.RemoveRules(t.Context(), rolekit.Rule{Ptype: "g", V: [6]string{"user:eve", "role:clerk", "jack"}})
		})
		if !errors.Is(err, rolekit.ErrConflict) {
			t.Errorf("RemoveRules of a rule that differs in a space: %v, want ErrConflict", err)
		}
		if err := system.DeleteOrg(t.Context(), "tom", rolekit.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		var left []gormadapter.CasbinRule
		if err := db.Where("id IN ?", []uint{foreign[0].ID, foreign[1].ID, foreign[2].ID, foreign[3].ID}).Order("id").Find(&left).Error; err != nil {
			t.Fatal(err)
		}
		equal(t, "the foreign rules after tom was deleted", foreign, left)
	})
}

// TestForeignMarks: rules are read in whatever form, a row of another program's
// cannot pass for others.
func TestForeignMarks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		store := openStore(t, db)
		populate(t, kitOn(t, store))
		forged := []string{
			"x\x1f1\x1fg\x1fuser:eve\x1frole:owner\x1ftom\x1f\x1f\x1f", "\x1f", "a\x1fb\x1fc\x1fd\x1fe\x1ff\x1fg\x1fh", "\x1e", "\x1f\x1f\x1f\x1f\x1f\x1f\x1f",
		}
		for _, text := range forged {
			if err := db.Create(&gormadapter.CasbinRule{Ptype: "g", V0: text, V1: "role:clerk", V2: "tom"}).Error; err != nil {
				t.Fatal(err)
			}
		}
		exec(t, db, "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'user:zoe', 'role:clerk', 'tom')")
		want := map[rolekit.Rule]bool{}
		for _, r := range rules(t, db) {
			want[rolekit.Rule{Ptype: r.Ptype, V: [6]string{r.V0, r.V1, r.V2, r.V3, r.V4, r.V5}}] = true
		}
		err := store.View(t.Context(), func(r rolekit.Reader) error {
			l, err := r.Layer(t.Context(), "tom")
			found := 0
			for _, rule := range l.Rules {
				if !want[rule] {
					t.Errorf("there is no rule %q", rule)
				}
				if rule.V[1] == "role:clerk" && rule.Ptype == "g" {
					found++
				}
			}
			if found != len(forged)+2 { // and bob, and zoe
				t.Errorf("%d links to clerk, want %d: %q", found, len(forged)+2, l.Rules)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
