package main

import "sync/atomic"

// floor is what a check costs when nothing but the check is there: a snapshot of
// maps and bits, written by hand for just this data. It knows no tree, no groups,
// no profiles, no access, no time, no revision, and no reasons.
type floor struct {
	current atomic.Pointer[floorSnapshot]
}

// floorSnapshot is immutable: whoever changes something makes a new one.
type floorSnapshot struct {
	orgs map[string]*floorOrg
}

// floorOrg is one organisation. Users with the same roles have the same number,
// which is where their permissions are.
type floorOrg struct {
	users map[string]uint16
	held  []uint64 // the permissions of each combination of roles
}

// can is the check.
func (f *floor) can(org, user string, permission uint8) bool {
	o := f.current.Load().orgs[org]
	if o == nil {
		return false
	}
	combination, ok := o.users[user]
	return ok && o.held[combination]>>(permission&63)&1 != 0
}

// newFloor takes in a world.
func newFloor(w *world) *floor {
	s := &floorSnapshot{orgs: make(map[string]*floorOrg, w.orgs)}
	var common combinations // of all organisations, where they share their roles
	for i := range w.orgs {
		o := w.org(i)
		c := &common
		if !w.shared {
			c = &combinations{}
		}
		to := &floorOrg{users: make(map[string]uint16, len(o.members))}
		for _, m := range o.members {
			to.users[m.user] = c.of(&o, m.roles)
		}
		to.held = c.held
		s.orgs[o.id] = to
	}
	if w.shared {
		for _, o := range s.orgs {
			o.held = common.held // it has grown since
		}
	}
	f := &floor{}
	f.current.Store(s)
	return f
}

// combinations are sets of roles, each once.
type combinations struct {
	numbers map[mask]uint16
	held    []uint64
}

func (c *combinations) of(o *org, roles mask) uint16 {
	number, ok := c.numbers[roles]
	if !ok {
		if c.numbers == nil {
			c.numbers = map[mask]uint16{}
		}
		number = uint16(len(c.held)) //nolint:gosec // ten roles combine in a thousand ways
		c.numbers[roles] = number
		c.held = append(c.held, uint64(o.held(roles)))
	}
	return number
}
