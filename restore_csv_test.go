package rolekit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"
	"pgregory.net/rapid"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/memstore"
	"github.com/rolekit/rolekit/internal/policyfile"
)

// TestCSVSaysWhatRulesSay: Casbin reads the lines; read back where they came from, they
// change nothing; and into an empty store they give the same, where no organisation is
// below another.
func TestCSVSaysWhatRulesSay(t *testing.T) {
	t.Parallel()
	done := 0
	rapid.Check(t, func(rt *rapid.T) {
		fr := drawFrame(rt)
		if rapid.Bool().Draw(rt, "flat") {
			for i := range fr.orgs {
				fr.orgs[i].Parent = ""
			}
		}
		flat := !slices.ContainsFunc(fr.orgs, func(o rolekit.NewOrg) bool { return o.Parent != "" })
		facts := fr.drawFacts(rt, 24)
		if flat {
			facts = fr.saidByRules(facts)
		}
		w := planned(drawn{t, rt}, fr, facts)
		text, document := w.csv(), w.everything()
		if changed := w.csvRestored(text, true); changes(changed) > 0 {
			rt.Fatalf("read back, it changes %+v", changed)
		}
		same(w.t, "the document", document, w.everything())
		m, err := model.NewModelFromString(rolekit.ModelConf)
		w.ok(err)
		for line := range strings.Lines(text) {
			w.ok(persist.LoadPolicyLine(strings.TrimSpace(line), m))
		}
		n := 0
		for _, ptype := range []string{"p", "g", "g2", "g3"} {
			n += len(m[ptype[:1]][ptype].Policy)
		}
		if n != len(w.rules()) {
			rt.Fatalf("Casbin has read %d rules of %d", n, len(w.rules()))
		}
		if !flat {
			return
		}
		into := (&world{t: drawn{t, rt}, store: memstore.New()}).again(modelConfig(t, clockAt(noon())))
		_, err = into.tryCSV(text, true)
		into.ok(err)
		done++
		same(into.t, "the rules", w.rules(), into.rules())
		for _, r := range w.csvRestored(text, false) {
			if len(r.Changes) > 0 {
				rt.Fatalf("a second time: %+v", r)
			}
		}
	})
	t.Logf("%d into an empty store", done)
	enough := 10
	if testing.Short() { // a fifth of the policies
		enough = 1
	}
	if done < enough {
		t.Error("too few to prove anything")
	}
}

// saidByRules adds facts such that a rule says of each role, group and set that it is
// there.
func (fr frame) saidByRules(facts []fact) []fact {
	add := func(f fact) {
		if !slices.ContainsFunc(facts, f.same) {
			facts = append(facts, f)
		}
	}
	for _, o := range fr.orgs {
		for i := range fr.roles[o.ID] {
			r := &fr.roles[o.ID][i]
			r.Grants = append(r.Grants, rolekit.Grant{Permission: "iam.members:read", Access: "any"})
		}
		for _, g := range fr.groups[o.ID] {
			add(fact{org: o.ID, kind: factUser, id: string(g), to: "ada"})
		}
		for _, s := range fr.sets[o.ID] {
			add(fact{org: o.ID, kind: factResource, id: string(s), to: "1"})
		}
	}
	return facts
}

func (w *world) csvRestored(text string, apply bool) []rolekit.Restored {
	w.t.Helper()
	all, err := w.tryCSV(text, apply)
	w.ok(err)
	return all
}

func (w *world) tryCSV(text string, apply bool) (all []rolekit.Restored, err error) {
	w.t.Helper()
	return w.tryCSVAs(text, apply, nil)
}

func (w *world) tryCSVAs(text string, apply bool, how func(*rolekit.Contents)) (all []rolekit.Restored, err error) {
	w.t.Helper()
	r, err := w.system().Restoration(apply)
	w.ok(err)
	entries, err := policyfile.ReadCSV("policy.csv", strings.NewReader(text))
	w.ok(err)
	for _, e := range entries {
		if how != nil {
			how(&e.Contents)
		}
		done, err := r.Next(w.t.Context(), e.Contents)
		if err != nil {
			return all, e.Locate(err)
		}
		all = append(all, done)
	}
	return all, nil
}
