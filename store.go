package rolekit

import (
	"context"
	"time"
)

// Store keeps policies. Package adapter implements it with GORM and
// gorm-adapter; adaptertest is the suite that every implementation must pass.
//
// All methods are safe for concurrent use. An error that is not an *[Error]
// counts as [CodeUnavailable].
type Store interface {
	// View runs fn on one consistent state. fn must not keep the Reader.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in one transaction. It commits when fn returns nil, and
	// otherwise leaves everything as it was and returns fn's error. When it
	// returns nil the change is durable. fn may run again after a conflict, so
	// it must have no effect but through the Writer.
	Update(ctx context.Context, fn func(Writer) error) error
}

// Reader reads a consistent state.
type Reader interface {
	// Orgs returns every organisation, sorted by id.
	Orgs(ctx context.Context) ([]Org, error)
	// Revisions returns the revision, without its base, of each of the
	// organisations that exist; of all (and of AllOrgs) when none is named.
	Revisions(ctx context.Context, orgs ...OrgID) (map[OrgID]Revision, error)
	// Layer returns what is said in one organisation, or of the default roles
	// for AllOrgs. It must return ErrOrgNotFound when there is none, and
	// ErrBrokenPolicy, naming the row, when a row cannot be read at all.
	Layer(ctx context.Context, org OrgID) (Layer, error)
	// Audit returns events of an organisation, newest first.
	Audit(ctx context.Context, org OrgID, q AuditQuery) ([]AuditEvent, error)
}

// Writer reads and changes the state within a transaction.
type Writer interface {
	Reader

	// Lock must be called before anything else. It waits until no other
	// transaction holds any of the organisations, and keeps them until the end
	// of this one. It must return ErrOrgNotFound when one does not exist.
	Lock(ctx context.Context, orgs ...OrgID) error

	// InsertOrg adds an organisation at revision 0. It must return ErrExists
	// when the id is taken.
	InsertOrg(ctx context.Context, org Org) error
	// UpdateOrg replaces label and parent.
	UpdateOrg(ctx context.Context, org Org) error
	// DeleteOrg removes the organisation and every row of it in every table.
	DeleteOrg(ctx context.Context, org OrgID) error

	// PutRole inserts or replaces what is kept of a role beside its rules.
	PutRole(ctx context.Context, role RoleRecord) error
	DeleteRole(ctx context.Context, org OrgID, role RoleID) error
	// PutGroup inserts or replaces what is kept of a group beside its rules.
	PutGroup(ctx context.Context, group Group) error
	DeleteGroup(ctx context.Context, org OrgID, group GroupID) error
	// PutSet inserts or replaces what is kept of a resource set beside its rules.
	PutSet(ctx context.Context, set ResourceSet) error
	DeleteSet(ctx context.Context, org OrgID, set SetID) error
	// PutChosen remembers the profile that a user acts as; empty forgets it.
	PutChosen(ctx context.Context, org OrgID, user UserID, profile ProfileID) error

	// AddRules must leave a rule that is there already as it is.
	AddRules(ctx context.Context, rules ...Rule) error
	// RemoveRules must return ErrConflict when a rule was not there.
	RemoveRules(ctx context.Context, rules ...Rule) error

	// Append adds an event to the audit log and returns its id, which must be
	// larger than any id returned before to a holder of the same lock.
	Append(ctx context.Context, event AuditEvent) (int64, error)
	SetRevision(ctx context.Context, org OrgID, to Revision) error
	// SetBase sets what the organisation's moves add to its revision.
	SetBase(ctx context.Context, org OrgID, to Revision) error
}

// Org is an organisation: the tenant.
type Org struct {
	ID        OrgID
	Label     string // for people
	Parent    OrgID  // empty at the root
	CreatedAt time.Time
}

// RoleRecord is what is kept of a role beside its rules.
type RoleRecord struct {
	Org         OrgID
	ID          RoleID
	Label       string
	Description string
	Profile     ProfileID
	Revision    Revision
}

// Layer is all that is said in one organisation, without its ancestors.
type Layer struct {
	Org      Org // only the ID for AllOrgs
	Revision Revision
	Base     Revision // added to it for the effective policy's, so that no move makes that smaller
	Roles    []RoleRecord
	Groups   []Group
	Sets     []ResourceSet
	Chosen   map[UserID]ProfileID // the profile that each user acted as last
	Rules    []Rule               // in the order they were written
}
