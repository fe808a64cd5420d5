package rolekit

import (
	"context"
	"slices"
	"time"
)

// Revision is a number that grows with each change of an organisation's policy,
// its ancestors' and the default roles' included. Only its order means anything.
type Revision int64

// Decision is the answer to one question. Its zero value denies. Whatever it tells
// beside the answer is looked up when it is asked for, in the policy that it was
// decided by. It is immutable.
//
// It is small on purpose: Go keeps a struct of four fields and four words in
// registers. A larger one is written to memory and copied there, which takes longer
// than the check itself (ADR 13).
type Decision struct {
	Allowed bool

	numbers numbers
	user    UserID
	by      *basis // nil where nothing decided
}

// numbers are the permission's and, of one more than it, the profile's; 0 for none.
type numbers uint32

// profileBits are the lower ones.
const profileBits = 12

func numbersOf(permission, profile int) numbers {
	return numbers(permission)<<profileBits | numbers(profile+1) //nolint:gosec // ParseCatalog sees to it
}

func (n numbers) permission() int { return int(n >> profileBits) }
func (n numbers) profile() int    { return int(n&(1<<profileBits-1)) - 1 }

// basis is what a decision was made by. It is immutable, and many share it.
type basis struct {
	snap     *snapshot // nil where none decided
	accesses []Access  // how far an allowing decision reaches; nil for any
	at       int64     // when it was decided, in Unix seconds, where time played a part; else 0
	aside    *aside
}

// aside is what few decisions have.
type aside struct {
	who     Identity // with want, where no snapshot decided
	want    Permission
	reasons []Reason // that Casbin told
}

// DecisionOf returns a decision that no kit made, for an application's own double
// of an [Authorizer]: it allows as far as the accesses reach, and denies where there
// are none. It has neither reasons nor a revision, and its Filter knows no teams, no
// sets and no conditions.
func DecisionOf(who Identity, want Permission, accesses ...Access) Decision {
	return Decision{
		Allowed: len(accesses) > 0, user: who.User,
		by: &basis{accesses: accesses, aside: &aside{who: who, want: want}},
	}
}

// decided returns the snapshot that decided; nil for none.
func (d Decision) decided() *snapshot {
	if d.by == nil {
		return nil
	}
	return d.by.snap
}

// Identity returns who it was decided for, with the profile they acted as.
func (d Decision) Identity() Identity {
	snap := d.decided()
	switch {
	case snap != nil:
		who := Identity{User: d.user, Org: snap.policy.org()}
		if profile := d.numbers.profile(); profile >= 0 {
			who.Profile = snap.policy.catalog.profiles[profile].ID
		}
		return who
	case d.by != nil:
		return d.by.aside.who
	}
	return Identity{}
}

// Permission returns what was asked for.
func (d Decision) Permission() Permission {
	snap := d.decided()
	switch {
	case snap != nil:
		return snap.policy.catalog.permissions[d.numbers.permission()].ID
	case d.by != nil:
		return d.by.aside.want
	}
	return ""
}

// Access returns how far the answer reaches, widest first: [any], or
// [team own set:marketing] for a question without a resource; nothing when denied.
// Decisions share it: it must not be edited.
func (d Decision) Access() []Access {
	switch {
	case d.by == nil:
		return nil
	case d.by.accesses == nil && d.Allowed && d.by.snap != nil:
		return anyAccess
	}
	return d.by.accesses
}

// Revision returns the revision of the policy that it was decided by; 0 where
// nothing could be decided.
func (d Decision) Revision() Revision {
	if snap := d.decided(); snap != nil {
		return snap.revision
	}
	return 0
}

// anyAccess is the access of most decisions, for all of them.
var anyAccess = []Access{AccessAny} //nolint:gochecknoglobals // a constant, which Go cannot write as one

// Reason is a grant that led to an allowing decision.
type Reason struct {
	Role     RoleID    // empty for a baseline
	Baseline ProfileID // the profile whose baseline it is; empty for a role
	Org      OrgID     // where the role is defined; [AllOrgs] for a default role or a baseline
	Grant    Grant
}

