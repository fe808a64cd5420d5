package rolekit

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// departure is how those who hold a role in one organisation leave it.
type departure struct {
	*change

	from, to RoleID // to is what they get instead; empty for nothing
}

// leaving is what leads to a role in an organisation.
type leaving struct {
	held     map[subject][]Period // by users and groups, now or later
	over     map[subject][]Period // by users and groups whose time is over
	included []RoleID             // the roles that include it, sorted
	dead     []Rule               // of roles that are not there
}

// leaving finds what leads to the role. What counts no more is no reason to keep it.
func (d departure) leaving() leaving {
	role := roleSubject(d.from)
	l := leaving{held: map[subject][]Period{}, over: map[subject][]Period{}}
	for who, bonds := range d.own.linked() {
		for _, b := range bonds {
			switch {
			case b.to != role:
			case b.assigned(d.now).Ended:
				l.over[who] = append(l.over[who], b.during())
			default:
				l.held[who] = append(l.held[who], b.during())
			}
		}
	}
	for id, r := range d.own.roles {
		if slices.Contains(r.Includes, d.from) {
			l.included = append(l.included, id)
		}
	}
	slices.Sort(l.included)
	l.dead = d.own.strays(func(r Rule) bool { return r.Ptype != ptypeGrant && r.V[1] == role.String() })
	return l
}

func (l leaving) holders() Holders {
	h := Holders{Roles: len(l.included)}
	for who := range l.held {
		if who.kind == kindGroup {
			h.Groups++
		} else {
			h.Users++
		}
	}
	return h
}

// until returns the end of the last of the times for which the role is held; zero,
// where one has none.
func (l leaving) until() (last time.Time) {
	if len(l.included) > 0 {
		return time.Time{}
	}
	for _, periods := range l.held {
		for _, p := range periods {
			if p.Until.IsZero() {
				return time.Time{}
			}
			if p.Until.After(last) {
				last = p.Until
			}
		}
	}
	return last
}

// leave makes those who hold the role in the organisation hold the other. It
// returns who still holds it: all of them, where there is no other, and then it has
// done nothing. mayMove says whether the actor may give users and groups roles.
func (d departure) leave(mayMove func() error) (Holders, error) {
	l := d.leaving()
	h := l.holders()
	if h.count() > 0 && d.to == "" {
		return h, nil
	}
	if h.count() > 0 {
		if err := d.mayGiveUntil(d.before, l.until(), d.before.brings(roleSubject(d.to)), nil); err != nil {
			return h, err
		}
	}
	if len(l.held) > 0 {
		if err := mayMove(); err != nil {
			return h, err
		}
	}
	if err := d.relink(d.handed(l)); err != nil {
		return h, err
	}
	if err := d.tx.RemoveRules(d.ctx, l.dead...); err != nil {
		return h, err
	}
	for _, id := range l.included {
		if err := d.include(d.own.roles[id]); err != nil {
			return h, err
		}
	}
	return Holders{}, nil
}

// handed is what becomes of the assignments.
func (d departure) handed(l leaving) []relinking {
	old, other := roleSubject(d.from), roleSubject(d.to)
	var all []relinking
	for _, who := range slices.SortedFunc(maps.Keys(l.held), compareSubjects) {
		has := d.between(who, other)
		periods := slices.Clone(l.held[who])
		for _, b := range d.own.bonds(who) {
			if b.to == other {
				periods = append(periods, b.during())
			}
		}
		all = append(all, relinking{
			action: "member.assign", who: who,
			gone:  append(d.linkRules(who, old, l.held[who]), has...),
			fresh: d.linkRules(who, other, union(periods)),
		})
	}
	for _, who := range slices.SortedFunc(maps.Keys(l.over), compareSubjects) {
		all = append(all, relinking{action: "member.unassign", who: who, gone: d.linkRules(who, old, l.over[who])})
	}
	return all
}

// include makes a role that includes the one include the other.
func (d departure) include(r *Role) error {
	spec := r.RoleSpec
	spec.Includes = append([]RoleID{d.to}, slices.DeleteFunc(slices.Clone(r.Includes), func(id RoleID) bool { return id == d.from })...)
	spec = spec.normal()
	if err := d.checkIncludes(spec); err != nil {
		return err
	}
	return d.writeRole(r, spec, "role.update")
}

// leadingTo counts who holds a role by rules that may not be understood as a whole.
func leadingTo(role subject, rules []Rule) (h Holders) {
	seen := map[string]bool{}
	for _, r := range rules {
		if r.Ptype == ptypeGrant || r.V[1] != role.String() || seen[r.V[0]] {
			continue
		}
		seen[r.V[0]] = true
		switch {
		case strings.HasPrefix(r.V[0], kindRole.String()):
			h.Roles++
		case strings.HasPrefix(r.V[0], kindGroup.String()):
			h.Groups++
		default:
			h.Users++
		}
	}
	return h
}

// union joins periods that touch, and returns the rest as they are, sorted: what
// holds in one of them holds in the union, and nothing else does.
func union(periods []Period) []Period {
	periods = slices.SortedFunc(slices.Values(periods), func(a, b Period) int { return a.From.Compare(b.From) })
	var all []Period
	for _, p := range periods {
		if n := len(all); n > 0 && (all[n-1].Until.IsZero() || !all[n-1].Until.Before(p.From)) {
			if last := &all[n-1]; !last.Until.IsZero() && (p.Until.IsZero() || p.Until.After(last.Until)) {
				last.Until = p.Until
			}
			continue
		}
		all = append(all, p)
	}
	return all
}
