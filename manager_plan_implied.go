package rolekit

import (
	"cmp"
	"slices"
)

// implications are which permissions a grant of each one gives, itself included:
// under the catalog that was applied last, and under the file. Both in the names of
// now; of what the file does not have any more nothing is told.
type implications struct {
	before, now map[Permission][]Permission
	changed     bool // something that was there gives more, or less
}

// planImplied finds what grants give by what actions imply, before and now.
func (a *application) planImplied() error {
	if a.last.catalog == nil {
		return nil
	}
	file := a.kit.catalog
	a.implied.now = file.given(func(p Permission) Permission { return p })
	a.implied.before = a.last.catalog.given(func(p Permission) Permission {
		if now := a.renames.permission(p); file.byID[now] != nil {
			return now
		}
		return ""
	})
	for p, before := range a.implied.before {
		if now, there := a.implied.now[a.renames.permission(p)]; there && !slices.Equal(before, now) {
			a.implied.changed = true
		}
	}
	return nil
}

// given returns which permissions a grant of each one gives, under the names that as
// gives, sorted; what it calls nothing is left out.
func (c *Catalog) given(as func(Permission) Permission) map[Permission][]Permission {
	of := map[ObjectID][]Permission{}
	for _, p := range c.permissions {
		of[p.ID.Object()] = append(of[p.ID.Object()], p.ID)
	}
	all := make(map[Permission][]Permission, len(c.permissions))
	for _, p := range c.permissions {
		for _, other := range of[p.ID.Object()] {
			if now := as(other); now != "" && c.Implies(p.ID.Action(), other.Action()) {
				all[p.ID] = append(all[p.ID], now)
			}
		}
		slices.Sort(all[p.ID])
	}
	return all
}

// noteImplied notes what a custom role comes to give, or gives no more, by grants
// that it keeps, as actions imply otherwise than they did.
func (a *application) noteImplied(ref RoleRef, r *Role, now []Grant) {
	if !a.implied.changed {
		return
	}
	kept := func(g Grant) bool { return slices.Contains(now, Grant{a.renames.permission(g.Permission), g.Access}) }
	var had, has []Grant
	for _, g := range r.Grants {
		had = appendGiven(had, a.implied.before[g.Permission], g.Access)
	}
	for _, g := range now {
		has = appendGiven(has, a.implied.now[g.Permission], g.Access)
	}
	for _, g := range slices.SortedFunc(slices.Values(r.Grants), compareGrants) {
		if !kept(g) {
			continue // what becomes of that is told by itself
		}
		by := a.renames.permission(g.Permission)
		a.noteDifference(ref, by, g.Access, a.implied.now[by], had, true)
		a.noteDifference(ref, by, g.Access, a.implied.before[g.Permission], has, false)
	}
}

func appendGiven(to []Grant, given []Permission, access Access) []Grant {
	for _, p := range given {
		to = append(to, Grant{p, access})
	}
	return to
}

// noteDifference notes which of what a grant gives a role has, or had, in no way.
func (a *application) noteDifference(ref RoleRef, by Permission, access Access, given []Permission, among []Grant, gained bool) {
	for _, p := range given {
		if slices.ContainsFunc(among, func(g Grant) bool { return g.Permission == p && access.within(g.Access) }) {
			continue
		}
		i, found := slices.BinarySearchFunc(a.plan.Implied, ImpliedChange{p, by, gained, nil}, compareImplied)
		if !found {
			a.plan.Implied = slices.Insert(a.plan.Implied, i, ImpliedChange{p, by, gained, nil})
		}
		c := &a.plan.Implied[i]
		if n := len(c.Roles); n == 0 || c.Roles[n-1] != ref {
			c.Roles = append(c.Roles, ref)
		}
	}
}

func compareImplied(a, b ImpliedChange) int {
	gained := func(c ImpliedChange) int {
		if c.Gained {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Permission, b.Permission), cmp.Compare(a.By, b.By), cmp.Compare(gained(a), gained(b)))
}
