package rolekit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Explanation tells why a decision is what it is: by which ways it is allowed,
// or what comes nearest to allowing it. It marshals to JSON.
type Explanation struct {
	Allowed    bool       `json:"allowed"`
	User       UserID     `json:"user"`
	Org        OrgID      `json:"org"`
	Profile    ProfileID  `json:"profile,omitempty"`
	Permission Permission `json:"permission"`
	Access     []Access   `json:"access"`
	Revision   Revision   `json:"revision"`
	Paths      []Path     `json:"paths"`  // of an allowing decision
	Misses     []Miss     `json:"misses"` // of a denying one, the nearest first
}

// Path is one way from the user to a grant.
type Path struct {
	Steps []Step `json:"steps"`
	Grant Grant  `json:"grant"`
}

// Step is one link of a path: a group or role that the one before leads to.
type Step struct {
	To    string     `json:"to"`            // group:researchers, role:bookkeeper, profile:worker (the baseline)
	Org   OrgID      `json:"org,omitempty"` // where that was said; * for default roles
	Until *time.Time `json:"until,omitempty"`
}

// MissKind names why something that could have allowed did not.
type MissKind string

// The kinds of misses, the nearest to allowing first.
const (
	MissAccess       MissKind = "access"          // granted, but not as far as this resource
	MissEnded        MissKind = "ended"           // granted until a time that is over
	MissNotStarted   MissKind = "not_started"     // granted from a time that is to come
	MissOtherProfile MissKind = "other_profile"   // granted for another of the user's profiles
	MissOtherOrg     MissKind = "other_org"       // granted in another organisation
	MissRoleLacks    MissKind = "role_lacks_it"   // the roles held do not give it
	MissNoRole       MissKind = "no_role"         // the user holds no role here
	MissNotForThese  MissKind = "not_for_profile" // the permission is not for the profile
)

// Miss is one near miss.
type Miss struct {
	Kind    MissKind   `json:"kind"`
	Text    string     `json:"text"` // one sentence
	Path    *Path      `json:"path,omitempty"`
	Profile ProfileID  `json:"profile,omitempty"`
	Org     OrgID      `json:"org,omitempty"`
	At      *time.Time `json:"at,omitempty"` // when it ended, or will start
	Roles   []RoleID   `json:"roles,omitempty"`
}

// maxPaths bounds an explanation; the shortest paths come first.
const maxPaths = 50

// Explain answers a question like [Kit.Can], and says why. It is for people, not
// for the path of requests: it costs far more than a check. It tells of every
// organisation; [Manager.Explain] leaves out what its actor may not know.
func (k *Kit) Explain(ctx context.Context, who Identity, want Permission, resource Resource) (Explanation, error) {
	d, err := k.Can(ctx, who, want, resource)
	e := Explanation{
		Allowed: d.Allowed, User: who.User, Org: who.Org, Profile: d.Identity().Profile, Permission: want,
		Access: append([]Access{}, d.Access()...), Revision: d.Revision(), Paths: []Path{}, Misses: []Miss{},
	}
	if err != nil {
		return e, err
	}
	now := d.moment()
	d.by = &basis{snap: d.by.snap, accesses: d.by.accesses, at: now.Unix(), aside: d.by.aside} // all that follows is of one moment
	paths := d.by.snap.policy.paths(who.User, want)
	for _, p := range paths {
		if d.Allowed && len(e.Paths) < maxPaths && p.profile == e.Profile && p.holds(now) && slices.Contains(d.Access(), p.Grant.Access) {
			e.Paths = append(e.Paths, p.Path)
		}
	}
	if !d.Allowed {
		e.Misses = k.misses(ctx, d, paths)
	}
	return e, nil
}

// timedPath is a path, the profile it is for, and the periods it passes.
type timedPath struct {
	Path

	profile ProfileID
	during  []Period
}

func (p timedPath) holds(at time.Time) bool {
	return !slices.ContainsFunc(p.during, func(d Period) bool { return !d.Includes(at) })
}

