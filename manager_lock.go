package rolekit

import "slices"

// A change reads what it decides by: the organisation's own rules, its
// ancestors' and the default roles' (who may do this? what do names stand for?),
// and those of the organisations below (who would be left to manage there?).
// All of it must stay as it was read until the change commits, whatever others
// change at the same time in other processes. So that each change locks few rows,
// and always from the root downward, which keeps two of them from waiting for
// each other:
//
//   - a change of one organisation shares the default roles and its ancestors,
//     and locks itself. One above or below it then waits, one beside it does not;
//   - a change of the default roles, or of the tree's shape other than by a new
//     leaf, locks the default roles, and so waits for every other change.

// hold takes the locks for a change of the organisation.
func (c *change) hold() error {
	line, err := c.shareAncestors(c.org)
	if err != nil {
		return err
	}
	return c.tx.Lock(c.ctx, line[0])
}

// share keeps an organisation as it is, with its ancestors and the default roles.
func (c *change) share(org OrgID) error {
	line, err := c.shareAncestors(org)
	if err != nil {
		return err
	}
	return c.tx.Share(c.ctx, line[0])
}

// holdNew takes the locks for an organisation that is not there yet: its parent,
// or where the authority to have none comes from, stays as it is.
func (c *change) holdNew(parent OrgID) error {
	switch {
	case parent != "":
		return c.share(parent)
	case c.kit.config.Operators != "" && !c.actor.isSystem():
		return c.share(c.kit.config.Operators)
	default:
		return c.tx.Share(c.ctx, AllOrgs)
	}
}

// shareAncestors returns the organisation and its ancestors, upward. While the
// default roles are shared, nobody moves or deletes anything, so the line is what
// it is.
func (c *change) shareAncestors(org OrgID) ([]OrgID, error) {
	if err := c.tx.Share(c.ctx, AllOrgs); err != nil {
		return nil, err
	}
	line, err := c.line(org)
	if err != nil || len(line) == 1 {
		return line, err
	}
	above := slices.Clone(line[1:])
	slices.Reverse(above)
	return line, c.tx.Share(c.ctx, above...)
}

// line returns the ids of the organisation and its ancestors, upward.
func (c *change) line(org OrgID) ([]OrgID, error) {
	orgs, err := c.tx.Line(c.ctx, org)
	if err == nil && len(orgs) == 0 {
		err = orgNotFound(org)
	}
	if err != nil {
		return nil, err
	}
	ids := make([]OrgID, len(orgs))
	for i, o := range orgs {
		ids[i] = o.ID
	}
	return ids, nil
}

// holdAll keeps every other change out.
func (c *change) holdAll() error { return c.tx.Lock(c.ctx, AllOrgs) }
