package adapter

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/rolekit/rolekit"
)

// layersAtOnce is how many organisations one query reads. They are held until
// each was handed on.
const layersAtOnce = 64

func (r reader) Layer(ctx context.Context, id rolekit.OrgID) (rolekit.Layer, error) {
	found, _, err := r.layers(ctx, []rolekit.OrgID{id}, 0)
	if err != nil {
		return rolekit.Layer{Org: rolekit.Org{ID: id}}, err
	}
	if !found[id].there(id) {
		return rolekit.Layer{Org: rolekit.Org{ID: id}}, orgNotFound(id)
	}
	return found[id].layer(id)
}

func (r reader) Layers(ctx context.Context, orgs []rolekit.OrgID) iter.Seq2[rolekit.Layer, error] {
	batches := r.batches(ctx, orgs)
	if r.ahead {
		batches = ahead(batches)
	}
	return func(yield func(rolekit.Layer, error) bool) {
		for batch := range batches {
			if batch.err != nil {
				yield(rolekit.Layer{}, batch.err)
				return
			}
			for _, id := range batch.ids {
				p, ok := batch.found[id]
				delete(batch.found, id)
				if ok && p.there(id) && !yield(p.layer(id)) {
					return
				}
			}
		}
	}
}

// layerBatch is what one query found.
type layerBatch struct {
	ids   []rolekit.OrgID
	found map[rolekit.OrgID]*parts
	err   error
}

// batches reads organisations query by query.
func (r reader) batches(ctx context.Context, orgs []rolekit.OrgID) iter.Seq[layerBatch] {
	return func(yield func(layerBatch) bool) {
		expect := 0 // as many rules as last time
		for ids := range slices.Chunk(orgs, layersAtOnce) {
			found, rules, err := r.layers(ctx, ids, expect)
			if !yield(layerBatch{ids, found, err}) {
				return
			}
			expect = rules
		}
	}
}

// ahead makes the next item while the last is looked at. Nothing is being made
// any more when it returns.
func ahead[T any](items iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		made, stop := make(chan T), make(chan struct{})
		var maker sync.WaitGroup
		defer maker.Wait()
		defer close(stop)
		maker.Go(func() {
			defer close(made)
			for item := range items {
				select {
				case made <- item:
				case <-stop:
					return
				}
			}
		})
		for item := range made {
			if !yield(item) {
				return
			}
		}
	}
}

// layerSelects read all that is said in organisations, in one query: a round trip
// costs more than the rows. What a row is tells its first column, which of a rule
// is its type.
func layerSelects() []string {
	return []string{
		"SELECT 'revision', 0, org_id, {number revision}, {number base}, '', '', '' FROM rolekit_revisions WHERE org_id IN ?",
		"SELECT 'org', 0, id, label, parent, {moment created_at}, {number revision}, '' FROM rolekit_orgs WHERE id IN ?",
		"SELECT 'role', {whole created}, org_id, id, {number revision}, label, description, profile FROM rolekit_roles WHERE org_id IN ?",
		"SELECT 'reviewed', 0, org_id, id, reviewed, '', '', '' FROM rolekit_roles WHERE reviewed IS NOT NULL AND org_id IN ?",
		"SELECT 'group', 0, org_id, id, {number revision}, label, description, '' FROM rolekit_groups WHERE org_id IN ?",
		"SELECT 'set', 0, org_id, id, {number revision}, label, description, '' FROM rolekit_sets WHERE org_id IN ?",
		"SELECT 'key', {whole created_at}, org_id, id, label, hash, created_by, {number expires_at} FROM rolekit_keys WHERE org_id IN ?",
		"SELECT 'chosen', 0, org_id, user_id, profile, '', '', '' FROM rolekit_profiles WHERE org_id IN ?",
	}
}

// ruleSelects read the rules of organisations. Other programs leave the columns
// that they do not need NULL.
//
// Not by gorm-adapter's LoadFilteredPolicy: it stops at the first row that does
// not fit the model, and cannot say which it was.
func ruleSelects() []string {
	const rules = "SELECT ptype, id, COALESCE(v0, ''), COALESCE(v1, ''), COALESCE(v2, ''), COALESCE(v3, ''), COALESCE(v4, ''), COALESCE(v5, '')" +
		" FROM casbin_rule WHERE "
	return []string{rules + "ptype = 'p' AND v1 IN ?", rules + "ptype IN ('g', 'g2', 'g3') AND v2 IN ?"}
}

// packedSelects read the rules of each organisation as one text, which SQLite does
// in half the time: see unpack. Where each rule of an organisation has a NULL, so
// would the text be.
func packedSelects() []string {
	packed := func(org, where string) string {
		return "SELECT 'rules', COUNT(*), " + org + ", COALESCE(group_concat(id || char(31) || ptype || char(31) || v0 || char(31) || v1 || char(31) || v2" +
			" || char(31) || v3 || char(31) || v4 || char(31) || v5, char(31)), ''), '', '', '', '' FROM casbin_rule WHERE " + where + " GROUP BY " + org
	}
	return []string{packed("v1", "ptype = 'p' AND v1 IN ?"), packed("v2", "ptype IN ('g', 'g2', 'g3') AND v2 IN ?")}
}

