// Package plaincasbin adopts a database in which a Casbin program keeps policies
// of the usual kind,
//
//	p, sub, dom, obj, act
//	g, user, role, dom
//
// in the table casbin_rule: domains become organisations, roles custom roles of
// theirs, and users hold what they held. [Read] the rows, make a [Plan] of them,
// show it to somebody, and [Apply] it.
//
// A plan says of each row what becomes of it. What cannot be said in rolekit is
// refused with its reason, and so is what would allow more than it did; nothing is
// guessed, and nothing is lost: the rows are kept, word for word, in the table
// [Backup].
package plaincasbin

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

const (
	table     = "casbin_rule"
	orgsTable = "rolekit_orgs"
	// Backup is the table that keeps the rows as they were.
	Backup = "casbin_rule_before_rolekit"
)

// Row is a row of casbin_rule.
type Row struct {
	ID    uint
	Ptype string
	V     [6]string
	More  bool // it has something in a column behind v5
}

// String shows the row as a line of Casbin's CSV, with fields quoted that hold
// what cannot be printed.
func (r Row) String() string {
	all := append([]string{r.Ptype}, r.fields()...)
	for i, field := range all {
		if strings.ContainsFunc(field, func(c rune) bool { return !unicode.IsPrint(c) }) {
			all[i] = strconv.Quote(field)
		}
	}
	return strings.Join(all, ", ")
}

// fields returns what is before the empty end.
func (r Row) fields() []string {
	n := len(r.V)
	for n > 0 && r.V[n-1] == "" {
		n--
	}
	return r.V[:n]
}

// Found is what a database holds.
type Found struct {
	Rows []Row           // those that are not rolekit's, by id
	Orgs []rolekit.OrgID // the organisations that there are already
}

// Read reads the rows of casbin_rule that rolekit did not write. It changes
// nothing, and needs no table but that one. It fails where there is none, or one
// of another shape than gorm-adapter's.
func Read(ctx context.Context, db *gorm.DB) (Found, error) {
	return read(ctx, db, func(q *gorm.DB) *gorm.DB { return q })
}

// read is Read with the query for the rows changed.
func read(ctx context.Context, db *gorm.DB, change func(*gorm.DB) *gorm.DB) (Found, error) {
	db = db.WithContext(ctx)
	behind, err := columnsBehind(db)
	if err != nil {
		return Found{}, err
	}
	var found Found
	domains := map[string]bool{} // of rolekit's own rows
	if db.Migrator().HasTable(orgsTable) {
		if err := db.Table(orgsTable).Pluck("id", &found.Orgs).Error; err != nil {
			return Found{}, unreadable(err)
		}
		slices.Sort(found.Orgs) // as this program compares ids, whatever the database does
		for _, org := range append(found.Orgs, rolekit.AllOrgs) {
			domains[string(org)] = true
		}
	}
	var stored []gormadapter.CasbinRule
	if err := change(db.Table(table)).Order("id").Find(&stored).Error; err != nil {
		return Found{}, unreadable(err)
	}
	more := map[uint]bool{}
	for _, column := range behind {
		var ids []uint
		if err := db.Table(table).Where(clause.Neq{Column: clause.Column{Name: column}, Value: ""}).Pluck("id", &ids).Error; err != nil {
			return Found{}, unreadable(err)
		}
		for _, id := range ids {
			more[id] = true
		}
	}
	for _, s := range stored {
		r := Row{ID: s.ID, Ptype: s.Ptype, V: [6]string{s.V0, s.V1, s.V2, s.V3, s.V4, s.V5}, More: more[s.ID]}
		if !r.isRolekits(domains) {
			found.Rows = append(found.Rows, r)
		}
	}
	return found, nil
}

// columnsBehind returns the columns of fields behind v5, which some versions of
// gorm-adapter made.
func columnsBehind(db *gorm.DB) ([]string, error) {
	if !db.Migrator().HasTable(table) {
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: "the database has no table " + table, Hint: "name the one that the Casbin program uses",
		}
	}
	types, err := db.Migrator().ColumnTypes(table)
	if err != nil {
		return nil, unreadable(err)
	}
	known := []string{"id", "ptype", "v0", "v1", "v2", "v3", "v4", "v5"}
	var behind []string
	var seen int
	for _, t := range types {
		switch name := t.Name(); {
		case slices.Contains(known, name):
			seen++
		case fieldRE.MatchString(name):
			behind = append(behind, name)
		}
	}
	if seen < len(known) {
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: table + " is not as gorm-adapter v3 makes it",
			Hint: "it needs the columns " + strings.Join(known, ", "),
		}
	}
	return behind, nil
}

var fieldRE = regexp.MustCompile(`^v[0-9]+$`)

// form is how rows of a type look that rolekit writes: how many fields they have,
// which is the domain, and how the first two begin.
type form struct {
	fields, domain int
	first, second  []string
}

// isRolekits reports whether rolekit wrote the row. Its forms are ones that a plain
// program may use too, but then for other domains.
func (r Row) isRolekits(domains map[string]bool) bool {
	f, known := map[string]form{
		"p":  {6, 1, []string{"role:", "profile:"}, []string{""}},
		"g":  {3, 2, []string{"user:", "service:", "group:", "role:"}, []string{"group:", "role:", "org:"}},
		"g2": {3, 2, []string{"resource:"}, []string{"set:"}},
		"g3": {5, 2, []string{"user:", "service:", "group:"}, []string{"role:"}},
	}[r.Ptype]
	begins := func(field string, kinds []string) bool {
		return slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(field, kind) })
	}
	return known && len(r.fields()) == f.fields && domains[r.V[f.domain]] && begins(r.V[0], f.first) && begins(r.V[1], f.second)
}

func unreadable(err error) error {
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the rows of " + table + " cannot be read", Err: err}
}
