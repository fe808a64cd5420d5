package adapter_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

func equal(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// tables returns the schema and every row of every table, as text.
func tables(t testing.TB, db *gorm.DB) []string {
	t.Helper()
	var schema []struct{ Type, Name, SQL string }
	if err := db.Raw("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").Scan(&schema).Error; err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range schema {
		all = append(all, fmt.Sprint(s))
		if s.Type != "table" {
			continue
		}
		var rows []map[string]any
		if err := db.Table(s.Name).Order("1, 2").Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, fmt.Sprint(s.Name, row))
		}
	}
	return all
}

// queries is a logger that keeps what was asked of the database.
type queries struct{ all []string }

func (q *queries) LogMode(logger.LogLevel) logger.Interface { //nolint:ireturn // GORM wants it so
	return q
}
func (q *queries) Info(context.Context, string, ...any)  {}
func (q *queries) Warn(context.Context, string, ...any)  {}
func (q *queries) Error(context.Context, string, ...any) {}
func (q *queries) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) {
	sql, _ := fc()
	q.all = append(q.all, sql)
}
