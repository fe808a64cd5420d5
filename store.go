package rolekit

import (
	"context"
	"iter"
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
	// returns nil the change is durable. Where the database gives up on the
	// transaction for another's sake (a deadlock, a serialization failure), it
	// runs fn again, a bounded number of times; so fn must have no effect but
	// through the Writer. Past that it must return ErrUnavailable.
	Update(ctx context.Context, fn func(Writer) error) error
}

// Transaction is one that the application runs on the store's database, and
// that changes can join; see [Manager.In]. Package adapter makes one of a
// *gorm.DB.
type Transaction interface {
	// Update runs fn within the transaction. When fn returns an error, it must
	// undo what fn did, and leave the rest of the transaction as it was. It
	// must not run fn again: a conflict comes back as ErrConflict, and the
	// application repeats the whole transaction.
	Update(ctx context.Context, fn func(Writer) error) error
	// AfterCommit calls fn once, before the commit returns to the application,
	// when all of the transaction is durable; never when it is rolled back.
	AfterCommit(fn func())
}

// Reader reads a consistent state.
type Reader interface {
	// Orgs returns every organisation, sorted by id.
	Orgs(ctx context.Context) ([]Org, error)
	// Line returns the organisation and its ancestors, upward to the root. It
	// must return ErrOrgNotFound when the organisation does not exist, and end
	// after MaxOrgDepth+1 organisations, whatever is stored.
	Line(ctx context.Context, org OrgID) ([]Org, error)
	// Below returns the organisations below one, without itself, sorted by id;
	// every one for AllOrgs.
	Below(ctx context.Context, org OrgID) ([]Org, error)
	// OrgsOf returns the organisations that hold a link of the user's own, to a
	// role, a group or the organisation, whatever its period, sorted.
	OrgsOf(ctx context.Context, user UserID) ([]OrgID, error)
	// Revisions returns the revision, without its base, of each of the
	// organisations that exist; of all (and of AllOrgs) when none is named.
	Revisions(ctx context.Context, orgs ...OrgID) (map[OrgID]Revision, error)
	// Layer returns what is said in one organisation, or of the default roles
	// for AllOrgs. It must return ErrOrgNotFound when there is none, and
	// ErrBrokenPolicy, naming the row, when a row cannot be read at all.
	Layer(ctx context.Context, org OrgID) (Layer, error)
	// Layers yields the layer of each of the organisations that exist, in any
	// order, without holding all of them at once. A layer that Layer would
	// return ErrBrokenPolicy for comes with that error and its Org.ID, and the
	// others follow; after any other error nothing does.
	Layers(ctx context.Context, orgs []OrgID) iter.Seq2[Layer, error]
	// Audit returns events of an organisation, newest first: those since it was
	// inserted. For AllOrgs and a Deleted, it must return those from before the one
	// that has that id now, if any has.
	Audit(ctx context.Context, org OrgID, q AuditQuery) ([]AuditEvent, error)

	CatalogReader
	KeyReader
	ReplyReader
}

// Writer reads and changes the state within a transaction.
type Writer interface {
	Reader

	// Lock and Share must be called before anything is read that they are to
	// protect; what is read after them is the latest that was committed. Lock
	// waits until no other transaction holds any of the organisations, in the
	// order given, and keeps them to itself until the end of this one. It must
	// return ErrOrgNotFound when one does not exist.
	Lock(ctx context.Context, orgs ...OrgID) error
	// Share is Lock but for others that share.
	Share(ctx context.Context, orgs ...OrgID) error

	// InsertOrg adds an organisation at revision 0. It must return ErrExists
	// when the id is taken.
	InsertOrg(ctx context.Context, org Org) error
	// UpdateOrg replaces label, parent and revision.
	UpdateOrg(ctx context.Context, org Org) error
	// DeleteOrg removes the organisation and every row of it in every table,
	// replies that are about it included, but for the audit log: nothing changes an
	// event or removes it.
	DeleteOrg(ctx context.Context, org OrgID) error

	// PutRoles inserts or replaces what is kept of roles beside their rules. No role
	// comes twice.
	PutRoles(ctx context.Context, roles ...RoleRecord) error
	DeleteRole(ctx context.Context, org OrgID, role RoleID) error
	// PutGroup inserts or replaces what is kept of a group beside its rules.
	PutGroup(ctx context.Context, group Group) error
	DeleteGroup(ctx context.Context, org OrgID, group GroupID) error
	// PutSet inserts or replaces what is kept of a resource set beside its rules.
	PutSet(ctx context.Context, set ResourceSet) error
	DeleteSet(ctx context.Context, org OrgID, set SetID) error
	// PutChosen remembers the profiles that users act as; an empty one is forgotten.
	// No user comes twice in an organisation.
	PutChosen(ctx context.Context, chosen ...ChosenProfile) error

	// AddRules must leave a rule that is there already as it is.
	AddRules(ctx context.Context, rules ...Rule) error
	// RemoveRules must return ErrConflict when a rule was not there.
	RemoveRules(ctx context.Context, rules ...Rule) error

	// Append adds events to the audit log, one at least, each with a larger id than
	// the one before it, and returns the last's. They must all be larger than any
	// id returned before to a holder of the same lock.
	Append(ctx context.Context, events ...AuditEvent) (int64, error)
	// SetRevisions moves organisations to one revision. None comes twice, and several
	// only by who holds AllOrgs.
	SetRevisions(ctx context.Context, to Revision, orgs ...OrgID) error
	// SetBase sets what the organisation's moves add to its revision.
	SetBase(ctx context.Context, org OrgID, to Revision) error

	CatalogWriter
	KeyWriter
	ReplyWriter
}

// Org is an organisation: the tenant.
type Org struct {
	ID        OrgID
	Label     string // for people
	Parent    OrgID  // empty at the root
	CreatedAt time.Time
	Revision  Revision // when its label or parent last changed, not what is in it
}

// RoleRecord is what is kept of a role beside its rules.
type RoleRecord struct {
	Org         OrgID
	ID          RoleID
	Label       string
	Description string
	Profile     ProfileID
	Revision    Revision

	Created  Revision                // the audit event of when it was made; 0 before that was kept
	Reviewed map[Permission]Revision // permissions decided about, and when; nobody edits it
}

// ChosenProfile is the profile that a user acted as last in an organisation.
type ChosenProfile struct {
	Org     OrgID
	User    UserID
	Profile ProfileID
}

// Layer is all that is said in one organisation, without its ancestors.
type Layer struct {
	Org      Org // only the ID for AllOrgs
	Revision Revision
	Base     Revision // added to it for the effective policy's, so that no move makes that smaller
	Roles    []RoleRecord
	Groups   []Group
	Sets     []ResourceSet
	Keys     []KeyRecord          // service keys
	Chosen   map[UserID]ProfileID // the profile that each user acted as last
	Rules    []Rule               // in the order they were written
}
