package adapter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// Columns names the columns of the application's table that a decision may
// depend on. One left empty does not exist: what would need it lets nothing
// through. Names are the application's own and are quoted; in a query of several
// tables they must be qualified ("invoices.owner_id", or by an alias).
//
// The columns hold text or whole numbers. What they hold is compared as text, as
// the application's AccessFacts should tell it, byte for byte: the row 42 is the
// resource "42" and not "042", and what is ada's is not Ada's, whatever the
// column's collation.
type Columns struct {
	ID    string // the resource's id, for access set:<id>
	Owner string // the owning user's id, for access own
	Team  string // the team's id, for access team
}

// Visible returns a GORM scope that keeps the rows which the decision reaches:
// just those that single checks of the same permission would allow. Ask for the
// decision without a resource; one that was made for a resource reaches no
// further than what allowed that. An [rolekit.AccessRule] without Where adds no
// row. A decision that denies lets no row through. When the reach cannot be
// known (the application's teams fail), the query fails. GORM drops that error where
// the scope stands in a group of conditions (tx.Where(db.Scopes(…))); no row comes
// back then either.
//
//	db.Scopes(adapter.Visible(decision, columns)).Where("org_id = ?", org).Find(&invoices)
//
// It says nothing of organisations: the query must keep to
// decision.Identity().Org itself. Whatever else the query asks for, before or
// after, with Or or by other scopes, is narrowed by it; in a condition of its own
// (tx.Where(db.Scopes(…))) it narrows that one. Raw and Exec take no scopes.
// Resource sets are read in the query, which so must run on the store's database.
func Visible(decision rolekit.Decision, columns Columns) func(*gorm.DB) *gorm.DB {
	return func(tx *gorm.DB) *gorm.DB {
		filter, err := decision.Filter(tx.Statement.Context)
		if filter.Any && err == nil {
			return tx
		}
		d, unknown := dialectOf(tx)
		err = errors.Join(err, unknown)
		r := &reach{clause.Expr{SQL: "1 = 0"}}
		if err != nil {
			_ = tx.AddError(err)
		} else {
			r.Expr = reached(tx, d, filter, columns)
		}
		// Once now, for a query that is itself a condition, and once when every
		// other scope has run: one behind this may add an Or.
		return r.narrow(tx).Scopes(r.narrow)
	}
}

// reach is a decision's reach as a condition, to be found again among others.
type reach struct{ clause.Expr }

// narrow makes the query ask for the reach, and for whatever else it asks for.
func (r *reach) narrow(tx *gorm.DB) *gorm.DB {
	tx = tx.Where(r)
	c := tx.Statement.Clauses["WHERE"]
	where, _ := c.Expression.(clause.Where)
	others := slices.DeleteFunc(slices.Clone(where.Exprs), func(e clause.Expression) bool { return e == clause.Expression(r) })
	where.Exprs = []clause.Expression{r}
	if len(others) > 0 {
		where.Exprs = []clause.Expression{enclosed(others), r}
	}
	c.Expression = where
	tx.Statement.Clauses["WHERE"] = c
	return tx
}

// enclosed is conditions in parentheses of their own. GORM itself leaves them
// out where it sees no " OR " with spaces around.
type enclosed []clause.Expression

// Build implements [clause.Expression].
func (e enclosed) Build(builder clause.Builder) {
	_ = builder.WriteByte('(')
	clause.Where{Exprs: slices.Clone(e)}.Build(builder)
	_ = builder.WriteByte(')')
}

// reached is the filter as one condition: what an index can serve, and of that
// what is so byte for byte. SQLite alone takes '042' for the number 42, and many
// collations take Ada for ada.
func reached(tx *gorm.DB, d *dialect, f rolekit.Filter, columns Columns) clause.Expr {
	var served, exact alternatives
	is := func(column string, ids ...string) {
		if column == "" {
			return
		}
		column = tx.Statement.Quote(column)
		served.addExpr(d.resembles(column, ids))
		exact.add(d.bytes(column)+" IN ?", []any{ids})
	}
	if f.Owner != "" {
		is(columns.Owner, string(f.Owner))
	}
	if len(f.Teams) > 0 {
		is(columns.Team, texts(f.Teams)...)
	}
	if len(f.Sets) > 0 && columns.ID != "" {
		sets := mapped(f.Sets, func(s rolekit.SetID) string { return setKind + string(s) })
		column := tx.Statement.Quote(columns.ID)
		in := " IN (SELECT SUBSTR(v0, " + afterKind + ") FROM " + rulesTable + " WHERE ptype = 'g2' AND v1 IN ? AND v2 IN ?"
		args := []any{sets, texts(f.Orgs)}
		if d.padded {
			in += " AND " + fmt.Sprintf(d.binary, "v1") + " IN ? AND " + fmt.Sprintf(d.binary, "v2") + " IN ?"
			args = append(args, args...)
		}
		served.add(d.servedIn(column)+in+")", args)
		exact.add(d.bytes(column)+in+")", args)
	}
	for _, c := range f.Conditions {
		served.add("("+c.SQL+")", c.Args)
		exact.add("("+c.SQL+")", c.Args)
	}
	return clause.Expr{SQL: served.sql() + " AND " + exact.sql(), Vars: append(served.vars, exact.vars...)}
}

// alternatives are conditions of which one must hold.
type alternatives struct {
	parts []string
	vars  []any
}

func (a *alternatives) add(sql string, vars []any) {
	a.parts, a.vars = append(a.parts, sql), append(a.vars, vars...)
}

func (a *alternatives) addExpr(e clause.Expr) { a.add(e.SQL, e.Vars) }

func (a *alternatives) sql() string {
	if len(a.parts) == 0 {
		return "1 = 0"
	}
	return "(" + strings.Join(a.parts, " OR ") + ")"
}

// How casbin_rule spells a resource and a set: resource:<id>, set:<id>.
const (
	setKind   = "set:"
	afterKind = "10" // len("resource:") + 1, where SQL begins to count
)
