package main

import (
	"math/bits"
	"math/rand/v2"
	"strings"
)

// question is one check, and its answer by the world itself. It is small, and its
// strings lie one after the other in the order of the questions, so that reading
// questions costs as little as it does in a request that has just been parsed.
type question struct {
	user, org  string
	permission uint8 // its number
	allowed    bool
}

// How many questions are drawn: enough that neither the caches nor the branch
// predictor know them by heart, and no more than the size has to ask about.
const (
	fewestQuestions = 1 << 13
	mostQuestions   = 1 << 18
)

// draw returns questions about members all over the organisations, half of which
// are allowed, in random order.
func (w *world) draw() []question {
	n := min(max(fewestQuestions, 4*w.orgs*w.users), mostQuestions)
	perOrg := n/w.orgs + 1
	all := make([]question, 0, perOrg*w.orgs)
	for i := range w.orgs {
		o, r := w.org(i), rand.New(rand.NewPCG(seed+1, uint64(i))) //nolint:gosec // the same numbers every time
		for range perOrg {
			m := o.members[r.IntN(len(o.members))]
			may := held(&o.roles, m.roles)
			allowed := r.IntN(2) == 0
			from := may
			if !allowed {
				from = ^may & (1<<permissionCount - 1)
			}
			if from == 0 { // somebody holds everything
				from, allowed = may, true
			}
			all = append(all, question{user: m.user, org: o.id, permission: uint8(pick(from, r)), allowed: allowed}) //nolint:gosec // below 60
		}
	}
	mix := rand.New(rand.NewPCG(seed+2, 0)) //nolint:gosec // the same numbers every time
	mix.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:n]
	compact(all)
	return all
}

// pick returns a number that is in the set.
func pick(from mask, r *rand.Rand) int {
	for range r.IntN(from.len()) {
		from &= from - 1
	}
	return bits.TrailingZeros64(uint64(from))
}

// compact moves the questions' strings into one piece of memory.
func compact(all []question) {
	var b strings.Builder
	for _, q := range all {
		b.WriteString(q.org)
		b.WriteString(q.user)
	}
	text := b.String()
	for i := range all {
		q := &all[i]
		q.org, text = text[:len(q.org)], text[len(q.org):]
		q.user, text = text[:len(q.user)], text[len(q.user):]
	}
}

// strangers returns the questions as asked by users of other organisations, who may
// do nothing here.
func (w *world) strangers(all []question) []question {
	strange := make([]question, len(all))
	for i, q := range all {
		elsewhere := (w.number(q.org) + w.orgs/2) % w.orgs
		q.user, q.allowed = userName((elsewhere+1)*w.users-1), false // the last of a home is nobody's guest
		strange[i] = q
	}
	return strange
}
