package rolekit

import (
	"maps"
	"slices"
)

// planOrgs finds what becomes of each organisation's custom roles, and of those who
// hold default roles that leave.
func (a *application) planOrgs() error {
	unread, err := a.eachBelowBut(func(l *layer) error {
		e := &orgEdits{}
		a.planRoles(l, e)
		a.planChosen(l, e)
		a.planHolders(l, e)
		if len(e.roles) > 0 || len(e.chosen) > 0 || len(e.moves) > 0 {
			a.edits[l.id()] = e
		}
		return nil
	})
	a.plan.Unread = unread
	return err
}

// planRoles works out an organisation's layer as it is to be.
func (a *application) planRoles(l *layer, e *orgEdits) {
	after := a.moved(l)
	after.roles, after.shape = make(map[RoleID]*Role, len(l.roles)), new(shape)
	for _, id := range slices.Sorted(maps.Keys(l.roles)) {
		old := l.roles[id]
		now, reviewed := a.custom(l.id(), old)
		next := &Role{RoleSpec: now, Org: l.id(), Origin: OriginCustom, Created: old.Created, Reviewed: reviewed}
		after.roles[id] = next
		if !old.sameAs(now) || !maps.Equal(old.Reviewed, reviewed) {
			was := old.clone()
			was.Reviewed = reviewed
			e.roles = append(e.roles, roleEdit{&was, now})
		}
	}
	a.mapped[l.id()] = after
}

// custom returns a custom role as it is to be, and what is decided about it.
func (a *application) custom(org OrgID, r *Role) (RoleSpec, map[Permission]Revision) {
	s := r.RoleSpec
	s.Profile = renamed(a.renames.profiles, r.Profile)
	if s.Profile != r.Profile {
		a.follows(kindOfProfile, string(r.Profile), string(s.Profile)).Roles++
	}
	s.Grants, s.Includes = make([]Grant, 0, len(r.Grants)), make([]RoleID, len(r.Includes))
	counted := map[*CatalogRename]bool{}
	for _, g := range r.Grants {
		if now, ok := a.grant(org, r, s.Profile, g, counted); ok {
			s.Grants = append(s.Grants, now)
		}
	}
	for i, id := range r.Includes {
		s.Includes[i] = renamed(a.moves, id)
		if a.renames.roles[id] == s.Includes[i] && a.moves[id] != "" {
			a.follows(kindOfRole, string(id), string(s.Includes[i])).Roles++
		}
	}
	reviewed := a.reviewed(r)
	s.Grants = append(s.Grants, a.byRule(org, r, s.Profile, s.Grants, reviewed)...)
	a.noteImplied(RoleRef{org, r.ID}, r, s.Grants)
	a.noteJoined(RoleRef{org, r.ID}, r, s.Grants)
	s = s.normal()
	s.Label = r.Label // whatever it is, it is no matter of the catalog's
	return s, reviewed
}

// grant returns what a custom role's grant is to be; false for none.
func (a *application) grant(org OrgID, r *Role, profile ProfileID, g Grant, counted map[*CatalogRename]bool) (Grant, bool) {
	now := Grant{a.renames.permission(g.Permission), g.Access}
	if now == g && slices.Contains(a.fresh, g.Permission) {
		a.stale(org, r.ID, g.Permission) // of a permission that there was once: nobody gets it by that
		return g, false
	}
	if now.Permission != g.Permission {
		for _, c := range a.followed(g.Permission, now.Permission) {
			if !counted[c] {
				counted[c] = true
				c.Roles++
			}
		}
	}
	if a.last.catalog == nil || !a.last.catalog.allows(r.Profile, g) || a.kit.catalog.allows(profile, now) {
		return now, true
	}
	l := a.lost[now.Permission]
	if l == nil {
		l = &LostGrants{
			Permission: now.Permission, To: a.choices.MapGrants[now.Permission],
			Dropped: slices.Contains(a.choices.DropGrants, now.Permission),
		}
		a.lost[now.Permission] = l
	}
	if ref := (RoleRef{org, r.ID}); len(l.Roles) == 0 || l.Roles[len(l.Roles)-1] != ref {
		l.Roles = append(l.Roles, ref)
	}
	if l.To != "" {
		now.Permission = l.To
		if a.kit.catalog.allows(profile, now) {
			return now, true
		}
		a.unfit[l.Permission] = append(a.unfit[l.Permission], RoleRef{org, r.ID})
	}
	return now, !l.Dropped
}