// Reasons returns the grants that led to the decision, one an access; none
// when it denies.
func (d Decision) Reasons() []Reason {
	snap := d.decided()
	switch {
	case snap == nil || !d.Allowed:
		return nil
	case d.by.aside != nil:
		return d.by.aside.reasons
	}
	var all []Reason
	who, want, now := d.Identity(), d.Permission(), d.moment()
	for _, access := range d.Access() {
		if r, ok := snap.policy.reasonFor(who, want, access, now); ok {
			all = append(all, r)
		}
	}
	return all
}

// moment is when a snapshot decided, where time played a part; else now will do.
func (d Decision) moment() time.Time {
	if d.by.at != 0 {
		return time.Unix(d.by.at, 0)
	}
	return d.by.snap.kit.config.Clock()
}

// RolesGranting returns the roles of the decision's profile that would allow
// it, for a message to someone denied. A user who has no standing in the
// organisation gets none: what roles it has is not theirs to know.
func (d Decision) RolesGranting() []RoleID {
	snap := d.decided()
	if snap == nil || !snap.policy.isMember(d.user, d.moment()) {
		return nil
	}
	return snap.policy.rolesGranting(d.Identity().Profile, d.Permission())
}

// Filter is a decision's reach as a list needs it: a resource is within it if
// any of its parts says so. The zero Filter lets nothing through.
type Filter struct {
	Any        bool
	Owner      UserID   // resources that this user owns
	Teams      []TeamID // resources of these teams
	Sets       []SetID  // resources of these sets, of Orgs
	Orgs       []OrgID  // the organisation and its ancestors, where Sets are looked up
	Conditions []Condition
}

// Condition is a condition of SQL that an [AccessRule] stands for.
type Condition struct {
	SQL  string
	Args []any
}

// Filter returns the decision's reach for listing. It fails, and then lets
// nothing through, when the application's teams or conditions are not known.
func (d Decision) Filter(ctx context.Context) (Filter, error) {
	var f Filter
	who, snap := d.Identity(), d.decided()
	for _, access := range d.Access() {
		set, isSet := access.Set()
		switch {
		case access == AccessAny:
			return Filter{Any: true}, nil
		case access == AccessOwn:
			f.Owner = who.User
		case snap == nil: // no kit made it that knows more
		case access == AccessTeam:
			teams, err := snap.kit.teams(ctx, who)
			if err != nil {
				return Filter{}, err
			}
			f.Teams = teams
		case isSet:
			if snap.policy.resourceSet(set) != nil { // else rows that name it say nothing
				f.Sets = append(f.Sets, set)
			}
		default:
			c, err := snap.kit.condition(ctx, who, access)
			if err != nil {
				return Filter{}, err
			}
			f.Conditions = append(f.Conditions, c...)
		}
	}
	if len(f.Sets) > 0 {
		layers := snap.policy.layers
		for _, l := range layers[:len(layers)-1] {
			f.Orgs = append(f.Orgs, l.id())
		}
	}
	return f, nil
}

func (k *Kit) teams(ctx context.Context, who Identity) (teams []TeamID, err error) {
	if k.config.Teams == nil {
		return nil, nil
	}
	err = guarded(func() error { teams, err = k.config.Teams(ctx, who); return err })
	if err != nil {
		return nil, errorf(CodeUnavailable, "the teams of %s are not known", userSubject(who.User)).because(err)
	}
	return slices.DeleteFunc(slices.Clone(teams), func(t TeamID) bool { return t == "" }), nil
}

func (k *Kit) condition(ctx context.Context, who Identity, access Access) (all []Condition, err error) {
	rule, ok := k.config.Access[access]
	if !ok || rule.Where == nil {
		return nil, nil
	}
	var c Condition
	err = guarded(func() error { c.SQL, c.Args, err = rule.Where(ctx, who); return err })
	if err != nil {
		return nil, errorf(CodeUnavailable, "what access %q reaches for %s is not known", access, userSubject(who.User)).because(err)
	}
	if c.SQL == "" {
		return nil, nil
	}
	return []Condition{c}, nil
}
