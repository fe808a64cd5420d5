package rolekit

import (
	"context"
	"errors"
	"slices"
)

// Together is Next for an organisation and some below it, in one transaction that holds
// all of them. What others would feel is refused by what all of them have afterwards,
// where Next looks at one after the other: so names can move between them, and managers
// too. The first is above all others, and each comes behind those above it. With an
// error come as many as are before the one that it is about; nothing was restored.
func (r *Restoration) Together(ctx context.Context, all []Contents) (out []Restored, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	wanted := make([]Contents, len(all))
	for i, c := range all {
		if wanted[i], err = r.prepared(c); err != nil {
			return make([]Restored, i), err
		}
	}
	if err = r.known(ctx, wanted...); err != nil {
		return nil, err
	}
	if r.apply {
		out, err = r.makeTogether(ctx, wanted)
	} else {
		err = r.rehearse(ctx, wanted[0], func(c *change, there bool) (err error) {
			out, _, err = c.restoreTogether(wanted, there, r.since)
			return err
		})
	}
	if err != nil {
		return out, unavailable("the organisations were not restored", err)
	}
	return out, nil
}

func (r *Restoration) makeTogether(ctx context.Context, wanted []Contents) (out []Restored, err error) {
	var done []*layer
	defer r.m.publishing()()
	err = r.m.attempt(ctx, wanted[0].ID, func(c *change) error {
		there, err := c.holdThere(wanted[0].Parent)
		if err != nil {
			return err
		}
		out, done, err = c.restoreTogether(wanted, there, r.since)
		return err
	})
	if err == nil {
		r.m.take(done...)
	}
	return out, err
}

// restoreTogether makes the organisation and those below it what is wanted. It returns
// those that it came to, and the layers that are others now.
func (c *change) restoreTogether(wanted []Contents, there bool, since map[Permission]Revision) (out []Restored, done []*layer, err error) {
	first, err := c.restoring(wanted[0], there)
	if err != nil {
		return nil, nil, err
	}
	first.since = since
	nothing := func() error { return nil } // that is asked when all is done
	if err := first.run(nothing); err != nil {
		return nil, nil, err
	}
	own, err := c.settle()
	switch {
	case errors.Is(err, errNothing):
		own = c.own
	case err != nil:
		return nil, nil, err
	default:
		done = append(done, own)
	}
	c.others[c.org] = own
	parts := []*restoring{first}
	for i := range wanted[1:] {
		part, err := c.restoreBelow(&wanted[i+1], since, nothing)
		if err != nil {
			return results(parts), nil, err
		}
		parts = append(parts, part)
	}
	for i, part := range parts {
		if err := part.checkOthers(); err != nil {
			return results(parts[:i]), nil, err
		}
	}
	if there {
		err = c.keepHolders(own)
	}
	if err != nil {
		return nil, nil, err
	}
	return results(parts), append(done, c.further...), nil
}

// restoreBelow makes an organisation below what is wanted.
func (c *change) restoreBelow(want *Contents, since map[Permission]Revision, others func() error) (*restoring, error) {
	there, err := c.isThere(want.ID)
	if err != nil {
		return nil, err
	}
	l := want.newLayer(c.now)
	if there {
		if l, err = c.kit.load(c.ctx, c.tx, c.began, want.ID); err != nil {
			return nil, err
		}
	}
	part, err := c.in(l)
	if err != nil {
		return nil, err
	}
	if !there {
		part.own = nil
	}
	r := &restoring{c: part, want: want, since: since, was: l, out: Restored{Org: want.ID, Created: !there}}
	if err := r.run(others); err != nil {
		return nil, err
	}
	return r, c.took(part)
}

func results(parts []*restoring) []Restored {
	all := make([]Restored, len(parts))
	for i, p := range parts {
		all[i] = p.out
	}
	return slices.Clip(all)
}
