package rolekit

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// PlanCatalog tells what [Manager.ApplyCatalog] would do with the kit's catalog, and
// changes nothing. What applying it would be refused for is in the plan, and no error;
// who would be locked out, once there is nothing else to decide. Only the system may.
func (m *Manager) PlanCatalog(ctx context.Context, choices CatalogChoices) (CatalogPlan, error) {
	if err := m.mustBeSystem(); err != nil {
		return CatalogPlan{}, err
	}
	var p CatalogPlan
	err := m.kit.store.View(ctx, func(r Reader) error {
		c := m.newChange(ctx, staging{r, &stage{orgs: map[OrgID]*stagedOrg{}}}, AllOrgs)
		a, err := c.planCatalog(&choices)
		if err == nil {
			p = a.plan
		}
		return err
	})
	if err != nil {
		return CatalogPlan{}, unavailable("what applying the catalog would do cannot be told", err)
	}
	return p, nil
}

func (m *Manager) mustBeSystem() error {
	if m.actor.isSystem() {
		return nil
	}
	return errorf(CodePermissionDenied, "%s may not apply a catalog", m.actor).hint("apply it with rolekit apply")
}

// application is the catalog being applied, by a change of the default roles.
type application struct {
	*change

	choices *CatalogChoices
	last    applied
	renames renames
	plan    CatalogPlan

	write    []RoleSpec // default roles that are new or other
	gone     []RoleID   // default roles that are deleted
	turned   []RoleID   // that become ones of another profile
	stay     []*Role    // that stay as they are stored, whatever the file says
	moves    map[RoleID]RoleID
	baseline map[ProfileID][]Grant // that is to be
	defaults *layer                // the default roles as they will be; of a layer only what policies need

	fresh   []Permission // that nothing was applied with before
	since   map[Permission]Revision
	mapped  map[OrgID]*layer // organisations' roles as they will be
	edits   map[OrgID]*orgEdits
	carried map[Renamed]*CatalogRename
	lost    map[Permission]*LostGrants
	reviews map[Permission]*NewReviews
	implied implications
	joins   joins
	unfit   map[Permission][]RoleRef // which cannot get what their grants are to become
}

// orgEdits is what the catalog changes in one organisation.
type orgEdits struct {
	roles  []roleEdit // by id
	chosen map[UserID]ProfileID
	moves  []RoleID // default roles that somebody leaves
}

type roleEdit struct {
	old  *Role // with the decisions that are to be kept
	spec RoleSpec
}