// layers reads what is stored of the organisations, and how many rules that are.
func (r reader) layers(ctx context.Context, ids []rolekit.OrgID, expect int) (map[rolekit.OrgID]*parts, int, error) {
	found := make(map[rolekit.OrgID]*parts, len(ids))
	all := newRuleHeap(expect)
	for _, id := range ids {
		found[id] = &parts{rules: ruleList{heap: all}}
	}
	rules := ruleSelects()
	if r.dialect.packs {
		rules = packedSelects()
	}
	if err := r.collect(ctx, append(layerSelects(), rules...), ids, found); err != nil {
		return nil, 0, err
	}
	var again []rolekit.OrgID
	for id, p := range found {
		if p.torn {
			p.rules.forget()
			again = append(again, id)
		}
	}
	if len(again) > 0 {
		if err := r.collect(ctx, ruleSelects(), again, found); err != nil {
			return nil, 0, err
		}
	}
	return found, len(all.rules), nil
}

// collect adds what SELECTs by organisations find.
func (r reader) collect(ctx context.Context, selects []string, ids []rolekit.OrgID, found map[rolekit.OrgID]*parts) error {
	args := make([]any, len(selects))
	for i, s := range selects {
		args[i] = texts(ids)
		if r.latest != "" { // each is to end with it
			selects[i] = "(" + s + r.latest + ")"
		}
	}
	var row layerRow
	into := []any{&row.kind, &row.id, &row.c[0], &row.c[1], &row.c[2], &row.c[3], &row.c[4], &row.c[5]}
	var org rolekit.OrgID // of the last row, and often of the next
	p := found[org]
	return r.run(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if next := row.org(); next != org {
			org, p = next, found[next]
		}
		if p != nil { // to MySQL "tom " is tom
			p.add(&row)
		}
		return nil
	}, strings.Join(selects, " UNION ALL "), args...)
}

// layerRow is one row of what SELECTs read.
type layerRow struct {
	kind string
	id   int64 // of a rule; of a service key and of a role, when it was made
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
	rules         ruleList
	reviewed      map[rolekit.RoleID]map[rolekit.Permission]rolekit.Revision
	org, revision bool  // that their rows were there
	torn          bool  // that its rules could not be told apart
	broken        error // the first thing that cannot be read
}

func (p *parts) add(row *layerRow) {
	c, l := &row.c, &p.record
	switch org := rolekit.OrgID(c[0]); row.kind {
	case "revision":
		p.revision = true
		l.Revision, l.Base = parseRevision(c[1]), parseRevision(c[2])
		p.check("the revision", "rolekit_revisions", org, l.Revision, l.Base)
	case "org":
		p.org = true
		at := parseRevision(c[4])
		p.check("when it changed", "rolekit_orgs", org, at)
		l.Org = rolekit.Org{ID: org, Label: c[1], Parent: rolekit.OrgID(c[2]), CreatedAt: parseTime(c[3]), Revision: at}
	case "role":
		at := parseRevision(c[2])
		p.check("the revision of role "+c[1], "rolekit_roles", org, at)
		l.Roles = append(l.Roles, rolekit.RoleRecord{
			Org: org, ID: rolekit.RoleID(c[1]), Revision: at, Label: c[3], Description: c[4], Profile: rolekit.ProfileID(c[5]),
			Created: rolekit.Revision(row.id),
		})
	case "reviewed":
		if p.reviewed == nil {
			p.reviewed = map[rolekit.RoleID]map[rolekit.Permission]rolekit.Revision{}
		}
		p.reviewed[rolekit.RoleID(c[1])] = parseReviewed(c[2])
	case "group":
		at := parseRevision(c[2])
		p.check("the revision of group "+c[1], "rolekit_groups", org, at)
		l.Groups = append(l.Groups, rolekit.Group{Org: org, ID: rolekit.GroupID(c[1]), Revision: at, Label: c[3], Description: c[4]})
	case "set":
		at := parseRevision(c[2])
		p.check("the revision of set "+c[1], "rolekit_sets", org, at)
		l.Sets = append(l.Sets, rolekit.ResourceSet{Org: org, ID: rolekit.SetID(c[1]), Revision: at, Label: c[3], Description: c[4]})
	case "key":
		l.Keys = append(l.Keys, keyRecord(c, row.id))
	case "chosen":
		if l.Chosen == nil {
			l.Chosen = map[rolekit.UserID]rolekit.ProfileID{}
		}
		l.Chosen[rolekit.UserID(c[1])] = rolekit.ProfileID(c[2])
	case "rules":
		p.torn = !p.rules.unpack(c[1], int(row.id)) || p.torn
	default:
		p.rules.add(row.id, rolekit.Rule{Ptype: row.kind, V: *c})
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
	slices.SortFunc(l.Keys, func(a, b rolekit.KeyRecord) int { return cmp.Compare(a.ID, b.ID) })
	for i := range l.Roles {
		l.Roles[i].Reviewed = p.reviewed[l.Roles[i].ID]
	}
	l.Rules = p.rules.sorted()
	return l, nil
}
