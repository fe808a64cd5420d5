package main

import (
	"strings"
	"testing"
)

const hidden = "hunter2"

func TestAddresses(t *testing.T) {
	for _, test := range []struct {
		text, name string
		secret     bool
		want       string // in the error, if there is one
	}{
		{"rolekit.db", "rolekit.db", false, ""},
		{"/var/lib/rolekit/roles.db", "/var/lib/rolekit/roles.db", false, ""},
		{"some folder/a@b.db", "some folder/a@b.db", false, ""},
		{":memory:", ":memory:", false, ""},
		{"sqlite:roles.db", "roles.db", false, ""},
		{"sqlite:///var/roles.db", "/var/roles.db", false, ""},
		{"sqlite:postgres.db", "postgres.db", false, ""},
		{"sqlite:", "", false, "has no name"},
		{"", "", false, "has no name"},

		{"postgres://app@db:5432/app", "postgres://db:5432/app", false, ""},
		{"postgresql://app@db/app?sslmode=disable", "postgres://db/app", false, ""},
		{"postgres://app:hunter2@db/app", "postgres://db/app", true, ""},
		{"postgres://app@db/app?password=hunter2", "postgres://db/app", true, ""},
		{"postgres://app@db/app?sslpassword=hunter2", "postgres://db/app", true, ""},
		{"postgres://app:hunter2@db:port/app", "", false, "cannot be read; the form is postgres://"},
		{"postgres://app:hunter2/x@db/app", "", false, "cannot be read; the form is postgres://"},
		{"postgres://app:hunter2%zz@db/app", "", false, "cannot be read; the form is postgres://"},
		{"postgres://app:hunter2@db/app?sslmode=hunter2", "", false, "cannot be read; the form is postgres://"},
		{"postgres:///app?password=hunter2", "", false, "cannot be read; the form is postgres://"},
		{"host=db user=app password=hunter2", "", false, "of no form that is known here"},

		{"mysql://app@db:3306/app", "mysql://db:3306/app", false, ""},
		{"mysql://app@db/app", "mysql://db:3306/app", false, ""},
		{"mysql://app:hunter2@db/app?parseTime=true&tls=skip-verify", "mysql://db:3306/app", true, ""},
		{"mysql://app:p%40ss%2F%3Fhunter2@db/app", "mysql://db:3306/app", true, ""},
		{"mysql://app:hunter2@db/app?timeout=hunter2", "", false, "cannot be read; the form is mysql://"},
		{"mysql://app:hunter2@db", "", false, "cannot be read; the form is mysql://"},
		{"mysql://app:hunter2%zz@db/app", "", false, "cannot be read; the form is mysql://"},
		{"app@tcp(db:3306)/app", "mysql://db:3306/app", false, ""},
		{"app:hunter2@tcp(db:3306)/app?parseTime=true", "mysql://db:3306/app", true, ""},
		{"tcp(db)/app", "mysql://db:3306/app", false, ""},
		{"app:hunter2@unix(/run/mysqld/mysqld.sock)/app", "mysql:///run/mysqld/mysqld.sock/app", true, ""},
		{"app:hunter2@tcp(db)/app?timeout=hunter2", "", false, "cannot be read; the form is mysql://"},

		{"app:hunter2@db/app", "", false, "of no form that is known here"},
		{"oracle://app:hunter2@db/app", "", false, `there is no kind of database "oracle"`},
		{"POSTGRES://app:hunter2@db/app", "", false, `there is no kind of database "POSTGRES"`},
	} {
		at, err := parseAddress(test.text)
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), hidden) || exitCode(err) != exitUsage {
				t.Errorf("%s: %v; want %s", test.text, err, test.want)
			}
			continue
		}
		if err != nil || at.name != test.name || at.secret != test.secret || strings.Contains(at.name, hidden) {
			t.Errorf("%s: %q with a secret: %v, %v", test.text, at.name, at.secret, err)
		}
	}
}

// What a URL says arrives at the driver.
func TestMySQLURLs(t *testing.T) {
	at, err := parseAddress("mysql://app:p%40ss%2F%3F%23@db/app?timeout=3s")
	if err != nil {
		t.Fatal(err)
	}
	if got := at.mysql.FormatDSN(); got != "app:p@ss/?#@tcp(db:3306)/app?timeout=3s" {
		t.Error(got)
	}
	if at, err = parseAddress("mysql://app@db/app"); err != nil || at.mysql.Timeout != dialTimeout {
		t.Errorf("%v, %v", at.mysql, err)
	}
}

func TestBrokers(t *testing.T) {
	for _, test := range []struct {
		text, name string
		secret, ok bool
	}{
		{"redis://cache:6379", "redis://cache:6379", false, true},
		{"redis://app@cache:6379/2", "redis://cache:6379", false, true},
		{"rediss://:hunter2@cache:6379", "rediss://cache:6379", true, true},
		{"redis://app:hunter2@cache:6379/2?dial_timeout=3s", "redis://cache:6379", true, true},
		{"redis://app:hunter2@cache:6379/hunter2", "", false, false},
		{"redis://app:hunter2@cache:port", "", false, false},
		{"nats://broker:4222", "nats://broker:4222", false, true},
		{"nats://one:4222,nats://two:4222", "nats://one:4222,two:4222", false, true},
		{"nats://hunter2@broker:4222", "nats://broker:4222", true, true}, // a token
		{"nats://app:hunter2@broker:4222", "nats://broker:4222", true, true},
		{"nats://one:4222,nats://app:hunter2@two:4222", "nats://one:4222,two:4222", true, true},
		{"tls://broker:4222", "tls://broker:4222", false, true},
		{"nats://app:hunter2%zz@broker", "", false, false},
		{"nats://one,redis://app:hunter2@two", "", false, false},
		{"kafka://app:hunter2@broker", "", false, false},
		{"broker:4222", "", false, false},
		{"postgresql", "", false, false},
		{"", "", false, false},
	} {
		b, err := parseBroker(test.text)
		if !test.ok {
			if err == nil || strings.Contains(err.Error(), hidden) || exitCode(err) != exitUsage {
				t.Errorf("%s: %v", test.text, err)
			}
			continue
		}
		if err != nil || b.name != test.name || b.secret != test.secret {
			t.Errorf("%s: %q with a secret: %v, %v", test.text, b.name, b.secret, err)
		}
	}
}
