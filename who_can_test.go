package rolekit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
)

// TestWhoCanIsWhoMay compares, for generated policies, the list of who may do
// something with what each one is told who asks: every user as every profile, by
// whatever engine decides, of a resource and without one, before and after
// assignments start and end.
func TestWhoCanIsWhoMay(t *testing.T) {
	t.Parallel()
	asked, listed, conditional := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		clock := clockAt(noon())
		config := modelConfig(t, clock)
		config.Engine = rapid.SampledFrom([]rolekit.Engine{rolekit.EngineCompiled, rolekit.EngineCasbin}).Draw(rt, "engine")
		w := (&world{t: drawn{t, rt}, store: memstore.New()}).again(config)
		fr.build(w.t, w, fr.drawFacts(rt, 24))
		clock.set(noon().Add(time.Duration(rapid.IntRange(-2, 4).Draw(rt, "half hours")) * 30 * time.Minute))
		org := rapid.SampledFrom(fr.orgs).Draw(rt, "org").ID
		want := rapid.SampledFrom(askedPermissions()).Draw(rt, "permission")
		for _, facts := range askedResources(rapid.SampledFrom(people()).Draw(rt, "whose")) {
			q := rolekit.WhoQuery{Permission: want, Limit: rapid.IntRange(1, 3).Draw(rt, "limit")}
			q.Profile = rapid.SampledFrom([]rolekit.ProfileID{"", "", "owner", "worker"}).Draw(rt, "only as")
			if facts != nil {
				q.Resource = *facts
			}
			holders := w.everyHolder(org, q)
			for _, user := range append(people(), "nobody") {
				for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
					reaches := holders[user][profile]
					if q.Profile != "" && profile != q.Profile {
						if len(reaches) > 0 {
							rt.Fatalf("asked about %s, and told of %s: %v", q.Profile, profile, reaches)
						}
						continue
					}
					asked++
					listed += min(1, len(reaches))
					if !slices.ContainsFunc(reaches, func(r rolekit.Reach) bool { return !r.Conditional }) {
						conditional += min(1, len(reaches))
					}
					w.isAsTold(rolekit.Identity{User: user, Org: org, Profile: profile}, q, reaches)
				}
			}
		}
	})
	t.Logf("%d capacities asked about, %d listed, %d conditional", asked, listed, conditional)
	if asked > 3000 && (listed < asked/50 || conditional == 0) {
		t.Error("too few are listed to prove anything")
	}
}

// everyHolder reads page after page.
func (w *world) everyHolder(org rolekit.OrgID, q rolekit.WhoQuery) map[rolekit.UserID]map[rolekit.ProfileID][]rolekit.Reach {
	w.t.Helper()
	all := map[rolekit.UserID]map[rolekit.ProfileID][]rolekit.Reach{}
	for {
		page, _, err := w.system().WhoCan(w.t.Context(), org, q)
		if w.ok(err); len(page) > q.Limit {
			w.t.Fatalf("a page of %d, with a limit of %d", len(page), q.Limit)
		}
		for _, h := range page {
			if h.User <= q.After || all[h.User] != nil {
				w.t.Fatalf("%s comes behind %s", h.User, q.After)
			}
			q.After, all[h.User] = h.User, map[rolekit.ProfileID][]rolekit.Reach{}
			for _, c := range h.As {
				all[h.User][c.Profile] = c.Reaches
			}
		}
		if len(page) < q.Limit {
			return all
		}
	}
}

// isAsTold compares what the list says with a check. What is conditional depends
// on functions whose answers the test knows.
func (w *world) isAsTold(who rolekit.Identity, q rolekit.WhoQuery, reaches []rolekit.Reach) {
	w.t.Helper()
	d, err := w.Can(w.t.Context(), who, q.Permission, q.Resource)
	w.ok(err)
	var told []rolekit.Access
	facts, ok := q.Resource.(rolekit.Facts)
	for _, r := range reaches {
		if ok && r.Access == "team" && facts.Team == "" {
			w.t.Fatalf("what is no team's is within reach of one: %+v", reaches)
		}
		yes := true
		if ok && r.Conditional {
			yes = r.Access == "friend" && facts.Owner == "friend-of-"+who.User || r.Access == "team" && facts.Team == "team-of-"+rolekit.TeamID(who.User)
		}
		if yes {
			told = append(told, r.Access)
		}
	}
	if d.Allowed != (len(told) > 0) || d.Allowed && q.Resource != nil && !slices.Contains(told, d.Access()[0]) || q.Resource == nil && !slices.Equal(d.Access(), told) {
		w.t.Fatalf("%+v, %s of %+v: Can says %v as far as %v, and the list %+v", who, q.Permission, q.Resource, d.Allowed, d.Access(), reaches)
	}
}

