package adapter

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3/database"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// dialect is what differs between the databases.
type dialect struct {
	name string // what GORM's dialect calls itself, and the folder of its migrations

	number string // %s, a column of numbers, as text
	whole  string // %s, a column of numbers, as one whatever it holds: SQLite takes texts too
	moment string // %s, a column of times, as text in timeForm
	binary string // %s, text, in a form that compares byte for byte
	asText string // %s, whatever an application's column holds, as text
	served string // %s, an application's column, in a form that an index of texts serves

	lock   string // what a SELECT ends with to lock its rows
	share  string // to keep others from changing them
	latest string // to see what is committed where the transaction goes on seeing what was before
	write  string // a statement that takes the database, where rows cannot be locked

	reads, writes *sql.TxOptions   // of transactions of the store's own
	isolation     string           // asks for the isolation of a transaction, where some are of no use
	create        callbacks.Config // how GORM writes an INSERT
	padded        bool             // texts that differ in spaces at the end are equal
	packs         bool             // an organisation's rules are read as one text
	scans         bool             // a DELETE from a small table reads all of it, unless it is told by which index

	goose         database.Dialect
	countVersions string // finds goose's table
	insertVersion string // writes down a migration
	sessionLock   sessionLock
}

// timeForm is how times are stored and read: as a clock in UTC shows them,
// whatever time zone the connection, the server or the driver thinks of.
const timeForm = "2006-01-02 15:04:05.000000"

