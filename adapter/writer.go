package adapter

import (
	"context"
	"fmt"

	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// writer implements [rolekit.Writer] within a transaction.
type writer struct {
	reader

	rules *gormadapter.Adapter // bound to the same transaction
}

// Lock takes the organisations' revision rows. On SQLite the first write takes
// the whole database; on others it takes just these rows.
func (w writer) Lock(ctx context.Context, orgs ...rolekit.OrgID) error {
	for _, org := range orgs {
		done := w.tx.WithContext(ctx).Model(&revisionRow{}).Where("org_id = ?", org).
			Update("revision", gorm.Expr("revision"))
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return notFound(org, gorm.ErrRecordNotFound)
		}
	}
	return nil
}

// Share takes what Lock takes.
func (w writer) Share(ctx context.Context, orgs ...rolekit.OrgID) error {
	return w.Lock(ctx, orgs...)
}

func (w writer) InsertOrg(ctx context.Context, org rolekit.Org) error {
	tx := w.tx.WithContext(ctx)
	row := orgRowOf(org)
	done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		return &rolekit.Error{
			Code: rolekit.CodeExists, Message: fmt.Sprintf("there is an organisation %q already", org.ID), Hint: "choose another id",
		}
	}
	return tx.Create(&revisionRow{OrgID: string(org.ID)}).Error
}

func (w writer) UpdateOrg(ctx context.Context, org rolekit.Org) error {
	return w.tx.WithContext(ctx).Model(&orgRow{}).Where("id = ?", org.ID).
		Updates(map[string]any{"label": org.Label, "parent": string(org.Parent)}).Error
}

func (w writer) DeleteOrg(ctx context.Context, org rolekit.OrgID) error {
	tx := w.tx.WithContext(ctx)
	for _, rows := range []struct {
		of    any
		where string
	}{
		{&gormadapter.CasbinRule{}, "ptype = 'p' AND v1 = ?"},
		{&gormadapter.CasbinRule{}, "ptype IN ('g', 'g2', 'g3') AND v2 = ?"},
		{&roleRow{}, "org_id = ?"},
		{&groupRow{}, "org_id = ?"},
		{&setRow{}, "org_id = ?"},
		{&chosenRow{}, "org_id = ?"},
		{&auditRow{}, "org_id = ?"},
		{&revisionRow{}, "org_id = ?"},
		{&orgRow{}, "id = ?"},
	} {
		if err := tx.Where(rows.where, org).Delete(rows.of).Error; err != nil {
			return err
		}
	}
	return nil
}

func (w writer) PutRole(ctx context.Context, role rolekit.RoleRecord) error {
	row := roleRowOf(role)
	return w.tx.WithContext(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "org_id"}, {Name: "id"}}, UpdateAll: true,
	}).Create(&row).Error
}

func (w writer) DeleteRole(ctx context.Context, org rolekit.OrgID, role rolekit.RoleID) error {
	return w.tx.WithContext(ctx).Where("org_id = ? AND id = ?", org, role).Delete(&roleRow{}).Error
}

// maxRulesInsert keeps one INSERT below SQLite's limit of 32,766 parameters.
const maxRulesInsert = 1000

func (w writer) AddRules(_ context.Context, rules ...rolekit.Rule) error {
	for len(rules) > 0 {
		ptype := rules[0].Ptype
		var rows [][]string // the rules up to the next of another type, so that their order stays
		for len(rules) > 0 && rules[0].Ptype == ptype && len(rows) < maxRulesInsert {
			rows = append(rows, fields(rules[0]))
			rules = rules[1:]
		}
		if err := w.rules.AddPolicies("", ptype, rows); err != nil {
			return fmt.Errorf("gorm-adapter: %w", err)
		}
	}
	return nil
}

// fields returns the rule's fields up to the last that holds something.
func fields(r rolekit.Rule) []string {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return r.V[:n]
}

// RemoveRules deletes each rule by all of its columns. gorm-adapter would leave
// the empty ones out of its condition, and so delete a rule's longer siblings;
// and it does not tell whether anything went. Other programs may have written
// NULL for empty.
func (w writer) RemoveRules(ctx context.Context, rules ...rolekit.Rule) error {
	for _, r := range rules {
		done := w.tx.WithContext(ctx).
			Where("ptype = ? AND v0 = ? AND v1 = ? AND v2 = ? AND COALESCE(v3, '') = ? AND COALESCE(v4, '') = ? AND COALESCE(v5, '') = ?",
				r.Ptype, r.V[0], r.V[1], r.V[2], r.V[3], r.V[4], r.V[5]).
			Delete(&gormadapter.CasbinRule{})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return &rolekit.Error{
				Code: rolekit.CodeConflict, Message: fmt.Sprintf("the rule %q was not there any more", r), Hint: "read again and repeat the change",
			}
		}
	}
	return nil
}

func (w writer) Append(ctx context.Context, event rolekit.AuditEvent) (int64, error) {
	row := auditRowOf(event)
	err := w.tx.WithContext(ctx).Create(&row).Error
	return row.ID, err
}

func (w writer) SetRevision(ctx context.Context, org rolekit.OrgID, to rolekit.Revision) error {
	return w.tx.WithContext(ctx).Model(&revisionRow{}).Where("org_id = ?", org).Update("revision", int64(to)).Error
}

func (w writer) SetBase(ctx context.Context, org rolekit.OrgID, to rolekit.Revision) error {
	return w.tx.WithContext(ctx).Model(&revisionRow{}).Where("org_id = ?", org).Update("base", int64(to)).Error
}
