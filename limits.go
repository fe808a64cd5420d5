package rolekit

import (
	"cmp"
	"slices"
)

// Limits bound what an organisation may hold by itself, so that no admin can make it
// larger than its pages, and the memory of every replica, are meant for. A change
// that would exceed one fails with the limit's own code; what is there already,
// where a limit was lowered, stays and may shrink. The system is not bound.
//
// In each field 0 means the default, and less than 0 that there is no limit.
type Limits struct {
	Assignments int // roles and groups that one user is given, or one group. Default: 200
	Groups      int // Default: 1,000
	Keys        int // service keys, ended ones included until they are revoked. Default: 200
	Members     int // who belong to it, or were given anything. Default: 100,000
	Resources   int // in one resource set. Default: 100,000
	Roles       int // custom ones. Default: 1,000
	Sets        int // of resources. Default: 1,000
}

// withDefaults returns the limits with 0 nowhere.
func (l Limits) withDefaults() Limits {
	return Limits{
		Assignments: cmp.Or(l.Assignments, 200),
		Groups:      cmp.Or(l.Groups, 1_000),
		Keys:        cmp.Or(l.Keys, 200),
		Members:     cmp.Or(l.Members, 100_000),
		Resources:   cmp.Or(l.Resources, 100_000),
		Roles:       cmp.Or(l.Roles, 1_000),
		Sets:        cmp.Or(l.Sets, 1_000),
	}
}

// size is how many of something there are, were, and may be.
type size struct {
	code          Code
	what          string
	was, is, most int
}

// keep refuses what has grown beyond its limit.
func (s size) keep(org OrgID) error {
	if s.most < 0 || s.is <= s.most || s.is <= s.was {
		return nil
	}
	return errorf(s.code, "organisation %q would have %d %s; at most %d are allowed", org, s.is, s.what, s.most).
		hint("remove some first, or ask the operator for a higher limit")
}

// keepLimits refuses a change after which there is more of something than may be.
// It looks at the outcome, so that it does not matter which way that came about, and
// holds the organisation's lock, so that two at once cannot both be the last.
func (c *change) keepLimits(was, is *layer, edits *builder) error {
	if c.actor.isSystem() {
		return nil
	}
	most := c.kit.config.Limits
	sizes := []size{
		{CodeTooManyRoles, "roles", len(was.roles), len(is.roles), most.Roles},
		{CodeTooManyGroups, "groups", len(was.groups), len(is.groups), most.Groups},
		{CodeTooManySets, "resource sets", len(was.sets), len(is.sets), most.Sets},
		{CodeTooManyKeys, "service keys", len(was.keys), len(is.keys), most.Keys},
		{CodeTooManyMembers, "members", was.users.Len(), is.users.Len(), most.Members},
	}
	for set := range edits.inSet {
		sizes = append(sizes, size{
			CodeTooManyResources, "resources in set " + quoteShort(string(set)), was.inSet[set].Len(), is.inSet[set].Len(), most.Resources,
		})
	}
	for who := range edits.bonds {
		sizes = append(sizes, size{
			CodeTooManyAssignments, "roles and groups of " + quoteShort(who.String()),
			assignments(was.bonds(who)), assignments(is.bonds(who)), most.Assignments,
		})
	}
	// What one change does too much of is told in the same order each time.
	slices.SortStableFunc(sizes, func(a, b size) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.what, b.what)) })
	for _, s := range sizes {
		if err := s.keep(is.id()); err != nil {
			return err
		}
	}
	return nil
}

// assignments counts the roles and groups among links; membership is none.
func assignments(bonds []bond) (n int) {
	for _, b := range bonds {
		if b.to.kind != kindOrg {
			n++
		}
	}
	return n
}
