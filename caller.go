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
		return undecided(Identity{}, want, errorf(CodeUnauthenticated, "nobody asks for %q", want).hint("take a Caller from a Kit"))
	}
	if resource == nil && c.node != nil && c.node.snap.Load() == c.snap && c.kit.fresh() {
		c.kit.memory.shelf.touch(c.node)
		if number := c.kit.catalog.number(want); number >= 0 {
			if d, ok := c.answer(c.who.User, number); ok {
				return d, nil
			}
		}
	}
	return c.kit.decide(ctx, c.who, want, resource)
}

// Ensure is [Kit.Ensure] for the caller.
func (c *Caller) Ensure(ctx context.Context, want Permission, resource Resource) (Decision, error) {
	return ensured(c.Can(ctx, want, resource))
}

// standing is what somebody has in an organisation, in the common case: few rights
// that no time changes, as one profile.
type standing struct {
	snap    *snapshot
	held    [4]*cell
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

// ready returns what a level gives the user; nil for nothing. It is not ok where
// that is not compiled yet, changes with time, or is as several profiles.
func (v *level) ready(user UserID) (c *cell, ok bool) {
	at, there := v.users.Get(user)
	if !there {
		return nil, true
	}
	c = &v.cells[at]
	_, ok = c.Profile()
	return c, ok
}

// quick answers in the most common case, a standing in an organisation at the root
// that no time changes, as one profile: it is stand and answer in one. What it is
// asked and what it answers are few words, which never leave the processor's
// registers.
func (k *Kit) quick(org OrgID, user UserID, as ProfileID, want Permission) (snap *snapshot, about numbers, has, known bool) {
	number, known := k.catalog.numbers.Number(string(want))
	_, snap = k.memory.ready(org)
	if !known || snap == nil || snap.above != nil {
		return nil, 0, false, false
	}
	at, known := snap.users.Get(user)
	if !known {
		return nil, 0, false, false
	}
	profile, has, known := snap.cells[at].Plain(number)
	return snap, numbersOf(number, profile), has, known && (as == "" || as == k.catalog.profiles[profile].ID)
}

// add takes in what a level gives, and reports whether the case is still the
// common one.
func (s *standing) add(c *cell, ok bool) bool {
	if c == nil || !ok {
		return ok
	}
	only, _ := c.Profile()
	switch {
	case s.count == len(s.held):
		return false
	case s.profile < 0:
		s.profile = only
	case s.profile != only:
		return false
	}
	s.held[s.count] = c
	s.count++
	return true
}

// answer decides, where that does not depend on how far something reaches.
func (s *standing) answer(user UserID, number int) (Decision, bool) {
	allowed := false
	for _, c := range s.held[:s.count] {
		_, has, known := c.Plain(number)
		if !known {
			return Decision{}, false
		}
		if allowed = has; has {
			break
		}
	}
	return Decision{Allowed: allowed, numbers: numbersOf(number, s.profile), user: user, by: &s.snap.basis}, true
}

// fresh reports whether there is no limit to the age of the policies, or the last
// reading of the store told that it is not reached for long.
func (k *Kit) fresh() bool { return k.trust.until.Load() == math.MaxInt64 }
