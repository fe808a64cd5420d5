package adapter_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/services"
)

// TestConnectionSettings: whatever an application's connections are told, times
// are in UTC, ids compare by their bytes, and what is locked is found.
func TestConnectionSettings(t *testing.T) {
	t.Parallel()
	for _, parameter := range []string{
		"TimeZone=Australia/Sydney", "default_query_exec_mode=simple_protocol", "default_query_exec_mode=exec",
		"default_transaction_isolation=serializable", "DateStyle=German", "options=-c%20enable_indexscan%3Doff",
	} {
		t.Run("Postgres "+parameter, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(services.Postgres(t))
			if err != nil {
				t.Fatal(err)
			}
			u.RawQuery += "&" + parameter
			settingsHold(t, open(t, postgres.Open(u.String())))
		})
	}
	for _, parameter := range []string{
		"parseTime=false", "loc=Australia%2FSydney", "loc=Local&parseTime=false&time_zone=%27%2B11%3A00%27", "time_zone=%27-08%3A00%27", "clientFoundRows=true", "interpolateParams=true",
		"sql_mode=ANSI_QUOTES", "sql_mode=%27%27", "collation=utf8mb4_unicode_ci", "multiStatements=true", "tx_isolation=%27SERIALIZABLE%27", "tx_isolation=%27READ-UNCOMMITTED%27",
	} {
		t.Run("MariaDB "+parameter, func(t *testing.T) {
			t.Parallel()
			dsn := services.MariaDB(t)
			if strings.HasPrefix(parameter, "parseTime") || strings.Contains(parameter, "&parseTime") {
				dsn = strings.ReplaceAll(dsn, "parseTime=true", "timeout=1m")
			}
			settingsHold(t, open(t, mysql.Open(dsn+"&"+parameter)))
		})
	}
}

func settingsHold(t *testing.T, db *gorm.DB) {
	t.Helper()
	ctx := t.Context()
	s := newShop(t, db)
	at := time.Date(2026, 7, 8, 9, 10, 11, 123456000, time.FixedZone("", -3600))
	org := rolekit.Org{ID: "Tom", Label: `a "b" 'c' \ 🌱 ?`, CreatedAt: at}
	event := rolekit.AuditEvent{Org: "Tom", At: at, Actor: "user:Zoë", Action: "test", After: json.RawMessage(`{"a":"\\ '?' $1 @b"}`)}
	twice := func(w rolekit.Writer) error { // the second time nothing changes
		for range 2 {
			err := errors.Join(w.Lock(ctx, "Tom"), w.Share(ctx, "Tom"), w.SetRevisions(ctx, 5, "Tom"), w.UpdateOrg(ctx, org),
				w.PutRoles(ctx, rolekit.RoleRecord{Org: "Tom", ID: "clerk"}), w.PutChosen(ctx, rolekit.ChosenProfile{Org: "Tom", User: "ada", Profile: "owner"}),
				w.AddRules(ctx, rolekit.Rule{Ptype: "g", V: [6]string{"user:Ada", "role:clerk", "Tom"}}))
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := s.store.Update(ctx, func(w rolekit.Writer) error {
		if err := errors.Join(w.Lock(ctx, rolekit.AllOrgs), w.InsertOrg(ctx, org)); err != nil {
			return err
		}
		if err := w.InsertOrg(ctx, org); !errors.Is(err, rolekit.ErrExists) {
			t.Errorf("a second one: %v, want ErrExists", err)
		}
		_, err := w.Append(ctx, event)
		return errors.Join(err, twice(w))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.store.View(ctx, func(r rolekit.Reader) error {
		l, err := r.Layer(ctx, "Tom")
		org.CreatedAt = at.UTC()
		equal(t, "the organisation", org, l.Org)
		equal(t, "its rules and roles", [2]int{1, 1}, [2]int{len(l.Rules), len(l.Roles)})
		events, errAudit := r.Audit(ctx, "Tom", rolekit.AuditQuery{Limit: 10})
		if len(events) == 1 {
			event.ID, event.At = events[0].ID, at.UTC()
			equal(t, "the event", event, events[0])
		} else {
			t.Errorf("events: %v", events)
		}
		return errors.Join(err, errAudit)
	})
	if err != nil {
		t.Fatal(err)
	}
	system := s.Manager().As(rolekit.System("test"))
	if err := system.Unassign(ctx, "tom", "olga", "owner"); !errors.Is(err, rolekit.ErrLastHolder) {
		t.Errorf("the last owner: %v, want ErrLastHolder", err)
	}
	err = errors.Join(system.Assign(ctx, "tom", "ada", "clerk"), system.Unassign(ctx, "tom", "ada", "clerk"), s.Manager().As(rolekit.System("test")).DeleteOrg(ctx, "jack", rolekit.DeleteOptions{}))
	if err != nil {
		t.Error(err)
	}
	isolation := map[string]string{"postgres": "SHOW transaction_isolation", "mysql": "SELECT @@tx_isolation"}[db.Name()]
	var level string
	if err := db.Raw(isolation).Scan(&level).Error; err != nil {
		t.Fatal(err)
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		return errors.Join(tx.Create(&invoice{ID: "1"}).Error, s.in(tx).Assign(ctx, "tom", "bea", "clerk"))
	})
	if level == "serializable" {
		if !errors.Is(err, rolekit.ErrInvalid) {
			t.Errorf("a transaction that is serializable by default: %v, want ErrInvalid", err)
		}
		return
	}
	s.has(t, "joined", 1, "bea")
}
