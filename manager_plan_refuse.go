package rolekit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

func (a *application) refuse(e *Error) { a.plan.Refused = append(a.plan.Refused, e) }

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
		keep := l.To == l.ID
		if l.To != "" && (!keep || l.Holders.Roles == 0) || l.Holders.count() == 0 {
			continue
		}
		e := errorf(CodeRoleInUse, "the file does not declare the default role %q any more, and it is %s", l.ID, l.Holders.text()).
			hint("name the role that they get instead, or say in the file what it was renamed to")
		switch was := renamed(a.renames.profiles, a.own.roles[l.ID].Profile); {
		case keep:
			e = errorf(CodeRoleInUse, "the file makes the default role %q one of profile %q, which roles of %q cannot include: %s",
				l.ID, l.Profile, was, some(roleNames(l.IncludedBy))).
				hint("change those roles first, or name the role that they get instead")
		case l.Profile != "":
			e = errorf(CodeRoleInUse, "the file makes the default role %q one of profile %q, and as one of %q it is %s",
				l.ID, l.Profile, was, l.Holders.text()).
				hint("name the role that they get instead, or itself where users and groups are to hold it as one of its new profile")
		}
		e.Holders = &l.Holders
		a.refuse(e)
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

// refuseTaken refuses ids for default roles that custom roles have.
func (a *application) refuseTaken() {
	fresh := newIDs{}
	for _, s := range a.write {
		if a.own.roles[s.ID] == nil {
			fresh[s.ID] = nil
		}
	}
	if len(fresh) == 0 {
		return
	}
	for _, org := range slices.Sorted(maps.Keys(a.mapped)) {
		fresh.meet(a.mapped[org])
	}
	a.plan.Refused = append(a.plan.Refused, fresh.taken()...)
}

// refuseIncludes refuses default roles that include, beside those that stay as they are,
// what they cannot.
func (a *application) refuseIncludes() {
	after := newPolicy(a.kit.catalog, []*layer{a.defaults})
	for _, s := range a.write {
		if e, wrong := errors.AsType[*Error](checkDefaultIncludes(after, s)); wrong {
			a.refuse(e)
		}
	}
}

func roleNames(roles []RoleRef) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		if names[i] = string(r.Role); r.Org != AllOrgs {
			names[i] += " of " + string(r.Org)
		}
	}
	return names
}

func quoted[T ~string](names []T) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = strconv.Quote(string(name))
	}
	return all
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
