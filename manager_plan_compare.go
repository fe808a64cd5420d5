package rolekit

import (
	"encoding/json"
	"slices"

	"github.com/rolekit/rolekit/internal/plan"
)

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
		if leaves && named && resolution == ResolutionKeep { // what is said of all; it is named to be replaced
			resolution = ResolutionOverwrite
		}
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
