package rolekit

import (
	"cmp"
	"slices"
)

// joins are permissions of the catalog that was applied last of which the file makes one,
// by other names: by that name, under their old ones. given is what a grant of each gave.
type joins struct {
	from  map[Permission][]Permission
	given map[Permission][]Permission
}

// planJoined finds the permissions that become one.
func (a *application) planJoined() error {
	if a.last.catalog == nil {
		return nil
	}
	from := map[Permission][]Permission{}
	for _, p := range a.last.catalog.permissions {
		now := a.renames.permission(p.ID)
		from[now] = append(from[now], p.ID)
	}
	a.joins.from = map[Permission][]Permission{}
	for now, all := range from {
		if len(all) > 1 && a.kit.catalog.byID[now] != nil {
			slices.Sort(all)
			a.joins.from[now] = all
		}
	}
	if len(a.joins.from) > 0 {
		a.joins.given = a.last.catalog.given(func(p Permission) Permission { return p })
	}
	return nil
}

// noteJoined notes what a custom role comes to give by permissions that became one with
// those that it grants. now are its grants as they are to be.
func (a *application) noteJoined(ref RoleRef, r *Role, now []Grant) {
	if len(a.joins.from) == 0 {
		return
	}
	var had []Grant
	for _, g := range r.Grants {
		had = appendGiven(had, a.joins.given[g.Permission], g.Access)
	}
	for _, g := range r.Grants {
		p := a.renames.permission(g.Permission)
		if !slices.Contains(now, Grant{p, g.Access}) {
			continue // what becomes of that is told by itself
		}
		for _, other := range a.joins.from[p] {
			if !slices.ContainsFunc(had, func(h Grant) bool { return h.Permission == other && g.Access.within(h.Access) }) {
				a.joinedTo(p, ref)
				break
			}
		}
	}
}

// joinedTo notes a role that grants more by a permission that others became.
func (a *application) joinedTo(p Permission, ref RoleRef) {
	i, found := slices.BinarySearchFunc(a.plan.Joined, p, func(j JoinedPermissions, p Permission) int { return cmp.Compare(j.Permission, p) })
	if !found {
		a.plan.Joined = slices.Insert(a.plan.Joined, i, JoinedPermissions{Permission: p, From: a.joins.from[p]})
	}
	j := &a.plan.Joined[i]
	if n := len(j.Roles); n == 0 || j.Roles[n-1] != ref {
		j.Roles = append(j.Roles, ref)
	}
}
