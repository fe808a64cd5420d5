package rolekit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/rolekit/rolekit/internal/plan"
)

// PlanCatalog tells what [Manager.ApplyCatalog] would do with the kit's catalog, and
// changes nothing. What would be refused is in the plan, and no error. Only the
// system may.
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
	for _, step := range []func() error{
		a.checkChoices, a.compare, a.planMoves, a.planDefaults, a.planPermissions, a.planImplied, a.planOrgs, a.planReviews, a.sum,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// checkChoices refuses choices that could never mean anything.
func (a *application) checkChoices() error {
	for from, to := range a.choices.MapGrants {
		if err := a.kit.catalog.CheckPermission(to); err != nil {
			return err
		}
		if slices.Contains(a.choices.DropGrants, from) {
			return errorf(CodeInvalid, "grants of %s cannot both be dropped and become %s", from, to)
		}
	}
	for _, name := range a.choices.Keep {
		if slices.Contains(a.choices.Overwrite, name) {
			return errorf(CodeInvalid, "%q cannot both be kept and be overwritten", name)
		}
	}
	if a.choices.KeepAll && a.choices.OverwriteAll {
		return errorf(CodeInvalid, "what was edited cannot all be kept and all be overwritten")
	}
	return nil
}

func (a *application) refuse(e *Error) { a.plan.Refused = append(a.plan.Refused, e) }

// compare finds out how the file, what was applied last, and what is stored differ.
func (a *application) compare() error {
	file := a.kit.catalog.declared(&renames{})
	stored, base := plan.State{}, plan.State(nil)
	if a.last.catalog != nil {
		a.plan.Applied = &CatalogApplied{Revision: a.last.record.Revision, By: a.last.record.AppliedBy, At: a.last.record.AppliedAt}
		base = a.last.catalog.declared(&a.renames)
		for k, thing := range base {
			if k.Kind != kindOfRole && k.Kind != kindOfBaseline {
				stored[k] = thing
			}
		}
	}
	a.addStored(stored)
	for _, r := range a.kit.catalog.Renames() {
		if a.last.catalog != nil && a.last.catalog.declares(r.Kind, r.From) {
			a.follows(r.Kind, r.From, r.To)
		}
	}
	for _, d := range plan.Compare(file, base, stored) {
		if err := a.take(d); err != nil {
			return err
		}
	}
	return nil
}

// addStored adds the default roles and baselines as they are stored, by their new
// names.
func (a *application) addStored(stored plan.State) {
	for id, r := range a.own.roles {
		now := a.renames.role(r.RoleSpec)
		a.noteRenames(r.Profile, r.Grants)
		if now.ID != id {
			a.follows(kindOfRole, string(id), string(now.ID))
		}
		if now.ID != id && a.own.roles[now.ID] != nil {
			continue // the new one is stored beside it
		}
		stored[plan.Key{Kind: kindOfRole, ID: string(now.ID)}] = roleThing(now)
	}
	for id, grants := range a.own.baseline {
		if a.noteRenames(id, grants); len(grants) > 0 {
			stored[plan.Key{Kind: kindOfBaseline, ID: string(renamed(a.renames.profiles, id))}] = baselineThing(a.renames.grants(grants))
		}
	}
}

// noteRenames notes the renames that a default role or baseline follows.
func (a *application) noteRenames(profile ProfileID, grants []Grant) {
	if now := renamed(a.renames.profiles, profile); now != profile {
		a.follows(kindOfProfile, string(profile), string(now))
	}
	for _, g := range grants {
		a.followed(g.Permission, a.renames.permission(g.Permission))
	}
}

// take takes in one difference.
func (a *application) take(d plan.Difference) error {
	last, err := a.lastChange(d.Key)
	if err != nil {
		return err
	}
	c := CatalogChange{Verb: ChangeVerb(d.Verb), Kind: d.Kind, ID: d.ID, Fields: fieldChanges(d.Fields), Last: last}
	leaves := d.Kind == kindOfRole && d.Verb == plan.Remove
	named := a.choices.Replace[RoleID(d.ID)] != "" || slices.Contains(a.choices.Overwrite, d.ID)
	switch {
	case leaves && !named && (d.Unknown || a.choices.LeaveRoles):
		c.Verb, c.Fields = VerbLeave, nil
	case d.Drifted && (!leaves || !d.Unknown):
		resolution := a.resolve(driftName(d.Kind, d.ID))
		a.plan.Drift = append(a.plan.Drift, CatalogDrift{
			Kind: d.Kind, ID: d.ID, Verb: ChangeVerb(d.DriftBy), Fields: fieldChanges(d.Drift), Last: last, Resolution: resolution,
		})
		if resolution != ResolutionOverwrite {
			return nil
		}
	}
	a.plan.Changes = append(a.plan.Changes, c)
	return nil
}

func (a *application) resolve(name string) Resolution {
	switch {
	case slices.Contains(a.choices.Keep, name):
		return ResolutionKeep
	case slices.Contains(a.choices.Overwrite, name), a.choices.OverwriteAll:
		return ResolutionOverwrite
	case a.choices.KeepAll:
		return ResolutionKeep
	default:
		return ResolutionNone
	}
}

// lastChange returns what the audit log says of a default role or baseline.
func (a *application) lastChange(k plan.Key) (*LastChange, error) {
	var target string
	var is any
	switch k.Kind {
	case kindOfRole:
		id := a.storedAs(RoleID(k.ID))
		target = roleSubject(id).String()
		if r := a.own.roles[id]; r != nil {
			is = auditRole(r.RoleSpec)
		}
	case kindOfBaseline:
		target = profileSubject(ProfileID(k.ID)).String()
		is = auditRules(a.own.rules(profileSubject(ProfileID(k.ID))))
	default:
		return nil, nil //nolint:nilnil // nothing else is stored, so nobody changed it
	}
	events, err := a.tx.Audit(a.ctx, AllOrgs, AuditQuery{Target: target, Limit: 1})
	if err != nil || len(events) == 0 {
		return nil, err
	}
	e := events[0]
	return &LastChange{By: e.Actor, At: e.At, Action: e.Action, Unaudited: !sameJSON(e.After, toJSON(is))}, nil
}

// storedAs returns what a default role is called in the store.
func (a *application) storedAs(id RoleID) RoleID {
	if a.own.roles[id] != nil {
		return id
	}
	for old, now := range a.renames.roles {
		if now == id && a.own.roles[old] != nil {
			return old
		}
	}
	return id
}

// sameJSON reports whether two texts are the same value: a database may keep JSON in
// a form of its own.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	if len(a) == 0 || len(b) == 0 || json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return len(a) == len(b)
	}
	return string(toJSON(x)) == string(toJSON(y))
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
	for _, from := range slices.Sorted(maps.Keys(a.choices.Replace)) {
		if a.kit.catalog.declares(kindOfRole, string(from)) {
			return errorf(CodeInvalid, "the file declares the default role %q, so that it does not leave", from).hint("name a role that it declares no more")
		}
		if r := a.own.roles[from]; r != nil && a.moves[from] == "" {
			if err := a.mayMove(r, a.choices.Replace[from], "replaced"); err != nil {
				return err
			}
			a.moves[from] = a.choices.Replace[from]
		}
	}
	return nil
}