// planCatalog finds out what is to be done, of what the transaction sees.
func (c *change) planCatalog(choices *CatalogChoices) (*application, error) {
	record, there, err := c.tx.AppliedCatalog(c.ctx)
	if err != nil {
		return nil, err
	}
	last, err := readApplied(record, there)
	if err != nil {
		return nil, err
	}
	if c.own, err = c.load(); err != nil {
		return nil, err
	}
	c.only.read(c.own)
	a := &application{
		change: c, choices: choices, last: last, renames: c.kit.catalog.renames,
		moves: map[RoleID]RoleID{}, baseline: map[ProfileID][]Grant{}, since: map[Permission]Revision{},
		mapped: map[OrgID]*layer{}, edits: map[OrgID]*orgEdits{}, carried: map[Renamed]*CatalogRename{},
		lost: map[Permission]*LostGrants{}, reviews: map[Permission]*NewReviews{}, unfit: map[Permission][]RoleRef{},
	}
	c.before = newPolicy(cmp.Or(last.catalog, c.kit.catalog), []*layer{c.own})
	if err := choices.Check(c.kit.catalog); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		a.checkNames, a.checkMerges, a.compare, a.planMoves, a.planDefaults, a.planPermissions, a.planImplied, a.planJoined,
		a.planOrgs, a.planProfiles, a.planReviews, a.sum,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// planMoves finds the default roles that are stored under an older name, or that
// leave, and whom those who hold them become.
func (a *application) planMoves() error {
	for _, old := range slices.Sorted(maps.Keys(a.renames.roles)) {
		from, to := a.own.roles[old], a.renames.roles[old]
		if from == nil {
			continue
		}
		if err := a.mayMove(from, to, "renamed"); err != nil {
			return err
		}
		a.moves[old] = to
		a.gone = append(a.gone, old)
	}
	a.turned = a.turning()
	for _, from := range slices.Sorted(maps.Keys(a.choices.Replace)) {
		if err := a.planReplace(from, a.choices.Replace[from]); err != nil {
			return err
		}
	}
	return nil
}

// turning finds the default roles that the file makes ones of another profile. What
// holds them holds them as ones of the profile that they leave.
func (a *application) turning() (all []RoleID) {
	kept := a.keptByDrift()
	for _, s := range a.kit.catalog.roles {
		if r := a.own.roles[s.ID]; r != nil && !kept[string(s.ID)] && s.Profile != renamed(a.renames.profiles, r.Profile) {
			all = append(all, s.ID)
		}
	}
	slices.Sort(all)
	return all
}

// planReplace takes in what is to become of those who hold a default role that leaves,
// or that leaves its profile: then it may be that very role.
func (a *application) planReplace(from, to RoleID) error {
	r, declared := a.own.roles[from], a.kit.catalog.declares(kindOfRole, string(from))
	switch {
	case declared && from == to:
		return nil
	case declared && !slices.Contains(a.turned, from):
		a.idle("replace", string(from), "the file declares that role, so that it does not leave")
		return nil
	case r == nil:
		a.idle("replace", string(from), "no default role of that name is stored"+near(string(from), slices.Collect(maps.Keys(a.own.roles))))
		return nil
	case a.moves[from] != "":
		if now := a.moves[from]; now != to {
			a.idle("replace", string(from), "the file says that it is "+string(now)+" now")
		}
		return nil
	}
	if err := a.mayMove(r, to, "replaced"); err != nil {
		return err
	}
	a.moves[from] = to
	return nil
}

// mayMove refuses a successor of another profile.
func (a *application) mayMove(from *Role, to RoleID, how string) error {
	for _, r := range a.kit.catalog.roles {
		if r.ID != to {
			continue
		}
		if was := renamed(a.renames.profiles, from.Profile); r.Profile != was {
			return errorf(CodeInvalid, "the default role %q is of profile %q, and %q of %q, so that it cannot be %s by it", from.ID, was, to, r.Profile, how).
				hint("choose a role of the same profile")
		}
		return nil
	}
	return nil
}

// planDefaults works out the default roles and baselines that are to be stored.
func (a *application) planDefaults() error {
	kept := a.keptByDrift()
	want := a.wantedRoles(kept)
	a.defaults = &layer{org: a.own.org, roles: map[RoleID]*Role{}, baseline: a.baseline}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		spec, old := want[id], a.own.roles[id]
		a.defaults.roles[id] = &Role{RoleSpec: spec, Org: AllOrgs, Origin: OriginDefault}
		if old == nil || !old.sameAs(spec) {
			a.write = append(a.write, spec)
		}
	}
	a.planBaselines(kept)
	return nil
}

// keptByDrift are those that stay as they were edited, by the names that choices have
// for them.
func (a *application) keptByDrift() map[string]bool {
	kept := map[string]bool{}
	for _, d := range a.plan.Drift {
		kept[driftName(d.Kind, d.ID)] = d.Resolution != ResolutionOverwrite
	}
	return kept
}

