package rolekit

import (
	"slices"
	"time"
)

// CatalogChoices say what is to become of what [Manager.ApplyCatalog] would else
// refuse. The zero value says nothing. Names in Keep and Overwrite that nothing knows are
// refused; in the others they are told of, see [CatalogPlan].Idle.
type CatalogChoices struct {
	// Keep are default roles that were edited in the store since the catalog was
	// applied last, and that stay so, whatever the file says. A profile's baseline
	// goes by the name "baseline:" and the profile.
	Keep    []string
	KeepAll bool
	// Overwrite are those that become what the file says.
	Overwrite    []string
	OverwriteAll bool
	// LeaveRoles leaves default roles that the file does not declare any more as
	// they are. Else they are deleted. Those that no file declared, nor an earlier
	// one, are always left, unless Overwrite or Replace names them.
	LeaveRoles bool
	// Replace are default roles that the file does not declare any more, or makes ones
	// of another profile, each with the role of the file that those who hold it get. Of
	// the latter it may be the role itself: then users and groups hold it on, as one of
	// its new profile.
	Replace map[RoleID]RoleID
	// DropGrants are permissions whose grants custom roles lose, as the catalog has
	// them no more, or not for that profile or with that access.
	DropGrants []Permission
	// MapGrants are such permissions, each with the one that custom roles get in
	// its place, with the same access.
	MapGrants map[Permission]Permission
	// Progress, where it is set, is told how many of the organisations that change are
	// changed, from 0 on; and from 0 again, where the store runs the transaction again.
	// Nothing is committed before ApplyCatalog returns. It must not call the kit.
	Progress func(done, of int)
}

func (c *CatalogChoices) tell(done, of int) {
	if c.Progress != nil {
		c.Progress(done, of)
	}
}

// CatalogPlan is what applying a catalog would do, or did. Lists are sorted.
type CatalogPlan struct {
	// Applied is when a catalog was applied last; nil where none ever was. Then the
	// file is compared with the stored default roles alone, and no permission is new.
	Applied *CatalogApplied
	// Changes are how the file differs from what was applied last, and from the
	// default roles and baselines that are stored.
	Changes []CatalogChange
	// Renames are those that the file declares and that were not carried out yet.
	Renames []CatalogRename
	// Drift are default roles and baselines that were edited since, as the file does
	// not say it.
	Drift []CatalogDrift
	// Leaving are default roles that the file does not declare any more, or makes ones
	// of another profile, and who holds them.
	Leaving []LeavingRole
	// Profiles are those that the file has no more, and what stays behind of them.
	Profiles []LeavingProfile
	// Lost are grants of custom roles that the catalog has no more.
	Lost []LostGrants
	// Joined are permissions that become one, where custom roles come to give more by that.
	Joined []JoinedPermissions
	// Implied is what custom roles come to give, or give no more, by grants that stay
	// as they are, because the file says otherwise which actions imply which.
	Implied []ImpliedChange
	// Reviews are permissions that are new to custom roles.
	Reviews []NewReviews
	// Roles is how many custom roles are edited, and Orgs in how many organisations
	// anything is.
	Roles, Orgs int
	// Unread are organisations whose policy cannot be read. They are left as they are.
	Unread []OrgID
	// Idle are choices about what would leave that decide nothing: what they name may
	// have left when the catalog was applied before, or be mistyped.
	Idle []IdleChoice
	// Refused is why applying it is refused; empty where it is not.
	Refused []*Error
}

// Empty reports whether there is nothing to do, and nothing to decide.
func (p *CatalogPlan) Empty() bool {
	decided := !slices.ContainsFunc(p.Drift, func(d CatalogDrift) bool { return d.Resolution != ResolutionKeep })
	same := !slices.ContainsFunc(p.Changes, func(c CatalogChange) bool { return c.Verb != VerbLeave })
	return same && len(p.Renames) == 0 && decided && p.Orgs == 0 && len(p.Refused) == 0
}

// CatalogApplied is when a catalog was applied.
type CatalogApplied struct {
	Revision Revision
	By       string // as the audit log names actors
	At       time.Time
}

// ChangeVerb says what is done to a thing.
type ChangeVerb string

