package rolekit

import (
	"maps"
	"slices"
)

// refuseLockout refuses a catalog after which nobody could give rights any more in
// organisations where somebody could. An assignment counts by itself, as ever: two that
// a move joins to one without end are not looked at together.
func (a *application) refuseLockout() {
	byDefault := a.givenByDefault()
	lost := map[Permission][]OrgID{}
	for _, org := range slices.Sorted(maps.Keys(a.mapped)) {
		after := a.policy(org)
		if after == nil {
			continue
		}
		for _, p := range protectedPermissions() {
			if !after.hasUserOf(byDefault[p]) && !after.hasHolder(p, a.now) && a.policyBefore(org).hasHolder(p, a.now) {
				lost[p] = append(lost[p], org)
				break
			}
		}
	}
	for _, p := range protectedPermissions() {
		if len(lost[p]) > 0 {
			a.refuse(lastHolder(p, lost[p]...))
		}
	}
}

// givenByDefault are the default roles that give protected permissions for all of an
// organisation, as they will be.
func (a *application) givenByDefault() map[Permission]map[RoleID]bool {
	p := newPolicy(a.kit.catalog, []*layer{a.defaults})
	giving := map[Permission]map[RoleID]bool{}
	for _, want := range protectedPermissions() {
		giving[want] = map[RoleID]bool{}
		for id := range a.defaults.roles {
			giving[want][id] = p.covered(p.gives(roleSubject(id)), Grant{want, AccessAny})
		}
	}
	return giving
}

// hasUserOf reports whether a user holds one of some default roles without end. It is
// the quick answer to hasHolder that most organisations have; a no says nothing.
func (p *policy) hasUserOf(some map[RoleID]bool) bool {
	line := p.layers[:len(p.layers)-1]
	for _, l := range line {
		for id := range l.roles {
			if _, shadowed := some[id]; shadowed {
				return false
			}
		}
	}
	for _, l := range line {
		if l.anyHeld(func(b *bundle) bool {
			return slices.ContainsFunc(b.bonds, func(k bond) bool {
				return k.limited == nil && k.to.kind == kindRole && some[RoleID(k.to.id)]
			})
		}) {
			return true
		}
	}
	return false
}

// policyBefore joins an organisation's roles as they are, of one that policy joins as
// they are to be.
func (a *application) policyBefore(org OrgID) *policy {
	var line []*layer
	for id := org; id != ""; {
		l := a.others[id]
		line, id = append(line, l), l.org.Parent
	}
	return newPolicy(a.before.catalog, append(line, a.own))
}

// moved returns an organisation's layer in which those who hold default roles that
// leave hold the other ones.
func (a *application) moved(l *layer) *layer {
	after := *l
	if len(a.moves) == 0 {
		return &after
	}
	after.bundles, after.nested = slices.Clone(l.bundles), maps.Clone(l.nested)
	for i, b := range l.bundles {
		if bonds, other := a.movedBonds(b.bonds); other {
			after.bundles[i] = &bundle{bonds: bonds}
		}
	}
	for id, bonds := range l.nested {
		after.nested[id], _ = a.movedBonds(bonds)
	}
	return &after
}

func (a *application) movedBonds(bonds []bond) (all []bond, other bool) {
	all = slices.Clone(bonds)
	for i, k := range all {
		if to := a.moves[RoleID(k.to.id)]; k.to.kind == kindRole && to != "" {
			all[i].to, other = roleSubject(to), true
		}
	}
	return all, other
}
