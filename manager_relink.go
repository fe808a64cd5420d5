package rolekit

import (
	"slices"
	"strings"
)

// relinking is what becomes of links of one user or group: some go, and others come
// in their place.
type relinking struct {
	action      string // how the audit log calls it
	who         subject
	gone, fresh []Rule
}

// relink makes many such changes in few statements. Each has an event of its own,
// so that what became of somebody is found under their name, but for those that
// change nothing.
func (c *change) relink(all []relinking) error {
	gone, fresh, events := c.relinked(all)
	if len(events) == 0 {
		return nil
	}
	// One INSERT takes rules of one type.
	slices.SortStableFunc(fresh, func(a, b Rule) int { return strings.Compare(a.Ptype, b.Ptype) })
	if err := c.tx.RemoveRules(c.ctx, gone...); err != nil {
		return err
	}
	if err := c.tx.AddRules(c.ctx, fresh...); err != nil {
		return err
	}
	return c.append(events...)
}

// relinked is what relink writes.
func (c *change) relinked(all []relinking) (gone, fresh []Rule, events []AuditEvent) {
	for _, r := range all {
		out, in := without(r.gone, r.fresh), without(r.fresh, r.gone)
		if len(out) == 0 && len(in) == 0 {
			continue
		}
		gone, fresh = append(gone, out...), append(fresh, in...)
		events = append(events, c.happened(r.action, r.who.String(), auditLinks(r.gone), auditLinks(r.fresh)))
	}
	return gone, fresh, events
}

// giving is what gives a user or group a role for these periods, in the place of those
// for which they had it. It refuses what the actor may not give.
func (c *change) giving(who subject, id RoleID, periods ...Period) (relinking, error) {
	role := roleSubject(id)
	if err := c.mustSee(who, role); err != nil {
		return relinking{}, err
	}
	r := relinking{action: "member.assign", who: who, gone: c.between(who, role)}
	for _, during := range periods {
		during, err := c.limitKey(who, role, during)
		if err != nil {
			return relinking{}, err
		}
		if err := c.mayGiveUntil(c.before, during.Until, c.before.brings(role), nil); err != nil {
			return relinking{}, err
		}
		r.fresh = append(r.fresh, linkRule(c.org, who, role, during))
	}
	return r, nil
}

// linkRules returns the rules of links between two, one a period.
func (c *change) linkRules(from, to subject, periods []Period) []Rule {
	rules := make([]Rule, len(periods))
	for i, during := range periods {
		rules[i] = linkRule(c.org, from, to, during)
	}
	return rules
}