func (a *application) stale(org OrgID, role RoleID, p Permission) {
	review, ref := a.review(p), RoleRef{org, role}
	if n := len(review.Stale); n == 0 || review.Stale[n-1] != ref {
		review.Stale = append(review.Stale, ref)
	}
}

// follows returns what the plan tells of a rename that something follows.
func (a *application) follows(kind, from, to string) *CatalogRename {
	r := Renamed{kind, from, to}
	if a.carried[r] == nil {
		a.carried[r] = &CatalogRename{Renamed: r}
	}
	return a.carried[r]
}

// followed are the renames by which one permission became another.
func (a *application) followed(from, to Permission) (all []*CatalogRename) {
	if a.renames.permissions[from] == to {
		return []*CatalogRename{a.follows(kindOfPermission, string(from), string(to))}
	}
	if from.Object() != to.Object() {
		all = append(all, a.follows(kindOfObject, string(from.Object()), string(to.Object())))
	}
	if from.Action() != to.Action() {
		all = append(all, a.follows(kindOfAction, string(from.Action()), string(to.Action())))
	}
	return all
}

// planChosen finds who acted last as a profile that has another name now.
func (a *application) planChosen(l *layer, e *orgEdits) {
	if len(a.renames.profiles) == 0 {
		return
	}
	for user := range l.chosen.Keys() {
		was, _ := l.chosen.Get(user)
		if now := renamed(a.renames.profiles, was); now != was {
			if e.chosen == nil {
				e.chosen = map[UserID]ProfileID{}
			}
			e.chosen[user] = now
		}
	}
}

// planHolders finds who holds default roles that leave.
func (a *application) planHolders(l *layer, e *orgEdits) {
	for _, id := range slices.Concat(a.gone, a.turned) {
		if slices.Contains(a.turned, id) && a.moves[id] == "" {
			continue
		}
		there := departure{a.at(l), id, a.moves[id]}.leaving()
		there.included = nil // their roles are edited as the others
		h := there.holders()
		if len(there.held)+len(there.over)+len(there.dead) == 0 {
			continue
		}
		if h.count() > 0 && a.moves[id] != "" && a.renames.roles[id] == a.moves[id] {
			a.follows(kindOfRole, string(id), string(a.moves[id])).Assignments += h.count()
		}
		e.moves = append(e.moves, id)
	}
}

// at returns a change of an organisation, to look at what is linked there.
func (a *application) at(l *layer) *change {
	return &change{ctx: a.ctx, tx: a.tx, kit: a.kit, actor: a.actor, org: l.id(), now: a.now, own: l}
}

// leavingRole tells who holds a default role, in all organisations that can be read,
// and which roles that stay include it.
func (a *application) leavingRole(id RoleID) LeavingRole {
	l := LeavingRole{ID: id, To: a.moves[id]}
	turned, was := slices.Contains(a.turned, id), a.own.roles[id].Profile
	for _, r := range a.stay {
		if slices.Contains(r.Includes, id) && (!turned || r.Profile == was) {
			l.IncludedBy = append(l.IncludedBy, RoleRef{AllOrgs, r.ID})
		}
	}
	for _, org := range slices.Sorted(maps.Keys(a.mapped)) {
		there := departure{a.at(a.others[org]), id, ""}.leaving()
		h := there.holders()
		l.Holders.Users, l.Holders.Groups = l.Holders.Users+h.Users, l.Holders.Groups+h.Groups
		for _, by := range there.included {
			if !turned || a.others[org].roles[by].Profile == was { // of another, it gives nothing by that already
				l.IncludedBy = append(l.IncludedBy, RoleRef{org, by})
			}
		}
	}
	l.Holders.Roles = len(l.IncludedBy)
	for _, r := range a.kit.catalog.roles {
		if r.ID != id && r.Profile == renamed(a.renames.profiles, was) {
			l.Others = append(l.Others, r.ID)
		}
	}
	return l
}
