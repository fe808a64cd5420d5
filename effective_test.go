package rolekit_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// TestEffectiveIsWhatIsHeldAndWhy compares, for generated policies, what a user is
// told to hold with the list of their permissions, and each way that it is said to
// come by with the rows that are stored.
func TestEffectiveIsWhatIsHeldAndWhy(t *testing.T) {
	t.Parallel()
	sources, long, limited := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		clock := clockAt(noon())
		w := (&world{t: drawn{t, rt}, store: memstore.New()}).again(modelConfig(t, clock))
		fr.build(w.t, w, fr.drawFacts(rt, 24))
		rows := readStore(w.t, w.store)
		clock.set(noon().Add(time.Duration(rapid.IntRange(-2, 4).Draw(rt, "half hours")) * 30 * time.Minute))
		for _, o := range fr.orgs {
			for _, user := range append(people(), "nobody") {
				all, revision, err := w.system().Effective(t.Context(), o.ID, user, "")
				w.ok(err)
				w.holdsAsListed(o.ID, user, revision, all)
				for _, e := range all {
					if len(e.Sources) == 0 || e.More != (len(e.Sources) == 10) && len(e.Sources) != 10 {
						rt.Fatalf("%s in %s: %+v", user, o.ID, e)
					}
					for _, s := range e.Sources {
						rows.comesBy(w.t, fr.line(o.ID), user, e, s, clock.tell())
						sources++
						long += min(1, len(s.Steps)/3)
						if !s.Unlimited() {
							limited++
						}
					}
				}
			}
		}
	})
	t.Logf("%d sources, %d of three steps or more, %d for a time", sources, long, limited)
	// Under -short Rapid draws a fifth of the policies.
	enough := 100
	if testing.Short() {
		enough = 10
	}
	if long < enough || limited < enough {
		t.Error("too few ways to prove anything")
	}
}

// holdsAsListed compares with the list of permissions, which leaves out what is
// narrower than any; and with the explanation of each.
func (w *world) holdsAsListed(org rolekit.OrgID, user rolekit.UserID, revision rolekit.Revision, all []rolekit.EffectiveGrant) {
	w.t.Helper()
	for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
		who := rolekit.Identity{User: user, Org: org, Profile: profile}
		only, at, err := w.system().Effective(w.t.Context(), org, user, profile)
		w.ok(err)
		var mine []rolekit.EffectiveGrant
		var grants []rolekit.Grant
		for _, e := range all {
			if e.Profile != profile {
				continue
			}
			mine = append(mine, e)
			if n := len(grants); n == 0 || grants[n-1] != (rolekit.Grant{Permission: e.Permission, Access: rolekit.AccessAny}) {
				grants = append(grants, e.Grant)
			}
			w.isExplained(who, e)
		}
		same(w.t, "as that profile alone", mine, only)
		slices.SortFunc(grants, func(a, b rolekit.Grant) int {
			return strings.Compare(string(a.Permission+" ")+string(a.Access), string(b.Permission+" ")+string(b.Access))
		})
		listed, err := w.Permissions(w.t.Context(), who)
		w.ok(err)
		same(w.t, fmt.Sprintf("what %+v holds", who), listed, grants)
		if now, err := w.Revision(w.t.Context(), org); err != nil || revision != now || at != now {
			w.t.Fatalf("revisions %d and %d, and it is %d (%v)", revision, at, now, err)
		}
	}
}

// isExplained looks for each source among the paths of an explanation.
func (w *world) isExplained(who rolekit.Identity, e rolekit.EffectiveGrant) {
	w.t.Helper()
	why, err := w.Explain(w.t.Context(), who, e.Permission, nil)
	if w.ok(err); !slices.Contains(why.Access, e.Access) {
		return
	}
	var paths, sources []string
	for _, p := range why.Paths {
		if p.Grant.Access == e.Access {
			paths = append(paths, fmt.Sprint(p, p.Grant))
		}
	}
	for _, s := range e.Sources {
		sources = append(sources, fmt.Sprint(s.Path, s.Grant))
	}
	slices.Sort(paths)
	slices.Sort(sources)
	if !e.More && len(why.Paths) < 50 {
		same(w.t, fmt.Sprintf("the ways of %+v to %v", who, e.Grant), paths, sources)
	}
}

// comesBy checks each step of a source by the rows that are stored.
func (s stored) comesBy(t testing.TB, line []rolekit.OrgID, user rolekit.UserID, e rolekit.EffectiveGrant, by rolekit.Source, now time.Time) {
	t.Helper()
	from := "user:" + string(user)
	if strings.HasPrefix(string(user), "service:") {
		from = string(user)
	}
	has := func(row ...string) bool {
		return slices.ContainsFunc(s.rules, func(r []string) bool { return slices.Equal(r[:len(row)], row) })
	}
	granted := func(org string) bool {
		g := by.Grant
		return has("p", from, org, string(e.Profile), string(g.Permission.Object()), string(g.Permission.Action()), string(g.Access))
	}
	fail := func(what string) { t.Fatalf("%s of %s comes by %s: %s\n%s", e.Grant, user, by, what, s) }
	during, org := rolekit.Period{}, ""
	for _, step := range by.Steps {
		org = string(step.Org)
		if org != "*" && !slices.Contains(line, step.Org) {
			fail("it goes through another organisation")
		}
		if strings.HasPrefix(step.To, "profile:") {
			if s.profiles[from] != string(e.Profile) || step.To != "profile:"+string(e.Profile) {
				fail("the role before it is of another profile")
			}
			from = step.To
			continue
		}
		if !has("g", from, step.To, org) {
			i := slices.IndexFunc(s.rules, func(r []string) bool { return slices.Equal(r[:4], []string{"g3", from, step.To, org}) })
			if i < 0 {
				fail("no row leads from " + from + " to " + step.To)
			}
			start, end := s.rules[i][4], s.rules[i][5]
			if at, err := time.Parse(time.DateTime, start); err == nil && at.After(during.From) {
				during.From = at
			}
			if at, err := time.Parse(time.DateTime, end); err == nil && (during.Until.IsZero() || at.Before(during.Until)) {
				during.Until = at
			}
		}
		from = step.To
	}
	if by.Period != during || !during.Includes(now) {
		fail(fmt.Sprintf("it holds %+v, and now is %s", during, now))
	}
	given := granted("*")
	for _, o := range line {
		given = given || granted(string(o))
	}
	rank := map[rolekit.ActionID]int{"read": 1, "write": 2, "approve": 3}
	g := by.Grant
	if !given || g.Access != e.Access || g.Permission.Object() != e.Permission.Object() || rank[g.Permission.Action()] < rank[e.Permission.Action()] {
		fail("nothing at its end grants it")
	}
}

