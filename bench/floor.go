package main

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

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
	combo []mask   // and what it is a combination of
	roles *[roleCount]mask
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
		c, roles := &common, &w.defaults
		if !w.shared {
			c, roles = &combinations{}, new(o.roles)
		}
		to := &floorOrg{users: make(map[string]uint16, len(o.members)), roles: roles}
		for _, m := range o.members {
			to.users[m.user] = c.of(&o, m.roles)
		}
		to.held, to.combo = c.held, c.combo
		s.orgs[o.id] = to
	}
	if w.shared {
		for _, o := range s.orgs {
			o.held, o.combo = common.held, common.combo // they have grown since
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
	combo   []mask
}

func (c *combinations) of(o *org, roles mask) uint16 {
	number, ok := c.numbers[roles]
	if !ok {
		if c.numbers == nil {
			c.numbers = map[mask]uint16{}
		}
		number = uint16(len(c.held)) //nolint:gosec // ten roles combine in a thousand ways
		c.numbers[roles] = number
		c.held, c.combo = append(c.held, uint64(held(&o.roles, roles))), append(c.combo, roles)
	}
	return number
}

// edit gives a user other roles: it copies the organisation's users and the list of
// organisations, and swaps the whole.
func (f *floor) edit(org, user string, change func(roles mask) mask) error {
	before := f.current.Load()
	o := before.orgs[org]
	if o == nil {
		return fmt.Errorf("there is no organisation %s", org)
	}
	var roles mask
	if at, ok := o.users[user]; ok {
		roles = o.combo[at]
	}
	roles = change(roles)
	edited := *o
	at := slices.Index(o.combo, roles)
	if at < 0 {
		at = len(o.combo)
		edited.combo = append(slices.Clip(o.combo), roles)
		edited.held = append(slices.Clip(o.held), uint64(held(o.roles, roles)))
	}
	edited.users = maps.Clone(o.users)
	edited.users[user] = uint16(at) //nolint:gosec // ten roles combine in a thousand ways
	after := &floorSnapshot{orgs: maps.Clone(before.orgs)}
	after.orgs[org] = &edited
	f.current.Store(after)
	return nil
}
