package adapter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// reader implements [rolekit.Reader] within a transaction.
type reader struct{ tx *gorm.DB }

func (r reader) Orgs(ctx context.Context) ([]rolekit.Org, error) {
	var rows []orgRow
	if err := r.tx.WithContext(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	return mapped(rows, orgRow.org), nil
}

func (r reader) Line(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	var line []rolekit.Org
	for id := org; id != "" && len(line) <= rolekit.MaxOrgDepth; {
		var row orgRow
		if err := r.tx.WithContext(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
			if len(line) > 0 && errors.Is(err, gorm.ErrRecordNotFound) {
				break
			}
			return nil, notFound(id, err)
		}
		line = append(line, row.org())
		id = rolekit.OrgID(row.Parent)
	}
	if len(line) == 0 {
		return nil, notFound(org, gorm.ErrRecordNotFound)
	}
	return line, nil
}

func (r reader) Below(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	if org == rolekit.AllOrgs {
		return r.Orgs(ctx)
	}
	var all []rolekit.Org
	for level := []string{string(org)}; len(level) > 0; {
		var rows []orgRow
		if err := r.tx.WithContext(ctx).Where("parent IN ?", level).Find(&rows).Error; err != nil {
			return nil, err
		}
		level = mapped(rows, func(row orgRow) string { return row.ID })
		all = append(all, mapped(rows, orgRow.org)...)
	}
	slices.SortFunc(all, func(a, b rolekit.Org) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func (r reader) OrgsOf(ctx context.Context, user rolekit.UserID) ([]rolekit.OrgID, error) {
	subject := string(user)
	if !strings.HasPrefix(subject, "service:") {
		subject = "user:" + subject
	}
	var ids []rolekit.OrgID
	err := r.tx.WithContext(ctx).Model(&gormadapter.CasbinRule{}).Distinct("v2").
		Where("ptype IN ('g', 'g3') AND v0 = ?", subject).Order("v2").Pluck("v2", &ids).Error
	return ids, err
}

func (r reader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		for _, id := range orgs {
			l, err := r.Layer(ctx, id)
			if errors.Is(err, rolekit.ErrOrgNotFound) {
				continue
			}
			if !yield(l, err) || err != nil && !errors.Is(err, rolekit.ErrBrokenPolicy) {
				return
			}
		}
	}
}

func (r reader) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	q := r.tx.WithContext(ctx)
	if len(orgs) > 0 {
		q = q.Where("org_id IN ?", orgs)
	}
	var rows []revisionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make(map[rolekit.OrgID]rolekit.Revision, len(rows))
	for _, row := range rows {
		all[rolekit.OrgID(row.OrgID)] = rolekit.Revision(row.Revision)
	}
	return all, nil
}

func (r reader) Layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	layer, err := r.layer(ctx, id)
	// SQLite stores any value in any column. What database/sql then says has no
	// type of its own (sql.Rows.Scan), and no connection is at fault.
	if err != nil && strings.Contains(err.Error(), "sql: Scan error") {
		err = &rolekit.Error{
			Code: rolekit.CodeBrokenPolicy, Message: fmt.Sprintf("a row of organisation %q cannot be read", id), Hint: "repair it in the database", Err: err,
		}
	}
	return layer, err
}

func (r reader) layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	layer := rolekit.Layer{Org: rolekit.Org{ID: id}}
	tx := r.tx.WithContext(ctx)
	if id != rolekit.AllOrgs {
		var row orgRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return layer, notFound(id, err)
		}
		layer.Org = row.org()
	}
	var revision revisionRow
	if err := tx.Where("org_id = ?", id).Take(&revision).Error; err != nil {
		return layer, notFound(id, err)
	}
	if revision.Revision == unreadable || revision.Base == unreadable {
		return layer, &rolekit.Error{
			Code: rolekit.CodeBrokenPolicy, Message: fmt.Sprintf("the revision of organisation %q cannot be read", id), Hint: "repair it in rolekit_revisions",
		}
	}
	layer.Revision, layer.Base = rolekit.Revision(revision.Revision), rolekit.Revision(revision.Base)
	var roles []roleRow
	if err := tx.Where("org_id = ?", id).Order("id").Find(&roles).Error; err != nil {
		return layer, err
	}
	layer.Roles = mapped(roles, roleRow.record)
	if err := readNamed(tx, id, &layer); err != nil {
		return layer, err
	}
	// Not by gorm-adapter's LoadFilteredPolicy: it stops at the first row that
	// does not fit the model, and cannot say which it was.
	var rules []gormadapter.CasbinRule
	for _, where := range []string{"ptype = 'p' AND v1 = ?", "ptype IN ('g', 'g2', 'g3') AND v2 = ?"} {
		var some []gormadapter.CasbinRule
		if err := tx.Where(where, id).Find(&some).Error; err != nil {
			return layer, err
		}
		rules = append(rules, some...)
	}
	slices.SortFunc(rules, func(a, b gormadapter.CasbinRule) int { return cmp.Compare(a.ID, b.ID) })
	layer.Rules = mapped(rules, ruleOf)
	return layer, nil
}

func (r reader) Audit(ctx context.Context, org rolekit.OrgID, q rolekit.AuditQuery) ([]rolekit.AuditEvent, error) {
	tx := r.tx.WithContext(ctx).Where("org_id = ?", org)
	if q.Before > 0 {
		tx = tx.Where("id < ?", q.Before)
	}
	if q.Action != "" {
		tx = tx.Where("action = ?", q.Action)
	}
	if q.Target != "" {
		tx = tx.Where("target = ?", q.Target)
	}
	var rows []auditRow
	if err := tx.Order("id DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return mapped(rows, auditRow.event), nil
}

func notFound(org rolekit.OrgID, err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: "there is no organisation " + string(org)}
	}
	return err
}

func mapped[A, B any](as []A, f func(A) B) []B {
	bs := make([]B, len(as))
	for i, a := range as {
		bs[i] = f(a)
	}
	return bs
}