// Where there are more ways than anybody reads, some are told, and that there are
// more; nothing that is held is left out, however far off it is.
func TestEffectiveIsBounded(t *testing.T) {
	w, _ := newModelWorld(t)
	const layers, wide = 6, 7 // 7⁶ ways, and one that comes last
	group := func(layer, i int) rolekit.GroupID {
		return rolekit.GroupID(fmt.Sprintf("g%d.%d", layer, i))
	}
	for layer := range layers {
		for i := range wide {
			var inner []rolekit.GroupID
			for k := range wide {
				if layer > 0 {
					inner = append(inner, group(layer-1, k))
				}
			}
			users := []rolekit.UserID{"ada"}
			if layer > 0 {
				users = nil
			}
			w.group("tom", group(layer, i), users, inner...)
		}
	}
	w.give("tom", group(layers-1, 0), "viewer")
	w.group("tom", "far", nil, group(layers-1, wide-1))
	w.group("tom", "farther", nil, "far")
	w.give("tom", "farther", "mower")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	all, _, err := w.system().Effective(t.Context(), "tom", "ada", "")
	runtime.ReadMemStats(&after)
	if w.ok(err); after.TotalAlloc-before.TotalAlloc > 64<<20 {
		t.Errorf("it took %d MiB", (after.TotalAlloc-before.TotalAlloc)>>20)
	}
	got := map[string]bool{}
	for _, e := range all {
		got[fmt.Sprint(e.Profile, " ", e.Permission, " ", e.Access)] = e.More
		if n := len(e.Sources); n == 0 || n > 10 {
			t.Errorf("%s has %d sources", e.Permission, n)
		}
	}
	for _, want := range []string{"owner invoices:read any", "worker jobs:write own", "worker jobs:read own", "worker invoices:read set:board"} {
		if more, ok := got[want]; !ok || !more {
			t.Errorf("%s: listed %v, more %v", want, ok, more)
		}
	}
}

// Ten sources of a grant are told, and that there are more.
func TestEffectiveTellsTenSources(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	for i := range 12 {
		id := rolekit.GroupID(fmt.Sprint("g", i))
		w.group("tom", id, []rolekit.UserID{"ada"})
		w.give("tom", id, "viewer")
		all, _, err := w.system().Effective(t.Context(), "tom", "ada", "owner")
		w.ok(err)
		for _, e := range all {
			if len(e.Sources) != min(i+1, 10) || e.More != (i >= 10) {
				t.Errorf("%s, with %d groups: %d sources, more %v", e.Permission, i+1, len(e.Sources), e.More)
			}
		}
	}
}

// Who may see the members may ask what one holds and why, and so may they.
func TestEffectiveIsGuarded(t *testing.T) {
	t.Parallel()
	w, clock := newModelWorld(t)
	w.role("tom", "nosy", grantsOf(rolekit.MembersRead))
	w.assign("tom", "ada", "mower")
	w.assign("tom", "nick", "nosy")
	for asker, may := range map[rolekit.UserID]error{
		"": rolekit.ErrUnauthenticated, "eve": rolekit.ErrPermissionDenied, "ada": nil, "nick": nil,
	} {
		all, _, err := w.as(asker).Effective(t.Context(), "tom", "ada", "")
		if isError(t, string(asker), err, may); (err == nil) != (len(all) > 0) {
			t.Errorf("%q is told %v", asker, all)
		}
		_, _, here := w.as(asker).Effective(t.Context(), "jack", "ada", "boss")
		_, _, nowhere := w.as(asker).Effective(t.Context(), "nowhere", "ada", "boss")
		if here == nil || rolekit.CodeOf(here) != rolekit.CodeOf(nowhere) || rolekit.CodeOf(here) == rolekit.CodeInvalid {
			t.Errorf("%q: %v, %v", asker, here, nowhere)
		}
	}
	_, _, err := w.system().Effective(t.Context(), "tom", "ada", "boss")
	isError(t, "an unknown profile", err, rolekit.ErrInvalid)
	config := modelConfig(t, clock)
	config.MaxStaleness, config.DenyStale = time.Minute, true
	old := w.again(config)
	clock.set(clock.in(time.Hour))
	_, _, err = old.system().Effective(t.Context(), "tom", "ada", "")
	isError(t, "what is known is too old", err, rolekit.ErrUnavailable)
}
