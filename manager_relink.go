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
	var gone, fresh []Rule
	var events []AuditEvent
	for _, r := range all {
		out, in := without(r.gone, r.fresh), without(r.fresh, r.gone)
		if len(out) == 0 && len(in) == 0 {
			continue
		}
		gone, fresh = append(gone, out...), append(fresh, in...)
		events = append(events, c.happened(r.action, r.who.String(), auditLinks(r.gone), auditLinks(r.fresh)))
	}
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

// linkRules returns the rules of links between two, one a period.
func (c *change) linkRules(from, to subject, periods []Period) []Rule {
	rules := make([]Rule, len(periods))
	for i, during := range periods {
		rules[i] = linkRule(c.org, from, to, during)
	}
	return rules
}
