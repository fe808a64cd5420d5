package rolekit

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// EffectiveGrant is something that a user may do as a profile, by one access, and
// where it comes from.
type EffectiveGrant struct {
	Grant

	Profile ProfileID
	Sources []Source // the shortest first
	More    bool     // there are more sources than these, or may be
}

// Source is one way from a user to a grant that gives them something now.
type Source struct {
	Path // its grant may imply what the user may do by it

	Period // when the whole way holds: as long as all of its steps do
}

const (
	// maxSources is how many sources of one grant are told.
	maxSources = 10
	// maxSteps bounds the search for further sources: groups in groups can make
	// very many ways.
	maxSteps = 10_000
)

// Effective returns what a user may do in the organisation as a profile (as any
// of theirs, where it is empty), each with where it comes from: roles, groups,
// what an ancestor gave, what roles include, baselines, and until when. It is
// sorted by profile, permission and access, the widest first; narrower accesses
// are listed beside wider ones. The revision is of the policy that says so. It
// needs what [Manager.Check] needs.
func (m *Manager) Effective(ctx context.Context, org OrgID, user UserID, profile ProfileID) ([]EffectiveGrant, Revision, error) {
	if err := m.mayAskAbout(ctx, Identity{User: user, Org: org}); err != nil {
		return nil, 0, err
	}
	if profile != "" {
		if err := m.kit.catalog.CheckProfile(profile); err != nil {
			return nil, 0, err
		}
	}
	if err := m.kit.trust.check(m.kit.config.Clock); err != nil {
		return nil, 0, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return nil, 0, err
	}
	f := sourceFinder{policy: p, now: m.kit.config.Clock(), only: profile, found: map[heldAs]*EffectiveGrant{}}
	f.search(userSubject(user))
	return f.sorted(), p.revision, nil
}

// sourceFinder looks for the ways from a user to what they are granted now.
type sourceFinder struct {
	policy *policy
	now    time.Time
	only   ProfileID // empty for any
	found  map[heldAs]*EffectiveGrant
	cut    bool // not every way was tried
}

// heldAs is what a user may do as a profile.
type heldAs struct {
	profile ProfileID
	grant   Grant
}

// search tries the ways from a user on, the shortest first and none twice through
// the same place. The first to each place is always tried, so that nothing that is
// held lacks a source; further ones while there are not too many.
func (f *sourceFinder) search(user subject) {
	seen, left := map[subject]bool{}, maxSteps
	for queue := [][]link{nil}; len(queue) > 0; queue = queue[1:] {
		from, way := user, queue[0]
		if len(way) > 0 {
			from = way[len(way)-1].to
		}
		for _, k := range f.policy.links(from) {
			if !k.during.Includes(f.now) || slices.ContainsFunc(way, func(w link) bool { return w.to == k.to }) {
				continue
			}
			if seen[k.to] {
				if left--; left < 0 {
					f.cut = true
					continue
				}
			}
			seen[k.to] = true
			longer := append(slices.Clone(way), k)
			queue = append(queue, longer)
			f.note(longer)
		}
	}
}

// note takes in what a way gives at its end: a role's grants, and the baseline of
// the profile that it makes the user have.
func (f *sourceFinder) note(way []link) {
	var profile ProfileID
	end, profiles := way[len(way)-1].to, f.policy.catalog.profiles
	switch {
	case end.kind == kindRole:
		r := f.policy.role(RoleID(end.id))
		profile = r.Profile
		f.add(way, profile, f.policy.live(profile, r.Grants))
	case len(profiles) == 1:
		profile = profiles[0].ID
	default:
		return
	}
	last := link{to: profileSubject(profile), org: AllOrgs}
	f.add(append(slices.Clone(way), last), profile, f.policy.baseline(profile))
}

func (f *sourceFinder) add(way []link, profile ProfileID, grants []Grant) {
	if f.only != "" && f.only != profile {
		return
	}
	for _, g := range grants {
		source := newSource(way, profile, g)
		for _, i := range f.policy.catalog.implied[g.Permission] {
			key := heldAs{profile, Grant{f.policy.catalog.permissions[i].ID, g.Access}}
			held := f.found[key]
			if held == nil {
				held = &EffectiveGrant{Grant: key.grant, Profile: profile}
				f.found[key] = held
			}
			if held.More = held.More || len(held.Sources) == maxSources; !held.More {
				held.Sources = append(held.Sources, source)
			}
		}
	}
}

// newSource is a way that holds while all of its steps do.
func newSource(way []link, profile ProfileID, g Grant) Source {
	path := newTimedPath(way, profile, g)
	s := Source{Path: path.Path}
	for _, during := range path.during {
		if during.From.After(s.From) {
			s.From = during.From
		}
		if until := during.Until; !until.IsZero() && (s.Until.IsZero() || until.Before(s.Until)) {
			s.Until = until
		}
	}
	return s
}

// sorted returns what was found.
func (f *sourceFinder) sorted() []EffectiveGrant {
	all := make([]EffectiveGrant, 0, len(f.found))
	for _, held := range f.found {
		held.More = held.More || f.cut
		slices.SortStableFunc(held.Sources, func(a, b Source) int { return cmp.Compare(len(a.Steps), len(b.Steps)) })
		all = append(all, *held)
	}
	slices.SortFunc(all, func(a, b EffectiveGrant) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.Permission, b.Permission), compareAccess(a.Access, b.Access))
	})
	return all
}
