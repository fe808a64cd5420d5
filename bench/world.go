package main

import (
	"iter"
	"math/bits"
	"math/rand/v2"
)

// The shape that every size shares.
const (
	roleCount       = 10
	permissionCount = 60 // of the application: four actions on each of 15 objects
	fewestGrants    = 6  // permissions a role, at least
	mostGrants      = 30
	mostRoles       = 3  // roles a user has in an organisation, at most
	guestShare      = 20 // one user in so many belongs to a second organisation
	seed            = 5
)

// size is how much there is.
type size struct {
	name        string
	orgs, users int // users an organisation, guests apart
}

func sizes() []size {
	return []size{{"S", 10, 20}, {"M", 100, 100}, {"L", 1000, 100}, {"XL", 10000, 100}}
}

// guests is how many users of an organisation have their home in another.
func (s size) guests() int { return max(1, s.users/guestShare) }

// mask is a set of the numbers of roles or of permissions.
type mask uint64

func (m mask) len() int { return bits.OnesCount64(uint64(m)) }

// each yields the numbers in the set.
func (m mask) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		for ; m != 0; m &= m - 1 {
			if !yield(bits.TrailingZeros64(uint64(m))) {
				return
			}
		}
	}
}

// world is all that subjects are given, made anew whenever it is asked for, so that
// nothing of it stays in memory but what a subject keeps. It is immutable.
type world struct {
	size

	shared   bool            // all organisations have the same roles
	defaults [roleCount]mask // those, where shared
	words    *words
}

// org is what the world says of one organisation.
type org struct {
	id      string
	roles   [roleCount]mask // the permissions of each; of the defaults, where shared
	members []member
}

// member is a user and the roles that they have in an organisation.
type member struct {
	user  string
	roles mask
}

// String names the world by its size and its roles.
func (w *world) String() string { return w.name + ", " + w.roles() }

func (w *world) roles() string {
	if w.shared {
		return "default roles"
	}
	return "custom roles"
}

func newWorld(s size, shared bool) *world {
	w := &world{size: s, shared: shared, words: newWords()}
	if shared {
		w.defaults = drawRoles(random(s.orgs))
	}
	return w
}

// random returns the random numbers of one organisation.
func random(org int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(org))) //nolint:gosec // the same numbers every time
}

func drawRoles(r *rand.Rand) (roles [roleCount]mask) {
	for i := range roles {
		for n := fewestGrants + r.IntN(mostGrants-fewestGrants+1); roles[i].len() < n; {
			roles[i] |= 1 << r.IntN(permissionCount)
		}
	}
	return roles
}

// org returns an organisation. Its strings are shared with nobody.
func (w *world) org(number int) org {
	r := random(number)
	o := org{id: orgName(number), roles: w.defaults, members: make([]member, 0, w.users+w.guests())}
	if !w.shared {
		o.roles = drawRoles(r)
	}
	add := func(user string) {
		m := member{user: user}
		for n := 1 + r.IntN(mostRoles); m.roles.len() < n; {
			m.roles |= 1 << r.IntN(roleCount)
		}
		o.members = append(o.members, m)
	}
	for i := range w.users {
		add(userName(number*w.users + i))
	}
	for i := range w.guests() {
		add(userName((number+1)%w.orgs*w.users + i))
	}
	o.members[0].roles |= 1 << adminRole
	return o
}

// held returns the permissions of some of an organisation's roles together.
func held(roles *[roleCount]mask, some mask) (permissions mask) {
	for role := range some.each() {
		permissions |= roles[role]
	}
	return permissions
}

// count returns how many members there are, each counted in every organisation of
// theirs, and how many roles they have there together.
func (w *world) count() (members, assignments int) {
	for i := range w.orgs {
		o := w.org(i)
		members += len(o.members)
		for _, m := range o.members {
			assignments += m.roles.len()
		}
	}
	return members, assignments
}

// adminRole is the role that also may give roles: nobody runs an organisation in
// which none does.
const adminRole = 0