// pathFinder looks for ways from a user to grants of a permission, whenever they
// hold and whatever their profile, the shortest first. Groups in groups can make
// very many ways: left bounds how many are tried.
type pathFinder struct {
	policy *policy
	want   Permission
	found  []timedPath
	left   int
}

func (p *policy) paths(user UserID, want Permission) []timedPath {
	f := &pathFinder{policy: p, want: want, left: 10_000}
	for queue := [][]link{nil}; len(queue) > 0 && f.left > 0; queue = queue[1:] {
		from := userSubject(user)
		if way := queue[0]; len(way) > 0 {
			from = way[len(way)-1].to
		}
		queue = append(queue, f.longer(from, queue[0])...)
	}
	return f.found
}

// longer returns the ways that go on from the end of one, none twice through the
// same place, and notes what is granted at their ends.
func (f *pathFinder) longer(from subject, way []link) [][]link {
	var ways [][]link
	for _, k := range f.policy.links(from) {
		if f.left--; slices.ContainsFunc(way, func(w link) bool { return w.to == k.to }) {
			continue
		}
		longer := append(slices.Clone(way), k)
		ways = append(ways, longer)
		switch profiles := f.policy.catalog.profiles; {
		case k.to.kind == kindRole:
			r := f.policy.role(RoleID(k.to.id))
			f.add(longer, r.Profile, f.policy.live(r.Profile, r.Grants))
			f.addBaseline(longer, r.Profile)
		case len(profiles) == 1:
			f.addBaseline(longer, profiles[0].ID)
		}
	}
	return ways
}

// addBaseline notes what a way grants by giving a profile.
func (f *pathFinder) addBaseline(way []link, profile ProfileID) {
	last := link{to: profileSubject(profile), org: AllOrgs}
	f.add(append(slices.Clone(way), last), profile, f.policy.baseline(profile))
}

func (f *pathFinder) add(way []link, profile ProfileID, grants []Grant) {
	for _, g := range grants {
		if f.policy.catalog.covers(Grant{g.Permission, AccessAny}, Grant{f.want, AccessAny}) {
			f.found = append(f.found, newTimedPath(way, profile, g))
		}
	}
}

func newTimedPath(way []link, profile ProfileID, g Grant) timedPath {
	t := timedPath{Path: Path{Grant: g}, profile: profile}
	for _, k := range way {
		s := Step{To: k.to.String(), Org: k.org}
		if !k.during.Until.IsZero() {
			s.Until = &k.during.Until
		}
		t.Steps = append(t.Steps, s)
		t.during = append(t.during, k.during)
	}
	return t
}