func sqliteDialect() *dialect {
	return &dialect{
		name:   "sqlite",
		number: "CAST(%s AS TEXT)", whole: "CAST(%s AS INTEGER)", moment: "CAST(%s AS TEXT)",
		binary: "%s COLLATE BINARY", asText: "CAST(%s AS TEXT)", served: "%s",
		// A transaction that read before it writes fails when another wrote
		// meanwhile; one that writes at once waits.
		write:  "UPDATE rolekit_revisions SET revision = revision WHERE org_id = '*'",
		create: callbacks.Config{CreateClauses: []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"}, LastInsertIDReversed: true},
		packs:  true,

		goose:         database.DialectSQLite3,
		countVersions: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '" + versionsTable + "'",
		insertVersion: "INSERT INTO " + versionsTable + " (version_id, is_applied, tstamp) VALUES (?, ?, datetime('now'))",
	}
}

func postgresDialect() *dialect {
	return &dialect{
		name:   "postgres",
		number: "CAST(%s AS text)", whole: "%s", moment: "to_char(%s, 'YYYY-MM-DD HH24:MI:SS.US')",
		// Of text, the cast is none, and its index serves. Of numbers it is, since
		// one does not compare with a text.
		binary: `%s COLLATE "C"`, asText: "CAST(%s AS text)", served: "CAST(%s AS text)",
		lock: " FOR UPDATE", share: " FOR SHARE",
		reads:     &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		writes:    &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		isolation: "SELECT current_setting('transaction_isolation')",
		create:    callbacks.Config{CreateClauses: []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"}},

		goose:         database.DialectPostgres,
		countVersions: "SELECT COUNT(to_regclass('" + versionsTable + "'))",
		insertVersion: "INSERT INTO " + versionsTable + " (version_id, is_applied, tstamp) VALUES ($1, $2, now() AT TIME ZONE 'UTC')",
		sessionLock: sessionLock{ // of this database; the number is "rolekit"
			take: "SELECT 1 FROM pg_advisory_lock(32210658693704052)",
			give: "SELECT CAST(pg_advisory_unlock(32210658693704052) AS int)",
		},
	}
}

// mysqlDialect serves MySQL and MariaDB.
func mysqlDialect() *dialect {
	// What is cast has the connection's collation, and does not mix with columns.
	const text = "CAST(%s AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin"
	return &dialect{
		name:   "mysql",
		number: text, whole: "%s", moment: fmt.Sprintf(text, "DATE_FORMAT(%s, '%%Y-%%m-%%d %%H:%%i:%%s.%%f')"),
		binary: "CAST(%s AS BINARY)", asText: "CONVERT(%s USING utf8mb4)",
		lock: " FOR UPDATE", share: " LOCK IN SHARE MODE", latest: " LOCK IN SHARE MODE",
		reads:  &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		writes: &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		create: callbacks.Config{CreateClauses: []string{"INSERT", "VALUES", "ON CONFLICT"}},
		padded: true, scans: true,

		goose:         database.DialectMySQL,
		countVersions: "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '" + versionsTable + "'",
		insertVersion: "INSERT INTO " + versionsTable + " (version_id, is_applied, tstamp) VALUES (?, ?, UTC_TIMESTAMP())",
		sessionLock: sessionLock{ // of the whole server, whose names have 64 characters; for five minutes
			take: "SELECT GET_LOCK(CONCAT('rolekit:', MD5(DATABASE())), 300)",
			give: "SELECT RELEASE_LOCK(CONCAT('rolekit:', MD5(DATABASE())))",
		},
	}
}

// dialectOf returns the dialect of the application's connection.
func dialectOf(db *gorm.DB) (*dialect, error) {
	for _, d := range []*dialect{sqliteDialect(), postgresDialect(), mysqlDialect()} {
		if d.name == db.Name() {
			return d, nil
		}
	}
	return nil, &rolekit.Error{
		Code: rolekit.CodeInvalid, Message: fmt.Sprintf("databases of kind %q are not supported", db.Name()),
		Hint: "use PostgreSQL, MySQL, MariaDB or SQLite",
	}
}

// is returns a condition with which a column of the rules' holds the text, byte
// for byte. The column's index serves it.
func (d *dialect) is(condition, column, text string) clause.Expr {
	e := gorm.Expr(condition+" AND "+column+" = ?", text)
	if d.padded {
		e = gorm.Expr(e.SQL+" AND "+fmt.Sprintf(d.binary, column)+" = "+fmt.Sprintf(d.binary, "?"), text, text)
	}
	return e
}

// remove is how a DELETE begins of what an index finds. MySQL locks whatever it
// reads for one, and so would wait for changes of other organisations.
func (d *dialect) remove(table, index string) string {
	if !d.scans {
		return "DELETE FROM " + table + " WHERE "
	}
	return "DELETE " + table + " FROM " + table + " FORCE INDEX (" + index + ") WHERE "
}

// removeAll is the DELETE of the rows that have ids. For a list of them MySQL may read
// all of a table; joined to them, it finds each by its id.
func (d *dialect) removeAll(table string, ids []int64) (statement string, args []any) {
	if !d.scans {
		return "DELETE FROM " + table + " WHERE id IN ?", []any{ids}
	}
	for _, id := range ids {
		args = append(args, id)
	}
	list := "SELECT ? AS id" + strings.Repeat(" UNION ALL SELECT ?", len(ids)-1)
	return "DELETE " + table + " FROM (" + list + ") AS gone STRAIGHT_JOIN " + table + " FORCE INDEX (PRIMARY) ON " + table + ".id = gone.id", args
}

// bytes is an application's column in a form that compares byte for byte.
func (d *dialect) bytes(column string) string {
	return fmt.Sprintf(d.binary, fmt.Sprintf(d.asText, column))
}

// resembles is a condition on an application's column that an index serves, and
// that holds at least where one of the texts is in it.
func (d *dialect) resembles(column string, ids []string) clause.Expr {
	if d.served != "" {
		return gorm.Expr(fmt.Sprintf(d.served, column)+" IN ?", ids)
	}
	// To MySQL, a column of numbers and a text that is none do not compare, which
	// is an error in UPDATE and DELETE. LIKE takes both for text.
	escape := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
	var like []string
	var args []any
	for _, id := range ids {
		like, args = append(like, column+" LIKE ? ESCAPE '!'"), append(args, escape.Replace(id))
	}
	return gorm.Expr("("+strings.Join(like, " OR ")+")", args...)
}

// servedIn is an application's column in a form that a subquery of texts can be
// compared with, by an index if that is possible.
func (d *dialect) servedIn(column string) string {
	if d.served != "" {
		return fmt.Sprintf(d.served, column)
	}
	return d.bytes(column)
}

// expand replaces {number x}, {whole x} and {moment x}, of a column x, in SQL.
func (d *dialect) expand(query string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(query, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		call, after, _ := strings.Cut(rest, "}")
		what, column, _ := strings.Cut(call, " ")
		form := map[string]string{"number": d.number, "whole": d.whole, "moment": d.moment}[what]
		fmt.Fprintf(&b, form, column)
		query = after
	}
}
