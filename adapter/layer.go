package adapter

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// layersAtOnce is how many organisations one query reads. They are held until
// each was handed on.
const layersAtOnce = 128

func (r reader) Layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	found, err := r.layers(ctx, []rolekit.OrgID{id})
	if err != nil {
		return rolekit.Layer{Org: rolekit.Org{ID: id}}, err
	}
	if !found[id].there(id) {
		return rolekit.Layer{Org: rolekit.Org{ID: id}}, orgNotFound(id)
	}
	return found[id].layer(id)
}

func (r reader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	return func(yield func(rolekit.Layer, error) bool) {
		for some := range slices.Chunk(orgs, layersAtOnce) {
			found, err := r.layers(ctx, some)
			if err != nil {
				yield(rolekit.Layer{}, err)
				return
			}
			for _, id := range some {
				p, ok := found[id]
				delete(found, id)
				if ok && p.there(id) && !yield(p.layer(id)) {
					return
				}
			}
		}
	}
}

// layerSelects read all that is said in organisations, in one query: a round trip
// costs more than the rows. What a row is tells its first column, which of a rule
// is its type. Other programs leave the columns of a rule that they do not need
// NULL.
func layerSelects() []string {
	// Not by gorm-adapter's LoadFilteredPolicy: it stops at the first row that
	// does not fit the model, and cannot say which it was.
	const rules = "SELECT ptype, id, COALESCE(v0, ''), COALESCE(v1, ''), COALESCE(v2, ''), COALESCE(v3, ''), COALESCE(v4, ''), COALESCE(v5, '')" +
		" FROM casbin_rule WHERE "
	return []string{
		"SELECT 'revision', 0, org_id, {number revision}, {number base}, '', '', '' FROM rolekit_revisions WHERE org_id IN ?",
		"SELECT 'org', 0, id, label, parent, {moment created_at}, '', '' FROM rolekit_orgs WHERE id IN ?",
		"SELECT 'role', 0, org_id, id, {number revision}, label, description, profile FROM rolekit_roles WHERE org_id IN ?",
		"SELECT 'group', 0, org_id, id, {number revision}, label, description, '' FROM rolekit_groups WHERE org_id IN ?",
		"SELECT 'set', 0, org_id, id, {number revision}, label, description, '' FROM rolekit_sets WHERE org_id IN ?",
		"SELECT 'chosen', 0, org_id, user_id, profile, '', '', '' FROM rolekit_profiles WHERE org_id IN ?",
		rules + "ptype = 'p' AND v1 IN ?",
		rules + "ptype IN ('g', 'g2', 'g3') AND v2 IN ?",
	}
}

// layers reads what is stored of the organisations.
func (r reader) layers(ctx context.Context, ids []rolekit.OrgID) (map[rolekit.OrgID]*parts, error) {
	found := make(map[rolekit.OrgID]*parts, len(ids))
	for _, id := range ids {
		found[id] = &parts{}
	}
	selects := layerSelects()
	args := make([]any, len(selects))
	for i, s := range selects {
		args[i] = texts(ids)
		if r.latest != "" { // each is to end with it
			selects[i] = "(" + s + r.latest + ")"
		}
	}
	var row layerRow
	into := []any{&row.kind, &row.id, &row.c[0], &row.c[1], &row.c[2], &row.c[3], &row.c[4], &row.c[5]}
	err := r.run(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if p := found[row.org()]; p != nil { // to MySQL "tom " is tom
			p.add(row)
		}
		return nil
	}, strings.Join(selects, " UNION ALL "), args...)
	return found, err
}

// layerRow is one row of what layerSelects read.
type layerRow struct {
	kind string
	id   int64 // of a rule
	c    [6]string
}

// org is the organisation that the row is of.
func (row *layerRow) org() rolekit.OrgID {
	switch row.kind {
	case "p":
		return rolekit.OrgID(row.c[1])
	case "g", "g2", "g3":
		return rolekit.OrgID(row.c[2])
	default:
		return rolekit.OrgID(row.c[0])
	}
}

// parts are what was read of one organisation, in any order.
type parts struct {
	record        rolekit.Layer
	rules         []storedRule
	org, revision bool  // that their rows were there
	broken        error // the first that cannot be read
}

type storedRule struct {
	id   int64
	rule rolekit.Rule
}

func (p *parts) add(row layerRow) {
	c, l := &row.c, &p.record
	switch org := rolekit.OrgID(c[0]); row.kind {
	case "revision":
		p.revision = true
		l.Revision, l.Base = parseRevision(c[1]), parseRevision(c[2])
		p.check("the revision", "rolekit_revisions", org, l.Revision, l.Base)
	case "org":
		p.org = true
		l.Org = rolekit.Org{ID: org, Label: c[1], Parent: rolekit.OrgID(c[2]), CreatedAt: parseTime(c[3])}
	case "role":
		at := parseRevision(c[2])
		p.check("the revision of role "+c[1], "rolekit_roles", org, at)
		l.Roles = append(l.Roles, rolekit.RoleRecord{
			Org: org, ID: rolekit.RoleID(c[1]), Revision: at, Label: c[3], Description: c[4], Profile: rolekit.ProfileID(c[5]),
		})
	case "group":
		at := parseRevision(c[2])
		p.check("the revision of group "+c[1], "rolekit_groups", org, at)
		l.Groups = append(l.Groups, rolekit.Group{Org: org, ID: rolekit.GroupID(c[1]), Revision: at, Label: c[3], Description: c[4]})
	case "set":
		at := parseRevision(c[2])
		p.check("the revision of set "+c[1], "rolekit_sets", org, at)
		l.Sets = append(l.Sets, rolekit.ResourceSet{Org: org, ID: rolekit.SetID(c[1]), Revision: at, Label: c[3], Description: c[4]})
	case "chosen":
		if l.Chosen == nil {
			l.Chosen = map[rolekit.UserID]rolekit.ProfileID{}
		}
		l.Chosen[rolekit.UserID(c[1])] = rolekit.ProfileID(c[2])
	default:
		p.rules = append(p.rules, storedRule{row.id, rolekit.Rule{Ptype: row.kind, V: *c}})
	}
}

// check remembers the first thing of an organisation whose revision is none.
func (p *parts) check(what, table string, org rolekit.OrgID, revisions ...rolekit.Revision) {
	if slices.Contains(revisions, unreadable) && p.broken == nil {
		p.broken = &rolekit.Error{
			Code: rolekit.CodeBrokenPolicy, Message: fmt.Sprintf("%s of organisation %q cannot be read", what, org), Hint: "repair it in " + table,
		}
	}
}

// there reports whether the organisation exists.
func (p *parts) there(id rolekit.OrgID) bool { return p.revision && (p.org || id == rolekit.AllOrgs) }

// layer puts the parts in order.
func (p *parts) layer(id rolekit.OrgID) (rolekit.Layer, error) {
	if p.broken != nil {
		return rolekit.Layer{Org: rolekit.Org{ID: id}}, p.broken
	}
	l := p.record
	l.Org.ID = id
	slices.SortFunc(l.Roles, func(a, b rolekit.RoleRecord) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(l.Groups, func(a, b rolekit.Group) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(l.Sets, func(a, b rolekit.ResourceSet) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.rules, func(a, b storedRule) int { return cmp.Compare(a.id, b.id) })
	l.Rules = mapped(p.rules, func(r storedRule) rolekit.Rule { return r.rule })
	return l, nil
}