// mayMove refuses a successor of another profile, or that is not there.
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
	return errorf(CodeInvalid, "the file declares no role %q, by which %q could be %s", to, from.ID, how)
}

// planDefaults works out the default roles and baselines that are to be stored.
func (a *application) planDefaults() error {
	kept := map[string]bool{}
	for _, d := range a.plan.Drift {
		kept[driftName(d.Kind, d.ID)] = d.Resolution != ResolutionOverwrite
	}
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
		now := a.renames.role(a.own.roles[id].RoleSpec)
		switch {
		case want[now.ID].ID != "":
		case kept[string(now.ID)], leave[id]:
			want[now.ID] = now
		case !slices.Contains(a.gone, id):
			a.gone = append(a.gone, id)
		}
	}
	return want
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
		a.plan.Leaving = append(a.plan.Leaving, LeavingRole{ID: id, To: a.moves[id], Holders: a.holders(id)})
	}
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
	a.refuseDrift()
	a.refuseLeaving()
	a.refuseLost()
	return nil
}

func (a *application) refuseDrift() {
	var names []string
	for _, d := range a.plan.Drift {
		if d.Resolution == ResolutionNone {
			names = append(names, driftName(d.Kind, d.ID))
		}
	}
	if len(names) > 0 {
		a.refuse(errorf(CodeDrifted, "edited in the database since the catalog was applied last: %s", some(names)).
			hint("write the edits into the file, or say which to keep and which to overwrite"))
	}
}

func (a *application) refuseLeaving() {
	for _, l := range a.plan.Leaving {
		if l.To == "" && l.Holders.count() > 0 {
			e := errorf(CodeRoleInUse, "the file does not declare the default role %q any more, and it is %s", l.ID, l.Holders.text()).
				hint("name the role that they get instead, or say in the file what it was renamed to")
			e.Holders = &l.Holders
			a.refuse(e)
		}
	}
}

func (a *application) refuseLost() {
	for _, l := range a.plan.Lost {
		if l.To == "" && !l.Dropped {
			a.refuse(errorf(CodeGrantsHeld, "the file takes %s away from custom roles that grant it: %s", l.Permission, some(roleNames(l.Roles))).
				hint("say that they lose it, or which permission they get instead, or in the file what it was renamed to"))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(a.unfit)) {
		a.refuse(errorf(CodeInvalid, "%s cannot take the place of %s, which is not for their profile or not with their access, in %s",
			a.choices.MapGrants[p], p, some(roleNames(a.unfit[p]))).hint("choose another permission, or say that they lose it"))
	}
}

func roleNames(roles []RoleRef) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r.Role) + " of " + string(r.Org)
	}
	return names
}

// some lists the first few of many, and counts the others.
func some(names []string) string {
	const most = 10
	s := listOf(names[:min(len(names), most)])
	if more := len(names) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}
