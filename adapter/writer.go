package adapter

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// writer implements [rolekit.Writer] within a transaction.
type writer struct{ reader }

func (w writer) exec(ctx context.Context, statement string, args ...any) error {
	return w.tx.WithContext(ctx).Exec(statement, args...).Error
}

// Lock takes the organisations' revision rows. Where the database has no locks
// for rows, the transaction holds all of it already.
func (w writer) Lock(ctx context.Context, orgs ...rolekit.OrgID) error {
	return w.hold(ctx, w.dialect.lock, orgs)
}

// Share takes them so that others can share them.
func (w writer) Share(ctx context.Context, orgs ...rolekit.OrgID) error {
	return w.hold(ctx, w.dialect.share, orgs)
}

// hold takes them one by one, so that the order is the given one. It does not go
// by an UPDATE's count: MySQL counts the rows that it changed, not those it found.
func (w writer) hold(ctx context.Context, how string, orgs []rolekit.OrgID) error {
	for _, org := range orgs {
		held := false
		err := w.run(ctx, func(rows *sql.Rows) error {
			var id rolekit.OrgID
			err := rows.Scan(&id)
			held = id == org
			return err
		}, "SELECT org_id FROM rolekit_revisions WHERE org_id = ?"+how, string(org))
		if err != nil {
			return err
		}
		if !held {
			return orgNotFound(org)
		}
	}
	return nil
}

// InsertOrg looks before it inserts, since databases count differently what an
// INSERT did that left a row as it was. Where another transaction inserts the id
// in between, the INSERT conflicts, and the next run finds it.
func (w writer) InsertOrg(ctx context.Context, org rolekit.Org) error {
	taken, err := w.orgs(ctx, " WHERE id = ?", string(org.ID))
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return &rolekit.Error{
			Code: rolekit.CodeExists, Message: fmt.Sprintf("there is an organisation %q already", org.ID), Hint: "choose another id",
		}
	}
	logAfter, err := w.lastEvent(ctx, org.ID)
	if err != nil {
		return err
	}
	row := orgRow{string(org.ID), org.Label, string(org.Parent), timeText(org.CreatedAt), int64(org.Revision), logAfter}
	if err := w.tx.WithContext(ctx).Create(&row).Error; err != nil {
		return err
	}
	return w.tx.WithContext(ctx).Create(&revisionRow{OrgID: string(org.ID)}).Error
}

// lastEvent returns the id of the last event that there is of an organisation's id; 0
// where there is none.
func (w writer) lastEvent(ctx context.Context, org rolekit.OrgID) (last int64, err error) {
	err = w.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&last) },
		"SELECT COALESCE(MAX(id), 0) FROM rolekit_audit WHERE org_id = ?", string(org))
	return last, err
}

func (w writer) UpdateOrg(ctx context.Context, org rolekit.Org) error {
	return w.exec(ctx, "UPDATE rolekit_orgs SET label = ?, parent = ?, revision = ? WHERE id = ?",
		org.Label, string(org.Parent), int64(org.Revision), string(org.ID))
}

