package main

import (
	"database/sql"
	"io"
	"log"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	gormmysql "gorm.io/driver/mysql"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit/adapter"
)

// dialTimeout is how long a server may take to answer before it counts as away,
// where the address says nothing about that.
const dialTimeout = 10 * time.Second

// address is where a database is. Its name is what people may read.
type address struct {
	name   string // the file, or kind, host and database
	file   string // of SQLite; empty for others
	secret bool   // a password is in it

	postgres *pgx.ConnConfig // one of the two, for a server
	mysql    *mysql.Config
}

// open returns what GORM opens. It connects to nothing.
func (a address) open() (gorm.Dialector, error) { //nolint:ireturn // what gorm.Open takes
	switch {
	case a.postgres != nil:
		return gormpostgres.New(gormpostgres.Config{Conn: stdlib.OpenDB(*a.postgres)}), nil
	case a.mysql != nil:
		connector, err := mysql.NewConnector(a.mysql)
		if err != nil {
			return nil, err
		}
		return gormmysql.New(gormmysql.Config{Conn: sql.OpenDB(connector)}), nil
	}
	return sqlite.Open(adapter.SQLiteDSN(a.file)), nil
}

// The forms of addresses. What looks like none of them is a file.
var (
	schemeRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+://`)
	goMySQL  = regexp.MustCompile(`^(.*@)?[a-z0-9]+\([^()]*\)/`)        // go-sql-driver's own: user:password@tcp(host:port)/db
	keywords = regexp.MustCompile(`(^|\s)(host|user|password|dbname)=`) // libpq's other form
	password = regexp.MustCompile(`^[^/@\s]*:[^@]*@`)
)

const addressForms = "use a file for SQLite, postgres://user@host:5432/database, mysql://user@host:3306/database, or user@tcp(host:3306)/database"

// parseAddress reads the address of a database. Neither its errors nor its name
// tell a password.
func parseAddress(text string) (address, error) {
	scheme, _, _ := strings.Cut(text, "://")
	switch {
	case strings.HasPrefix(text, "postgres://"), strings.HasPrefix(text, "postgresql://"):
		return postgresAddress(text)
	case strings.HasPrefix(text, "mysql://"):
		return mysqlURL(text)
	case strings.HasPrefix(text, "sqlite:"):
		return sqliteAddress(strings.TrimPrefix(strings.TrimPrefix(text, "sqlite:"), "//"))
	case schemeRE.MatchString(text):
		return address{}, usagef("there is no kind of database %q; %s", scheme, addressForms)
	case goMySQL.MatchString(text):
		return mysqlAddress(text)
	case keywords.MatchString(text), password.MatchString(text):
		return address{}, usagef("the database's address is of no form that is known here; %s", addressForms)
	}
	return sqliteAddress(text)
}

func sqliteAddress(file string) (address, error) {
	if file == "" {
		return address{}, usagef("the database's file has no name; %s", addressForms)
	}
	return address{name: file, file: file}, nil
}

func postgresAddress(text string) (address, error) {
	config, err := pgx.ParseConfig(text)
	u, urlErr := url.Parse(text)
	if err != nil || urlErr != nil || u.Host == "" { // their errors may quote the address
		return address{}, usagef("the database's address cannot be read; the form is postgres://user@host:5432/database?sslmode=verify-full, " +
			"with every sign in a password or a name that means something in a URL percent-encoded")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTimeout
	}
	secret, _ := u.User.Password()
	return address{
		name:   "postgres://" + u.Host + "/" + config.Database,
		secret: secret != "" || u.Query().Has("password") || u.Query().Has("sslpassword"), postgres: config,
	}, nil
}

// mysqlURL reads mysql://user:password@host:port/database?parameters, whose
// parameters are go-sql-driver's.
func mysqlURL(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return address{}, malformedMySQL()
	}
	at, err := mysqlAddress("tcp(" + u.Host + ")" + u.EscapedPath() + "?" + u.RawQuery)
	if err != nil {
		return address{}, err
	}
	at.mysql.User = u.User.Username()
	at.mysql.Passwd, _ = u.User.Password()
	at.secret = at.mysql.Passwd != ""
	return at, nil
}

func mysqlAddress(dsn string) (address, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil || config.DBName == "" {
		return address{}, malformedMySQL()
	}
	if config.Timeout == 0 {
		config.Timeout = dialTimeout
	}
	config.Logger = log.New(io.Discard, "", 0) // what it has to say comes back as errors
	return address{name: "mysql://" + config.Addr + "/" + config.DBName, secret: config.Passwd != "", mysql: config}, nil
}

func malformedMySQL() error {
	return usagef("the database's address cannot be read; the form is mysql://user@host:3306/database, or go-sql-driver's user@tcp(host:3306)/database")
}
