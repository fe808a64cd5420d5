package rolekit

import (
	"maps"
	"slices"
)

// reviewed returns what was decided about a custom role, under the names of now.
func (a *application) reviewed(r *Role) map[Permission]Revision {
	all := make(map[Permission]Revision, len(r.Reviewed))
	for p, at := range r.Reviewed {
		now := a.renames.permission(p)
		all[now] = max(all[now], at)
	}
	return all
}

// byRule returns the grants that a custom role gets, as it holds others. That the
// file's rule gave them counts as a decision: what an admin takes away again stays so.
func (a *application) byRule(org OrgID, r *Role, profile ProfileID, has []Grant, reviewed map[Permission]Revision) (more []Grant) {
	c := a.kit.catalog
	for _, info := range c.permissions {
		p := info.ID
		if len(info.GrantToRolesHolding) == 0 || !isPending(c, p, a.since[p], profile, r.Created, reviewed) || givesAny(c, has, p) {
			continue
		}
		for _, holding := range info.GrantToRolesHolding {
			for _, g := range has {
				give := Grant{p, g.Access}
				if g.Permission.Object() != holding.Object() || !c.Implies(g.Permission.Action(), holding.Action()) ||
					!c.allows(profile, g) || !c.allows(profile, give) || slices.Contains(more, give) {
					continue
				}
				more = append(more, give)
				reviewed[p] = notYet
				a.review(p).Granted = append(a.review(p).Granted, RuleGrant{RoleRef{org, r.ID}, holding, g.Access})
			}
		}
	}
	return more
}

func (a *application) review(p Permission) *NewReviews {
	if a.reviews[p] == nil {
		a.reviews[p] = &NewReviews{Permission: p}
	}
	return a.reviews[p]
}

// planReviews counts the custom roles in which new permissions are to be reviewed.
func (a *application) planReviews() error {
	for _, p := range a.fresh {
		a.review(p)
	}
	if len(a.reviews) == 0 {
		return nil
	}
	told := slices.Sorted(maps.Keys(a.reviews))
	for _, org := range slices.Sorted(maps.Keys(a.mapped)) {
		p := a.policy(org)
		if p == nil {
			continue
		}
		for _, review := range a.pending(p, told) {
			review.Orgs++
		}
	}
	return nil
}

// pending counts an organisation's roles in which permissions are to be reviewed,
// and returns which there are.
func (a *application) pending(p *policy, which []Permission) (some []*NewReviews) {
	for _, r := range p.layers[0].roles {
		var gives []Grant
		known := false
		for _, permission := range which {
			if !isPending(a.kit.catalog, permission, a.since[permission], r.Profile, r.Created, r.Reviewed) {
				continue
			}
			if !known {
				gives, known = p.gives(roleSubject(r.ID)), true
			}
			if givesAny(a.kit.catalog, gives, permission) {
				continue
			}
			review := a.reviews[permission]
			review.Pending++
			if !slices.Contains(some, review) {
				some = append(some, review)
			}
		}
	}
	return some
}

// policy joins an organisation's roles as they are to be; nil where what is above
// it cannot be read.
func (a *application) policy(org OrgID) *policy {
	var line []*layer
	for id := org; id != ""; {
		l := a.mapped[id]
		if l == nil || len(line) == MaxOrgDepth {
			return nil
		}
		line = append(line, l)
		id = l.org.Parent
	}
	return newPolicy(a.kit.catalog, append(line, a.defaults))
}
