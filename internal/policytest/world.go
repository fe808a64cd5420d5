package policytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rolekit/rolekit"
)

// World is a kit that holds a file's policy, with a clock that can be set.
type World struct {
	*rolekit.Kit

	file *File
	now  atomic.Pointer[time.Time]
}

// Build makes a kit on an empty store and fills it with the file's policy, all
// of it through the Manager. adjust, where it is not nil, may change the kit's
// configuration, to choose an engine.
func (f *File) Build(ctx context.Context, store rolekit.Store, adjust func(*rolekit.Config)) (*World, error) {
	w, err := f.Reopen(ctx, store, adjust)
	if err != nil {
		return nil, err
	}
	if err := w.fill(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// Reopen is Build on a store that was filled already.
func (f *File) Reopen(ctx context.Context, store rolekit.Store, adjust func(*rolekit.Config)) (*World, error) {
	w := &World{file: f}
	w.SetTime(f.At)
	config := rolekit.Config{Catalog: f.catalog, Clock: func() time.Time { return *w.now.Load() }, Teams: w.teams}
	for _, a := range f.catalog.Accesses() {
		if config.Access == nil {
			config.Access = map[rolekit.Access]rolekit.AccessRule{}
		}
		config.Access[a.ID] = rolekit.AccessRule{Reaches: w.reaches(a.ID)}
	}
	if adjust != nil {
		adjust(&config)
	}
	var err error
	if w.Kit, err = rolekit.New(ctx, store, config); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return w, nil
}

// SetTime sets the world's clock.
func (w *World) SetTime(t time.Time) { w.now.Store(&t) }

// SetClock sets the world's clock to when the case is asked.
func (w *World) SetClock(c Case) {
	if c.At.IsZero() {
		w.SetTime(w.file.At)
		return
	}
	w.SetTime(c.At)
}

// teams fails for those of whom the application cannot tell.
func (w *World) teams(_ context.Context, who rolekit.Identity) ([]rolekit.TeamID, error) {
	if slices.Contains(w.file.Failing, who.User) {
		return w.file.Teams[who.User], errors.New("the list of teams is away")
	}
	return w.file.Teams[who.User], nil
}

// reaches is an access of the application's own. It panics for those of whom the
// application cannot tell: that must be no worse than an error.
func (w *World) reaches(access rolekit.Access) func(context.Context, rolekit.Identity, rolekit.Resource) (bool, error) {
	return func(_ context.Context, who rolekit.Identity, resource rolekit.Resource) (bool, error) {
		if slices.Contains(w.file.Failing, who.User) {
			panic("who may reach what is away")
		}
		mine, facts := w.file.Access[access][who.User], resource.AccessFacts()
		return slices.Contains(mine.IDs, facts.ID) || slices.Contains(mine.Owners, facts.Owner) || slices.Contains(mine.Teams, facts.Team), nil
	}
}

// at says where in the file something went wrong.
func (f *File) at(line int, what string, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", f.Name, line, what, err)
}

// fill says the policy, in an order in which each part finds what it needs:
// organisations from the root, sets before the roles that name them.
func (w *World) fill(ctx context.Context) error {
	m, f := w.Manager().As(rolekit.System("corpus")), w.file
	if _, err := m.ApplyDefaults(ctx, f.catalog.Defaults()); err != nil {
		return fmt.Errorf("%s: %w", f.Catalog, err)
	}
	for _, o := range f.Orgs {
		if _, err := m.CreateOrg(ctx, rolekit.NewOrg{ID: o.ID, Parent: o.Parent}); err != nil {
			return f.at(o.line, fmt.Sprintf("organisation %q", o.ID), err)
		}
	}
	for _, step := range []func(context.Context, *rolekit.Manager) error{f.addSets, f.addRoles, f.addGroups, f.addMembers} {
		if err := step(ctx, m); err != nil {
			return err
		}
	}
	for _, s := range f.Switch {
		if err := w.SwitchProfile(ctx, rolekit.Identity{User: s.Identity.User, Org: s.Identity.Org}, s.Identity.Profile); err != nil {
			return f.at(s.line, fmt.Sprintf("switch %q", s.text), err)
		}
	}
	return nil
}

func (f *File) addSets(ctx context.Context, m *rolekit.Manager) error {
	for _, o := range f.Orgs {
		for _, id := range slices.Sorted(maps.Keys(f.Sets[o.ID])) {
			if _, err := m.PutSet(ctx, o.ID, rolekit.SetSpec{ID: id}, 0); err != nil {
				return fmt.Errorf("%s: set %q of %q: %w", f.Name, id, o.ID, err)
			}
			if err := m.ReplaceResources(ctx, o.ID, id, f.Sets[o.ID][id], 0); err != nil {
				return fmt.Errorf("%s: set %q of %q: %w", f.Name, id, o.ID, err)
			}
		}
	}
	return nil
}

// addRoles creates the roles of each organisation, the included before those
// that include them.
func (f *File) addRoles(ctx context.Context, m *rolekit.Manager) error {
	for _, o := range f.Orgs {
		roles := maps.Clone(f.Roles[o.ID])
		for len(roles) > 0 {
			before := len(roles)
			for _, id := range slices.Sorted(maps.Keys(roles)) {
				r := roles[id]
				if slices.ContainsFunc(r.Includes, func(inc rolekit.RoleID) bool { _, waits := roles[inc]; return waits }) {
					continue
				}
				spec := rolekit.RoleSpec{ID: id, Profile: r.Profile, Includes: r.Includes}
				for _, g := range r.Grants {
					spec.Grants = append(spec.Grants, g.Grant)
				}
				if _, err := m.CreateRole(ctx, o.ID, spec); err != nil {
					return f.at(r.line, fmt.Sprintf("role %q of %q", id, o.ID), err)
				}
				delete(roles, id)
			}
			if len(roles) == before {
				return fmt.Errorf("%s: the roles %s of %q include each other", f.Name, list(slices.Sorted(maps.Keys(roles))), o.ID)
			}
		}
	}
	return nil
}

func (f *File) addGroups(ctx context.Context, m *rolekit.Manager) error {
	for _, o := range f.Orgs {
		groups := f.Groups[o.ID]
		ids := slices.Sorted(maps.Keys(groups))
		for _, id := range ids {
			if _, err := m.PutGroup(ctx, o.ID, rolekit.GroupSpec{ID: id}, 0); err != nil {
				return f.at(groups[id].line, fmt.Sprintf("group %q of %q", id, o.ID), err)
			}
		}
		for _, id := range ids {
			if err := m.AddToGroup(ctx, o.ID, id, groups[id].Users, groups[id].Groups); err != nil {
				return f.at(groups[id].line, fmt.Sprintf("group %q of %q", id, o.ID), err)
			}
		}
	}
	return nil
}

func (f *File) addMembers(ctx context.Context, m *rolekit.Manager) error {
	for _, o := range f.Orgs {
		for _, user := range f.Members[o.ID] {
			if err := m.AddMember(ctx, o.ID, user); err != nil {
				return fmt.Errorf("%s: member %q of %q: %w", f.Name, user, o.ID, err)
			}
		}
	}
	for _, a := range f.Assign {
		if err := m.PutAssignment(ctx, a.Org, a.Assignment); err != nil {
			return f.at(a.line, fmt.Sprintf("assign %q", a.text), err)
		}
	}
	return nil
}
