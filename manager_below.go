package rolekit

import (
	"errors"
)

// A change of one organisation is felt in those below it, and one of the
// default roles in all. What they hold is asked of the store, not of memory:
// another process may have made an organisation that this one has not heard of.

// below returns the ids of the organisations that feel the change, sorted.
func (c *change) below() ([]OrgID, error) {
	all, err := c.tx.Orgs(c.ctx)
	if err != nil {
		return nil, err
	}
	parents := make(map[OrgID]OrgID, len(all))
	for _, o := range all {
		parents[o.ID] = o.Parent
	}
	var ids []OrgID
	for _, o := range all {
		at := o.Parent
		for range MaxOrgDepth { // a bound, should the stored parents go in a circle
			if at == c.org {
				break
			}
			at = parents[at]
		}
		if c.org == AllOrgs || (at == c.org && o.ID != c.org) {
			ids = append(ids, o.ID)
		}
	}
	return ids, nil
}

// eachBelow calls fn for each organisation that feels the change and can be
// read. In one that cannot, nothing is decided anyway.
func (c *change) eachBelow(fn func(*layer) error) error {
	ids, err := c.below()
	if err != nil {
		return err
	}
	for _, id := range ids {
		l, err := c.upper(id)
		if unreadable(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(l); err != nil {
			return err
		}
	}
	return nil
}

func unreadable(err error) bool {
	return errors.Is(err, ErrBrokenPolicy) || errors.Is(err, ErrOrgNotFound)
}

// definedBelow returns which of the roles an organisation below defines, and
// that organisation; nothing where none does.
func (c *change) definedBelow(roles ...RoleID) (role RoleID, org OrgID, err error) {
	err = c.eachBelow(func(l *layer) error {
		for _, id := range roles {
			if l.roles[id] != nil {
				role, org = id, l.id()
			}
		}
		return nil
	})
	return role, org, err
}

// keepHolders refuses a change after which nobody could give rights any more,
// here or in an organisation below. own is the changed layer as it will be.
func (c *change) keepHolders(own *layer) error {
	if c.org != AllOrgs {
		after, err := c.effective(own)
		if err != nil {
			return err
		}
		lost, left := lostHolders(c.before, after)
		if lost != "" {
			return lastHolder(c.org, lost)
		}
		if left { // whoever holds them here holds them below too
			return nil
		}
	}
	return c.eachBelow(func(l *layer) error {
		p, err := c.effective(l)
		if unreadable(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if lost, _ := lostHolders(p.with(c.before.layers[0]), p.with(own)); lost != "" {
			return lastHolder(l.id(), lost)
		}
		return nil
	})
}

// lostHolders returns a protected permission that someone holds before and
// nobody after, if there is one, and whether each has a holder after.
func lostHolders(before, after *policy) (lost Permission, left bool) {
	left = true
	for _, p := range protectedPermissions() {
		if len(after.holders(p, 1)) > 0 {
			continue
		}
		left = false
		if len(before.holders(p, 1)) > 0 {
			return p, false
		}
	}
	return "", left
}

func lastHolder(org OrgID, p Permission) error {
	return errorf(CodeLastHolder, "nobody in %q would hold %s any more", org, p).hint("give it to someone else first")
}