// The verbs.
const (
	VerbAdd    ChangeVerb = "add"
	VerbChange ChangeVerb = "change"
	VerbRemove ChangeVerb = "remove"
	VerbLeave  ChangeVerb = "leave" // it is not declared any more, and stays
)

// CatalogChange is one thing that the file says otherwise.
type CatalogChange struct {
	Verb   ChangeVerb
	Kind   string // action, profile, access, object, permission, role, baseline or creator
	ID     string // empty for the creator
	Fields []FieldChange
	Last   *LastChange // of a default role or baseline that is stored; nil where the audit log has none
}

// FieldChange is how one field of a thing differs: in its text, or in what came into
// its list and what went.
type FieldChange struct {
	Name           string
	Before, After  string
	Added, Removed []string
}

// LastChange is by whom and when something was changed, as the audit log has it.
type LastChange struct {
	By     string
	At     time.Time
	Action string
	// Unaudited says that what is stored is not what that change led to: something
	// edited it that leaves no trace.
	Unaudited bool
}

// CatalogRename is a rename that is carried out.
type CatalogRename struct {
	Renamed

	Roles       int // custom roles whose grants, includes or profile follow
	Assignments int // users and groups whose assignments follow
}

// Resolution is what was chosen for something that drifted.
type Resolution string

// The resolutions.
const (
	ResolutionNone      Resolution = ""
	ResolutionKeep      Resolution = "keep"
	ResolutionOverwrite Resolution = "overwrite"
)

// CatalogDrift is a default role or a baseline that was edited in the store.
type CatalogDrift struct {
	Kind       string // role or baseline
	ID         string
	Verb       ChangeVerb // what was done to it there
	Fields     []FieldChange
	Last       *LastChange
	Resolution Resolution
}

// name is what CatalogChoices call it.
func driftName(kind, id string) string {
	if kind == kindOfBaseline {
		return kind + ":" + id
	}
	return id
}

// RoleRef is a role of an organisation.
type RoleRef struct {
	Org  OrgID
	Role RoleID
}

// LeavingRole is a default role that the file does not declare any more, or that it
// makes one of another profile.
type LeavingRole struct {
	ID         RoleID
	Profile    ProfileID // that it becomes one of; empty where it is not declared
	To         RoleID    // what those who hold it get; empty for nothing, and itself where they keep it
	Holders    Holders   // in all organisations
	IncludedBy []RoleRef // the roles among them; default ones, which stay, are of AllOrgs
	Others     []RoleID  // default roles of the file that they can get instead: those of its profile
}

// LeavingProfile is a profile that the catalog has no more while there are roles of it.
// They stay, and give nothing, whatever they grant and include.
type LeavingProfile struct {
	ID            ProfileID
	Roles         []RoleRef // custom ones, and default ones, which are of AllOrgs
	Users, Groups int       // who are given any of them, each in each organisation
}

// IdleChoice is a choice that decides nothing.
type IdleChoice struct {
	Choice string // keep, replace, drop_grants or map_grants
	Name   string
	Reason string // a sentence's part, for people
}

// LostGrants are grants of custom roles of a permission that the catalog has no
// more, or not for their profile or with their access.
type LostGrants struct {
	Permission Permission
	Roles      []RoleRef
	// To is the permission that they get in its place, and Dropped says that they
	// lose it; where neither is said, applying the catalog is refused.
	To      Permission
	Dropped bool
}

// JoinedPermissions are permissions of which the file makes one, as they, their objects
// or their actions were renamed to the same.
type JoinedPermissions struct {
	Permission Permission
	From       []Permission // which may be that one too
	Roles      []RoleRef    // custom ones that did not give all of them as widely, and do now
}

// ImpliedChange is a permission that custom roles give by granting another one, and did
// not before, or that they gave by it and give no more.
type ImpliedChange struct {
	Permission Permission
	By         Permission
	Gained     bool
	Roles      []RoleRef
}

// NewReviews is how many custom roles a permission waits in to be reviewed, and
// which get it by the file's rule.
type NewReviews struct {
	Permission Permission
	Pending    int // roles, once the catalog is applied
	Orgs       int // in how many organisations
	Granted    []RuleGrant
	Stale      []RoleRef // that have a grant of it from long before, which they lose
}

// RuleGrant is a grant that a custom role gets, as it holds another.
type RuleGrant struct {
	RoleRef

	Holding Permission
	Access  Access
}
