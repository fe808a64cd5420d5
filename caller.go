package rolekit

import (
	"context"
	"math"
)

// Caller is an identity whose rights were looked up: each question after that is
// little more than a bit test. A request that asks several times should hold one;
// package middleware does. It answers as [Kit.Can] does at the moment that it is
// asked: a change since, whoever made it, is looked up again.
//
// It is safe for concurrent use. Its zero value denies everything.
type Caller struct {
	standing

	kit  *Kit
	who  Identity
	node *node // where the standing comes from; nil where it must be found out each time
}

// Caller returns the identity as one that can be asked about often. It never
// fails: what is wrong with the identity each question tells.
func (k *Kit) Caller(who Identity) Caller {
	c := Caller{kit: k, who: who}
	c.node = k.stand(&who, &c.standing)
	return c
}

// Identity returns who it is.
func (c *Caller) Identity() Identity { return c.who }

// Can is [Kit.Can] for the caller.
func (c *Caller) Can(ctx context.Context, want Permission, resource Resource) (Decision, error) {
	if c.kit == nil {
		d := Decision{Permission: want}
		return d, undecided(&d, errorf(CodeUnauthenticated, "nobody asks for %q", want).hint("take a Caller from a Kit"))
	}
	d := Decision{Identity: c.who, Permission: want}
	if resource == nil && c.node != nil && c.node.snap.Load() == c.snap && c.kit.fresh() {
		c.kit.memory.shelf.touch(c.node)
		if number := c.kit.catalog.number(want); number >= 0 && c.answer(c.kit, number, &d) {
			return d, nil
		}
	}
	err := c.kit.decide(ctx, &d, resource)
	return d, err
}

// Ensure is [Kit.Ensure] for the caller.
func (c *Caller) Ensure(ctx context.Context, want Permission, resource Resource) (Decision, error) {
	return ensured(c.Can(ctx, want, resource))
}

// standing is what somebody has in an organisation, in the common case: few rights
// that no time changes, as one profile.
type standing struct {
	snap    *snapshot
	held    [4]*rights
	count   int
	profile int
}

// stand looks up the standing of an identity, and returns the organisation's place
// in memory; nil where the case is not the common one. It calls nothing of the
// application's, and neither locks nor allocates.
func (k *Kit) stand(who *Identity, s *standing) *node {
	n, snap := k.memory.ready(who.Org)
	if snap == nil {
		return nil
	}
	s.snap, s.profile = snap, -1
	if who.Profile != "" {
		if s.profile = k.catalog.profileNumber(who.Profile); s.profile < 0 {
			return nil
		}
	}
	if !s.add(snap.ready(who.User)) {
		return nil
	}
	if snap.above != nil {
		for i := range *snap.above {
			if !s.add((*snap.above)[i].ready(who.User)) {
				return nil
			}
		}
	}
	if s.count == 0 {
		return nil
	}
	return n
}

// ready returns the rights that a level gives the user at any moment; nil for
// none. It is not ok where they are not compiled yet, or change with time.
func (v *level) ready(user UserID) (r *rights, ok bool) {
	at, there := v.users.Get(user)
	if !there {
		return nil, true
	}
	r = v.slots[at].Load()
	return r, r != nil && r.Timeless()
}

// quick completes a decision in the most common case, a standing in an organisation
// at the root: it is stand and answer in one.
func (k *Kit) quick(d *Decision) bool {
	number, known := k.catalog.numbers.Number(string(d.Permission))
	_, snap := k.memory.ready(d.Identity.Org)
	if !known || snap == nil || snap.above != nil {
		return false
	}
	at, ok := snap.users.Get(d.Identity.User)
	if !ok {
		return false
	}
	r := snap.slots[at].Load()
	if r == nil || !r.Timeless() {
		return false
	}
	profile, ok := r.Only()
	if !ok || d.Identity.Profile != "" && d.Identity.Profile != k.catalog.profiles[profile].ID {
		return false
	}
	p := r.First()
	if p.Any.Has(number) {
		d.Allowed, d.Access = true, anyAccess
	} else if len(p.Limited()) > 0 {
		return false
	}
	d.kit, d.policy, d.Revision = k, snap.policy, snap.revision
	d.Identity.Profile = k.catalog.profiles[profile].ID
	return true
}

// add takes in what a level gives, and reports whether the case is still the
// common one.
func (s *standing) add(r *rights, ok bool) bool {
	if r == nil || !ok {
		return ok
	}
	only, ok := r.Only()
	switch {
	case !ok, s.count == len(s.held):
		return false
	case s.profile < 0:
		s.profile = only
	case s.profile != only:
		return false
	}
	s.held[s.count] = r
	s.count++
	return true
}

// answer completes a decision, where that does not depend on how far something
// reaches.
func (s *standing) answer(k *Kit, number int, d *Decision) bool {
	for _, r := range s.held[:s.count] {
		p := r.First()
		if p.Any.Has(number) {
			d.Allowed, d.Access = true, anyAccess
			break
		}
		if len(p.Limited()) > 0 {
			return false
		}
	}
	d.kit, d.policy, d.Revision = k, s.snap.policy, s.snap.revision
	d.Identity.Profile = k.catalog.profiles[s.profile].ID
	return true
}

// fresh reports whether there is no limit to the age of the policies, or the last
// reading of the store told that it is not reached for long.
func (k *Kit) fresh() bool { return k.trust.until.Load() == math.MaxInt64 }
