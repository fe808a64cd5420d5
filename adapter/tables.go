package adapter

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/rolekit/rolekit"
)

const rulesTable = "casbin_rule"

// The rows of the typed tables, as they are written. Times are texts in timeForm.

type orgRow struct {
	ID      string `gorm:"column:id;primaryKey"`
	Label   string `gorm:"column:label"`
	Parent  string `gorm:"column:parent"`
	Created string `gorm:"column:created_at"`

	Revision int64 `gorm:"column:revision"`
	LogAfter int64 `gorm:"column:log_after"` // the last event of an earlier one of the id
}

func (orgRow) TableName() string { return "rolekit_orgs" }

type roleRow struct {
	OrgID       string `gorm:"column:org_id;primaryKey"`
	ID          string `gorm:"column:id;primaryKey"`
	Label       string `gorm:"column:label"`
	Description string `gorm:"column:description"`
	Profile     string `gorm:"column:profile"`
	Revision    int64  `gorm:"column:revision"`

	Created  int64   `gorm:"column:created"`
	Reviewed *string `gorm:"column:reviewed"`
}

func (roleRow) TableName() string { return "rolekit_roles" }

// namedRow is a group's or a resource set's.
type namedRow struct {
	OrgID       string `gorm:"column:org_id;primaryKey"`
	ID          string `gorm:"column:id;primaryKey"`
	Label       string `gorm:"column:label"`
	Description string `gorm:"column:description"`
	Revision    int64  `gorm:"column:revision"`
}

type keyRow struct {
	OrgID     string `gorm:"column:org_id;primaryKey"`
	ID        string `gorm:"column:id;primaryKey"`
	Label     string `gorm:"column:label"`
	Hash      string `gorm:"column:hash"`
	CreatedBy string `gorm:"column:created_by"`
	CreatedAt int64  `gorm:"column:created_at"` // seconds since 1970, like the next
	ExpiresAt int64  `gorm:"column:expires_at"`
}

func (keyRow) TableName() string { return "rolekit_keys" }

type catalogRow struct {
	OrgID     string `gorm:"column:org_id;primaryKey"`
	Revision  int64  `gorm:"column:revision"`
	AppliedBy string `gorm:"column:applied_by"`
	AppliedAt int64  `gorm:"column:applied_at"` // seconds since 1970
	Body      string `gorm:"column:body"`
}

func (catalogRow) TableName() string { return "rolekit_catalog" }

type chosenRow struct {
	OrgID   string `gorm:"column:org_id;primaryKey"`
	UserID  string `gorm:"column:user_id;primaryKey"`
	Profile string `gorm:"column:profile"`
}

func (chosenRow) TableName() string { return "rolekit_profiles" }

type auditRow struct {
	ID     int64  `gorm:"column:id;primaryKey;autoIncrement"`
	OrgID  string `gorm:"column:org_id"`
	At     string `gorm:"column:at"`
	Actor  string `gorm:"column:actor"`
	Action string `gorm:"column:action"`
	Target string `gorm:"column:target"`
	Before string `gorm:"column:state_before"`
	After  string `gorm:"column:state_after"`
}

func (auditRow) TableName() string { return "rolekit_audit" }

type revisionRow struct {
	OrgID    string `gorm:"column:org_id;primaryKey"`
	Revision int64  `gorm:"column:revision"`
	Base     int64  `gorm:"column:base"`
}

func (revisionRow) TableName() string { return "rolekit_revisions" }

type replyRow struct {
	Owner   string `gorm:"column:owner;primaryKey"`
	Name    string `gorm:"column:name;primaryKey"`
	Request string `gorm:"column:request"`
	Turn    string `gorm:"column:turn"`
	OrgID   string `gorm:"column:org_id"`
	At      int64  `gorm:"column:at"` // seconds since 1970
	Body    string `gorm:"column:body"`
}

func (replyRow) TableName() string { return "rolekit_replies" }

func timeText(t time.Time) string { return t.UTC().Format(timeForm) }

// parseTime reads what timeText wrote. No decision depends on a time that is
// stored so: a text that is none, which SQLite lets anyone store, is the zero time
// and keeps nothing from loading.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.DateTime, s) // which takes fractions too
	if err != nil {
		return time.Time{}
	}
	return t
}

// unreadable is the revision of an organisation in whose place SQLite holds
// something else. It breaks that organisation and no other.
const unreadable rolekit.Revision = -1

func parseRevision(s string) rolekit.Revision {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return unreadable
	}
	return rolekit.Revision(n)
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}
