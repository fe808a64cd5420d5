package rolekit

// Revision is a number that grows with each change of an organisation's policy,
// its ancestors' and the default roles' included. Only its order means anything.
type Revision int64

// Decision is the answer to one question. Its zero value denies.
type Decision struct {
	Allowed bool
	// Access is how far the answer reaches, widest first: [any], or
	// [team own] for a question without a resource; empty when denied.
	Access     []Access
	Identity   Identity // who it was decided for, with the profile they acted as
	Permission Permission
	Revision   Revision // of the policy it was decided by

	reasons []Reason
	policy  *policy
}

// Reason is a grant that led to an allowing decision.
type Reason struct {
	Role  RoleID
	Org   OrgID // where the role is defined; [AllOrgs] for a default role
	Grant Grant
}

// Reasons returns the grants that led to the decision, one an access; none
// when it denies.
func (d Decision) Reasons() []Reason { return d.reasons }

// RolesGranting returns the roles of the decision's profile that would allow
// it, for a message to someone denied. A user who holds no role in the
// organisation gets none: what roles it has is not theirs to know.
func (d Decision) RolesGranting() []RoleID {
	if d.policy == nil || !d.policy.isMember(d.Identity.User) {
		return nil
	}
	return d.policy.rolesGranting(d.Identity.Profile, d.Permission)
}
