package rolekit

import (
	"errors"
	"slices"
)

// A change of one organisation is felt in those below it, and one of the
// default roles in all. What they hold is asked of the store, not of memory:
// another process may have made an organisation that this one has not heard of.

// below returns the ids of the organisations that feel the change, sorted.
func (c *change) below() ([]OrgID, error) {
	orgs, err := c.tx.Below(c.ctx, c.org)
	if err != nil {
		return nil, err
	}
	ids := make([]OrgID, len(orgs))
	for i, o := range orgs {
		ids[i] = o.ID
	}
	return ids, nil
}

// eachBelow calls fn for each organisation that feels the change and can be
// read. In one that cannot, nothing is decided anyway.
func (c *change) eachBelow(fn func(*layer) error) error {
	_, err := c.eachBelowBut(fn)
	return err
}

// eachBelowBut is eachBelow, and returns the organisations that cannot be read.
func (c *change) eachBelowBut(fn func(*layer) error) (unread []OrgID, err error) {
	ids, err := c.below()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if err := c.readOthers(ids); err != nil {
		return nil, err
	}
	for _, id := range ids {
		l, err := c.current(id)
		if unreadable(err) {
			unread = append(unread, id)
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := fn(l); err != nil {
			return nil, err
		}
	}
	return unread, nil
}

// eachPolicyBelow calls fn with the effective policy of each organisation that
// feels the change, as what is stored by now makes it.
func (c *change) eachPolicyBelow(fn func(*policy) error) error {
	_, err := c.eachPolicyBelowBut(fn)
	return err
}

// eachPolicyBelowBut is eachPolicyBelow, and returns the organisations that have no
// effective policy, as they or one above them cannot be read, sorted.
func (c *change) eachPolicyBelowBut(fn func(*policy) error) ([]OrgID, error) {
	var without []OrgID
	unread, err := c.eachBelowBut(func(l *layer) error {
		p, err := c.effective(l)
		if unreadable(err) {
			without = append(without, l.id())
			return nil
		}
		if err != nil {
			return err
		}
		return fn(p)
	})
	without = append(without, unread...)
	slices.Sort(without)
	return without, err
}

// eachRecordBelow is eachBelow for what is stored, understood or not, in any
// order.
func (c *change) eachRecordBelow(fn func(Layer) error) error {
	ids, err := c.below()
	if err != nil {
		return err
	}
	for record, err := range c.tx.Layers(c.ctx, ids) {
		if unreadable(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(record); err != nil {
			return err
		}
	}
	return nil
}

func unreadable(err error) bool {
	return errors.Is(err, ErrBrokenPolicy) || errors.Is(err, ErrOrgNotFound)
}

// free refuses an id that an organisation below uses for another thing of the
// kind: there, the one would stand in for the other.
func (c *change) free(what, id string, has func(*layer) bool) error {
	return c.eachBelow(func(l *layer) error {
		if !has(l) {
			return nil
		}
		return errorf(CodeExists, "organisation %q, which is part of this one, has a %s %q already", l.id(), what, id).
			hint("choose another id")
	})
}

// keepHolders refuses a change after which nobody could give rights any more,
// here or in an organisation below. own is the changed layer as it will be.
func (c *change) keepHolders(own *layer) error {
	c.others[c.org] = own // nothing changes it any more
	if c.org != AllOrgs {
		after, err := c.effective(own)
		if err != nil {
			return err
		}
		lost, left := c.lostHolders(c.before, after)
		if lost != "" {
			return lastHolder(lost, c.org)
		}
		if left { // whoever holds them here holds them below too
			return nil
		}
	}
	if c.org == AllOrgs && len(c.further) == 0 && c.givesAsMuch(own) { // then nobody anywhere holds less
		return nil
	}
	return c.eachPolicyBelow(func(p *policy) error {
		before, err := c.asBefore(p)
		if err != nil {
			return err
		}
		if lost, _ := c.lostHolders(before, p); lost != "" {
			return lastHolder(lost, p.org())
		}
		return nil
	})
}

// givesAsMuch reports whether each default role gives what it gave of the protected
// permissions, to whoever may do it to everything. What grants add up to is then not
// less in any organisation, by whatever way one holds the role.
func (c *change) givesAsMuch(defaults *layer) bool {
	after := newPolicy(c.kit.catalog, []*layer{defaults})
	for id, r := range c.before.layers[0].roles {
		now := defaults.roles[id]
		for _, want := range protectedPermissions() {
			if c.before.covered(c.before.gives(roleSubject(id)), Grant{want, AccessAny}) &&
				(now == nil || now.Profile != r.Profile || !after.covered(after.gives(roleSubject(id)), Grant{want, AccessAny})) {
				return false
			}
		}
	}
	return true
}

// asBefore returns the policy of an organisation below as it was before the
// change: its own line down to the changed organisation, and from there on what
// that one had.
func (c *change) asBefore(p *policy) (*policy, error) {
	if c.org == AllOrgs {
		line := c.asTheyWere(p.layers[:len(p.layers)-1])
		return newPolicy(c.before.catalog, append(line, c.before.layers...)), nil
	}
	for i, l := range p.layers {
		if l.id() == c.org {
			return newPolicy(p.catalog, append(c.asTheyWere(p.layers[:i]), c.before.layers...)), nil
		}
	}
	return nil, errorf(CodeUnavailable, "organisation %q is not below %q", p.org(), c.org)
}

// asTheyWere returns layers of organisations below as they were before the change.
func (c *change) asTheyWere(layers []*layer) []*layer {
	layers = slices.Clone(layers)
	for i, l := range layers {
		if was := c.were[l.id()]; was != nil {
			layers[i] = was
		}
	}
	return layers
}

// in returns the change of an organisation below that goes with this one. Nobody
// else can change it meanwhile: they would have to share this one's lock.
func (c *change) in(l *layer) (part *change, err error) {
	part = c.part(l)
	part.before, err = c.effective(l)
	return part, err
}

// part is in for what looks at the organisation's own layer alone: what is above it
// need not be readable.
func (c *change) part(l *layer) *change {
	c.only.read(l)
	return &change{
		ctx: c.ctx, tx: &recorder{Writer: c.tx.Writer}, kit: c.kit, actor: c.actor, org: l.id(), now: c.now,
		own: l, began: c.began, others: c.others, only: c.only,
	}
}

// took takes in a change of an organisation below, if it has changed anything.
func (c *change) took(part *change) error {
	after, err := part.settle()
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.were == nil {
		c.were = map[OrgID]*layer{}
	}
	c.were[part.org], c.others[part.org] = part.own, after
	c.further = append(c.further, after)
	return nil
}

// lostHolders returns a protected permission that someone holds before and
// nobody after, if there is one, and whether each has a holder after.
func (c *change) lostHolders(before, after *policy) (lost Permission, left bool) {
	left = true
	for _, p := range protectedPermissions() {
		if after.hasHolder(p, c.now) {
			continue
		}
		left = false
		if before.hasHolder(p, c.now) {
			return p, false
		}
	}
	return "", left
}

func lastHolder(p Permission, orgs ...OrgID) *Error {
	return errorf(CodeLastHolder, "nobody in %s would hold %s any more, without end", some(quoted(orgs)), p).hint("give it to someone else first")
}
