package adapter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// TestLoadUsesIndexes guards against a load of one organisation that reads
// every other's rows.
func TestLoadUsesIndexes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		populate(t, newKit(t, db))
		crowd(t, db)
		recorder := &queries{}
		db.Logger = recorder
		store, err := adapter.Open(t.Context(), db, adapter.Config{})
		if err != nil {
			t.Fatal(err)
		}
		recorder.all = nil
		err = store.View(t.Context(), func(r rolekit.Reader) error {
			_, layer := r.Layer(t.Context(), "tom")
			for _, err := range r.Layers(t.Context(), []rolekit.OrgID{"tom", "jack"}) {
				layer = errors.Join(layer, err)
			}
			_, revisions := r.Revisions(t.Context(), "tom")
			_, audit := r.Audit(t.Context(), "tom", rolekit.AuditQuery{Limit: 10, Before: 100})
			_, line := r.Line(t.Context(), "tom")
			_, below := r.Below(t.Context(), "tom")
			_, orgs := r.OrgsOf(t.Context(), "bob")
			_, _, key := r.Key(t.Context(), "crowd7")
			return errors.Join(layer, revisions, audit, line, below, orgs, key)
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(recorder.all) != 8 {
			t.Fatalf("queries: %q", recorder.all)
		}
		for _, sql := range recorder.all {
			for _, bad := range scans(t, db, sql) {
				t.Errorf("%s: %s", sql, bad)
			}
		}
		if bad := scans(t, db, "SELECT v0 FROM casbin_rule WHERE v5 = 'any'"); len(bad) == 0 {
			t.Error("a query without an index was not noticed")
		}
	})
}

// crowd adds organisations enough for indexes to pay, and tells the database.
func crowd(t testing.TB, db *gorm.DB) {
	t.Helper()
	const crowd = 3000
	var rules, orgs, revisions, things, keys, chosen []string
	for i := range crowd {
		org := fmt.Sprintf("crowd%d", i)
		for j := range 2 {
			rules = append(rules, fmt.Sprintf("('g', 'user:%s.%d', 'role:clerk', '%s', '', '', '')", org, j, org),
				fmt.Sprintf("('p', 'role:clerk%d', '%s', 'default', 'invoices', 'read', 'any')", j, org))
		}
		orgs = append(orgs, fmt.Sprintf("('%s', '%s', 'parent%d', '2026-01-02 03:04:05')", org, org, i%300))
		revisions = append(revisions, fmt.Sprintf("('%s', 0, 0)", org))
		things = append(things, fmt.Sprintf("('%s', 'thing', '', '', 0)", org))
		keys = append(keys, fmt.Sprintf("('%s', '%s', '', '', '', 0, 0)", org, org))
		chosen = append(chosen, fmt.Sprintf("('%s', 'ada', 'default')", org))
	}
	audit := make([]string, crowd)
	for i := range audit {
		audit[i] = fmt.Sprintf("('crowd%d', '2026-01-02 03:04:05', '', '', '', '', '')", i)
	}
	exec(t, db,
		"INSERT INTO casbin_rule (ptype, v0, v1, v2, v3, v4, v5) VALUES "+strings.Join(rules, ", "),
		"INSERT INTO rolekit_orgs (id, label, parent, created_at) VALUES "+strings.Join(orgs, ", "),
		"INSERT INTO rolekit_revisions (org_id, revision, base) VALUES "+strings.Join(revisions, ", "),
		"INSERT INTO rolekit_roles (org_id, id, label, description, revision, profile) VALUES "+strings.ReplaceAll(strings.Join(things, ", "), ", 0)", ", 0, '')"),
		"INSERT INTO rolekit_groups (org_id, id, label, description, revision) VALUES "+strings.Join(things, ", "),
		"INSERT INTO rolekit_sets (org_id, id, label, description, revision) VALUES "+strings.Join(things, ", "),
		"INSERT INTO rolekit_keys (org_id, id, label, hash, created_by, created_at, expires_at) VALUES "+strings.Join(keys, ", "),
		"INSERT INTO rolekit_profiles (org_id, user_id, profile) VALUES "+strings.Join(chosen, ", "),
		"INSERT INTO rolekit_audit (org_id, at, actor, action, target, state_before, state_after) VALUES "+strings.Join(audit, ", "),
	)
	analyze(t, db, ourTables()...)
}

// analyze tells the database's planner what is there.
func analyze(t testing.TB, db *gorm.DB, tables ...string) {
	t.Helper()
	for _, table := range tables {
		exec(t, db, map[string]string{"sqlite": "ANALYZE ", "postgres": "ANALYZE ", "mysql": "ANALYZE TABLE "}[db.Name()]+table)
	}
}

// scans returns the steps of a query's plan that read more than an index tells.
func scans(t testing.TB, db *gorm.DB, sql string) (bad []string) {
	t.Helper()
	switch db.Name() {
	case "sqlite":
		var plan []struct{ Detail string }
		if err := db.Raw("EXPLAIN QUERY PLAN " + sql).Scan(&plan).Error; err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			if regexp.MustCompile(`^SCAN|ANY\(|\(ptype=\?( AND v[1-5]|\))`).MatchString(step.Detail) {
				bad = append(bad, step.Detail)
			}
		}
	case "postgres":
		var plan string
		if err := db.Raw("EXPLAIN (FORMAT JSON) " + sql).Row().Scan(&plan); err != nil {
			t.Fatal(err)
		}
		bad = objects(t, plan, func(o map[string]any) bool { return o["Node Type"] == "Seq Scan" })
	default:
		var plan string
		if err := db.Raw("EXPLAIN FORMAT=JSON " + sql).Row().Scan(&plan); err != nil {
			t.Fatal(err)
		}
		bad = objects(t, plan, func(o map[string]any) bool {
			name, ok := o["table_name"].(string)
			return ok && !strings.HasPrefix(name, "<") && (o["access_type"] == "ALL" || o["access_type"] == "index")
		})
	}
	return bad
}

// objects returns the objects of a kind in JSON, at any depth.
func objects(t testing.TB, text string, kind func(map[string]any) bool) (all []string) {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var look func(any)
	look = func(at any) {
		switch at := at.(type) {
		case []any:
			for _, v := range at {
				look(v)
			}
		case map[string]any:
			if kind(at) {
				all = append(all, fmt.Sprint(at))
			}
			for _, v := range at {
				look(v)
			}
		}
	}
	look(root)
	return all
}
