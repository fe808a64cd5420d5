package rolekit

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Restoration makes organisations what contents say, one after the other, or finds
// out what would have to be done. It is used by one goroutine.
type Restoration struct {
	m     *Manager
	apply bool

	line     []*layer                // that the last organisation is part of, from the top, as they would be
	defaults *layer                  // as they would be; nil where they are as stored
	since    map[Permission]Revision // see known; nil before
}

// Restored is what becomes, or would become, of an organisation.
type Restored struct {
	Org     OrgID // AllOrgs for what all share
	Created bool
	// Changes are sorted by what they are about; none where the organisation is as
	// the contents say.
	Changes []RestoreChange
	// Notes are what of the contents was not restored, or means nothing so far.
	Notes []RestoreNote
}

// RestoreChange is one thing that comes (+), goes (-) or becomes another (~).
type RestoreChange struct {
	Sign byte
	What string // "role clerk", "user ada"
	How  string // in words; may be empty
}

// Restoration returns one that makes changes; or, unless apply is set, one that
// changes nothing, and tells of each what it would be. Only the system may.
func (m *Manager) Restoration(apply bool) (*Restoration, error) {
	if !m.actor.isSystem() {
		return nil, m.systemOnly("restore policies")
	}
	if m.tx != nil {
		return nil, errorf(CodeInvalid, "a restoration has transactions of its own")
	}
	return &Restoration{m: m, apply: apply}, nil
}

// Next makes one organisation what the contents say, in one transaction: it is
// created where it is not there, and has afterwards what they have and nothing else.
// Its service keys, and what they hold, stay. No other organisation is changed: where
// one below uses a role, group or set that would go, that is ErrInUse; see Together. Organisations
// come behind those above them; one that is there is not moved. For AllOrgs, default
// roles and baselines become what the contents say, and further default roles stay; and
// so does the catalog that was applied last, where there is one.
//
// Where Contents.RulesOnly is set, an organisation that is there keeps what is not
// said by rules: its parent, labels and descriptions, who acts as what, and the
// roles, groups and sets of which the contents say nothing and nothing is said.
//
// What the catalog does not have, and the organisation has not either, is refused. Where
// Contents.LeaveUnknown is set, grants are left out, and what is of a profile that the
// catalog does not have is taken as it is: it gives nothing until there is that profile.
//
// Everything that the Manager would refuse is refused, all or nothing: errors that
// are about parts of the contents have them as Parts, whose At is a path such as
// roles/clerk/grants/2. ErrLastHolder comes where nobody would be left who can manage
// roles, or members.
func (r *Restoration) Next(ctx context.Context, c Contents) (out Restored, err error) {
	if c, err = r.prepared(c); err != nil {
		return Restored{}, err
	}
	if err = r.known(ctx, c); err != nil {
		return Restored{}, err
	}
	switch {
	case c.ID == AllOrgs:
		out, err = r.shared(ctx, c)
	case r.apply:
		out, err = r.make(ctx, c)
	default:
		out, err = r.plan(ctx, c)
	}
	if err != nil {
		return Restored{}, unavailable("the organisation was not restored", err)
	}
	return out, nil
}

// prepared returns contents in their one form, once they were checked by themselves.
func (r *Restoration) prepared(c Contents) (Contents, error) {
	if !c.RulesOnly { // else it is the one that the role has, if it is there
		c = r.m.kit.withProfiles(c)
	}
	c = c.normal()
	return c, c.check()
}

// make restores an organisation.
func (r *Restoration) make(ctx context.Context, want Contents) (out Restored, err error) {
	var done *layer
	err = r.m.attempt(ctx, want.ID, func(c *change) error {
		there, err := c.holdThere(want.Parent)
		if err != nil {
			return err
		}
		out, done, err = c.restore(want, there, r.since)
		return err
	})
	if errors.Is(err, errNothing) {
		return out, nil
	}
	if err != nil {
		return Restored{}, err
	}
	r.m.publish(done)
	return out, nil
}

// plan is make in a transaction that nobody sees, on what is stored and what was
// planned for those above.
func (r *Restoration) plan(ctx context.Context, want Contents) (out Restored, err error) {
	err = r.rehearse(ctx, want, func(c *change, there bool) error {
		var (
			done *layer
			err  error
		)
		out, done, err = c.restore(want, there, r.since)
		if errors.Is(err, errNothing) {
			done, err = c.own, nil
		}
		if err == nil {
			r.line = append(r.line, done)
		}
		return err
	})
	return out, err
}

// rehearse runs a change of an organisation in a transaction that nobody sees.
func (r *Restoration) rehearse(ctx context.Context, want Contents, fn func(c *change, there bool) error) error {
	for len(r.line) > 0 && r.line[len(r.line)-1].id() != want.Parent {
		r.line = r.line[:len(r.line)-1]
	}
	return r.m.kit.store.View(ctx, func(stored Reader) error {
		c := r.m.newChange(ctx, staging{stored, &stage{orgs: map[OrgID]*stagedOrg{}}}, want.ID)
		c.anew = true
		for _, l := range r.line {
			c.others[l.id()] = l
		}
		if r.defaults != nil {
			c.others[AllOrgs] = r.defaults
		}
		there, err := c.isThere(want.ID)
		if err != nil {
			return err
		}
		return fn(c, there)
	})
}

// holdThere takes the locks for an organisation that may be there, and reports whether
// it is.
func (c *change) holdThere(parent OrgID) (bool, error) {
	there, err := c.isThere(c.org)
	switch {
	case err != nil:
		return false, err
	case there:
		return true, c.hold()
	}
	return false, c.holdNew(parent)
}

// isThere reports whether an organisation exists.
func (c *change) isThere(org OrgID) (bool, error) {
	_, err := c.tx.Line(c.ctx, org)
	if errors.Is(err, ErrOrgNotFound) {
		return false, nil
	}
	return err == nil, err
}

// restore makes the organisation what is wanted, once it is held.
func (c *change) restore(want Contents, there bool, since map[Permission]Revision) (out Restored, done *layer, err error) {
	r, err := c.restoring(want, there)
	if err != nil {
		return out, nil, err
	}
	r.since = since
	if err := r.run(r.checkOthers); err != nil {
		return r.out, nil, err
	}
	if done, err = c.settle(); err != nil || !there {
		return r.out, done, err
	}
	return r.out, done, c.keepHolders(done)
}

// restoring begins to make the organisation what is wanted.
func (c *change) restoring(want Contents, there bool) (_ *restoring, err error) {
	if there {
		err = c.begin()
	} else {
		c.before, err = c.effective(want.newLayer(c.now))
	}
	if err != nil {
		return nil, err
	}
	return &restoring{c: c, want: &want, was: c.before.layers[0], out: Restored{Org: want.ID, Created: !there}}, nil
}

// newLayer is that of an organisation that is not there yet.
func (c *Contents) newLayer(now time.Time) *layer {
	return emptyLayer(Org{ID: c.ID, Label: c.Label, Parent: c.Parent, CreatedAt: now.UTC()})
}

func (r *Restored) add(sign byte, what, how string) {
	r.Changes = append(r.Changes, RestoreChange{sign, what, how})
}

// lacking returns the items that are not among others.
func lacking[T comparable](items, others []T) []T {
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool { return slices.Contains(others, item) })
}
