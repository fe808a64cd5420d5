package rolekit

import (
	"context"
	"slices"
	"time"
)

// Revision is a number that grows with each change of an organisation's policy,
// its ancestors' and the default roles' included. Only its order means anything.
type Revision int64

// Decision is the answer to one question. Its zero value denies.
type Decision struct {
	Allowed bool
	timed   bool // time played a part
	// Access is how far the answer reaches, widest first: [any], or
	// [team own set:marketing] for a question without a resource; empty when
	// denied. Decisions share it: it must not be edited.
	Access     []Access
	Identity   Identity // who it was decided for, with the profile they acted as
	Permission Permission
	Revision   Revision // of the policy it was decided by

	policy  *policy
	kit     *Kit
	reasons *[]Reason // that Casbin told; nil where they are to be found out
	at      int64     // when it was decided, in Unix seconds, where it is timed
}

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
	if d.reasons != nil {
		return *d.reasons
	}
	if !d.Allowed || d.policy == nil {
		return nil
	}
	var all []Reason
	for _, access := range d.Access {
		if r, ok := d.policy.reasonFor(d.Identity, d.Permission, access, d.moment()); ok {
			all = append(all, r)
		}
	}
	return all
}

// moment is when it was decided, where time played a part; else now will do.
func (d Decision) moment() time.Time {
	if d.timed {
		return time.Unix(d.at, 0)
	}
	return d.kit.config.Clock()
}

// RolesGranting returns the roles of the decision's profile that would allow
// it, for a message to someone denied. A user who has no standing in the
// organisation gets none: what roles it has is not theirs to know.
func (d Decision) RolesGranting() []RoleID {
	if d.policy == nil || !d.policy.isMember(d.Identity.User, d.moment()) {
		return nil
	}
	return d.policy.rolesGranting(d.Identity.Profile, d.Permission)
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
	for _, access := range d.Access {
		set, isSet := access.Set()
		switch {
		case access == AccessAny:
			return Filter{Any: true}, nil
		case access == AccessOwn:
			f.Owner = d.Identity.User
		case access == AccessTeam:
			teams, err := d.kit.teams(ctx, d.Identity)
			if err != nil {
				return Filter{}, err
			}
			f.Teams = teams
		case isSet:
			if d.policy.resourceSet(set) != nil { // else rows that name it say nothing
				f.Sets = append(f.Sets, set)
			}
		default:
			c, err := d.kit.condition(ctx, d.Identity, access)
			if err != nil {
				return Filter{}, err
			}
			f.Conditions = append(f.Conditions, c...)
		}
	}
	if len(f.Sets) > 0 {
		for _, l := range d.policy.layers[:len(d.policy.layers)-1] {
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
