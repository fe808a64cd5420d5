package rolekit

import (
	"maps"
	"slices"
)

// planProfiles finds what stays behind of profiles that the file has no more: roles,
// which give nothing then, and those who are given them.
func (a *application) planProfiles() error {
	if a.last.catalog == nil {
		return nil
	}
	behind := map[ProfileID]*LeavingProfile{}
	for _, p := range a.last.catalog.profiles {
		if !a.kit.catalog.HasProfile(p.ID) {
			behind[p.ID] = &LeavingProfile{ID: p.ID} // of one that has another name now, nothing is left
		}
	}
	if len(behind) == 0 {
		return nil
	}
	noteBehind(behind, a.defaults)
	for _, org := range slices.Sorted(maps.Keys(a.mapped)) {
		noteBehind(behind, a.mapped[org])
		if p := a.policy(org); p != nil {
			a.countBehind(behind, p)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(behind)) {
		if l := behind[id]; len(l.Roles) > 0 {
			a.plan.Profiles = append(a.plan.Profiles, *l)
		}
	}
	return nil
}

// noteBehind notes a layer's roles of profiles that leave.
func noteBehind(behind map[ProfileID]*LeavingProfile, l *layer) {
	for _, id := range slices.Sorted(maps.Keys(l.roles)) {
		if b := behind[l.roles[id].Profile]; b != nil {
			b.Roles = append(b.Roles, RoleRef{l.id(), id})
		}
	}
}

// countBehind counts who is given such a role in an organisation, now or later.
func (a *application) countBehind(behind map[ProfileID]*LeavingProfile, p *policy) {
	for who, bonds := range p.layers[0].linked() {
		counted := map[*LeavingProfile]bool{}
		for _, k := range bonds {
			if k.to.kind != kindRole || k.assigned(a.now).Ended {
				continue
			}
			r := p.role(RoleID(k.to.id))
			if r == nil || behind[r.Profile] == nil || counted[behind[r.Profile]] {
				continue
			}
			b := behind[r.Profile]
			counted[b] = true
			if who.kind == kindGroup {
				b.Groups++
			} else {
				b.Users++
			}
		}
	}
}
