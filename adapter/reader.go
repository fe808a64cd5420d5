package adapter

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// reader implements [rolekit.Reader] within a transaction. What it reads by an id
// it compares with that id again: to MySQL "tom " is tom.
type reader struct {
	tx      *gorm.DB // whose statements run behind the guard
	guard   *guard
	dialect *dialect
	latest  string // what every SELECT ends with
	ahead   bool   // nothing but SELECTs runs, which may be while others are looked at
}

// maxList keeps a list of ids below what a database takes, and its plan short.
const maxList = 500

// each calls scan with every row of a SELECT.
func (r reader) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	return r.run(ctx, scan, query+r.latest, args...)
}

// run is each for a query that says itself how it ends.
func (r reader) run(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) (err error) {
	r.guard.reading.Lock() // a connection does one thing at a time
	defer r.guard.reading.Unlock()
	rows, err := r.tx.WithContext(ctx).Raw(r.dialect.expand(query), args...).Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return r.guard.note(rows.Err())
}

// orgs returns the organisations that a condition selects, sorted.
func (r reader) orgs(ctx context.Context, where string, args ...any) (all []rolekit.Org, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error {
		var org rolekit.Org
		var created, revision string
		err := rows.Scan(&org.ID, &org.Label, &org.Parent, &created, &revision)
		org.CreatedAt, org.Revision = parseTime(created), parseRevision(revision)
		all = append(all, org)
		return err
	}, "SELECT id, label, parent, {moment created_at}, {number revision} FROM rolekit_orgs"+where, args...)
	slices.SortFunc(all, func(a, b rolekit.Org) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

func (r reader) Orgs(ctx context.Context) ([]rolekit.Org, error) { return r.orgs(ctx, "") }

func (r reader) Line(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	var line []rolekit.Org
	for id := org; id != "" && len(line) <= rolekit.MaxOrgDepth; {
		found, err := r.orgs(ctx, " WHERE id = ?", string(id))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || found[0].ID != id {
			break
		}
		line = append(line, found[0])
		id = found[0].Parent
	}
	if len(line) == 0 {
		return nil, orgNotFound(org)
	}
	return line, nil
}

func (r reader) Below(ctx context.Context, org rolekit.OrgID) ([]rolekit.Org, error) {
	if org == rolekit.AllOrgs {
		return r.Orgs(ctx)
	}
	var all []rolekit.Org
	seen := map[rolekit.OrgID]bool{"": true, org: true} // a tree that is broken may hold a cycle
	for level := []rolekit.OrgID{org}; len(level) > 0; {
		var next []rolekit.OrgID
		for parents := range slices.Chunk(level, maxList) {
			found, err := r.orgs(ctx, " WHERE parent IN ?", texts(parents))
			if err != nil {
				return nil, err
			}
			for _, o := range found {
				if seen[o.Parent] && !seen[o.ID] {
					seen[o.ID] = true
					next, all = append(next, o.ID), append(all, o)
				}
			}
		}
		level = next
	}
	slices.SortFunc(all, func(a, b rolekit.Org) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func (r reader) OrgsOf(ctx context.Context, user rolekit.UserID) (ids []rolekit.OrgID, err error) {
	subject := string(user)
	if !strings.HasPrefix(subject, "service:") {
		subject = "user:" + subject
	}
	err = r.each(ctx, func(rows *sql.Rows) error {
		var from, org, id string
		err := rows.Scan(&from, &org, &id)
		if from == subject && org == id {
			ids = append(ids, rolekit.OrgID(id))
		}
		return err
	}, `SELECT casbin_rule.v0, casbin_rule.v2, rolekit_orgs.id FROM casbin_rule
		JOIN rolekit_orgs ON rolekit_orgs.id = casbin_rule.v2 WHERE casbin_rule.ptype IN ('g', 'g3') AND casbin_rule.v0 = ?`, subject)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

func (r reader) Revisions(ctx context.Context, orgs ...rolekit.OrgID) (map[rolekit.OrgID]rolekit.Revision, error) {
	all := map[rolekit.OrgID]rolekit.Revision{}
	asked := map[rolekit.OrgID]bool{}
	for _, id := range orgs {
		asked[id] = true
	}
	add := func(rows *sql.Rows) error {
		var id rolekit.OrgID
		var revision string
		err := rows.Scan(&id, &revision)
		if asked[id] || len(orgs) == 0 {
			all[id] = parseRevision(revision)
		}
		return err
	}
	const query = "SELECT org_id, {number revision} FROM rolekit_revisions"
	if len(orgs) == 0 {
		return all, r.each(ctx, add, query)
	}
	for some := range slices.Chunk(orgs, maxList) {
		if err := r.each(ctx, add, query+" WHERE org_id IN ?", texts(some)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r reader) Audit(ctx context.Context, org rolekit.OrgID, q rolekit.AuditQuery) (events []rolekit.AuditEvent, err error) {
	of := org
	if q.Deleted != "" {
		of = q.Deleted
	}
	where, args := r.auditWhere(org, q)
	err = r.each(ctx, func(rows *sql.Rows) error {
		e := rolekit.AuditEvent{}
		var at, before, after string
		err := rows.Scan(&e.ID, &e.Org, &at, &e.Actor, &e.Action, &e.Target, &before, &after)
		e.At, e.Before, e.After = parseTime(at), rawJSON(before), rawJSON(after)
		if e.Org == of {
			events = append(events, e)
		}
		return err
	}, "SELECT id, org_id, {moment at}, actor, action, target, state_before, state_after FROM rolekit_audit WHERE "+where+
		" ORDER BY id DESC LIMIT ?", append(args, q.Limit)...)
	return events, err
}

// auditWhere is the condition of a query. A kind is a range of targets, which ends
// where the sign behind the colon begins.
func (r reader) auditWhere(org rolekit.OrgID, q rolekit.AuditQuery) (string, []any) {
	where, args := auditOf(org, q.Deleted)
	for _, c := range []struct {
		condition string
		wanted    bool
		value     any
	}{
		{"id < ?", q.Before > 0, q.Before},
		{"target >= ?", q.Kind != "", q.Kind + ":"},
		{"target < ?", q.Kind != "", q.Kind + ";"},
		{"at >= ?", !q.From.IsZero(), timeText(q.From)},
		{"at < ?", !q.Until.IsZero(), timeText(q.Until)},
	} {
		if c.wanted {
			where, args = where+" AND "+c.condition, append(args, c.value)
		}
	}
	for _, c := range [][2]string{{"actor", q.Actor}, {"action", q.Action}, {"target", q.Target}} {
		if c[1] != "" {
			same := r.dialect.is(where, c[0], c[1])
			where, args = same.SQL, append(args, same.Vars...)
		}
	}
	return where, args
}

// auditOf is the condition of an organisation's log, which begins behind what earlier
// ones of its id left; of what those left, for the one that they are all of; and of one
// that is not there it holds for nothing.
func auditOf(org, deleted rolekit.OrgID) (string, []any) {
	const begins = "(SELECT log_after FROM rolekit_orgs WHERE id = ?)"
	switch {
	case deleted != "":
		return "org_id = ? AND id <= COALESCE(" + begins + ", ?)", []any{string(deleted), string(deleted), int64(math.MaxInt64)}
	case org == rolekit.AllOrgs:
		return "org_id = ?", []any{string(org)}
	}
	return "org_id = ? AND id > " + begins, []any{string(org), string(org)}
}

func orgNotFound(org rolekit.OrgID) error {
	return &rolekit.Error{Code: rolekit.CodeOrgNotFound, Message: "there is no organisation " + string(org)}
}

func mapped[A, B any](as []A, f func(A) B) []B {
	bs := make([]B, len(as))
	for i, a := range as {
		bs[i] = f(a)
	}
	return bs
}

func texts[T ~string](items []T) []string {
	return mapped(items, func(t T) string { return string(t) })
}