func (w writer) DeleteOrg(ctx context.Context, org rolekit.OrgID) error {
	id := string(org)
	for _, rows := range []struct {
		table, index string
		where        clause.Expr
	}{
		// Other programs write rules, and to MySQL those of "tom " are tom's.
		{"casbin_rule", "rolekit_grants_of_org", w.dialect.is("ptype = 'p'", "v1", id)},
		{"casbin_rule", "rolekit_links_of_org", w.dialect.is("ptype IN ('g', 'g2', 'g3')", "v2", id)},
		{"rolekit_roles", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_groups", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_sets", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_keys", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_profiles", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_replies", "rolekit_replies_of_org", gorm.Expr("org_id = ?", id)},
		{"rolekit_revisions", "PRIMARY", gorm.Expr("org_id = ?", id)},
		{"rolekit_orgs", "PRIMARY", gorm.Expr("id = ?", id)},
	} {
		if err := w.exec(ctx, w.dialect.remove(rows.table, rows.index)+rows.where.SQL, rows.where.Vars...); err != nil {
			return err
		}
	}
	return nil
}

// put inserts the row into the table, or replaces the one with its key; of a slice,
// each.
func (w writer) put(ctx context.Context, table string, row any, key ...string) error {
	columns := mapped(key, func(name string) clause.Column { return clause.Column{Name: name} })
	return w.tx.WithContext(ctx).Table(table).Clauses(clause.OnConflict{Columns: columns, UpdateAll: true}).Create(row).Error
}

// putAll is put for many rows.
func putAll[T any](ctx context.Context, w writer, table string, rows []T, key ...string) error {
	for some := range slices.Chunk(rows, maxRowsInsert) {
		if err := w.put(ctx, table, &some, key...); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a row of the table.
func (w writer) remove(ctx context.Context, table string, org rolekit.OrgID, id string) error {
	return w.exec(ctx, w.dialect.remove(table, "PRIMARY")+"org_id = ? AND id = ?", string(org), id)
}

func (w writer) PutRoles(ctx context.Context, roles ...rolekit.RoleRecord) error {
	rows := mapped(roles, func(r rolekit.RoleRecord) roleRow {
		return roleRow{string(r.Org), string(r.ID), r.Label, r.Description, string(r.Profile), int64(r.Revision), int64(r.Created), reviewedText(r.Reviewed)}
	})
	return putAll(ctx, w, "rolekit_roles", rows, "org_id", "id")
}

func (w writer) DeleteRole(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID) error {
	return w.remove(ctx, "rolekit_roles", org, string(role))
}

func (w writer) PutGroup(ctx context.Context, g rolekit.Group) error {
	row := namedRow{string(g.Org), string(g.ID), g.Label, g.Description, int64(g.Revision)}
	return w.put(ctx, "rolekit_groups", &row, "org_id", "id")
}

func (w writer) DeleteGroup(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) error {
	return w.remove(ctx, "rolekit_groups", org, string(group))
}

func (w writer) PutSet(ctx context.Context, s rolekit.ResourceSet) error {
	row := namedRow{string(s.Org), string(s.ID), s.Label, s.Description, int64(s.Revision)}
	return w.put(ctx, "rolekit_sets", &row, "org_id", "id")
}

func (w writer) DeleteSet(ctx context.Context, org rolekit.OrgID, set rolekit.SetID) error {
	return w.remove(ctx, "rolekit_sets", org, string(set))
}

func (w writer) PutChosen(ctx context.Context, chosen ...rolekit.ChosenProfile) error {
	var rows []chosenRow
	for _, c := range chosen {
		if c.Profile != "" {
			rows = append(rows, chosenRow{string(c.Org), string(c.User), string(c.Profile)})
			continue
		}
		err := w.exec(ctx, w.dialect.remove("rolekit_profiles", "PRIMARY")+"org_id = ? AND user_id = ?", string(c.Org), string(c.User))
		if err != nil {
			return err
		}
	}
	return putAll(ctx, w, "rolekit_profiles", rows, "org_id", "user_id")
}

// maxRowsInsert keeps one INSERT well below every database's limits, of which
// SQLite's is 32,766 parameters.
const maxRowsInsert = 500

// Append inserts the last event by itself: of a row among others, MySQL tells only
// what its id should be, and where servers take turns in giving ids, that is wrong.
func (w writer) Append(ctx context.Context, events ...rolekit.AuditEvent) (int64, error) {
	rows := mapped(events, func(e rolekit.AuditEvent) auditRow {
		return auditRow{
			OrgID: string(e.Org), At: timeText(e.At), Actor: e.Actor, Action: e.Action, Target: e.Target,
			Before: string(e.Before), After: string(e.After),
		}
	})
	last := len(rows) - 1
	if last > 0 {
		if err := w.tx.WithContext(ctx).CreateInBatches(rows[:last], maxRowsInsert).Error; err != nil {
			return 0, err
		}
	}
	err := w.tx.WithContext(ctx).Create(&rows[last]).Error
	return rows[last].ID, err
}

// SetRevisions may lock more than the organisations' rows in MySQL, which reads all of a
// small table for a list: who holds AllOrgs keeps everybody out anyway.
func (w writer) SetRevisions(ctx context.Context, to rolekit.Revision, orgs ...rolekit.OrgID) error {
	for some := range slices.Chunk(orgs, maxList) {
		if err := w.exec(ctx, "UPDATE rolekit_revisions SET revision = ? WHERE org_id IN ?", int64(to), texts(some)); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) SetBase(ctx context.Context, org rolekit.OrgID, to rolekit.Revision) error {
	return w.exec(ctx, "UPDATE rolekit_revisions SET base = ? WHERE org_id = ?", int64(to), string(org))
}