func (k *Kit) misses(ctx context.Context, d Decision, paths []timedPath) []Miss {
	var all []Miss
	for _, p := range paths {
		all = append(all, p.miss(d))
	}
	if !slices.ContainsFunc(all, func(m Miss) bool { return m.Kind == MissAccess }) {
		all = append(all, k.missHere(d))
	}
	memberships, err := k.Memberships(ctx, d.Identity().User)
	if err != nil { // it would only be a further hint
		k.config.Logger.Warn("an explanation does not look at other organisations", "error", err)
	}
	for _, m := range memberships {
		if m.Org.ID == d.Identity().Org {
			continue
		}
		if miss, ok := k.missThere(ctx, d, m); ok {
			all = append(all, miss)
		}
	}
	order := []MissKind{MissAccess, MissEnded, MissNotStarted, MissOtherProfile, MissOtherOrg, MissRoleLacks, MissNotForThese, MissNoRole}
	slices.SortStableFunc(all, func(a, b Miss) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return all
}

// miss says why a path did not allow.
func (p timedPath) miss(d Decision) Miss {
	m := Miss{Path: &p.Path}
	for _, during := range p.during {
		switch {
		case during.Includes(d.moment()):
		case !during.From.IsZero() && d.moment().Before(during.From):
			m.Kind, m.At = MissNotStarted, &during.From
			m.Text = fmt.Sprintf("%s gives it, from %s on", p.Path, m.At.Format(time.RFC3339))
			return m
		default:
			m.Kind, m.At = MissEnded, &during.Until
			m.Text = fmt.Sprintf("%s gave it, until %s", p.Path, m.At.Format(time.RFC3339))
			return m
		}
	}
	if p.profile != d.Identity().Profile {
		m.Kind, m.Profile = MissOtherProfile, p.profile
		m.Text = fmt.Sprintf("%s gives it, to those who act as %s", p.Path, p.profile)
		return m
	}
	m.Kind = MissAccess
	m.Text = fmt.Sprintf("%s gives it, but only as far as %s, which does not reach this", p.Path, p.Grant.Access)
	return m
}

// missThere says as which profile the user may do it in another organisation, if
// as any: rather as the one they act as here.
func (k *Kit) missThere(ctx context.Context, d Decision, there Membership) (Miss, bool) {
	profiles := there.Profiles
	if here := d.Identity().Profile; slices.Contains(profiles, here) {
		profiles = slices.Concat([]ProfileID{here}, profiles)
	}
	for _, profile := range profiles {
		decision, err := k.Can(ctx, Identity{User: d.Identity().User, Org: there.Org.ID, Profile: profile}, d.Permission(), nil)
		if err != nil || !decision.Allowed {
			continue
		}
		m := Miss{Kind: MissOtherOrg, Org: there.Org.ID, Text: fmt.Sprintf("%s may do it in %q", userSubject(d.Identity().User), there.Org.ID)}
		if profile != d.Identity().Profile {
			m.Profile = profile
			m.Text += fmt.Sprintf(", as %s", profile)
		}
		return m, true
	}
	return Miss{}, false
}

// missHere says what the user lacks in the organisation itself.
func (k *Kit) missHere(d Decision) Miss {
	who, profile := userSubject(d.Identity().User), d.Identity().Profile
	held := d.by.snap.policy.assigned(d.Identity().User, d.moment())
	info := k.catalog.byID[d.Permission()]
	switch {
	case len(held) == 0:
		return Miss{Kind: MissNoRole, Roles: d.RolesGranting(), Text: fmt.Sprintf("%s holds no role in %q", who, d.Identity().Org)}
	case profile != "" && !slices.Contains(info.Profiles, profile):
		return Miss{Kind: MissNotForThese, Profile: profile, Text: fmt.Sprintf("%s is for %s, not for %s", d.Permission(), listOf(info.Profiles), profile)}
	}
	m := Miss{Kind: MissRoleLacks, Roles: d.RolesGranting()}
	m.Text = fmt.Sprintf("the roles of %s in %q (%s) do not give %s", who, d.Identity().Org, listOf(held), d.Permission())
	if len(m.Roles) > 0 {
		m.Text += "; it comes with " + listOf(m.Roles)
	}
	return m
}

// String shows a path: group:researchers > role:analyst in "tom".
func (p Path) String() string {
	words := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		words[i] = s.To
		if s.Org != "" && s.Org != AllOrgs {
			words[i] += fmt.Sprintf(" in %q", s.Org)
		}
	}
	return strings.Join(words, " > ")
}

// String shows the explanation as a few lines of text.
func (e Explanation) String() string {
	var b strings.Builder
	verb := "may not"
	if e.Allowed {
		verb = "may"
	}
	fmt.Fprintf(&b, "%s %s %s in %q", userSubject(e.User), verb, e.Permission, e.Org)
	if e.Profile != "" {
		fmt.Fprintf(&b, " as %s", e.Profile)
	}
	if len(e.Access) > 0 {
		fmt.Fprintf(&b, ", as far as: %s", listOf(e.Access))
	}
	fmt.Fprintf(&b, " (revision %d)\n", e.Revision)
	for _, p := range e.Paths {
		fmt.Fprintf(&b, "  by %s: %s (%s)\n", p, p.Grant.Permission, p.Grant.Access)
	}
	for _, m := range e.Misses {
		fmt.Fprintf(&b, "  %s\n", m.Text)
	}
	return b.String()
}