// TestWhatCanIsWhatOneMay compares what a user is listed to may do with checks of
// each permission as each profile, for generated policies.
func TestWhatCanIsWhatOneMay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		w := planned(drawn{t, rt}, fr, fr.drawFacts(rt, 24))
		org := rapid.SampledFrom(fr.orgs).Draw(rt, "org").ID
		for _, user := range append(people(), "nobody") {
			for _, only := range []rolekit.ProfileID{"", "owner", "worker"} {
				rights, _, err := w.system().WhatCan(t.Context(), org, user, only)
				w.ok(err)
				got := map[string][]rolekit.Access{}
				for _, r := range rights {
					for _, reach := range r.Reaches {
						got[fmt.Sprint(r.Profile, r.Permission)] = append(got[fmt.Sprint(r.Profile, r.Permission)], reach.Access)
						if reach.Conditional != (reach.Access == "friend" || reach.Access == "team") {
							rt.Fatalf("%+v", r)
						}
					}
				}
				want := map[string][]rolekit.Access{}
				for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
					for _, p := range w.Catalog().Permissions() {
						d, err := w.Can(t.Context(), rolekit.Identity{User: user, Org: org, Profile: profile}, p.ID, nil)
						if w.ok(err); d.Allowed && (only == "" || only == profile) {
							want[fmt.Sprint(profile, p.ID)] = d.Access()
						}
					}
				}
				same(w.t, fmt.Sprintf("%s as %q in %s", user, only, org), want, got)
			}
		}
	})
}

// Who may see the members may ask who may do something; and what a user may do,
// they and the user themself.
func TestWhoCanIsGuarded(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	w.role("tom", "nosy", grantsOf(rolekit.MembersRead))
	w.assign("tom", "ada", "mower")
	w.assign("tom", "nick", "nosy")
	for asker, may := range map[rolekit.UserID][2]error{
		"":      {rolekit.ErrUnauthenticated, rolekit.ErrUnauthenticated},
		"eve":   {rolekit.ErrPermissionDenied, rolekit.ErrPermissionDenied},
		"ada":   {rolekit.ErrPermissionDenied, nil},
		"nick":  {nil, nil},
		"carol": {nil, nil}, // who may change members
	} {
		_, _, err := w.as(asker).WhoCan(t.Context(), "tom", rolekit.WhoQuery{Permission: "jobs:read"})
		isError(t, fmt.Sprintf("who can, asks %q", asker), err, may[0])
		_, _, err = w.as(asker).WhatCan(t.Context(), "tom", "ada", "")
		isError(t, fmt.Sprintf("what can ada, asks %q", asker), err, may[1])
		for _, org := range []rolekit.OrgID{"jack", "nowhere"} { // which look the same
			_, _, err := w.as(asker).WhoCan(t.Context(), org, rolekit.WhoQuery{Permission: "jobs:raed"})
			_, _, what := w.as(asker).WhatCan(t.Context(), org, "ada", "boss")
			if rolekit.CodeOf(err) != rolekit.CodeOf(what) || err == nil || what == nil || rolekit.CodeOf(err) == rolekit.CodeInvalid {
				t.Errorf("%q of %s: %v, %v", asker, org, err, what)
			}
		}
	}
}

// A question that names what is not there, a resource that goes wrong, and a
// policy that is too old to decide by lead to no list at all.
func TestWhoCanFailsClosed(t *testing.T) {
	t.Parallel()
	w, _ := newModelWorld(t)
	system := w.system()
	w.createOrg("empty", "", "")
	for name, q := range map[string]rolekit.WhoQuery{
		"an unknown permission": {Permission: "jobs:raed"},
		"an unknown profile":    {Permission: "jobs:read", Profile: "boss"},
	} {
		for _, org := range []rolekit.OrgID{"tom", "empty"} {
			holders, _, err := system.WhoCan(t.Context(), org, q)
			if isError(t, name+" in "+string(org), err, rolekit.ErrInvalid); holders != nil {
				t.Errorf("%s: %v", name, holders)
			}
		}
	}
	_, _, err := system.WhatCan(t.Context(), "tom", "ada", "boss")
	isError(t, "what can as an unknown profile", err, rolekit.ErrInvalid)
	_, _, err = system.WhoCan(t.Context(), "tom", rolekit.WhoQuery{Permission: "jobs:read", Resource: (*resource)(nil)})
	isError(t, "a resource that panics", err, rolekit.ErrUnavailable)
	_, _, err = system.WhoCan(t.Context(), "nowhere", rolekit.WhoQuery{Permission: "jobs:read"})
	isError(t, "no organisation", err, rolekit.ErrOrgNotFound)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = system.WhoCan(ended, "tom", rolekit.WhoQuery{Permission: "jobs:read"})
	isError(t, "nobody waits any more", err, rolekit.ErrUnavailable)

	clock := clockAt(noon())
	config := modelConfig(t, clock)
	config.MaxStaleness, config.DenyStale = time.Minute, true
	system = w.again(config).system()
	clock.set(clock.in(time.Hour))
	_, _, err = system.WhoCan(t.Context(), "tom", rolekit.WhoQuery{Permission: "jobs:read"})
	isError(t, "what is known is too old", err, rolekit.ErrUnavailable)
	_, _, err = system.WhatCan(t.Context(), "tom", "ada", "")
	isError(t, "what is known is too old, what can", err, rolekit.ErrUnavailable)
}
