package rolekit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// RestoreNote is something in contents that the catalog does not have, and that
// Contents.LeaveUnknown has let pass; or what waits, or was applied, otherwise here.
type RestoreNote struct {
	At   string // its path, like that of an error's Part
	What string // in words
	Kept bool   // it is restored, and means nothing so far; else it is left out
}

// fitting compares contents with the catalog. What the store has already is not looked
// at: a profile or permission that left the catalog must not keep a copy from being
// restored where it came from.
type fitting struct {
	catalog *Catalog
	leave   bool // see Contents.LeaveUnknown
	p       *partCheck
	notes   []RestoreNote
}

// role returns a role with the grants that it is to have. old is the one that is there.
func (f *fitting) role(spec RoleSpec, old *Role) RoleSpec {
	at := "roles/" + string(spec.ID)
	if err := spec.checkWords(); err != nil {
		_ = f.p.see(err, "%s", at)
		return spec
	}
	var had []Grant
	if old != nil && old.Profile == spec.Profile {
		had = append([]Grant{}, old.Grants...)
	} else if !f.profile(at, fmt.Sprintf("role %s is of profile %s", spec.ID, spec.Profile), spec.Profile) {
		return spec
	}
	spec.Grants = f.grants(spec.Profile, spec.Grants, had, func(g Grant, _ int) string {
		return fmt.Sprintf("%s/grants/%s %s", at, g.Permission, g.Access)
	})
	return spec
}

// profile reports whether something may be of a profile.
func (f *fitting) profile(at, what string, id ProfileID) bool {
	err := f.catalog.CheckProfile(id)
	switch {
	case err == nil:
		return true
	case id.Validate() != nil:
		_ = f.p.see(err, "%s", at)
		return false
	case !f.leave:
		_ = f.p.see(hinted(err, "Contents.LeaveUnknown takes what is of one that left the catalog"), "%s", at)
		return false
	}
	f.notes = append(f.notes, RestoreNote{at, what + ", which the catalog does not have", true})
	return true
}

// hinted is an error with a further hint.
func hinted(err error, more string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	if e.Hint != "" {
		more = e.Hint + "; " + more
	}
	return e.hint("%s", more)
}

// grants returns the grants that are restored. had are those that are there, nil where
// what they are of is not.
func (f *fitting) grants(profile ProfileID, all, had []Grant, path func(Grant, int) string) []Grant {
	kept := make([]Grant, 0, len(all))
	for i, g := range all {
		at := path(g, i)
		err := f.catalog.CheckGrant(profile, g)
		switch {
		case err == nil, slices.Contains(had, g):
		case !f.leave && f.catalog.HasProfile(profile):
			_ = f.p.see(err, "%s", at)
		case !f.leave:
			_ = f.p.see(hinted(err, "Contents.LeaveUnknown takes what is of a profile that left the catalog"), "%s", at)
		case !f.catalog.HasProfile(profile): // it stays with what is of that profile
			err := g.checkForm()
			_ = f.p.see(err, "%s", at)
			if err == nil && had != nil { // else all that is of the profile is noted
				f.notes = append(f.notes, RestoreNote{at, grantText(g) + ", of a profile that the catalog does not have", true})
			}
		default:
			f.notes = append(f.notes, RestoreNote{At: at, What: grantText(g)})
			continue
		}
		kept = append(kept, g)
	}
	return kept
}

// checkForm checks what every catalog would ask of a grant.
func (g Grant) checkForm() error {
	if err := validName("object", string(g.Permission.Object())); err != nil {
		return err
	}
	if err := validName("action", string(g.Permission.Action())); err != nil {
		return err
	}
	if set, ok := g.Access.Set(); ok {
		return set.Validate()
	}
	return validName("access", string(g.Access))
}

// baseline leaves in each baseline the grants that are restored.
func (f *fitting) baseline(want map[ProfileID][]Grant, own *layer) {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		at, had := "baseline/"+string(id), own.baseline[id]
		if len(had) == 0 && !f.profile(at, fmt.Sprintf("the baseline of profile %s", id), id) {
			continue
		}
		want[id] = f.grants(id, want[id], had, func(_ Grant, i int) string { return fmt.Sprintf("%s/%d", at, i) })
	}
}

// acting checks the profiles that users act as.
func (f *fitting) acting(want map[UserID]ProfileID, own *layer) {
	for _, user := range slices.Sorted(maps.Keys(want)) {
		id := want[user]
		if had, _ := own.chosen.Get(user); had != id {
			f.profile("acting/"+string(user), fmt.Sprintf("%s acts as %s", user, id), id)
		}
	}
}

// unsaid leaves out what is given, included, in a group or reached of which nothing says that it
// is there: rules cannot say so of what has none.
func (f *fitting) unsaid(want *Contents, sees *policy) {
	is := func(at string, to subject, there bool) bool {
		if !there {
			f.notes = append(f.notes, RestoreNote{At: at, What: to.String() + ", of which no rule says that it is there"})
		}
		return there
	}
	role := func(at string, id RoleID) bool { return is(at, roleSubject(id), sees.role(id) != nil) }
	group := func(at string, id GroupID) bool {
		g, _ := sees.groupAt(id)
		return is(at, groupSubject(id), g != nil)
	}
	for i := range want.Roles {
		r := &want.Roles[i]
		r.Grants = only(r.Grants, func(g Grant) bool {
			set, in := g.Access.Set()
			return !in || is(fmt.Sprintf("roles/%s/grants/%s %s", r.ID, g.Permission, g.Access), subject{kindSet, string(set)}, sees.resourceSet(set) != nil)
		})
		r.Includes = only(r.Includes, func(id RoleID) bool { return role("roles/"+string(r.ID)+"/includes/"+string(id), id) })
	}
	want.Groups = slices.Clone(want.Groups) // a transaction may run again
	for i := range want.Groups {
		g := &want.Groups[i]
		g.Groups = only(g.Groups, func(id GroupID) bool { return group("groups/"+string(g.ID)+"/groups/"+string(id), id) })
	}
	want.Assignments = only(want.Assignments, func(a Assignment) bool {
		return role(a.path(), a.Role) && (a.Group == "" || group(a.path(), a.Group))
	})
}

// only returns the items that a test lets pass.
func only[T any](items []T, passes func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool { return !passes(item) })
}
