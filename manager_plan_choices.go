package rolekit

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Check refuses choices that contradict each other, or that no store could make sense
// of, with ErrInvalid. [Manager.PlanCatalog] and [Manager.ApplyCatalog] check them too:
// this is for those who want to know before they open a store.
func (c *CatalogChoices) Check(catalog *Catalog) error {
	for _, from := range slices.Sorted(maps.Keys(c.MapGrants)) {
		if err := catalog.CheckPermission(c.MapGrants[from]); err != nil {
			return err
		}
		if slices.Contains(c.DropGrants, from) {
			return errorf(CodeInvalid, "grants of %s cannot both be dropped and become %s", from, c.MapGrants[from])
		}
	}
	for _, p := range slices.Concat(c.DropGrants, slices.Sorted(maps.Keys(c.MapGrants))) {
		if !isName(string(p.Object())) || !isName(string(p.Action())) {
			return errorf(CodeInvalid, "%s is no permission", quoteShort(string(p))).hint("write OBJECT:ACTION")
		}
	}
	for _, name := range c.Keep {
		if slices.Contains(c.Overwrite, name) {
			return errorf(CodeInvalid, "%q cannot both be kept and be overwritten", name)
		}
		if c.Replace[RoleID(name)] != "" {
			return errorf(CodeInvalid, "%q cannot both be kept and be replaced", name)
		}
	}
	if c.KeepAll && c.OverwriteAll {
		return errorf(CodeInvalid, "what was edited cannot all be kept and all be overwritten")
	}
	for _, from := range slices.Sorted(maps.Keys(c.Replace)) {
		if to := c.Replace[from]; !catalog.declares(kindOfRole, string(to)) {
			return errorf(CodeInvalid, "the file declares no role %s, by which %s could be replaced", quoteShort(string(to)), quoteShort(string(from))).
				hint("%s", suggestion(string(to), catalog.roleIDs(), "name a role that it declares"))
		}
	}
	return nil
}

func (c *Catalog) roleIDs() []RoleID {
	ids := make([]RoleID, len(c.roles))
	for i, r := range c.roles {
		ids[i] = r.ID
	}
	return ids
}

// checkNames refuses to keep or to overwrite what never was there. What a mistyped name
// meant would go the way of all others, and that may be to be overwritten.
func (a *application) checkNames() error {
	known := a.driftNames()
	for _, name := range slices.Concat(a.choices.Keep, a.choices.Overwrite) {
		if now := a.driftedAs(name); now != name {
			return errorf(CodeInvalid, "the file says that %q is called %q now", name, now).hint("keep or overwrite it by that name")
		}
		if slices.Contains(known, name) {
			continue
		}
		was, err := a.wasThere(name)
		if err != nil {
			return err
		}
		if !was {
			return errorf(CodeInvalid, "there is and was no default role or baseline %s, to be kept or overwritten", quoteShort(name)).
				hint("%s", suggestion(name, known, "rolekit plan tells what was edited, and what it is called"))
		}
	}
	return nil
}

// driftedAs is what a default role or baseline is called now.
func (a *application) driftedAs(name string) string {
	if profile, is := strings.CutPrefix(name, driftName(kindOfBaseline, "")); is {
		return driftName(kindOfBaseline, string(renamed(a.renames.profiles, ProfileID(profile))))
	}
	return string(renamed(a.renames.roles, RoleID(name)))
}

// driftNames are the default roles and baselines that the file, what was applied last
// and the store know.
func (a *application) driftNames() (names []string) {
	for _, c := range []*Catalog{a.kit.catalog, cmp.Or(a.last.catalog, a.kit.catalog)} {
		for _, id := range c.roleIDs() {
			names = append(names, driftName(kindOfRole, string(id)))
		}
		for _, p := range c.profiles {
			names = append(names, driftName(kindOfBaseline, string(p.ID)))
		}
	}
	for id := range a.own.roles {
		names = append(names, driftName(kindOfRole, string(id)))
	}
	for id := range a.own.baseline {
		names = append(names, driftName(kindOfBaseline, string(id)))
	}
	return names
}

