package rolekit_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
)

// What holds of every policy, asked of generated ones. How many is the flag
// -rapid.checks (100 without it).

// planned is a kit in memory that holds a frame and facts.
func planned(t testing.TB, fr frame, facts []fact) *world {
	t.Helper()
	w := (&world{t: t, store: memstore.New()}).again(modelConfig(t, clockAt(noon())))
	fr.build(t, w, facts)
	return w
}

// rights is what everyone may do everywhere, by organisation.
func (w *world) rights(fr frame) map[rolekit.OrgID]map[string][]rolekit.Grant {
	w.t.Helper()
	all := map[rolekit.OrgID]map[string][]rolekit.Grant{}
	for _, o := range fr.orgs {
		all[o.ID] = map[string][]rolekit.Grant{}
		for _, user := range people() {
			for _, profile := range []rolekit.ProfileID{"owner", "worker"} {
				may, err := w.Permissions(w.t.Context(), rolekit.Identity{User: user, Org: o.ID, Profile: profile})
				w.ok(err)
				all[o.ID][fmt.Sprint(user, " as ", profile)] = may
			}
		}
	}
	return all
}

// drawnFact draws facts and one more.
func drawnFact(rt *rapid.T) (fr frame, facts []fact, extra fact) {
	fr = drawFrame(rt)
	facts = fr.drawFacts(rt, 20)
	extra = rapid.Custom(func(rt *rapid.T) fact {
		f, ok := fr.drawFact(rt)
		if !ok || slices.ContainsFunc(facts, f.same) {
			rt.Skip("nothing new")
		}
		return f
	}).Draw(rt, "one more")
	return fr, facts, extra
}

// TestSayingMoreOnlyGivesMore: whatever is said, nobody may do less after it;
// and it is felt in its organisation and below, and nowhere else.
func TestSayingMoreOnlyGivesMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fr, facts, extra := drawnFact(rt)
		w := planned(drawn{t, rt}, fr, facts)
		before := w.rights(fr)
		w.ok(extra.say(t.Context(), w.system()))
		after := w.again(modelConfig(t, clockAt(noon()))).rights(fr) // whatever snapshots there were
		for _, o := range fr.orgs {
			for who, had := range before[o.ID] {
				has := after[o.ID][who]
				if !slices.Contains(fr.line(o.ID), extra.org) && !slices.Equal(had, has) {
					rt.Fatalf("%+v changed what %s may in %s, which is not below %s: %v, then %v", extra, who, o.ID, extra.org, had, has)
				}
				for _, g := range had {
					if !slices.Contains(has, g) && !slices.Contains(has, rolekit.Grant{Permission: g.Permission, Access: "any"}) {
						rt.Fatalf("%+v took %v from %s in %s, who has %v", extra, g, who, o.ID, has)
					}
				}
			}
		}
	})
}

// TestUnsaidIsAsNeverSaid, in what is decided and in what is stored.
func TestUnsaidIsAsNeverSaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fr, facts, extra := drawnFact(rt)
		if extra.kind == factMember {
			rt.Skip("it cannot be taken back by itself")
		}
		w := planned(drawn{t, rt}, fr, facts)
		before, rules := w.rights(fr), w.rules()
		w.ok(extra.say(t.Context(), w.system()))
		w.ok(extra.unsay(t.Context(), w.system()))
		same(drawn{t, rt}, fmt.Sprintf("after %+v and back", extra), before, w.rights(fr))
		same(drawn{t, rt}, "the rules", rules, w.rules())
	})
}

// rules returns every stored rule, sorted.
func (w *world) rules() []string {
	var all []string
	for _, l := range adaptertest.Dump(w.t, w.store).Layers {
		for _, r := range l.Rules {
			all = append(all, r.String())
		}
	}
	slices.Sort(all)
	return all
}

// TestOrderDoesNotMatter, and a kit that reads the policy decides as the one
// that made it.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		facts := fr.drawFacts(rt, 20)
		one := planned(drawn{t, rt}, fr, facts)
		want := one.rights(fr)
		other := planned(drawn{t, rt}, fr, rapid.Permutation(facts).Draw(rt, "order"))
		same(drawn{t, rt}, "in another order", want, other.rights(fr))
		same(drawn{t, rt}, "the rules", one.rules(), other.rules())

		again := one.again(modelConfig(t, clockAt(noon())))
		same(drawn{t, rt}, "read anew", want, again.rights(fr))
		same(drawn{t, rt}, "the revisions, read anew", one.revisions(fr), again.revisions(fr))
	})
}

// revisions returns that of each organisation's effective policy.
func (w *world) revisions(fr frame) map[rolekit.OrgID]rolekit.Revision {
	w.t.Helper()
	all := map[rolekit.OrgID]rolekit.Revision{}
	for _, o := range fr.orgs {
		d, err := w.Can(w.t.Context(), rolekit.Identity{User: "ada", Org: o.ID, Profile: "owner"}, "jobs:read", nil)
		w.ok(err)
		all[o.ID] = d.Revision()
	}
	return all
}

// TestRevisionsNeverShrink, whatever is said, taken back or moved; they grow
// where something changed; and a move changes what its new line of ancestors
// says, as a kit that reads it anew finds.
func TestRevisionsNeverShrink(t *testing.T) {
	t.Parallel()
	moved, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		w := planned(drawn{t, rt}, fr, fr.drawFacts(rt, 12))
		ctx, m := t.Context(), w.system()
		for range rapid.IntRange(1, 8).Draw(rt, "edits") {
			before, rights := w.revisions(fr), w.rights(fr)
			what := "a move"
			if f, ok := fr.drawFact(rt); ok && rapid.Bool().Draw(rt, "say") {
				what = fmt.Sprintf("%+v", f)
				w.ok(f.say(ctx, m))
				if f.kind != factMember && rapid.Bool().Draw(rt, "take it back") {
					w.ok(f.unsay(ctx, m))
				}
			} else if to, ok := fr.drawMove(rt); ok {
				if err := fr.move(ctx, m, to); err == nil {
					moved++
				} else if refused++; !slices.Contains([]rolekit.Code{rolekit.CodeInUse, rolekit.CodeCycle}, rolekit.CodeOf(err)) {
					rt.Fatalf("a move of %+v: %v", to, err)
				}
			}
			after, now := w.revisions(fr), w.rights(fr)
			for id, had := range before {
				if after[id] < had || after[id] == had && fmt.Sprint(rights[id]) != fmt.Sprint(now[id]) {
					rt.Fatalf("after %s, %s is at revision %d, and was at %d", what, id, after[id], had)
				}
			}
		}
		again := w.again(modelConfig(t, clockAt(noon())))
		same(drawn{t, rt}, "read anew", w.rights(fr), again.rights(fr))
		same(drawn{t, rt}, "the revisions, read anew", w.revisions(fr), again.revisions(fr))
	})
	t.Logf("%d moves, %d refused", moved, refused)
	if moved < refused/10 {
		t.Error("too few moves came through to prove anything")
	}
}

// drawMove draws an organisation and where to.
func (fr frame) drawMove(rt *rapid.T) (rolekit.NewOrg, bool) {
	o := rapid.SampledFrom(fr.orgs).Draw(rt, "moved")
	o.Parent = rapid.SampledFrom(append(slices.Clone(fr.orgs), rolekit.NewOrg{})).Draw(rt, "to").ID
	return o, o.Parent == "" || len(fr.line(o.Parent)) < 8
}
