package adapter

import (
	"database/sql/driver"
	"encoding/json"
	"time"

	gormadapter "github.com/casbin/gorm-adapter/v3"

	"github.com/rolekit/rolekit"
)

const rulesTable = "casbin_rule"

// The typed tables, as migrations create them.

type orgRow struct {
	ID        string `gorm:"primaryKey"`
	Label     string
	Parent    string
	CreatedAt timestamp
}

// timestamp is a time that no decision depends on: a value that is none, which
// SQLite lets anyone store, reads as the zero time and keeps nothing from loading.
type timestamp struct{ time.Time }

// Scan implements [sql.Scanner].
func (t *timestamp) Scan(value any) error {
	t.Time, _ = value.(time.Time)
	return nil
}

// Value implements [driver.Valuer].
func (t timestamp) Value() (driver.Value, error) { return t.Time, nil }

func (orgRow) TableName() string { return "rolekit_orgs" }

func (r orgRow) org() rolekit.Org {
	return rolekit.Org{ID: rolekit.OrgID(r.ID), Label: r.Label, Parent: rolekit.OrgID(r.Parent), CreatedAt: r.CreatedAt.UTC()}
}

func orgRowOf(o rolekit.Org) orgRow {
	return orgRow{ID: string(o.ID), Label: o.Label, Parent: string(o.Parent), CreatedAt: timestamp{o.CreatedAt.UTC()}}
}

type roleRow struct {
	OrgID       string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Label       string
	Description string
	Profile     string
	Revision    int64
}

func (roleRow) TableName() string { return "rolekit_roles" }

func (r roleRow) record() rolekit.RoleRecord {
	return rolekit.RoleRecord{
		Org: rolekit.OrgID(r.OrgID), ID: rolekit.RoleID(r.ID), Label: r.Label, Description: r.Description,
		Profile: rolekit.ProfileID(r.Profile), Revision: rolekit.Revision(r.Revision),
	}
}

func roleRowOf(r rolekit.RoleRecord) roleRow {
	return roleRow{
		OrgID: string(r.Org), ID: string(r.ID), Label: r.Label, Description: r.Description,
		Profile: string(r.Profile), Revision: int64(r.Revision),
	}
}

type auditRow struct {
	ID     int64 `gorm:"primaryKey;autoIncrement"`
	OrgID  string
	At     time.Time
	Actor  string
	Action string
	Target string
	Before string
	After  string
}

func (auditRow) TableName() string { return "rolekit_audit" }

func (r auditRow) event() rolekit.AuditEvent {
	return rolekit.AuditEvent{
		ID: r.ID, Org: rolekit.OrgID(r.OrgID), At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Target: r.Target,
		Before: rawJSON(r.Before), After: rawJSON(r.After),
	}
}

func auditRowOf(e rolekit.AuditEvent) auditRow {
	return auditRow{
		OrgID: string(e.Org), At: e.At.UTC(), Actor: e.Actor, Action: e.Action, Target: e.Target,
		Before: string(e.Before), After: string(e.After),
	}
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

type revisionRow struct {
	OrgID    string `gorm:"primaryKey"`
	Revision number
	Base     number
}

// number is one that SQLite may hold something else for. What is none reads as
// unreadable, so that it breaks the organisation it stands for and no other.
type number int64

const unreadable number = -1

// Scan implements [sql.Scanner].
func (n *number) Scan(value any) error {
	if i, ok := value.(int64); ok && i >= 0 {
		*n = number(i)
		return nil
	}
	*n = unreadable
	return nil
}

// Value implements [driver.Valuer].
func (n number) Value() (driver.Value, error) { return int64(n), nil }

func (revisionRow) TableName() string { return "rolekit_revisions" }

func ruleOf(r gormadapter.CasbinRule) rolekit.Rule {
	return rolekit.Rule{Ptype: r.Ptype, V: [6]string{r.V0, r.V1, r.V2, r.V3, r.V4, r.V5}}
}