// wasThere reports whether the audit log knows a default role or baseline: one that was
// overwritten by nothing has left no other trace, and may be named once more.
func (a *application) wasThere(name string) (bool, error) {
	target := roleSubject(RoleID(name))
	if profile, is := strings.CutPrefix(name, driftName(kindOfBaseline, "")); is {
		target = profileSubject(ProfileID(profile))
	}
	events, err := a.tx.Audit(a.ctx, AllOrgs, AuditQuery{Target: target.String(), Limit: 1})
	return len(events) > 0, err
}

// checkMerges refuses names under which there was something else already, which the file
// would join to one: who has either would come to have both. It reads the renames of
// default roles and profiles; grants of permissions can be joined, as that is said of
// each.
func (a *application) checkMerges() error {
	for _, r := range a.kit.catalog.Renames() {
		if !a.has(r.Kind, r.From) || !a.has(r.Kind, r.To) || !a.last.catalog.declares(r.Kind, r.To) {
			continue // or the new one was made of the old one, and is beside it
		}
		return errorf(CodeInvalid, "the file calls the %s %q %q now, and there is one of that name already: the two would become one", r.Kind, r.From, r.To).
			hint("give it a name that nothing has; or take renamed_from out of the file, and say who gets what of the one that leaves")
	}
	return nil
}

// has reports whether there is a default role, or was a profile; it knows nothing of
// another kind, and nothing where no catalog was applied.
func (a *application) has(kind, id string) bool {
	switch {
	case a.last.catalog == nil:
		return false
	case kind == kindOfRole:
		return a.own.roles[RoleID(id)] != nil
	default:
		return kind == kindOfProfile && a.last.catalog.HasProfile(ProfileID(id))
	}
}

// idleKeeps tells what is to be kept and was not edited: it goes as the file says.
func (a *application) idleKeeps() {
	for _, name := range a.choices.Keep {
		if !slices.ContainsFunc(a.plan.Drift, func(d CatalogDrift) bool { return driftName(d.Kind, d.ID) == name }) {
			a.idle("keep", name, "nothing edited it, so that there is nothing to keep")
		}
	}
}

func (a *application) idle(choice, name, reason string) {
	a.plan.Idle = append(a.plan.Idle, IdleChoice{choice, name, reason})
}

// near is what else may have been meant, as the end of a sentence; empty for nothing.
func near[T ~string](name string, known []T) string {
	if meant := suggestion(name, known, ""); meant != "" {
		return "; " + meant
	}
	return ""
}

// idleGrants tells which permissions are dropped or replaced that nobody can lose. They
// are not refused: a command that did it once may be run again, and then nothing knows
// them any more. What was meant in their place is undecided, and refused.
func (a *application) idleGrants() {
	var leaving []Permission
	if a.last.catalog != nil {
		for _, p := range a.last.catalog.permissions {
			if now := a.renames.permission(p.ID); a.kit.catalog.byID[now] == nil {
				leaving = append(leaving, now)
			}
		}
	}
	tell := func(choice string, p Permission) {
		now := a.renames.permission(p)
		switch {
		case a.lost[p] != nil || slices.Contains(leaving, p):
		case now != p:
			a.idle(choice, string(p), "that permission is called "+string(now)+" now")
		case a.kit.catalog.byID[p] != nil:
			a.idle(choice, string(p), "the file has that permission, and no custom role loses it")
		default:
			meant := near(string(p), append(slices.Collect(maps.Keys(a.lost)), leaving...))
			a.idle(choice, string(p), "the catalog that was applied last has no such permission"+meant)
		}
	}
	for _, p := range a.choices.DropGrants {
		tell("drop_grants", p)
	}
	for _, p := range slices.Sorted(maps.Keys(a.choices.MapGrants)) {
		tell("map_grants", p)
	}
}
