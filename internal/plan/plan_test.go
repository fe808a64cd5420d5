package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/internal/plan"
)

func thing(label string, list ...string) plan.Thing {
	return plan.Thing{"label": {Text: label}, "grants": {List: list}}
}

// TestCompare has each way in which file, base and store can say something of one
// role, or not, and what is to be done about it.
func TestCompare(t *testing.T) {
	t.Parallel()
	a, b, c := thing("a", "x", "y"), thing("b", "x"), thing("c")
	toB := []plan.Field{{Name: "grants", Removed: []string{"y"}}, {Name: "label", Before: "a", After: "b"}}
	for name, test := range map[string]struct {
		file, base, stored plan.Thing
		want               *plan.Difference
	}{
		"all the same":                        {a, a, a, nil},
		"in another order":                    {thing("a", "y", "x"), a, a, nil},
		"twice":                               {a, thing("a", "x", "y", "x"), thing("a", "y", "x", "x"), nil},
		"new, with something twice":           {thing("a", "x", "y", "x"), nil, nil, &plan.Difference{Verb: plan.Add, Fields: from(a)}},
		"nothing anywhere":                    {nil, nil, nil, nil},
		"new":                                 {a, nil, nil, &plan.Difference{Verb: plan.Add, Fields: from(a)}},
		"changed by the file":                 {b, a, a, &plan.Difference{Verb: plan.Change, Fields: toB}},
		"gone from the file":                  {nil, a, a, &plan.Difference{Verb: plan.Remove, Fields: without(a)}},
		"edited":                              {a, a, b, &plan.Difference{Verb: plan.Change, Fields: back(toB, "y"), Drifted: true, DriftBy: plan.Change, Drift: toB}},
		"edited, and changed by the file":     {c, a, b, &plan.Difference{Verb: plan.Change, Drifted: true, DriftBy: plan.Change, Drift: toB, Fields: []plan.Field{{Name: "grants", Removed: []string{"x"}}, {Name: "label", Before: "b", After: "c"}}}},
		"edited as the file says":             {b, a, b, nil},
		"deleted":                             {a, a, nil, &plan.Difference{Verb: plan.Add, Fields: from(a), Drifted: true, DriftBy: plan.Remove, Drift: without(a)}},
		"deleted as the file says":            {nil, a, nil, nil},
		"edited, and gone from the file":      {nil, a, b, &plan.Difference{Verb: plan.Remove, Fields: without(b), Drifted: true, DriftBy: plan.Change, Drift: toB}},
		"made by somebody":                    {nil, nil, a, &plan.Difference{Verb: plan.Remove, Fields: without(a), Unknown: true, Drifted: true, DriftBy: plan.Add, Drift: from(a)}},
		"made by somebody, and by the file":   {b, nil, a, &plan.Difference{Verb: plan.Change, Fields: toB, Drifted: true, DriftBy: plan.Add, Drift: from(a)}},
		"made by somebody as the file has it": {a, nil, a, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, test.want, plan.Compare(state(test.file), state(test.base), state(test.stored)))
		})
	}
}

// TestCompareFirst: where nothing was applied, nothing has drifted.
func TestCompareFirst(t *testing.T) {
	t.Parallel()
	a, b := thing("a", "x"), thing("b", "x")
	check(t, &plan.Difference{Verb: plan.Change, Fields: []plan.Field{{Name: "label", Before: "b", After: "a"}}}, plan.Compare(state(a), nil, state(b)))
	check(t, &plan.Difference{Verb: plan.Remove, Fields: without(a), Unknown: true}, plan.Compare(state(nil), nil, state(a)))
}

func state(t plan.Thing) plan.State {
	s := plan.State{{Kind: "other", ID: "same"}: thing("same")}
	if t != nil {
		s[plan.Key{Kind: "role", ID: "clerk"}] = t
	}
	return s
}

func check(t *testing.T, want *plan.Difference, all []plan.Difference) {
	t.Helper()
	for i, d := range all {
		if d.Kind == "other" { // where there is no base, it is new
			all = append(all[:i:i], all[i+1:]...)
		}
	}
	var wanted []plan.Difference
	if want != nil {
		want.Key = plan.Key{Kind: "role", ID: "clerk"}
		wanted = append(wanted, *want)
	}
	if diff := cmp.Diff(wanted, all, cmp.Transformer("empty", func(s []string) string {
		return strings.Join(append(slices.Clone(s), ""), "\n")
	})); diff != "" {
		t.Errorf("the differences (-want +got):\n%s", diff)
	}
}

// from is a thing that comes from nothing, and without one that goes.
func from(t plan.Thing) []plan.Field {
	return []plan.Field{{Name: "grants", Added: t["grants"].List}, {Name: "label", After: t["label"].Text}}
}

func without(t plan.Thing) []plan.Field {
	return []plan.Field{{Name: "grants", Removed: t["grants"].List}, {Name: "label", Before: t["label"].Text}}
}

// back are fields the other way round.
func back(fields []plan.Field, added string) []plan.Field {
	return []plan.Field{{Name: "grants", Added: []string{added}}, {Name: "label", Before: fields[1].After, After: fields[1].Before}}
}