// wantedRoles returns the default roles that are to be stored, and notes which go.
// kept are those that stay as they were edited.
func (a *application) wantedRoles(kept map[string]bool) map[RoleID]RoleSpec {
	want, leave := map[RoleID]RoleSpec{}, map[RoleID]bool{}
	for _, c := range a.plan.Changes {
		leave[RoleID(c.ID)] = leave[RoleID(c.ID)] || c.Kind == kindOfRole && c.Verb == VerbLeave
	}
	for _, r := range a.kit.catalog.roles {
		if !kept[string(r.ID)] {
			want[r.ID] = r.normal()
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.own.roles)) {
		r := a.own.roles[id]
		now := a.renames.role(r.RoleSpec)
		switch {
		case want[now.ID].ID != "":
		case kept[string(now.ID)], leave[id]:
			want[now.ID] = a.following(now)
			a.stay = append(a.stay, r)
		case !slices.Contains(a.gone, id):
			a.gone = append(a.gone, id)
		}
	}
	return want
}

// following is a default role that stays, with what it includes replaced.
func (a *application) following(s RoleSpec) RoleSpec {
	for i, id := range s.Includes {
		s.Includes[i] = renamed(a.moves, id)
	}
	return s.normal()
}

// planBaselines works out the baselines. kept are those that stay as they were edited.
func (a *application) planBaselines(kept map[string]bool) {
	for _, p := range a.kit.catalog.profiles {
		a.baseline[p.ID] = a.kit.catalog.baseline[p.ID]
		if kept[driftName(kindOfBaseline, string(p.ID))] {
			a.baseline[p.ID] = nil
		}
	}
	for id, grants := range a.own.baseline {
		if now := renamed(a.renames.profiles, id); kept[driftName(kindOfBaseline, string(now))] {
			a.baseline[now] = a.renames.grants(grants)
		}
	}
}

// planPermissions finds the permissions that are new since the catalog was applied
// last, and since when there are the others.
func (a *application) planPermissions() error {
	if a.last.catalog == nil {
		return nil
	}
	had := map[Permission]bool{}
	for _, p := range a.last.catalog.permissions {
		now := a.renames.permission(p.ID)
		had[now] = true
		if at := max(a.last.since[p.ID], a.since[now]); at > 0 {
			a.since[now] = at
		}
	}
	for _, p := range a.kit.catalog.permissions {
		if !had[p.ID] {
			a.fresh = append(a.fresh, p.ID)
			a.since[p.ID] = notYet
		}
	}
	maps.DeleteFunc(a.since, func(p Permission, _ Revision) bool { return a.kit.catalog.byID[p] == nil })
	return nil
}

// notYet is later than any revision.
const notYet Revision = 1<<63 - 1

// sum puts what was found into the plan, and refuses what needs a choice.
func (a *application) sum() error {
	for _, id := range a.gone {
		if to, moved := a.moves[id]; a.renames.roles[id] != "" && moved && a.renames.roles[id] == to {
			continue
		}
		a.plan.Leaving = append(a.plan.Leaving, a.leavingRole(id))
	}
	for _, id := range a.turned {
		l := a.leavingRole(id)
		l.Profile = a.defaults.roles[id].Profile
		if a.choices.Replace[id] == id {
			l.To = id
		}
		a.plan.Leaving = append(a.plan.Leaving, l)
	}
	slices.SortFunc(a.plan.Leaving, func(a, b LeavingRole) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range a.kit.catalog.Renames() {
		if c := a.carried[r]; c != nil {
			a.plan.Renames = append(a.plan.Renames, *c)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(a.lost)) {
		a.plan.Lost = append(a.plan.Lost, *a.lost[p])
	}
	for _, p := range slices.Sorted(maps.Keys(a.reviews)) {
		a.plan.Reviews = append(a.plan.Reviews, *a.reviews[p])
	}
	a.plan.Orgs = len(a.edits)
	for _, e := range a.edits {
		a.plan.Roles += len(e.roles)
	}
	a.idleGrants()
	a.idleKeeps()
	a.refuseDrift()
	a.refuseLeaving()
	a.refuseLost()
	a.refuseTaken()
	a.refuseIncludes()
	if len(a.plan.Refused) == 0 { // else it depends on what is decided
		a.refuseLockout()
	}
	return nil
}
