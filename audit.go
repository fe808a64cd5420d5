package rolekit

import (
	"encoding/json"
	"time"
)

// AuditEvent is one change: who did what to what, and how it was before and
// after. Events are appended in the transaction of the change and never edited.
type AuditEvent struct {
	ID     int64 // grows; it is also the revision that the change led to
	Org    OrgID // [AllOrgs] for what concerns no single organisation
	At     time.Time
	Actor  string // user:ada, service:ci, system:seed
	Action string // role.create, member.assign, …
	Target string // role:bookkeeper, user:ada, org:tom
	Before json.RawMessage
	After  json.RawMessage
}

// AuditQuery selects audit events, newest first.
type AuditQuery struct {
	// Deleted asks AllOrgs for the events of organisations of this id that are no more;
	// not those of one that has the id now. Empty means the events of no organisation.
	Deleted OrgID
	Before  int64  // only events with a smaller id; 0 means from the newest
	Actor   string // only events of this actor; empty means any
	Action  string // only events of this action; empty means any
	Target  string // only events about this; empty means any
	// Kind is what the target is, the part of Target before its colon: role, user,
	// group, set, org, service, profile, catalog. Empty means any.
	Kind  string
	From  time.Time // only events at this time or later; zero means any
	Until time.Time // only events before this time; zero means any
	Limit int       // at most this many; 0 means 100, more than 1000 means 1000
}
