package adapter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

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

// TestAuditUsesIndexes guards against a filter of the audit log that reads all of an
// organisation's events, of which there may be very many. Where a time holds many more
// than the page, a database may as well walk from the newest.
func TestAuditUsesIndexes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open opener) {
		db := open()
		populate(t, newKit(t, db))
		longLog(t, db)
		recorder := &queries{}
		db.Logger = recorder
		store, err := adapter.Open(t.Context(), db, adapter.Config{})
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
		for index, q := range map[string]rolekit.AuditQuery{
			"rolekit_audit_by_actor": {Actor: "user:17"}, "rolekit_audit_by_action": {Action: "action.17"}, "rolekit_audit_by_target": {Target: "role:17"},
			"rolekit_audit_by_time": {From: at.Add(17 * time.Minute), Until: at.Add(17*time.Minute + 3*time.Second)},
		} {
			recorder.all = nil
			q.Limit = 10
			err := store.View(t.Context(), func(r rolekit.Reader) error {
				events, err := r.Audit(t.Context(), "tom", q)
				if len(events) == 0 {
					t.Errorf("%+v: no events", q)
				}
				return err
			})
			if err != nil || len(recorder.all) != 1 {
				t.Fatalf("%v %q", err, recorder.all)
			}
			if p := plan(t, db, recorder.all[0]); !strings.Contains(p, index) {
				t.Errorf("%s\nis not found by %s:\n%s", recorder.all[0], index, p)
			} else if testing.Verbose() {
				t.Log(recorder.all[0], "\n", p)
			}
		}
	})
}

// longLog makes a log of many events of one organisation, one a second.
func longLog(t testing.TB, db *gorm.DB) {
	t.Helper()
	const many, some = 20_000, 2000
	for from := 0; from < many; from += some {
		rows := make([]string, some)
		for i := range rows {
			n := from + i
			at := time.Date(2026, 1, 2, 0, 0, n, 0, time.UTC).Format(time.DateTime)
			rows[i] = fmt.Sprintf("('tom', '%s', 'user:%d', 'action.%d', 'role:%d', '', '')", at, n%1000, n%1000, n%1000)
		}
		exec(t, db, "INSERT INTO rolekit_audit (org_id, at, actor, action, target, state_before, state_after) VALUES "+strings.Join(rows, ", "))
	}
	analyze(t, db, "rolekit_audit")
}

// plan is how the database would answer a query.
func plan(t testing.TB, db *gorm.DB, sql string) string {
	t.Helper()
	rows, err := db.Raw(map[string]string{"sqlite": "EXPLAIN QUERY PLAN ", "postgres": "EXPLAIN ", "mysql": "EXPLAIN FORMAT=JSON "}[db.Name()] + sql).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // they are read to their end, and rows.Err is looked at
	var lines []string
	for rows.Next() {
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, texts := make([]any, len(columns)), make([]string, len(columns))
		for i := range values {
			values[i] = &texts[i]
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, texts[len(texts)-1])
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
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
